"""Distinct products as columns: what each is called, its words, the values of which it has only one.

Products lie in the order of their heads: those of one concept together, those whose head nobody knows by the ending
of the head and then by the head. So "everything that is a 轴承" is a range. Within one head the least special come
first: 轴承 before 汽车轮毂轴承.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from .columns import Array, frozen
from .layout import DESCRIBED, PRODUCT, mark_of
from .scoring import NARROWING, ending_of
from .texts import Texts
from .types import KINDS, Analysis, Product, Role, Word

ROLES: tuple[Role, ...] = get_args(Role)
# Added to the number of a role: the word is of the description.
_EXTRA = 16
_IS_NARROWING = np.array([role < len(ROLES) and ROLES[role] in NARROWING for role in range(2 * _EXTRA)])
_MOST_WEIGHT = DESCRIBED - 1
_TEXTS = ("words", "surfaces", "names", "heads", "concepts", "groups", "values")


class VersionMismatchError(ValueError):
    """Analyses and index were made with different dictionaries: analyse again, or rebuild."""


Row = tuple[str, str, int, Role]
"""A word as stored: key, surface, weight, role."""


@dataclass(frozen=True, eq=False)
class Products:
    """record: of each product (layout.PRODUCT). word, surface, role, weight: its words, those of its description last.
    value_group, value: its values; the values of a group lie together, by name. content_start, content_product,
    content_name: the products of each distinct analysis, under the names they have there."""

    record: Array
    word: Array
    surface: Array
    role: Array
    weight: Array
    surplus: Array
    kind: Array
    head: Array
    concept: Array
    value_group: Array
    value: Array
    group_start: Array
    concept_start: Array
    content_start: Array
    content_product: Array
    content_name: Array
    words: Texts
    surfaces: Texts
    names: Texts
    heads: Texts
    concepts: Texts
    groups: Texts
    values: Texts

    @property
    def count(self) -> int:
        return len(self.record)

    def product(self, number: int, *, name: str) -> Product:
        """The product as it was put in, but for its mentions, which no score and no reason needs."""
        own = self.record[number]
        words: list[Word] = []
        extra: list[Word] = []
        for entry in range(own["word_start"], own["word_end"]):
            role = int(self.role[entry])
            word = Word(
                self.words[self.word[entry]],
                self.surfaces[self.surface[entry]],
                int(self.weight[entry]),
                ROLES[role % _EXTRA],
            )
            (extra if role >= _EXTRA else words).append(word)
        return Product(
            name=name,
            head=self.heads[self.head[number]],
            head_concept=self.concepts[self.concept[number]],
            kind=KINDS[self.kind[number]],
            words=tuple(words),
            values=tuple(
                (self.groups[self.value_group[entry]], self.values[self.value[entry]])
                for entry in range(own["value_start"], own["value_end"])
            ),
            standing=int(own["standing"]),
            extra=tuple(extra),
        )

    def of_content(self, content: int) -> tuple[Product, ...]:
        low, high = int(self.content_start[content]), int(self.content_start[content + 1])
        return tuple(
            self.product(int(self.content_product[entry]), name=self.names[self.content_name[entry]])
            for entry in range(low, high)
        )

    def of_concept(self, concept: str) -> tuple[int, int]:
        """The range of products whose head is this concept; empty if there is none."""
        number = self.concepts.number_of(concept)
        if number is None:
            return 0, 0
        return int(self.concept_start[number]), int(self.concept_start[number + 1])

    def of_ending(self, ending: str) -> tuple[int, int]:
        """The range of products whose head nobody knows and ends like this."""
        return self._unknown_heads(ending, self._ending_at)

    def of_head(self, head: str) -> tuple[int, int]:
        """The range of products that nobody knows and that are called just so."""
        return self._unknown_heads((ending_of(head), head), self._head_at)

    def values_of(self, group: str) -> tuple[int, int]:
        """The range of values of a group; empty if nobody has one."""
        number = self.groups.number_of(group)
        if number is None:
            return 0, 0
        return int(self.group_start[number]), int(self.group_start[number + 1])

    def _ending_at(self, position: int) -> Any:
        return ending_of(self.heads[self.head[position]])

    def _head_at(self, position: int) -> Any:
        head = self.heads[self.head[position]]
        return (ending_of(head), head)

    def _unknown_heads(self, wanted: Any, at: Callable[[int], Any]) -> tuple[int, int]:
        # They come first: the concept with the number 0 is none.
        end = int(self.concept_start[1])
        low = _first(lambda position: at(position) >= wanted, 0, end)
        return low, _first(lambda position: at(position) > wanted, low, end)


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first position from which on something holds."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


COLUMNS = tuple(field.name for field in fields(Products) if field.name not in _TEXTS)
TEXTS = _TEXTS


class Collector:
    """Collects analyses of one version of the dictionary; `done` makes the table. Each product is kept once, however
    many analyses have it.

    Raises VersionMismatchError for an analysis of another version.
    """

    def __init__(self, version: str) -> None:
        self.version = version
        self._numbers: dict[Any, int] = {}
        self._texts: dict[str, dict[str, int]] = {name: {} for name in ("words", "surfaces", "names", "heads")}
        self._concepts: dict[str, int] = {"": 0}
        self._groups: dict[str, int] = {}
        self._values: dict[tuple[int, str], int] = {}
        self._word: list[int] = []
        self._surface: list[int] = []
        self._role: list[int] = []
        self._weight: list[int] = []
        self._words_in: list[int] = []
        self._value: list[int] = []
        self._values_in: list[int] = []
        self._head_weight: list[int] = []
        self._standing: list[int] = []
        self._kind: list[int] = []
        self._head: list[int] = []
        self._concept: list[int] = []
        self._content_product: list[int] = []
        self._content_name: list[int] = []
        self._products_in: list[int] = []

    def __len__(self) -> int:
        return len(self._products_in)

    def add(self, analysis: Analysis) -> int:
        """The number of this analysis among those that were added."""
        self._check(analysis.dictionary_version)
        entries = []
        for product in analysis.products:
            number = self._product(
                product.head,
                product.head_concept,
                product.kind,
                tuple((word.key, word.surface, word.weight, word.role) for word in product.words),
                product.values,
                product.standing,
                tuple((word.key, word.surface, word.weight, word.role) for word in product.extra),
            )
            entries.append((number, product.name))
        return self._content(entries)

    def add_stored(self, stored: Mapping[str, Any]) -> int:
        """The same for an analysis as `Analysis.to_dict` writes it, without making objects of it."""
        self._check(stored["dictionary_version"])
        entries = []
        for row in stored["products"]:
            number = self._product(
                row["head"],
                row["head_concept"],
                row["kind"],
                tuple(map(tuple, row["words"])),
                tuple(map(tuple, row["values"])),
                row["standing"],
                tuple(map(tuple, row["extra"])),
            )
            entries.append((number, row["name"]))
        return self._content(entries)

    def absorb(self, other: "Collector") -> int:
        """Take over what another collector (of another process) has read; the number of its first analysis here."""
        self._check(other.version)
        first, products = len(self), len(self._standing)
        taken = {name: _united(self._texts[name], other._texts[name]) for name in self._texts}
        concepts, groups = _united(self._concepts, other._concepts), _united(self._groups, other._groups)
        values = _united(self._values, {(int(groups[group]), value): 0 for group, value in other._values})
        for own, theirs, numbers in (
            (self._word, other._word, taken["words"]),
            (self._surface, other._surface, taken["surfaces"]),
            (self._value, other._value, values),
            (self._head, other._head, taken["heads"]),
            (self._concept, other._concept, concepts),
            (self._content_name, other._content_name, taken["names"]),
        ):
            own.extend(numbers[theirs].tolist() if theirs else [])
        for own, theirs in (
            (self._role, other._role),
            (self._weight, other._weight),
            (self._words_in, other._words_in),
            (self._values_in, other._values_in),
            (self._head_weight, other._head_weight),
            (self._standing, other._standing),
            (self._kind, other._kind),
            (self._products_in, other._products_in),
        ):
            own.extend(theirs)
        self._content_product.extend(number + products for number in other._content_product)
        return first

    def __getstate__(self) -> dict[str, Any]:
        """Without the signatures, which nobody needs who only absorbs it."""
        return {**self.__dict__, "_numbers": {}}

    def _check(self, version: str) -> None:
        if version != self.version:
            raise VersionMismatchError(
                f"analysed with dictionary {version or '?'}, while the index is made with {self.version}"
            )

    def _content(self, entries: Sequence[tuple[int, str]]) -> int:
        names = self._texts["names"]
        own: dict[int, str] = {}
        for number, name in entries:
            own.setdefault(number, name)
        for number, name in own.items():
            self._content_product.append(number)
            self._content_name.append(names.setdefault(name, len(names)))
        self._products_in.append(len(own))
        return len(self._products_in) - 1

    def _product(
        self,
        head: str,
        head_concept: str,
        kind: str,
        words: tuple[Row, ...],
        values: tuple[tuple[str, str], ...],
        standing: int,
        extra: tuple[Row, ...],
    ) -> int:
        signature = (head_concept, head, kind, words, values, standing, extra)
        number = self._numbers.get(signature)
        if number is not None:
            return number
        number = self._numbers[signature] = len(self._standing)
        keys, surfaces, heads = self._texts["words"], self._texts["surfaces"], self._texts["heads"]
        head_weight = 0
        for is_extra, rows in ((0, words), (_EXTRA, extra)):
            for key, surface, weight, role in rows:
                if not 0 <= weight <= _MOST_WEIGHT:
                    raise ValueError(f"the weight of {key} is not 0…{_MOST_WEIGHT}: {weight}")
                self._word.append(keys.setdefault(key, len(keys)))
                self._surface.append(surfaces.setdefault(surface, len(surfaces)))
                self._role.append(ROLES.index(role) + is_extra)
                self._weight.append(weight)
                if role == "head" and not is_extra and not head_weight:
                    head_weight = weight
        self._words_in.append(len(words) + len(extra))
        for group, value in values:
            pair = (self._groups.setdefault(group, len(self._groups)), value)
            self._value.append(self._values.setdefault(pair, len(self._values)))
        self._values_in.append(len(values))
        self._head_weight.append(head_weight)
        self._standing.append(standing)
        self._kind.append(KINDS.index(kind))
        self._head.append(heads.setdefault(head, len(heads)))
        self._concept.append(self._concepts.setdefault(head_concept, len(self._concepts)))
        return number

    def _speciality(self) -> NDArray[np.float64]:
        """The share of each product's words that narrow it down."""
        start = np.concatenate(([0], np.cumsum(self._words_in, dtype=np.int64)))
        narrows = _IS_NARROWING[np.array(self._role, np.int64)]
        modifiers = _sums(np.where(narrows, np.array(self._weight, np.int64), 0), start)
        share: NDArray[np.float64] = modifiers / np.maximum(modifiers + np.array(self._head_weight, np.int64), 1)
        return share

    def _first_equals(self) -> NDArray[np.int64]:
        """For each product the first that is the same: other processes have read some of them too.

        The same are those of which two sums over all they consist of agree, 64 bits each.
        """
        count = len(self._standing)
        sums = np.zeros((2, count), np.uint64)
        for number, column in enumerate((self._head, self._concept, self._kind, self._standing)):
            for salt in range(2):
                sums[salt] += _mixed(np.array(column, np.uint64), 10 * number + salt)
        for number, (column, sizes) in enumerate(
            (
                (self._word, self._words_in),
                (self._surface, self._words_in),
                (self._role, self._words_in),
                (self._weight, self._words_in),
                (self._value, self._values_in),
            ),
            start=4,
        ):
            start = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
            position = np.arange(len(column)) - np.repeat(start[:-1], sizes)
            entries = np.array(column, np.uint64) + (position.astype(np.uint64) << np.uint64(40))
            for salt in range(2):
                # What runs over does so in the sum and in the difference alike.
                running = np.concatenate(([np.uint64(0)], np.cumsum(_mixed(entries, 10 * number + salt))))
                sums[salt] += running[start[1:]] - running[start[:-1]]
        order = np.lexsort((sums[1], sums[0]))
        fresh = np.ones(count, np.bool_)
        fresh[1:] = (sums[:, order[1:]] != sums[:, order[:-1]]).any(axis=0)
        group = np.cumsum(fresh) - 1
        first = np.full(int(group[-1]) + 1 if count else 0, count, np.int64)
        np.minimum.at(first, group, order)
        found = np.empty(count, np.int64)
        found[order] = first[group]
        return found

    def done(self) -> Products:
        """The table of all that was added; the collector is spent."""
        heads, concepts = list(self._texts["heads"]), list(self._concepts)
        rank, concept_order = _ranks(concepts)
        concept = rank[np.array(self._concept, np.int64)] if self._concept else np.zeros(0, np.int64)
        head_rank, _ = _ranks([(ending_of(head), head) for head in heads])
        head = np.array(self._head, np.int64)
        order = np.lexsort((self._speciality(), np.where(concept == 0, head_rank[head], 0), concept))
        first = self._first_equals()
        order = order[first[order] == order]
        place = np.empty(first.size, np.int64)
        place[order] = np.arange(order.size)
        place = place[first]
        group_rank, group_order = _ranks(list(self._groups))
        value_rank, value_order = _ranks([(int(group_rank[group]), value) for group, value in self._values])
        pairs = list(self._values)
        value_start, value_at = _regrouped(np.array(self._values_in, np.int64), order)
        value = value_rank[np.array(self._value, np.int64)][value_at] if self._value else np.zeros(0, np.int64)
        group_of_value = np.array([group_rank[pairs[number][0]] for number in value_order], np.int64)
        word_start, word_at = _regrouped(np.array(self._words_in, np.int64), order)
        word = np.array(self._word, np.int32)[word_at]
        role = np.array(self._role, np.uint8)[word_at]
        weight = np.array(self._weight, np.uint8)[word_at]
        narrows = _IS_NARROWING[role]
        surplus = np.where(role >= _EXTRA, DESCRIBED, np.where(narrows, weight, 0))
        content = np.array(self._content_product, np.int64)
        record = np.zeros(order.size, PRODUCT)
        record["mark"] = _marks(word, word_start)
        record["word_start"], record["word_end"] = word_start[:-1], word_start[1:]
        record["value_start"], record["value_end"] = value_start[:-1], value_start[1:]
        record["standing"] = np.array(self._standing, np.int64)[order]
        record["modifiers"] = _sums(np.where(narrows, weight, 0), word_start)
        record["head_weight"] = np.array(self._head_weight, np.int64)[order]
        return Products(
            record=frozen(record, PRODUCT),
            word=frozen(word, np.int32),
            surface=frozen(np.array(self._surface, np.int32)[word_at], np.int32),
            role=frozen(role, np.uint8),
            weight=frozen(weight, np.uint8),
            surplus=frozen(surplus, np.uint8),
            kind=frozen(np.array(self._kind, np.uint8)[order], np.uint8),
            head=frozen(head[order], np.int32),
            concept=frozen(concept[order], np.int32),
            value_group=frozen(group_of_value[value] if value.size else value, np.int32),
            value=frozen(value, np.int32),
            group_start=frozen(np.searchsorted(group_of_value, np.arange(len(self._groups) + 1)), np.int32),
            concept_start=frozen(np.searchsorted(concept[order], np.arange(len(concepts) + 1)), np.int32),
            content_start=frozen(np.concatenate(([0], np.cumsum(self._products_in, dtype=np.int64))), np.int32),
            content_product=frozen(place[content] if content.size else content, np.int32),
            content_name=frozen(self._content_name, np.int32),
            words=Texts.build(self._texts["words"]),
            surfaces=Texts.build(self._texts["surfaces"]),
            names=Texts.build(self._texts["names"]),
            heads=Texts.build(heads),
            concepts=Texts.build(concepts[number] for number in concept_order),
            groups=Texts.build(list(self._groups)[number] for number in group_order),
            values=Texts.build(pairs[number][1] for number in value_order),
        )


