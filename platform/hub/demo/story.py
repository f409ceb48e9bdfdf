"""The demo's story: a bearing maker in 绵阳, the chain leader in 佛山, and the partners they find elsewhere, one of
whom, in 苏州, answers the bearing maker.

Written by hand, so that what the log-in cards promise is true whatever the seed. No Django here.
"""

from datetime import date, timedelta

from hub.demo.catalogue import Node, Product, chain
from hub.demo.world import Capability, Firm, Post, Site, Title, World

SME = "demo-story-sme"
LEADER = "demo-story-leader"
# Buys what the SME makes, and answers its interests.
PARTNER = "demo-story-reducer-suzhou"
CHAIN = "robot"
OFFICIAL_REGION = "510000"

# key, name, short name, place, node, staff, revenue (万元), founded, introduction
_FIRMS: tuple[tuple[str, str, str, str, str, int, float, date, str], ...] = (
    (
        SME, "绵阳砺衡精密轴承有限公司", "砺衡精密", "510703", "bearing", 86, 6240, date(2011, 5, 16),
        "砺衡精密成立于 2011 年，位于绵阳涪城区，专做机器人减速器用柔性轴承、交叉滚子轴承和薄壁轴承，"
        "自有磨削与装配线，产品寿命试验数据可提供。（示例企业）",
    ),
    (
        LEADER, "佛山擎川机器人股份有限公司", "擎川机器人", "440606", "body", 2640, 318_000, date(2006, 9, 8),
        "擎川机器人成立于 2006 年，位于佛山顺德，年产六轴与 SCARA 机器人两万台，是工业机器人链的链主企业，"
        "开放检测实验室，面向全国征集减速器、轴承、编码器与铸件供应商。（示例企业）",
    ),
    (
        PARTNER, "苏州钧朗精密传动有限公司", "钧朗传动", "320505", "reducer", 320, 28_600, date(2014, 3, 20),
        "钧朗传动位于苏州高新区，专做谐波减速器，月产九千台，柔性轴承全部外购。（示例企业）",
    ),
    (
        "demo-story-reducer-hangzhou", "杭州奕驰减速机有限公司", "奕驰减速机", "330110", "reducer", 140, 9800,
        date(2017, 8, 2), "奕驰减速机位于杭州余杭，做小型谐波减速机与关节模组。（示例企业）",
    ),
    (
        "demo-story-reducer-xian", "西安岳衡传动科技有限公司", "岳衡传动", "610113", "reducer", 210, 16_400,
        date(2012, 11, 11), "岳衡传动位于西安雁塔区，做 RV 减速器与中空旋转平台。（示例企业）",
    ),
    (
        "demo-story-steel-jinan", "济南屹铭特钢有限公司", "屹铭特钢", "370112", "special-steel", 860, 132_000,
        date(2003, 4, 28), "屹铭特钢位于济南历城区，生产高碳铬轴承钢与齿轮钢棒材。（示例企业）",
    ),
    (
        "demo-story-steel-wuxi", "无锡汇朗特种钢有限公司", "汇朗特钢", "320206", "special-steel", 230, 35_600,
        date(2009, 6, 1), "汇朗特钢位于无锡惠山区，轴承钢小批量多规格，可锯切配送。（示例企业）",
    ),
    (
        "demo-story-grinding-luoyang", "洛阳擎远精密磨削有限公司", "擎远磨削", "410311", "bearing", 64, 3900,
        date(2015, 10, 9), "擎远磨削位于洛阳洛龙区，承接轴承套圈与精密轴类磨削。（示例企业）",
    ),
)  # fmt: skip

_CERTIFICATES = {
    SME: ("iso9001", "iatf16949"),
    LEADER: ("iso9001", "ce", "cr"),
    PARTNER: ("iso9001", "ce"),
    "demo-story-reducer-hangzhou": ("iso9001",),
    "demo-story-reducer-xian": ("iso9001",),
    "demo-story-steel-jinan": ("iso9001",),
    "demo-story-steel-wuxi": ("iso9001",),
    "demo-story-grinding-luoyang": ("iso9001",),
}

