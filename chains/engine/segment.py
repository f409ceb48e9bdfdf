"""One immutable part of the index: distinct products with their postings, posts with their columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scoring import (
    EXTRA_CREDIT,
    FULL,
    LATE_PER_DAY,
    MILLE,
    NARROWING,
    Compiled,
    Facet,
    access_passes,
    certificates_pass,
    certificates_share,
    delivers_passes,
    ending_of,
    factor_of,
    factor_passes,
    freight_share,
    industry_passes,
    industry_share,
    region_passes,
    values_agree,
)
from .types import Analysis, Document, Product, Query, Word
from .weights import Weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
UNKNOWN_DAY = np.int64(-1)


@dataclass(frozen=True, slots=True)
class Postings:
    """Lists of rows by name, in one array: rows of names[i] are rows[start[i]:start[i+1]], data beside them."""

    names: dict[str, int]
    start: Ints
    rows: Ints
    data: Ints

    @classmethod
    def build(cls, lists: dict[str, list[tuple[int, int]]]) -> "Postings":
        names = {name: number for number, name in enumerate(lists)}
        start = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(entries) for entries in lists.values()], out=start[1:])
        flat = [entry for entries in lists.values() for entry in entries]
        table = np.array(flat, np.int64).reshape(-1, 2)
        return cls(names, start, np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]))

    def get(self, name: str) -> tuple[Ints, Ints] | None:
        number = self.names.get(name)
        if number is None:
            return None
        low, high = self.start[number], self.start[number + 1]
        return self.rows[low:high], self.data[low:high]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct values: code per post, values once. A rule is evaluated once per distinct value."""

    values: list[Any]
    code: Ints

    @classmethod
    def build(cls, column: Sequence[Any]) -> "Coded":
        codes: dict[Any, int] = {}
        code = np.array([codes.setdefault(value, len(codes)) for value in column], np.int64)
        return cls(list(codes), code)

    def keep(self, rule: Callable[[Any], bool], rows: Ints) -> Bools:
        table = np.array([rule(value) for value in self.values], np.bool_)
        return table[self.code[rows]]

    def share(self, rule: Callable[[Any], int], rows: Ints) -> Ints:
        table = np.array([rule(value) for value in self.values], np.int64)
        return table[self.code[rows]]


