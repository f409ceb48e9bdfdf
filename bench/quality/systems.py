"""The engine and its peers behind one door: texts in, ranked numbers of offers out.

The peers get the same cleaned names, the same tokens (pairs of Chinese characters, Latin words whole) and the same
rule of one product for each firm. A peer keeps whatever has a score above 0; it has no cut, no dictionary, no filters.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.quality.corpus import Offer
from chains.engine import DEFAULT_WEIGHTS, Dictionary, Document, Index, Query, analyse
from chains.engine.normalising import is_han, normalise, tokens_of

DEPTH = 20
# One firm may have many products above another's best: so many are asked for before firms are told apart.
ASKED = 200

Search = Callable[[Sequence[str]], list[list[int]]]


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters and whole Latin words; a lone character stands for itself."""
    found: list[str] = []
    run: list[str] = []
    for token in [*tokens_of(normalise(text)), ""]:
        if token and is_han(token):
            run.append(token)
            continue
        if run:
            found.extend([a + b for a, b in pairwise(run)] or run)
            run = []
        if token:
            found.append(token)
    return found


def one_per_firm(numbers: Sequence[int], offers: Sequence[Offer]) -> list[int]:
    seen: set[str] = set()
    kept: list[int] = []
    for number in numbers:
        symbol = offers[number].symbol
        if symbol not in seen:
            seen.add(symbol)
            kept.append(number)
            if len(kept) == DEPTH:
                break
    return kept


def place_names() -> list[str]:
    """Provinces and cities by name and provinces by short name, longest first, as the platform knows them."""
    names: set[str] = set()
    path = Path(__file__).resolve().parents[2] / "regions" / "data" / "divisions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["level"] != "county":
                names.add(row["name"])
            if row["level"] == "province":
                names.add(row["short_name"])
    return sorted(names, key=lambda name: (-len(name), name))


def engine(offers: Sequence[Offer], *, loose: bool) -> Search:
    """Ours, as the preview door answers: what is above the calibrated cut, and only without any such the rest.
    loose: always all of it."""
    dictionary = Dictionary.load()
    analyses = {name: analyse(name, dictionary=dictionary) for name in {offer.name for offer in offers}}
    firms: dict[str, int] = {}
    index = Index.build(
        (
            Document(
                id=offer.number,
                analysis=analyses[offer.name],
                firm_id=firms.setdefault(offer.symbol, len(firms)),
                factor="product",
            )
            for offer in offers
        ),
        dictionary=dictionary,
        weights=DEFAULT_WEIGHTS,
    )
    places = place_names()

    def search(texts: Sequence[str]) -> list[list[int]]:
        queries = [
            Query(analysis=analyse(text, dictionary=dictionary, places=[p for p in places if p in text], mend=True))
            for text in texts
        ]
        found = index.search_batch(queries, k=DEPTH)
        meant = [row if loose else [candidate for candidate in row if candidate.is_strong] or row for row in found]
        return [[candidate.id for candidate in row] for row in meant]

    return search


