"""The rule of scoring.py over arrays, compiled: the k best posts of one segment for many queries, exactly.

Importing this module imports numba and compiles, or reads what was compiled at set-up. What the compiled code depends
on is in this file, in rules.py and in layout.py (`warming.py` keeps one compilation per state of the three), or is an
argument.

Products lie in ranges of one head, and a facet names the ranges that can answer it and how well. Ranges are scanned
best first; a product is read only if its marks allow a useful score, and a post is touched only when its product could
still enter the k best. All arithmetic is on integers, as in scoring.py, and no result depends on the order in which
posts are tried.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import from_dtype, njit, types

from .layout import (
    ASKED,
    CONDITIONS_HEAD,
    CUT_NET,
    FACET_HEAD,
    FACTORS_AT,
    FIRMS,
    FIRMS_AT,
    FULL,
    GROUPS,
    KEYS,
    MILLE,
    OTHER_FACTOR,
    POST,
    PRODUCT,
    RANGE,
    RANGES,
    STANDING,
    TEXT_POINTS,
    Heap,
    Posts,
    Products,
    Scratch,
)
from .rules import Function, Ints, Number, apart, inline, may_reach, net_of, passes, set_marks, structured


def _columns(*kinds: Any) -> tuple[Any, ...]:
    """Read-only arrays, as they are mapped from disk; those in memory are made read-only too (`columns.frozen`)."""
    return tuple(types.Array(kind, 1, "C", readonly=True, aligned=True) for kind in kinds)


_I64, _I32, _U8, _F64 = types.int64, types.int32, types.uint8, types.float64
# The types of layout.Products, Posts and Scratch, in their order.
_PRODUCTS = _columns(from_dtype(PRODUCT), _I32, _U8, _I32, _I32, _I32, _I32)
_POSTS = (
    *_columns(from_dtype(POST), _U8, _I64, _I64, _I64, _U8),
    types.Array(_I64, 2, "C", readonly=True, aligned=True),
    *_columns(_I32, _I64, _I64, _U8, _I32, _I64, _I32, _I64),
)
_SCRATCH = (_I32[::1], _I32[::1], _U8[::1], _I32[::1], _I64[::1], _I32[::1], _I32[::1], _I32[::1], _I32[::1])
# Facets, conditions, quantities; for each query: where its conditions begin, its facets (start, then positions).
_QUERIES = (_I64[::1], _I64[::1], _F64[::1], _I64[::1], _I64[::1], _I64[::1])
_FOUND = (_I64[:, ::1], _I32[:, ::1], _I32[:, ::1], _I32[:, ::1], _I32[::1])


def _entry(*arguments: Any) -> Callable[[Function], Callable[..., None]]:
    """Compiled here and now for exactly these types, or read from what was compiled before."""
    signature = types.void(*arguments)
    decorator: Callable[[Function], Callable[..., None]] = njit(signature, cache=True, nogil=True, error_model="numpy")
    return decorator


# --- the k best ------------------------------------------------------------------------------------------------------


@apart
def _is_worse(heap: Heap, one: Number, other: Number) -> Number:
    """Fewer points, or as many and a later id."""
    if heap.total[one] != heap.total[other]:
        return heap.total[one] < heap.total[other]
    return heap.id[one] > heap.id[other]


@apart
def _swap(heap: Heap, one: Number, other: Number, place: Any) -> None:
    heap.total[one], heap.total[other] = heap.total[other], heap.total[one]
    heap.id[one], heap.id[other] = heap.id[other], heap.id[one]
    heap.row[one], heap.row[other] = heap.row[other], heap.row[one]
    heap.firm[one], heap.firm[other] = heap.firm[other], heap.firm[one]
    heap.fit[one], heap.fit[other] = heap.fit[other], heap.fit[one]
    place[heap.firm[one]] = one + 1
    place[heap.firm[other]] = other + 1


@apart
def _sink(heap: Heap, position: Number, size: Number, place: Any) -> None:
    while True:
        worst, left = position, 2 * position + 1
        if left < size and _is_worse(heap, left, worst):
            worst = left
        if left + 1 < size and _is_worse(heap, left + 1, worst):
            worst = left + 1
        if worst == position:
            return
        _swap(heap, position, worst, place)
        position = worst


@apart
def _rise(heap: Heap, position: Number, place: Any) -> None:
    while position > 0:
        above = (position - 1) // 2
        if not _is_worse(heap, position, above):
            return
        _swap(heap, position, above, place)
        position = above


@apart
def _keep(
    heap: Heap, size: Number, k: Number, row: Number, total: Number, fit: Number, id_: Number, firm: Number, place: Any
) -> Number:
    """Take a post in that is better than the worst, if it is the best of its firm; the size afterwards."""
    held = place[firm] - 1
    if held >= 0:
        if total < heap.total[held] or (total == heap.total[held] and id_ >= heap.id[held]):
            return size
        heap.total[held], heap.id[held], heap.row[held], heap.fit[held] = total, id_, row, fit
        _sink(heap, held, size, place)
        return size
    if size < k:
        heap.total[size], heap.id[size], heap.row[size], heap.fit[size] = total, id_, row, fit
        heap.firm[size] = firm
        place[firm] = size + 1
        _rise(heap, size, place)
        return size + 1
    place[heap.firm[0]] = 0
    heap.total[0], heap.id[0], heap.row[0], heap.fit[0] = total, id_, row, fit
    heap.firm[0] = firm
    place[firm] = 1
    _sink(heap, 0, size, place)
    return size


@inline
def _leave_out(c: Ints, at: Number, posts: Posts, place: Any, mark: Number) -> None:
    """Mark the asker's own firm and those it does not want."""
    first = at + c[at + FIRMS_AT]
    for number in range(c[at + FIRMS]):
        firm = np.searchsorted(posts.firms, c[first + number])
        if firm < posts.firms.shape[0] and posts.firms[firm] == c[first + number]:
            place[firm] = mark


