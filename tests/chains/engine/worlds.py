"""A small market for the engine's tests: firms of many provinces, made from a list of names."""

from chains.engine import Analysis, Dictionary, Document, Query, analyse

DICTIONARY = Dictionary.load()

_NAMES = """
轴承 轴承加工设备 圆锥滚子轴承 轴承钢 深沟球轴承6204 轴承套圈 汽车轮毂轴承 铅酸电池 锂电池
锂离子动力电池 磷酸铁锂电池 18650锂电池 LFP-26650电芯 正极材料 磷酸铁锂 LFP正极材料 三元材料
负极材料 电解液 锂电池用铜箔 铜箔 铝箔 锂电设备 动力电池回收 螺纹钢 精细螺纹钢 HRB400E螺纹钢
线材 钢材 304不锈钢无缝管 316不锈钢无缝管 不锈钢焊管 无缝钢管 塑料管 PE管 铜管
聚四氟乙烯(PTFE) PTFE薄膜 聚丙烯 聚乙烯 PVC树脂 PVC管材 聚酯切片 PTA 乙二醇 甲醇 烧碱 氢氧化钠
硫酸 纯碱 光伏组件 单晶硅片 多晶硅 光伏逆变器 光伏支架 太阳能电池片 EVA胶膜 光伏玻璃 IGBT模块
MOSFET MLCC 片式多层陶瓷电容器 铝电解电容器 印制电路板 PCB FPC 集成电路 MCU芯片 LED芯片
LED照明灯具 工业机器人 谐波减速器 伺服电机 减速机 加工中心 数控车床 口罩机 口罩 医用口罩
体外诊断试剂 原料药 中药饮片 注射液 棉纱 涤纶长丝 氨纶 服装 羊绒衫 大米 面粉 大豆油 白砂糖
浓缩苹果汁 猪肉 生猪 饲料 白酒 乳制品 钢结构工程 软件开发 物流服务 仓储 轴承检测服务
船用柴油机 柴油机 柴油 汽油 螺栓 紧固件 汽车零部件 活塞 曲轴 制动盘 刹车片 新能源汽车 客车
重型卡车 散货船 220kV变压器 10kV变压器 干式变压器 电力电缆 控制电缆 光缆 氢燃料电池 储氢瓶
水泥 商品混凝土 瓷砖 浮法玻璃 活性炭 石墨电极 碳纤维 钛白粉 环氧树脂 有机硅 天然橡胶 轮胎 纸箱
木浆 文化纸
"""
NAMES = tuple(_NAMES.split())
REGIONS = ("110000", "310115", "320500", "440300", "510100", "610100", "", "150200")
CERTIFICATES = (None, frozenset({"ISO9001"}), frozenset({"ISO9001", "IATF16949"}), frozenset[str]())


def read(text: str, **more: str) -> Analysis:
    return analyse(text, dictionary=DICTIONARY, **more)


def wish(text: str, **more: object) -> Query:
    return Query(analysis=read(text), **more)  # type: ignore[arg-type]


def offer(text: str, identifier: int = 1, **more: object) -> Document:
    values: dict[str, object] = {"firm_id": identifier, **more}
    return Document(id=identifier, analysis=read(text), **values)  # type: ignore[arg-type]


def market(size: int = 600) -> list[Document]:
    """Posts with every kind of known and unknown value; deterministic."""
    found = []
    for number in range(size):
        text = NAMES[(number * 7) % len(NAMES)]
        if number % 5 == 0:
            text += "、" + NAMES[(number * 13 + 3) % len(NAMES)]
        if number % 7 == 0:
            text += "\n月产能充足，通过ISO9001认证，材质304，适用于汽车"
        found.append(
            Document(
                id=10_000 - number * 3,
                analysis=read(text),
                firm_id=number // 2 % 211,
                region=REGIONS[number % len(REGIONS)],
                factor=("", "product", "processing", "service")[number % 4],
                industry=("", "3451", "3841", "2614")[number % 4],
                capacity=None if number % 3 == 0 else float(number * 37 % 900 + 1),
                unit_family=("mass", "count")[number % 2],
                min_order=None if number % 4 else float(number % 50),
                lead_time_days=None if number % 6 == 0 else number % 60,
                certificates=CERTIFICATES[number % 4],
                available_from=None if number % 5 else 739_000 + number % 40,
                available_to=None if number % 3 else 739_000 + number % 90,
                delivers_to=frozenset({"320000"}) if number % 11 == 0 else frozenset(),
                visibility=("public", "public", "verified", "invited")[number % 4],
                invited_firms=frozenset({number % 7, 77}),
                blocked_firms=frozenset({5}) if number % 13 == 0 else frozenset(),
            )
        )
    return found


def wishes() -> list[Query]:
    """Demands with every kind of condition."""
    found = []
    sentences = ("求购304不锈钢无缝管 50吨", "用于新能源汽车的IGBT模块", "6204轴承，要求ISO9001")
    for number, name in enumerate((*NAMES, *sentences)):
        found.append(
            Query(
                analysis=read(name),
                factor=("", "product")[number % 2],
                industry=("", "3451", "38")[number % 3],
                quantity=None if number % 2 else float(number * 5 % 400 + 1),
                unit_family=("mass", "count", "")[number % 3],
                quantity_is_must=number % 10 == 4,
                deliver_by=None if number % 3 else 739_050,
                deliver_by_is_must=number % 9 == 3,
                today=None if number % 4 == 1 else 739_010,
                delivery_regions=frozenset({"320500"}) if number % 5 == 0 else frozenset(),
                required_certificates=frozenset({"ISO9001"}) if number % 8 == 0 else frozenset(),
                wanted_certificates=frozenset({"ISO9001", "IATF16949"}) if number % 6 == 1 else frozenset(),
                blocked_firms=frozenset({3, 9}),
                own_firm=(None, 5, 77)[number % 3],
                include_regions=frozenset({"440000", "31", "3205"}) if number % 12 == 5 else frozenset(),
                include_industries=frozenset({"34", "38"}) if number % 14 == 6 else frozenset(),
                freight_sensitive=number % 5 == 0,
                freight_closeness={"31": 0.9, "44": 0.2} if number % 10 == 0 else {},
                strong_only=number % 15 == 7,
            )
        )
    return found
