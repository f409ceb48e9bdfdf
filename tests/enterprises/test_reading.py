"""What is understood of a sentence, and what is left alone."""

import csv
import time
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.models import Factor, Post
from enterprises.posting import contact_data
from enterprises.reading import Kind, Reading, chinese_number, read
from enterprises.understanding import NAMES_FACTOR, names_of_certificates, names_of_places, understand
from tests.enterprises.sentences import SENTENCES
from tests.factories import CertificateKindFactory, province

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 24)
PLACES = {
    "重庆": "500000",
    "重庆市": "500000",
    "苏州": "320500",
    "四川": "510000",
    "成都": "510100",
    "金华": "330700",
    "常州": "320400",
}
CERTIFICATES = {"iso9001": "iso9001", "iatf16949": "iatf16949"}


@pytest.mark.parametrize(
    ("text", "product", "quantity", "unit", "monthly", "place", "due"),
    [
        (
            "求购500吨/月 磷酸铁锂正极材料，送重庆，12月底前到货",
            "磷酸铁锂正极材料",
            500,
            "t",
            True,
            "500000",
            date(2026, 12, 31),
        ),
        ("我们需要2万片182mm单晶硅片，苏州交货", "182mm单晶硅片", 20000, "wafer", False, "320500", None),
        ("每月采购电解液300吨，送货到四川成都", "电解液", 300, "t", True, "510100", None),
        ("10千瓦逆变器 200台", "10千瓦逆变器", 200, "unit", False, "", None),
        ("采购5吨叉车3台", "5吨叉车", 3, "unit", False, "", None),
        ("采购500吨磷酸铁锂，3个月内交付", "磷酸铁锂", 500, "t", False, "", date(2027, 2, 24)),
        ("长期供应 6061 铝型材，月产能2000吨", "6061 铝型材", 2000, "t", True, "", None),
        ("五百吨螺纹钢，明年3月前交货", "螺纹钢", 500, "t", False, "", date(2027, 2, 28)),
        ("急需碳纤维预浸料，年需 12 万平方米", "碳纤维预浸料", 10000, "m2", True, "", None),
        (
            "LFP-26650 电芯 10 万支，2027年1月15日前送常州",
            "LFP-26650 电芯",
            100000,
            "pc",
            False,
            "320400",
            date(2027, 1, 15),
        ),
        ("寻找激光焊接加工，304不锈钢，厚度 2毫米，约3000件", "激光焊接加工", 3000, "pc", False, "", None),
        ("金华火腿 100箱", "金华火腿", 100, "box", False, "", None),
        ("需要贷款500万元，用于设备更新", "贷款", 500, "wan_yuan", False, "", None),
        ("需要贷款500万", "贷款", 500, "wan_yuan", False, "", None),
        ("融资租赁 两千万，用于设备更新", "融资租赁", 2000, "wan_yuan", False, "", None),
        ("想要 300万 流动资金贷款", "流动资金贷款", 300, "wan_yuan", False, "", None),
        ("贷款管理系统 3 套", "贷款管理系统", 3, "set", False, "", None),
        ("可供应动力电池用铜箔 6μm 每月 80 吨", "动力电池用铜箔 6μm", 80, "t", True, "", None),
        ("DN50 不锈钢球阀 300 只 本月底到货", "DN50 不锈钢球阀", 300, "pc", False, "", date(2026, 11, 30)),
        ("谐波减速器 500台 月底前到货", "谐波减速器", 500, "unit", False, "", date(2026, 11, 30)),
        ("螺栓 2 万件 12 月底前到货", "螺栓", 20000, "pc", False, "", date(2026, 12, 31)),
        ("2万台套伺服电机，第二季度", "伺服电机", 20000, "unit", False, "", date(2027, 6, 30)),
        ("We need 20 tons of lithium carbonate", "lithium carbonate", 20, "t", False, "", None),
        ("五轴加工中心 2 台，12.31 前到货", "五轴加工中心", 2, "unit", False, "", date(2026, 12, 31)),
        ("有机硅 30 吨，重庆", "有机硅", 30, "t", False, "500000", None),
        ("加工中心", "加工中心", None, "", False, "", None),
        ("供应链管理软件", "供应链管理软件", None, "", False, "", None),
        ("电压 3.2V、尺寸 20×2.5 mm 的方形电芯", "电压 3.2V、尺寸 20×2.5 mm 的方形电芯", None, "", False, "", None),
    ],
)
def test_a_sentence_is_understood(text, product, quantity, unit, monthly, place, due):
    found = read(text, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    assert found.product == product
    assert found.quantity == (None if quantity is None else Decimal(quantity))
    assert (found.unit, found.per_month, found.place, found.deliver_by) == (unit, monthly, place, due)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("求购高碳铬轴承钢 GCr15 80 吨", ()),
        ("CR 橡胶密封圈 500 件", ()),
        ("process valve 20 台", ()),
        ("伺服驱动器，须有 CE 和 UL 认证", ("ce", "ul")),
        ("协作机器人，CR认证", ("cr",)),
        ("连接器，ISO9001:2015", ("iso9001",)),
        ("连接器 ISO 90012", ()),
    ],
)
def test_a_certificate_is_not_read_out_of_the_middle_of_another_word(text: str, asked: tuple[str, ...]):
    names = {"cr": "cr", "ce": "ce", "ul": "ul", "iso9001": "iso9001"}
    assert read(text, today=TODAY, certificates=names).certificates == asked


