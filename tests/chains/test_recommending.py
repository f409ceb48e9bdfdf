"""Stage 4: what a firm is shown, what it says to it, and that the off switch is one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chains import recommending
from chains.models import Match, Recommendation
from enterprises import posting
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from foundation.errors import RefusedError
from foundation.models import AuditEntry, User
from tests.chains.market import Market, firm, market, match_all, post
from tests.factories import MemberFactory, UserFactory, owner_of

pytestmark = pytest.mark.django_db


def seen(enterprise: Enterprise, user: User | None = None) -> list[int]:
    user = user or owner_of(enterprise)
    matches = recommending.not_hidden(recommending.partners(firm=enterprise, user=user), firm=enterprise)
    return [match.pk for match in recommending.in_order(matches, plain=user.plain_order)]


def test_both_sides_see_their_match_and_nobody_else_does() -> None:
    m = market()
    assert seen(m.buyer) == seen(m.seller) == [m.match.pk]
    assert seen(m.stranger) == []
    assert seen(m.buyer, m.stranger_user) == []


def test_somebody_who_left_the_firm_sees_nothing_more() -> None:
    m = market()
    user = m.buyer_user
    m.buyer.members.update(left_at=timezone.now())
    assert seen(m.buyer, user) == []


def test_a_confidential_demand_has_partners_but_they_do_not_learn_of_it() -> None:
    m = market()
    Post.objects.filter(pk=m.wanted.pk).update(visibility=Visibility.INVITED)
    assert seen(m.buyer) == [m.match.pk]
    assert seen(m.seller) == []
    m.wanted.invited_firms.add(m.seller)
    assert seen(m.seller) == [m.match.pk]


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_blocking_counts_at_once_not_when_matching_has_heard_of_it(who: str) -> None:
    m = market()
    one, other = (m.buyer, m.seller) if who == "buyer" else (m.seller, m.buyer)
    one.blocked.add(other)
    assert seen(m.buyer) == seen(m.seller) == []


def test_a_post_that_just_ended_is_not_recommended_any_more() -> None:
    m = market()
    Post.objects.filter(pk=m.offer.pk).update(status="withdrawn", ended_at=timezone.now())
    assert seen(m.buyer) == []


def test_what_was_shown_is_kept_with_rank_parts_and_version_of_the_first_time() -> None:
    m = market()
    recommending.record_shown(firm=m.buyer, shown=[(1, m.match)], plain=False)
    first = Recommendation.objects.get()
    Match.objects.update(score=1.0, parts={})
    recommending.record_shown(firm=m.buyer, shown=[(7, m.match)], plain=True)
    again = Recommendation.objects.get()
    assert (again.rank, again.score, again.parts, again.ranking_version, again.shown_at, again.plain_order) == (
        1,
        first.score,
        first.parts,
        m.match.ranking_version,
        first.shown_at,
        False,
    )
    assert sum(first.parts.values()) == pytest.approx(first.score)


def test_not_useful_needs_a_reason_hides_and_can_be_taken_back() -> None:
    m = market()
    with pytest.raises(RefusedError) as refused:
        recommending.feedback(by=m.buyer_user, firm=m.buyer, match=m.match, useful=False)
    assert refused.value.code == "reason_missing"
    row = recommending.feedback(by=m.buyer_user, firm=m.buyer, match=m.match, useful=False, reason="wrong_grade")
    assert (row.feedback, row.feedback_reason, row.feedback_by) == ("not_useful", "wrong_grade", m.buyer_user)
    assert seen(m.buyer) == []
    assert seen(m.seller) == [m.match.pk]
    recommending.take_back(by=m.buyer_user, firm=m.buyer, match=m.match)
    assert seen(m.buyer) == [m.match.pk]
    assert Recommendation.objects.get().feedback == ""
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["recommendation.rated", "recommendation.taken_back"]


def test_what_is_hidden_stays_hidden_in_a_new_version() -> None:
    m = market()
    recommending.hide(by=m.buyer_user, firm=m.buyer, match=m.match)
    Post.objects.filter(pk=m.offer.pk).update(version=2)
    match_all()
    assert m.match.supply_version == 2
    assert seen(m.buyer) == []
    recommending.take_back(by=m.buyer_user, firm=m.buyer, match=m.match)
    assert seen(m.buyer) == [m.match.pk]


def test_a_saved_partner_stays_saved_in_a_new_version() -> None:
    m = market()
    recommending.save_partner(by=m.buyer_user, firm=m.buyer, match=m.match, saved=True)
    Post.objects.filter(pk=m.offer.pk).update(version=2)
    match_all()
    said = recommending.recommendations_of(firm=m.buyer, matches=[m.match])
    assert said[m.match.pk].saved_at is not None


@pytest.mark.parametrize("who", ["viewer", "stranger", "nobody"])
def test_only_owners_and_editors_may_judge(who: str) -> None:
    m = market()
    user: Any = {
        "viewer": lambda: MemberFactory(enterprise=m.buyer, role="viewer").user,
        "stranger": lambda: m.stranger_user,
        "nobody": UserFactory,
    }[who]()
    for call in (
        lambda: recommending.feedback(by=user, firm=m.buyer, match=m.match, useful=True),
        lambda: recommending.hide(by=user, firm=m.buyer, match=m.match),
        lambda: recommending.take_back(by=user, firm=m.buyer, match=m.match),
        lambda: recommending.save_partner(by=user, firm=m.buyer, match=m.match, saved=True),
    ):
        with pytest.raises(RefusedError) as refused:
            call()
        assert refused.value.code == "not_allowed"
    assert not Recommendation.objects.exists()


def several() -> tuple[Market, list[Post]]:
    """A demand with an exact answer that is old and a weaker one that is new."""
    m = market()
    weak = post(firm(place="湖北"), product="深沟球轴承")
    match_all()
    Post.objects.filter(pk=m.offer.pk).update(published_at=timezone.now() - timedelta(days=9))
    return m, [m.offer, weak]


def test_the_plain_order_is_by_date_and_counts_at_the_next_look() -> None:
    m, (old, new) = several()
    user = m.buyer_user
    supplies = dict(Match.objects.values_list("pk", "supply_id"))
    assert [supplies[pk] for pk in seen(m.buyer)] == [old.pk, new.pk]
    recommending.set_plain_order(by=user, on=True)
    assert [supplies[pk] for pk in seen(m.buyer)] == [new.pk, old.pk]
    recommending.set_plain_order(by=user, on=False)
    assert [supplies[pk] for pk in seen(m.buyer)] == [old.pk, new.pk]


@pytest.mark.parametrize("plain", [True, False])
def test_the_order_is_the_same_whatever_a_firm_has_clicked(plain: bool) -> None:
    m, _posts = several()
    recommending.set_plain_order(by=m.buyer_user, on=plain)
    before = seen(m.buyer)
    for pk, useful in zip(before, (False, True), strict=True):
        match = Match.objects.get(pk=pk)
        recommending.feedback(by=m.buyer_user, firm=m.buyer, match=match, useful=True)
        recommending.save_partner(by=m.buyer_user, firm=m.buyer, match=match, saved=useful)
        recommending.record_shown(firm=m.buyer, shown=[(1, match)], plain=plain)
    match_all()
    assert seen(m.buyer) == before


def test_a_saved_partner_stays_saved_in_a_new_version_and_can_be_let_go(client: Client) -> None:
    m = market()
    recommending.save_partner(by=m.buyer_user, firm=m.buyer, match=m.match, saved=True)
    posting.edit(post=m.offer, by=m.seller_user, quantity=Decimal(900), unit="pc")
    match_all()
    client.force_login(m.buyer_user)
    recommending.record_shown(firm=m.buyer, shown=[(1, m.match)], plain=False)
    assert recommending.recommendations_of(firm=m.buyer, matches=[m.match])[m.match.pk].saved_at is not None
    assert m.offer.product in client.get("/recommendations/?view=saved").content.decode()
    recommending.save_partner(by=m.buyer_user, firm=m.buyer, match=m.match, saved=False)
    page = client.get("/recommendations/?view=saved")
    assert not page.context["cards"]
