"""What every step of registration asks first: who may, and is the code one that can be taken."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enterprises import uscc
from enterprises.models import Enterprise, Member, VerificationEvent
from foundation.errors import RefusedError
from foundation.models import User

# Named in the audit log as changed, but not with their content: the log can never forget.
PERSONAL = frozenset({"contact_name", "contact_phone", "contact_email"})


_PHONE = re.compile(r"[0-9+()（）\-转 ext.#]*")
BAD_ADDRESS = gettext_lazy("请填写完整的网址，例如 https://www.example.com。")
# 95588 is a number; 138 is the beginning of one.
FEWEST_DIGITS = 5


def phone_problem(text: str) -> str:
    """What is wrong with a telephone number, in words; "" for one that can be dialled, or for none."""
    if not text:
        return ""
    if not _PHONE.fullmatch(text):
        return _("电话由数字、空格、加号、括号和短横线组成，例如 028-85550000。")
    if sum(character.isdigit() for character in text) < FEWEST_DIGITS:
        return _("电话太短：请填写完整的手机号，或带区号的座机号，例如 028-85550000。")
    return ""


def locked(enterprise: Enterprise) -> Enterprise:
    """The firm's row, locked until the end of the transaction. Every write of this stage takes it first."""
    return Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)


def need_editor(by: User, enterprise: Enterprise) -> Member:
    member = _membership(by, enterprise)
    if member is None or not member.can_edit:
        raise RefusedError(_("只有企业的负责人或编辑可以这样做。"), code="not_allowed")
    return member


def need_owner(by: User, enterprise: Enterprise) -> Member:
    member = _membership(by, enterprise)
    if member is None or member.role != Member.Role.OWNER:
        raise RefusedError(_("只有企业负责人可以这样做。"), code="not_allowed")
    return member


def need_operator(by: User, enterprise: Enterprise) -> None:
    """Staff only, and nobody checks a firm of their own."""
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以这样做。"), code="not_allowed")
    if _membership(by, enterprise) is not None:
        raise RefusedError(_("您是该企业的成员，请由其他运营人员处理。"), code="own_firm")


def _membership(by: User, enterprise: Enterprise) -> Member | None:
    return Member.objects.active_for(by).filter(enterprise_id=enterprise.pk).first()


def need_note(note: str) -> str:
    text = note.strip()
    if not text:
        raise RefusedError(_("请写明理由，对方会看到。"), code="note_missing", field="note")
    return text


def owners(enterprise: Enterprise) -> list[User]:
    rows = Member.objects.active().filter(enterprise_id=enterprise.pk, role=Member.Role.OWNER)
    return list(User.objects.filter(pk__in=rows.values("user_id"), is_active=True))


def operators() -> list[User]:
    return list(User.objects.filter(is_operator=True, is_active=True))


def add_event(enterprise: Enterprise, *, kind: str, by: User | None, note: str = "") -> None:
    VerificationEvent.objects.create(enterprise=enterprise, kind=kind, by=by, note=note)


def check_uscc(text: str, *, enterprise: Enterprise | None = None) -> uscc.Finding:
    """The code as it will be stored. Refuses one that is not shaped like a code (uscc_invalid) or belongs to a firm
    that is already here (uscc_taken: claim that firm). A wrong check character is doubtful, not refused."""
    finding = uscc.examine(text)
    if not finding.is_usable:
        raise RefusedError(problem_text(finding), code="uscc_invalid", field="uscc")
    same = Enterprise.objects.filter(uscc=finding.code)
    if enterprise is not None:
        same = same.exclude(pk=enterprise.pk)
    if same.exists():
        raise taken()
    return finding


def taken() -> RefusedError:
    return RefusedError(
        _("这个统一社会信用代码已经登记。如果这是您的企业，请提交认领申请。"), code="uscc_taken", field="uscc"
    )


def problem_text(finding: uscc.Finding) -> str:
    """What is wrong with a code, and how to mend it."""
    problem = finding.problems[0]
    if problem == uscc.Problem.LENGTH:
        return _("统一社会信用代码应为 18 位，您填写了 %(count)s 位。") % {"count": len(finding.code)}
    if problem == uscc.Problem.CHARACTER:
        return _("统一社会信用代码中不会出现“%(character)s”。它由数字和大写字母组成，不含 I、O、S、V、Z。") % {
            "character": finding.character
        }
    if problem == uscc.Problem.AUTHORITY:
        return _("统一社会信用代码的第 3 至 8 位应为数字。")
    if problem == uscc.Problem.EMPTY:
        return _("请填写统一社会信用代码。")
    expected = uscc.expected(finding.code)
    return _(
        "校验位与前面的字符不符（按规则第 17、18 位应为“%(expected)s”），请核对有无抄错。"
        "若与营业执照一致，可以继续，平台将人工核对。"
    ) % {"expected": expected}


def uscc_state(finding: uscc.Finding) -> str:
    return Enterprise.UsccCheck.WARN if finding.is_doubtful else Enterprise.UsccCheck.OK


def plain(value: Any) -> Any:
    """A field's value as JSON for the audit log."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def assign(row: models.Model, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set fields and say what changed, as {"field": [old, new]}."""
    changes: dict[str, list[Any]] = {}
    for name, value in values.items():
        old = getattr(row, name, None)  # a new row has no relation yet
        if old == value:
            continue
        setattr(row, name, value)
        changes[name] = ["***", "***"] if name in PERSONAL else [plain(old), plain(value)]
    return changes
