"""Stage 4, recommend: which partners a firm is shown, what it was shown, and what it says to them.

A match is seen from one of its two firms: its own post and the other's. Nothing that a firm does here changes what
others see, nor the order of its own list; hiding takes out, it does not push down.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from chains.models import Match, Recommendation
from enterprises.models import Enterprise, Member, Post
from foundation import audit
from foundation.errors import RefusedError
from foundation.models import User

COMPARED_AT_MOST: Final = 4

# Matches with what `partners` adds to them.
Partners: TypeAlias = "QuerySet[Any]"


def partners(*, firm: Enterprise, user: User) -> Partners:
    """Live matches of the firm's posts on the market whose other side this member may see at this moment.

    Annotated with `own_id`, `other_id` (posts), `placed_at` (points) and `other_published_at`. Blocked firms are left
    out both ways, also before matching has heard of it. Empty for somebody who does not belong to the firm.
    """
    rows = _partners(firm=firm, user=user)
    return rows if Member.objects.active_for(user).filter(enterprise=firm).exists() else rows.none()


def partners_of(post: Post, *, reader: User) -> Partners:
    """The same matches of one post for an operator, who may read every post and judges none. Empty for others."""
    rows = _partners(firm=post.enterprise, user=reader).filter(Q(demand=post) | Q(supply=post))
    return rows if reader.is_operator else rows.none()


def _partners(*, firm: Enterprise, user: User) -> Partners:
    seen = Post.objects.visible_to(user).open().filter(enterprise__status__in=Enterprise.PUBLIC_STATES).values("pk")
    mine = Post.objects.filter(enterprise=firm).open().values("pk")
    blocked: Any = Enterprise.blocked.through._default_manager
    out = blocked.filter(from_enterprise=firm).values("to_enterprise_id")
    by = blocked.filter(to_enterprise=firm).values("from_enterprise_id")
    buying = Q(demand__enterprise=firm, demand_id__in=mine, supply_id__in=seen)
    selling = Q(supply__enterprise=firm, supply_id__in=mine, demand_id__in=seen)
    return (
        Match.objects.live()
        .filter(
            (buying & ~Q(supply__enterprise__in=out) & ~Q(supply__enterprise__in=by))
            | (selling & ~Q(demand__enterprise__in=out) & ~Q(demand__enterprise__in=by))
        )
        .annotate(
            own_id=Case(When(demand__enterprise=firm, then=F("demand_id")), default=F("supply_id")),
            other_id=Case(When(demand__enterprise=firm, then=F("supply_id")), default=F("demand_id")),
            placed_at=Case(When(demand__enterprise=firm, then=F("place_score")), default=F("score")),
            other_published_at=Case(
                When(demand__enterprise=firm, then=F("supply__published_at")), default=F("demand__published_at")
            ),
        )
    )


def not_hidden(matches: Partners, *, firm: Enterprise) -> Partners:
    """Without what the firm has hidden: what it says of a pair holds when a new version of a post makes a new match."""
    return matches.filter(~Exists(_said(firm, hidden_at__isnull=False)))


def hidden(matches: Partners, *, firm: Enterprise) -> Partners:
    return matches.filter(Exists(_said(firm, hidden_at__isnull=False)))


def saved(matches: Partners, *, firm: Enterprise) -> Partners:
    return matches.filter(Exists(_said(firm, saved_at__isnull=False)))


def _said(firm: Enterprise, **what: Any) -> QuerySet[Recommendation]:
    """What the firm said of the pair of an outer match, in any version of the two posts."""
    return Recommendation.objects.filter(
        enterprise=firm, match__demand=OuterRef("demand"), match__supply=OuterRef("supply"), **what
    )


def in_order(matches: Partners, *, plain: bool) -> Partners:
    """Best first (a buyer's list by place, a supplier's by score), or, without any recommendation, the newest post
    first. Ties by id."""
    return matches.order_by(*order(plain=plain))


def order(*, plain: bool) -> tuple[str, ...]:
    if plain:
        return ("-other_published_at", "-other_id")
    return ("-placed_at", "rank", "supply_id", "demand_id")


def record_shown(*, firm: Enterprise, shown: Sequence[tuple[int, Match]], plain: bool) -> None:
    """Keep what was shown for the first time, at which rank, with the parts of that moment."""
    Recommendation.objects.bulk_create(
        [_fresh(firm=firm, match=match, rank=rank, plain=plain) for rank, match in shown],
        ignore_conflicts=True,
    )


def feedback(*, by: User, firm: Enterprise, match: Match, useful: bool, reason: str = "") -> Recommendation:
    """Say whether a recommendation fits. What does not fit (with a reason) is hidden as well, until taken back.

    Locks the recommendation. Refuses with not_allowed, reason_missing.
    """
    if not useful and reason not in Recommendation.Reason.values:
        raise RefusedError(_("请选择不合适的原因。"), code="reason_missing", field="reason")
    with transaction.atomic():
        row = _locked(by=by, firm=firm, match=match)
        row.feedback = Recommendation.Feedback.USEFUL if useful else Recommendation.Feedback.NOT_USEFUL
        row.feedback_reason = "" if useful else reason
        row.feedback_by, row.feedback_at = by, timezone.now()
        row.hidden_at = None if useful else (row.hidden_at or row.feedback_at)
        row.save()
        if useful:
            _unhide_pair(firm=firm, match=match)
        _record("recommendation.rated", row, by=by, changes={"feedback": row.feedback, "reason": row.feedback_reason})
    return row


def take_back(*, by: User, firm: Enterprise, match: Match) -> Recommendation:
    """Undo feedback and hiding."""
    with transaction.atomic():
        row = _locked(by=by, firm=firm, match=match)
        row.feedback, row.feedback_reason, row.feedback_by, row.feedback_at = "", "", None, None
        row.hidden_at = None
        row.save()
        _unhide_pair(firm=firm, match=match)
        _record("recommendation.taken_back", row, by=by)
    return row


def hide(*, by: User, firm: Enterprise, match: Match) -> Recommendation:
    with transaction.atomic():
        row = _locked(by=by, firm=firm, match=match)
        row.hidden_at = row.hidden_at or timezone.now()
        row.save()
        _record("recommendation.hidden", row, by=by)
    return row


def save_partner(*, by: User, firm: Enterprise, match: Match, saved: bool) -> Recommendation:
    """收藏, or not any more."""
    with transaction.atomic():
        row = _locked(by=by, firm=firm, match=match)
        row.saved_at = (row.saved_at or timezone.now()) if saved else None
        row.save()
        if not saved:
            _of_pair(firm=firm, match=match).update(saved_at=None)
        _record("recommendation.saved" if saved else "recommendation.unsaved", row, by=by)
    return row


def set_plain_order(*, by: User, on: bool) -> None:
    """Whether this person sees lists by date of publication; counts from the next request on."""
    with transaction.atomic():
        User.objects.filter(pk=by.pk).update(plain_order=on)
        by.plain_order = on
        audit.record(action="user.plain_order", actor=by, target=by, changes={"plain_order": [not on, on]})


def recommendations_of(*, firm: Enterprise, matches: Collection[Match]) -> dict[int, Recommendation]:
    """What the firm has said so far, by match; a saved pair stays saved in a new version."""
    pairs = {(match.demand_id, match.supply_id): match.pk for match in matches}
    found: dict[int, Recommendation] = {}
    rows = (
        Recommendation.objects.filter(
            enterprise=firm,
            match__demand__in={pair[0] for pair in pairs},
            match__supply__in={pair[1] for pair in pairs},
        )
        .select_related("match")
        .order_by("pk")
    )
    for row in rows:
        pk = pairs.get((row.match.demand_id, row.match.supply_id))
        if pk is not None:
            before = found.get(pk)
            if before is not None:
                row.saved_at = row.saved_at or before.saved_at
                row.hidden_at = row.hidden_at or before.hidden_at
            found[pk] = row
    return found


def _fresh(*, firm: Enterprise, match: Match, rank: int, plain: bool) -> Recommendation:
    return Recommendation(
        match=match,
        enterprise=firm,
        rank=rank,
        score=match.score,
        parts=match.parts,
        ranking_version=match.ranking_version,
        plain_order=plain,
    )


def _locked(*, by: User, firm: Enterprise, match: Match) -> Recommendation:
    """The firm's row for this match, made if it was never shown (an API client may judge what it only listed)."""
    member = Member.objects.active_for(by).filter(enterprise=firm).first()
    if member is None or not member.can_edit:
        raise RefusedError(_("只有企业的负责人和编辑可以这样做。"), code="not_allowed")
    Recommendation.objects.bulk_create(
        [_fresh(firm=firm, match=match, rank=match.rank, plain=by.plain_order)], ignore_conflicts=True
    )
    return Recommendation.objects.select_for_update(of=("self",)).get(match=match, enterprise=firm)


def _unhide_pair(*, firm: Enterprise, match: Match) -> None:
    _of_pair(firm=firm, match=match).filter(hidden_at__isnull=False).update(hidden_at=None)


def _of_pair(*, firm: Enterprise, match: Match) -> QuerySet[Recommendation]:
    """What the firm said to any version of the two posts."""
    return Recommendation.objects.filter(enterprise=firm, match__demand=match.demand_id, match__supply=match.supply_id)


def _record(action: str, row: Recommendation, *, by: User, changes: dict[str, str] | None = None) -> None:
    audit.record(action=action, actor=by, target=row, firm_id=row.enterprise_id, changes=changes)
