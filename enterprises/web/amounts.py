"""Amounts as posts and capabilities say them: what is counted, how many, in which unit."""

from typing import Any

from django.utils.translation import gettext as _

from enterprises.models import Factor, Post, Unit
from enterprises.units import one
from foundation.web.figures import as_decimal, with_unit


def amount(value: Any, unit: str) -> str:
    """`value` of `unit` (a code of enterprises.models.Unit): 86 吨, 1 unit, 2 units; "" where nothing is stated."""
    number = as_decimal(value)
    if number is None:
        return ""
    if unit not in Unit.values:
        return with_unit(number, "")
    return with_unit(number, one(unit) if number == 1 else str(Unit(unit).label))


def amount_label(direction: str, factor: str) -> str:
    """What a post's quantity counts: a demand's all in all, a supply's by the month; money is lent, not made."""
    demand = direction == Post.Direction.DEMAND
    if factor == Factor.FINANCE:
        return _("所需资金") if demand else _("可提供资金")
    return _("需求总量") if demand else _("每月可供数量")


def is_by_the_month(direction: str, factor: str) -> bool:
    return direction == Post.Direction.SUPPLY and factor != Factor.FINANCE


def has_lead_time(factor: str) -> bool:
    """Whether one asks for it even where it is not stated: money and people are not delivered."""
    return factor not in (Factor.FINANCE, Factor.TALENT)
