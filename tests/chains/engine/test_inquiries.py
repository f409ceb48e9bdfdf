"""What is asked for in a text that says more than its name."""

import pytest

from chains.engine import analyse
from tests.chains.engine.worlds import DICTIONARY


def heads(text: str) -> list[str]:
    analysis = analyse(text, dictionary=DICTIONARY, mend=True)
    return [product.head_concept or product.head for product in analysis.products]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        # How many, in words, is no name.
        ("新建厂房，需10kV干式变压器两台、高低压柜一套，含安装调试", "干式变压器"),
        # After a wish, what is known better only describes it.
        ("柯桥贸易商找涤纶坯布，75D仿真丝，克重90左右", "坯布"),
        ("做火锅超市的，想找鱼丸、蟹棒这类冻品的工厂合作贴牌，送到成都冷库", "鱼丸"),
        # What somebody has already is no wish.
        ("电源管理芯片的样品已经完成，找做QFN封装的", "qfn封装"),
        # What is listed before 的 is what it is for.
        ("灌封LED电源和汽车电子的有机硅胶", "有机硅胶"),
        ("给蛋黄、三文鱼和保健品上色用的类胡萝卜素", "类胡萝卜素"),
        # Between spaces a service outranks the good it is done to.
        ("小分子原料药 CDMO 公斤级放大", "cdmo"),
        # On what the service is done is no further wish.
        ("计量校准，压力表和卡尺一批", "计量服务"),
        # Of a text that says enough, nothing is guessed.
        ("需要一家能做6层板的线路板厂，沉金，产品是工业网关，同时希望能帮忙贴片", "多层板"),
        ("手机屏幕外面那层玻璃找谁买", "玻璃"),
        # A thing and what it is for, said apart, beside the one name for both.
        ("新能源大巴车用的空调", "客车空调"),
        ("机车牵引用的变流器", "牵引变流器"),
        ("全钢子午胎模具", "轮胎模具"),
        # Between spaces, what a thing is outranks what it is in or made of; what comes after is what it is for.
        ("柴油机 缸套", "缸套"),
        ("磷酸铁锂 方形电芯", "方形锂电池"),
        ("铝单板 幕墙", "铝单板"),
        ("双面胶带 手机", "双面胶"),
        ("126kV GIS 组合电器 SF6", "组合电器"),
        # English: who sells it, of which grade and how packed is no name.
        ("supplier of caustic soda flakes", "片碱"),
        ("lithium carbonate battery grade", "碳酸锂"),
        ("malic acid, 25kg bags", "苹果酸"),
        ("求购r410a 20吨", "r410a"),
        ("Need 20 tons of soy protein isolate", "大豆分离蛋白"),
        # Who wants something made under his name asks its makers.
        ("汽车减震器 OEM 出口", "减震器"),
        ("奥硝唑注射液", "奥硝唑"),
        ("液压油46号", "液压油"),
        # Between spaces, two names of one thing.
        ("空开 塑壳断路器", "塑壳断路器"),
        # Who offers no such yarn may have what it is made of.
        ("氨纶纱", "氨纶"),
        # The name for both has to be a kind of the thing.
        ("轿车座椅", "乘用车座椅"),
    ],
)
def test_this_is_asked_for(text: str, asked: str) -> None:
    assert asked in heads(text)[:2]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("计量校准，压力表和卡尺一批", "压力仪表"),
        ("纸板线上换的瓦楞辊", "纸板"),
        ("做火锅超市的，想找鱼丸这类冻品的工厂，送到成都冷库", "冷库"),
        ("air suspension parts, need IATF audit docs", "审计服务"),
        ("轿车座椅", "汽车内饰"),
        ("高铁钢轨下面垫的弹性垫板", "钢板"),
    ],
)
def test_this_is_not(text: str, other: str) -> None:
    assert other not in heads(text)


def test_words_that_are_known_one_by_one_are_no_slip_of_the_pen() -> None:
    analysis = analyse("做注射剂瓶子的玻璃管", dictionary=DICTIONARY, mend=True)
    assert analysis.corrected == ()
    assert analyse("摆线针轮减数机", dictionary=DICTIONARY, mend=True).corrected == (
        ("摆线针轮减数机", "摆线针轮减速机"),
    )
