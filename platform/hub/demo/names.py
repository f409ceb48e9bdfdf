"""Believable names for the demo's firms: city, brand, trade, form. No Django here."""

from random import Random

_FIRST = "锐恒川鼎瑞科华诚嘉宏润泽天元立信中正盛凯博亿凌晟拓启迅卓越铭腾骏力帆昊晨旭辰景弘裕祥"
_FIRST += "融汇聚智维思德铂钰霖源沃青岳峰屹砺擎岩朗皓奕临佰冠同创"
_SECOND = "达泰通腾创驰成原捷宁拓联恩尔特斯盈彩亚奇邦芯能航锋森维林川野浦桥衡业和昌兴隆瑞安康美佳宝"
_SECOND += "图跃远景峻岭源泉华岚洲格睿铭诺卡迈欧顿朗晶钧科"

# Two-character names that belong to well-known firms, or read oddly. A test compares with real listed firms.
AVOID = frozenset(
    "华为 中兴 比亚 宁德 隆基 通威 天合 晶科 晶澳 阿特 中芯 华虹 长电 华天 通富 北方 中微 拓荆 汇川 埃斯 新松 埃夫 "
    "绿的 双环 恒瑞 石药 齐鲁 复星 药明 凯莱 博腾 九洲 美的 格力 海尔 海信 长虹 创维 康佳 立讯 歌尔 蓝思 京东 亿纬 "
    "国轩 欣旺 孚能 瑞浦 中创 恩捷 星源 天赐 新宙 容百 当升 华友 格林 赣锋 天齐 盛新 雅化 阳光 锦浪 固德 德业 福斯 "
    "福莱 信义 中环 协鑫 大全 特变 金风 明阳 三一 中联 徐工 潍柴 玉柴 吉利 长安 长城 奇瑞 江淮 东风 一汽 上汽 广汽 "
    "北汽 理想 小鹏 蔚来 零跑 哪吒 赛力 宇通 金龙 福田 重汽 陕汽 拓普 三花 银轮 伯特 均胜 德赛 华域 福耀 亿华 国鸿 "
    "重塑 捷氢 中材 科华 科达 科力 科士 科大 中航 中天 亨通 远东 宝胜 东方 上海 中科 中正 天元 天泰 天通 天达 天能 "
    "正泰 正业 正源 信达 信泰 立邦 宏图 润达 创维 凯盈 嘉诺 同方 同仁 中通 中成 中原 中宝 中华 中康 中安 中图 元图 "
    "川能 川航 中远 国药 华润 华晨 华联 华能 华康 华安 华昌 华泰 华科 华业 华兴 华美 华特 金龙 信维 思维 维维 "
    "天成 天邦 天洲 天华 天源 天安 天宝 天瑞 天科 天奇 德邦 德尔 嘉宝 嘉美 盛业 盛兴 盛达 盛科 兴业 三安 海康".split()
)
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
