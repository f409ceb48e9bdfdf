"""The people of the demo whom one click logs in. Their accounts are made by hub.demo.loading.

What a card promises holds for every seed: see hub.demo.story and tests/hub/test_demo.py.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

# Known to all, so that the log-in page can be tried too; set only where settings.DEMO is on.
PASSWORD: Final = "xielian-demo-2026"  # noqa: S105


@dataclass(frozen=True)
class Persona:
    """`hat` is the kind of workspace that opens for them (foundation.web.hats)."""

    key: str
    email: str
    name: str
    hat: str
    role: Any
    sees: Any


PERSONAS: Final = (
    Persona(
        key="sme",
        email="sme@demo.xielian.example",
        name="陈砺",
        hat="firm",
        role=_("中小企业"),
        sees=_(
            "四川绵阳的砺衡精密做机器人用轴承：江苏、浙江、陕西的减速器厂正在找它的产品，山东、江苏的特钢厂能供它的"
            "原料，每条推荐都写明理由。"
        ),
    ),
    Persona(
        key="partner",
        email="partner@demo.xielian.example",
        name="顾朗",
        hat="firm",
        role=_("合作企业"),
        sees=_(
            "苏州的钧朗精密传动做谐波减速器，正在采购柔性轴承：绵阳砺衡发来的意向由它接受或婉拒，接受后双方看到联系方式。"
        ),
    ),
    Persona(
        key="leader",
        email="leader@demo.xielian.example",
        name="林擎",
        hat="leader",
        role=_("链主企业"),
        sees=_("佛山的擎川机器人带着工业机器人链：各环节有哪些省的哪些企业，自己的采购需求找到了谁，哪里还缺伙伴。"),
    ),
    Persona(
        key="official",
        email="official@demo.xielian.example",
        name="王川",
        hat="official",
        role=_("区域负责人"),
        sees=_("四川省的企业与供需；各省之间的匹配与意向；不足 5 家企业的数字不显示。"),
    ),
    Persona(
        key="operator",
        email="operator@demo.xielian.example",
        name="沈协",
        hat="operator",
        role=_("平台运营"),
        sees=_("待核验的企业（有几家的信用代码校验位不符）、待审核的供需、后台任务与审计记录。"),
    ),
)


def persona(key: str) -> Persona:
    """Raises KeyError for a key that is none of theirs."""
    return {p.key: p for p in PERSONAS}[key]