def test_certificates_are_recognised_however_they_are_spaced():
    found = read("汽车轴承，要有 ISO 9001 和 IATF-16949", today=TODAY, certificates=CERTIFICATES)
    assert (found.product, found.certificates) == ("汽车轴承", ("iso9001", "iatf16949"))


def test_a_day_that_has_passed_means_the_next_year_unless_a_year_is_named():
    assert read("轴承，3月5日前", today=TODAY).deliver_by == date(2027, 3, 5)
    assert read("轴承，2026年3月5日前", today=TODAY).deliver_by is None
    assert read("轴承，2027-02-30 到货", today=TODAY).deliver_by is None


@pytest.mark.parametrize(
    ("text", "value"), [("两万三千", 23000), ("十二", 12), ("一百零五", 105), ("三亿", 300000000), ("万", 10000)]
)
def test_chinese_numerals(text, value):
    assert chinese_number(text) == value


@cache
def world() -> tuple[dict[str, str], dict[str, str]]:
    """The names of the real places and certificates."""
    with (ROOT / "regions/data/divisions.csv").open(encoding="utf-8") as file:
        places = names_of_places(
            (row["code"], row["name"], row["short_name"], row["name_en"], row["pinyin"], row["level"])
            for row in csv.DictReader(file)
        )
    with (ROOT / "enterprises/data/certificate_kinds.csv").open(encoding="utf-8") as file:
        return places, names_of_certificates((row["code"], row["name"], row["name_en"]) for row in csv.DictReader(file))


def read_in_world(text: str) -> Reading:
    places, certificates = world()
    return read(text, today=TODAY, places=places, certificates=certificates)


def _written(amount: Decimal | None, unit: str) -> str:
    return f"{amount:f} {unit}" if amount is not None else ""


@pytest.mark.parametrize(("text", "product", "says"), SENTENCES, ids=[text[:30] for text, _, _ in SENTENCES])
def test_a_sentence_of_the_world_is_understood(text, product, says):
    found = read_in_world(text)
    heard = {
        "amount": _written(found.quantity, found.unit) + " a month" * found.per_month,
        "place": found.place,
        "due": str(found.deliver_by or ""),
        "papers": " ".join(found.certificates),
        "only": " ".join(found.regions),
        "km": found.maximum_distance_km,
        "least": _written(found.minimum_order, found.minimum_unit),
        "lead": found.lead_time_days,
        "unused": " / ".join(found.said(Kind.ASIDE)),
    }
    assert found.product == product
    assert {key: value for key, value in heard.items() if value} == says


@pytest.mark.parametrize(
    ("product", "factor"),
    [
        ("热处理外协", Factor.PROCESSING),
        ("CNC 精密加工", Factor.PROCESSING),
        ("anodizing service", Factor.PROCESSING),
        ("数控编程工程师", Factor.TALENT),
        ("mechanical engineers", Factor.TALENT),
        ("设备融资租赁", Factor.FINANCE),
        ("working capital loan", Factor.FINANCE),
        ("加工中心", None),
        ("热处理炉", None),
        ("贷款管理系统", None),
        ("工程师绘图板", None),
    ],
)
def test_what_changes_hands_is_in_the_name(product, factor):
    assert next((one for one, words in NAMES_FACTOR if words.search(product)), None) == factor


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("轴承，3 月前", date(2027, 2, 28)),
        ("轴承，2028 年 3 月前", date(2028, 2, 29)),
        ("轴承，9 月之前", date(2027, 8, 31)),
        ("轴承，12 月前", date(2026, 11, 30)),
        ("轴承，3 月底前", date(2027, 3, 31)),
        ("轴承，下个月 15 号前", date(2026, 12, 15)),
        ("轴承，下周三前", date(2026, 12, 2)),
        ("轴承，春节前", date(2027, 2, 5)),
        ("轴承，国庆节前", date(2027, 9, 30)),
        ("Q235 钢板", None),
        ("轴承，账期 60 天内", None),
        ("轴承，质保 3 年内", None),
        ("bearings by the end of March", date(2027, 3, 31)),
        ("bearings before March", date(2027, 2, 28)),
        ("bearings by 15 March 2027", date(2027, 3, 15)),
        ("bearings in 6 weeks", date(2027, 1, 5)),
        ("bearings, Q2", date(2027, 6, 30)),
        ("bearings before Q2", date(2027, 3, 31)),
        ("bearings by Friday", date(2026, 11, 27)),
        ("march brown cloth", None),
    ],
)
def test_by_when(text, due):
    assert read_in_world(text).deliver_by == due


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("need 100 tons lithium carbonate delivered to Ningde before Dec 31, ISO 9001", "need lithium carbonate"),
        ("求购500吨/月 磷酸铁锂，送重庆，12月底前到货，须 ISO 9001", "求购 磷酸铁锂"),
        ("伺服电机\n50 台，送成都\n750W 带抱闸", "伺服电机\n750W 带抱闸"),
        ("硅片 2 万片，不要单晶", "硅片，不要单晶"),
    ],
)
def test_the_rest_of_a_text_without_its_conditions(text, left):
    assert read_in_world(text).without(set(Kind) - {Kind.ASIDE}) == left