@inline
def _scan(
    begin: Number, end: Number, answers: Number, is_sorted: Number, least: Number, facets: Ints, at: Number,
    products: Products, scratch: Scratch, c: Ints, count: Number,
) -> tuple[Number, Number]:  # fmt: skip
    """Read products of a range until enough are found; (the first one not read, how many are found).

    What reaches `least` is added to `scratch.found`.
    """
    # No word is wanted but the head.
    is_plain = facets[at + KEYS] == 0 and facets[at + GROUPS] == 0
    product = begin
    while product < end and count < ENOUGH:
        own = products.record[product]
        scale = FULL * answers * own.standing * facets[at + STANDING] // MILLE
        if may_reach(own, scale, least, facets, at):
            net = net_of(own, scale, facets, at, products, scratch, c)
            if net >= least:
                scratch.found[count] = product
                scratch.net[count] = net
                count += 1
            elif is_sorted != 0 and own.standing == MILLE and is_plain:
                return end, count  # Those that follow are more special still.
        product += 1
    return product, count


# Instead of a number of posts: all firms.
EVERY_FIRM = -1
# Products found before their posts are tried.
ENOUGH = 128
BUCKETS = (FULL >> 5) + 1


@inline
def _best_first(count: Number, scratch: Scratch) -> None:
    """Order what was found by net, descending, to within 32 hundredths of a point."""
    bucket = scratch.bucket
    bucket[:] = 0
    for number in range(count):
        bucket[BUCKETS - 1 - (scratch.net[number] >> 5)] += 1
    total = 0
    for number in range(BUCKETS):
        total += bucket[number]
        bucket[number] = total
    for number in range(count - 1, -1, -1):
        position = BUCKETS - 1 - (scratch.net[number] >> 5)
        bucket[position] -= 1
        scratch.order[bucket[position]] = number


