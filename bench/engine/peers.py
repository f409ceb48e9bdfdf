"""The peers: text only, top 20 posts, over the same tokens as ours would be without a dictionary.

Each returns, per query, the ids of what it found and the seconds it took. They know no filters, no firms and no
structured wishes, so ours does more work for each query than they do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.systems import _quoted, _vector, bigrams

K = 20
REPEATS = 3


@dataclass(frozen=True)
class Run:
    """build: seconds; each: seconds per query, or one number for a batch, the best of REPEATS; found: ids by query."""

    build: float
    each: NDArray[np.float64]
    found: list[list[int]]


def _timed(search: Callable[[str], list[int]], texts: Sequence[str]) -> tuple[NDArray[np.float64], list[list[int]]]:
    times = np.empty((REPEATS, len(texts)))
    for repeat in range(REPEATS):
        found = []
        for number, text in enumerate(texts):
            begun = time.perf_counter()
            found.append(search(text))
            times[repeat, number] = time.perf_counter() - begun
    return times.min(axis=0), found


def tantivy(posts: Iterator[str], texts: Sequence[str]) -> Run:
    """Disjunction of the tokens, BM25, one thread to search."""
    import tantivy as library

    begun = time.perf_counter()
    fields = library.SchemaBuilder().add_integer_field("number", stored=False, indexed=False, fast=True)
    schema = fields.add_text_field("name", tokenizer_name="whitespace", index_option="freq").build()
    index = library.Index(schema)
    writer = index.writer(heap_size=500_000_000, num_threads=1)
    for number, name in enumerate(posts, start=1):
        writer.add_document(library.Document(number=number, name=" ".join(bigrams(name))))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    build = time.perf_counter() - begun

    def search(text: str) -> list[Any]:
        terms = [
            (library.Occur.Should, library.Query.term_query(schema, "name", token, "freq"))
            for token in set(bigrams(text))
        ]
        if not terms:
            return []
        return list(searcher.search(library.Query.boolean_query(terms), K, count=False).hits)

    each, hits = _timed(search, texts)
    return Run(build, each, [_numbers(searcher, row) for row in hits])


def _numbers(searcher: Any, hits: Sequence[Any]) -> list[int]:
    addresses = [address for _, address in hits]
    return [int(number) for number in searcher.fast_field_values("number", addresses)] if addresses else []


def bm25s(posts: Iterator[str], texts: Sequence[str]) -> Run:
    """Its numba back end; one query at a time."""
    import bm25s as library

    begun = time.perf_counter()
    ranker = library.BM25(backend="numba")
    ranker.index([bigrams(name) for name in posts], show_progress=False)
    ranker.activate_numba_scorer()
    build = time.perf_counter() - begun

    def search(text: str) -> list[int]:
        known = [token for token in bigrams(text) if token in ranker.vocab_dict]
        if not known:
            return []
        numbers, scores = ranker.retrieve([known], k=K, show_progress=False, backend_selection="numba")
        return [int(number) + 1 for number in numbers[0][scores[0] > 0].tolist()]

    each, found = _timed(search, texts)
    return Run(build, each, found)


def sparse_dot_topn(posts: Iterator[str], texts: Sequence[str]) -> Run:
    """Cosine of TF-IDF vectors, all queries at once on one thread."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sparse_dot_topn import sp_matmul_topn

    begun = time.perf_counter()
    vectors = TfidfVectorizer(analyzer=bigrams, sublinear_tf=True, dtype=np.float32)
    supplies = vectors.fit_transform(posts).T.tocsr()
    build = time.perf_counter() - begun
    asked = vectors.transform(texts)
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        rows = sp_matmul_topn(asked, supplies, top_n=K, sort=True).tocsr()
        times.append(time.perf_counter() - begun)
    each = np.array([min(times) / max(1, len(texts))])
    found = [(rows.indices[rows.indptr[n] : rows.indptr[n + 1]] + 1).tolist() for n in range(len(texts))]
    return Run(build, each, found)


class Postgres:
    """Text methods inside PostgreSQL, on a table of the throwaway server at `address`."""

    def __init__(self, address: str, posts: Iterator[str]) -> None:
        import psycopg

        begun = time.perf_counter()
        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute("DROP TABLE IF EXISTS bench_post")
        self.connection.execute("CREATE UNLOGGED TABLE bench_post (number integer, name text, words tsvector)")
        with self.connection.cursor().copy("COPY bench_post (number, name, words) FROM STDIN") as copy:
            for number, name in enumerate(posts, start=1):
                copy.write_row((number, name, _vector(bigrams(name))))
        self.connection.execute("SET maintenance_work_mem = '512MB'")
        self.copied = time.perf_counter() - begun

    def vectors(self, texts: Sequence[str]) -> Run:
        """tsvector and GIN: any of the words, ranked by ts_rank with its length normalisation."""
        build = self._index("words", "gin (words)")
        statement = (
            "SELECT number FROM bench_post, to_tsquery('simple', %(text)s) AS asked WHERE words @@ asked "
            "ORDER BY ts_rank(words, asked, 1) DESC, number LIMIT %(limit)s"
        )

        def search(text: str) -> list[int]:
            asked = " | ".join(_quoted(token) for token in sorted(set(bigrams(text))))
            return self._numbers(statement, text=asked) if asked else []

        return Run(build, *_timed(search, texts))

    def trigrams(self, texts: Sequence[str]) -> Run:
        """pg_trgm and GIN: similarity of the names, with its own default threshold of 0.3."""
        build = self._index("name", "gin (name gin_trgm_ops)")
        statement = (
            "SELECT number FROM bench_post WHERE name %% %(text)s "
            "ORDER BY similarity(name, %(text)s) DESC, number LIMIT %(limit)s"
        )
        return Run(build, *_timed(lambda text: self._numbers(statement, text=text), texts))

    def _index(self, name: str, definition: str) -> float:
        begun = time.perf_counter()
        self.connection.execute(f"CREATE INDEX bench_post_{name} ON bench_post USING {definition}".encode())
        self.connection.execute("VACUUM ANALYZE bench_post")
        return self.copied + time.perf_counter() - begun

    def _numbers(self, statement: str, *, text: str) -> list[int]:
        rows = self.connection.execute(statement.encode(), {"text": text, "limit": K})
        return [int(row[0]) for row in rows]