# firm, product of its node, monthly capacity, lead days, title, text
_SUPPLIES: tuple[tuple[str, str, float, int, str, str], ...] = (
    (SME, "柔性轴承", 12_000, 20, "供应谐波减速器柔性轴承 3E905、3E809",
     "谐波减速器用柔性轴承，规格 3E905、3E809，月产能 1.2 万套，20 天交货，附寿命试验报告，可送样。"),
    (SME, "交叉滚子轴承", 1200, 30, "交叉滚子轴承 RB10020、RA8008，P4 级",
     "RB10020、RA8008 交叉滚子轴承，P4 级精度，月产能 1200 套，支持非标内外圈。"),
    (SME, "薄壁角接触球轴承", 3000, 25, "供应薄壁角接触球轴承 KA040",
     "KA040 等截面薄壁角接触球轴承，P5 级，月产能 3000 套，用于关节模组。"),
    (LEADER, "六轴工业机器人", 1500, 45, "六轴工业机器人 10 kg、50 kg，月产 1500 台",
     "六轴工业机器人，负载 10 kg 与 50 kg，月产能 1500 台，全国服务网点。"),
    (LEADER, "SCARA 机器人", 600, 30, "供应 SCARA 机器人 6 kg", "SCARA 机器人，6 kg 600 mm，月产能 600 台。"),
    (PARTNER, "谐波减速器", 9000, 25, "谐波减速器 14-80、20-100、25-120 现货",
     "谐波减速器全系列，月产能 9000 台，背隙 20 角秒以内，25 天交货。"),
    ("demo-story-reducer-hangzhou", "谐波减速器", 2500, 20, "谐波减速机 14-80",
     "小型谐波减速机，月产能 2500 台，适合协作机器人关节。"),
    ("demo-story-reducer-xian", "RV 减速器", 1800, 40, "RV 减速器 20E-121、40E",
     "RV 减速器 20E、40E，月产能 1800 台，可替代进口型号。"),
    ("demo-story-steel-jinan", "高碳铬轴承钢", 6000, 30, "供应 GCr15 高碳铬轴承钢棒材",
     "GCr15、GCr15SiMn 轴承钢棒材，月产能 6000 吨，低氧纯净，执行 GB/T 18254。"),
    ("demo-story-steel-wuxi", "高碳铬轴承钢", 600, 10, "GCr15 轴承钢小规格锯切配送",
     "GCr15 轴承钢小规格棒材，月供 600 吨，10 天内到货，可锯切。"),
)  # fmt: skip

# firm, node that sells it, product of the catalogue, wording, quantity, days until needed, must-haves, title, text
_DEMANDS: tuple[tuple[str, str, str, str, float, int, tuple[str, ...], str, str], ...] = (
    (SME, "special-steel", "高碳铬轴承钢", "GCr15 轴承钢", 120, 75, ("iso9001",), "求购 GCr15 轴承钢 120 吨",
     "GCr15 退火棒材，120 吨分三批到绵阳，附材质单与氧含量检测报告。"),
    (PARTNER, "bearing", "柔性轴承", "柔性轴承 3E905", 8000, 60, ("iso9001",),
     "采购柔性轴承（3E905）8000 套", "谐波减速器扩产，需柔性轴承 3E905 共 8000 套，分批交苏州，要求寿命试验报告。"),
    ("demo-story-reducer-hangzhou", "bearing", "柔性轴承", "谐波减速器柔性轴承", 5000, 90, (),
     "寻谐波减速器柔性轴承供应商", "3E809 规格，年内用量约 5000 套，先送样 20 套验证。"),
    ("demo-story-reducer-xian", "bearing", "交叉滚子轴承", "交叉滚子轴承 RA8008", 400, 80, (),
     "RA8008 交叉滚子轴承，共 400 套", "中空旋转平台用，P4 级，分批到西安。"),
    (LEADER, "bearing", "交叉滚子轴承", "Crossed roller bearing RB10020", 900, 90, ("iso9001",),
     "Sourcing crossed roller bearing RB10020, 900 sets",
     "Crossed roller bearing RB10020, class P4, 900 sets delivered to Foshan within 90 days. Samples first."),
    (LEADER, "reducer", "谐波减速器", "谐波减速器 25-120", 3000, 120, ("iso9001",), "采购谐波减速器（25-120）3000 台",
     "六轴小负载机型用，背隙 30 角秒以内，3000 台分六批交佛山顺德，供应商须通过 ISO 9001。"),
    (LEADER, "reducer", "RV 减速器", "RV 减速机 40E", 1200, 150, (), "RV 减速机 40E，年内 1200 台",
     "50 kg 机型二、三轴用 RV 减速机，寻找第二供应来源。"),
    (LEADER, "encoder", "绝对值编码器", "23 位多圈绝对值编码器", 6000, 120, (), "寻找可替代进口的绝对值编码器",
     "23 位多圈，抗振动，6000 只，接受联合验证。"),
    (LEADER, "special-steel", "机器人本体铸件", "机器人大臂铸件", 1500, 100, (), "机器人大臂、底座铸件 1500 件",
     "210 kg 级大臂与底座球铁铸件，含粗加工，1500 件。"),
    (LEADER, "encoder", "六维力传感器", "六轴力传感器", 200, 90, (), "需要六轴力传感器 200 只",
     "打磨机型末端用，量程 200 N，200 只，要求提供标定证书。"),
)  # fmt: skip

