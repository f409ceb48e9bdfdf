"""Days: by when something must have arrived, and within how many days it can be made."""

import calendar
import datetime
import re
from decimal import Decimal
from typing import Final

from enterprises.reading.numbers import CN_NUMBER, number_of
from enterprises.reading.pieces import Kind, Text

_MONTH: Final = r"1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]"
_CALENDAR: Final = re.compile(
    r"(?<![0-9.×*φ])(?:(?P<year>20[0-9]{2})\s*[年\-/.]\s*|(?P<which>今年|明年|本年|本|这个|下个?)\s*)?"
    rf"(?P<month>{_MONTH})\s*(?P<mark>月份?|[-/.](?=[0-9]))"
    r"\s*(?:(?P<day>3[01]|[12][0-9]|0?[1-9])\s*[日号]?(?![0-9])|(?P<cn_day>三十一?|二?十[一二三四五六七八九]?|"
    r"二十|[一二三四五六七八九])[日号]|(?P<part>月?底|末|初|上旬|中旬|下旬))?"
)
# 下个月 15 号; a day of another month than the one that is named by its number.
_DAY_OF_MONTH: Final = re.compile(r"(?P<which>本月|这个?月|当月|下个?月)\s*(?P<day>3[01]|[12][0-9]|0?[1-9])\s*[日号]")
_RELATIVE: Final = re.compile(
    rf"(?P<n>(?<![0-9.])[0-9]{{1,3}}|{CN_NUMBER}|半)\s*个?\s*(?P<unit>工作日|天|日|周|星期|礼拜|月|"
    rf"年)\s*(?P<end>之?内|以内|左右)"
)
_NAMED: Final = re.compile(
    r"(?P<which>本月|这个月|下个?月|(?<![\d一二三四五六七八九十个每上])(?<![\d一二三四五六七八九十] )月(?=[底末])|"
    r"今年|明年|年)(?P<part>底|末|内|中旬?|初)"
)
_WEEK: Final = re.compile(r"(?P<which>本|这|下个?)(?:周|星期|礼拜)(?P<day>[一二三四五六日天末内])")
_SOON: Final = re.compile(r"(?P<day>今天|明天|明日|后天)(?=\s*(?:之?前|内|要|能|必须|到|送|交|发|就))")
_FEAST: Final = re.compile(
    r"(?P<which>明年)?(?P<feast>元旦|五一|劳动节|国庆|十一(?!月)|春节|过年|"
    r"(?<![一-鿿0-9])年(?=前))节?(?=\s*(?:之?前|以前))"
)
_QUARTER: Final = re.compile(
    r"(?<![a-z0-9])(?:(?P<cue>before|by|in|until)\s+)?(?:(?P<year>20[0-9]{2})年?|(?P<which>今年|明年))?\s*"
    r"(?:第?(?P<cn>[一二三四1-4])季度?|q(?P<q>[1-4])(?![a-z0-9]))(?:\s*(?:of\s+)?(?P<after>20[0-9]{2}))?",
    re.IGNORECASE,
)
# 12.31 到货, but 压实 2.5 以上.
_ARRIVES: Final = re.compile(r"^\s*(?:前|之前|以前|之?内|到|交)")
_BEFORE: Final = re.compile(r"^\s*(?:之前|以前|前)")
_TAIL: Final = re.compile(
    r"\s*(?:之?前|以前|内|止)?\s*(?:必须|要|能|可以?|全部)?\s*"
    r"(?:到货|交货|交付|交清|交完|安装完|完工|供货|完成|送[达到](?=$|[,，。;；\s])|发货|用|安装|投产|到岗|入职)?"
)
_LEAD_IN: Final = re.compile(
    r"(?:要求|必须|须|务必|最晚|最迟|不晚于|希望|计划|预计|争取|交货期?|交付期?|到货期?|交期|货期|[:：为在于]|"
    r"(?<![a-z])(?:by|before|until|no later than|due)\b|\s){1,6}$",
    re.IGNORECASE,
)
# Of these a time says nothing about arrival.
_OTHER_TIME: Final = re.compile(
    r"(?:账期|帐期|月结|付款|支付|质保|保修|保质期?|有效期|成立|投产|寿命|使用|经验|租期|租|期限|合同期?|贷款|"
    r"还款|循环|连续)"
    r"[^,，。;；\n]{0,6}$|(?:net|warranty|payment|paid|terms?|of)\s*$",
    re.IGNORECASE,
)
_OTHER_TIME_AFTER: Final = re.compile(r"^\s*(?:的?(?:质保|保修|账期|帐期|经验|寿命|付款|月结|结款))")

