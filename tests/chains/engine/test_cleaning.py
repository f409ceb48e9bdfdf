import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.engine import REFUSALS, clean_product_name, to_base


@pytest.mark.parametrize(
    "raw",
    [
        "轴承",
        "PVC",
        "其他化工产品",
        "锂电池",
        "融资租赁",
        "证券经纪业务",
        "非金属材料",
        "LED",
        "含氟聚合物",
        "加工中心",
    ],
)
def test_a_clean_name_stays(raw: str) -> None:
    assert (clean_product_name(raw).name, clean_product_name(raw).changed) == (raw, False)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("光纤复合\n架空地线\n", "光纤复合架空地线"),
        ("合成维生素\nE系列", "合成维生素 E系列"),
        ("天然维生素\r\nE系列", "天然维生素 E系列"),
        ("①ATM", "ATM"),
        ("腐蚀防护工程与", "腐蚀防护工程"),
        ("其附属设备", "附属设备"),
        ("以下电力电缆用抗水树XLPE绝缘料", "电力电缆用抗水树XLPE绝缘料"),
        ("（一）轴承", "轴承"),
        ("1、轴承", "轴承"),
        ("轴承（含", "轴承"),
        ("CDMA手机业务宽带运营\nCDMA手机业务", "CDMA手机业务宽带运营"),
        ("ＰＶＣ　树脂", "PVC 树脂"),
        ("航运分部主营业务", "航运"),
        ("其他业务-轴承", "轴承"),
        ("轴承\x00", "轴承"),
        ("“轴承”", "轴承"),
    ],
)
def test_what_is_dirty_is_cleaned(raw: str, name: str) -> None:
    found = clean_product_name(raw)
    assert (found.name, found.changed, found.refused_reason) == (name, True, "")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\x00", "empty"),
        ("合计", "accounting"),
        ("分部间抵销", "accounting"),
        ("减：内部抵销数", "accounting"),
        ("其他业务", "accounting"),
        ("主营业务收入", "accounting"),
        ("主营业务", "accounting"),
        ("利息收入", "accounting"),
        ("未分配项目", "accounting"),
        ("以公允价值计量且其变动计入当期损益的金融资产利息", "accounting"),
        ("国外销售", "accounting"),
        ("产品", "generic"),
        ("销售商品", "generic"),
        ("材料销售", "generic"),
        ("技术", "generic"),
        ("mm", "fragment"),
        ("kV-", "fragment"),
        ("”O", "fragment"),
        ("12.5%", "fragment"),
        ("——", "fragment"),
    ],
)
def test_what_is_no_product_is_refused_with_a_reason(raw: str, reason: str) -> None:
    found = clean_product_name(raw)
    assert (found.name, found.refused_reason) == ("", reason)
    assert reason in REFUSALS


@given(st.text(max_size=200))
def test_any_text_is_cleaned_or_refused(raw: str) -> None:
    found = clean_product_name(raw)
    assert bool(found.name) != bool(found.refused_reason)
    assert len(found.name) <= 120
    again = clean_product_name(found.name) if found.name else found
    assert again.refused_reason in {"", found.refused_reason} or not found.refused_reason


def test_units_have_families() -> None:
    assert to_base(2, "吨") == (2000.0, "mass")
    assert to_base(3, "km") == (3000.0, "length")
    assert to_base(5, "pc") == (5.0, "count")
    assert to_base(1, "MW") == (1_000_000.0, "power")
    assert to_base(1, "光年") is None
