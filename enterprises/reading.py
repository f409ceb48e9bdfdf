"""What a sentence such as “求购 500 吨/月磷酸铁锂，送重庆，12 月底前到货” says: product, amount, place, date.

Pure: patterns and the names given to it, no database and no clock. Everything found is a proposal, shown beside the
text for its writer to confirm; what is not sure is left out.
"""

import calendar
import datetime
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from enterprises.units import MULTIPLIERS, WRITTEN_UNITS, parse_unit
from enterprises.wording import one_line, plain_text

LONGEST: Final = 1000

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
# A number begins where its digits begin and has an end: from every digit of a long row of them, and with every split
# between number and scale, a pattern would take minutes.
_CN_NUMBER: Final = "(?<![零〇一二两三四五六七八九十百千万亿])[零〇一二两三四五六七八九十百千万亿]{1,24}"
_NUMBER: Final = r"(?<![0-9,])[0-9][0-9,]{0,24}(?:\.[0-9]{1,9})?"
_UNITS: Final = "|".join(re.escape(word) for word in WRITTEN_UNITS)
_QUANTITY: Final = re.compile(
    rf"(?P<before>{_NUMBER}|{_CN_NUMBER})\s*(?P<scale>[十百千万亿]{{0,4}}?)\s*(?P<unit>{_UNITS})"
    r"(?:(?<![a-z0-9])|(?![a-z0-9]))(?!月|工作日|星期|季度|百分点)(?:\((?:台|套|只)\))?"
    r"\s*(?P<per>(?:/|每|一|1)\s*(?:个)?(?:月|年|季度?|天|日|周))?",
    re.IGNORECASE,
)
_PER_BEFORE: Final = re.compile(
    r"每个?(?P<per>月|年|季度?|天|日|周)[^,，。;；]{0,20}$|(?P<short>月|年)(?:需|产|供|用量?|产能|需求)?[约近需供产用量能求]*\s*$"
)
_CUE: Final = re.compile(
    r"(?:需要?|求购|采购|购买?|订购|要|数量|共计?|合计|总量|约|供应|产能|用量|现货|库存|可供)[:：约共为是达近]*\s*$"
)
# Where a figure more often belongs to the specification than to the order.
_SPEC_UNITS: Final = frozenset(
    (
        "毫米",
        "厘米",
        "克",
        "g",
        "mg",
        "毫克",
        "毫升",
        "ml",
        "米",
        "m",
        "瓦",
        "w",
        "kw",
        "mw",
        "千瓦",
        "h",
        "小时",
        "度",
        "公里",
        "km",
        "元",
        "万元",
        "亿元",
        "gb",
    )
)
# 贷款 500 万: of money nobody says 元.
_MONEY: Final = "贷款|融资|授信|借款|资金|额度|保理"
_SUM: Final = rf"{_NUMBER}|{_CN_NUMBER}"
_SUM_OF_MONEY: Final = re.compile(
    rf"(?:(?:{_MONEY})[^\d,，。;；零一二两三四五六七八九十百千万亿]{{0,4}}(?P<after>{_SUM})\s*(?P<scale>[百千]?[万亿]?)"
    rf"(?=\s*(?:$|[,，。;；、左以]))"
    rf"|(?P<before>{_SUM})\s*(?P<scale_before>[百千]?[万亿]?)\s*(?=[^\d,，。;；]{{0,4}}(?:{_MONEY})))"
)
_DELIMITER: Final = re.compile(r"\s*(?:$|[,，。;；、:：的左右以/(（])")
_MONTHS: Final = {
    "月": Decimal(1),
    "年": Decimal(1) / 12,
    "季": Decimal(1) / 3,
    "天": Decimal(30),
    "日": Decimal(30),
    "周": Decimal(52) / 12,
}

_SAY_DATE: Final = re.compile(
    r"(?<![0-9.×*φ])(?:(?P<year>20[0-9]{2})\s*[年\-/.]\s*|(?P<which>今年|明年|本年|本|这个|下个?)\s*)?"
    r"(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*(?P<mark>月份?|[-/.](?=[0-9]))"
    r"\s*(?:(?P<day>3[01]|[12][0-9]|0?[1-9])\s*[日号]?(?![0-9])|(?P<part>月?底|末|初|上旬|中旬|下旬))?"
)
_RELATIVE: Final = re.compile(
    rf"(?P<n>[0-9]{{1,3}}|{_CN_NUMBER}|半)\s*个?\s*(?P<unit>工作日|天|日|周|星期|月|年)\s*(?:之?内|以内)"
)
_NAMED: Final = re.compile(
    r"(?P<which>本月|下个?月|(?<![\d一二三四五六七八九十个每上])(?<![\d一二三四五六七八九十] )月(?=[底末])|"
    r"今年|明年|年)(?P<part>底|末|内|中旬?|初)"
)
_QUARTER: Final = re.compile(
    r"(?:(?P<year>20[0-9]{2})年?|(?P<which>今年|明年))?\s*(?:第?(?P<cn>[一二三四1-4])季度?|q(?P<q>[1-4]))",
    re.IGNORECASE,
)