_FEASTS: Final = {"元旦": (1, 1), "五一": (5, 1), "劳动节": (5, 1), "国庆": (10, 1), "十一": (10, 1)}
# The moon decides.
_NEW_YEARS: Final = tuple(
    datetime.date(*day)
    for day in (
        (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13), (2030, 2, 3), (2031, 1, 23), (2032, 2, 11),
        (2033, 1, 31), (2034, 2, 19), (2035, 2, 8), (2036, 1, 28),
    )
)  # fmt: skip
_DAYS: Final = {
    "工作日": Decimal("1.4"),
    "天": Decimal(1),
    "日": Decimal(1),
    "周": Decimal(7),
    "星期": Decimal(7),
    "礼拜": Decimal(7),
    "月": Decimal("30.4"),
    "年": Decimal(365),
}

_EN_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EN_MONTH: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_EN_CUE: Final = (
    r"(?:(?:required|needed|delivery|deliver(?:ed)?|arriv(?:al|ing|e)|shipment|due|latest|deadline|to arrive)\s+){0,2}"
    r"(?:by|before|until|till|no later than|not later than|on|in|due|latest|around)"
)
_EN_DAY: Final = r"(?:3[01]|[12][0-9]|0?[1-9])(?![0-9])(?:st|nd|rd|th)?"
_EN_CALENDAR: Final = re.compile(
    rf"(?<![a-z])(?:(?P<cue>{_EN_CUE})\s+)?(?:the\s+)?"
    r"(?:(?P<part>end|middle|mid|early|beginning|late)(?:-|\s+)(?:of\s+)?)?"
    rf"(?<![0-9.])(?:(?P<before>{_EN_DAY})\s+(?:of\s+)?)?(?P<month>{_EN_MONTH})(?![a-z])\.?"
    # "by March 20 tons": a figure with a unit is no day.
    rf"(?:\s+(?P<after>{_EN_DAY})(?!\s*(?:t|tons?|tonnes?|kgs?|pcs?|pieces|sets?|units?|mt|m|rolls?|boxes)\b))?"
    r"(?:,?\s+(?P<year>20[0-9]{2})(?![0-9]))?",
    re.IGNORECASE,
)
_EN_NUMBERS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12
}  # fmt: skip
_EN_RELATIVE: Final = re.compile(
    rf"(?<![a-z])(?:within|in|inside|under)\s+(?:the\s+next\s+)?(?P<n>[0-9]{{1,3}}|{'|'.join(_EN_NUMBERS)})\s*-?\s*"
    r"(?P<unit>(?:working|business)\s+days?|days?|weeks?|months?|years?)(?![a-z])",
    re.IGNORECASE,
)
_EN_NAMED: Final = re.compile(
    rf"(?<![a-z])(?:{_EN_CUE}\s+)?(?:(?:the\s+)?end\s+of\s+(?P<end_which>the|this|next)?\s*(?P<end>week|month|"
    rf"quarter|year)"
    r"|(?P<short>year|month)[\s-]end|(?P<which>this|next)\s+(?P<unit>week|month|quarter|year))(?![a-z])",
    re.IGNORECASE,
)
_EN_FEAST: Final = re.compile(
    r"(?<![a-z])(?:before|by)\s+(?:the\s+)?(?:chinese new year|spring festival|cny)(?![a-z])", re.IGNORECASE
)
_EN_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EN_WEEKDAY: Final = re.compile(
    rf"(?<![a-z])(?:{_EN_CUE})\s+(?:next\s+|this\s+)?(?P<day>{'|'.join(_EN_WEEKDAYS)})(?![a-z])", re.IGNORECASE
)
_EN_UNITS: Final = (
    ("ing", "工作日"),
    ("ness", "工作日"),
    ("day", "天"),
    ("week", "周"),
    ("month", "月"),
    ("year", "年"),
)

