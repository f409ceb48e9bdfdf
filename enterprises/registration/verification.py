"""The operator's side: take, ask, verify, reject; suspend and resume; and the re-check when a year is over."""

from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import events, posting
from enterprises.models import Enterprise, VerificationEvent
from enterprises.registration import rules
from enterprises.registration.drafts import gaps
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

Status = Enterprise.Status
Kind = VerificationEvent.Kind

WARN_DAYS: Final = 30


def a_year_after(day: date) -> date:
    """The same day twelve months on; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


@transaction.atomic
def take(*, by: User, enterprise: Enterprise) -> Enterprise:
    """Begin to check a submitted firm. Locks it. Refuses with not_allowed, own_firm, not_submitted."""
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    if row.status != Status.SUBMITTED:
        raise RefusedError(_("这份登记不在待核验队列中，可能已由他人处理。"), code="not_submitted")
    return _move(row, to=Status.CHECKING, kind=Kind.CHECKING, by=by, action="enterprise.checking")


@transaction.atomic
def ask_for_info(*, by: User, enterprise: Enterprise, note: str) -> Enterprise:
    """Back to the applicant with a question. A firm in its re-check stays listed and is asked as well.

    Locks the firm. Refuses with not_allowed, own_firm, note_missing, not_in_check.
    """
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    note = rules.need_note(note)
    if row.status not in (Status.SUBMITTED, Status.CHECKING, Status.RECHECK_DUE):
        raise RefusedError(_("这份登记目前不在核验中。"), code="not_in_check")
    to = row.status if row.status == Status.RECHECK_DUE else Status.NEEDS_INFO
    row = _move(row, to=to, kind=Kind.NEEDS_INFO, by=by, action="enterprise.info_asked", note=note)
    notices.notify(
        rules.owners(row),
        kind="verification.needs_info",
        text=gettext_noop("%(firm)s 的登记需要补充材料：%(note)s"),
        values={"firm": row.name, "note": note[:200]},
        url=reverse("enterprises:registration-step", args=[row.pk, "check"]),
    )
    return row


@transaction.atomic
def verify(*, by: User, enterprise: Enterprise, note: str = "") -> Enterprise:
    """The firm is what it says: list it, for twelve months. A doubtful code needs a note on what was looked at.

    Locks the firm. Refuses with not_allowed, own_firm, not_in_check, incomplete, note_missing.
    """
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    if row.status not in (Status.CHECKING, Status.RECHECK_DUE):
        raise RefusedError(_("请先开始核验，再作出结论。"), code="not_in_check")
    missing = gaps(row)
    if missing and row.source == "self":
        raise RefusedError(str(missing[0].message), code="incomplete", field=missing[0].field)
    if row.uscc_check == Enterprise.UsccCheck.WARN and not note.strip():
        raise RefusedError(
            _("校验位不符，请在说明中写明核对了什么（例如营业执照原件）。"), code="note_missing", field="note"
        )
    row.verified_at = timezone.now()
    row.recheck_due_on = a_year_after(timezone.localdate())
    row = _move(row, to=Status.VERIFIED, kind=Kind.VERIFIED, by=by, action="enterprise.verified", note=note.strip())
    notices.notify(
        rules.owners(row),
        kind="verification.verified",
        text=gettext_noop("%(firm)s 已通过核验，可以发布供需了"),
        values={"firm": row.name},
        url=row.get_absolute_url(),
    )
    return row


@transaction.atomic
def reject(*, by: User, enterprise: Enterprise, note: str) -> Enterprise:
    """Not accepted, with the reason. The applicant may mend and submit again. Locks the firm."""
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    note = rules.need_note(note)
    if row.status not in (Status.SUBMITTED, Status.CHECKING, Status.NEEDS_INFO):
        raise RefusedError(_("这份登记目前不在核验中。"), code="not_in_check")
    row = _move(row, to=Status.REJECTED, kind=Kind.REJECTED, by=by, action="enterprise.rejected", note=note)
    notices.notify(
        rules.owners(row),
        kind="verification.rejected",
        text=gettext_noop("%(firm)s 未通过核验：%(note)s"),
        values={"firm": row.name, "note": note[:200]},
        url=reverse("enterprises:registration-step", args=[row.pk, "check"]),
    )
    return row


@transaction.atomic
def suspend(*, by: User, enterprise: Enterprise, note: str) -> Enterprise:
    """Off the directory and the market, with the reason. Locks the firm. Sends posts_ended."""
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    note = rules.need_note(note)
    if row.status not in Enterprise.PUBLIC_STATES:
        raise RefusedError(_("只有已核验的企业可以暂停。"), code="not_public")
    row = _move(row, to=Status.SUSPENDED, kind=Kind.SUSPENDED, by=by, action="enterprise.suspended", note=note)
    notices.notify(
        rules.owners(row),
        kind="verification.suspended",
        text=gettext_noop("%(firm)s 已被平台暂停：%(note)s"),
        values={"firm": row.name, "note": note[:200]},
        url=reverse("enterprises:firm-profile", args=[row.pk]),
    )
    return row


@transaction.atomic
def resume(*, by: User, enterprise: Enterprise, note: str) -> Enterprise:
    """Back on the directory and the market. Locks the firm. Sends posts_published."""
    row = rules.locked(enterprise)
    rules.need_operator(by, row)
    note = rules.need_note(note)
    if row.status != Status.SUSPENDED:
        raise RefusedError(_("这家企业没有被暂停。"), code="not_suspended")
    late = row.recheck_due_on is not None and row.recheck_due_on <= timezone.localdate()
    to = Status.RECHECK_DUE if late else Status.VERIFIED
    row = _move(row, to=to, kind=Kind.RESUMED, by=by, action="enterprise.resumed", note=note)
    notices.notify(
        rules.owners(row),
        kind="verification.resumed",
        text=gettext_noop("%(firm)s 已恢复：%(note)s"),
        values={"firm": row.name, "note": note[:200]},
        url=row.get_absolute_url(),
    )
    return row


def _move(row: Enterprise, *, to: str, kind: str, by: User | None, action: str, note: str = "") -> Enterprise:
    """Change a locked firm's state, with its history, its audit entry, and what the market must know."""
    before, row.status = row.status, to
    row.save(update_fields=["status", "verified_at", "recheck_due_on", "updated_at"])
    rules.add_event(row, kind=kind, by=by, note=note)
    audit.record(action=action, actor=by, target=row, firm_id=row.pk, reason=note, changes={"status": [before, to]})
    was_public, is_public = before in Enterprise.PUBLIC_STATES, to in Enterprise.PUBLIC_STATES
    if was_public != is_public:
        events.enterprise_changed.send(sender=Enterprise, enterprise_id=row.pk)
        if is_public:
            posting.firm_returned(enterprise_id=row.pk)
        else:
            posting.firm_left(enterprise_id=row.pk)
    return row