_OPENING: Final = re.compile(
    r"^(?:您?好|我司|我们公司|我公司|我厂|我们|我方|本公司|本厂|公司|工厂|因[^,，]{1,12}|现(?=需|急|求|采|大量|有|对外)|目前|长期|大量|急(?=需|求|购|采|找)|"
    r"诚(?=征|求|招|聘)|拟|计划|准备|希望|想|需要|需(?!求)|求购|采购|购买|购(?=置|入|进)|要(?!素)|寻找|寻求|寻|求(?!解)|找(?!平)|征集|征求|招募|招聘|"
    r"可?供应(?!链|商)|出售|销售(?!管理|系统)|可?提供|可供|生产(?!线|设备|管理|装置|系统)|对外|承接|转让|一批|一家|若干|每个?月|每年|约|的|之|:|\s|"
    r"(?:we|i)\b|(?:need|want|require|buy|purchase|looking\s+for|seek(?:ing)?|can\s+supply|supply|offer|sell|of|some|a|an)\b)+",
    re.IGNORECASE,
)
_LEFTOVER: Final = re.compile(
    r"(?:每个?月|每年|月需|年需|月产能?|年产能?|月供|数量|总量|共计?|约|左右|以上|以内|现货|供应商|厂家|生产厂|产能|需求|采购|求购|[:()/]|\bby)+$"
)
_CONDITION: Final = re.compile(r"^(?:(?:要|须|需要?|应)(?:有|具备|通过|带|持有|提供)|具备|通过|持有)")
_DELIVERY_WORDS: Final = re.compile(
    r"(?:送货?到?|运[到至往]?|发[到往]|交付?到?|到货|交货地?点?|交付地?点?|收货地?点?|目的地|落地|供货至?|地点|在|到|至|于)[:：]?\s*$"
)
_AFTER_PLACE: Final = re.compile(r"^(?:市|省)?\s*(?:交货|交付|到货|收货|提货|自提|工厂|基地|厂区|$|[,，。;；])")


@dataclass(frozen=True)
class Reading:
    """What was understood. `quantity` counts `unit`; per month where `per_month` is set (converted from a year or a
    day). `place` is the code that the names gave. `spans` are the understood pieces of text."""

    product: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    per_month: bool = False
    place: str = ""
    deliver_by: datetime.date | None = None
    certificates: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = field(default=(), compare=False)


def read(
    text: str,
    *,
    today: datetime.date,
    places: Mapping[str, str] | None = None,
    certificates: Mapping[str, str] | None = None,
) -> Reading:
    """Read one statement. `places` maps names to region codes, `certificates` names (plain_text) to codes."""
    plain = one_line(unicodedata.normalize("NFKC", text[:LONGEST]))[:LONGEST]
    spans: list[tuple[int, int]] = []
    due = _date(plain, today, spans)
    # A date's digits are no amount, an amount's digits no product.
    blanked = _blank(plain, spans)
    amount = _amount(blanked, spans) or _sum_of_money(blanked, spans)
    place = _place(_blank(plain, spans), places or {}, spans)
    held = _certificates(plain, certificates or {})
    quantity, unit, per_month = amount or (None, "", False)
    return Reading(
        product=_product(_blank(plain, spans), certificates or {}),
        quantity=quantity,
        unit=unit,
        per_month=per_month,
        place=place,
        deliver_by=due,
        certificates=held,
        spans=tuple(sorted(spans)),
    )


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


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the understood pieces replaced by commas of equal length, so that positions stay."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = ["，"] * (end - start)
    return "".join(chars)