# 3 月交货 is a month, 15 日交货 a day.
_SPAN: Final = (
    rf"(?P<n>[0-9]{{1,3}}|{CN_NUMBER}|半)\s*(?:[-~至到]\s*(?P<most>[0-9]{{1,3}}))?\s*(?:个\s*)?"
    r"(?P<unit>工作日|天|日(?=之?内|以内)|周|星期|礼拜|(?<=个)月)"
)
_LEAD: Final = re.compile(
    r"(?:交货期|交付期|供货期|交货周期|供货周期|生产周期|交期|货期|工期)"
    rf"[:：约为是在\s]{{0,4}}{_SPAN}(?!\s*[0-9]*[日号])(?:之?内|以内|左右)?"
)
_LEAD_AFTER: Final = re.compile(
    rf"(?<![0-9.月]){_SPAN}\s*(?:之?内|以内|左右)?\s*(?:可以?|能|即可)?(?:交货|交付|发货|出货|到货|供货|供应)"
)
_EN_LEAD: Final = re.compile(
    r"(?<![a-z])lead[\s-]?time\s*(?:is|of|:|about|around)?\s*(?P<n>[0-9]{1,3})(?:\s*(?:-|"
    r"to)\s*(?P<most>[0-9]{1,3}))?\s*"
    r"(?P<unit>(?:working|business)\s+days?|days?|weeks?|months?)(?![a-z])",
    re.IGNORECASE,
)


def lead_time(text: Text) -> int | None:
    """交期 20 天, 20 天交货, lead time 4 weeks: days."""
    for pattern in (_LEAD, _LEAD_AFTER, _EN_LEAD):
        for match in pattern.finditer(text.left):
            written = match["most"] or match["n"]
            count = Decimal("0.5") if written == "半" else number_of(written)
            if count is None or not 0 < count <= 999 or _OTHER_TIME.search(text.left[: match.start()]):
                continue
            text.take(Kind.LEAD_TIME, *match.span())
            return _days(count, _english_unit(match["unit"]))
    return None


def day_of(text: Text, today: datetime.date) -> datetime.date | None:
    """The day by which: the last one named that has not passed."""
    written = text.left
    found = [(span, day) for span, day in _days_named(written, today) if not _is_other_time(written, *span)]
    future = [(span, day) for span, day in found if day >= today]
    if not future:
        return None
    span, day = max(future, key=lambda pair: pair[0])
    tail = _TAIL.match(written[span[1] :])
    lead_in = _LEAD_IN.search(written[: span[0]])
    text.take(Kind.DATE, lead_in.start() if lead_in else span[0], span[1] + (tail.end() if tail else 0))
    return day


def _is_other_time(text: str, start: int, end: int) -> bool:
    return bool(_OTHER_TIME.search(text[:start]) or _OTHER_TIME_AFTER.match(text[end:]))


