"""What the demo's chains make: reads the content files beside this module. No Django here."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parent / "content"

# Order of the chains on the pages.
CHAINS = ("nev", "battery", "pv", "ic", "robot", "pharma", "ship", "hydrogen", "aero", "appliance")

# How a content file writes a unit -> (unit of the platform, how many of it).
UNITS: dict[str, tuple[str, float]] = {
    "吨": ("t", 1), "千克": ("kg", 1), "克": ("g", 1), "毫克": ("g", 0.001), "万克拉": ("kg", 2),
    "件": ("pc", 1), "只": ("pc", 1), "支": ("pc", 1), "把": ("pc", 1), "根": ("pc", 1), "块": ("pc", 1),
    "个": ("pc", 1), "张": ("pc", 1), "万件": ("pc", 1e4), "万只": ("pc", 1e4), "万支": ("pc", 1e4),
    "万块": ("pc", 1e4), "万颗": ("pc", 1e4), "万条": ("pc", 1e4), "万盒": ("pc", 1e4), "万袋": ("pc", 1e4),
    "万人份": ("pc", 1e4), "万测试": ("pc", 1e4), "万点": ("pc", 1e4),
    "套": ("set", 1), "组": ("set", 1), "条": ("set", 1), "万套": ("set", 1e4),
    "台": ("unit", 1), "架": ("unit", 1), "艘": ("unit", 1), "座": ("unit", 1), "万台": ("unit", 1e4),
    "辆": ("vehicle", 1), "片": ("wafer", 1), "万片": ("wafer", 1e4), "卷": ("roll", 1),
    "米": ("m", 1), "万米": ("m", 1e4), "公里": ("km", 1), "平方米": ("m2", 1), "万平方米": ("m2", 1e4),
    "立方米": ("m3", 1), "升": ("l", 1), "加仑": ("l", 3.785), "瓶": ("bottle", 1), "万瓶": ("bottle", 1e4),
    "兆瓦": ("mw", 1), "千瓦时": ("kwh", 1), "万千瓦时": ("kwh", 1e4), "小时": ("h", 1),
    "次": ("time", 1), "批": ("time", 1), "单": ("time", 1), "架次": ("time", 1), "台次": ("time", 1),
    "艘次": ("time", 1), "件次": ("time", 1), "车次": ("time", 1),
    "项": ("item", 1), "台月": ("item", 1), "家月": ("item", 1), "人": ("person", 1),
    "人天": ("person_day", 1), "万元": ("wan_yuan", 1), "TB": ("tb", 1), "PFLOPS": ("pflops", 1),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a node. Capacity is a month's, in `unit`; price is in yuan a `unit`."""

    name: str
    aliases: tuple[str, ...]
    unit: str
    capacity: tuple[float, float]
    price: tuple[float, float]
    models: tuple[str, ...]
    detail: str = ""

    @property
    def english(self) -> tuple[str, ...]:
        """The names a buyer would use in an English sentence."""
        return tuple(a for a in self.aliases if a.isascii() and len(a) > 1)


@dataclass(frozen=True, slots=True)
class Node:
    chain: str
    key: str
    name: str
    name_en: str
    code: str  # GB/T 4754-2017 class
    trades: tuple[str, ...]
    home: tuple[str, ...]
    lead: tuple[int, int]  # days
    certificates: tuple[str, ...]
    feeds: tuple[str, ...]  # nodes that buy its products as inputs
    serves: tuple[str, ...]  # nodes downstream that do not: a shipyard's ships are repaired, not built in
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    key: str
    name: str
    name_en: str
    summary: str
    summary_en: str
    nodes: tuple[Node, ...]

    def node(self, key: str) -> Node:
        return next(n for n in self.nodes if n.key == key)

    def links(self) -> list[tuple[Node, Node]]:
        """(upstream, downstream), in the order of the file."""
        return [(n, self.node(key)) for n in self.nodes for key in (*n.feeds, *n.serves)]

    def upstream_of(self, node: Node) -> list[Node]:
        """The nodes whose products this one buys."""
        return [n for n in self.nodes if node.key in n.feeds]

    def layers(self) -> dict[str, int]:
        """Layer of each node, 0 the most upstream. A node stands just before the first that it feeds, so that
        solar glass is drawn beside the module, not beside the ore."""
        layers = {n.key: 0 for n in self.nodes}
        for _ in self.nodes:
            for up, down in self.links():
                layers[down.key] = max(layers[down.key], layers[up.key] + 1)
        for _ in self.nodes:
            for node in self.nodes:
                after = [layers[key] for key in (*node.feeds, *node.serves)]
                if after:
                    layers[node.key] = min(after) - 1
        return layers


@dataclass(frozen=True, slots=True)
class Offer:
    """Something other than a product that changes hands; `by` are the organisation types that supply it."""

    factor: str
    by: tuple[str, ...]
    code: str
    chains: tuple[str, ...]  # empty: of use to all
    product: Product


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    return float(low), float(high or low)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("、") if word.strip())


def parse_product(line: str) -> Product:
    """A content line: name | other names | unit | monthly capacity | price | models [| detail]."""
    name, aliases, unit, capacity, price, models, *detail = (part.strip() for part in line.split("|"))
    platform_unit, times = UNITS[unit]
    low, high = _range(capacity)
    cheap, dear = _range(price)
    return Product(
        name=name,
        aliases=_words(aliases),
        unit=platform_unit,
        capacity=(low * times, high * times),
        price=(cheap / times, dear / times),
        models=_words(models),
        detail=detail[0] if detail else "",
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def chains() -> tuple[Chain, ...]:
    return tuple(_chain(_read(name)) for name in CHAINS)


def _chain(data: dict[str, Any]) -> Chain:
    return Chain(
        key=data["key"],
        name=data["name"],
        name_en=data["name_en"],
        summary=data["summary"],
        summary_en=data["summary_en"],
        nodes=tuple(
            Node(
                chain=data["key"],
                key=node["key"],
                name=node["name"],
                name_en=node["name_en"],
                code=node["code"],
                trades=tuple(node["trades"]),
                home=tuple(node["home"].split()),
                lead=(node["lead"][0], node["lead"][1]),
                certificates=tuple(node["certs"]),
                feeds=tuple(node["feeds"]),
                serves=tuple(node.get("serves", ())),
                products=tuple(parse_product(line) for line in node["products"]),
            )
            for node in data["node"]
        ),
    )


def chain(key: str) -> Chain:
    return next(c for c in chains() if c.key == key)


@cache
def offers() -> tuple[Offer, ...]:
    """The factors that are not products: capacity, technology, equipment, talent, finance, service, data."""
    return tuple(
        Offer(
            factor=group["factor"],
            by=tuple(group["by"].split()),
            code=group["code"],
            chains=tuple(group.get("chains", "").split()),
            product=parse_product(line),
        )
        for group in _read("factors")["group"]
        for line in group["offers"]
    )
