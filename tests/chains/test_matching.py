"""Stage 3: which partners a demand gets, and when they change."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from chains import matching
from chains.models import Chain, Leadership, Match
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from tests.factories import (
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    PostFactory,
    PrefectureFactory,
    province,
)

pytestmark = pytest.mark.django_db


def supply(product: str = "深沟球轴承 6204", **more: Any) -> Post:
    post: Post = PostFactory(published=True, product=product, title=product, **more)
    return post


def demand(product: str = "深沟球轴承 6204", **more: Any) -> Post:
    post: Post = PostFactory(published=True, demand=True, product=product, title=product, **more)
    return post


def match(*posts: Post) -> None:
    """What the job does: understand, find what is touched, match."""
    matching.keep(post_ids=[post.pk for post in posts])
    supplies = [post.pk for post in posts if not post.is_demand]
    demands = {post.pk for post in posts if post.is_demand}
    matching.match_demands(sorted(demands | set(matching.demands_touched_by(supplies))))


def partners(wanted: Post) -> list[int]:
    return list(Match.objects.live().filter(demand=wanted).order_by("rank").values_list("supply_id", flat=True))


def test_a_demand_finds_the_supply_of_another_province() -> None:
    offer = supply(enterprise__region=province("四川"))
    wanted = demand(enterprise__region=province("江苏"))
    match(offer, wanted)
    assert partners(wanted) == [offer.pk]
    row = Match.objects.get()
    assert row.is_strong
    assert row.score == pytest.approx(sum(row.parts.values()))
    assert row.score == pytest.approx(sum(reason["points"] for reason in row.reasons))


def test_a_new_supply_finds_the_demand_that_waits_for_it() -> None:
    wanted = demand()
    match(wanted)
    assert partners(wanted) == []
    offer = supply()
    match(offer)
    assert partners(wanted) == [offer.pk]


def test_other_things_do_not_answer() -> None:
    wanted = demand("深沟球轴承")
    match(supply("轴承加工设备"), supply("聚氯乙烯树脂"), wanted)
    assert not Match.objects.live().filter(demand=wanted, is_strong=True).exists()


def test_a_firm_is_no_partner_of_its_own() -> None:
    firm = EnterpriseFactory(verified=True)
    wanted = demand(enterprise=firm)
    match(supply(enterprise=firm), wanted)
    assert partners(wanted) == []


def test_a_firm_with_two_fitting_posts_stands_once_in_the_list() -> None:
    firm = EnterpriseFactory(verified=True)
    supply("深沟球轴承", enterprise=firm)
    exact = supply("深沟球轴承 6204", enterprise=firm)
    wanted = demand("深沟球轴承 6204")
    match(*Post.objects.all())
    assert partners(wanted) == [exact.pk]


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_blocked_firms_do_not_meet_whoever_blocked(who: str) -> None:
    offer, wanted = supply(), demand()
    if who == "buyer":
        wanted.enterprise.blocked.add(offer.enterprise)
    else:
        offer.enterprise.blocked.add(wanted.enterprise)
    match(offer, wanted)
    assert partners(wanted) == []


def test_a_supply_for_invited_firms_answers_only_those() -> None:
    guest, stranger = demand(), demand()
    offer = supply(visibility=Visibility.INVITED, invited_firms=[guest.enterprise])
    match(offer, guest, stranger)
    assert partners(guest) == [offer.pk]
    assert partners(stranger) == []


@pytest.mark.parametrize("state", ["draft", "expired", "withdrawn"])
def test_only_what_is_on_the_market_is_matched(state: str) -> None:
    traits = {} if state == "draft" else {state: True}
    offer: Post = PostFactory(product="深沟球轴承 6204", **traits)
    wanted = demand()
    match(offer, wanted)
    assert partners(wanted) == []


def test_posts_of_a_suspended_firm_are_not_matched() -> None:
    offer = supply(enterprise=EnterpriseFactory(suspended=True))
    wanted = demand()
    match(offer, wanted)
    assert partners(wanted) == []


def test_a_required_certificate_must_be_held_and_valid() -> None:
    iatf = CertificateKindFactory(code="iatf16949")
    holder, late, silent = supply(), supply(), supply()
    CertificateFactory(enterprise=holder.enterprise, kind=iatf)
    CertificateFactory(enterprise=late.enterprise, kind=iatf, valid_to=timezone.localdate() - timedelta(days=1))
    wanted = demand(certificates=[iatf])
    match(holder, late, silent, wanted)
    assert partners(wanted) == [holder.pk]


def test_who_delivers_elsewhere_only_is_left_out() -> None:
    chengdu = PrefectureFactory(parent=province("四川"), code="510100", name="成都市")
    near = supply(delivers_to=[province("四川")])
    far = supply(delivers_to=[province("辽宁")])
    anywhere = supply()
    wanted = demand(delivery_region=chengdu)
    match(near, far, anywhere, wanted)
    assert set(partners(wanted)) == {near.pk, anywhere.pk}


def test_a_capacity_in_kilograms_covers_a_need_in_tonnes_when_it_is_large_enough() -> None:
    enough = supply("螺纹钢", quantity=Decimal(80_000), unit="kg")
    little = supply("螺纹钢", quantity=Decimal(8_000), unit="kg")
    wanted = demand("螺纹钢", quantity=Decimal(50), unit="t", partial_ok=False)
    match(enough, little, wanted)
    assert partners(wanted) == [enough.pk]


def test_who_cannot_deliver_in_time_is_left_out() -> None:
    soon, late = supply(lead_time_days=7), supply(lead_time_days=60)
    wanted = demand(deliver_by=timezone.localdate() + timedelta(days=20))
    silent = supply(lead_time_days=None)
    match(soon, late, silent, wanted)
    assert partners(wanted) == [soon.pk, silent.pk]
    row = Match.objects.live().get(supply=silent)
    assert "delivery_not_stated" in [reason["code"] for reason in row.reasons]


def test_changing_only_the_region_changes_no_score() -> None:
    offer = supply(enterprise__region=province("四川"))
    wanted = demand(enterprise__region=province("四川"))
    match(offer, wanted)
    before = Match.objects.live().get()
    Enterprise.objects.filter(pk=offer.enterprise_id).update(region=province("黑龙江"))
    match(offer)
    after = Match.objects.live().get()
    assert (before.score, before.parts) == (after.score, after.parts)


def test_leading_a_chain_changes_no_score() -> None:
    offer, other = supply(), supply()
    wanted = demand()
    match(offer, other, wanted)
    before = list(Match.objects.live().order_by("supply_id").values_list("supply_id", "score", "rank"))
    chain = Chain.objects.create(slug="robots", name="工业机器人")
    for firm in (other.enterprise, wanted.enterprise):
        Leadership.objects.create(chain=chain, enterprise=firm)
    match(offer, other, wanted)
    assert list(Match.objects.live().order_by("supply_id").values_list("supply_id", "score", "rank")) == before


def test_distance_counts_when_the_buyer_asks_for_it() -> None:
    for name, longitude, latitude in (("四川", 104.1, 30.7), ("重庆", 106.5, 29.5), ("黑龙江", 126.6, 45.8)):
        place = province(name)
        place.longitude, place.latitude = longitude, latitude
        place.save()
    near = supply(enterprise__region=province("重庆"))
    far = supply(enterprise__region=province("黑龙江"))
    wanted = demand(delivery_region=province("四川"), maximum_distance_km=800)
    match(far, near, wanted)
    assert partners(wanted) == [near.pk, far.pk]
    parts = {row.supply_id: row.parts["freight"] for row in Match.objects.live()}
    assert parts[near.pk] > parts[far.pk] == 0


def test_matching_again_changes_nothing() -> None:
    offer, wanted = supply(), demand()
    match(offer, wanted)
    before = list(Match.objects.values())
    outcome = matching.match_demand(wanted.pk)
    assert outcome.as_dict() == {"demands": 1, "created": 0, "changed": 0, "ended": 0}
    assert list(Match.objects.values()) == before


def test_when_a_supply_ends_its_match_ends_and_the_list_refills() -> None:
    offers = [supply() for _ in range(matching.TOP + 1)]
    wanted = demand()
    match(*offers, wanted)
    assert partners(wanted) == [offer.pk for offer in offers[: matching.TOP]]
    gone = offers[3]
    gone.status, gone.ended_at = Post.Status.WITHDRAWN, timezone.now()
    gone.save()
    match(gone)
    assert partners(wanted) == [offer.pk for offer in offers if offer.pk != gone.pk]
    assert Match.objects.get(supply=gone).ended_at is not None


def test_a_supply_that_ended_is_not_written_even_before_its_job_has_run() -> None:
    offer, wanted = supply(), demand()
    matching.keep(post_ids=[offer.pk, wanted.pk])
    matching.current()
    Post.objects.filter(pk=offer.pk).update(status="withdrawn", ended_at=timezone.now())
    matching.match_demand(wanted.pk)
    assert partners(wanted) == []


def test_a_demand_that_ends_takes_its_matches_along() -> None:
    offer, wanted = supply(), demand()
    match(offer, wanted)
    Post.objects.filter(pk=wanted.pk).update(status="fulfilled", ended_at=timezone.now())
    match(wanted)
    assert not Match.objects.live().exists()
    assert Match.objects.count() == 1


def test_a_new_version_ends_the_old_match_and_makes_a_new_one() -> None:
    offer, wanted = supply(), demand()
    match(offer, wanted)
    Post.objects.filter(pk=offer.pk).update(version=2)
    match(offer)
    versions = Match.objects.order_by("pk").values_list("supply_version", "ended_at")
    assert [(version, ended is None) for version, ended in versions] == [(1, False), (2, True)]


def test_a_pair_that_comes_back_is_revived_not_doubled() -> None:
    offer, wanted = supply(), demand()
    match(offer, wanted)
    Post.objects.filter(pk=offer.pk).update(status="withdrawn", ended_at=timezone.now())
    match(offer)
    assert partners(wanted) == []
    Post.objects.filter(pk=offer.pk).update(status="published", ended_at=None)
    match(offer)
    assert partners(wanted) == [offer.pk]
    assert Match.objects.count() == 1


def test_posts_with_matches_show_it_and_show_it_no_more_when_they_have_none() -> None:
    offer, wanted = supply(), demand()
    match(offer, wanted)
    assert {post.status for post in Post.objects.all()} == {Post.Status.MATCHED}
    offer.refresh_from_db()
    offer.status, offer.ended_at = Post.Status.WITHDRAWN, timezone.now()
    offer.save()
    match(offer)
    wanted.refresh_from_db()
    assert wanted.status == Post.Status.PUBLISHED
