"""The rule for one product's text and for one post's conditions, over arrays, for the compiled kernel.

Each function says which of scoring.py or conditions.py it is. Whoever changes one changes the other; the tests hold
them together.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .layout import (
    AGREEING,
    DELIVER_BY,
    DELIVER_BY_IS_MUST,
    DESCRIBED,
    EXTRA_CREDIT,
    FACET_HEAD,
    FAMILY,
    GROUPS,
    HAS_OWN_FIRM,
    HEAD,
    INDUSTRIES,
    INDUSTRIES_AT,
    INDUSTRY,
    IS_VERIFIED,
    KEYS,
    LATE_PER_DAY,
    LINKS,
    MILLE,
    NEAR,
    NEAR_AT,
    NOT_KNOWN,
    OTHER_KIND,
    OWN_FIRM,
    PLACES,
    PLACES_AT,
    POINTS_CERTIFICATES,
    POINTS_DELIVERY,
    POINTS_FREIGHT,
    POINTS_INDUSTRY,
    POINTS_QUANTITY,
    QUANTITY_IS_MUST,
    RANGE,
    RANGES,
    REGIONS,
    REGIONS_AT,
    REQUIRED_AT,
    REQUIRES,
    SURPLUS,
    TODAY,
    TOTAL,
    UNKNOWN_DAY,
    WANTED,
    WANTED_AT,
    WANTED_CERTIFICATES,
    Posts,
    Products,
    Scratch,
)

Ints = NDArray[np.int64]
# Numbers and truths of the compiled code, whose types numba finds out.
Number = Any
Function = Callable[..., Any]


def inline(function: Function) -> Function:
    """Compiled into its callers: columns are handed on as tuples, which costs nothing only then."""
    compiled: Function = njit(forceinline=True, error_model="numpy")(function)
    return compiled


def apart(function: Function) -> Function:
    """Compiled by itself: for what is called seldom, from many places."""
    compiled: Function = njit(error_model="numpy")(function)
    return compiled


# --- a product's text ------------------------------------------------------------------------------------------------


@inline
def set_marks(facets: Ints, at: Number, scratch: Scratch, on: bool) -> None:
    """Note the words and values of a facet by their numbers in the segment, or forget them."""
    keys_at = at + FACET_HEAD + RANGE * facets[at + RANGES] + 2 * facets[at + WANTED]
    groups_at = keys_at + 2 * (facets[at + KEYS] + 1) + 2 * facets[at + LINKS]
    agreeing_at = groups_at + 2 * facets[at + GROUPS]
    for number in range(facets[at + KEYS]):
        scratch.link[facets[keys_at + 2 * number]] = number + 1 if on else 0
    for number in range(facets[at + GROUPS]):
        scratch.group[facets[groups_at + 2 * number]] = number + 1 if on else 0
    for number in range(facets[at + AGREEING]):
        scratch.agrees[facets[agreeing_at + number]] = 1 if on else 0


@inline
def net_of(own: Any, scale: Number, facets: Ints, at: Number, products: Products, scratch: Scratch, c: Ints) -> Number:
    """`score_text` up to the factor, in hundredths of a point.

    own: the product's record. scale: FULL × how well its head answers × both standings.
    """
    wanted = facets[at + WANTED]
    wanted_at = at + FACET_HEAD + RANGE * facets[at + RANGES]
    keys_at = wanted_at + 2 * wanted
    links_at = keys_at + 2 * (facets[at + KEYS] + 1)
    for number in range(wanted):
        scratch.credit[number] = 0
    matched = 0
    for entry in range(own.word_start, own.word_end):
        key = scratch.link[products.word[entry]]
        if key == 0:
            continue
        beyond = products.surplus[entry]
        for link in range(facets[keys_at + 2 * key - 1], facets[keys_at + 2 * key + 1]):
            credit = facets[links_at + 2 * link + 1]
            if beyond == DESCRIBED:
                credit = credit * c[EXTRA_CREDIT] // MILLE
            word = facets[links_at + 2 * link]
            scratch.credit[word] = max(scratch.credit[word], credit)
        if beyond != DESCRIBED:
            matched += beyond
    earned = facets[at + HEAD]
    for number in range(wanted):
        earned += facets[wanted_at + 2 * number] * scratch.credit[number]
    text = scale * earned // (MILLE * MILLE * MILLE * facets[at + TOTAL])
    modifiers = np.int64(own.modifiers)
    all_words = modifiers + own.head_weight
    # `surplus_of`
    lacking = MILLE - min(MILLE, text * MILLE * MILLE * MILLE // scale) if scale > 0 else 0
    surplus = c[SURPLUS] + c[OTHER_KIND] * lacking // MILLE
    rest = text - text * surplus * (modifiers - matched) // (MILLE * all_words)
    if facets[at + GROUPS] > 0:
        rest -= rest * _contradiction(own, facets, links_at + 2 * facets[at + LINKS], products, scratch) // MILLE
    return rest


@inline
def may_reach(own: Any, scale: Number, least: Number, facets: Ints, at: Number) -> Number:
    """Whether the marks of the product's words allow a text of so many points."""
    mark, earned = own.mark, facets[at + HEAD]
    wanted_at = at + FACET_HEAD + RANGE * facets[at + RANGES]
    for number in range(facets[at + WANTED]):
        if mark & facets[wanted_at + 2 * number + 1] != 0:
            earned += facets[wanted_at + 2 * number] * MILLE
    return scale * earned >= least * MILLE * MILLE * MILLE * facets[at + TOTAL]


