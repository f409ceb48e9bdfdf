"""The people of the demo whom one click logs in. Their accounts are made by the demo's loader."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Persona:
    """`hat` is the kind of workspace that opens for them (foundation.web.hats)."""

    key: str
    email: str
    hat: str
    role: Any
    sees: Any


PERSONAS: Final = (
    Persona(
        "sme",
        "sme@demo.xielian.example",
        "firm",
        _("中小企业"),
        _("自己的供需与每一条推荐的理由；发起合作意向，答复别人的意向。"),
    ),
    Persona(
        "leader",
        "leader@demo.xielian.example",
        "leader",
        _("链主企业"),
        _("本链的环节：谁在哪个省供货，哪里只有一家，哪些需求还没有伙伴。"),
    ),
    Persona(
        "official",
        "official@demo.xielian.example",
        "official",
        _("区域负责人"),
        _("本省的企业与供需；各省之间的匹配与意向；不足 5 家企业的数字不显示。"),
    ),
    Persona(
        "operator",
        "operator@demo.xielian.example",
        "operator",
        _("平台运营"),
        _("待核验的企业、待审核的供需、后台任务与审计记录。"),
    ),
)
