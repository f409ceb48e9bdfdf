"""What a purchasing manager would nod at: pairs of a wish and an offer, over many trades."""

import pytest

from chains.engine import Candidate, explain, score_pair
from tests.chains.engine.worlds import DICTIONARY, offer, read, wish

STRONG, LOOSE = 70.0, 45.0


def fit(wanted: str, offered: str) -> float:
    found = score_pair(wish(wanted), offer(offered), dictionary=DICTIONARY)
    return found.score if found else 0.0


def match(wanted: str, offered: str, **more: object) -> Candidate:
    found = score_pair(wish(wanted, **more), offer(offered), dictionary=DICTIONARY)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("LFP", "磷酸铁锂"),
        ("磷酸铁锂", "LiFePO4正极材料"),
        ("lithium iron phosphate", "磷酸铁锂"),
        ("聚四氟乙烯", "PTFE"),
        ("聚四氟乙烯", "聚四氟乙烯(PTFE)树脂"),
        ("片式多层陶瓷电容器", "MLCC"),
        ("绝缘栅双极型晶体管", "IGBT模块"),
        ("印刷线路板", "PCB"),
        ("烧碱", "氢氧化钠"),
        ("双氧水", "过氧化氢"),
        ("酒精", "无水乙醇"),
        ("精对苯二甲酸", "PTA"),
        ("土豆", "马铃薯"),
        ("谷氨酸钠", "味精"),
        ("挖机", "挖掘机"),
        ("钨钢", "硬质合金"),
        ("锂电池", "锂离子动力电池"),
        ("锂电池", "锂电池业务收入"),
        ("螺纹钢", "精细螺纹钢"),
        ("螺纹钢", "HRB400E热轧带肋钢筋"),
        ("轴承", "圆锥滚子轴承"),
        ("轴承", "轴承产品销售"),
        ("钢材", "螺纹钢"),
        ("不锈钢无缝管", "304不锈钢无缝钢管"),
        ("铝型材", "工业铝合金型材"),
        ("光伏组件", "单晶太阳能组件"),
        ("太阳能组件", "solar module"),
        ("正极材料", "磷酸铁锂"),
        ("求购304不锈钢无缝管 50吨，月底前到货", "304不锈钢无缝管"),
        ("我们需要一批用于新能源汽车的IGBT模块，每月5万只", "IGBT模块"),
        ("寻找做精密注塑件的厂家", "精密注塑件"),
        ("棉纱 32支 精梳", "精梳棉纱"),
        ("激光切割机 光纤 6kW", "光纤激光切割机"),
        ("stainless steel seamless pipe", "不锈钢无缝管"),
        ("auto brake pads", "刹车片"),
        ("白砂糖", "机制糖"),
        ("生猪", "商品猪"),
        ("体外诊断试剂", "化学发光诊断试剂"),
        ("ERP软件", "ERP"),
        ("冷链物流", "冷链物流服务"),
        ("废旧动力电池回收", "动力电池回收"),
        ("海上风电塔筒", "风电塔架"),
        ("棉花", "皮棉"),
        ("发动机", "船用柴油机"),
        ("二甲苯", "对二甲苯"),
        ("减速机", "减速器"),
    ],
)
def test_these_offers_answer(wanted: str, offered: str) -> None:
    assert fit(wanted, offered) >= STRONG


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("轴承", "轴承加工设备"),
        ("轴承", "轴承钢"),
        ("轴承", "轴承检测服务"),
        ("轴承加工设备", "轴承"),
        ("锂电池", "铅酸电池"),
        ("铅酸电池", "锂电池"),
        ("锂电池", "锂电池正极材料"),
        ("锂电池", "锂电设备"),
        ("锂电池", "动力电池回收"),
        ("正极材料", "负极材料"),
        ("铝箔", "铜箔"),
        ("铜管", "塑料管"),
        ("口罩", "口罩机"),
        ("柴油", "柴油机"),
        ("柴油机", "柴油"),
        ("丙烷", "二氯丙烷"),
        ("苯酚", "对甲基苯酚"),
        ("锌", "硫酸锌"),
        ("铁", "地铁广告"),
        ("甲烷", "氯甲烷"),
        ("多晶硅", "多晶硅片"),
        ("单晶硅片", "多晶硅片"),
        ("水泥", "水泥设备"),
        ("光伏玻璃", "汽车玻璃"),
        ("服装", "服装机械"),
        ("棉纱", "涤纶长丝"),
        ("猪肉", "牛肉"),
        ("生猪", "猪饲料"),
        ("大豆油", "菜籽油"),
        ("白酒", "啤酒"),
        ("白酒", "玻璃酒瓶"),
        ("活塞", "曲轴"),
        ("刹车片", "汽车座椅"),
        ("客车", "重型卡车"),
        ("散货船", "船舶涂料"),
        ("疫苗", "兽用疫苗"),
        ("原料药", "中药饮片"),
        ("集成电路", "集成电路设备"),
        ("MOSFET", "MLCC"),
        ("LED芯片", "LED照明灯具"),
        ("软件", "硬件"),
        ("船舶", "非船舶贸易业务"),
        ("碳酸锂", "碳酸锂电池级检测服务"),
        ("聚乙烯", "聚丙烯"),
        ("石墨电极", "电极箔"),
        ("智能公交收银系统", "智能仓储管理系统"),
        ("锂电池设备", "光伏设备"),
        ("橡胶", "橡胶机械"),
        ("苹果", "葡萄"),
        ("手套", "手机"),
        ("发光二极管", "LED控制"),
        ("黄金", "权利金"),
        ("成套设备", "电机"),
        ("设计服务", "通信网络规划与设计服务"),
        ("茶叶", "油茶"),
    ],
)
def test_these_offers_are_something_else(wanted: str, offered: str) -> None:
    assert fit(wanted, offered) < LOOSE


