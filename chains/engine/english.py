"""Names in English, whose head comes first: the thing, what it is for, and what is said of it."""

import re
from dataclasses import dataclass

_FOR = re.compile(r"^(.{2,80}?)\s+for\s+(?:the\s+|use in\s+)?(.{2,80})$")
# "battery grade" says which one, "25kg bags" how it comes.
_GRADE = re.compile(
    r"\b(battery|electronic|food|pharma(?:ceutical)?|industrial|technical|feed|cosmetic|medical|reagent|semiconductor|"
    r"optical|automotive)[ -]grade\b"
)
_GRADES = {
    "battery": "电池级", "electronic": "电子级", "food": "食品级", "pharma": "医药级", "pharmaceutical": "医药级",
    "industrial": "工业级", "technical": "工业级", "feed": "饲料级", "cosmetic": "化妆品级", "medical": "医用级",
    "reagent": "试剂级", "semiconductor": "半导体级", "optical": "光学级", "automotive": "车规级",
}  # fmt: skip
_PACK = re.compile(
    r"\b(?:in\s+)?(?:\d+\s?x\s?)?\d*\s?(?:ft|kg|g|l|ml)?\s*"
    r"(?:bags?|containers?|drums?|cartons?|pallets?|jumbo bags?|big bags?|bulk|granular|prilled|anhydrous|refined)$"
)
_SOURCE = re.compile(
    r"^(?:\d[\d,.]*\s*(?:k?g|tons?|tonnes?|mt|pcs|units?|sets?|pieces|rolls?)\s+(?:of\s+)?)?"
    r"(?:(?:oem |odm )?(?:suppliers?|manufacturers?|producers?|vendors?|makers?|exporters?|prices?|sources?|units?|pcs|"
    r"pieces|sets)\s+(?:of|for)\s+)?(?:of\s+)?"
)
_OF = re.compile(r"\s+(?:of|with|in|made of|from)\s+")


@dataclass(frozen=True, slots=True)
class EnglishName:
    thing: str
    purposes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def read_english(name: str) -> EnglishName:
    """20 tons of battery grade lithium carbonate for cathodes: lithium carbonate, for cathodes, 电池级."""
    purposes: tuple[str, ...] = ()
    stated = _FOR.match(name)
    if stated:
        name, purposes = stated.group(1), (stated.group(2),)
    name = _SOURCE.sub("", name)
    graded = tuple(_GRADES[grade] for grade in _GRADE.findall(name))
    name = _PACK.sub("", _GRADE.sub(" ", name).strip()).strip() or name
    thing, *rest = _OF.split(name)
    return EnglishName(thing, purposes, (*rest, *graded))
