"""From somebody's post straight to an interest in it."""

import pytest
from django.test import Client

from chains import cooperation, matching
from chains.models import Match
from enterprises.models import Enterprise
from tests.chains.market import market
from tests.factories import EnterpriseFactory, PostFactory, owner_of, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer() -> Enterprise:
    return EnterpriseFactory(verified=True, owner=True, region=province("江苏"))


def browser(firm: Enterprise) -> Client:
    client = Client()
    client.force_login(owner_of(firm))
    return client


def test_a_matched_post_leads_to_the_form(buyer: Enterprise) -> None:
    supply = PostFactory(published=True, product="深沟球轴承 6204")
    demand = PostFactory(enterprise=buyer, published=True, demand=True, product="深沟球轴承")
    matching.keep(post_ids=[supply.pk, demand.pk])
    matching.match_demands([demand.pk])
    answer = browser(buyer).get(f"/posts/{supply.pk}/interest/")
    assert answer["Location"] == f"/recommendations/{Match.objects.get().pk}/interest/"


def test_without_a_match_the_way_to_one_is_shown(buyer: Enterprise) -> None:
    supply = PostFactory(published=True, product="深沟球轴承 6204")
    answer = browser(buyer).get(f"/posts/{supply.pk}/interest/", follow=True)
    assert answer.status_code == 200
    assert "请先发布需求" in answer.content.decode()


def test_a_hidden_post_is_a_missing_one(buyer: Enterprise) -> None:
    hidden = PostFactory(published=True, visibility="invited")
    client = browser(buyer)
    assert client.get(f"/posts/{hidden.pk}/interest/").status_code == 404
    assert client.get("/posts/999999/interest/").status_code == 404


def test_a_post_one_talks_about_already_leads_to_the_interest() -> None:
    m = market()
    client, path = browser(m.buyer), f"/posts/{m.offer.pk}/"
    assert "我有需求" in client.get(path).content.decode()
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    for firm, post in ((m.buyer, m.offer), (m.seller, m.wanted)):
        page = browser(firm).get(f"/posts/{post.pk}/").content.decode()
        assert f'href="/interests/{interest.pk}/">查看意向</a>' in page
        assert "我有需求" not in page
        assert "我能供应" not in page
    assert f"/interests/{interest.pk}/" not in browser(m.stranger).get(path).content.decode()
    assert client.get(f"{path}interest/")["Location"] == f"/interests/{interest.pk}/"
    cooperation.withdraw(by=m.buyer_user, interest=interest)
    assert "我有需求" in client.get(path).content.decode()


@pytest.mark.parametrize("accepted", [False, True])
def test_the_form_gives_way_to_an_interest_that_stands(accepted: bool) -> None:
    m = market()
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    if accepted:
        cooperation.accept(by=m.seller_user, interest=interest)
    for firm in (m.buyer, m.seller):
        client, path = browser(firm), f"/recommendations/{m.match.pk}/interest/"
        for answer in (client.get(path), client.post(path, {"message": "再问一次"})):
            page = answer.content.decode()
            assert "双方已有进行中的意向。" in page
            assert f'href="/interests/{interest.pk}/">查看意向</a>' in page
            assert "发出意向</button>" not in page
    assert interest.match.interests.count() == 1
