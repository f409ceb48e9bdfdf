"""A folder of made-up listed firms, products and links, large enough to be killed in the middle of, dirty in places."""

import csv
import random
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path

from chains.listed_import import reading

MATERIALS = ["不锈钢", "铝合金", "钛合金", "碳钢", "黄铜", "尼龙", "聚丙烯", "陶瓷", "铸铁", "碳纤维", "橡胶", "玻璃钢"]
THINGS = [
    "轴承",
    "法兰",
    "阀门",
    "齿轮",
    "紧固件",
    "弹簧",
    "管材",
    "板材",
    "密封圈",
    "外壳",
    "滤网",
    "支架",
    "叶轮",
    "导轨",
]
NOISE = ["其他业务收入", "内部抵消", "合计", "", "—"]
REGIONS = ["510100", "330100", "370100", "440300", "110105", "320500", ""]
PER_FIRM = 8


def names() -> Iterator[str]:
    for size, material, thing in product(("", "精密", "大型", "微型", "耐高温", "食品级"), MATERIALS, THINGS):
        yield f"{size}{material}{thing}"


def make(folder: Path, *, products: int, links: int, seed: int = 1) -> Path:
    """Write firms.csv, products.csv and links.csv; two rows in twelve are noise, repeated or need cleaning."""
    dice = random.Random(seed)
    wanted = list(islice(names(), products))
    dice.shuffle(wanted)
    symbols = [f"9{number:05}" for number in range(-(-products // PER_FIRM))]
    firms = [
        (symbol, f"试{symbol}", f"试验{symbol}股份有限公司", REGIONS[n % len(REGIONS)], "通用设备", "2001-02-03")
        for n, symbol in enumerate(symbols)
    ]
    rows: list[tuple[str, str, str]] = []
    for number, name in enumerate(wanted):
        symbol = symbols[number // PER_FIRM]
        rows.append((symbol, f"{name[:2]}\n{name[2:]}" if number % 12 == 7 else name, "0.1"))
        if number % 12 == 5:
            rows.append((symbol, dice.choice([name, dice.choice(NOISE)]), "0.1"))
    rows.append(("999999", "没有企业的产品", "0.1"))
    pairs = [(wanted[n], wanted[-1 - n]) for n in range(links)]
    folder.mkdir(parents=True)
    for file, body in (("firms", firms), ("products", rows), ("links", pairs)):
        with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(reading.FILES[file])
            writer.writerows(body)
    return folder