def _amount(text: str, spans: list[tuple[int, int]]) -> tuple[Decimal, str, bool] | None:
    best: tuple[int, int, re.Match[str], Decimal, str, str] | None = None
    for found in _QUANTITY.finditer(text):
        start = found.start()
        if start and (text[start - 1].isascii() and (text[start - 1].isalnum() or text[start - 1] in ".-×*φΦ±≥≤<>=~")):
            continue  # part of a model number or a measure
        number = _number(found["before"], found["scale"])
        unit = parse_unit(found["unit"])
        if number is None or unit is None or number <= 0:
            continue
        value = number * unit[1]
        if value >= Decimal(10) ** 15:
            continue
        before, after = text[:start], text[found.end() :]
        ahead = _PER_BEFORE.search(before)
        per = (found["per"] or "") or ((ahead["per"] or ahead["short"] or "") if ahead else "")
        weight = 2 * bool(_CUE.search(before)) + 2 * bool(per) + bool(_DELIMITER.match(after))
        if found["unit"].lower() in _SPEC_UNITS:
            weight -= 2
        elif after and "\u4e00" <= after[0] <= "\u9fff" and not _DELIMITER.match(after):
            weight -= 1
        if best is None or weight >= best[0]:
            best = (weight, start, found, value, unit[0], per)
    if best is None or best[0] < -1:
        return None
    _weight, start, found, value, unit_code, per = best
    spans.append((start, found.end()))
    if not per:
        return value.normalize() + 0, unit_code, False
    period = next((p for p in _MONTHS if p in per), "月")
    return (value * _MONTHS[period]).quantize(Decimal("0.001")).normalize() + 0, unit_code, True


def _sum_of_money(text: str, spans: list[tuple[int, int]]) -> tuple[Decimal, str, bool] | None:
    found = _SUM_OF_MONEY.search(text)
    if found is None:
        return None
    group = "after" if found["after"] else "before"
    value = _number(found[group], found["scale"] if group == "after" else found["scale_before"])
    # 贷款 3 may be anything; a sum below 10,000 yuan is no business of firms.
    if value is None or not MULTIPLIERS["万"] <= value < Decimal(10) ** 15:
        return None
    spans.append((found.start(group), found.end("scale" if group == "after" else "scale_before")))
    return (value / MULTIPLIERS["万"]).normalize() + 0, "wan_yuan", False


def _number(written: str, scale: str) -> Decimal | None:
    if written[0].isascii():
        try:
            number: Decimal | None = Decimal(written.replace(",", ""))
        except InvalidOperation:
            return None
    else:
        number = chinese_number(written)
    if number is None:
        return None
    for char in scale:
        number *= MULTIPLIERS[char]
    return number


def _date(text: str, today: datetime.date, spans: list[tuple[int, int]]) -> datetime.date | None:
    """The day by which: the last one named that has not passed."""
    found: list[tuple[tuple[int, int], datetime.date]] = []
    for match in _SAY_DATE.finditer(text):
        day = _calendar_day(match, today)
        if day is not None:
            found.append((match.span(), day))
    for match in _RELATIVE.finditer(text):
        count = Decimal("0.5") if match["n"] == "半" else _number(match["n"], "")
        if count is not None and count <= 999:
            found.append((match.span(), _after(today, count, match["unit"])))
    for match in _NAMED.finditer(text):
        found.append((match.span(), _named_day(match, today)))
    for match in _QUARTER.finditer(text):
        number = "一二三四".find(match["cn"]) + 1 if match["cn"] in list("一二三四") else int(match["cn"] or match["q"])
        year = int(match["year"] or 0) or today.year + (match["which"] == "明年")
        if not match["year"] and not match["which"] and number * 3 < today.month:
            year += 1
        found.append((match.span(), _month_end(year, number * 3)))
    future = [(span, day) for span, day in found if day >= today]
    if not future:
        return None
    span, day = max(future, key=lambda pair: pair[0])
    tail = re.match(r"\s*(?:之?前|以前|内|止)?\s*(?:到货|交货|交付|交清|供货|完成|送达)?", text[span[1] :])
    spans.append((span[0], span[1] + (tail.end() if tail else 0)))
    return day


def _calendar_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    written = match["month"]
    month = int(written) if written.isdigit() else int(chinese_number(written) or 0)
    after = match.string[match.end() :].lstrip()[:1]
    if "月" not in match["mark"]:
        # 3.2 V and 20-25 mm are no dates; 12.31 前 is one.
        if match["day"] is None or (match["year"] is None and after not in ("前", "之", "以", "到", "交")):
            return None
    elif not any(match[name] for name in ("year", "which", "day", "part")) and after not in tuple("前内底交到以之"):
        return None  # "3 月" alone may be anything
    year = int(match["year"]) if match["year"] else today.year + (match["which"] == "明年")
    try:
        if match["day"]:
            day = datetime.date(year, month, int(match["day"]))
        elif match["part"] in ("初", "上旬"):
            day = datetime.date(year, month, 10)
        elif match["part"] == "中旬":
            day = datetime.date(year, month, 20)
        else:
            day = _month_end(year, month)
        if day < today and match["year"] is None and match["which"] != "今年":
            day = day.replace(year=year + 1) if (day.month, day.day) != (2, 29) else _month_end(year + 1, 2)
    except ValueError:
        return None
    return day


