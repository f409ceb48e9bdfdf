"""Queries as programs for the kernel, in the numbers of a segment: conditions (per query), facets (per product)."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import layout
from .columns import LONGEST_CODE, Posts, bits_of, mask_of, pack
from .conditions import LATE_PER_DAY, MILLE, factor_of, factor_passes, industry_of, significant
from .products import Products
from .scoring import EXTRA_CREDIT, FULL, Compiled, Facet, ending_answers, ending_of, values_agree
from .weights import Weights

Ints = NDArray[np.int64]
# The kernel's products of integers stay within 64 bits up to this weight of all words of a wanted product.
_MOST_TOTAL = 100_000
_AFTER_ALL = chr(0x10FFFF)


def facet_program(facet: Facet, products: Products, *, weights: Weights) -> Ints:
    """A facet in the numbers of a segment; the layout is the kernel's."""
    if facet.total > _MOST_TOTAL:
        raise ValueError("a wanted product of too many words")
    ranges = _ranges(facet, products, weights)
    links: dict[int, list[tuple[int, int]]] = {}
    for position, wanted in enumerate(facet.words):
        for key, credit in wanted.credits.items():
            word = products.words.number_of(key)
            if word is not None:
                links.setdefault(word, []).append((position, credit))
    groups: list[tuple[int, int]] = []
    agreeing: list[int] = []
    for name, (values, strength) in facet.groups.items():
        number = products.groups.number_of(name)
        if number is not None:
            groups.append((number, strength))
            agreeing.extend(_agreeing(name, values, products))
    program = [
        facet.product.head_word.weight * MILLE, facet.total, facet.standing, len(ranges), len(facet.words),
        len(links), sum(map(len, links.values())), len(groups), len(agreeing),
    ]  # fmt: skip
    for row in ranges:
        program += row
    marks = [0] * len(facet.words)
    for word, linked in links.items():
        for position, _ in linked:
            marks[position] |= layout.mark_of(word)
    for wanted, mark in zip(facet.words, marks, strict=True):
        program += (wanted.word.weight, mark)
    begin = 0
    for word, linked in links.items():
        program += (word, begin)
        begin += len(linked)
    program += (0, begin)
    for linked in links.values():
        for position, credit in linked:
            program += (position, credit)
    for number, strength in groups:
        program += (number, strength)
    program += agreeing
    return np.array(program, np.int64)


def _ranges(facet: Facet, products: Products, weights: Weights) -> list[tuple[int, int, int, int]]:
    """(first product, end, ‰, 1 if the least special come first) of all whose head can answer, best first."""
    head = facet.product.head
    found = [(*products.of_concept(concept), answers, 1) for concept, answers in facet.relations.items()]
    if not facet.product.head_concept:
        low, high = products.of_ending(ending_of(head))
        same_low, same_high = products.of_head(head) if low < high else (low, low)
        # Of those with one ending all but the same word answer alike; any of them shows how well.
        found.append((same_low, same_high, ending_answers(head, head, weights), 1))
        for begin, end in ((low, same_low), (same_high, high)):
            if begin < end:
                other = products.heads[products.head[begin]]
                found.append((begin, end, ending_answers(head, other, weights), 0))
    return sorted((row for row in found if row[0] < row[1] and row[2] > 0), key=lambda row: (-row[2], row[0]))


def _agreeing(group: str, wanted: frozenset[str], products: Products) -> set[int]:
    """The values of a group that contradict none of the wanted: `values_agree`, asked only of those that could."""
    low, high = products.values_of(group)

    def place_of(text: str) -> int:
        return bisect_left(range(low, high), text, key=products.values.__getitem__) + low

    found: set[int] = set()
    for value in wanted:
        candidates = {place_of(value[:length]) for length in range(1, len(value) + 1)}
        candidates.update(range(place_of(value), place_of(value + _AFTER_ALL)))
        found.update(
            number for number in candidates if number < high and values_agree(group, wanted, products.values[number])
        )
    return found