@pytest.mark.parametrize(
    ("text", "place", "amount", "due"),
    [
        ("求鱼丸,在四川有30多家店,月用量大概15吨,送到成都冷库", "510100", "15 t", None),
        ("正极粉,压实2.5以上,首批试用2吨", "", "2 t", None),
        ("储能系统,循环6000次以上,三套", "", "3 set", None),
        ("纸箱,一年大概60万只,送到河南漯河", "411100", "50000 pc", None),
        ("想找人做仪表台那一块", "", "", None),
        ("压力表和卡尺一批", "", "", None),
        ("PP 颗粒,25kg/袋,10 吨", "", "10 t", None),
        ("from Suzhou, delivered to Xi'an, 20 sets", "610100", "20 set", None),
    ],
)
def test_in_long_talk_the_surer_words_count(text, place, amount, due):
    found = read_in_world(text)
    assert (found.place, _written(found.quantity, found.unit), found.deliver_by) == (place, amount, due)


@pytest.mark.django_db
def test_the_form_of_a_supply_gets_the_terms_of_a_supply():
    _reading, found = understand(
        "供应无缝钢管，每月 2000 吨，起订 500 公斤，交期 20 天", direction=Post.Direction.SUPPLY
    )
    assert (found["minimum_order"], found["unit"], found["lead_time_days"]) == ("0.5", "t", 20)
    assert "deliver_by" not in found
    _reading, found = understand("供应螺栓，每月 3 万件，起订 5 吨", direction=Post.Direction.SUPPLY)
    assert "minimum_order" not in found


@pytest.mark.django_db
def test_the_form_of_a_demand_gets_place_radius_and_certificates():
    place = province("四川")
    CertificateKindFactory(code="ccs", name="中国船级社（CCS）认可", name_en="CCS")
    _reading, found = understand("柴油机 8 台，送四川，300 公里内，要船级社证书", direction=Post.Direction.DEMAND)
    assert (found["delivery_region"], found["maximum_distance_km"]) == (place.pk, 300)
    assert found["certificates"] == ["ccs"]
    assert found["product"] == "柴油机"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="0123456789.,年月日吨件万亿每/前内送重庆个 采购×-", max_size=60))
def test_nothing_that_is_typed_breaks_it(text):
    found = read(text, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    assert found.quantity is None or (found.quantity > 0 and found.unit)
    assert found.deliver_by is None or found.deliver_by >= TODAY
    found.without(set(Kind))


# What a pattern could take for the beginning of something at every place of a long row of it.
ROWS = [
    "万", "百", "十", "1", "1,", "1万", "万吨", "微信 ", " ", "月", "每月", "1月", "加", "a", "a.", "a@", "a@a", "0-",
    "138 ", "www.", "QQ", "㏂", "㏇", "\n", "（", "需要", "的", "贷款1", "四川", "2026年", "工作日",
    "iso", "i s o ", "不要", "除", "只要", "起订", "交期", "交期1天", "公里", "1公里内", "within ", "by ", "end of ",
    "1 a ", "mar ", "送", "to ", "预算1", "周", "suzhou ", "有没有", "须", "认证", "1-", "1至", "a b ",
    "no ",
    "更好", "、",
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("end", ["", "x", "吨"])
def test_a_long_row_of_anything_is_read_in_a_moment(row: str, end: str) -> None:
    """Patterns that try every way to share out a row would take minutes, in a thread that others wait for."""
    begun = time.process_time()
    read(row * 1000 + end, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    read((row * 1000)[:999] + end, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    read_in_world((row * 1000)[:999] + end)
    contact_data(("微信" + row * 4000)[:4000] + end)
    contact_data((row * 4000)[:4000] + end)
    assert time.process_time() - begun < 4
