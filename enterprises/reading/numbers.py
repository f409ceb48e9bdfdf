"""Numbers as people write them: 1,200, 两万三千."""

from decimal import Decimal, InvalidOperation
from typing import Final

from enterprises.units import MULTIPLIERS

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_ENGLISH_SCALES: Final = {"k": Decimal(1000), "thousand": Decimal(1000), "million": Decimal(10**6)}
# A number begins where its digits begin and has an end: from every digit of a long row of them, and with every split
# between number and scale, a pattern would take minutes.
CN_NUMBER: Final = "(?<![零〇一二两三四五六七八九十百千万亿])[零〇一二两三四五六七八九十百千万亿]{1,24}"
NUMBER: Final = r"(?<![0-9])(?<![0-9],)[0-9][0-9,]{0,24}(?:\.[0-9]{1,9})?"


def number_of(written: str, scale: str = "") -> Decimal | None:
    """The number, times its scale (万, k); None if it is none."""
    if not written:
        return None
    if written[0].isascii():
        try:
            number: Decimal | None = Decimal(written.replace(",", ""))
        except InvalidOperation:
            return None
    else:
        number = chinese_number(written)
    if number is None:
        return None
    if scale.lower() in _ENGLISH_SCALES:
        return number * _ENGLISH_SCALES[scale.lower()]
    for char in scale:
        number *= MULTIPLIERS[char]
    return number


def chinese_number(text: str) -> Decimal | None:
    """两万三千 → 23000; 十二 → 12; None if it is no number."""
    total, section, digit = Decimal(0), Decimal(0), Decimal(0)
    seen = False
    for char in text:
        if char in _DIGITS:
            digit, seen = Decimal(_DIGITS[char]), True
        elif char in ("十", "百", "千"):
            section += (digit or 1) * MULTIPLIERS[char]
            digit, seen = Decimal(0), True
        elif char in ("万", "亿"):
            total = (total + (section + digit or 1)) * MULTIPLIERS[char]
            section = digit = Decimal(0)
            seen = True
        else:
            return None
    return total + section + digit if seen else None