def bm25s(offers: Sequence[Offer]) -> Search:
    """bm25s, Lucene's variant with its own default parameters."""
    import bm25s as library

    ranker = library.BM25()
    ranker.index([bigrams(offer.name) for offer in offers], show_progress=False)

    def search(texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = []
        for text in texts:
            known = [token for token in bigrams(text) if token in ranker.vocab_dict]
            if not known:
                found.append([])
                continue
            numbers, scores = ranker.retrieve([known], k=ASKED, show_progress=False)
            found.append(one_per_firm(numbers[0][scores[0] > 0].tolist(), offers))
        return found

    return search


def tantivy(offers: Sequence[Offer]) -> Search:
    """tantivy's BM25 over the same tokens, any of them."""
    import tantivy as library

    fields = library.SchemaBuilder().add_integer_field("number", stored=True, indexed=True)
    schema = fields.add_text_field("name", tokenizer_name="whitespace").build()
    index = library.Index(schema)
    writer = index.writer(num_threads=1)
    for offer in offers:
        writer.add_document(library.Document(number=offer.number, name=" ".join(bigrams(offer.name))))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = []
        for text in texts:
            terms = [
                (library.Occur.Should, library.Query.term_query(schema, "name", token)) for token in set(bigrams(text))
            ]
            if not terms:
                found.append([])
                continue
            hits = searcher.search(library.Query.boolean_query(terms), ASKED).hits
            numbers = [int(searcher.doc(address)["number"][0]) for _, address in hits]
            found.append(one_per_firm(numbers, offers))
        return found

    return search


def tfidf(offers: Sequence[Offer]) -> Search:
    """Cosine of TF-IDF vectors, top rows by sparse_dot_topn."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sparse_dot_topn import sp_matmul_topn

    vectors = TfidfVectorizer(analyzer=bigrams, sublinear_tf=True, dtype=np.float32)
    supplies = vectors.fit_transform([offer.name for offer in offers]).T.tocsr()

    def search(texts: Sequence[str]) -> list[list[int]]:
        rows = sp_matmul_topn(vectors.transform(texts), supplies, top_n=ASKED, sort=True).tocsr()
        return [
            one_per_firm(rows.indices[rows.indptr[n] : rows.indptr[n + 1]].tolist(), offers) for n in range(len(texts))
        ]

    return search


class Postgres:
    """The two text methods inside PostgreSQL, on a table of the throwaway server at `address`."""

    def __init__(self, address: str, offers: Sequence[Offer]) -> None:
        import psycopg

        self.offers = offers
        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self.connection.execute("DROP TABLE IF EXISTS bench_offer")
        self.connection.execute("CREATE TABLE bench_offer (number integer PRIMARY KEY, name text, words tsvector)")
        with self.connection.cursor().copy("COPY bench_offer (number, name, words) FROM STDIN") as copy:
            for offer in offers:
                copy.write_row((offer.number, offer.name, _vector(bigrams(offer.name))))
        self.connection.execute("CREATE INDEX ON bench_offer USING gin (name gin_trgm_ops)")
        self.connection.execute("CREATE INDEX ON bench_offer USING gin (words)")
        self.connection.execute("ANALYZE bench_offer")

    def trigrams(self, texts: Sequence[str]) -> list[list[int]]:
        """pg_trgm: similarity of the whole names, above a threshold low enough for short names."""
        self.connection.execute("SET pg_trgm.similarity_threshold = 0.05")
        statement = (
            "SELECT number FROM bench_offer WHERE name %% %(text)s "
            "ORDER BY similarity(name, %(text)s) DESC, number LIMIT %(limit)s"
        )
        return [one_per_firm(list(self._numbers(statement, text=text)), self.offers) for text in texts]

    def vectors(self, texts: Sequence[str]) -> list[list[int]]:
        """tsvector: any of the words, ranked by ts_rank_cd with its length normalisation."""
        statement = (
            "SELECT number FROM bench_offer, to_tsquery('simple', %(text)s) AS asked WHERE words @@ asked "
            "ORDER BY ts_rank(words, asked, 1) DESC, number LIMIT %(limit)s"
        )
        found: list[list[int]] = []
        for text in texts:
            tokens = sorted(set(bigrams(text)))
            asked = " | ".join(_quoted(token) for token in tokens)
            found.append(one_per_firm(list(self._numbers(statement, text=asked)), self.offers) if asked else [])
        return found

    def _numbers(self, statement: str, *, text: str) -> Iterator[int]:
        rows = self.connection.execute(statement.encode(), {"text": text, "limit": ASKED})
        return (int(row[0]) for row in rows)


def _quoted(token: str) -> str:
    return "'" + token.replace("'", "''").replace("\\", "\\\\") + "'"


def _vector(tokens: Sequence[str]) -> str:
    """tsvector's text form, with positions."""
    return " ".join(f"{_quoted(token)}:{place}" for place, token in enumerate(tokens, start=1))
