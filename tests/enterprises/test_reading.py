"""What is understood of a sentence, and what is left alone."""

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.posting import contact_data
from enterprises.reading import chinese_number, read

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
        ("五百吨螺纹钢，明年3月前交货", "螺纹钢", 500, "t", False, "", date(2027, 3, 31)),
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


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="0123456789.,年月日吨件万亿每/前内送重庆个 采购×-", max_size=60))
def test_nothing_that_is_typed_breaks_it(text):
    found = read(text, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    assert found.quantity is None or (found.quantity > 0 and found.unit)
    assert found.deliver_by is None or found.deliver_by >= TODAY


# What a pattern could take for the beginning of something at every place of a long row of it.
ROWS = [
    "万", "百", "十", "1", "1,", "1万", "万吨", "微信 ", " ", "月", "每月", "1月", "加", "a", "a.", "a@", "a@a", "0-",
    "138 ", "www.", "QQ", "㏂", "㏇", "\n", "（", "需要", "的", "贷款1", "四川", "2026年", "工作日",
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("end", ["", "x", "吨"])
def test_a_long_row_of_anything_is_read_in_a_moment(row: str, end: str) -> None:
    """Patterns that try every way to share out a row would take minutes, in a thread that others wait for."""
    begun = time.process_time()
    read(row * 1000 + end, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    read((row * 1000)[:999] + end, today=TODAY, places=PLACES, certificates=CERTIFICATES)
    contact_data(("微信" + row * 4000)[:4000] + end)
    contact_data((row * 4000)[:4000] + end)
    assert time.process_time() - begun < 4
