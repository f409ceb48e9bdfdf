"""The memory floor: what must be read for an exact answer even if the bar were known beforehand, and nothing computed.

A trace notes, for each query and with the final bar in hand, which products' marks, which products' words and which
posts the search cannot do without. The floor then only loads them: one field of each record, each word with its place
in the table of wanted words. The kernel's time is told as a multiple of that.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from chains.engine.layout import (
    ASKED,
    CONDITIONS_HEAD,
    CUT_NET,
    FACET_HEAD,
    FULL,
    MILLE,
    RANGE,
    RANGES,
    STANDING,
    TEXT_POINTS,
    Products,
    Scratch,
)
from chains.engine.rules import may_reach, net_of, set_marks
from chains.engine.scoring import Compiled
from chains.engine.searching import _columns, _Queries, _scratch
from chains.engine.segment import Segment

Ints = NDArray[np.int64]


@njit
def _trace(facets, c, facet_at, bar, products, scratch, scanned, read, rows):  # type: ignore[no-untyped-def]
    """Fill the three lists for one query; their lengths. bar: the last answer's total, or -1 if there are fewer."""
    least = c[CUT_NET]
    if bar >= 0:
        missing = bar - c[ASKED]
        if missing > 0:
            least = max(least, (missing * FULL + c[TEXT_POINTS] - 1) // c[TEXT_POINTS])
    counts = np.zeros(3, np.int64)
    for facet in facet_at:
        set_marks(facets, facet, scratch, True)
        for entry in range(facets[facet + RANGES]):
            here = facet + FACET_HEAD + RANGE * entry
            answers = facets[here + 2]
            if FULL * answers * facets[facet + STANDING] // (MILLE * MILLE) < least:
                break
            for product in range(facets[here], facets[here + 1]):
                own = products.record[product]
                scale = FULL * answers * own.standing * facets[facet + STANDING] // MILLE
                scanned[counts[0]] = product
                counts[0] += 1
                if not may_reach(own, scale, least, facets, facet):
                    continue
                read[counts[1]] = product
                counts[1] += 1
                if net_of(own, scale, facets, facet, products, scratch, c) < least:
                    continue
                for offer in range(products.offer_start[product], products.offer_start[product + 1]):
                    if counts[2] < rows.shape[0]:
                        rows[counts[2]] = products.offer[offer]
                        counts[2] += 1
        set_marks(facets, facet, scratch, False)
    return counts


@njit(error_model="numpy")
def _touch(scanned, read, rows, products, link, post, live):  # type: ignore[no-untyped-def]
    """Load it all, once, in the order of the search."""
    found = 0
    for number in range(scanned.shape[0]):
        found += products.record[scanned[number]].mark
    for number in range(read.shape[0]):
        own = products.record[read[number]]
        for entry in range(own.word_start, own.word_end):
            found += link[products.word[entry]] + products.surplus[entry]
    for number in range(rows.shape[0]):
        own = post[rows[number]]
        found += own.firm + live[rows[number]]
    return found


def traces(queries: Sequence[Compiled], segment: Segment, bars: NDArray[Any]) -> list[tuple[Any, Any, Any]]:
    """(marks, words, posts) of each query. bars: the total of its last answer, -1 where it has fewer than k."""
    products = Products(*_columns(segment)[: len(Products._fields)])
    found = []
    room = 4 * segment.products.count + 1024
    scanned, read = np.empty(room, np.int64), np.empty(room, np.int64)
    rows = np.empty(8 * max(1, len(segment.offer)), np.int64)
    for query, bar in zip(queries, bars.tolist(), strict=True):
        asked = _Queries([query], segment)
        facets, conditions, _, _, _, facet_at = asked.arguments
        scratch = Scratch(*_scratch.of(segment, asked.words))
        counts = _trace(facets, conditions[:CONDITIONS_HEAD], facet_at, bar, products, scratch, scanned, read, rows)
        found.append((scanned[: counts[0]].copy(), read[: counts[1]].copy(), rows[: counts[2]].copy()))
    return found


class Floor:
    """Replays traces over one segment."""

    def __init__(self, segment: Segment) -> None:
        self.products = Products(*_columns(segment)[: len(Products._fields)])
        self.link = np.zeros(len(segment.products.words), np.int32)
        self.post, self.live = segment.posts.record, segment.live

    def touch(self, trace: tuple[Any, Any, Any]) -> int:
        scanned, read, rows = trace
        found: int = _touch(scanned, read, rows, self.products, self.link, self.post, self.live)
        return found
