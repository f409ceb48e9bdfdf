"""3 match: the words by which a new supply finds the demands it may answer (PostAnalysis.terms).

A supply answers a demand only if its head does: the same concept, one above, below or near it; or, where neither head
is in the dictionary, the same ending (chains.engine.scoring.head_answers). So the terms of both share an element
exactly if some pair of their products has an answering head:

    h:<concept>   offered heads that are this concept   = wanted heads that are related to it
    u:<ending>    offered heads without a concept       = wanted heads without one
"""

from chains.engine import DEFAULT_WEIGHTS, Analysis, Dictionary, Query
from chains.engine.scoring import compile_query, ending_of


def terms_of_supply(analysis: Analysis, *, dictionary: Dictionary) -> set[str]:
    return {
        f"h:{product.head_concept}" if product.head_concept else f"u:{ending_of(product.head)}"
        for product in analysis.products
    }


def terms_of_demand(analysis: Analysis, *, dictionary: Dictionary) -> set[str]:
    terms: set[str] = set()
    compiled = compile_query(Query(analysis=analysis), dictionary=dictionary, weights=DEFAULT_WEIGHTS)
    for facet in compiled.facets:
        if facet.product.head_concept:
            terms.update(f"h:{concept}" for concept in facet.relations)
        else:
            terms.add(f"u:{ending_of(facet.product.head)}")
    return terms
