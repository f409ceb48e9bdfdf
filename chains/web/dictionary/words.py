"""Words of the dictionary's pages."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "dictionary.alias_added": _("添加别名"),
    "dictionary.alias_retired": _("停用别名"),
    "dictionary.concept_created": _("新建概念"),
    "dictionary.concept_edited": _("修改概念"),
    "dictionary.concept_retired": _("停用概念"),
    "dictionary.concepts_merged": _("合并概念"),
    "dictionary.core_loaded": _("载入基础词典"),
    "dictionary.imported": _("导入表格"),
    "dictionary.mining_asked": _("要求发现新词"),
    "dictionary.proposal_accepted": _("采用建议"),
    "dictionary.proposal_rejected": _("否决建议"),
    "dictionary.published": _("发布新版"),
    "dictionary.undone": _("撤销变动"),
}


def action_label(action: str) -> str:
    return str(ACTIONS.get(action, action))