def _days_named(text: str, today: datetime.date) -> list[tuple[tuple[int, int], datetime.date]]:
    found: list[tuple[tuple[int, int], datetime.date]] = []
    for pattern, day_meant in (
        (_CALENDAR, _calendar_day),
        (_DAY_OF_MONTH, _day_of_month),
        (_RELATIVE, _relative_day),
        (_NAMED, _named_day),
        (_WEEK, _week_day),
        (_SOON, _soon),
        (_FEAST, _feast_day),
        (_QUARTER, _quarter_day),
        (_EN_CALENDAR, _english_day),
        (_EN_RELATIVE, _english_relative),
        (_EN_NAMED, _english_named),
        (_EN_FEAST, _english_feast),
        (_EN_WEEKDAY, _english_weekday),
    ):
        for match in pattern.finditer(text):
            day = day_meant(match, today)
            if day is not None:
                found.append((match.span(), day))
    return found


def _calendar_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    written = match["month"]
    month = int(number_of(written) or 0)
    after = match.string[match.end() :].lstrip()[:1]
    if "月" not in match["mark"]:
        # 3.2 V and 20-25 mm are no dates; 12.31 前 is one.
        if match["day"] is None or (match["year"] is None and not _ARRIVES.match(match.string[match.end() :])):
            return None
    elif not any(match[name] for name in ("year", "which", "day", "cn_day", "part")) and after not in tuple(
        "前内底交到以之需要用发送供"
    ):
        return None  # "3 月" alone may be anything
    year = int(match["year"]) if match["year"] else today.year + (match["which"] == "明年")
    is_year_open = match["year"] is None and match["which"] != "今年"
    try:
        if match["day"] or match["cn_day"]:
            day = datetime.date(year, month, int(number_of(match["day"] or match["cn_day"]) or 0))
        elif match["part"] in ("初", "上旬"):
            day = datetime.date(year, month, 10)
        elif match["part"] == "中旬":
            day = datetime.date(year, month, 20)
        elif match["part"] is None and _BEFORE.match(match.string[match.end() :]):
            # 3 月前: nobody who says so wants it on 31 March.
            return _before_month(year, month, today, is_year_open=is_year_open)
        else:
            day = _month_end(year, month)
        return _not_past(day, today) if is_year_open else day
    except ValueError:
        return None


def _before_month(year: int, month: int, today: datetime.date, *, is_year_open: bool) -> datetime.date:
    day = datetime.date(year, month, 1) - datetime.timedelta(days=1)
    return datetime.date(year + 1, month, 1) - datetime.timedelta(days=1) if is_year_open and day < today else day


def _not_past(day: datetime.date, today: datetime.date) -> datetime.date:
    """The same day of the next year if it has passed; of 29 February the last of the month."""
    if day >= today:
        return day
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else _month_end(day.year + 1, 2)


