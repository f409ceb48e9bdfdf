import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains.engine import Analysis, Index, Query, analyse, score_pair
from tests.chains.engine.worlds import DICTIONARY, NAMES, offer, read


def head(text: str) -> str:
    return read(text).products[0].head_concept


@pytest.mark.parametrize(
    ("text", "concept", "kind"),
    [
        ("轴承加工设备", "轴承设备", "equipment"),
        ("轴承", "轴承", "part"),
        ("轴承检测服务", "检测", "service"),
        ("锂电池用正极材料", "正极材料", "material"),
        ("用于新能源汽车的IGBT模块", "igbt模块", "part"),
        ("LFP", "磷酸铁锂", "material"),
        ("聚乙烯材料", "聚乙烯", "material"),
        ("废弃资源综合利用板块-贵金属业务", "贵金属", "material"),
        ("lithium battery separator for EV", "锂电池隔膜", "material"),
        ("无纺布 口罩用", "无纺布", "textile"),
        ("乘用车 刹车片", "刹车片", "part"),
        ("不锈钢 管", "管", "material"),
    ],
)
def test_the_head_says_what_a_thing_is(text: str, concept: str, kind: str) -> None:
    assert head(text) == concept
    assert read(text).kind == kind


def test_a_wish_is_taken_apart() -> None:
    found = analyse(
        "求购304不锈钢无缝管 φ20 50吨/月，江苏交货，要求ISO9001，10月底前",
        dictionary=DICTIONARY,
        places=["江苏", "浙江"],
        factor="product",
        industry="3130",
    )
    assert found.is_demand_wording
    assert found.products[0].head_concept == "管"
    assert set(found.grades) == {"304", "φ20"}
    assert found.certificates == ("ISO9001",)
    assert [(q.value, q.unit, q.family, q.base, q.per) for q in found.quantities] == [
        (50.0, "吨", "mass", 50_000.0, "月")
    ]
    assert found.dates == ("10月底前",)
    assert found.places == ("江苏",)
    assert (found.factor, found.industry) == ("product", "3130")
    assert found.dictionary_version == DICTIONARY.version


@pytest.mark.parametrize("way", ["送重庆", "运到重庆", "发往重庆", "送货至重庆", "，送重庆"])
def test_how_it_gets_there_is_no_property_of_the_thing(way: str) -> None:
    plain = analyse("求购304不锈钢无缝管 50 吨", dictionary=DICTIONARY)
    found = analyse(f"求购304不锈钢无缝管 50 吨 {way}", dictionary=DICTIONARY, places=["重庆"])
    assert found.places == ("重庆",)
    assert found.products == plain.products


def test_a_purpose_or_condition_after_a_comma_is_no_product() -> None:
    for text in ("求购高纯石英砂，用于光伏坩埚", "高纯石英砂，光伏坩埚用", "高纯石英砂，要求坩埚"):
        assert [product.head_concept for product in read(text).products] == ["高纯石英"]
    assert any(word.role == "purpose" for word in read("求购高纯石英砂，用于光伏").products[0].words)
    assert [product.head_concept for product in read("轴承，齿轮，螺栓").products] == ["轴承", "齿轮", "螺栓"]


def test_noise_says_nothing() -> None:
    for text in ("锂电池", "锂电池业务", "锂电池系列产品", "锂电池销售收入", "公司锂电池等产品"):
        assert head(text) == "锂电池"
        assert len(read(text).products[0].words) == 1
    for text in ("产品", "业务", "等", "", "   ", "，。"):
        assert read(text).is_empty


def test_a_name_in_brackets_is_the_same_name() -> None:
    assert read("聚四氟乙烯(PTFE)").products[0].words == read("聚四氟乙烯").products[0].words


def test_width_case_and_dashes_do_not_matter() -> None:
    assert read("ＰＣＢ").products[0].signature() == read("pcb").products[0].signature()
    assert read("DC—DC转换器").products[0].head_concept == read("dc-dc转换器").products[0].head_concept


def test_an_analysis_survives_json() -> None:
    for text in (*NAMES, "求购304不锈钢无缝管 50吨/月，要求ISO9001\n用于石化"):
        found = read(text)
        assert Analysis.from_dict(json.loads(json.dumps(found.to_dict()))) == found


HOSTILE = [
    "\x00",
    "轴承\x00设备",
    "\ud800",
    "轴承\udfff",
    "😀" * 50,
    "轴承😀🚗",
    "轴" * 1_000_000,
    "a" * 1_000_000,
    "轴承、" * 300_000,
    "(" * 50_000,
    "1" * 100_000,
    "9" * 400 + "吨",
    "1.1.1.1.1吨",
    "-" * 10_000,
    "\n" * 10_000,
    "\u202e轴承\u200b",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "٣٠٤ 不锈钢",
    "Ⅷ㍿㌀",
    "的" * 5000,
    "用于" * 3000 + "的",
    "ISO" + "9" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_without_harm(text: str) -> None:
    found = read(text)
    assert Analysis.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    found.text.encode()
    index = Index.build([offer(text, 1), offer("轴承", 2)], dictionary=DICTIONARY)
    index.search(Query(analysis=found))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_read_and_answers_itself(text: str) -> None:
    found = read(text)
    if not found.is_empty:
        pair = score_pair(Query(analysis=found), offer(text), dictionary=DICTIONARY)
        assert pair is not None
        assert 0 <= pair.score <= 100
