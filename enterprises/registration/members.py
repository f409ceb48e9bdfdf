"""The people of a firm: invitations by mail, roles, and leaving. A firm never loses its last owner."""

import hashlib
from collections import Counter
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises.models import Enterprise, Invitation, Member
from enterprises.registration import rules
from foundation import audit, jobs, notices
from foundation.errors import RefusedError
from foundation.models import Job, User

INVITATION_LIFE: Final = timedelta(days=7)
MAX_OPEN_INVITATIONS: Final = 50
# Anybody may register a firm and invite: the mails of one person within a day, in all and to one address.
MAX_MAILS: Final = 100
MAX_MAILS_TO_ONE: Final = 5
MAIL_KIND: Final = "enterprises.mail_invitation"


def secret_of(invitation: Invitation) -> str:
    """The secret in the mailed link. It is derived from the server's key, so that the mail can be sent again after
    a failure while the table keeps only its digest."""
    text = f"{invitation.enterprise_id}:{invitation.email}:{invitation.expires_at.isoformat()}"
    return salted_hmac("enterprises.invitation", text, algorithm="sha256").hexdigest()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def find_invitation(secret: str) -> Invitation | None:
    """The invitation that a link opens, whatever became of it."""
    return Invitation.objects.select_related("enterprise", "invited_by").filter(digest=_digest(secret)).first()


@transaction.atomic
def invite(*, by: User, enterprise: Enterprise, email: str, role: str) -> Invitation:
    """Invite somebody by mail, for seven days. An open invitation to the same address is replaced if it ran out.

    Locks the firm. Refuses with not_allowed, already_member, already_invited, too_many_invitations, too_many_mails.
    """
    firm = rules.locked(enterprise)
    rules.need_owner(by, firm)
    email = email.strip().lower()
    if firm.status == Enterprise.Status.SUSPENDED:
        raise RefusedError(_("企业已被暂停，不能邀请成员。"), code="suspended")
    if Member.objects.active().filter(enterprise=firm, user__email=email).exists():
        raise RefusedError(_("该用户已是本企业成员。"), code="already_member", field="email")
    open_ones = Invitation.objects.filter(enterprise=firm, accepted_at=None, withdrawn_at=None)
    now = timezone.now()
    open_ones.filter(expires_at__lte=now).update(withdrawn_at=now)
    if open_ones.filter(email=email).exists():
        raise RefusedError(_("已向该邮箱发出邀请。可以在列表中重新发送。"), code="already_invited", field="email")
    if open_ones.count() >= MAX_OPEN_INVITATIONS:
        raise RefusedError(_("未接受的邀请过多，请先撤回一些。"), code="too_many_invitations")
    invitation = Invitation(
        enterprise=firm, email=email, role=role, invited_by=by, expires_at=now + INVITATION_LIFE, created_at=now
    )
    invitation.digest = _digest(secret_of(invitation))
    invitation.save()
    audit.record(
        action="invitation.sent",
        actor=by,
        target=invitation,
        firm_id=firm.pk,
        changes={"email": ["", email], "role": ["", role]},
    )
    _mail(invitation, by=by)
    return invitation


@transaction.atomic
def renew_invitation(*, by: User, invitation: Invitation) -> Invitation:
    """Send it again with a new link, good for seven days from now; the old link ends. Locks the firm. Refuses with
    not_allowed, invitation_over, too_many_mails."""
    firm = rules.locked(invitation.enterprise)
    rules.need_owner(by, firm)
    row = _open_one(invitation)
    row.expires_at = timezone.now() + INVITATION_LIFE
    row.digest = _digest(secret_of(row))
    row.save(update_fields=["expires_at", "digest"])
    audit.record(action="invitation.renewed", actor=by, target=row, firm_id=firm.pk)
    _mail(row, by=by)
    return row


@transaction.atomic
def withdraw_invitation(*, by: User, invitation: Invitation) -> None:
    """The link ends. Locks the firm."""
    firm = rules.locked(invitation.enterprise)
    rules.need_owner(by, firm)
    row = _open_one(invitation)
    row.withdrawn_at = timezone.now()
    row.save(update_fields=["withdrawn_at"])
    audit.record(action="invitation.withdrawn", actor=by, target=row, firm_id=firm.pk)


def _open_one(invitation: Invitation) -> Invitation:
    row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise RefusedError(_("这份邀请已接受或已撤回。"), code="invitation_over")
    return row


def _mail(invitation: Invitation, *, by: User) -> None:
    sent = Counter(
        Job.objects.filter(kind=MAIL_KIND, owner=by, created_at__gt=timezone.now() - timedelta(days=1)).values_list(
            "payload__invitation_id", flat=True
        )
    )
    same = Invitation.objects.filter(pk__in=sent, email=invitation.email).values_list("pk", flat=True)
    if sent.total() >= MAX_MAILS or sum(sent[pk] for pk in same) >= MAX_MAILS_TO_ONE:
        raise RefusedError(_("今天发出的邀请邮件已达上限，请明天再试。"), code="too_many_mails")
    jobs.enqueue(
        kind=MAIL_KIND,
        payload={"invitation_id": invitation.pk, "expires_at": invitation.expires_at.isoformat()},
        owner=by,
        firm_id=invitation.enterprise_id,
    )


