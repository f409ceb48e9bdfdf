"""What each kind of job is called on a page. A test asks that every kind has a name."""

from django.utils.translation import gettext_lazy as _

from foundation.models import Job

NAMES = {
    "foundation.periodic": _("定时任务"),
    "foundation.mail_notices": _("发送通知邮件"),
    "foundation.anchor_audit": _("审计链存证"),
    "foundation.forget": _("清理过期记录"),
    "chains.match_posts": _("更新匹配"),
    "chains.rematch": _("全部重新匹配"),
    "chains.rematch_chunk": _("重新匹配（分块）"),
    "chains.match_firm": _("更新一家企业的匹配"),
    "chains.build_index": _("建立匹配索引"),
    "chains.place_firms": _("归入产业链环节"),
    "chains.preview_dictionary": _("预览词典变动的影响"),
    "chains.mine_dictionary": _("从供需中发现新词"),
    "chains.import_dictionary": _("导入词典表格"),
    "chains.import_listed": _("导入上市公司数据"),
    "enterprises.expire_posts": _("供需到期处理"),
    "enterprises.recheck_firms": _("企业到期复核"),
    "chains.import_listed_chunk": _("导入上市公司数据（分块）"),
    "enterprises.import_rows": _("导入文件"),
    "enterprises.forget_imports": _("清理导入文件"),
    "enterprises.mail_invitation": _("发送成员邀请"),
}


def job_name(job: Job) -> str:
    return str(NAMES.get(job.kind, job.kind))