@dataclass(frozen=True)
class Segment:
    # products
    products: Sequence[Product]
    heads: Postings  # head concept → products
    endings: Postings  # ending of a head nobody knows → products
    words: Postings  # word key → products, weight as surplus beside; negative: only in the description
    groups: Postings  # group → products, number of the value beside
    group_values: list[str]
    head_weight: Ints
    modifier_weight: Ints
    standing: Ints
    offers_start: Ints  # product → posts
    offers: Ints
    contents_start: Ints  # post → products, in the order of the text
    contents: Ints
    # posts
    id: Ints
    firm: Ints
    capacity: Floats
    min_order: Floats
    lead_time: Ints
    available_from: Ints
    available_to: Ints
    region: Coded
    factor: Coded
    industry: Coded
    family: Coded
    certificates: Coded
    delivers_to: Coded
    access: Coded
    live: Bools

    @classmethod
    def build(cls, documents: Sequence[Document]) -> "Segment":
        numbers: dict[tuple[object, ...], int] = {}
        products: list[Product] = []
        offers: list[list[int]] = []
        contents: list[list[int]] = []
        for row, document in enumerate(documents):
            own: list[int] = []
            for product in document.analysis.products:
                signature = product.signature()
                number = numbers.setdefault(signature, len(products))
                if number == len(products):
                    products.append(product)
                    offers.append([])
                if number not in own:
                    own.append(number)
                    offers[number].append(row)
            contents.append(own)
        heads, endings, words, groups, values = _postings(products)
        return cls(
            products=products,
            heads=heads,
            endings=endings,
            words=words,
            groups=groups,
            group_values=values,
            head_weight=np.array([product.head_word.weight for product in products], np.int64),
            modifier_weight=np.array(
                [sum(w.weight for w in product.words if w.role in NARROWING) for product in products], np.int64
            ),
            standing=np.array([product.standing for product in products], np.int64),
            offers_start=_starts(offers),
            offers=_flat(offers),
            contents_start=_starts(contents),
            contents=_flat(contents),
            id=np.array([d.id for d in documents], np.int64),
            firm=np.array([d.firm_id for d in documents], np.int64),
            capacity=_floats([d.capacity for d in documents]),
            min_order=_floats([d.min_order for d in documents]),
            lead_time=_days([d.lead_time_days for d in documents]),
            available_from=_days([d.available_from for d in documents]),
            available_to=_days([d.available_to for d in documents]),
            region=Coded.build([d.region for d in documents]),
            factor=Coded.build([d.factor or d.analysis.factor for d in documents]),
            industry=Coded.build([d.industry for d in documents]),
            family=Coded.build([d.unit_family for d in documents]),
            certificates=Coded.build([d.certificates for d in documents]),
            delivers_to=Coded.build([d.delivers_to for d in documents]),
            access=Coded.build([(d.visibility, d.invited_firms, d.blocked_firms) for d in documents]),
            live=np.ones(len(documents), np.bool_),
        )

    @property
    def live_count(self) -> int:
        return int(np.count_nonzero(self.live))

    @cached_property
    def _row_by_id(self) -> dict[int, int]:
        return {int(identifier): row for row, identifier in enumerate(self.id.tolist())}

    def row_of(self, identifier: int) -> int | None:
        row = self._row_by_id.get(identifier)
        return row if row is not None and self.live[row] else None

    def without(self, identifiers: set[int]) -> "Segment":
        """The same arrays with some posts masked."""
        rows = [row for identifier in identifiers if (row := self._row_by_id.get(identifier)) is not None]
        if not rows:
            return self
        live = self.live.copy()
        live[rows] = False
        masked = replace(self, live=live)
        masked.__dict__["_row_by_id"] = self._row_by_id
        return masked

    def documents(self) -> Iterator[Document]:
        for row in np.flatnonzero(self.live).tolist():
            yield self.document(row)

    def document(self, row: int) -> Document:
        """The post as it was indexed; of its analysis the products and the factor are kept."""
        numbers = self.contents[self.contents_start[row] : self.contents_start[row + 1]].tolist()
        visibility, invited, blocked = self.access.values[self.access.code[row]]
        capacity, min_order = float(self.capacity[row]), float(self.min_order[row])
        return Document(
            id=int(self.id[row]),
            analysis=Analysis(text="", products=tuple(self.products[number] for number in numbers)),
            firm_id=int(self.firm[row]),
            region=self.region.values[self.region.code[row]],
            factor=self.factor.values[self.factor.code[row]],
            industry=self.industry.values[self.industry.code[row]],
            capacity=None if np.isnan(capacity) else capacity,
            unit_family=self.family.values[self.family.code[row]],
            min_order=None if np.isnan(min_order) else min_order,
            lead_time_days=_day(self.lead_time[row]),
            certificates=self.certificates.values[self.certificates.code[row]],
            available_from=_day(self.available_from[row]),
            available_to=_day(self.available_to[row]),
            delivers_to=self.delivers_to.values[self.delivers_to.code[row]],
            visibility=visibility,
            invited_firms=invited,
            blocked_firms=blocked,
        )

    # --- scoring -----------------------------------------------------------------------------------------------------

    def score(self, compiled: Compiled) -> tuple[Ints, Ints, Ints]:
        """(rows, totals in hundredths of a point, fits in ‰) of all posts that pass filters and the loose cut."""
        best = self._best_text(compiled)
        if best is None:
            return _NONE, _NONE, _NONE
        rows, net = best
        keep = self.live[rows] & self._passes(compiled.query, rows)
        rows, net = rows[keep], net[keep]
        wanted = factor_of(compiled.query)
        if wanted:
            differs = self.factor.keep(lambda factor: bool(factor) and factor != wanted, rows)
            net = net - np.where(differs, net * compiled.weights.other_factor // MILLE, 0)
        fits = net * MILLE // FULL
        keep = fits >= compiled.weights.loose_cut
        rows, net, fits = rows[keep], net[keep], fits[keep]
        return rows, net * compiled.text_points // FULL + self._structured(compiled, rows), fits

    def _best_text(self, compiled: Compiled) -> tuple[Ints, Ints] | None:
        """(posts, their best text points before the factor is looked at)."""
        found_rows: list[Ints] = []
        found_net: list[Ints] = []
        for facet in compiled.facets:
            numbers, answers = self._answering(facet, compiled.weights)
            if not numbers.size:
                continue
            net = self._net(facet, numbers, answers, compiled)
            keep = net * MILLE // FULL >= compiled.weights.loose_cut
            numbers, net = numbers[keep], net[keep]
            low, high = self.offers_start[numbers], self.offers_start[numbers + 1]
            counts = high - low
            rows = self.offers[_ranges(low, counts)]
            found_rows.append(rows)
            found_net.append(np.repeat(net, counts))
        if not found_rows:
            return None
        rows, net = np.concatenate(found_rows), np.concatenate(found_net)
        order = np.lexsort((-net, rows))
        rows, net = rows[order], net[order]
        first = np.ones(rows.size, np.bool_)
        first[1:] = rows[1:] != rows[:-1]
        return rows[first], net[first]

    def _answering(self, facet: Facet, weights: Weights) -> tuple[Ints, Ints]:
        """(products whose head can answer, how well in ‰)."""
        numbers: list[Ints] = []
        answers: list[Ints] = []
        for concept, answer in facet.relations.items():
            found = self.heads.get(concept)
            if found is not None and answer > 0:
                numbers.append(found[0])
                answers.append(np.full(found[0].size, answer, np.int64))
        if not facet.product.head_concept:
            head = facet.product.head
            found = self.endings.get(ending_of(head))
            if found is not None:
                same = np.array([self.heads_by_number[number] == head for number in found[0].tolist()], np.bool_)
                numbers.append(found[0])
                answers.append(np.where(same, weights.same, weights.same_ending))
        if not numbers:
            return _NONE, _NONE
        return np.concatenate(numbers), np.concatenate(answers)

    @cached_property
    def heads_by_number(self) -> list[str]:
        """The head of each product, for those the dictionary does not know."""
        return ["" if product.head_concept else product.head for product in self.products]

    def _net(self, facet: Facet, numbers: Ints, answers: Ints, compiled: Compiled) -> Ints:
        weights = compiled.weights
        slot = np.full(len(self.head_weight), -1, np.int64)
        slot[numbers] = np.arange(numbers.size)
        earned = _zeros(numbers) + facet.product.head_word.weight * MILLE
        for wanted in facet.words:
            credit = _zeros(numbers)
            for key, worth in wanted.credits.items():
                found = self.words.get(key)
                if found is None:
                    continue
                at = slot[found[0]]
                inside = at >= 0
                at = at[inside]
                value = np.where(found[1][inside] < 0, worth * EXTRA_CREDIT // MILLE, worth)
                credit[at] = np.maximum(credit[at], value)
            earned += wanted.word.weight * credit
        scale = FULL * answers * self.standing[numbers] * facet.standing // MILLE
        text = scale * earned // (MILLE * MILLE * MILLE * facet.total)
        matched = _zeros(numbers)
        for key in facet.keys:
            found = self.words.get(key)
            if found is not None:
                at = slot[found[0]]
                inside = at >= 0
                matched[at[inside]] += np.maximum(found[1][inside], 0)
        modifiers = self.modifier_weight[numbers]
        all_words = modifiers + self.head_weight[numbers]
        lacking = MILLE - np.minimum(MILLE, text * MILLE**3 // np.maximum(scale, 1))
        surplus = weights.surplus + weights.other_kind * lacking // MILLE
        rest = text - text * surplus * (modifiers - matched) // (MILLE * all_words)
        strength = self._conflicts(facet, slot, numbers)
        net: Ints = rest - rest * strength // MILLE
        return net

    def _conflicts(self, facet: Facet, slot: Ints, numbers: Ints) -> Ints:
        strength = _zeros(numbers)
        for group, (wanted, weight) in facet.groups.items():
            found = self.groups.get(group)
            if found is None:
                continue
            at = slot[found[0]]
            inside = at >= 0
            if not inside.any():
                continue
            at, values = at[inside], found[1][inside]
            agreeing = np.array(
                [
                    value
                    for value in np.unique(values).tolist()
                    if values_agree(group, wanted, self.group_values[value])
                ],
                np.int64,
            )
            says = np.zeros(numbers.size, np.bool_)
            agrees = np.zeros(numbers.size, np.bool_)
            says[at] = True
            agrees[at[np.isin(values, agreeing)]] = True
            strength += np.where(says & ~agrees, weight, 0)
        return np.minimum(strength, MILLE)

    def _passes(self, query: Query, rows: Ints) -> Bools:
        keep = self.access.keep(lambda access: access_passes(query, *access), rows)
        firms = self.firm[rows]
        if query.own_firm is not None:
            keep &= firms != query.own_firm
        if query.blocked_firms:
            keep &= ~np.isin(firms, np.array(sorted(query.blocked_firms), np.int64))
        if query.include_regions:
            keep &= self.region.keep(lambda region: region_passes(query, region), rows)
        if query.include_industries:
            keep &= self.industry.keep(lambda industry: industry_passes(query, industry), rows)
        if query.include_factors:
            keep &= self.factor.keep(lambda factor: factor_passes(query, factor), rows)
        if query.delivery_regions:
            keep &= self.delivers_to.keep(lambda reach: delivers_passes(query, reach), rows)
        if query.required_certificates:
            keep &= self.certificates.keep(lambda held: certificates_pass(query, held), rows)
        if query.today is not None:
            until = self.available_to[rows]
            keep &= (until == UNKNOWN_DAY) | (until >= query.today)
        if query.quantity_is_must and query.quantity is not None and query.quantity > 0:
            keep &= self._quantity_share(query, rows, -1) == MILLE
        if query.deliver_by_is_must and query.deliver_by is not None:
            keep &= self._days_late(query, rows) == 0
        return keep

    def _structured(self, compiled: Compiled, rows: Ints) -> Ints:
        query, unknown = compiled.query, compiled.weights.not_known
        total = _zeros(rows)
        for part, points in compiled.asked.items():
            if part == "industry":
                share = self.industry.share(lambda code: industry_share(query, code, not_known=unknown), rows)
            elif part == "quantity":
                share = self._quantity_share(query, rows, unknown)
            elif part == "delivery":
                late = self._days_late(query, rows)
                share = np.where(late < 0, unknown, np.maximum(0, MILLE - late * LATE_PER_DAY))
            elif part == "certificates":
                share = self.certificates.share(lambda held: certificates_share(query, held, not_known=unknown), rows)
            else:
                share = self.region.share(lambda code: freight_share(query, code, not_known=unknown), rows)
            total += points * share // MILLE
        return total

    def _quantity_share(self, query: Query, rows: Ints, not_known: int) -> Ints:
        assert query.quantity is not None
        same = self.family.keep(lambda family: bool(query.unit_family) and family == query.unit_family, rows)
        capacity, least = self.capacity[rows], self.min_order[rows]
        with np.errstate(invalid="ignore", over="ignore"):
            ratio = np.minimum(np.floor(capacity * 1000.0 / query.quantity), 1000.0)
            share = np.where(np.isnan(capacity), not_known, np.nan_to_num(ratio)).astype(np.int64)
            share = np.where(least > query.quantity, 0, share)
        return np.where(same, share, not_known)

    def _days_late(self, query: Query, rows: Ints) -> Ints:
        """Days late; -1: the supplier has not said."""
        assert query.deliver_by is not None
        lead, begin = self.lead_time[rows], self.available_from[rows]
        start = np.maximum(query.today or 0, np.maximum(begin, 0))
        late = np.maximum(0, start + np.maximum(lead, 0) - query.deliver_by)
        unknown = ((lead == UNKNOWN_DAY) & (begin == UNKNOWN_DAY)) | (start == 0)
        return np.where(unknown, -1, late)


_NONE: Ints = np.zeros(0, np.int64)


def _zeros(like: Ints) -> Ints:
    return np.zeros(like.size, np.int64)


def _ranges(low: Ints, counts: Ints) -> Ints:
    """All integers of the ranges low[i] … low[i]+counts[i]."""
    ends = np.cumsum(counts)
    if not ends.size:
        return _NONE
    every: Ints = np.arange(ends[-1]) + np.repeat(low - (ends - counts), counts)
    return every


def _starts(lists: Sequence[Sequence[int]]) -> Ints:
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(entries) for entries in lists], out=start[1:])
    return start


def _flat(lists: Sequence[Sequence[int]]) -> Ints:
    return np.array([entry for entries in lists for entry in entries], np.int64)


def _floats(column: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in column], np.float64)


