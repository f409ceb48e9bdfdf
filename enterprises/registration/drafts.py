"""From the first name typed to the operator's desk: the applicant's side, saved step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from enterprises import evidence
from enterprises.models import Enterprise, Member, VerificationEvent, VerificationFile
from enterprises.registration import rules
from enterprises.sorting import pinyin_key
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

Status = Enterprise.Status
Kind = VerificationEvent.Kind

STEPS: Final = ("identity", "place", "size", "contacts", "check")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "identity": ("org_type", "name", "short_name", "name_en", "uscc", "founded_on"),
    "place": ("region", "address", "industry"),
    "contacts": (
        "contact_name",
        "contact_phone",
        "contact_email",
        "website",
        "introduction",
        "field_visibility",
    ),
}
# What the operator cannot check without, and the step that asks for it.
REQUIRED: Final[Mapping[str, str]] = {
    "name": "identity",
    "uscc": "identity",
    "region": "place",
    "industry": "place",
    "contact_name": "contacts",
    "contact_phone": "contacts",
}
MAX_FILES: Final = 10
MAX_DRAFTS: Final = 10


@dataclass(frozen=True)
class Gap:
    """A field that is still needed before submission."""

    field: str
    step: str
    message: Any


_GAP_TEXTS: Final = {
    "name": gettext_lazy("请填写名称。"),
    "uscc": gettext_lazy("请填写统一社会信用代码。"),
    "region": gettext_lazy("请选择注册地。"),
    "industry": gettext_lazy("请选择行业。"),
    "contact_name": gettext_lazy("请填写联系人。"),
    "contact_phone": gettext_lazy("请填写联系电话或邮箱。"),
}


def gaps(enterprise: Enterprise) -> list[Gap]:
    """What is missing before the firm can be submitted, in the order of the steps."""
    found = []
    for name, step in REQUIRED.items():
        value = getattr(enterprise, f"{name}_id" if name in ("region", "industry") else name)
        if name == "contact_phone":
            value = value or enterprise.contact_email
        if not value:
            found.append(Gap(name, step, _GAP_TEXTS[name]))
    return found


@transaction.atomic
def start(*, by: User, org_type: str, name: str, uscc: str = "") -> Enterprise:
    """A new draft with `by` as its owner. Refuses with uscc_invalid, uscc_taken (then: claim), too_many_drafts.

    Locks the user's row, so that the limit holds for two clicks at once.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    drafts = Enterprise.objects.owned_by(by).filter(status=Status.DRAFT).count()
    if drafts >= MAX_DRAFTS:
        raise RefusedError(
            _("您有 %(count)s 份未提交的登记，请先完成或放弃其中一份。") % {"count": drafts}, code="too_many_drafts"
        )
    enterprise = Enterprise(org_type=org_type, name=name, pinyin=pinyin_key(name), created_by=by)
    if uscc.strip():
        finding = rules.check_uscc(uscc)
        enterprise.uscc, enterprise.uscc_check = finding.code, rules.uscc_state(finding)
    _save(enterprise, creating=True)
    Member.objects.create(enterprise=enterprise, user=by, role=Member.Role.OWNER)
    audit.record(
        action="enterprise.started",
        actor=by,
        target=enterprise,
        firm_id=enterprise.pk,
        changes={"name": ["", name], "uscc": ["", enterprise.uscc or ""]},
    )
    return enterprise


@transaction.atomic
def save_step(*, by: User, enterprise: Enterprise, step: str, values: Mapping[str, Any]) -> Enterprise:
    """Save one step of the wizard; fields of other steps are a programming error. Figures of size and titles have
    functions of their own. Locks the firm. Refuses with not_allowed, not_editable, uscc_invalid, uscc_taken."""
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if not row.is_editable_draft:
        raise RefusedError(_("登记已提交，不能再修改。如需修改，请先撤回。"), code="not_editable")
    unknown = set(values) - set(FIELDS[step])
    if unknown:
        raise ValueError(f"{step} has no {sorted(unknown)}")
    apply(row, values, by=by, action="enterprise.edited")
    return row


def apply(row: Enterprise, values: Mapping[str, Any], *, by: User, action: str) -> dict[str, list[Any]]:
    """Set fields of a locked firm, with what follows from them (check of the code, sort key), and record it."""
    values = dict(values)
    if "uscc" in values:
        if (values["uscc"] or "").strip():
            finding = rules.check_uscc(values["uscc"], enterprise=row)
            values |= {"uscc": finding.code, "uscc_check": rules.uscc_state(finding)}
        else:
            values |= {"uscc": None, "uscc_check": Enterprise.UsccCheck.NONE}
    if "name" in values:
        values["pinyin"] = pinyin_key(values["name"])
    changes = rules.assign(row, values)
    if changes:
        _save(row)
        changes.pop("pinyin", None)
        audit.record(action=action, actor=by, target=row, firm_id=row.pk, changes=changes)
    return changes


def _save(enterprise: Enterprise, *, creating: bool = False) -> None:
    try:
        with transaction.atomic():
            enterprise.save(force_insert=creating)
    except IntegrityError as problem:
        # Somebody else took the code between our look and our write.
        if "uscc" in str(problem):
            raise rules.taken() from problem
        raise


