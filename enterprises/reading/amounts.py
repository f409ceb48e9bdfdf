"""How much: the quantity, the least that is delivered, sums of money."""

import re
from decimal import Decimal
from typing import Final

from enterprises.reading.numbers import CN_NUMBER, NUMBER, number_of
from enterprises.reading.pieces import Kind, Text
from enterprises.units import MULTIPLIERS, WRITTEN_UNITS, parse_unit

# Ways to write a unit that only sentences have.
_ALSO_WRITTEN: Final = {
    "metric tons": "t",
    "metric tonnes": "t",
    "metric ton": "t",
    "mt": "t",
    "kilograms": "kg",
    "kilogram": "kg",
    "kilos": "kg",
    "grams": "g",
    "square meters": "m2",
    "square metres": "m2",
    "sqm": "m2",
    "cubic meters": "m3",
    "cubic metres": "m3",
    "meters": "m",
    "metres": "m",
    "litres": "l",
    "liters": "l",
    "nos": "pc",
    "ea": "pc",
    "persons": "person",
    "people": "person",
    "位": "person",
    "yuan": "元",
    "rmb": "元",
    "cny": "元",
}
_UNITS: Final = "|".join(
    re.escape(word) for word in sorted((*WRITTEN_UNITS, *_ALSO_WRITTEN), key=lambda word: (-len(word), word))
)
_END_OF_UNIT: Final = r"(?:(?<![a-z0-9])|(?![a-z0-9]))(?!月|工作日|星期|季度|百分点)"
_PERIOD: Final = r"(?:月|年|季度?|天|日|周|months?|mo|years?|yr|annum|days?|weeks?|quarters?)"
_QUANTITY: Final = re.compile(
    rf"(?P<before>{NUMBER}|{CN_NUMBER})\s*(?P<scale>[十百千万亿]{{0,4}}?|k(?=\s*(?:pcs|pieces|units|sets|m2|"
    rf"sqm))|thousand|million)\s*"
    rf"(?:多|余)?\s*(?P<unit>{_UNITS}){_END_OF_UNIT}(?:\((?:台|套|只)\))?"
    rf"\s*(?P<per>(?:(?:/|每|一|1)\s*(?:个)?(?:月|年|季度?|天|日|周)|(?:/|(?<![a-z])(?:per|a|an|each|"
    rf"every)\s+)\s*{_PERIOD}(?![a-z]))"
    r"|(?:monthly|annually|yearly|weekly|daily)(?![a-z]))?",
    re.IGNORECASE,
)
# 200~250 吨: the greater is what may be asked for.
_FROM: Final = re.compile(
    rf"(?<![a-z0-9.\-×*])(?:{NUMBER})\s*(?P<scale>[百千万]?)\s*(?:-|~|～|—|至|到|\bto\b)\s*$", re.IGNORECASE
)
_PER_BEFORE: Final = re.compile(
    r"每个?(?P<per>月|年|季度?|天|日|周)[^,，。;；\n]{0,20}$|(?P<short>月|年|日(?=[产处加用供均]))(?:均|需|产|"
    r"供|采购|加工|处理|消耗|用|"
    r"量|产能|需求|大概|[约近求能:：])*\s*$"
    r"|(?<![a-z])(?P<en>monthly|annual|yearly|per month|per year)[^,，。;；\n]{0,20}$",
    re.IGNORECASE,
)
# The words right before a figure that only say that it is one, and per what.
_LEAD_IN: Final = re.compile(
    r"(?:(?:(?:每个?|一个?)(?:月|年|季度?|天|日|周)|月|年|日(?=[产处加用供均])|总|单次|首批|首单)?(?:均|需要?|产能?|供应|"
    r"供|库存|采购|订购|"
    r"加工|消耗|用|量|需求|数量|共计?|合计|大概|大约|[约近计求能:：]|\s)*"
    r"|(?<![a-z])(?:quantity|qty|about|approx(?:\.|imately)?|around|monthly|annual(?:ly)?|(?:monthly |"
    r"annual )?(?:demand|volume|capacity|output))[:\s]*(?:of|is|about)?\s*)$",
    re.IGNORECASE,
)
_CUE: Final = re.compile(
    r"(?:需要?|求购|采购|购买?|订购|要|有|招|缺|数量|共计?|合计|总量|约|大约|大概|供应|产能|用量|需求|现货|库存|"
    r"可供|首批|首单|试单|"
    r"need|buy|order|want|purchase|require|supply|offer|quantity|qty|about|for)[:：约共为是达近\s]*$",
    re.IGNORECASE,
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
# 5 吨叉车, 50 立方储罐, 10 吨锅炉: the figure says how big it is.
_BIG: Final = frozenset(("吨", "t", "升", "l", "立方", "立方米", "方", "m3", "kg", "公斤", "千克", "斤"))
_IS_RATED: Final = re.compile(
    r"^(?:级|以上|以下)?[^,，。;；\s的0-9]{0,6}(?:叉车|行车|起重机|吊车|压力机|冲床|卡车|货车|挂车|千斤顶|葫芦|"
    r"罐|釜|锅炉|电?炉|机|泵|地磅|衡|液压缸|槽车|天车|吊具|搅拌车)"
    r"(?=$|[,，。;；\s0-9一二两三四五六七八九十])"
)
_RATING: Final = re.compile(
    r"(?:载重|承重|额定|自重|单重|重量|容积|容量|起重量?|吨位|厚度|长度|宽度|高度|直径|规格)[:：为约\s]{0,3}$"
)
# 那一块, 一套下来; 循环 6000 次以上 is what the thing can do.
_IS_TALK: Final = re.compile("[那这哪头第]$")
_TALKS_ON: Final = re.compile("^(?:下来|左边|东西|地方)")
_OR_MORE: Final = re.compile(r"^\s*(?:以上|以下|以内|不)")
# 25 kg/袋, 20kg drums: how it is packed.
_A_PACK: Final = re.compile(
    r"^\s*(?:[/每]\s*(?:桶|袋|包|箱|瓶|罐|卷|盒|支|件|捆|bag|drum|box|carton)|(?:bags?|drums?|cartons?)(?![a-z]))", re.I
)
# 一次性手套, 两片罐, 三项检测: part of the name, where nothing says otherwise.
_SURE_COUNTS: Final = frozenset(
    ("台", "台套", "台(套)", "吨", "公吨", "公斤", "辆", "套", "艘", "架", "名", "位", "人")
)
_LONGEST_WORDS_OF_COUNT: Final = 2

# 贷款 500 万: of money nobody says 元.
_MONEY: Final = "贷款|融资|授信|借款|资金|额度|保理|贴现|保函|想贷|需贷|loans?|financing|credit line"
_SUM: Final = rf"{NUMBER}|{CN_NUMBER}"
_SUM_OF_MONEY: Final = re.compile(
    rf"(?:(?:{_MONEY})[^\d,，。;；零一二两三四五六七八九十百千万亿]{{0,4}}(?P<after>{_SUM})\s*(?P<scale>[百千]?[万亿]?)"
    rf"(?=\s*(?:$|[,，。;；、左以\n]))"
    rf"|(?P<before>{_SUM})\s*(?P<scale_before>[百千]?[万亿]?)\s*(?=[^\d,，。;；\n]{{0,4}}(?:{_MONEY})))"
)
# 设备融资租赁，2000 万，三年期
_BARE_SUM: Final = re.compile(rf"(?P<after>{_SUM})\s*(?P<scale>[百千]?[万亿])(?=\s*(?:$|[,，。;；左以\n]))")
_OF_MONEY: Final = re.compile(rf"(?:{_MONEY})(?!(?:管理)?(?:系统|软件|平台))", re.IGNORECASE)
# 预算 30 万, 单价 5 元以内, 注册资本 2000 万: no amount of what is asked for.
_PRICE: Final = re.compile(
    r"(?:预算|单价|报价|总价|价格|价位|目标价|均价|到手价|成本|控制在|注册资本|年产值|产值|年?营收|营业额|投资|"
    r"(?<![a-z])(?:target price|price|"
    r"budget))[^,，。;；\n0-9一二两三四五六七八九十]{0,8}[0-9一二两三四五六七八九十][^,，。;；\n]{0,16}",
    re.IGNORECASE,
)
_SAYS_HOW_MUCH: Final = re.compile("[月年日量约计]|大概|首|每|库存|[a-z]", re.IGNORECASE)
_OF: Final = re.compile(r"\s*of(?![a-z])", re.IGNORECASE)
# "2 mechanical engineers": in English people have no unit.
_PEOPLE: Final = re.compile(
    rf"(?<![a-z0-9.\-])(?P<n>{NUMBER})\s+(?:[a-z\-]{{1,20}}\s+){{0,4}}?"
    r"(?:engineers|technicians|welders|machinists|operators|programmers|workers)(?![a-z])",
    re.IGNORECASE,
)
_DELIMITER: Final = re.compile(r"\s*(?:$|[,，。;；、:：的左右以/(（\n])|\s+of\b", re.IGNORECASE)
_MONTHS: Final = {
    "quarter": Decimal(1) / 3,
    "month": Decimal(1),
    "mo": Decimal(1),
    "week": Decimal(52) / 12,
    "daily": Decimal(30),
    "day": Decimal(30),
    "year": Decimal(1) / 12,
    "yr": Decimal(1) / 12,
    "ann": Decimal(1) / 12,
    "月": Decimal(1),
    "年": Decimal(1) / 12,
    "季": Decimal(1) / 3,
    "天": Decimal(30),
    "日": Decimal(30),
    "周": Decimal(52) / 12,
}
_MOST: Final = Decimal(10) ** 15

_ONE_AMOUNT: Final = (
    rf"(?P<n>{NUMBER}|{CN_NUMBER})\s*(?P<scale>[十百千万亿]{{0,4}}?)\s*(?P<unit>{_UNITS}){_END_OF_UNIT}"
)
_MINIMUM: Final = re.compile(
    rf"(?:(?:最小|最低|最少)?起(?:订|批|购|售|发|做|定)(?:量|数量)?|最[小低少](?:订|批|采购|订购|订单)?量|"
    rf"(?<![a-z])(?:moq|minimum order(?: quantity)?|min\.? order(?: qty)?)(?![a-z]))"
    rf"[:：约为是of\s]{{0,4}}{_ONE_AMOUNT}",
    re.IGNORECASE,
)
_MINIMUM_AFTER: Final = re.compile(rf"{_ONE_AMOUNT}\s*起(?:订|批|购|售|发|做|定)?(?=$|[,，。;；\s、\n])", re.IGNORECASE)


def minimum_order(text: Text) -> tuple[Decimal, str] | None:
    """起订 5 吨, 500 件起, MOQ 500 pcs."""
    for pattern in (_MINIMUM, _MINIMUM_AFTER):
        for match in pattern.finditer(text.left):
            amount = _value(match["n"], match["scale"], match["unit"])
            if amount is not None:
                text.take(Kind.MINIMUM, *match.span())
                return amount
    return None


def prices(text: Text) -> None:
    """Take out what a thing may cost."""
    for match in _PRICE.finditer(text.left):
        text.take(Kind.ASIDE, *match.span())


def quantity(text: Text) -> tuple[Decimal, str, bool] | None:
    """The amount wanted or offered, its unit, and whether it is one a month."""
    return _amount(text) or _sum_of_money(text) or _people(text)


def _value(number: str, scale: str, unit: str) -> tuple[Decimal, str] | None:
    count = number_of(number, scale)
    known = parse_unit(_ALSO_WRITTEN.get(unit.lower(), unit))
    if count is None or known is None or count <= 0 or count * known[1] >= _MOST:
        return None
    return (count * known[1]).normalize() + 0, known[0]


def _amount(text: Text) -> tuple[Decimal, str, bool] | None:
    best: tuple[int, int, int, Decimal, str, str] | None = None
    for found in _QUANTITY.finditer(text.left):
        rated = _weighed(text.left, found)
        if rated is not None and (best is None or rated[0] >= best[0]):
            best = rated
    if best is None or best[0] < -1:
        return None
    _weight, start, end, value, unit, per = best
    words = _LEAD_IN.search(text.left, max(0, start - 20), start)
    # 需求 alone may be all that is left of a wish: it stays where nothing else says how much.
    if words and _SAYS_HOW_MUCH.search(words[0]):
        start = words.start()
    text.take(Kind.QUANTITY, start, end)
    if not per:
        return value.normalize() + 0, unit, False
    period = next((p for p in _MONTHS if p in per.lower()), "月")
    return (value * _MONTHS[period]).quantize(Decimal("0.001")).normalize() + 0, unit, True


def _weighed(text: str, found: re.Match[str]) -> tuple[int, int, int, Decimal, str, str] | None:
    """How surely this is the amount of the order: (weight, start, end, value, unit, per what)."""
    start, unit = found.start(), found["unit"].lower()
    before, after = text[:start], text[found.end() :]
    lower = _FROM.search(before) if unit not in _SPEC_UNITS else None
    if lower:
        start, before = lower.start(), before[: lower.start()]
    elif before and before[-1].isascii() and (before[-1].isalnum() or before[-1] in ".-×*φΦ±≥≤<>=~"):
        return None  # part of a model number or a measure
    amount = _value(found["before"], found["scale"], found["unit"])
    if amount is None:
        return None
    if _A_PACK.match(after) or _IS_TALK.search(before) or _TALKS_ON.match(after):
        return None
    if unit in ("次", "度", "h", "小时", "项") and _OR_MORE.match(after):
        return None
    if unit == "批" and not found["before"][0].isascii():
        return None
    is_asked = bool(_CUE.search(before))
    ahead = _PER_BEFORE.search(before)
    per = (found["per"] or "") or ((ahead["per"] or ahead["short"] or ahead["en"] or "") if ahead else "")
    is_close = bool(after) and "\u4e00" <= after[0] <= "\u9fff" and not _DELIMITER.match(after)
    if unit in _BIG and not per and (_IS_RATED.match(after) or _RATING.search(before)):
        return None
    if amount[1] == "wan_yuan" and not _OF_MONEY.search(text):
        return None
    if (
        is_close
        and not (is_asked or per or lower)
        and not found["before"][0].isascii()
        and len(found["before"] + found["scale"]) < _LONGEST_WORDS_OF_COUNT
        and unit not in _SURE_COUNTS
    ):
        return None
    weight = 2 * is_asked + 2 * bool(per) + bool(_DELIMITER.match(after))
    if unit in _SPEC_UNITS:
        weight -= 2
    elif is_close:
        weight -= 1
    end = found.end()
    if (of := _OF.match(after)) is not None:
        end += of.end()
    return weight, start, end, amount[0], amount[1], per


def _people(text: Text) -> tuple[Decimal, str, bool] | None:
    found = _PEOPLE.search(text.left)
    count = number_of(found["n"]) if found else None
    if found is None or count is None or not 0 < count < MULTIPLIERS["万"]:
        return None
    text.take(Kind.QUANTITY, *found.span("n"))
    return count, "person", False


def _sum_of_money(text: Text) -> tuple[Decimal, str, bool] | None:
    found = _SUM_OF_MONEY.search(text.left)
    if found is None and _OF_MONEY.search(text.left):
        found = _BARE_SUM.search(text.left)
    if found is None:
        return None
    group, scale = ("after", "scale") if found["after"] else ("before", "scale_before")
    value = number_of(found[group], found[scale])
    # 贷款 3 may be anything; a sum below 10,000 yuan is no business of firms.
    if value is None or not MULTIPLIERS["万"] <= value < _MOST:
        return None
    text.take(Kind.QUANTITY, found.start(group), found.end(scale))
    return (value / MULTIPLIERS["万"]).normalize() + 0, "wan_yuan", False