@pytest.mark.parametrize(
    ("wanted", "better", "worse"),
    [
        ("精细螺纹钢", "精细螺纹钢", "螺纹钢"),
        ("螺纹钢", "螺纹钢", "钢材"),
        ("304不锈钢板", "304不锈钢板", "不锈钢板"),
        ("304不锈钢板", "不锈钢板", "316不锈钢板"),
        ("220kV变压器", "220kV变压器", "变压器"),
        ("220kV变压器", "变压器", "10kV变压器"),
        ("圆锥滚子轴承", "圆锥滚子轴承", "轴承"),
        ("锂电池用铜箔", "锂电池用铜箔", "铜箔"),
        ("汽油发电机", "汽油发电机", "发电机"),
        ("高压电动机", "高压电动机", "低压电动机"),
        ("木浆", "木浆", "纸浆"),
        ("浓缩苹果汁", "浓缩苹果汁", "浓缩橙汁"),
        ("冷轧带钢", "冷轧带钢", "带钢"),
        ("水性涂料", "水性涂料", "涂料"),
        ("水性涂料", "涂料", "油性涂料"),
        ("轴承", "轴承", "轴承加工"),
        ("车规级MCU", "车规级MCU", "MCU"),
    ],
)
def test_the_closer_offer_comes_first(wanted: str, better: str, worse: str) -> None:
    assert fit(wanted, better) > fit(wanted, worse)


def test_special_answers_general_better_than_the_reverse() -> None:
    assert fit("螺纹钢", "圆盘螺纹钢") > fit("圆盘螺纹钢", "螺纹钢")
    assert fit("电池", "锂电池") > fit("锂电池", "电池")
    assert LOOSE <= fit("锂电池", "电池") < STRONG


def test_the_name_itself_is_a_full_answer() -> None:
    for name in ("轴承", "304不锈钢无缝管", "锂电池用铜箔", "智能公交收银系统", "220kV变压器"):
        assert fit(name, name) == 100


def test_another_grade_is_a_contradiction_that_is_said() -> None:
    found = match("304不锈钢板", "316不锈钢板")
    assert not found.is_strong
    assert found.parts["conflict"] < 0
    assert any("304" in line and "316" in line for line in explain(found, "zh-hans"))
    assert "conflict" not in match("304不锈钢板", "304L不锈钢板").parts
    assert "conflict" not in match("304不锈钢板", "不锈钢板").parts


def test_a_purpose_not_stated_costs_little_and_is_said() -> None:
    found = match("新能源汽车用铝型材", "铝型材")
    assert found.is_strong
    assert [reason.verdict for reason in found.reasons if reason.part == "purpose"] == ["unknown"]
    assert any("新能源汽车" in line for line in explain(found, "zh-hans"))
    assert any("new-energy vehicle" in line for line in explain(found, "en"))


def test_an_alias_is_named_in_the_reason_in_both_languages() -> None:
    found = match("磷酸铁锂", "LFP")
    assert any("LFP" in line and "磷酸铁锂" in line for line in explain(found, "zh-hans"))
    assert any("lithium iron phosphate" in line for line in explain(found, "en"))


def test_another_factor_halves_the_score() -> None:
    same = score_pair(
        wish("轴承加工", factor="processing"), offer("轴承加工", factor="processing"), dictionary=DICTIONARY
    )
    other = score_pair(
        wish("轴承加工", factor="processing"), offer("轴承加工", factor="product"), dictionary=DICTIONARY
    )
    silent = score_pair(wish("轴承加工", factor="processing"), offer("轴承加工"), dictionary=DICTIONARY)
    assert same is not None
    assert other is not None
    assert silent is not None
    assert same.score == silent.score == 100
    assert other.score == 50
    assert other.parts["factor"] == -50


def test_a_description_adds_grades_and_words_but_no_products() -> None:
    offered = read("不锈钢管\n材质304，适用于石化行业，另有轴承库存")
    assert [product.head_concept for product in offered.products if product.standing == 1000] == ["管"]
    assert "304" in offered.grades
    assert fit("304不锈钢管", "不锈钢管\n材质304") > fit("304不锈钢管", "不锈钢管")
    assert fit("轴承", "不锈钢管\n另有轴承") == 0


def test_who_wants_something_made_finds_who_makes_it_but_loosely() -> None:
    assert LOOSE <= fit("PCBA代工", "PCBA") < STRONG
    assert LOOSE <= fit("不锈钢板", "不锈钢") < STRONG
    assert fit("不锈钢板", "不锈钢管") < LOOSE
    assert fit("EPS", "可发性聚苯乙烯") >= STRONG
    assert fit("可发性聚苯乙烯", "EPS") < 100


def test_a_broader_word_is_no_match_but_is_said() -> None:
    found = match("不锈钢无缝管", "无缝钢管")
    lines = explain(found, "zh-hans")
    assert any("更宽" in line and "不锈钢" in line for line in lines)
    assert not any(line.startswith("符合") and "不锈钢" in line for line in lines)


def test_names_are_shown_as_people_write_them() -> None:
    lines = explain(match("220kV变压器", "220kV变压器"), "zh-hans")
    assert any("220kV" in line for line in lines)
    assert any("PTFE" in line for line in explain(match("聚四氟乙烯", "ptfe"), "zh-hans"))


def test_a_list_of_products_answers_for_each() -> None:
    assert fit("螺栓", "轴承、螺栓、齿轮") == 100
    assert fit("齿轮", "轴承、螺栓及齿轮") == 100
    assert fit("储能电池", "动力电池和储能电池") == 100
