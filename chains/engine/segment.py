"""One immutable part of the index: distinct products, the posts that offer them, and which offers which.

Posts lie in the order of their first product and then of their ids, so that those of one product are neighbours.
Everything is a column (columns.py, products.py); only what somebody asks for becomes an object.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from functools import lru_cache

import numpy as np

from .columns import Array, Posts, PostTable, frozen
from .products import Collector, Products
from .types import Analysis, Document, Product

_REMEMBERED_PRODUCTS = 20_000


class Segment:
    """offer[offer_start[p] : offer_start[p + 1]]: the rows of the posts with product p, by id. ids, by_id: all ids in
    order, and their rows. live: 0 for posts that were replaced or removed. version: of the dictionary."""

    def __init__(
        self,
        *,
        version: str,
        products: Products,
        posts: Posts,
        offer_start: Array,
        offer: Array,
        ids: Array,
        by_id: Array,
        live: Array,
    ) -> None:
        self.version = version
        self.products = products
        self.posts = posts
        self.offer_start = offer_start
        self.offer = offer
        self.ids = ids
        self.by_id = by_id
        self.live = live
        self.live_count = int(np.count_nonzero(live))
        self._content = lru_cache(maxsize=_REMEMBERED_PRODUCTS)(products.of_content)

    @classmethod
    def of(cls, documents: Sequence[Document], *, version: str) -> "Segment":
        """Raises VersionMismatchError for a post whose analysis is of another version of the dictionary."""
        collector = Collector(version)
        content = [collector.add(document.analysis) for document in documents]
        return cls.build(collector, PostTable.of(documents, content))

    @classmethod
    def build(cls, collector: Collector, table: PostTable) -> "Segment":
        """Of several posts with one id the last counts."""
        products = collector.done()
        posts = Posts.build(table)
        last = _last_of_each(posts.record["id"])
        counts = np.diff(products.content_start)[posts.record["content"][last]]
        first = np.full(last.size, products.count, np.int64)
        some = counts > 0
        first[some] = products.content_product[products.content_start[posts.record["content"][last[some]]]]
        posts = posts.taken(last[np.lexsort((posts.record["id"][last], first))])
        offer_start, offer = _offers(products, posts)
        by_id = np.argsort(posts.record["id"], kind="stable")
        return cls(
            version=collector.version,
            products=products,
            posts=posts,
            offer_start=offer_start,
            offer=offer,
            ids=frozen(posts.record["id"][by_id], np.int64),
            by_id=frozen(by_id, np.int32),
            live=frozen(np.ones(posts.count), np.uint8),
        )

    def row_of(self, identifier: int) -> int | None:
        row = self._row_of(identifier)
        return row if row is not None and self.live[row] else None

    def _row_of(self, identifier: int) -> int | None:
        place = int(np.searchsorted(self.ids, identifier))
        return int(self.by_id[place]) if place < self.ids.size and self.ids[place] == identifier else None

    def without(self, identifiers: set[int]) -> "Segment":
        """The same columns with some posts masked."""
        rows = [row for identifier in identifiers if (row := self.row_of(identifier)) is not None]
        if not rows:
            return self
        live = self.live.copy()
        live[rows] = 0
        masked = copy(self)
        masked.live = frozen(live, np.uint8)
        masked.live_count = self.live_count - len(rows)
        return masked

    def documents(self) -> Iterator[Document]:
        for row in np.flatnonzero(self.live).tolist():
            yield self.document(row)

    def document(self, row: int) -> Document:
        """The post as it was indexed; of its analysis the products and the factor are kept."""
        products: tuple[Product, ...] = self._content(int(self.posts.record["content"][row]))
        analysis = Analysis(text="", products=products, dictionary_version=self.version)
        return Document(analysis=analysis, **self.posts.values_of(row))


def _last_of_each(identifiers: Array) -> Array:
    """The last position of each id."""
    order = np.argsort(identifiers, kind="stable")
    ordered = identifiers[order]
    is_last = np.ones(order.size, np.bool_)
    is_last[:-1] = ordered[1:] != ordered[:-1]
    return order[is_last]


def _offers(products: Products, posts: Posts) -> tuple[Array, Array]:
    content = posts.record["content"]
    start = products.content_start[content].astype(np.int64)
    counts = products.content_start[content + 1] - start
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    product = products.content_product[np.arange(total) + np.repeat(start - (ends - counts), counts)]
    row = np.repeat(np.arange(posts.count), counts)
    order = np.lexsort((posts.record["id"][row], product))
    offer_start = np.searchsorted(product[order], np.arange(products.count + 1))
    return frozen(offer_start, np.int32), frozen(row[order], np.int32)
