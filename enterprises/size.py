"""The size class of a firm by the dated rule sets of `enterprises/data/size_rules.json`.

A rule set is data: when the statistics office changes its limits, a new set with its own `valid_from` is added and
old snapshots keep the name of the set that gave them. Revenue is in 万元. A class is reached when staff *and* revenue
reach its floors; a firm that misses one drops a grade. An industry without a rule here has an unknown class, and so
has a firm whose figures are incomplete, unless the one figure there is already settles it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from enterprises.models import Enterprise, IndustryClass

DATA = Path(__file__).resolve().parent / "data" / "size_rules.json"

SizeClass = Enterprise.SizeClass


def _named(name: str, name_en: str) -> str:
    return name_en if (get_language() or "").startswith("en") else name


@dataclass(frozen=True)
class Floor:
    """The least staff (persons) and revenue (万元) of a class."""

    size_class: str
    staff: int
    revenue_wan: Decimal

    @property
    def label(self) -> str:
        return str(SizeClass(self.size_class).label)


@dataclass(frozen=True)
class Rule:
    """Floors, highest class first, for some industries (section letters or leading digits of the code)."""

    key: str
    name: str
    name_en: str
    industries: tuple[str, ...]
    floors: tuple[Floor, ...]

    @property
    def label(self) -> str:
        return _named(self.name, self.name_en)

    def covers(self, industry: IndustryClass) -> bool:
        return any(
            industry.section == part if part.isalpha() else industry.code.startswith(part) for part in self.industries
        )


@dataclass(frozen=True)
class RuleSet:
    key: str
    name: str
    name_en: str
    valid_from: date
    valid_to: date | None
    source: str
    rules: tuple[Rule, ...]

    @property
    def label(self) -> str:
        return _named(self.name, self.name_en)


@dataclass(frozen=True)
class Outcome:
    """`rule` is `set/rule`, or the set alone if it has no rule for the industry, or "" if no set is that old."""

    size_class: str
    rule: str


def _rule_set(row: Mapping[str, Any]) -> RuleSet:
    return RuleSet(
        key=row["id"],
        name=row["name"],
        name_en=row["name_en"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        source=row["source"],
        rules=tuple(
            Rule(
                key=rule["key"],
                name=rule["name"],
                name_en=rule["name_en"],
                industries=tuple(rule["industries"]),
                floors=tuple(
                    Floor(floor["size_class"], floor["staff"], Decimal(floor["revenue_wan"]))
                    for floor in rule["floors"]
                ),
            )
            for rule in row["rules"]
        ),
    )


@cache
def rule_sets() -> tuple[RuleSet, ...]:
    """All sets, oldest first."""
    rows = json.loads(DATA.read_text(encoding="utf-8"))["rule_sets"]
    return tuple(sorted((_rule_set(row) for row in rows), key=lambda s: s.valid_from))


def rule_set_on(day: date) -> RuleSet | None:
    """The set in force on a day."""
    found = [s for s in rule_sets() if s.valid_from <= day and (s.valid_to is None or day < s.valid_to)]
    return found[-1] if found else None


def rule_set_named(rule: str) -> RuleSet | None:
    """The set that a snapshot's `rule` names."""
    key = rule.partition("/")[0]
    return next((s for s in rule_sets() if s.key == key), None)


def classify(*, industry: IndustryClass | None, staff: int | None, revenue_wan: Decimal | None, as_of: date) -> Outcome:
    """The class by the set in force on `as_of`."""
    rules = rule_set_on(as_of)
    if rules is None:
        return Outcome(SizeClass.UNKNOWN, "")
    rule = next((r for r in rules.rules if industry is not None and r.covers(industry)), None)
    if rule is None:
        return Outcome(SizeClass.UNKNOWN, rules.key)
    name = f"{rules.key}/{rule.key}"
    lowest = rule.floors[-1]
    if (staff is not None and staff < lowest.staff) or (revenue_wan is not None and revenue_wan < lowest.revenue_wan):
        return Outcome(SizeClass.MICRO, name)
    if staff is None or revenue_wan is None:
        return Outcome(SizeClass.UNKNOWN, name)
    reached = next(f.size_class for f in rule.floors if staff >= f.staff and revenue_wan >= f.revenue_wan)
    return Outcome(reached, name)