@inline
def _offer(
    product: Number, net: Number, c: Ints, at: Number, quantity: Number, products: Products, posts: Posts, heap: Heap,
    size: Number, k: Number, place: Any,
) -> Number:  # fmt: skip
    """Try the posts of a product, in the order of their ids; the size of the heap afterwards.

    For EVERY_FIRM only the firms are collected, in no order.
    """
    asked, text_points = c[at + ASKED], c[at + TEXT_POINTS]
    most = net * text_points // FULL + asked
    factors = at + c[at + FACTORS_AT]
    for entry in range(products.offer_start[product], products.offer_start[product + 1]):
        row = products.offer[entry]
        post = posts.record[row]
        id_ = post.id
        if size == k and (most < heap.total[0] or (most == heap.total[0] and id_ >= heap.id[0])):
            return size  # Those that follow have later ids still.
        firm = post.firm
        if posts.live[row] == 0 or place[firm] < 0 or (k == EVERY_FIRM and place[firm] > 0):
            continue
        factor = c[factors + post.factor]
        if factor & 1 == 0:
            continue
        rest = net
        if factor & 2 != 0:
            rest -= rest * c[at + OTHER_FACTOR] // MILLE
            if rest < c[at + CUT_NET]:
                continue
        total = rest * text_points // FULL
        if size == k and total + asked < heap.total[0]:
            continue
        if not passes(post, c, at, quantity, posts):
            continue
        if k == EVERY_FIRM:
            heap.firm[size] = firm
            place[firm] = 1
            size += 1
            continue
        if asked > 0:
            total += structured(post, c, at, quantity, posts)
        if size == k and (total < heap.total[0] or (total == heap.total[0] and id_ >= heap.id[0])):
            continue
        size = _keep(heap, size, k, row, total, rest * MILLE // FULL, id_, firm, place)
    return size


@inline
def _least_net(c: Ints, at: Number, heap: Heap, size: Number, k: Number) -> Number:
    """What a product's net must reach to be shown at all, or to enter the k best."""
    least = c[at + CUT_NET]
    if size == k:
        missing = heap.total[0] - c[at + ASKED]
        if missing > 0:
            least = max(least, (missing * FULL + c[at + TEXT_POINTS] - 1) // c[at + TEXT_POINTS])
    return least


@inline
def _search(
    facets: Ints, c: Ints, at: Number, quantity: Number, facet_positions: Ints, first: Number, last: Number,
    products: Products, posts: Posts, scratch: Scratch, heap: Heap, k: Number,
) -> Number:  # fmt: skip
    """Fill the heap for one query; its size."""
    size = 0
    head = c[at : at + CONDITIONS_HEAD]
    for number in range(first, last):
        facet = facet_positions[number]
        ranges = facets[facet + RANGES]
        set_marks(facets, facet, scratch, True)
        entry, product, count = 0, 0, 0
        while True:
            least = _least_net(c, at, heap, size, k)
            while entry < ranges and count < ENOUGH:
                here = facet + FACET_HEAD + RANGE * entry
                answers = facets[here + 2]
                if FULL * answers * facets[facet + STANDING] // (MILLE * MILLE) < least:
                    entry = ranges  # Even a perfect text could not help any more, here or further on.
                    break
                product, count = _scan(
                    max(product, facets[here]), facets[here + 1], answers, facets[here + 3], least, facets, facet,
                    products, scratch, head, count,
                )  # fmt: skip
                if product >= facets[here + 1]:
                    entry, product = entry + 1, 0
            if count == 0:
                break
            _best_first(count, scratch)
            for position in range(count):
                found = scratch.order[position]
                size = _offer(
                    scratch.found[found], np.int64(scratch.net[found]), c, at, quantity, products, posts, heap, size,
                    k, scratch.place,
                )  # fmt: skip
            count = 0
        set_marks(facets, facet, scratch, False)
    return size


@_entry(types.int64, *_QUERIES, *_PRODUCTS, *_POSTS, *_SCRATCH, *_FOUND)
def search_many(  # type: ignore[no-untyped-def]
    k, facets, conditions, quantities, condition_at, facet_start, facet_at,
    product, word, surplus, value_group, value, offer_start, offer,
    post, live, firms, region_text, industry_text, certificates_known, certificates_bits, reach_start, reach_text,
    reach_mask, visibility, invited_start, invited, blocked_start, blocked,
    link, group, agrees, place, credit, found, net, order, bucket,
    out_id, out_row, out_total, out_fit, out_count,
):  # fmt: skip
    """For each query the k best posts into a row of each `out_` table, best first; how many into out_count.

    With EVERY_FIRM as k: the numbers of all firms that could be shown into out_row, in no order.
    """
    products = Products(product, word, surplus, value_group, value, offer_start, offer)
    posts = Posts(
        post, live, firms, region_text, industry_text, certificates_known, certificates_bits, reach_start, reach_text,
        reach_mask, visibility, invited_start, invited, blocked_start, blocked,
    )  # fmt: skip
    scratch = Scratch(link, group, agrees, place, credit, found, net, order, bucket)
    room = max(k, 0)
    heap = Heap(
        np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int32),
        np.empty(firms.shape[0] if k == EVERY_FIRM else room, np.int32), np.empty(room, np.int32),
    )  # fmt: skip
    for query in range(condition_at.shape[0]):
        at = condition_at[query]
        _leave_out(conditions, at, posts, place, -1)
        size = _search(
            facets, conditions, at, quantities[query], facet_at, facet_start[query], facet_start[query + 1], products,
            posts, scratch, heap, k,
        )  # fmt: skip
        for end in range(size - 1 if k != EVERY_FIRM else 0, 0, -1):
            _swap(heap, 0, end, place)
            _sink(heap, 0, end, place)
        for number in range(size):
            place[heap.firm[number]] = 0
            if k == EVERY_FIRM:
                out_row[query, number] = heap.firm[number]
                continue
            out_id[query, number] = heap.id[number]
            out_row[query, number] = heap.row[number]
            out_total[query, number] = heap.total[number]
            out_fit[query, number] = heap.fit[number]
        out_count[query] = size
        _leave_out(conditions, at, posts, place, 0)
