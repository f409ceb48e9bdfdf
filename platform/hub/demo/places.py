"""Where the demo's firms are: counties of the 31 mainland provinces. No Django here."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Province -> (the name used in content files, a weight: roughly how much industry it has).
PROVINCES: dict[str, tuple[str, float]] = {
    "11": ("京", 3.0), "12": ("津", 2.2), "13": ("冀", 3.2), "14": ("晋", 1.8), "15": ("内蒙古", 1.8),
    "21": ("辽", 2.8), "22": ("吉", 1.8), "23": ("黑", 1.6), "31": ("沪", 3.6), "32": ("苏", 6.0),
    "33": ("浙", 5.4), "34": ("皖", 3.8), "35": ("闽", 3.0), "36": ("赣", 2.6), "37": ("鲁", 5.0),
    "41": ("豫", 3.8), "42": ("鄂", 3.6), "43": ("湘", 3.2), "44": ("粤", 6.4), "45": ("桂", 1.9),
    "46": ("琼", 0.9), "50": ("渝", 2.9), "51": ("川", 4.0), "52": ("贵", 1.6), "53": ("云", 1.7),
    "54": ("藏", 0.5), "61": ("陕", 2.8), "62": ("甘", 1.4), "63": ("青", 0.8), "64": ("宁", 1.0),
    "65": ("新", 1.5),
}  # fmt: skip
PREFIX_OF = {short: prefix for prefix, (short, _weight) in PROVINCES.items()}

# What follows the place's own name in 阿坝藏族羌族自治州.
_PEOPLES = re.compile(
    "(藏族|羌族|彝族|苗族|侗族|布依族|土家族|朝鲜族|回族|蒙古|哈尼族|傣族|白族|景颇族|傈僳族|壮族|哈萨克|柯尔克孜|黎族|满族).*"
)
# Prefecture-level headings that are no place but a list of what the province governs directly, and
# the municipalities' own "county" heading.
_HEADINGS = ("直辖", "县级行政区划", "市辖区")
_MUNICIPALITIES = ("11", "12", "31", "50")
# Islands without industry.
_WITHOUT_INDUSTRY = ("4603",)


@dataclass(frozen=True, slots=True)
class Place:
    """A county (or a prefecture without counties) and the city whose name firms there carry."""

    code: str
    name: str
    city: str
    province: str  # prefix of two digits
    province_name: str


def city_word(name: str) -> str:
    """The word by which people call a prefecture: 绵阳市 -> 绵阳, 阿坝藏族羌族自治州 -> 阿坝."""
    word = _PEOPLES.sub("", name)
    word = re.sub(r"(自治州|自治县|地区|市|盟|林区|县)$", "", word)
    return word or name


def counties(rows: Iterable[Mapping[str, str]]) -> list[Place]:
    """Places from rows with code, name, level, parent (divisions.csv, or the Region table)."""
    table = {row["code"]: row for row in rows}
    parents = {row["parent"] for row in table.values()}
    places = []
    for code, row in sorted(table.items()):
        if code[:2] not in PROVINCES or row["level"] == "province" or code in parents:
            continue
        if _is_heading(row["name"]) or code.startswith(_WITHOUT_INDUSTRY):
            continue
        province = table[code[:2] + "0000"]["name"]
        upper = table.get(row["parent"], row)
        if code[:2] in _MUNICIPALITIES:
            city = province
        elif upper["level"] == "province" or _is_heading(upper["name"]):
            city = row["name"]  # governed by the province itself: 济源市
        else:
            city = upper["name"]
        places.append(
            Place(code=code, name=row["name"], city=city_word(city), province=code[:2], province_name=province)
        )
    return places


def _is_heading(name: str) -> bool:
    return name == "县" or any(word in name for word in _HEADINGS)


def read_divisions(path: Path) -> list[Place]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return counties(csv.DictReader(file))
