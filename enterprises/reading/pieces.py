"""A text of which piece after piece is understood and taken out."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# As long as what it stands for, so that positions stay; a clause ends there.
TAKEN: Final = "，"


class Kind(StrEnum):
    """What a piece of a text is about."""

    QUANTITY = "quantity"
    DATE = "deliver_by"
    PLACE = "delivery_region"
    CERTIFICATES = "certificates"
    REGIONS = "regions"
    DISTANCE = "maximum_distance_km"
    MINIMUM = "minimum_order"
    LEAD_TIME = "lead_time_days"
    # Understood, but nothing to look for by: 不要单晶, 预算 30 万, 最好在江苏.
    ASIDE = "aside"


@dataclass(frozen=True, order=True)
class Piece:
    start: int
    end: int
    kind: Kind


@dataclass
class Text:
    """whole: as written. left: what is not understood yet, the rest replaced by commas."""

    whole: str
    left: str = ""
    pieces: list[Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = self.whole

    def take(self, kind: Kind, start: int, end: int) -> None:
        self.pieces.append(Piece(start, end, kind))
        self.left = self.left[:start] + TAKEN * (end - start) + self.left[end:]
