"""What a text says beside the thing: conditions to look by where the caller gave none, and the rest of the text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from enterprises.reading import LONGEST, Kind, Reading, read
from enterprises.understanding import certificate_names, place_names

if TYPE_CHECKING:
    from chains.matching.previewing import Wish

# By the name of the wish's field that it fills.
USABLE: Final = (
    Kind.QUANTITY,
    Kind.DATE,
    Kind.PLACE,
    Kind.DISTANCE,
    Kind.CERTIFICATES,
    Kind.REGIONS,
)


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names that a reader needs; looked up once for many texts."""

    places: Mapping[str, str]
    certificates: Mapping[str, str]

    @classmethod
    def now(cls) -> "Names":
        return cls(places=place_names(), certificates=certificate_names())


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Conditions that the text names and that are used; what the caller gave himself is not among them. text: what is
    left for the engine. per_month: of the quantity. unused: words that were understood, but nothing can be looked for
    by them."""

    text: str
    quantity: Decimal | None = None
    unit: str = ""
    per_month: bool = False
    deliver_by: date | None = None
    delivery_region: str = ""
    maximum_distance_km: int | None = None
    certificates: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what the text does not say is null or empty."""
        return {
            "text": self.text,
            "quantity": f"{self.quantity:f}" if self.quantity is not None else None,
            "unit": self.unit,
            "per_month": self.per_month,
            "deliver_by": self.deliver_by.isoformat() if self.deliver_by else None,
            "delivery_region": self.delivery_region or None,
            "maximum_distance_km": self.maximum_distance_km,
            "certificates": list(self.certificates),
            "regions": list(self.regions),
            "unused": list(self.unused),
        }


def hear(wish: "Wish", *, names: Names) -> Heard:
    """Read the text of a wish. A condition that the wish already holds, or that is to be ignored, is not taken."""
    reading = read(wish.text, today=timezone.localdate(), places=names.places, certificates=names.certificates)
    ignored = frozenset(wish.ignore)
    taken = {kind for kind in USABLE if kind not in ignored}
    aside = {Kind.ASIDE, Kind.MINIMUM}
    place = wish.delivery_region or (reading.place if Kind.PLACE in taken else "")
    if reading.maximum_distance_km is not None and Kind.DISTANCE in taken and not place:
        # 300 公里内 of where?
        taken.discard(Kind.DISTANCE)
        aside.add(Kind.DISTANCE)
    asks_quantity = Kind.QUANTITY in taken and wish.quantity is None and reading.quantity is not None
    return Heard(
        text=_left(wish.text, reading, taken | ({Kind.LEAD_TIME} if Kind.DATE in taken else set())),
        quantity=reading.quantity if asks_quantity else None,
        unit=reading.unit if asks_quantity else "",
        per_month=reading.per_month and asks_quantity,
        deliver_by=reading.deliver_by if Kind.DATE in taken and wish.deliver_by is None else None,
        delivery_region=reading.place if Kind.PLACE in taken and not wish.delivery_region else "",
        maximum_distance_km=reading.maximum_distance_km if Kind.DISTANCE in taken else None,
        certificates=reading.certificates if Kind.CERTIFICATES in taken and not wish.certificates else (),
        regions=reading.regions if Kind.REGIONS in taken and not wish.regions else (),
        unused=reading.said(*aside),
    )


def _left(text: str, reading: Reading, taken: set[Kind]) -> str:
    """The text without what became a condition; as it was written where nothing did, or where nothing would be left."""
    if not any(piece.kind in taken for piece in reading.pieces):
        return text
    left = reading.without(taken)
    return left + text[LONGEST:] if left else text
