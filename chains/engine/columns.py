"""Posts as columns: one array per value, small numbers for what repeats, no object per post.

Codes of regions and industries are packed into integers, so that "begins with" is a comparison of bits. Sets
(certificates, places of delivery, firms invited or blocked) are stored once each; a post names the number of its set.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .conditions import significant
from .layout import POST
from .types import VISIBILITIES, Document

Array = NDArray[Any]
UNKNOWN_DAY = -1
LONGEST_CODE = 8
_INT32 = np.iinfo(np.int32)


def pack(code: str) -> int:
    """A code of at most eight Latin characters as an integer: the first character highest, nothing after the last.

    Raises ValueError for other texts.
    """
    raw = code.encode("ascii")
    if len(raw) > LONGEST_CODE or b"\0" in raw:
        raise ValueError(f"not a code of at most {LONGEST_CODE} characters: {code!r}")
    return int.from_bytes(raw.ljust(8, b"\0"), "big")


def unpack(value: int) -> str:
    return value.to_bytes(8, "big").rstrip(b"\0").decode()


def mask_of(length: int) -> int:
    """The bits of the first characters of a packed code, as a signed integer."""
    return -1 << (64 - 8 * length) if length else 0


def frozen(array: Any, kind: Any) -> Array:
    """In one piece and read-only: in memory as on disk, the compiled kernel knows one type of column."""
    made = np.ascontiguousarray(array, dtype=kind)
    if made.flags.writeable:
        if made is array:
            made = made.view()
        made.setflags(write=False)
    return made


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few distinct values: the values once, and their number for each post."""

    values: Sequence[Any]
    code: Array

    @classmethod
    def build(cls, column: Iterable[Any]) -> "Coded":
        codes: dict[Any, int] = {}
        code = np.fromiter((codes.setdefault(value, len(codes)) for value in column), np.int32)
        return cls(list(codes), code)


@dataclass(frozen=True, slots=True)
class PostTable:
    """Posts as they come in; all columns of one length.

    content: number of the analysis among those the table comes with. capacity, min_order: NaN where not known.
    lead_time, available_from, available_to: days, -1 where not known. certificates: frozensets or None; delivers_to:
    frozensets; access: (visibility, invited firms, blocked firms).
    """

    id: Array
    firm: Array
    content: Array
    capacity: Array
    min_order: Array
    lead_time: Array
    available_from: Array
    available_to: Array
    region: Coded
    factor: Coded
    industry: Coded
    family: Coded
    certificates: Coded
    delivers_to: Coded
    access: Coded

    @classmethod
    def of(cls, documents: Sequence[Document], content: Sequence[int]) -> "PostTable":
        def days(column: Iterable[int | None]) -> Array:
            return np.fromiter((UNKNOWN_DAY if value is None else value for value in column), np.int64)

        def amounts(column: Iterable[float | None]) -> Array:
            return np.fromiter((np.nan if value is None else value for value in column), np.float64)

        return cls(
            id=np.fromiter((d.id for d in documents), np.int64),
            firm=np.fromiter((d.firm_id for d in documents), np.int64),
            content=np.array(content, np.int32),
            capacity=amounts(d.capacity for d in documents),
            min_order=amounts(d.min_order for d in documents),
            lead_time=days(d.lead_time_days for d in documents),
            available_from=days(d.available_from for d in documents),
            available_to=days(d.available_to for d in documents),
            region=Coded.build(d.region for d in documents),
            factor=Coded.build(d.factor or d.analysis.factor for d in documents),
            industry=Coded.build(d.industry for d in documents),
            family=Coded.build(d.unit_family for d in documents),
            certificates=Coded.build(d.certificates for d in documents),
            delivers_to=Coded.build(d.delivers_to for d in documents),
            access=Coded.build((d.visibility, d.invited_firms, d.blocked_firms) for d in documents),
        )