def _sums(values: NDArray[Any], start: NDArray[Any]) -> NDArray[np.int64]:
    """The sum of each list of values."""
    sums = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    found: NDArray[np.int64] = sums[start[1:]] - sums[start[:-1]]
    return found


def _marks(word: NDArray[Any], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """The marks of all words of each product in one number."""
    bits = np.array([mark_of(number) for number in range(int(word.max(initial=-1)) + 1)], np.int64)
    found = np.zeros(start.size - 1, np.int64)
    some = np.flatnonzero(start[1:] > start[:-1])
    if some.size:
        found[some] = np.bitwise_or.reduceat(bits[word], start[some])
    return found


def _mixed(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Well spread numbers, the same on every machine (the finish of splitmix64)."""
    found = values + np.uint64(salt * 0x9E3779B97F4A7C15 + 0x1234567 & 0xFFFFFFFFFFFFFFFF)
    found = (found ^ found >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ found >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(31)
    return found


def _united(own: dict[Any, int], theirs: Mapping[Any, int]) -> NDArray[np.int64]:
    """Add to `own` what it lacks; the number there of each thing of `theirs`, in their order."""
    return np.array([own.setdefault(thing, len(own)) for thing in theirs], np.int64)


def _ranks(things: Sequence[Any]) -> tuple[NDArray[np.int64], list[int]]:
    """(place of each in ascending order, the numbers in that order)."""
    order = sorted(range(len(things)), key=things.__getitem__)
    rank = np.empty(len(things), np.int64)
    rank[order] = np.arange(len(things))
    return rank, order


def _regrouped(counts: NDArray[np.int64], order: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lists that lie one after the other, put into another order: (starts, which entry comes where)."""
    start = np.concatenate(([0], np.cumsum(counts)))
    sizes = counts[order]
    fresh = np.concatenate(([0], np.cumsum(sizes)))
    at = np.arange(fresh[-1]) + np.repeat(start[:-1][order] - fresh[:-1], sizes)
    return fresh, at