@transaction.atomic
def submit(*, by: User, enterprise: Enterprise, note: str = "") -> Enterprise:
    """To the operator's desk; `note` answers what was asked. A firm due for its re-check stays listed meanwhile.

    Locks the firm. Refuses with not_allowed, incomplete (field), not_submittable.
    """
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.status not in (*Enterprise.DRAFT_STATES, Status.RECHECK_DUE):
        raise RefusedError(_("这份登记已在处理中，无需再次提交。"), code="not_submittable")
    missing = gaps(row)
    if missing:
        raise RefusedError(str(missing[0].message), code="incomplete", field=missing[0].field)
    before = row.status
    if row.status != Status.RECHECK_DUE:
        row.status = Status.SUBMITTED
    row.submitted_at = timezone.now()
    row.save(update_fields=["status", "submitted_at", "updated_at"])
    rules.add_event(row, kind=Kind.SUBMITTED, by=by, note=note.strip())
    audit.record(
        action="enterprise.submitted",
        actor=by,
        target=row,
        firm_id=row.pk,
        reason=note.strip(),
        changes={"status": [before, row.status]},
    )
    notices.notify(
        rules.operators(),
        kind="verification.waiting",
        text=gettext_noop("%(firm)s 提交了登记，等待核验"),
        values={"firm": row.name},
        url=reverse("enterprises:verification-show", args=[row.pk]),
        key=f"verification:{row.pk}:{row.submitted_at.isoformat()}",
    )
    return row


@transaction.atomic
def take_back(*, by: User, enterprise: Enterprise) -> Enterprise:
    """Back into the applicant's hands, as long as nobody has begun to check. Locks the firm."""
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.status != Status.SUBMITTED:
        raise RefusedError(_("核验已经开始或已经结束，不能撤回。"), code="not_withdrawable")
    return _to_draft(row, by=by, kind=Kind.WITHDRAWN, action="enterprise.withdrawn")


@transaction.atomic
def reopen(*, by: User, enterprise: Enterprise) -> Enterprise:
    """A rejected registration, to be mended and submitted again. Locks the firm."""
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.status != Status.REJECTED:
        raise RefusedError(_("只有未通过的登记可以重新填写。"), code="not_rejected")
    return _to_draft(row, by=by, kind=Kind.REOPENED, action="enterprise.reopened")


def _to_draft(row: Enterprise, *, by: User, kind: str, action: str) -> Enterprise:
    before, row.status = row.status, Status.DRAFT
    row.save(update_fields=["status", "updated_at"])
    rules.add_event(row, kind=kind, by=by)
    audit.record(action=action, actor=by, target=row, firm_id=row.pk, changes={"status": [before, row.status]})
    return row


@transaction.atomic
def discard(*, by: User, enterprise: Enterprise) -> None:
    """Delete a draft that was never submitted; its code is free again. Locks the firm."""
    row = rules.locked(enterprise)
    rules.need_owner(by, row)
    if row.status != Status.DRAFT or row.submitted_at is not None or row.source != "self":
        raise RefusedError(_("只能放弃从未提交过的草稿。"), code="not_discardable")
    files = list(row.verification_files.all())
    audit.record(
        action="enterprise.discarded",
        actor=by,
        target=row,
        firm_id=row.pk,
        changes={"name": [row.name, ""], "uscc": [row.uscc or "", ""]},
    )
    row.delete()
    for file in files:
        transaction.on_commit(lambda file=file: file.file.delete(save=False), robust=True)  # type: ignore[misc]


@transaction.atomic
def add_file(*, by: User, enterprise: Enterprise, title: str, content: bytes) -> VerificationFile:
    """Keep a licence or other proof (PDF, PNG or JPEG, at most evidence.MAX_BYTES). Locks the firm.

    Refuses with not_allowed, not_editable, too_many_files, and the codes of evidence.check.
    """
    row = rules.locked(enterprise)
    rules.need_editor(by, row)
    if row.status in (Status.SUSPENDED, Status.REJECTED):
        raise RefusedError(_("目前不能补充材料。"), code="not_editable")
    if row.verification_files.count() >= MAX_FILES:
        raise RefusedError(_("最多 %(count)s 份材料。请先删除不需要的。") % {"count": MAX_FILES}, code="too_many_files")
    kind = evidence.check(content)
    file = VerificationFile(enterprise=row, title=title.strip() or _("证明材料"), uploaded_by=by)
    file.file.save(evidence.file_name(kind), ContentFile(content), save=False)
    file.save()
    audit.record(
        action="verification_file.added", actor=by, target=file, firm_id=row.pk, changes={"bytes": [0, len(content)]}
    )
    return file


@transaction.atomic
def remove_file(*, by: User, file: VerificationFile) -> None:
    """Take a proof away, as long as the operator has not decided on it. Locks the firm."""
    row = rules.locked(file.enterprise)
    rules.need_editor(by, row)
    if not row.is_editable_draft:
        raise RefusedError(_("登记已提交，材料不能删除。"), code="not_editable")
    audit.record(action="verification_file.removed", actor=by, target=file, firm_id=row.pk)
    stored = file.file
    file.delete()
    transaction.on_commit(lambda: stored.delete(save=False), robust=True)
