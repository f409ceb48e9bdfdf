"""A verified firm changes its name, code, kind or registered region: shown only after the operator's check."""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import events
from enterprises.models import Enterprise, IdentityChange, VerificationEvent
from enterprises.registration import rules
from enterprises.registration.drafts import add_file, apply
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User
from regions.models import Region

FIELDS = ("name", "uscc", "org_type", "region")


@transaction.atomic
def ask_identity_change(
    *,
    by: User,
    enterprise: Enterprise,
    name: str,
    uscc: str,
    org_type: str,
    region: Region,
    reason: str,
    content: bytes = b"",
) -> IdentityChange:
    """Ask for another identity; the old one keeps showing. `content` is a proof for the operator. Locks the firm.

    Refuses with not_allowed, not_public, change_open, nothing_changed, uscc_invalid, uscc_taken, note_missing.
    """
    row = rules.locked(enterprise)
    rules.need_owner(by, row)
    if not row.is_public:
        raise RefusedError(_("通过核验的企业才需要申请变更；登记中的企业可以直接修改。"), code="not_public")
    reason = reason.strip()
    if not reason:
        raise RefusedError(_("请说明变更的原因，例如更名通知书编号。"), code="note_missing", field="reason")
    finding = rules.check_uscc(uscc, enterprise=row)
    wanted = (name.strip(), finding.code, org_type, region.pk)
    if wanted == (row.name, row.uscc, row.org_type, row.region_id):
        raise RefusedError(_("与现有登记信息相同，没有需要变更的内容。"), code="nothing_changed")
    change = IdentityChange(
        enterprise=row,
        name=name.strip(),
        uscc=finding.code,
        uscc_check=rules.uscc_state(finding),
        org_type=org_type,
        region=region,
        reason=reason,
        asked_by=by,
    )
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as problem:
        raise RefusedError(_("已有一份变更申请等待处理。"), code="change_open") from problem
    if content:
        add_file(by=by, enterprise=row, title=_("变更证明"), content=content)
    audit.record(
        action="identity_change.asked",
        actor=by,
        target=change,
        firm_id=row.pk,
        reason=reason,
        changes={f: [rules.plain(getattr(row, f)), rules.plain(getattr(change, f))] for f in FIELDS},
    )
    notices.notify(
        rules.operators(),
        kind="identity_change.waiting",
        text=gettext_noop("%(firm)s 申请变更登记信息，等待处理"),
        values={"firm": row.name},
        url=reverse("enterprises:verification-show", args=[row.pk]),
        key=f"identity-change:{change.pk}",
    )
    return change


@transaction.atomic
def withdraw_identity_change(*, by: User, change: IdentityChange) -> None:
    """Locks the firm. Refuses with not_allowed, change_decided."""
    firm = rules.locked(change.enterprise)
    rules.need_owner(by, firm)
    row = _open(change)
    row.state, row.decided_by, row.decided_at = IdentityChange.State.WITHDRAWN, by, timezone.now()
    row.save()
    audit.record(action="identity_change.withdrawn", actor=by, target=row, firm_id=firm.pk)


@transaction.atomic
def decide_identity_change(*, by: User, change: IdentityChange, accept: bool, note: str) -> IdentityChange:
    """Accept (the firm is what it asked to be) or decline. Locks the firm.

    Refuses with not_allowed, own_firm, note_missing, change_decided, uscc_taken.
    """
    firm = rules.locked(change.enterprise)
    rules.need_operator(by, firm)
    note = rules.need_note(note)
    row = _open(change)
    row.state = IdentityChange.State.ACCEPTED if accept else IdentityChange.State.DECLINED
    row.decision_note, row.decided_by, row.decided_at = note, by, timezone.now()
    row.save()
    if accept:
        moved = firm.region_id != row.region_id
        apply(
            firm,
            {"name": row.name, "uscc": row.uscc, "org_type": row.org_type, "region": row.region},
            by=by,
            action="enterprise.identity_changed",
        )
        rules.add_event(firm, kind=VerificationEvent.Kind.IDENTITY, by=by, note=note)
        if moved:
            events.enterprise_changed.send(sender=Enterprise, enterprise_id=firm.pk)
    audit.record(
        action="identity_change.accepted" if accept else "identity_change.declined",
        actor=by,
        target=row,
        firm_id=firm.pk,
        reason=note,
    )
    notices.notify(
        rules.owners(firm),
        kind="identity_change.decided",
        text=gettext_noop("%(firm)s 的登记信息变更已通过：%(note)s")
        if accept
        else gettext_noop("%(firm)s 的登记信息变更未通过：%(note)s"),
        values={"firm": firm.name, "note": note[:200]},
        url=reverse("enterprises:firm-profile", args=[firm.pk]),
        key=f"identity-change-decided:{row.pk}",
    )
    return row


def _open(change: IdentityChange) -> IdentityChange:
    row = IdentityChange.objects.select_for_update(of=("self",)).select_related("region").get(pk=change.pk)
    if row.state != IdentityChange.State.OPEN:
        raise RefusedError(_("这份申请已经处理过了。"), code="change_decided")
    return row
