"""Exposure: counted by what buyers were shown; of equals the hardly seen come first; the buyer's own choice stays."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chains import matching, recommending
from chains.matching import exposure
from chains.matching.placing import CREDIT, weight
from chains.models import FirmExposure, Match, Recommendation
from enterprises.models import Enterprise, Post
from foundation.models import Notice
from tests.chains.market import firm, market, match_all, post
from tests.factories import owner_of, province

pytestmark = pytest.mark.django_db

MANY = matching.TOP + 5


def crowded() -> tuple[Post, list[Post]]:
    """One demand and more equal offers than a list has places, all matched."""
    wanted = post(firm(place="江苏"), demand=True)
    offers = [post(firm(place="四川")) for _ in range(MANY)]
    match_all()
    return wanted, offers


def listed(wanted: Post) -> list[int]:
    return list(Match.objects.live().filter(demand=wanted).order_by("rank").values_list("supply_id", flat=True))


def show(wanted: Post, count: int = 5) -> None:
    rows = list(Match.objects.live().filter(demand=wanted).order_by("rank")[:count])
    recommending.record_shown(firm=wanted.enterprise, shown=[(row.rank, row) for row in rows], plain=False)


def again() -> None:
    exposure.count()
    match_all()


def test_before_anybody_was_shown_ties_go_by_id() -> None:
    wanted, offers = crowded()
    exposure.count()
    match_all()
    assert listed(wanted) == [offer.pk for offer in offers[: matching.TOP]]
    assert set(Match.objects.values_list("is_explored", flat=True)) == {False}
    assert FirmExposure.objects.exclude(credit=0).count() == 0


def test_exposure_is_what_buyers_saw_weighted_by_place() -> None:
    wanted, offers = crowded()
    show(wanted, 2)
    # What a seller is shown of its buyers is not the seller's exposure.
    row = Match.objects.live().get(demand=wanted, supply=offers[2])
    recommending.record_shown(firm=offers[2].enterprise, shown=[(1, row)], plain=False)
    exposure.count()
    counted = dict(FirmExposure.objects.values_list("enterprise", "exposure"))
    assert counted[offers[0].enterprise_id] == pytest.approx(weight(1), abs=1e-3)
    assert counted[offers[1].enterprise_id] == pytest.approx(weight(2), abs=1e-3)
    assert counted[offers[2].enterprise_id] == 0
    credits = exposure.credits_of([offer.enterprise_id for offer in offers])
    assert credits[offers[0].enterprise_id] == 0
    assert credits[offers[2].enterprise_id] == CREDIT


def test_counting_twice_counts_once_and_old_showings_are_forgotten() -> None:
    wanted, _offers = crowded()
    show(wanted)
    exposure.count()
    first = list(FirmExposure.objects.order_by("pk").values_list("pk", "exposure", "credit"))
    exposure.count()
    assert list(FirmExposure.objects.order_by("pk").values_list("pk", "exposure", "credit")) == first
    Recommendation.objects.update(shown_at=timezone.now() - exposure.LOOKED_BACK - timedelta(days=1))
    exposure.count()
    assert not FirmExposure.objects.filter(exposure__gt=0).exists()
    assert exposure.credits_of([wanted.enterprise_id]) == {}


def test_of_equals_those_that_nobody_saw_take_their_turn_and_the_score_stays() -> None:
    wanted, offers = crowded()
    scores = set(Match.objects.values_list("score", flat=True))
    show(wanted)
    again()
    found = listed(wanted)
    assert found[: MANY - 5] == [offer.pk for offer in offers[5:]][: matching.TOP]
    assert {row.score for row in Match.objects.live().filter(demand=wanted)} == scores
    assert Match.objects.live().get(demand=wanted, rank=1).place_score == pytest.approx(scores.pop() + CREDIT)


def test_a_firm_that_came_after_the_count_has_been_shown_nothing() -> None:
    wanted, _offers = crowded()
    show(wanted)
    again()
    last = listed(wanted)[-1]
    newcomer = post(firm(place="湖南"))
    matching.keep(post_ids=[newcomer.pk])
    assert matching.demands_touched_by([newcomer.pk]) == [wanted.pk]
    assert exposure.credits_of([newcomer.enterprise_id]) == {newcomer.enterprise_id: CREDIT}
    assert Match.objects.live().get(demand=wanted, supply=last).place_score > 0


def test_what_the_buyer_saved_is_not_replaced() -> None:
    wanted, offers = crowded()
    mine = Match.objects.live().get(demand=wanted, supply=offers[0])
    recommending.save_partner(by=owner_of(wanted.enterprise), firm=wanted.enterprise, match=mine, saved=True)
    show(wanted, matching.TOP)
    again()
    assert offers[0].pk in listed(wanted)
    assert offers[1].pk not in listed(wanted) or len(offers) <= matching.TOP


def test_whose_turn_it_is_is_no_news() -> None:
    wanted, _offers = crowded()
    Notice.objects.all().delete()
    show(wanted)
    before = set(listed(wanted))
    again()
    assert set(listed(wanted)) - before
    assert not Notice.objects.filter(user=owner_of(wanted.enterprise), kind="match.found").exists()


def test_region_changes_nothing() -> None:
    wanted, offers = crowded()
    show(wanted)
    again()
    found = listed(wanted)
    Enterprise.objects.filter(pk__in=[offer.enterprise_id for offer in offers]).update(region=province("西藏"))
    again()
    assert listed(wanted) == found


def test_the_buyer_is_told_why_somebody_stands_higher(client: Client) -> None:
    m = market()
    other = post(firm(place="湖南"))
    match_all()
    recommending.record_shown(firm=m.buyer, shown=[(1, m.match)], plain=False)
    again()
    assert listed(m.wanted) == [other.pk, m.offer.pk]
    client.force_login(m.buyer_user)
    page = client.get(f"/posts/{m.wanted.pk}/matches/").content.decode()
    assert "排位加 3 分" in page
    client.force_login(owner_of(other.enterprise))
    assert "排位加" not in client.get(f"/posts/{other.pk}/matches/").content.decode()
