"""A second registration of the same code is a claim on the firm that is here, never a second firm."""

from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import evidence as proofs
from enterprises.models import Claim, Enterprise, Member
from enterprises.registration import rules
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

# Each costs an operator's time and may bring a file.
MAX_OPEN_CLAIMS: Final = 10


@transaction.atomic
def open_claim(*, by: User, enterprise: Enterprise, evidence: str, content: bytes = b"") -> Claim:
    """Say that a firm is one's own, with words and perhaps a file. Locks the user, so that the limit holds for two
    clicks at once, then the firm.

    Refuses with already_member, claim_open, evidence_missing, too_many_claims, and the codes of evidence.check.
    """
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    row = rules.locked(enterprise)
    if Member.objects.active_for(by).filter(enterprise=row).exists():
        raise RefusedError(_("您已经是该企业的成员。"), code="already_member")
    text = evidence.strip()
    if not text:
        raise RefusedError(_("请说明您与该企业的关系。"), code="evidence_missing", field="evidence")
    mine = Claim.objects.filter(claimant=by, state=Claim.State.OPEN)
    if mine.filter(enterprise=row).exists():
        raise RefusedError(_("您已提交过认领申请，请等待处理。"), code="claim_open")
    if mine.count() >= MAX_OPEN_CLAIMS:
        raise RefusedError(
            _("您有 %(count)s 份认领申请等待处理，请等处理后再提交。") % {"count": MAX_OPEN_CLAIMS},
            code="too_many_claims",
        )
    claim = Claim(enterprise=row, claimant=by, evidence=text)
    if content:
        claim.file.save(proofs.file_name(proofs.check(content)), ContentFile(content), save=False)
    claim.save()
    audit.record(action="claim.opened", actor=by, target=claim, firm_id=row.pk, reason=text)
    notices.notify(
        rules.operators(),
        kind="claim.waiting",
        text=gettext_noop("%(person)s 认领 %(firm)s，等待处理"),
        values={"person": str(by), "firm": row.name},
        url=reverse("enterprises:claim-show", args=[claim.pk]),
        key=f"claim:{claim.pk}",
    )
    return claim


@transaction.atomic
def decide_claim(*, by: User, claim: Claim, accept: bool, note: str, keep_members: bool = True) -> Claim:
    """Accept (the claimant becomes an owner; without `keep_members` everybody else leaves) or decline.

    Locks the firm, then the claim. Refuses with not_allowed, own_firm, own_claim, note_missing, claim_decided.
    """
    firm = rules.locked(claim.enterprise)
    rules.need_operator(by, firm)
    note = rules.need_note(note)
    row = Claim.objects.select_for_update(of=("self",)).select_related("claimant").get(pk=claim.pk)
    if row.claimant_id == by.pk:
        raise RefusedError(_("不能处理自己的申请。"), code="own_claim")
    if row.state != Claim.State.OPEN:
        raise RefusedError(_("这份申请已经处理过了。"), code="claim_decided")
    row.state = Claim.State.ACCEPTED if accept else Claim.State.DECLINED
    row.decision_note, row.decided_by, row.decided_at = note, by, timezone.now()
    row.save()
    audit.record(
        action="claim.accepted" if accept else "claim.declined",
        actor=by,
        target=row,
        firm_id=firm.pk,
        reason=note,
        changes={"keep_members": [True, keep_members]} if accept else {},
    )
    if accept:
        _hand_over(firm, row, keep_members=keep_members)
    notices.notify(
        [row.claimant],
        kind="claim.decided",
        text=gettext_noop("您对 %(firm)s 的认领已通过：%(note)s")
        if accept
        else gettext_noop("您对 %(firm)s 的认领未通过：%(note)s"),
        # The name of a firm that is not listed is nobody's business, least of all of one who claimed it in vain.
        values={"firm": firm.name if accept or firm.is_public else firm.uscc, "note": note[:200]},
        url=reverse("enterprises:firm-profile", args=[firm.pk]) if accept else reverse("enterprises:claim-mine"),
        key=f"claim-decided:{row.pk}",
    )
    return row


def _hand_over(firm: Enterprise, claim: Claim, *, keep_members: bool) -> None:
    now = timezone.now()
    others = Member.objects.active().filter(enterprise=firm).exclude(user=claim.claimant).select_related("user")
    people = [member.user for member in others]
    if not keep_members:
        others.update(left_at=now)
        firm.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    mine = Member.objects.active().filter(enterprise=firm, user=claim.claimant)
    if not mine.update(role=Member.Role.OWNER):
        Member.objects.create(enterprise=firm, user=claim.claimant, role=Member.Role.OWNER)
    notices.notify(
        people,
        kind="claim.handed_over",
        text=gettext_noop("%(person)s 经平台核实成为 %(firm)s 的负责人")
        if keep_members
        else gettext_noop("%(person)s 经平台核实成为 %(firm)s 的负责人，您已不再是该企业成员"),
        values={"person": str(claim.claimant), "firm": firm.name},
        url=reverse("enterprises:member-list", args=[firm.pk]) if keep_members else "",
        key=f"claim-handover:{claim.pk}",
    )
