"""Would a purchasing manager nod? The engine and its peers on judged demands over real listed products.

    demands.csv       id, kind, text: demands as people write them
    judgements.csv    demand, product, grade, contradicts: what readers said of (demand, product)

A product is named by ``corpus.key_of`` its text, since the listed products themselves stay outside the repository.
Grades: 3 exactly what is asked, 2 a purchasing manager would call this firm, 1 related but not worth a call,
0 another thing. contradicts: 1 where the product is what the demand rules out (another chemistry, another grade,
equipment for a part).
"""
