"""Units of quantity: families within which amounts can be compared, and how people write them."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enterprises.models import Unit

_ONE: Final = {
    Unit.PIECE: pgettext_lazy("one", "件"),
    Unit.SET: pgettext_lazy("one", "套"),
    Unit.UNIT: pgettext_lazy("one", "台"),
    Unit.VEHICLE: pgettext_lazy("one", "辆"),
    Unit.WAFER: pgettext_lazy("one", "片"),
    Unit.ROLL: pgettext_lazy("one", "卷"),
    Unit.BOTTLE: pgettext_lazy("one", "瓶"),
    Unit.BOX: pgettext_lazy("one", "箱"),
    Unit.HOUR: pgettext_lazy("one", "小时"),
    Unit.PERSON: pgettext_lazy("one", "人"),
    Unit.PERSON_DAY: pgettext_lazy("one", "人天"),
    Unit.TIME: pgettext_lazy("one", "次"),
    Unit.ITEM: pgettext_lazy("one", "项"),
}
# unit -> (family, how many base units it is). Amounts of different families cannot be compared: how many 瓶 a 箱
# holds, nobody knows. 件, 套, 台, 辆 and 片 all count finished pieces.
_FACTORS: Final[dict[str, tuple[str, Decimal]]] = {
    Unit.TONNE: ("mass", Decimal(1000)),
    Unit.KILOGRAM: ("mass", Decimal(1)),
    Unit.GRAM: ("mass", Decimal("0.001")),
    Unit.PIECE: ("count", Decimal(1)),
    Unit.SET: ("count", Decimal(1)),
    Unit.UNIT: ("count", Decimal(1)),
    Unit.VEHICLE: ("count", Decimal(1)),
    Unit.WAFER: ("count", Decimal(1)),
    Unit.METRE: ("length", Decimal(1)),
    Unit.KILOMETRE: ("length", Decimal(1000)),
    Unit.SQUARE_METRE: ("area", Decimal(1)),
    Unit.CUBIC_METRE: ("volume", Decimal(1)),
    Unit.LITRE: ("volume", Decimal("0.001")),
    Unit.WATT: ("power", Decimal("0.001")),
    Unit.KILOWATT: ("power", Decimal(1)),
    Unit.MEGAWATT: ("power", Decimal(1000)),
    Unit.KWH: ("energy", Decimal(1)),
    Unit.MWH: ("energy", Decimal(1000)),
    Unit.ROLL: ("roll", Decimal(1)),
    Unit.BOTTLE: ("bottle", Decimal(1)),
    Unit.BOX: ("box", Decimal(1)),
    Unit.HOUR: ("time", Decimal(1)),
    Unit.PERSON: ("people", Decimal(1)),
    Unit.PERSON_DAY: ("labour", Decimal(1)),
    Unit.TIME: ("occasion", Decimal(1)),
    Unit.ITEM: ("item", Decimal(1)),
    Unit.WAN_YUAN: ("money", Decimal(10000)),
    Unit.TERABYTE: ("data", Decimal(1)),
    Unit.PFLOPS: ("computing", Decimal(1)),
}

FAMILY_LABELS: Final = {
    "mass": _("质量"),
    "count": _("件数"),
    "length": _("长度"),
    "area": _("面积"),
    "volume": _("体积"),
    "power": _("功率"),
    "energy": _("电量"),
    "roll": _("卷数"),
    "bottle": _("瓶数"),
    "box": _("箱数"),
    "time": _("时长"),
    "people": _("人数"),
    "labour": _("人工"),
    "occasion": _("次数"),
    "item": _("项数"),
    "money": _("金额"),
    "data": _("数据量"),
    "computing": _("算力"),
}

# Units that come only whole.
WHOLE: Final = frozenset(
    {
        Unit.PIECE,
        Unit.SET,
        Unit.UNIT,
        Unit.VEHICLE,
        Unit.WAFER,
        Unit.ROLL,
        Unit.BOTTLE,
        Unit.BOX,
        Unit.PERSON,
        Unit.TIME,
        Unit.ITEM,
    }
)

# As people write them -> (unit, how many of it). 50 斤 is 25 kg.
_WRITTEN: Final[dict[str, tuple[str, str]]] = {
    "吨": (Unit.TONNE, "1"),
    "公吨": (Unit.TONNE, "1"),
    "t": (Unit.TONNE, "1"),
    "ton": (Unit.TONNE, "1"),
    "tons": (Unit.TONNE, "1"),
    "tonne": (Unit.TONNE, "1"),
    "tonnes": (Unit.TONNE, "1"),
    "千克": (Unit.KILOGRAM, "1"),
    "公斤": (Unit.KILOGRAM, "1"),
    "kg": (Unit.KILOGRAM, "1"),
    "kgs": (Unit.KILOGRAM, "1"),
    "斤": (Unit.KILOGRAM, "0.5"),
    "克": (Unit.GRAM, "1"),
    "g": (Unit.GRAM, "1"),
    "毫克": (Unit.GRAM, "0.001"),
    "mg": (Unit.GRAM, "0.001"),
    "件": (Unit.PIECE, "1"),
    "个": (Unit.PIECE, "1"),
    "只": (Unit.PIECE, "1"),
    "支": (Unit.PIECE, "1"),
    "根": (Unit.PIECE, "1"),
    "条": (Unit.PIECE, "1"),
    "颗": (Unit.PIECE, "1"),
    "粒": (Unit.PIECE, "1"),
    "枚": (Unit.PIECE, "1"),
    "块": (Unit.PIECE, "1"),
    "把": (Unit.PIECE, "1"),
    "pc": (Unit.PIECE, "1"),
    "pcs": (Unit.PIECE, "1"),
    "piece": (Unit.PIECE, "1"),
    "pieces": (Unit.PIECE, "1"),
    "套": (Unit.SET, "1"),
    "副": (Unit.SET, "1"),
    "组": (Unit.SET, "1"),
    "set": (Unit.SET, "1"),
    "sets": (Unit.SET, "1"),
    "台": (Unit.UNIT, "1"),
    "台套": (Unit.UNIT, "1"),
    "台(套)": (Unit.UNIT, "1"),
    "架": (Unit.UNIT, "1"),
    "艘": (Unit.UNIT, "1"),
    "unit": (Unit.UNIT, "1"),
    "units": (Unit.UNIT, "1"),
    "辆": (Unit.VEHICLE, "1"),
    "vehicle": (Unit.VEHICLE, "1"),
    "vehicles": (Unit.VEHICLE, "1"),
    "米": (Unit.METRE, "1"),
    "m": (Unit.METRE, "1"),
    "厘米": (Unit.METRE, "0.01"),
    "毫米": (Unit.METRE, "0.001"),
    "千米": (Unit.KILOMETRE, "1"),
    "公里": (Unit.KILOMETRE, "1"),
    "km": (Unit.KILOMETRE, "1"),
    "平方米": (Unit.SQUARE_METRE, "1"),
    "平米": (Unit.SQUARE_METRE, "1"),
    "㎡": (Unit.SQUARE_METRE, "1"),
    "m2": (Unit.SQUARE_METRE, "1"),
    "公顷": (Unit.SQUARE_METRE, "10000"),
    "立方米": (Unit.CUBIC_METRE, "1"),
    "立方": (Unit.CUBIC_METRE, "1"),
    "方": (Unit.CUBIC_METRE, "1"),
    "m3": (Unit.CUBIC_METRE, "1"),
    "升": (Unit.LITRE, "1"),
    "l": (Unit.LITRE, "1"),
    "毫升": (Unit.LITRE, "0.001"),
    "ml": (Unit.LITRE, "0.001"),
    "瓦": (Unit.WATT, "1"),
    "w": (Unit.WATT, "1"),
    "千瓦": (Unit.KILOWATT, "1"),
    "kw": (Unit.KILOWATT, "1"),
    "兆瓦": (Unit.MEGAWATT, "1"),
    "mw": (Unit.MEGAWATT, "1"),
    "吉瓦": (Unit.MEGAWATT, "1000"),
    "gw": (Unit.MEGAWATT, "1000"),
    "千瓦时": (Unit.KWH, "1"),
    "度": (Unit.KWH, "1"),
    "kwh": (Unit.KWH, "1"),
    "兆瓦时": (Unit.MWH, "1"),
    "mwh": (Unit.MWH, "1"),
    "吉瓦时": (Unit.MWH, "1000"),
    "gwh": (Unit.MWH, "1000"),
    "片": (Unit.WAFER, "1"),
    "wafer": (Unit.WAFER, "1"),
    "wafers": (Unit.WAFER, "1"),
    "张": (Unit.WAFER, "1"),
    "卷": (Unit.ROLL, "1"),
    "roll": (Unit.ROLL, "1"),
    "rolls": (Unit.ROLL, "1"),
    "瓶": (Unit.BOTTLE, "1"),
    "bottle": (Unit.BOTTLE, "1"),
    "bottles": (Unit.BOTTLE, "1"),
    "箱": (Unit.BOX, "1"),
    "盒": (Unit.BOX, "1"),
    "box": (Unit.BOX, "1"),
    "boxes": (Unit.BOX, "1"),
    "小时": (Unit.HOUR, "1"),
    "工时": (Unit.HOUR, "1"),
    "机时": (Unit.HOUR, "1"),
    "h": (Unit.HOUR, "1"),
    "hour": (Unit.HOUR, "1"),
    "hours": (Unit.HOUR, "1"),
    "人": (Unit.PERSON, "1"),
    "名": (Unit.PERSON, "1"),
    "person": (Unit.PERSON, "1"),
    "人天": (Unit.PERSON_DAY, "1"),
    "人日": (Unit.PERSON_DAY, "1"),
    "person_day": (Unit.PERSON_DAY, "1"),
    "次": (Unit.TIME, "1"),
    "批": (Unit.TIME, "1"),
    "time": (Unit.TIME, "1"),
    "项": (Unit.ITEM, "1"),
    "item": (Unit.ITEM, "1"),
    "items": (Unit.ITEM, "1"),
    "万元": (Unit.WAN_YUAN, "1"),
    "亿元": (Unit.WAN_YUAN, "10000"),
    "元": (Unit.WAN_YUAN, "0.0001"),
    "wan_yuan": (Unit.WAN_YUAN, "1"),
    "tb": (Unit.TERABYTE, "1"),
    "gb": (Unit.TERABYTE, "0.001"),
    "pb": (Unit.TERABYTE, "1000"),
    "pflops": (Unit.PFLOPS, "1"),
    "eflops": (Unit.PFLOPS, "1000"),
}

MULTIPLIERS: Final = {
    "十": Decimal(10),
    "百": Decimal(100),
    "千": Decimal(1000),
    "万": Decimal(10**4),
    "亿": Decimal(10**8),
}

# Longest first, for patterns that look for a unit in running text.
WRITTEN_UNITS: Final = tuple(sorted(_WRITTEN, key=lambda word: (-len(word), word)))


def to_base(quantity: Decimal, unit: str) -> tuple[Decimal, str]:
    """The amount in the base unit of its family, and the family: 2 t → (2000, "mass").

    Bases: kg, piece, m, m², m³, kW, kWh, h, 元, TB, PFLOPS; containers and services are their own base. Raises
    KeyError for a unit that is not one of `Unit`.
    """
    name, factor = _FACTORS[unit]
    return quantity * factor, name


def family(unit: str) -> str:
    """The family of a unit; "" for no or an unknown unit."""
    return _FACTORS[unit][0] if unit in _FACTORS else ""


def one(unit: str) -> str:
    """The unit in a price: 元/套, CNY … a set. English has a singular where 中文 has one word."""
    known = Unit(unit)
    return str(_ONE.get(known, known.label))


def comparable(unit: str, other: str) -> bool:
    return bool(family(unit)) and family(unit) == family(other)


def parse_unit(text: str) -> tuple[str, Decimal] | None:
    """A unit as people write it, with what one of it is worth: 公斤 → ("kg", 1), 万片 → ("wafer", 10000)."""
    word = unicodedata.normalize("NFKC", text).strip()
    for suffix in ("/月", "每月", "/年", "/天", "/日"):
        word = word.removesuffix(suffix)
    # MW and mW, Mw: capital letters mean nothing here; nobody trades milliwatts.
    known = _WRITTEN.get(word.lower())
    if known is not None:
        return known[0], Decimal(known[1])
    if word in Unit.values:
        return word, Decimal(1)
    by_label = next((unit for unit in Unit if word == str(unit.label)), None)
    if by_label is not None:
        return by_label.value, Decimal(1)
    if len(word) > 1 and word[0] in MULTIPLIERS:
        rest = _WRITTEN.get(word[1:].lower())
        if rest is not None:
            return rest[0], Decimal(rest[1]) * MULTIPLIERS[word[0]]
    return None


_NUMBER = re.compile(r"^([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*([十百千万亿]*)")


def parse_quantity(text: str) -> tuple[Decimal, str] | None:
    """`1,200`, `2万`, `3.5 亿`, `500吨`, `2 万片`: the number with its unit ("" if it has none); None if unreadable."""
    word = unicodedata.normalize("NFKC", text).strip()
    found = _NUMBER.match(word)
    if not found:
        return None
    try:
        number = Decimal(found[1].replace(",", ""))
    except InvalidOperation:
        return None
    letters, rest = found[2], word[found.end() :].strip()
    # 千克, 万元 and 百瓦-like words belong to the unit where the unit is known so.
    while letters:
        whole = parse_unit(letters[-1] + rest)
        if whole is None or letters[-1] + rest not in _WRITTEN:
            break
        letters, rest = letters[:-1], letters[-1] + rest
    for letter in letters:
        number *= MULTIPLIERS[letter]
    if not rest:
        return number, ""
    unit = parse_unit(rest)
    if unit is None:
        return None
    return number * unit[1], unit[0]
