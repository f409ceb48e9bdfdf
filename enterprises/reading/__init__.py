"""What a sentence such as “求购 500 吨/月磷酸铁锂，送重庆，12 月底前到货” says: product, amount, place, date.

Pure: patterns and the names given to it, no database and no clock. Everything found is a proposal, shown beside the
text for its writer to confirm; what is not sure is left out.
"""

import datetime
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from enterprises.reading import amounts, dates, papers, things
from enterprises.reading import places as _of_places
from enterprises.reading.numbers import chinese_number
from enterprises.reading.pieces import Kind, Piece, Text
from enterprises.wording import one_line

__all__ = ["LONGEST", "Kind", "Piece", "Reading", "chinese_number", "read"]

LONGEST: Final = 1000


@dataclass(frozen=True)
class Reading:
    """What was understood. `quantity` counts `unit`; per month where `per_month` is set (converted from a year or a
    day). `place` and `regions` (where the partner has to be) are codes that the names gave. `text` is what was read,
    line by line; `pieces` are what was understood of it."""

    product: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    per_month: bool = False
    place: str = ""
    deliver_by: datetime.date | None = None
    certificates: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    maximum_distance_km: int | None = None
    minimum_order: Decimal | None = None
    minimum_unit: str = ""
    lead_time_days: int | None = None
    text: str = field(default="", compare=False)
    pieces: tuple[Piece, ...] = field(default=(), compare=False)

    def without(self, kinds: Container[Kind]) -> str:
        """The text without the pieces of these kinds; lines stay lines."""
        left, position = [], 0
        for piece in self.pieces:
            if piece.kind in kinds and piece.start >= position:
                left.append(self.text[position : piece.start])
                position = piece.end
        left.append(self.text[position:])
        # A piece goes with its commas: "硅片，，苏州" would be three clauses.
        lines = (_joined(line) for line in "\0".join(left).split("\n"))
        return "\n".join(line for line in lines if line)

    def said(self, *kinds: Kind) -> tuple[str, ...]:
        """The words of the pieces of these kinds."""
        words = (self.text[piece.start : piece.end].strip(" ,，、;；") for piece in self.pieces if piece.kind in kinds)
        return tuple(dict.fromkeys(word for word in words if word))


def read(
    text: str,
    *,
    today: datetime.date,
    places: Mapping[str, str] | None = None,
    certificates: Mapping[str, str] | None = None,
) -> Reading:
    """Read one statement. `places` maps names (Latin ones in small letters) to region codes, `certificates` names
    (plain_text) to codes."""
    left = Text(_lines(text[:LONGEST]))
    # What is not wanted is no wish; a certificate's or a date's digits are no amount, an amount's digits no product.
    things.refusals(left)
    held = papers.certificates(left, certificates or {})
    regions = _of_places.only_from(left, places or {})
    far = _of_places.distance(left)
    amounts.prices(left)
    least = amounts.minimum_order(left)
    lead_time = dates.lead_time(left)
    due = dates.day_of(left, today)
    if due is None and lead_time is not None:
        due = today + datetime.timedelta(days=lead_time)
    quantity, unit, per_month = amounts.quantity(left) or (None, "", False)
    place = _of_places.delivery(left, places or {})
    return Reading(
        product=things.product(left.left),
        quantity=quantity,
        unit=unit,
        per_month=per_month,
        place=place,
        deliver_by=due,
        certificates=held,
        regions=regions,
        maximum_distance_km=far,
        minimum_order=least[0] if least else None,
        minimum_unit=least[1] if least else "",
        lead_time_days=lead_time,
        text=left.whole,
        pieces=tuple(sorted(left.pieces)),
    )


def _lines(text: str) -> str:
    """Each line cleaned; empty ones are gone."""
    lines = (one_line(line) for line in unicodedata.normalize("NFKC", text).splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST]


def _joined(line: str) -> str:
    """What is left of a line, with one comma where a piece stood between clauses and a space where it stood in one."""
    kept = ""
    for number, part in enumerate(line.split("\0")):
        if number == 0:
            kept = part
            continue
        before, after = kept.rstrip(), part.lstrip()
        edge = not before or not after or before[-1] in _MARKS or after[0] in _MARKS
        if edge:
            comma = "，" if before and after and after.strip(_MARKS) else ""
            kept = before.rstrip(_MARKS) + comma + after.lstrip(_MARKS)
        else:
            kept = f"{before} {after}"
    return kept.strip(" ,，、;；").lstrip(":：")


_MARKS: Final = ",，、;； "
