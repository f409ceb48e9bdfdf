"""Runs the kernel over segments. Imported when somebody searches: this is what makes a process load numba."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from . import layout, warming
from .products import Products
from .scoring import Compiled, Facet
from .segment import Segment
from .weights import Weights

warming.prepare_folder()

from . import kernel  # noqa: E402
from .programs import condition_program, facet_program  # noqa: E402

Ints = NDArray[np.int64]
# Queries of one call of the kernel: enough to make the call cheap, few enough to keep their programs in the cache.
AT_ONCE = 256
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class TopK:
    """The best posts of many queries, one row each, best first; as many columns as were asked for.

    count: how many of a row are filled; the rest is zero. id and firm: int64. total: hundredths of a point. fit: ‰ of
    the text's points. segment and row: where the index keeps the post.
    """

    count: NDArray[np.int32]
    id: Ints
    firm: Ints
    total: NDArray[np.int32]
    fit: NDArray[np.int32]
    segment: NDArray[np.int32]
    row: NDArray[np.int32]


class _Scratch(threading.local):
    """The kernel's working space of this thread: grown to the largest segment met, zero between calls."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def of(self, segment: Segment, words: int) -> tuple[NDArray[Any], ...]:
        products, posts = segment.products, segment.posts
        return tuple(
            self._array(name, size, kind)
            for name, size, kind in (
                ("link", len(products.words), np.int32),
                ("group", len(products.groups), np.int32),
                ("agrees", len(products.values), np.uint8),
                ("place", len(posts.firms), np.int32),
                ("credit", words, np.int64),
                ("found", products.count, np.int32),
                ("net", products.count, np.int32),
                ("order", products.count, np.int32),
                ("bucket", kernel.BUCKETS, np.int32),
            )
        )

    def _array(self, name: str, size: int, kind: Any) -> NDArray[Any]:
        held = self._arrays.get(name)
        if held is None or held.size < size:
            held = self._arrays[name] = np.zeros(max(16, size + size // 8), kind)
        return held


class _Queries:
    """Some queries in the numbers of one segment."""

    def __init__(self, queries: Sequence[Compiled], segment: Segment) -> None:
        programs: list[Ints] = []
        place: dict[int, int] = {}
        facet_at: list[int] = []
        facet_start = [0]
        conditions: list[int] = []
        condition_at: list[int] = []
        quantities: list[float] = []
        end, self.words = 0, 1
        for query in queries:
            # What the buyer names outright first: it sets the bar.
            for facet in sorted(query.facets, key=lambda facet: -facet.standing):
                at = place.get(id(facet))
                if at is None:
                    program = _program_of(facet, segment.products, query.weights)
                    at = place[id(facet)] = end
                    programs.append(program)
                    end += len(program)
                    self.words = max(self.words, len(facet.words))
                facet_at.append(at)
            facet_start.append(len(facet_at))
            program_of_conditions, quantity = condition_program(query, segment.posts)
            condition_at.append(len(conditions))
            conditions += program_of_conditions
            quantities.append(quantity)
        self.arguments = (
            np.concatenate(programs) if programs else np.zeros(1, np.int64),
            np.array(conditions, np.int64),
            np.array(quantities, np.float64),
            np.array(condition_at, np.int64),
            np.array(facet_start, np.int64),
            np.array(facet_at, np.int64),
        )


_NONE, _NO_IDS = np.zeros((1, 0), np.int32), np.zeros((1, 0), np.int64)
_programs: WeakKeyDictionary[Products, dict[int, tuple[Facet, Ints]]] = WeakKeyDictionary()
_scratch = _Scratch()


def _program_of(facet: Facet, products: Products, weights: Weights) -> Ints:
    """Facets of equal products are one object (`Compiler`), so a program is found by its identity."""
    known = _programs.setdefault(products, {})
    found = known.get(id(facet))
    if found is None:
        if len(known) >= REMEMBERED:
            known.clear()
        found = known[id(facet)] = (facet, facet_program(facet, products, weights=weights))
    return found[1]


def _columns(segment: Segment) -> tuple[NDArray[Any], ...]:
    """The columns of a segment in the order of the kernel's arguments."""
    products = (
        getattr(segment if name.startswith("offer") else segment.products, name) for name in layout.Products._fields
    )
    posts = (segment.live if name == "live" else getattr(segment.posts, name) for name in layout.Posts._fields)
    return (*products, *posts)


def _run(k: int, queries: _Queries, segment: Segment, *out: NDArray[Any]) -> None:
    kernel.search_many(k, *queries.arguments, *_columns(segment), *_scratch.of(segment, queries.words), *out)


def top(queries: Sequence[Compiled], segments: Sequence[Segment], k: int) -> TopK:
    """The k best posts for each query, at most one per firm, ties by id."""
    if k < 1:
        return _nothing(len(queries), 0)
    parts = [_top_of(queries, segment, number, k) for number, segment in enumerate(segments) if segment.live_count]
    if not parts:
        return _nothing(len(queries), k)
    return parts[0] if len(parts) == 1 else _merged(parts, k)


def _nothing(queries: int, k: int) -> TopK:
    small, large = np.zeros((queries, k), np.int32), np.zeros((queries, k), np.int64)
    return TopK(np.zeros(queries, np.int32), large, large.copy(), small, small.copy(), small.copy(), small.copy())


def _top_of(queries: Sequence[Compiled], segment: Segment, number: int, k: int) -> TopK:
    found = _nothing(len(queries), k)
    for begin in range(0, len(queries), AT_ONCE):
        rows = slice(begin, begin + AT_ONCE)
        tables = (found.id[rows], found.row[rows], found.total[rows], found.fit[rows], found.count[rows])
        _run(k, _Queries(queries[rows], segment), segment, *tables)
    if segment.posts.count:
        found.firm[:] = segment.posts.firms[segment.posts.record["firm"][found.row]]
    found.segment[:] = number
    return found


def _merged(parts: Sequence[TopK], k: int) -> TopK:
    """The best of several segments. A firm's best post is among the best of its own segment, so nothing is missed."""
    found = _nothing(len(parts[0].count), k)
    for query in range(len(found.count)):
        rows = sorted(
            (-int(part.total[query, place]), int(part.id[query, place]), number, place)
            for number, part in enumerate(parts)
            for place in range(int(part.count[query]))
        )
        seen: set[int] = set()
        for _, _, number, place in rows:
            part, size = parts[number], len(seen)
            firm = int(part.firm[query, place])
            if firm in seen or size == k:
                continue
            seen.add(firm)
            for name in ("id", "firm", "total", "fit", "segment", "row"):
                getattr(found, name)[query, size] = getattr(part, name)[query, place]
        found.count[query] = len(seen)
    return found


def firms_of(query: Compiled, segments: Sequence[Segment]) -> set[int]:
    """All firms with a post above the query's cut."""
    found: set[int] = set()
    for segment in segments:
        if segment.live_count:
            numbers, count = np.zeros((1, len(segment.posts.firms)), np.int32), np.zeros(1, np.int32)
            _run(kernel.EVERY_FIRM, _Queries([query], segment), segment, _NO_IDS, numbers, _NONE, _NONE, count)
            found.update(segment.posts.firms[numbers[0, : count[0]]].tolist())
    return found
