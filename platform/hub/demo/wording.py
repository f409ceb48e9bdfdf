"""How people word what they need and what they offer: formal, terse, by another name, in English. No Django here."""

import re
from dataclasses import dataclass
from datetime import date
from random import Random

from hub.demo.catalogue import Node, Product

# Units as people write them; the platform's own labels.
UNIT_ZH = {
    "t": "吨", "kg": "千克", "g": "克", "pc": "件", "set": "套", "unit": "台", "vehicle": "辆", "m": "米", "km": "千米",
    "m2": "平方米", "m3": "立方米", "l": "升", "mw": "兆瓦", "kwh": "千瓦时", "wafer": "片", "roll": "卷",
    "bottle": "瓶", "h": "小时", "person": "人", "person_day": "人天", "time": "次", "item": "项",
    "wan_yuan": "万元", "tb": "TB", "pflops": "PFLOPS",
}  # fmt: skip
UNIT_EN = {
    "t": "t", "kg": "kg", "g": "g", "pc": "pcs", "set": "sets", "unit": "units", "vehicle": "vehicles", "m": "m",
    "km": "km", "m2": "m²", "m3": "m³", "l": "L", "mw": "MW", "kwh": "kWh", "wafer": "pcs", "roll": "rolls",
    "bottle": "bottles", "h": "hours", "person": "persons", "person_day": "person-days", "time": "times",
    "item": "items", "wan_yuan": "×10,000 CNY", "tb": "TB", "pflops": "PFLOPS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    product: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a demand is about, before somebody words it."""

    product: Product
    purpose: str  # what the buyer makes of it, e.g. 电芯
    quantity: float
    city: str
    by: date
    certificates: tuple[str, ...]  # names, as must-haves


def spaced(text: str) -> str:
    """A space between 中文 and Latin letters or digits, as the house style asks."""
    text = re.sub(r"([\u4e00-\u9fff])([A-Za-z0-9≥φ])", r"\1 \2", text)
    return re.sub(r"([A-Za-z0-9%℃²])([\u4e00-\u9fff])", r"\1 \2", text)


def _worded(product: str, title: str, text: str) -> Wording:
    return Wording(product=product[:100], title=spaced(title), text=spaced(text))


def amount(quantity: float, unit: str) -> str:
    """A quantity as people write it: 1200 吨, 3.5 万片."""
    word = UNIT_ZH[unit]
    if quantity >= 10_000 and unit not in ("wan_yuan",):
        return f"{_plain(quantity / 10_000)} 万{word}" if quantity < 1e8 else f"{_plain(quantity / 1e8)} 亿{word}"
    return f"{_plain(quantity)} {word}"


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value < 100 else f"{value:.0f}"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def demand(random: Random, need: Need) -> Wording:
    product = need.product
    styles = [_formal] * 5 + [_terse] * 4 + [_by_model] * 3 + [_urgent] * 2 + [_for_purpose] * 3 + [_replacing]
    if product.english:
        styles += [_english] * 3
    return random.choice(styles)(random, need)


def _certificates(need: Need) -> str:
    return f"供应商须持有有效的{'、'.join(need.certificates)}证书。" if need.certificates else ""


def _model(random: Random, product: Product) -> str:
    return random.choice(product.models) if product.models else ""


def _other_name(random: Random, product: Product) -> str:
    return random.choice(product.aliases) if product.aliases else product.name


def _formal(random: Random, need: Need) -> Wording:
    name, model, qty = need.product.name, _model(random, need.product), amount(need.quantity, need.product.unit)
    reason = random.choice(
        ("因产线扩产", "为保障明年一季度排产", "为建立第二供应来源", "因新项目定点", "为替换现有供应商", "因订单增加")
    )
    check = random.choice(
        (
            "请随报价附近三个月的出厂检验报告。",
            "首批到货按抽样方案检验，合格后转批量。",
            "需提供样品与材质报告，样品确认周期约两周。",
            "付款：验收合格后 60 天内。",
        )
    )
    text = f"我司{reason}，现公开征集{name}供应商。规格：{model}；数量：{qty}；交付地：{need.city}，{_day(need.by)}前。"
    return _worded(name, f"采购{name}（{model}）{qty}", text + _certificates(need) + check)


def _terse(random: Random, need: Need) -> Wording:
    name, qty = _other_name(random, need.product), amount(need.quantity, need.product.unit)
    verb = random.choice(("求购", "收", "采购", "需要"))
    text = f"{_model(random, need.product)}，{qty}，{need.city}交货，{_day(need.by)}前到。" + _certificates(need)
    return _worded(name, f"{verb} {name} {qty}", text)


def _by_model(random: Random, need: Need) -> Wording:
    product, model = need.product, _model(random, need.product)
    name = f"{model} {random.choice((product.name, _other_name(random, product)))}".strip()
    qty = amount(need.quantity, product.unit)
    text = f"指定规格 {model}，可分批到货，每批附质检单。总量 {qty}，送至{need.city}。" + _certificates(need)
    return _worded(name, f"{name}，共 {qty}", text)


def _urgent(random: Random, need: Need) -> Wording:
    name, qty = _other_name(random, need.product), amount(need.quantity, need.product.unit)
    text = (
        f"产线等料，{need.city}到货，现货优先，{_day(need.by)}前必须到位。"
        f"可先送样小批量，稳定后签年度框架。{_certificates(need)}"
    )
    return _worded(name, f"急需{name}现货 {qty}", text)


def _for_purpose(random: Random, need: Need) -> Wording:
    names = [n for n in (need.product.name, *need.product.aliases) if not n.isascii()]
    name = f"{need.purpose}用{random.choice(names or [need.product.name])}"
    qty = amount(need.quantity, need.product.unit)
    text = (
        f"用于{need.purpose}生产，要求批次一致性好，规格 {_model(random, need.product)}。"
        f"数量 {qty}，{_day(need.by)}前交到{need.city}。{_certificates(need)}"
    )
    return _worded(name, f"寻{name}供应商，{qty}", text)


def _replacing(random: Random, need: Need) -> Wording:
    name, qty = need.product.name, amount(need.quantity, need.product.unit)
    text = (
        f"现用进口件交期超过半年，拟在国内寻找性能相当的{name}，规格 {_model(random, need.product)}，"
        f"年内用量 {qty}，交{need.city}。接受联合开发与共同验证。{_certificates(need)}"
    )
    return _worded(name, f"寻找可替代进口的{name}", text)


def _english(random: Random, need: Need) -> Wording:
    product = need.product
    name = random.choice(product.english)
    model = random.choice([m for m in product.models if m.isascii()] or [""])
    number = _plain(need.quantity) if need.quantity < 10_000 else f"{need.quantity:,.0f}"
    qty = f"{number} {UNIT_EN[product.unit]}"
    spec = f"{name} {model}".strip()
    text = f"Sourcing {spec}, {qty} in total, delivered to {need.city} by {need.by.isoformat()}. Samples first. "
    return _worded(spec, f"Sourcing {spec}, {qty}", text + _certificates(need))


def supply(random: Random, *, product: Product, node: Node, capacity: float, city: str, lead: int) -> Wording:
    """`capacity` is a month's."""
    name, qty = product.name, amount(capacity, product.unit)
    models = "、".join(product.models[: random.randint(1, 3)])
    style = random.randrange(6)
    if style == 0:
        other = _other_name(random, product)
        text = f"规格 {models}，月产能 {qty}，{city}自有工厂，交期约 {lead} 天，可送样。"
        return _worded(other, f"{other}现货供应", text)
    if style == 1 and product.english:
        english = random.choice(product.english)
        return _worded(
            f"{name}（{english}）",
            f"供应{name}（{english}），月产 {qty}",
            f"批量供应{name}（{english}），规格：{models}。交期 {lead} 天，支持按图定制与第三方检测。",
        )
    if style == 2:
        model = _model(random, product)
        full = f"{name} {model}".strip()
        rest = [m for m in product.models if m != model]
        others = f"，另可做 {'、'.join(rest)}" if rest else ""
        return _worded(full, f"{full}，月供 {qty}", f"主力型号 {model}{others}，{lead} 天交货，全国发货。")
    praise = random.choice(
        (
            "产品已批量供应多个省份的下游厂家，质量追溯到批次。",
            "近两年交付准时率稳定，可接受驻厂监造。",
            "产线去年完成数字化改造，在线检测全覆盖。",
            "可承接跨省长期框架订单，支持寄售库存。",
            "有专门的小批量试制线，样品一周内寄出。",
        )
    )
    text = f"我司生产{name}，规格覆盖 {models}，月产能 {qty}，交期约 {lead} 天。{praise}"
    return _worded(
        name, random.choice((f"供应{name}", f"{name}（{models}）供应", f"{city}产{name}，月产能 {qty}")), text
    )


def offer(random: Random, *, product: Product, quantity: float, city: str) -> Wording:
    """Supply of another factor: capacity, technology, equipment, people, money, service, data."""
    qty, models = amount(quantity, product.unit), "、".join(product.models)
    name = random.choice((product.name, product.name, _other_name(random, product)))
    text = f"{product.detail}。范围：{models}。每月可提供 {qty}，地点{city}，面向全国企业。"
    return _worded(name, random.choice((f"提供{name}", f"{name}对外开放", f"{name}（{models}）")), text)


def wish(random: Random, *, product: Product, quantity: float, city: str, trade: str) -> Wording:
    """Demand for another factor."""
    qty = amount(quantity, product.unit)
    name = random.choice((product.name, product.name, _other_name(random, product)))
    text = random.choice(
        (
            f"我司做{trade}，需要{name}，约 {qty}，{_model(random, product)}，外省机构也可以，远程或到{city}均可。",
            f"寻求{name}合作方，预计用量 {qty}，有{trade}行业案例者优先。",
            f"需{name}，{qty}，希望一个月内启动，请说明周期与价格构成。",
        )
    )
    return _worded(name, random.choice((f"需要{name}", f"寻求{name}", f"{name}需求 {qty}")), text)