def mark_recheck_due(*, today: date | None = None) -> int:
    """Every verified firm whose year is over becomes recheck_due and its owners are told. One short transaction a
    firm; safe to run twice. Returns how many changed."""
    day = today or timezone.localdate()
    due = Enterprise.objects.filter(status=Status.VERIFIED, recheck_due_on__lte=day).order_by("pk")
    count = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            row = (
                Enterprise.objects.select_for_update(of=("self",))
                .filter(pk=pk, status=Status.VERIFIED, recheck_due_on__lte=day)
                .first()
            )
            if row is None:
                continue
            _move(row, to=Status.RECHECK_DUE, kind=Kind.RECHECK, by=None, action="enterprise.recheck_due")
            notices.notify(
                rules.owners(row),
                kind="verification.recheck_due",
                text=gettext_noop("%(firm)s 的核验已满 12 个月，请核对资料并提交复核"),
                values={"firm": row.name},
                url=reverse("enterprises:firm-profile", args=[row.pk]),
                key=f"recheck:{row.pk}:{row.recheck_due_on}",
            )
            count += 1
    return count


def warn_of_recheck(*, today: date | None = None) -> int:
    """Tell the owners of firms whose year ends within WARN_DAYS, once. Returns how many firms."""
    day = today or timezone.localdate()
    soon = Enterprise.objects.filter(
        status=Status.VERIFIED, recheck_due_on__gt=day, recheck_due_on__lte=day + timedelta(days=WARN_DAYS)
    ).order_by("pk")
    count = 0
    for row in soon.iterator(chunk_size=500):
        notices.notify(
            rules.owners(row),
            kind="verification.recheck_soon",
            text=gettext_noop("%(firm)s 将于 %(day)s 到期复核，请提前核对资料"),
            values={"firm": row.name, "day": str(row.recheck_due_on)},
            url=reverse("enterprises:firm-profile", args=[row.pk]),
            key=f"recheck-soon:{row.pk}:{row.recheck_due_on}",
        )
        count += 1
    return count
