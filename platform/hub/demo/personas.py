"""The four people of the demo's log-in cards. What a card promises holds for every seed (tests/hub/test_demo.py)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

# Known to all; set only where settings.DEMO is on.
PASSWORD = "xielian-demo-2026"  # noqa: S105


@dataclass(frozen=True)
class Persona:
    key: str
    email: str
    name: str
    # Who it is, what it will see, and the name of the URL to which its log-in leads.
    title: Any
    sees: Any
    landing: str


PERSONAS: tuple[Persona, ...] = (
    Persona(
        key="sme",
        email="sme@demo.xielian.example",
        name="陈砺",
        title=_("中小企业 · 四川绵阳的轴承厂"),
        sees=_(
            "砺衡精密做机器人用精密轴承。您会看到外省的减速器厂正在找它的产品、外省的特钢厂能供它的原料，"
            "每条推荐都写明理由。"
        ),
        landing="hub:home",
    ),
    Persona(
        key="leader",
        email="leader@demo.xielian.example",
        name="林擎",
        title=_("链主企业 · 工业机器人链"),
        sees=_("佛山的擎川机器人带着整条链：您会看到各环节有哪些省的哪些企业，以及它自己的采购需求找到了谁。"),
        landing="hub:home",
    ),
    Persona(
        key="official",
        email="official@demo.xielian.example",
        name="王川",
        title=_("区域负责人 · 四川省"),
        sees=_("您会看到本省的企业与供需，以及本省与各省之间的匹配和意向；不足 5 家企业的格子不显示。"),
        landing="hub:home",
    ),
    Persona(
        key="operator",
        email="operator@demo.xielian.example",
        name="运营小协",
        title=_("平台运营"),
        sees=_("您会看到待核验的企业（有几家的信用代码校验位不符）、待审核的供需、后台任务与审计记录。"),
        landing="hub:home",
    ),
)


def persona(key: str) -> Persona | None:
    return next((p for p in PERSONAS if p.key == key), None)
