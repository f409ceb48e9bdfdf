"""From somebody's post straight to an interest in it."""

import pytest
from django.test import Client

from chains import matching
from chains.models import Match
from enterprises.models import Enterprise
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
