"""Believable names for the demo's firms: city, brand, trade, form. No Django here."""

from random import Random

from hub.demo.catalogue import CONTENT

_FIRST = "锐恒川鼎瑞科华诚嘉宏润泽天元立信中正盛凯博亿凌晟拓启迅卓越铭腾骏力帆昊晨旭辰景弘裕祥"
_FIRST += "融汇聚智维思德铂钰霖源沃青岳峰屹砺擎岩朗皓奕临佰冠同创"
_SECOND = "达泰通腾创驰成原捷宁拓联恩尔特斯盈彩亚奇邦芯能航锋森维林川野浦桥衡业和昌兴隆瑞安康美佳宝"
_SECOND += "图跃远景峻岭源泉华岚洲格睿铭诺卡迈欧顿朗晶钧科"

# Two-character names that belong to well-known firms, or read oddly. A test compares with real listed firms.
AVOID = frozenset((CONTENT / "known_names.txt").read_text(encoding="utf-8").split())
# Trades that read as a whole company name by themselves.
_COMPLETE = ("业", "制造", "技术", "科技", "系统", "材", "服务", "材料", "种植", "农业", "工程", "装备", "设备")
_FORMS = ("有限公司",) * 17 + ("股份有限公司",) * 3
_TECH = ("", "", "", "科技", "技术", "实业")


class NameMaker:
    """Gives every name, and every pair of city and brand, once."""

    def __init__(self, random: Random, *, avoid: frozenset[str] = AVOID) -> None:
        self.random = random
        self._brands = [a + b for a in _FIRST for b in _SECOND if a != b and a + b not in avoid]
        random.shuffle(self._brands)
        self._names: set[str] = set()
        self._shorts: set[str] = set()

    def _brand(self, city: str) -> str:
        while True:
            brand = self.random.choice(self._brands)
            if city + brand not in self._shorts:
                self._shorts.add(city + brand)
                return brand

    def firm(self, *, city: str, trades: tuple[str, ...]) -> tuple[str, str]:
        """(full name, short name) of a maker."""
        brand = self._brand(city)
        trade = self.random.choice(trades)
        extra = self.random.choice(_TECH)
        if extra and (extra[0] in trade[-2:] or trade.endswith(_COMPLETE)):
            extra = ""
        form = self.random.choice(_FORMS)
        return self._once(f"{city}{brand}{trade}{extra}{form}"), brand + trade

    def other(self, *, city: str, pattern: str) -> tuple[str, str]:
        """(full name, short name) from a pattern with {city} and {brand}."""
        brand = self._brand(city)
        full = self._once(pattern.format(city=city, brand=brand))
        return full, full.removesuffix("股份有限公司").removesuffix("有限公司")

    def reserve(self, name: str) -> None:
        """Keep a name that the story uses from being given again."""
        self._names.add(name)

    def _once(self, name: str) -> str:
        if name in self._names:
            raise ValueError(name)
        self._names.add(name)
        return name
