"""Figures and times as people read them: 万 and 亿 in 中文, thousands separators in English."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

WAN: Final = Decimal(10_000)
YI: Final = Decimal(100_000_000)


def as_decimal(value: object) -> Decimal | None:
    """The number meant, or None where there is none (missing, text, NaN, infinity)."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def speaks_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def grouped(number: Decimal, *, places: int = 0) -> str:
    """Thousands separators and at most `places` decimals, without trailing zeros."""
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_number(number: Decimal) -> str:
    """中文: 12,345 becomes 1.23 万. English: 12,345."""
    if speaks_chinese():
        if abs(number) >= YI:
            return f"{grouped(number / YI, places=2)} 亿"
        if abs(number) >= WAN:
            return f"{grouped(number / WAN, places=2)} 万"
    return grouped(number, places=0 if number == number.to_integral_value() else 2)


def money_from_wan(number: Decimal) -> str:
    """An amount kept in 万元: 1,200 万元, 3.5 亿元; in English CNY 12,000,000."""
    if not speaks_chinese():
        return f"CNY {grouped(number * WAN)}"
    if abs(number) >= WAN:
        return f"{grouped(number / WAN, places=2)} 亿元"
    return f"{grouped(number, places=2)} 万元"


def with_unit(number: Decimal, unit: str) -> str:
    """1,500 万片, 86 吨; of 万元, which English has no word for, the amount: CNY 5,000,000."""
    if not speaks_chinese() and unit == _("万元"):
        return money_from_wan(number)
    shown = short_number(number)
    # No space between 中文 and 中文.
    gap = "" if shown[-1:] in ("万", "亿") and unit[:1] > "\u2e7f" else " "
    return f"{shown}{gap}{unit}".strip()


def since(moment: datetime.datetime, *, now: datetime.datetime | None = None) -> str:
    """How long ago (or how soon), in words; beyond a month, the date."""
    now = now or timezone.now()
    seconds = (now - moment).total_seconds()
    ahead = seconds < 0
    seconds = abs(seconds)
    if seconds < 60:
        return _("刚刚") if not ahead else _("马上")
    if seconds < 3600:
        count, words = int(seconds // 60), (_("%(n)s 分钟前"), _("%(n)s 分钟后"))
    elif seconds < 86400:
        count, words = int(seconds // 3600), (_("%(n)s 小时前"), _("%(n)s 小时后"))
    elif seconds < 31 * 86400:
        count, words = int(seconds // 86400), (_("%(n)s 天前"), _("%(n)s 天后"))
    else:
        return timezone.localtime(moment).date().isoformat()
    return words[ahead] % {"n": count}
