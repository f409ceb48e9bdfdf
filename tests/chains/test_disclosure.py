"""What a firm does not show on its page is not told by a recommendation, a reason or the leader's desk either."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chains import leadership
from chains.models import Chain, Leadership, Match
from enterprises.models import Enterprise, Post
from foundation.models import User
from tests.chains.market import Market, market, match_all, post
from tests.factories import CertificateFactory, CertificateKindFactory

pytestmark = pytest.mark.django_db

HIDDEN = {"size": "members", "certificates": "members"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def secretive() -> Market:
    """The seller holds ISO 9001 and is a medium firm; it shows neither."""
    m = market()
    CertificateFactory(enterprise=m.seller, kind=CertificateKindFactory(code="iso9001", name="ISO 9001"))
    Enterprise.objects.filter(pk=m.seller.pk).update(size_class="medium", field_visibility=HIDDEN)
    return m


def cards_of(m: Market) -> list[Any]:
    rows: list[Any] = browser(m.buyer_user).get("/api/v1/recommendations/").json()["results"]
    return rows


def test_a_recommendation_tells_no_hidden_size_and_no_hidden_certificate() -> None:
    m = secretive()
    (card,) = cards_of(m)
    assert (card["certificates"], card["partner_size"]) == ([], None)
    page = browser(m.buyer_user).get(reverse("chains:post-matches", args=[m.wanted.pk])).content.decode()
    assert str(m.offer.product) in page
    assert "ISO 9001" not in page
    assert "中型" not in page
    assert "未公开" in page


def test_a_recommendation_tells_what_the_partner_shows() -> None:
    m = secretive()
    Enterprise.objects.filter(pk=m.seller.pk).update(field_visibility={})
    (card,) = cards_of(m)
    assert (card["certificates"], card["partner_size"]) == (["iso9001"], "medium")


def test_a_hidden_certificate_answers_no_demand_since_the_reason_would_tell() -> None:
    m = secretive()
    m.wanted.certificates.add("iso9001")
    match_all()
    found = [str(match.reasons) for match in Match.objects.live()]
    assert not any("'held': ['iso9001']" in reasons for reasons in found)
    Enterprise.objects.filter(pk=m.seller.pk).update(field_visibility={})
    match_all()
    assert "'held': ['iso9001']" in str(m.match.reasons)


def test_the_leaders_desk_names_no_partner_whom_the_firm_may_not_see() -> None:
    m = market()
    chain = Chain.objects.create(slug="robots", name="工业机器人")
    lead = Leadership.objects.create(chain=chain, enterprise=m.buyer)
    client, url = browser(m.buyer_user), f"/leader/{chain.pk}/"
    assert m.seller.name in client.get(url).content.decode()
    Post.objects.filter(pk=m.offer.pk).update(visibility="invited")
    assert m.seller.name not in client.get(url).content.decode()
    assert [row.partners for row in leadership.open_demands(lead, user=m.buyer_user)] == [0]


def test_the_leaders_desk_counts_partners_not_pages_of_other_demands() -> None:
    m = market()
    second = post(m.buyer, demand=True)
    match_all()
    lead = Leadership.objects.create(chain=Chain.objects.create(slug="robots", name="工业机器人"), enterprise=m.buyer)
    counts = {row.pk: row.partners for row in leadership.open_demands(lead, user=m.buyer_user)}
    assert counts == {m.wanted.pk: 1, second.pk: 1}