def _day_of_month(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    year, month = _month_from(today, 1 if match["which"].startswith("下") else 0)
    try:
        return datetime.date(year, month, int(match["day"]))
    except ValueError:
        return None


def _relative_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    count = Decimal("0.5") if match["n"] == "半" else number_of(match["n"])
    if count is None or not 0 < count <= 999 or match["end"] == "左右":
        return None
    return today + datetime.timedelta(days=_days(count, match["unit"]))


def _named_day(match: re.Match[str], today: datetime.date) -> datetime.date:
    which, part = match["which"], match["part"]
    if which.endswith("月"):
        year, month = _month_from(today, 1 if which.startswith("下") else 0)
        end = _month_end(year, month)
        return end if part[0] in "底末内" else end.replace(day=20 if part[0] == "中" else 10)
    year = today.year + (which == "明年")
    month = {"底": 12, "末": 12, "内": 12, "中": 6, "初": 2}[part[0]]
    return _month_end(year, month)


def _week_day(match: re.Match[str], today: datetime.date) -> datetime.date:
    number = {"末": 7, "内": 7, "日": 7, "天": 7}.get(match["day"]) or "一二三四五六".index(match["day"]) + 1
    monday = today - datetime.timedelta(days=today.weekday())
    return monday + datetime.timedelta(days=number - 1 + 7 * match["which"].startswith("下"))


def _soon(match: re.Match[str], today: datetime.date) -> datetime.date:
    return today + datetime.timedelta(days={"今": 0, "明": 1, "后": 2}[match["day"][0]])


def _feast_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    if match["feast"] in ("春节", "过年", "年"):
        return _new_years_eve(today)
    month, day = _FEASTS[match["feast"]]
    year = today.year + bool(match["which"])
    eve = datetime.date(year, month, day) - datetime.timedelta(days=1)
    return eve if eve >= today else datetime.date(year + 1, month, day) - datetime.timedelta(days=1)


def _quarter_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    written = match["cn"] or match["q"]
    number = "一二三四".find(written) + 1 or int(written)
    named = match["year"] or match["after"]
    year = int(named or 0) or today.year + (match["which"] == "明年")
    if not named and not match["which"] and number * 3 < today.month:
        year += 1
    if _BEFORE.match(match.string[match.end() :]) or (match["cue"] or "").lower() == "before":
        return datetime.date(year, number * 3 - 2, 1) - datetime.timedelta(days=1)
    return _month_end(year, number * 3)


def _english_day(match: re.Match[str], today: datetime.date) -> datetime.date | None:
    written, cue, part = match["month"].lower(), (match["cue"] or "").lower(), (match["part"] or "").lower()
    day_written = match["before"] or match["after"]
    if not (cue or part or day_written or match["year"]) or (written == "may" and not (day_written or cue or part)):
        return None
    month = _EN_MONTHS.index(written[:3]) + 1
    year = int(match["year"] or today.year)
    is_year_open = not match["year"]
    try:
        if day_written:
            day = datetime.date(year, month, int(re.sub("[a-z]+", "", day_written.lower())))
        elif part in ("early", "beginning"):
            day = datetime.date(year, month, 10)
        elif part in ("mid", "middle"):
            day = datetime.date(year, month, 20)
        elif not part and cue.endswith("before"):
            return _before_month(year, month, today, is_year_open=is_year_open)
        else:
            day = _month_end(year, month)
        return _not_past(day, today) if is_year_open else day
    except ValueError:
        return None


def _english_relative(match: re.Match[str], today: datetime.date) -> datetime.date:
    written = match["n"].lower()
    count = Decimal(_EN_NUMBERS[written] if written in _EN_NUMBERS else int(written))
    return today + datetime.timedelta(days=_days(count, _english_unit(match["unit"])))


def _english_named(match: re.Match[str], today: datetime.date) -> datetime.date:
    unit = (match["end"] or match["short"] or match["unit"]).lower()
    ahead = int((match["end_which"] or match["which"] or "").lower() == "next")
    if unit == "week":
        return today + datetime.timedelta(days=6 - today.weekday() + 7 * ahead)
    if unit == "month":
        return _month_end(*_month_from(today, ahead))
    if unit == "quarter":
        return _month_end(*_month_from(today, (3 - today.month % 3) % 3 + 3 * ahead))
    return datetime.date(today.year + ahead, 12, 31)


def _english_feast(_match: re.Match[str], today: datetime.date) -> datetime.date | None:
    return _new_years_eve(today)


def _english_weekday(match: re.Match[str], today: datetime.date) -> datetime.date:
    ahead = (_EN_WEEKDAYS.index(match["day"].lower()) - today.weekday()) % 7
    return today + datetime.timedelta(days=ahead)


def _new_years_eve(today: datetime.date) -> datetime.date | None:
    return next((eve for feast in _NEW_YEARS if (eve := feast - datetime.timedelta(days=1)) >= today), None)


def _english_unit(word: str) -> str:
    return next((unit for part, unit in _EN_UNITS if part in word.lower()), word)


def _days(count: Decimal, unit: str) -> int:
    return int((count * _DAYS[unit]).to_integral_value(rounding="ROUND_CEILING"))


def _month_from(today: datetime.date, ahead: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 + ahead
    return months // 12, months % 12 + 1


def _month_end(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