def condition_program(compiled: Compiled, posts: Posts) -> tuple[list[int], float]:
    """(filters and structured wishes in the numbers of a segment, the quantity)."""
    query, weights, asked = compiled.query, compiled.weights, compiled.asked
    cut = weights.strong_cut if query.strong_only else weights.loose_cut
    head = [0] * layout.CONDITIONS_HEAD
    head[layout.CUT_NET] = -(-cut * FULL // MILLE)
    head[layout.TEXT_POINTS] = compiled.text_points
    head[layout.SURPLUS] = weights.surplus
    head[layout.OTHER_KIND] = weights.other_kind
    head[layout.OTHER_FACTOR] = weights.other_factor
    head[layout.NOT_KNOWN] = weights.not_known
    head[layout.EXTRA_CREDIT] = EXTRA_CREDIT
    head[layout.LATE_PER_DAY] = LATE_PER_DAY
    for position, part in _ASKED:
        head[position] = asked.get(part, 0)
    head[layout.ASKED] = sum(asked.values())
    quantity = query.quantity if query.quantity is not None and query.quantity > 0 else 0.0
    head[layout.FAMILY] = posts.families.index(query.unit_family) if _known(query.unit_family, posts.families) else -1
    head[layout.QUANTITY_IS_MUST] = int(query.quantity_is_must and quantity > 0)
    head[layout.TODAY] = -1 if query.today is None else query.today
    head[layout.DELIVER_BY] = -1 if query.deliver_by is None else query.deliver_by
    head[layout.DELIVER_BY_IS_MUST] = int(query.deliver_by_is_must and query.deliver_by is not None)
    firms = sorted(query.blocked_firms)
    if query.own_firm is not None:
        head[layout.HAS_OWN_FIRM], head[layout.OWN_FIRM] = 1, query.own_firm
        head[layout.IS_VERIFIED] = int(query.own_firm_is_verified)
        firms.append(query.own_firm)
    sections = _Sections(head)
    sections.add(layout.FIRMS_AT, firms)
    sections.add(layout.REGIONS_AT, _prefixes(map(significant, query.include_regions)), each=2)
    sections.add(layout.INDUSTRIES_AT, _prefixes(query.include_industries), each=2)
    sections.add(layout.PLACES_AT, _places(query.delivery_regions), each=4)
    if asked.get("freight") and query.freight_closeness:
        sections.add(layout.NEAR_AT, _nearness(query.freight_closeness), each=2)
    if asked.get("industry"):
        head[layout.INDUSTRY] = _packed(industry_of(query)[:LONGEST_CODE])
    wanted_factor = factor_of(query)
    sections.add(
        layout.FACTORS_AT,
        [
            int(factor_passes(query, factor)) + 2 * bool(wanted_factor and factor and factor != wanted_factor)
            for factor in posts.factors
        ],
        counted=False,
    )
    if query.required_certificates:
        known = query.required_certificates <= set(posts.certificate_names)
        head[layout.REQUIRES] = 1 if known else 2
        sections.add(layout.REQUIRED_AT, _bits(query.required_certificates, posts), counted=False)
    if asked.get("certificates"):
        head[layout.WANTED_CERTIFICATES] = len(query.wanted_certificates)
        sections.add(layout.WANTED_AT, _bits(query.wanted_certificates, posts), counted=False)
    return sections.program, quantity


class _Sections:
    """A program that grows: each section is named in the head by where it begins and how many entries it has."""

    def __init__(self, head: list[int]) -> None:
        self.program = head

    def add(self, position: int, entries: Sequence[int], *, each: int = 1, counted: bool = True) -> None:
        self.program[position] = len(self.program)
        if counted:
            self.program[position + 1] = len(entries) // each
        self.program.extend(entries)


_ASKED = (
    (layout.POINTS_INDUSTRY, "industry"),
    (layout.POINTS_QUANTITY, "quantity"),
    (layout.POINTS_DELIVERY, "delivery"),
    (layout.POINTS_CERTIFICATES, "certificates"),
    (layout.POINTS_FREIGHT, "freight"),
)


def _known(family: str, families: Sequence[str]) -> bool:
    return bool(family) and family in families


def _bits(names: frozenset[str], posts: Posts) -> list[int]:
    numbers = {name: number for number, name in enumerate(posts.certificate_names)}
    found: list[int] = bits_of([names], names=numbers)[0].tolist()
    return found


@lru_cache(maxsize=16_384)
def _packed(code: str) -> int:
    """What is no code of a post is a number that no code has, and begins none."""
    return pack(code) if len(code) <= LONGEST_CODE and code.isascii() else -1


def _prefixes(codes: Iterable[str]) -> list[int]:
    """(packed, mask) of each."""
    found: list[int] = []
    for code in sorted(codes):
        found += (_packed(code), mask_of(min(len(code), LONGEST_CODE)))
    return found


def _places(places: Iterable[str]) -> list[int]:
    """(packed, packed significant part, its mask, length) of each."""
    found: list[int] = []
    for place in sorted(places):
        part = significant(place)
        found += (_packed(place), _packed(part), mask_of(min(len(part), LONGEST_CODE)), len(place))
    return found


def _nearness(closeness: Mapping[str, float]) -> list[int]:
    rows = sorted(
        (_packed(prefix), min(MILLE, max(0, int(near * 1000))))
        for prefix, near in closeness.items()
        if 0 < len(prefix) <= LONGEST_CODE
    )
    return [prefix for prefix, _ in rows] + [share for _, share in rows]
