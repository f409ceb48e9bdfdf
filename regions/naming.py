"""Short names, pinyin and English names of administrative divisions, derived from their full 中文 names.

Pure: no Django, no database. `regions/data/readings.csv` holds the place names whose reading a general dictionary
gets wrong, `regions/data/name_exceptions.csv` the names that no rule yields (official English names, 州 that share
a stem with a province). Both are keyed so that a newer edition of the codes keeps using them.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin

DATA = Path(__file__).resolve().parent / "data"

# Longest first, so that 土家族 is not read as 家族 behind 土.
NATIONALITIES: dict[str, str] = {
    "柯尔克孜": "Kyrgyz",
    "维吾尔": "Uyghur",
    "哈萨克": "Kazakh",
    "达斡尔": "Daur",
    "鄂温克": "Ewenki",
    "鄂伦春": "Oroqen",
    "塔吉克": "Tajik",
    "土家": "Tujia",
    "蒙古": "Mongol",
    "布依": "Buyei",
    "朝鲜": "Korean",
    "哈尼": "Hani",
    "傈僳": "Lisu",
    "东乡": "Dongxiang",
    "仡佬": "Gelao",
    "拉祜": "Lahu",
    "纳西": "Naxi",
    "仫佬": "Mulao",
    "锡伯": "Xibe",
    "景颇": "Jingpo",
    "撒拉": "Salar",
    "布朗": "Blang",
    "毛南": "Maonan",
    "普米": "Pumi",
    "保安": "Bonan",
    "裕固": "Yugur",
    "独龙": "Derung",
    "各": "Multi-Ethnic",
    "壮": "Zhuang",
    "回": "Hui",
    "满": "Manchu",
    "苗": "Miao",
    "彝": "Yi",
    "藏": "Tibetan",
    "侗": "Dong",
    "瑶": "Yao",
    "白": "Bai",
    "黎": "Li",
    "傣": "Dai",
    "畲": "She",
    "佤": "Va",
    "水": "Sui",
    "羌": "Qiang",
    "土": "Tu",
    "怒": "Nu",
}
_BY_LENGTH = sorted(NATIONALITIES, key=len, reverse=True)
_DIRECT = re.compile(r"(省|自治区)直辖县级行政区划$")


@dataclass(frozen=True)
class Names:
    short_name: str
    name_en: str
    pinyin: str


@dataclass(frozen=True)
class _Parts:
    """青龙满族自治县 = stem 青龙 + nationalities (满,) + suffix 自治县."""

    stem: str
    nationalities: tuple[str, ...]
    suffix: str


@cache
def _readings() -> tuple[tuple[str, tuple[str, ...]], ...]:
    with (DATA / "readings.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], tuple(row["pinyin"].split())) for row in csv.DictReader(file)]
    for text, syllables in rows:
        if len(text) != len(syllables):
            raise ValueError(f"readings.csv: {text} has {len(text)} characters but {len(syllables)} syllables")
    # Single characters first: a longer entry then has the last word.
    return tuple(sorted(rows, key=lambda row: len(row[0])))


@cache
def _exceptions() -> Mapping[str, tuple[str, str]]:
    with (DATA / "name_exceptions.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["short_name"], row["name_en"]) for row in csv.DictReader(file)}


def pinyin(name: str) -> str:
    """Toneless syllables parted by spaces, as a sort and search key: 苏州市 → "su zhou shi", ü as v."""
    syllables = lazy_pinyin(name, style=Style.NORMAL)
    if len(syllables) != len(name):  # Latin or digits inside: one item per run, nothing to correct by position
        return " ".join(syllables)
    for text, reading in _readings():
        start = name.find(text)
        while start >= 0:
            syllables[start : start + len(text)] = reading
            start = name.find(text, start + len(text))
    return " ".join(syllables)


def romanise(name: str, *, first: int | None = None) -> str:
    """One capitalised word by the rules for Chinese place names: 西安 → Xi'an, 绿园 → Lüyuan.

    With `first`, that many leading characters of the name, read in the light of the whole: 单 of 单县 is Shan.
    """
    word = ""
    syllables = pinyin(name).replace("lv", "lü").replace("nv", "nü").split()
    for syllable in syllables[:first] if first else syllables:
        word += "'" + syllable if word and syllable[0] in "aeo" else syllable
    return word[:1].upper() + word[1:]


def _parts(name: str) -> _Parts:
    for suffix in ("自治区", "自治州", "自治县", "自治旗", "族区"):
        if not name.endswith(suffix):
            continue
        stem, suffix = (name[:-1], "区") if suffix == "族区" else (name[: -len(suffix)], suffix)
        found: list[str] = []
        peeled = True
        while peeled:
            peeled = False
            for people in _BY_LENGTH:
                for ending in (people + "族", people):
                    # "鄂伦春自治旗" and "东乡族自治县" are named for the people itself: something must be left.
                    if stem.endswith(ending) and len(stem) - len(ending) >= 2 and (found or len(ending) > 1):
                        stem, peeled = stem[: -len(ending)], True
                        found.insert(0, people)
                        break
                if peeled:
                    break
        return _Parts(stem.removesuffix("族") if len(stem) > 2 else stem, tuple(found), suffix)
    for suffix in ("特别行政区", "特区", "新区", "矿区", "地区", "群岛", "省", "市", "县", "区", "旗", "盟"):
        # 清新区 is the district of 清新, not a new area called 清.
        least = 2 if len(suffix) == 2 else 1
        if name.endswith(suffix) and len(name) - len(suffix) >= least:
            return _Parts(name[: -len(suffix)], (), suffix)
    return _Parts(name, (), "")


def _short(name: str, level: str) -> str:
    """The name people say. Districts and banners keep their 区 or 旗: 海淀区, 达拉特旗, but 昆山, 正定, 青龙."""
    direct = _DIRECT.search(name)
    if direct:
        return f"{direct[1]}直辖"
    part = _parts(name)
    if part.suffix == "自治州":
        return part.stem + "州"
    if part.suffix == "自治旗":
        return part.stem + "旗"
    if level == "county" and part.suffix in ("区", "新区", "矿区", "旗", "特区", "群岛"):
        return part.stem + part.suffix
    if part.suffix == "盟" or len(part.stem) < 2:
        return name
    return part.stem


_ENGLISH_KIND = {
    "市": "City",
    "县": "County",
    "区": "District",
    "新区": "New Area",
    "矿区": "Mining District",
    "特区": "Special District",
    "旗": "Banner",
    "盟": "League",
    "地区": "Prefecture",
    "自治州": "Prefecture",
    "群岛": "Islands",
}


def _english(name: str, level: str) -> str:
    if _DIRECT.search(name):
        return "Directly administered county-level divisions"
    part = _parts(name)
    if part.suffix in ("自治县", "自治旗"):
        kind = "Autonomous County" if part.suffix == "自治县" else "Autonomous Banner"
        peoples = [NATIONALITIES[people] for people in part.nationalities]
        named = ", ".join(peoples[:-1]) + " and " + peoples[-1] if len(peoples) > 1 else "".join(peoples)
        return " ".join(word for word in (romanise(name, first=len(part.stem)), named, kind) if word)
    # 赵县, 城区: a stem of one character is spoken together with its suffix.
    if level == "county" and len(part.stem) == 1 and part.suffix in ("区", "市"):
        return f"{romanise(name)} {_ENGLISH_KIND[part.suffix]}"
    if level == "prefecture" and part.suffix == "市":
        return romanise(name, first=len(part.stem))
    kind = _ENGLISH_KIND.get(part.suffix, "")
    return f"{romanise(name, first=len(part.stem))} {kind}".strip() if kind else romanise(name, first=len(part.stem))


def name_all(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, Names]:
    """Names for a whole edition at once, by code; rows are (code, name, level, parent code or "").

    A whole edition, because a short name may not be one that a province, the own parent or a sibling has already:
    临夏市 and 临夏县 keep their 市 and 县, and so does 吉林市.
    """
    listed = list(rows)
    exceptions = _exceptions()
    wanted = {code: exceptions.get(code, ("", ""))[0] or _short(name, level) for code, name, level, _parent in listed}
    provinces = {wanted[code] for code, _name, level, _parent in listed if level == "province"}
    family: dict[str, dict[str, int]] = {}
    for code, _name, _level, parent in listed:
        siblings = family.setdefault(parent, {})
        siblings[wanted[code]] = siblings.get(wanted[code], 0) + 1
    result: dict[str, Names] = {}
    for code, name, level, parent in listed:
        short, (_, english) = wanted[code], exceptions.get(code, ("", ""))
        if not exceptions.get(code, ("", ""))[0] and level != "province":
            taken = short in provinces or wanted.get(parent) == short or family[parent][short] > 1
            # 110100 北京市 below 110000 北京市 is the same place, not a namesake.
            same_place = level == "prefecture" and wanted.get(parent) == short and parent[:2] in _MUNICIPALITIES
            if taken and not same_place:
                part = _parts(name)
                short = part.stem + "县" if part.suffix == "自治县" else name
        result[code] = Names(short_name=short, name_en=english or _english(name, level), pinyin=pinyin(name))
    return result


_MUNICIPALITIES = ("11", "12", "31", "50")
