"""Short names, pinyin and English names of divisions."""

import csv
from collections import Counter

import pytest

from regions import naming
from regions.reference import DIVISIONS


def one(name: str, level: str) -> naming.Names:
    parents = {"province": "", "prefecture": "990000", "county": "990100"}
    return naming.name_all([("990199", name, level, parents[level])])["990199"]


def shipped() -> list[dict[str, str]]:
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "level", "short", "english"),
    [
        ("苏州市", "prefecture", "苏州", "Suzhou"),
        ("西安市", "prefecture", "西安", "Xi'an"),
        ("吕梁市", "prefecture", "吕梁", "Lüliang"),
        ("恩施土家族苗族自治州", "prefecture", "恩施州", "Enshi Prefecture"),
        ("克孜勒苏柯尔克孜自治州", "prefecture", "克孜勒苏州", "Kezilesu Prefecture"),
        ("昆山市", "county", "昆山", "Kunshan City"),
        ("单县", "county", "单县", "Shan County"),
        ("海淀区", "county", "海淀区", "Haidian District"),
        ("浦东新区", "county", "浦东新区", "Pudong New Area"),
        ("清新区", "county", "清新区", "Qingxin District"),
        ("青龙满族自治县", "county", "青龙", "Qinglong Manchu Autonomous County"),
        ("威宁彝族回族苗族自治县", "county", "威宁", "Weining Yi, Hui and Miao Autonomous County"),
        ("东乡族自治县", "county", "东乡", "Dongxiang Autonomous County"),
        ("互助土族自治县", "county", "互助", "Huzhu Tu Autonomous County"),
        ("三都水族自治县", "county", "三都", "Sandu Sui Autonomous County"),
        ("管城回族区", "county", "管城区", "Guancheng District"),
    ],
)
def test_a_name_is_shortened_and_put_into_english(name: str, level: str, short: str, english: str) -> None:
    named = one(name, level)
    assert (named.short_name, named.name_en) == (short, english)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("六安市", "lu an shi"),
        ("长子县", "zhang zi xian"),
        ("长治市", "chang zhi shi"),
        ("都江堰市", "du jiang yan shi"),
        ("重庆市", "chong qing shi"),
        ("珲春市", "hun chun shi"),
        ("浚县", "xun xian"),
        ("六盘水市", "liu pan shui shi"),
    ],
)
def test_a_place_is_read_as_its_people_read_it(name: str, key: str) -> None:
    assert naming.pinyin(name) == key


def test_official_english_names_of_provinces_that_pinyin_would_confuse() -> None:
    english = {row["name"]: row["name_en"] for row in shipped() if row["level"] == "province"}
    assert (english["山西省"], english["陕西省"]) == ("Shanxi", "Shaanxi")
    assert (english["内蒙古自治区"], english["香港特别行政区"]) == ("Inner Mongolia", "Hong Kong")
    assert (english["澳门特别行政区"], len(set(english.values()))) == ("Macao", 34)


def test_the_shipped_file_is_what_the_rules_yield() -> None:
    rows = shipped()
    names = naming.name_all((row["code"], row["name"], row["level"], row["parent"]) for row in rows)
    for row in rows:
        named = names[row["code"]]
        assert (row["short_name"], row["name_en"], row["pinyin"]) == (named.short_name, named.name_en, named.pinyin)


def test_no_two_siblings_share_a_short_name_and_none_that_of_a_province() -> None:
    rows = shipped()
    provinces = {row["short_name"] for row in rows if row["level"] == "province"}
    siblings = Counter((row["parent"], row["short_name"]) for row in rows)
    assert [key for key, count in siblings.items() if count > 1] == []
    below = {(row["name"], row["short_name"]) for row in rows if row["level"] != "province"}
    assert {name for name, short in below if short in provinces} == {"北京市", "天津市", "上海市", "重庆市"}