def _named_day(match: re.Match[str], today: datetime.date) -> datetime.date:
    which, part = match["which"], match["part"]
    if which.endswith("月"):
        year, month = today.year, today.month
        if which.startswith("下"):
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        end = _month_end(year, month)
        return end if part[0] in "底末内" else end.replace(day=20 if part[0] == "中" else 10)
    year = today.year + (which == "明年")
    month = {"底": 12, "末": 12, "内": 12, "中": 6, "初": 2}[part[0]]
    return _month_end(year, month)


def _after(today: datetime.date, count: Decimal, unit: str) -> datetime.date:
    days = {
        "工作日": Decimal("1.4"),
        "天": Decimal(1),
        "日": Decimal(1),
        "周": Decimal(7),
        "星期": Decimal(7),
        "月": Decimal("30.4"),
        "年": Decimal(365),
    }
    return today + datetime.timedelta(days=int((count * days[unit]).to_integral_value(rounding="ROUND_CEILING")))


def _month_end(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def _place(text: str, places: Mapping[str, str], spans: list[tuple[int, int]]) -> str:
    """The place of delivery: one after a word of delivery, else the only one that stands by itself."""
    hits: dict[tuple[int, int], str] = {}
    longest = max((len(name) for name in places), default=0)
    position = 0
    while position < len(text):
        size = next(
            (n for n in range(min(longest, len(text) - position), 1, -1) if text[position : position + n] in places), 0
        )
        if size:
            hits[position, position + size] = places[text[position : position + size]]
        position += size or 1
    alone: list[tuple[tuple[int, int], str]] = []
    for (start, end), code in sorted(hits.items()):
        cue = _DELIVERY_WORDS.search(text[:start])
        if cue or re.match(r"^(?:市|省)?\s*(?:交货|交付|到货|收货|提货)", text[end:]):
            # 四川成都: the narrower of two that follow each other.
            following = next(((s, c) for s, c in hits.items() if s[0] == end), None)
            span, chosen = following if following else ((start, end), code)
            spans.append((cue.start() if cue else start, span[1]))
            return chosen
        if (start == 0 or not text[start - 1].isalnum()) and _AFTER_PLACE.match(text[end:]):
            alone.append(((start, end), code))
    if len(alone) == 1:
        spans.append(alone[0][0])
        return alone[0][1]
    return ""


def _certificates(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """Codes of the certificates asked for. A Latin name stands alone: there is no CR in GCr15, no CE in process."""
    words, folded = plain_text(text), text.lower()
    return tuple(
        dict.fromkeys(
            code
            for name, code in names.items()
            if name and (_stands_alone(name, folded) if name.isascii() else name in words)
        )
    )


def _stands_alone(name: str, text: str) -> bool:
    spaced = r"[\s\-_/.]*".join(re.escape(c) for c in name)
    after = r"(?!\d)" if name[-1].isdigit() else r"(?![a-z0-9])"
    if len(name) > 2:
        return re.search(rf"(?<![a-z0-9]){spaced}{after}", text) is not None
    # Two letters are as often a material or a model: CR rubber, Sc oxide.
    return (
        re.search(
            rf"(?<![a-z0-9])(?:(?<=[有备过持得带须需])\s*{spaced}{after}"
            rf"|{spaced}\s*(?:认证|证|标[志识]|许可|mark|certif))",
            text,
        )
        is not None
    )


def _product(text: str, certificates: Mapping[str, str]) -> str:
    """The thing itself: the first clause that still says something when the understood pieces are gone."""
    for clause in re.split(r"[,，。;；!！?？\n]+", text):
        words = clause.strip()
        if plain_text(words) in certificates or re.match(
            r"^(?:(?:要|须|需要?|应)(?:有|具备|通过|带|持有|提供)|具备|通过|持有)", words
        ):
            continue
        before = None
        while before != words:
            before, words = words, _LEFTOVER.sub("", _OPENING.sub("", words)).strip(" 的、-—")
        if len(plain_text(words)) >= 2 and not re.fullmatch(r"[\d.,%\s]+", words):
            return words[:120]
    return ""
