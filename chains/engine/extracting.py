"""What is taken out of a text before its words are read: quantities, dates, certificates, standards, measures."""

import re
from dataclasses import dataclass

from .types import Quantity
from .units import MULTIPLES, TRADE_UNITS, to_base

_QUANTITY = re.compile(
    r"(?:年产|月产|日产|产能|约|共|需|数量|用量|月供|年供|每月|每年)?[:\s]*"
    r"(\d{1,12}(?:[.,]\d{1,6})*)\s*(百万|百|千|万|亿)?\s*("
    + "|".join(map(re.escape, TRADE_UNITS))
    + r")(?![a-z])(?:左右|以上)?\s*(?:/|每)?\s*(月|年|天|日|周|季度)?"
)
# People write 2027年4月16日 and, as the interface does, 2027 年 4 月 16 日.
_DATE = re.compile(
    r"(?:\d{4}\s?年\s?)?\d{1,2}\s?月\s?(?:\d{1,2}\s?[日号])?(?:底|初|中旬|上旬|下旬)?(?:之?前|以前|内)?(?:交货|交付|到货)?"
    r"|\d{4}-\d{1,2}-\d{1,2}(?:前)?|\d{4}\s?年(?:底)?(?:前)?"
    r"|\d{1,3}\s?(?:个\s?)?(?:工作日|天|日|周|月)(?:以?内|左右)?\s?(?:交货|交付|到货)?"
)
_CERTIFICATE = re.compile(
    r"(?:通过|具有|具备|持有|需要|需|要求|有)?\s*"
    r"(iso\s?/?(?:ts\s?)?\d{4,5}(?::\d{4})?|iatf\s?\d{5}|as\s?9100d?|gjb\s?9001[abc]?|haccp|"
    r"(?:rohs|reach|gmp|gsp|ce|ul|3c|ccc|cqc|fda|tuv|atex|iecex|cnas|cma|eac|fsc|ccs|dnv|abs|api)(?=\s?(?:认证|证书|资质|认可|certifi)))"
    r"\s?(?:体系)?(?:认证|证书|资质|认可)?"
)
_STANDARD = re.compile(
    r"(?<![a-z])((?:gb|gb/t|gbt|din|en|astm|jis|ansi|asme|api|yb/t|yb|hg/t|sh/t|jb/t|jb|qb/t|sy/t|yy/t|iec|iso)"
    r"\s?[-/]?[a-z]?\s?\d{2,6}(?:[.-]\d{1,4})*)"
)
# r134a is a name, 134 a a current.
_MEASURE = re.compile(
    r"(?<![a-z0-9.])(?:φ\s?)?(\d{1,7}(?:\.\d{1,4})?(?:\s?[x*]\s?\d{1,7}(?:\.\d{1,4})?){0,2})\s?"
    r"(kv|mv|kva|mva|kvar|mm2|mm|cm|um|nm|kw|mw|gw|w|v|ma|mah|ah|a|kwh|mwh|wh|mpa|bar|ghz|mhz|khz|hz|℃|°c|英寸|寸|目|"
    r"kg/m3|ppm|dpi|gbps|mbps|m/s|rpm|吋|inch|马力|dwt|teu|千伏安|千伏|伏|微米|毫米|厘米|纳米)(?![a-z0-9])"
    # 316L and 304 L are steels.
    r"|(?<![a-z0-9.])(?!3\d\d\s?l)(\d{2,6})\s?(l)(?![a-z0-9])"
)
_OTHER_SPELLING = {
    "千伏": "kv", "吋": "英寸", "寸": "英寸", "inch": "英寸", "°c": "℃", "伏": "v", "千伏安": "kva", "微米": "um",
    "毫米": "mm", "厘米": "cm", "纳米": "nm",
}  # fmt: skip
# 8 层板, 12层 HDI: of how many layers; the board stays.
_LAYERS = re.compile(r"(?<![\d.])(\d{1,2})\s?层(?=(\s?(?:印制|印刷)?(?:pcb|电路|线路)?板)?)")
_DIAMETER = re.compile(r"φ\s?(\d{1,5}(?:\.\d{1,3})?)(?:mm)?")


@dataclass(slots=True)
class Extracted:
    """text: what is left, the taken parts replaced by spaces. measures: (class, value) such as ("kv", "220")."""

    text: str
    quantities: list[Quantity]
    dates: list[str]
    certificates: list[str]
    standards: list[str]
    measures: list[tuple[str, str]]


def extract(text: str, *, with_dates: bool = True) -> Extracted:
    """Take out of one normalised line what is not a word of the product's name."""
    found = Extracted(text, [], [], [], [], [])
    if not text.isascii() or any(character.isdigit() for character in text):
        if any("0" <= character <= "9" for character in text):
            _take_numbers(found, with_dates=with_dates)
        elif "认证" in text or "证书" in text or "haccp" in text:
            found.text = _CERTIFICATE.sub(lambda m: _take_certificate(found, m), found.text)
    return found


def _take_numbers(found: Extracted, *, with_dates: bool) -> None:
    text = _CERTIFICATE.sub(lambda m: _take_certificate(found, m), found.text)
    text = _STANDARD.sub(lambda m: _take_standard(found, m), text)
    if with_dates:
        text = _DATE.sub(lambda m: _take_date(found, m), text)
    text = _LAYERS.sub(lambda m: _take_layers(found, m), text)
    text = _MEASURE.sub(lambda m: _take_measure(found, m), text)
    text = _DIAMETER.sub(lambda m: _take_diameter(found, m), text)
    found.text = _QUANTITY.sub(lambda m: _take_quantity(found, m), text)


def _take_certificate(found: Extracted, match: re.Match[str]) -> str:
    code = re.sub(r"\s|/", "", match.group(1)).upper()
    found.certificates.append(code.split(":")[0])
    return " "


def _take_standard(found: Extracted, match: re.Match[str]) -> str:
    found.standards.append(re.sub(r"\s", "", match.group(1)).upper())
    return " "


def _take_date(found: Extracted, match: re.Match[str]) -> str:
    found.dates.append(match.group(0))
    return " "


def _take_measure(found: Extracted, match: re.Match[str]) -> str:
    number, unit = (match.group(1), match.group(2)) if match.group(2) else (match.group(3), match.group(4))
    found.measures.append((_OTHER_SPELLING.get(unit, unit), re.sub(r"\s", "", number).replace("*", "x")))
    return " "


def _take_layers(found: Extracted, match: re.Match[str]) -> str:
    found.measures.append(("层", match.group(1)))
    if not match.group(2):
        return " "
    # Joined to what follows: 多层板 is a name.
    return " 双面" if match.group(1) == "2" else " 单面" if match.group(1) == "1" else " 多层"


def _take_diameter(found: Extracted, match: re.Match[str]) -> str:
    found.measures.append(("φ", match.group(1)))
    return " "


def _take_quantity(found: Extracted, match: re.Match[str]) -> str:
    number, multiple, unit, per = match.groups()
    try:
        value = float(number.replace(",", "")) * MULTIPLES[multiple or ""]
    except ValueError:
        return " "
    based = to_base(value, unit)
    if based is not None:
        base, family = based
        found.quantities.append(Quantity(value=value, unit=unit, family=family, base=base, per=per or ""))
    return " "