@transaction.atomic
def accept_invitation(*, by: User, invitation: Invitation) -> Member:
    """Join the firm. The link alone is not enough: it was sent to an address, and that must be the user's.

    Locks the firm, then the invitation. Refuses with invitation_over, invitation_expired, other_address,
    already_member.
    """
    firm = rules.locked(invitation.enterprise)
    row = _open_one(invitation)
    if row.expires_at <= timezone.now():
        raise RefusedError(_("这份邀请已过期，请联系邀请人重新发送。"), code="invitation_expired")
    if by.email.lower() != row.email.lower():
        raise RefusedError(_("这份邀请发给了另一个邮箱。请用收到邀请的邮箱登录后再接受。"), code="other_address")
    if Member.objects.active().filter(enterprise=firm, user=by).exists():
        raise RefusedError(_("您已经是该企业的成员。"), code="already_member")
    row.accepted_at = timezone.now()
    row.save(update_fields=["accepted_at"])
    member = Member.objects.create(enterprise=firm, user=by, role=row.role)
    audit.record(action="member.joined", actor=by, target=member, firm_id=firm.pk, changes={"role": ["", member.role]})
    notices.notify(
        [user for user in rules.owners(firm) if user != by],
        kind="member.joined",
        text=gettext_noop("%(person)s 加入了 %(firm)s"),
        values={"person": str(by), "firm": firm.name},
        url=reverse("enterprises:member-list", args=[firm.pk]),
        key=f"member-joined:{member.pk}",
    )
    return member


@transaction.atomic
def change_role(*, by: User, member: Member, role: str) -> Member:
    """Give a member another role. Locks the firm, so that two owners cannot demote each other at once.

    Refuses with not_allowed, not_a_member, last_owner.
    """
    firm = rules.locked(member.enterprise)
    rules.need_owner(by, firm)
    row = _active(member)
    if row.role == role:
        return row
    if row.role == Member.Role.OWNER:
        _keep_an_owner(firm, without=row)
    before, row.role = row.role, role
    row.save(update_fields=["role"])
    if role != Member.Role.OWNER:
        _withdraw_invitations_of(firm, row)
    audit.record(action="member.role_changed", actor=by, target=row, firm_id=firm.pk, changes={"role": [before, role]})
    if row.user_id != by.pk:
        notices.notify(
            [row.user],
            kind="member.role_changed",
            text=gettext_noop("您在 %(firm)s 的角色有变化"),
            values={"firm": firm.name},
            url=reverse("enterprises:firm-profile", args=[firm.pk]),
        )
    return row


@transaction.atomic
def remove_member(*, by: User, member: Member, reason: str = "") -> None:
    """A member leaves at an owner's word; their rights end with the next request. Locks the firm.

    Refuses with not_allowed, not_a_member, last_owner.
    """
    firm = rules.locked(member.enterprise)
    rules.need_owner(by, firm)
    row = _active(member)
    _end(firm, row, by=by, action="member.removed", reason=reason)
    if row.user_id != by.pk:
        notices.notify(
            [row.user],
            kind="member.removed",
            text=gettext_noop("您已不再是 %(firm)s 的成员"),
            values={"firm": firm.name},
        )


@transaction.atomic
def leave(*, by: User, enterprise: Enterprise) -> None:
    """Leave a firm oneself. Locks the firm. Refuses with not_a_member, last_owner."""
    firm = rules.locked(enterprise)
    member = Member.objects.active_for(by).filter(enterprise=firm).first()
    if member is None:
        raise RefusedError(_("您不是该企业的成员。"), code="not_a_member")
    _end(firm, member, by=by, action="member.left")
    notices.notify(
        rules.owners(firm),
        kind="member.left",
        text=gettext_noop("%(person)s 退出了 %(firm)s"),
        values={"person": str(by), "firm": firm.name},
        url=reverse("enterprises:member-list", args=[firm.pk]),
    )


def _active(member: Member) -> Member:
    row = Member.objects.select_for_update(of=("self",)).select_related("user").get(pk=member.pk)
    if row.left_at is not None:
        raise RefusedError(_("对方已不是本企业成员。"), code="not_a_member")
    return row


def _withdraw_invitations_of(firm: Enterprise, member: Member) -> None:
    """Who may not invite any more has not invited: else a dismissed owner comes back by another address."""
    firm.invitations.filter(invited_by=member.user_id, accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )


def _end(firm: Enterprise, member: Member, *, by: User, action: str, reason: str = "") -> None:
    if member.role == Member.Role.OWNER:
        _keep_an_owner(firm, without=member)
    member.left_at = timezone.now()
    member.save(update_fields=["left_at"])
    _withdraw_invitations_of(firm, member)
    audit.record(
        action=action, actor=by, target=member, firm_id=firm.pk, reason=reason, changes={"role": [member.role, ""]}
    )


def _keep_an_owner(firm: Enterprise, *, without: Member) -> None:
    others = Member.objects.active().filter(enterprise=firm, role=Member.Role.OWNER).exclude(pk=without.pk)
    if not others.exists():
        raise RefusedError(_("企业至少要有一名负责人。请先指定另一名负责人。"), code="last_owner")