def _days(column: Sequence[int | None]) -> Ints:
    return np.array([UNKNOWN_DAY if value is None else value for value in column], np.int64)


def _day(value: np.int64) -> int | None:
    return None if value == UNKNOWN_DAY else int(value)


def _postings(products: Sequence[Product]) -> tuple[Postings, Postings, Postings, Postings, list[str]]:
    heads: dict[str, list[tuple[int, int]]] = {}
    endings: dict[str, list[tuple[int, int]]] = {}
    words: dict[str, list[tuple[int, int]]] = {}
    groups: dict[str, list[tuple[int, int]]] = {}
    values: dict[str, int] = {}
    for number, product in enumerate(products):
        if product.head_concept:
            heads.setdefault(product.head_concept, []).append((number, 0))
        else:
            endings.setdefault(ending_of(product.head), []).append((number, 0))
        for word in product.words:
            words.setdefault(word.key, []).append((number, _surplus(word)))
        for word in product.extra:
            words.setdefault(word.key, []).append((number, -1))
        for group, value in dict.fromkeys(product.values):
            groups.setdefault(group, []).append((number, values.setdefault(value, len(values))))
    return (
        Postings.build(heads),
        Postings.build(endings),
        Postings.build(words),
        Postings.build(groups),
        list(values),
    )


def _surplus(word: Word) -> int:
    return word.weight if word.role in NARROWING else 0
