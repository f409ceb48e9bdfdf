"""Stage 5, cooperate: a firm tells the firm of a matched post that it wants to talk, and gets an answer."""

from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chains import recommending
from chains.models import Interest, Match
from enterprises import posting
from enterprises.models import Enterprise, Member
from enterprises.posting import checks
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

LONGEST: Final = 1000
# Within 24 hours: what one firm may send in all, and take back from one other firm before it has to wait.
MOST_A_DAY: Final = 100
MOST_TAKEN_BACK: Final = 3
SENT = gettext_noop("%(firm)s 向您发来合作意向：%(title)s")
ACCEPTED = gettext_noop("%(firm)s 接受了您的合作意向：%(title)s")
DECLINED = gettext_noop("%(firm)s 婉拒了您的合作意向：%(title)s")
WITHDRAWN = gettext_noop("%(firm)s 撤回了合作意向：%(title)s")


def send(*, by: User, firm: Enterprise, match: Match, message: str) -> Interest:
    """Tell the other firm of a match. Contact data stay hidden until it accepts, also in the message.

    Refuses with not_allowed, firm_not_verified, match_ended (or no longer visible), message_missing, contact_in_text,
    already_sent, declined_before, too_many. A new version of a post makes a new match of the two: an interest that
    waits counts all the same, and one that was declined until the other firm changes its post. Locks both firms; two
    at once: one passes (one_live_interest_per_match).
    """
    _need_editor(by=by, firm=firm)
    message = _text(message, field="message")
    if not firm.is_public:
        raise RefusedError(_("企业通过核验后才能发起意向。"), code="firm_not_verified")
    with transaction.atomic():
        # Both firms, in order: two versions of one pair are two matches, and what is counted below must hold.
        pair = sorted({firm.pk, match.demand.enterprise_id, match.supply.enterprise_id})
        list(Enterprise.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=pair).order_by("pk"))
        row = recommending.partners(firm=firm, user=by).filter(pk=match.pk).first()
        if row is None:
            raise RefusedError(_("该匹配已失效，对方的供需可能已下架。"), code="match_ended")
        is_buyer = row.demand.enterprise_id == firm.pk
        other = row.supply.enterprise if is_buyer else row.demand.enterprise
        _refuse_flood(sender=firm, receiver=other)
        unchanged = (
            {"match__supply_version": row.supply_version} if is_buyer else {"match__demand_version": row.demand_version}
        )
        before = Interest.objects.filter(match__demand=row.demand_id, match__supply=row.supply_id)
        if before.filter(sender=firm, state=Interest.State.DECLINED, **unchanged).exists():
            raise RefusedError(_("对方已婉拒过这条意向，请等对方更新供需后再联系。"), code="declined_before")
        if before.filter(state=Interest.State.SENT).exists():
            raise _already_sent()
        interest = Interest(match=row, sender=firm, receiver=other, sent_by=by, message=message)
        try:
            with transaction.atomic():
                interest.save(force_insert=True)
        except IntegrityError as problem:
            raise _already_sent() from problem
        audit.record(action="interest.sent", actor=by, target=interest, firm_id=firm.pk)
        _tell(interest, to=other, about=firm, text=SENT, kind="interest.sent")
    return interest


def standing(*, firm: Enterprise, post_id: int) -> Interest | None:
    """The newest interest of the firm about somebody's post that waits or was accepted."""
    return (
        Interest.objects.filter(Q(match__demand=post_id) | Q(match__supply=post_id))
        .filter(Q(sender=firm) | Q(receiver=firm), state__in=[Interest.State.SENT, Interest.State.ACCEPTED])
        .order_by("-pk")
        .first()
    )


def in_the_way(match: Match) -> Interest | None:
    """The interest for which `send` would refuse this match with already_sent."""
    pair = Interest.objects.filter(match__demand=match.demand_id, match__supply=match.supply_id)
    return (
        pair.filter(Q(state=Interest.State.SENT) | Q(match=match, state=Interest.State.ACCEPTED))
        .order_by("-pk")
        .first()
    )


def accept(*, by: User, interest: Interest, answer: str = "") -> Interest:
    """The receiver wants to talk too: both see each other's contacts, both posts show as negotiating.

    Locks the interest, then the posts: before the audit log, as whoever edits one of them does. Refuses with
    not_allowed, not_open, not_possible (one of the two was suspended or keeps the other away since).
    """
    text = _text(answer, optional=True)
    with transaction.atomic():
        row = _open_one(by=by, interest=interest)
        _refuse_contact(row.sender, row.receiver)
        posting.note_negotiating(post_ids=[row.match.demand_id, row.match.supply_id])
        _answer(row, by=by, state=Interest.State.ACCEPTED, text=text)
        _tell(row, to=row.sender, about=row.receiver, text=ACCEPTED, kind="interest.accepted")
    return row


