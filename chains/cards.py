"""Matches as a firm sees them: its own post, the partner's post and firm, words and figures. For pages and API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, F, Q
from django.utils import timezone

from chains import recommending
from chains.models import Interest, Match, Recommendation
from chains.places import region_path
from chains.wording import Names, Words, in_words
from enterprises.disclosure import Viewer
from enterprises.models import Certificate, Enterprise, Post
from foundation.models import User

# Fewer answers than this say nothing about a firm.
FEWEST_ANSWERS: Final = 5
ANSWER_WITHIN: Final = timedelta(days=7)
LOOKED_BACK: Final = timedelta(days=365)


@dataclass(frozen=True)
class Card:
    """One partner. `is_buyer`: the firm that looks at it is the buyer."""

    match: Match
    own: Post
    other: Post
    is_buyer: bool
    words: Words
    certificates: list[Certificate]
    # What the partner shows to this person.
    shows_certificates: bool
    shows_size: bool
    recommendation: Recommendation | None
    interest: Interest | None
    # Share of received interests answered within a week, and of how many; None for too few.
    answered: tuple[float, int] | None

    @property
    def firm(self) -> Enterprise:
        return self.other.enterprise

    @property
    def crosses_provinces(self) -> bool:
        here, there = self.own.enterprise.region_id, self.firm.region_id
        return bool(here and there) and here[:2] != there[:2]  # type: ignore[index]

    @property
    def lift(self) -> float:
        """Points added for the partner's place in this buyer's list."""
        return round(self.match.place_score - self.match.score, 2) if self.is_buyer else 0.0

    @property
    def is_explored(self) -> bool:
        return self.is_buyer and self.match.is_explored

    @property
    def is_saved(self) -> bool:
        return self.recommendation is not None and self.recommendation.saved_at is not None

    @property
    def is_hidden(self) -> bool:
        return self.recommendation is not None and self.recommendation.hidden_at is not None

    @property
    def feedback(self) -> str:
        return self.recommendation.feedback if self.recommendation is not None else ""


def cards(*, matches: Sequence[Match], firm: Enterprise, user: User, own: bool = True) -> list[Card]:
    """Cards of the firm's matches (from `recommending.partners`), in the same order, in a fixed number of queries.

    Not `own`: for a reader who does not belong to the firm. What the firm said and sent is its own business.
    """
    viewer = Viewer(user)
    posts = (
        Post.objects.filter(pk__in={pk for match in matches for pk in (match.demand_id, match.supply_id)})
        .select_related("industry", *region_path("delivery_region"), *region_path("enterprise__region"))
        .prefetch_related("certificates")
        .in_bulk()
    )
    partners = {posts[_other_id(match, posts, firm)].enterprise_id for match in matches}
    certificates: dict[int, list[Certificate]] = {}
    for certificate in Certificate.objects.valid().filter(enterprise_id__in=partners).select_related("kind"):
        certificates.setdefault(certificate.enterprise_id, []).append(certificate)
    said = recommending.recommendations_of(firm=firm, matches=matches) if own else {}
    # One that waits for its answer is shown whichever version of the two posts it was about: no other can be sent.
    waits = Q(state=Interest.State.SENT, match__demand__in=posts, match__supply__in=posts)
    sent = Interest.objects.filter(
        Q(sender=firm) | Q(receiver=firm), Q(match__in=[match.pk for match in matches]) | waits
    )
    interests = {
        (interest.match.demand_id, interest.match.supply_id): interest
        for interest in (sent.select_related("match").order_by("pk") if own else ())
    }
    answers = _answers(partners)
    names = Names.of(reason for match in matches for reason in match.reasons)
    found = []
    for match in matches:
        other = posts[_other_id(match, posts, firm)]
        is_buyer = other.pk == match.supply_id
        shows_certificates = viewer.may_see(other.enterprise, "certificates")
        found.append(
            Card(
                match=match,
                own=posts[match.demand_id if is_buyer else match.supply_id],
                other=other,
                is_buyer=is_buyer,
                words=in_words(reasons=match.reasons, parts=match.parts, names=names, to_seller=not is_buyer),
                certificates=certificates.get(other.enterprise_id, []) if shows_certificates else [],
                shows_certificates=shows_certificates,
                shows_size=viewer.may_see(other.enterprise, "size"),
                recommendation=said.get(match.pk),
                interest=interests.get((match.demand_id, match.supply_id)),
                answered=answers.get(other.enterprise_id),
            )
        )
    return found


def _other_id(match: Match, posts: dict[int, Post], firm: Enterprise) -> int:
    return match.supply_id if posts[match.demand_id].enterprise_id == firm.pk else match.demand_id


def _answers(firms: set[int]) -> dict[int, tuple[float, int]]:
    now = timezone.now()
    due: Any = Q(answered_at__isnull=False) | Q(created_at__lte=now - ANSWER_WITHIN)
    rows = (
        Interest.objects.filter(due, receiver_id__in=firms, created_at__gte=now - LOOKED_BACK)
        .exclude(state=Interest.State.WITHDRAWN)
        .order_by()
        .values_list("receiver_id")
        .annotate(
            asked=Count("pk"),
            answered=Count("pk", filter=Q(answered_at__lte=F("created_at") + ANSWER_WITHIN)),
        )
    )
    return {firm: (answered / asked, asked) for firm, asked, answered in rows if asked >= FEWEST_ANSWERS}