@inline
def _contradiction(own: Any, facets: Ints, groups_at: Number, products: Products, scratch: Scratch) -> Number:
    """Strength ‰ of all groups in which the product says something and nothing that agrees."""
    low, high = own.value_start, own.value_end
    strength = 0
    for entry in range(low, high):
        group = scratch.group[products.value_group[entry]]
        if group == 0:
            continue
        # Looked at once, where the group is first named; a product has few values.
        agrees, first = False, True
        for other in range(low, high):
            if scratch.group[products.value_group[other]] == group:
                agrees = agrees or scratch.agrees[products.value[other]] != 0
                first = first and other >= entry
        if first and not agrees:
            strength += facets[groups_at + 2 * group - 1]
    return min(strength, MILLE)


# --- a post's conditions ---------------------------------------------------------------------------------------------


@inline
def _may_see(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`access_passes`."""
    access = post.access
    visibility = posts.visibility[access]
    if c[at + HAS_OWN_FIRM] == 0:
        return visibility == 0
    own = c[at + OWN_FIRM]
    for entry in range(posts.blocked_start[access], posts.blocked_start[access + 1]):
        if posts.blocked[entry] == own:
            return False
    if visibility == 0:
        return True
    if visibility == 1:
        return c[at + IS_VERIFIED] != 0
    for entry in range(posts.invited_start[access], posts.invited_start[access + 1]):
        if posts.invited[entry] == own:
            return True
    return False


@inline
def _within(text: Number, c: Ints, begin: Number, count: Number) -> Number:
    for number in range(count):  # noqa: SIM110
        if (text ^ c[begin + 2 * number]) & c[begin + 2 * number + 1] == 0:
            return True
    return False


@inline
def _is_reached(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`delivers_passes`."""
    reach = post.reach
    low, high = posts.reach_start[reach], posts.reach_start[reach + 1]
    if low == high or c[at + PLACES] == 0:
        return True
    for number in range(c[at + PLACES]):
        place = at + c[at + PLACES_AT] + 4 * number
        for entry in range(low, high):
            text = posts.reach_text[entry]
            if (c[place] ^ text) & posts.reach_mask[entry] == 0 or (text ^ c[place + 1]) & c[place + 2] == 0:
                return True
    return False


@inline
def _holds_required(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`certificates_pass`."""
    if c[at + REQUIRES] == 0:
        return True
    held = post.certificates
    if c[at + REQUIRES] == 2 or posts.certificates_known[held] == 0:
        return False
    for number in range(posts.certificates_bits.shape[1]):
        required = c[at + c[at + REQUIRED_AT] + number]
        if posts.certificates_bits[held, number] & required != required:
            return False
    return True


@inline
def _quantity_share(post: Any, c: Ints, at: Number, quantity: Number, not_known: Number, posts: Posts) -> Number:
    """`quantity_share`."""
    if post.family != c[at + FAMILY]:
        return not_known
    if post.min_order > quantity:
        return 0
    capacity = post.capacity
    if np.isnan(capacity):
        return not_known
    return np.int64(min(np.floor(capacity * 1000.0 / quantity), 1000.0))


@inline
def _days_late(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`days_late`; -1: the supplier has not said."""
    lead, begin = np.int64(post.lead_time), np.int64(post.available_from)
    if lead == UNKNOWN_DAY and begin == UNKNOWN_DAY:
        return -1
    start = max(c[at + TODAY], begin, 0)
    if start == 0:
        return -1
    return max(0, start + max(lead, 0) - c[at + DELIVER_BY])


@inline
def passes(post: Any, c: Ints, at: Number, quantity: Number, posts: Posts) -> Number:
    """`passes` but for the firm and the factor."""
    if not _may_see(post, c, at, posts):
        return False
    if c[at + REGIONS] > 0:
        region = posts.region_text[post.region]
        if not _within(region, c, at + c[at + REGIONS_AT], c[at + REGIONS]):
            return False
    if c[at + INDUSTRIES] > 0:
        industry = posts.industry_text[post.industry]
        if not _within(industry, c, at + c[at + INDUSTRIES_AT], c[at + INDUSTRIES]):
            return False
    until = post.available_to
    if c[at + TODAY] >= 0 and until != UNKNOWN_DAY and until < c[at + TODAY]:
        return False
    if not _holds_required(post, c, at, posts) or not _is_reached(post, c, at, posts):
        return False
    if c[at + QUANTITY_IS_MUST] != 0 and _quantity_share(post, c, at, quantity, MILLE, posts) != MILLE:
        return False
    return not (c[at + DELIVER_BY_IS_MUST] != 0 and _days_late(post, c, at, posts) > 0)


_TWO, _THREE, _FOUR, _SIX = (-1 << 48, -1 << 40, -1 << 32, -1 << 16)  # the first characters of a packed text


@inline
def _industry_share(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`industry_share`."""
    text = posts.industry_text[post.industry]
    if text == 0:
        return c[at + NOT_KNOWN]
    differs = text ^ c[at + INDUSTRY]
    return MILLE if differs & _THREE == 0 else MILLE // 2 if differs & _TWO == 0 else 0


@inline
def _certificates_share(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`certificates_share`."""
    held = post.certificates
    if posts.certificates_known[held] == 0:
        return c[at + NOT_KNOWN]
    both = 0
    for number in range(posts.certificates_bits.shape[1]):
        bits = posts.certificates_bits[held, number] & c[at + c[at + WANTED_AT] + number]
        while bits != 0:
            bits &= bits - 1
            both += 1
    return MILLE * both // c[at + WANTED_CERTIFICATES]


@inline
def _freight_share(post: Any, c: Ints, at: Number, posts: Posts) -> Number:
    """`freight_share`."""
    text = posts.region_text[post.region]
    if text == 0:
        return c[at + NOT_KNOWN]
    count = c[at + NEAR]
    if count > 0:
        first = at + c[at + NEAR_AT]
        for length in range(8, 0, -1):
            prefix = text & (-1 << (64 - 8 * length))
            if length < 8 and prefix == text & (-1 << (56 - 8 * length)):
                continue  # The text is no longer than this.
            low, high = 0, count
            while low < high:
                middle = (low + high) // 2
                if c[first + middle] < prefix:
                    low = middle + 1
                else:
                    high = middle
            if low < count and c[first + low] == prefix:
                return c[first + count + low]
        return c[at + NOT_KNOWN]
    best = 0
    for number in range(c[at + PLACES]):
        place = at + c[at + PLACES_AT] + 4 * number
        differs, length = text ^ c[place], c[place + 3]
        if (length >= 6 and differs & _SIX == 0) or (length >= 4 and differs & _FOUR == 0):
            best = MILLE
        elif length >= 2 and differs & _TWO == 0:
            best = max(best, 600)
    return best


@inline
def structured(post: Any, c: Ints, at: Number, quantity: Number, posts: Posts) -> Number:
    """`structured_points`, added up."""
    points = 0
    if c[at + POINTS_INDUSTRY] > 0:
        points += c[at + POINTS_INDUSTRY] * _industry_share(post, c, at, posts) // MILLE
    if c[at + POINTS_QUANTITY] > 0:
        share = _quantity_share(post, c, at, quantity, c[at + NOT_KNOWN], posts)
        points += c[at + POINTS_QUANTITY] * share // MILLE
    if c[at + POINTS_DELIVERY] > 0:
        late = _days_late(post, c, at, posts)
        share = c[at + NOT_KNOWN] if late < 0 else max(0, MILLE - late * c[at + LATE_PER_DAY])
        points += c[at + POINTS_DELIVERY] * share // MILLE
    if c[at + POINTS_CERTIFICATES] > 0:
        points += c[at + POINTS_CERTIFICATES] * _certificates_share(post, c, at, posts) // MILLE
    if c[at + POINTS_FREIGHT] > 0:
        points += c[at + POINTS_FREIGHT] * _freight_share(post, c, at, posts) // MILLE
    return points