def decline(*, by: User, interest: Interest, answer: str) -> Interest:
    """The receiver does not; `answer` says why and is shown to the sender. Refuses with not_allowed, not_open,
    message_missing."""
    text = _text(answer, field="answer")
    with transaction.atomic():
        row = _open_one(by=by, interest=interest)
        _answer(row, by=by, state=Interest.State.DECLINED, text=text)
        _tell(row, to=row.sender, about=row.receiver, text=DECLINED, kind="interest.declined")
    return row


def withdraw(*, by: User, interest: Interest) -> Interest:
    """The sender takes it back before it was answered. Refuses with not_allowed, not_open."""
    with transaction.atomic():
        row = _open_one(by=by, interest=interest, by_sender=True)
        _answer(row, by=by, state=Interest.State.WITHDRAWN)
        _tell(row, to=row.receiver, about=row.sender, text=WITHDRAWN, kind="interest.withdrawn")
    return row


def contacts(*, interest: Interest, firm: Enterprise) -> dict[str, str] | None:
    """How to reach the other firm, for `firm`, one of the two; None before acceptance."""
    if interest.state != Interest.State.ACCEPTED or firm.pk not in (interest.sender_id, interest.receiver_id):
        return None
    other = interest.receiver if firm.pk == interest.sender_id else interest.sender
    return {"name": other.contact_name, "phone": other.contact_phone, "email": other.contact_email}


def _open_one(*, by: User, interest: Interest, by_sender: bool = False) -> Interest:
    """The interest, locked, if it waits for an answer and this person may give it (or, as the sender, take it back)."""
    row = (
        Interest.objects.select_for_update(of=("self",))
        .select_related("sender", "receiver", "match", "match__demand", "match__supply")
        .get(pk=interest.pk)
    )
    _need_editor(by=by, firm=row.sender if by_sender else row.receiver)
    if row.state != Interest.State.SENT:
        raise RefusedError(
            _("这条意向已是“%(state)s”，不能再改。") % {"state": row.get_state_display()}, code="not_open"
        )
    return row


def _answer(row: Interest, *, by: User, state: Interest.State, text: str = "") -> None:
    row.state, row.answer, row.answered_at = state, text, timezone.now()
    row.save(update_fields=["state", "answer", "answered_at"])
    audit.record(
        action=f"interest.{state}",
        actor=by,
        target=row,
        firm_id=row.sender_id if state == Interest.State.WITHDRAWN else row.receiver_id,
        changes={"state": ["sent", str(state)]},
    )


def _already_sent() -> RefusedError:
    return RefusedError(_("双方已有进行中的意向。"), code="already_sent")


def _refuse_flood(*, sender: Enterprise, receiver: Enterprise) -> None:
    """Each interest is a notice to people of the other firm; taking it back is another."""
    today = Interest.objects.filter(sender=sender, created_at__gt=timezone.now() - timedelta(days=1))
    taken_back = today.filter(receiver=receiver, state=Interest.State.WITHDRAWN).count()
    if taken_back >= MOST_TAKEN_BACK or today.count() >= MOST_A_DAY:
        raise RefusedError(_("24 小时内发出或撤回的意向太多，请明天再试。"), code="too_many")


def _refuse_contact(sender: Enterprise, receiver: Enterprise) -> None:
    """The words are the same whatever the cause: nobody learns that they were blocked."""
    keeps_away = sender.blocked.filter(pk=receiver.pk).exists() or receiver.blocked.filter(pk=sender.pk).exists()
    if keeps_away or not (sender.is_public and receiver.is_public):
        raise RefusedError(_("目前不能与该企业互换联系方式。"), code="not_possible")


def _need_editor(*, by: User, firm: Enterprise) -> None:
    member = Member.objects.active_for(by).filter(enterprise=firm).first()
    if member is None or not member.can_edit:
        raise RefusedError(_("只有企业的负责人和编辑可以这样做。"), code="not_allowed")


def _text(text: str, *, field: str = "answer", optional: bool = False) -> str:
    text = text.strip()[:LONGEST]
    if not text and not optional:
        raise RefusedError(_("请填写留言。"), code="message_missing", field=field)
    if checks.contact_data(text):
        raise RefusedError(
            _("请不要在留言中填写联系方式；对方接受后，双方会看到彼此的联系方式。"),
            code="contact_in_text",
            field=field,
        )
    return text


def _tell(interest: Interest, *, to: Enterprise, about: Enterprise, text: str, kind: str) -> None:
    match = interest.match
    own = match.demand if match.demand.enterprise_id == to.pk else match.supply
    notices.notify(
        posting.editors_of(to.pk),
        kind=kind,
        text=text,
        values={"firm": str(about), "title": own.title},
        url=reverse("chains:interest-show", args=[interest.pk]),
        key=f"{kind}:{interest.pk}",
    )