# firm, product of the catalogue's offers, direction, quantity, title, text
_FACTORS: tuple[tuple[str, str, str, float, str, str], ...] = (
    (SME, "精密磨削加工", "demand", 600, "轴承套圈精密磨削外协 600 小时",
     "薄壁套圈内外圆磨削，圆度 1 μm，旺季外协约 600 小时，外省亦可，来回物流我方承担。"),
    (SME, "三坐标测量服务", "demand", 40, "需要三坐标测量服务", "非标套圈首件检验，约 40 小时，需 CNAS 报告。"),
    (SME, "专精特新信用贷款", "demand", 500, "专精特新信用贷款 500 万元", "用于购置两台数控内圆磨床，期限三年。"),
    ("demo-story-grinding-luoyang", "精密磨削加工", "supply", 2400, "轴承套圈精密磨削产能",
     "内外圆磨床十二台，圆度 1 μm，每月可提供 2400 小时，面向全国接单。"),
    (LEADER, "机器人性能检测", "supply", 60, "机器人性能检测开放预约",
     "激光跟踪仪与负载试验台，按 GB/T 12642 出具报告，每月开放 60 次，链上中小企业优惠。"),
)  # fmt: skip


def tell(world: World) -> None:
    """Add the story's firms to a world. Raises KeyError if a place or product they name is missing."""
    robot = chain(CHAIN)
    firms = {row[0]: _firm(world, row) for row in _FIRMS}
    for key, name, capacity, lead, title, text in _SUPPLIES:
        firm = firms[key]
        node = robot.node(firm.node)
        _supply(world, firm, node, _product(node, name), capacity=capacity, lead=lead, title=title, text=text)
    for key, node_key, name, worded, quantity, days, must, title, text in _DEMANDS:
        node = robot.node(node_key)
        firms[key].posts.append(
            Post(
                direction="demand",
                factor="product",
                product=worded,
                title=title,
                text=text,
                industry=node.code,
                quantity=quantity,
                unit=_product(node, name).unit,
                published_days_ago=world.random.randint(0, 6),
                delivery_region=firms[key].place.code,
                deliver_by=world.today + timedelta(days=days),
                certificates=must,
            )
        )
    for key, name, direction, quantity, title, text in _FACTORS:
        _factor(world, firms[key], name, direction=direction, quantity=quantity, title=title, text=text)
    world.firms[:0] = firms.values()


def _product(node: Node, name: str) -> Product:
    return {p.name: p for p in node.products}[name]


def _firm(world: World, row: tuple[str, str, str, str, str, int, float, date, str]) -> Firm:
    key, name, short, code, node_key, staff, revenue, founded, introduction = row
    place = world.place(code)
    node = chain(CHAIN).node(node_key)
    world.names.reserve(name)
    firm = Firm(
        key=key,
        org_type="enterprise",
        name=name,
        short_name=short,
        uscc=world.new_uscc(place, kind="91", right=True),
        uscc_right=True,
        place=place,
        industry=node.code,
        founded_on=founded,
        staff=staff,
        revenue_wan=revenue,
        status="verified",
        verified_days_ago=world.random.randint(20, 200),
        introduction=introduction,
        chain=CHAIN,
        node=node_key,
    )
    firm.sites.append(Site(kind="plant", name=f"{place.city}工厂", region=place.code))
    for kind in _CERTIFICATES[key]:
        world.hold(firm, kind, ago=world.random.randint(60, 700))
    issued = world.today - timedelta(days=400)
    if key == SME:
        firm.titles += [
            Title("specialised", "四川省经济和信息化主管部门", "示例-0086", issued, issued + timedelta(days=1095)),
            Title("innovative", "四川省经济和信息化主管部门", "示例-0412", issued, issued + timedelta(days=1095)),
        ]
    if key == LEADER:
        firm.titles.append(
            Title("champion", "工业和信息化主管部门", "示例-0007", issued, issued + timedelta(days=1095))
        )
    return firm


def _supply(
    world: World, firm: Firm, node: Node, product: Product, *, capacity: float, lead: int, title: str, text: str
) -> None:
    held = tuple(c.kind for c in firm.certificates)
    world.make(firm, node, product, capacity=capacity, lead=lead, minimum=max(1, capacity // 100), held=held)
    firm.posts.append(
        Post(
            direction="supply",
            factor="product",
            product=product.name,
            title=title,
            text=text,
            industry=node.code,
            quantity=capacity,
            unit=product.unit,
            published_days_ago=world.random.randint(0, 12),
            capability=len(firm.capabilities) - 1,
            minimum_order=max(1, capacity // 100),
            lead_time_days=lead,
            price=(round(product.price[0] * 1.05, 2), round(product.price[1] * 0.9, 2)),
            certificates=held,
        )
    )


def _factor(world: World, firm: Firm, name: str, *, direction: str, quantity: float, title: str, text: str) -> None:
    offer = world.offer_named(name)
    number = None
    if direction == "supply":
        firm.capabilities.append(
            Capability(
                factor=offer.factor,
                product=name,
                industry=offer.code,
                description=text,
                models=offer.product.models,
                monthly_capacity=quantity,
                unit=offer.product.unit,
                free_share=40,
                minimum_order=1,
                lead_time_days=10,
                certificates=(),
            )
        )
        number = len(firm.capabilities) - 1
    firm.posts.append(
        Post(
            direction=direction,
            factor=offer.factor,
            product=name,
            title=title,
            text=text,
            industry=offer.code,
            quantity=quantity,
            unit=offer.product.unit,
            published_days_ago=world.random.randint(0, 9),
            capability=number,
        )
    )
