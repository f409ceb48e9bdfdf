"""How a segment and a query lie in memory: what the compiled kernel and those who fill its arrays agree on.

A query comes as two kinds of integers: *conditions* (filters and structured wishes, one program per query) and
*facets* (what is wanted, one program for all queries for the same product). Both are flat arrays: a head of named
positions, then sections.
"""

from typing import Any, NamedTuple

import numpy as np

FULL = 10_000
MILLE = 1000
# In `surplus`: the word is in the description only.
DESCRIBED = 255
UNKNOWN_DAY = -1

# Conditions: positions in the head.
CUT_NET = 0  # the least net that may be shown
TEXT_POINTS = 1
SURPLUS = 2
OTHER_FACTOR = 3
NOT_KNOWN = 4
EXTRA_CREDIT = 5
LATE_PER_DAY = 6
POINTS_INDUSTRY = 7  # hundredths of a point; 0: not asked
POINTS_QUANTITY = 8
POINTS_DELIVERY = 9
POINTS_CERTIFICATES = 10
POINTS_FREIGHT = 11
ASKED = 12  # their sum
INDUSTRY = 13
FAMILY = 14
QUANTITY_IS_MUST = 15
TODAY = 16  # -1: not known
DELIVER_BY = 17  # -1: not asked
DELIVER_BY_IS_MUST = 18
HAS_OWN_FIRM = 19
OWN_FIRM = 20
IS_VERIFIED = 21
REQUIRES = 22  # certificates: 0 none, 1 those of the section, 2 one that nobody here holds
WANTED_CERTIFICATES = 23  # how many
# Sections: where they begin, how many entries they have.
FIRMS_AT, FIRMS = 24, 25  # firms that are left out
REGIONS_AT, REGIONS = 26, 27  # prefix, mask
INDUSTRIES_AT, INDUSTRIES = 28, 29  # prefix, mask
PLACES_AT, PLACES = 30, 31  # place, its significant part, mask of that, length of the place
NEAR_AT, NEAR = 32, 33  # all prefixes in order, then the share of each
FACTORS_AT = 34  # by code of the factor: 1 may be shown, +2 is another one than wanted
REQUIRED_AT = 35  # bits of certificates
WANTED_AT = 36
OTHER_KIND = 37
CONDITIONS_HEAD = 38

# Facets: positions in the head; the sections follow in this order, one after the other.
HEAD = 0  # weight of the head × MILLE
TOTAL = 1
STANDING = 2
RANGES = 3  # first product, end, ‰ of how well the head answers, 1 if the least special come first; best first
WANTED = 4  # weight of each wanted word, the marks of the words that can answer it
KEYS = 5  # number of a word, where its links begin; closed by a row that ends the last
LINKS = 6  # wanted word, credit ‰
GROUPS = 7  # number of a group of contradictions, strength ‰
AGREEING = 8  # numbers of values that do not contradict
FACET_HEAD = 9
RANGE = 4  # entries of one range


def mark_of(word: int) -> int:
    """The bit by which a product shows that it may have this word, as a signed integer."""
    bit = word * 0x9E3779B97F4A7C15 >> 58 & 63
    return 1 << bit if bit < 63 else -1 << 63


# What the kernel reads of a product or of a post lies together: one access to memory brings all of it.
PRODUCT = np.dtype(
    [
        ("mark", np.int64),
        ("word_start", np.int32),
        ("word_end", np.int32),
        ("value_start", np.int32),
        ("value_end", np.int32),
        ("standing", np.int16),
        ("modifiers", np.int16),
        ("head_weight", np.int32),
    ],
    align=True,
)
POST = np.dtype(
    [
        ("id", np.int64),
        ("capacity", np.float64),
        ("min_order", np.float64),
        ("firm", np.int32),
        ("lead_time", np.int32),
        ("available_from", np.int32),
        ("available_to", np.int32),
        ("certificates", np.int32),
        ("reach", np.int32),
        ("access", np.int32),
        ("content", np.int32),
        ("region", np.uint16),
        ("industry", np.uint16),
        ("factor", np.uint8),
        ("family", np.uint8),
    ],
    align=True,
)


class Products(NamedTuple):
    record: Any
    word: Any
    surplus: Any
    value_group: Any
    value: Any
    offer_start: Any
    offer: Any


class Posts(NamedTuple):
    record: Any
    live: Any
    firms: Any
    region_text: Any
    industry_text: Any
    certificates_known: Any
    certificates_bits: Any
    reach_start: Any
    reach_text: Any
    reach_mask: Any
    visibility: Any
    invited_start: Any
    invited: Any
    blocked_start: Any
    blocked: Any


class Scratch(NamedTuple):
    """Zero before and after each query, whatever the segment: sized for the largest."""

    link: Any  # word → number of its key + 1
    group: Any  # group → its number in the facet + 1
    agrees: Any  # value → 1
    place: Any  # firm → -1 left out, else position in the heap + 1
    credit: Any  # of each wanted word; need not be zero
    found: Any  # products above the cut and their nets; need not be zero
    net: Any
    order: Any
    bucket: Any


class Heap(NamedTuple):
    """The k best so far, the worst on top: no two of one firm."""

    total: Any
    id: Any
    row: Any
    firm: Any
    fit: Any