@dataclass(frozen=True)
class Posts:
    """The posts of a segment: a record each (layout.POST). firm is a number in `firms` (the ids, ascending); reach,
    access and certificates are numbers of sets; the sets lie one after the other, `…_start` says where each begins."""

    record: Array
    firms: Array
    region_text: Array
    industry_text: Array
    certificates_known: Array
    certificates_bits: Array
    reach_start: Array
    reach_text: Array
    reach_mask: Array
    visibility: Array
    invited_start: Array
    invited: Array
    blocked_start: Array
    blocked: Array
    factors: list[str]
    families: list[str]
    certificate_names: list[str]

    @classmethod
    def build(cls, table: PostTable) -> "Posts":
        firms, firm = np.unique(table.firm, return_inverse=True)
        names = sorted({name for held in table.certificates.values if held for name in held})
        reach_start, reach = _lists([sorted(significant(code) for code in reach) for reach in table.delivers_to.values])
        invited_start, invited = _lists([sorted(access[1]) for access in table.access.values])
        blocked_start, blocked = _lists([sorted(access[2]) for access in table.access.values])
        texts = [pack(code) for code in reach]
        record = np.zeros(len(table.id), POST)
        record["id"], record["firm"], record["content"] = table.id, firm, table.content
        record["capacity"], record["min_order"] = table.capacity, table.min_order
        for name in ("lead_time", "available_from", "available_to"):
            record[name] = np.clip(getattr(table, name), UNKNOWN_DAY, _INT32.max)
        for name, column in (
            ("region", table.region),
            ("industry", table.industry),
            ("factor", table.factor),
            ("family", table.family),
            ("certificates", table.certificates),
            ("reach", table.delivers_to),
            ("access", table.access),
        ):
            most = np.iinfo(record.dtype[name]).max
            if len(column.values) > most:
                raise ValueError(f"more than {most} distinct values of {name}")
            record[name] = column.code
        return cls(
            record=frozen(record, POST),
            firms=frozen(firms, np.int64),
            region_text=frozen([pack(code) for code in table.region.values], np.int64),
            industry_text=frozen([pack(code) for code in table.industry.values], np.int64),
            certificates_known=frozen([held is not None for held in table.certificates.values], np.uint8),
            certificates_bits=frozen(
                bits_of([held or () for held in table.certificates.values], names=_numbered(names)), np.int64
            ),
            reach_start=frozen(reach_start, np.int32),
            reach_text=frozen(texts, np.int64),
            reach_mask=frozen([mask_of(len(unpack(text))) for text in texts], np.int64),
            visibility=frozen([visibility_of(access[0]) for access in table.access.values], np.uint8),
            invited_start=frozen(invited_start, np.int32),
            invited=frozen(invited, np.int64),
            blocked_start=frozen(blocked_start, np.int32),
            blocked=frozen(blocked, np.int64),
            factors=list(table.factor.values),
            families=list(table.family.values),
            certificate_names=names,
        )

    @property
    def count(self) -> int:
        return len(self.record)

    def taken(self, rows: Array) -> "Posts":
        """The same posts in another order, or some of them; the sets stay as they are."""
        return replace(self, record=frozen(self.record[rows], POST))

    def values_of(self, row: int) -> dict[str, Any]:
        """The structured values of one post, under the names of Document."""
        post = self.record[row]
        access, reach, held = int(post["access"]), int(post["reach"]), int(post["certificates"])
        certificates = None
        if self.certificates_known[held]:
            bits = self.certificates_bits[held].view(np.uint64).tolist()
            certificates = frozenset(
                name for number, name in enumerate(self.certificate_names) if bits[number // 64] >> number % 64 & 1
            )
        return {
            "id": int(post["id"]),
            "firm_id": int(self.firms[post["firm"]]),
            "region": unpack(int(self.region_text[post["region"]])),
            "factor": self.factors[post["factor"]],
            "industry": unpack(int(self.industry_text[post["industry"]])),
            "capacity": _amount(post["capacity"]),
            "unit_family": self.families[post["family"]],
            "min_order": _amount(post["min_order"]),
            "lead_time_days": _day(post["lead_time"]),
            "certificates": certificates,
            "available_from": _day(post["available_from"]),
            "available_to": _day(post["available_to"]),
            "delivers_to": frozenset(unpack(text) for text in _listed(self.reach_start, self.reach_text, reach)),
            "visibility": VISIBILITIES[self.visibility[access]],
            "invited_firms": frozenset(_listed(self.invited_start, self.invited, access)),
            "blocked_firms": frozenset(_listed(self.blocked_start, self.blocked, access)),
        }


COLUMNS = tuple(field.name for field in fields(Posts) if field.type is Array or field.type == "Array")


def visibility_of(name: str) -> int:
    """Whatever is neither public nor for verified firms is for those invited."""
    return VISIBILITIES.index(name) if name in VISIBILITIES else len(VISIBILITIES) - 1


def bits_of(sets: Sequence[Iterable[str]], *, names: Mapping[str, int]) -> Array:
    """Sets of names as bits, 64 to a word: (sets, words) int64. Names that are not known are passed over."""
    words = max(1, -(-len(names) // 64))
    bits = np.zeros((len(sets), words), np.uint64)
    for row, held in enumerate(sets):
        for name in held:
            number = names.get(name)
            if number is not None:
                bits[row, number // 64] |= np.uint64(1 << number % 64)
    return bits.view(np.int64)


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _lists(lists: Sequence[Sequence[Any]]) -> tuple[Array, list[Any]]:
    start = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(entries) for entries in lists], out=start[1:])
    return start, [entry for entries in lists for entry in entries]


def _listed(start: Array, entries: Array, number: int) -> list[int]:
    found: list[int] = entries[start[number] : start[number + 1]].tolist()
    return found


def _amount(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def _day(value: np.int32) -> int | None:
    return None if value == UNKNOWN_DAY else int(value)
