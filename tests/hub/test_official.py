"""The official's pages: true figures, nothing small, nothing of another region."""

from typing import Any

import pytest
from django.test import Client

from chains.models import Interest, Match
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from foundation.models import User
from hub.monitoring.flows import province_flows
from hub.monitoring.overview import region_figures
from tests.factories import (
    EnterpriseFactory,
    IndustryFactory,
    OfficialFactory,
    PostFactory,
    UserFactory,
    province,
)

pytestmark = pytest.mark.django_db


def match(supplier: Enterprise, buyer: Enterprise, *, strong: bool = True) -> Match:
    return Match.objects.create(
        supply=PostFactory(enterprise=supplier, published=True),
        demand=PostFactory(enterprise=buyer, published=True, demand=True),
        demand_version=1,
        supply_version=1,
        rank=1,
        score=80,
        is_strong=strong,
        parts={},
        reasons=[],
        ranking_version="test",
    )


def firms(name: str, count: int) -> list[Enterprise]:
    return [EnterpriseFactory(verified=True, region=province(name)) for _n in range(count)]


def flow(origin: str, target: str, *, suppliers: int, buyers: int) -> None:
    """One match from each supplier, the buyers taken in turn."""
    sellers, takers = firms(origin, suppliers), firms(target, buyers)
    for number, seller in enumerate(sellers):
        match(seller, takers[number % buyers])


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_cell_under_five_firms_is_hidden_and_counts_in_no_total() -> None:
    flow("四川", "江苏", suppliers=4, buyers=1)
    flow("浙江", "江苏", suppliers=3, buyers=1)
    found = province_flows("matches")
    assert {(c.origin[:2], c.target[:2], c.flows) for c in found.cells} == {("51", "32", 4), ("33", "32", None)}
    assert (found.total, found.hidden_count) == (4, 1)


def test_a_firm_on_both_sides_is_not_counted_twice() -> None:
    few = firms("四川", 3)
    for seller in few:
        for buyer in few:
            if seller != buyer:
                match(seller, buyer)
    assert [c.flows for c in province_flows("matches").cells] == [None]


def test_weak_and_ended_matches_are_no_flow() -> None:
    seller, buyer = firms("四川", 1)[0], firms("江苏", 1)[0]
    match(seller, buyer, strong=False)
    assert province_flows("matches").cells == ()


def test_withdrawn_interests_are_no_flow() -> None:
    sellers, buyers = firms("四川", 5), firms("江苏", 1)
    user = UserFactory()
    for seller in sellers:
        made = match(seller, buyers[0])
        Interest.objects.create(match=made, sender=buyers[0], receiver=seller, sent_by=user, message="想谈谈")
    assert [c.flows for c in province_flows("interests").cells] == [5]


def test_an_official_sees_the_own_region_and_no_other(client: Client) -> None:
    official = OfficialFactory(region=province("四川"))
    flow("四川", "江苏", suppliers=5, buyers=2)
    page = browser(official.user).get("/official/510000/")
    assert page.status_code == 200
    assert "四川省" in page.content.decode()
    assert browser(official.user).get("/official/320000/").status_code == 404
    assert browser(official.user).get("/official/999999/").status_code == 404
    assert browser(UserFactory()).get("/official/510000/").status_code == 404
    assert client.get("/official/510000/").status_code == 302


def test_no_firm_is_named_on_the_pages() -> None:
    official = OfficialFactory(region=province("四川"))
    flow("江苏", "浙江", suppliers=6, buyers=2)
    Enterprise.objects.update(name="金丝雀机密有限公司", short_name="金丝雀")
    for url in ("/official/510000/", "/official/510000/flows/", "/official/510000/flows/?measure=interests"):
        page = browser(official.user).get(url)
        assert page.status_code == 200
        assert "金丝雀" not in page.content.decode()


def test_hidden_values_are_not_in_the_page_data() -> None:
    official = OfficialFactory(region=province("四川"))
    flow("江苏", "四川", suppliers=3, buyers=1)
    page = browser(official.user).get("/official/510000/flows/")
    assert page.context["map"].rows == []
    assert "隐" in page.content.decode()


@pytest.mark.parametrize("measure", ["", "x' OR 1=1", "matches", "interests"])
def test_an_unknown_measure_falls_back(measure: str) -> None:
    official = OfficialFactory(region=province("四川"))
    assert browser(official.user).get("/official/510000/flows/", {"measure": measure}).status_code == 200


def test_the_pages_ask_a_constant_number_of_queries(django_assert_max_num_queries: Any) -> None:
    official = OfficialFactory(region=province("四川"))
    for target in ("江苏", "浙江", "广东", "湖南"):
        flow("四川", target, suppliers=5, buyers=2)
    client = browser(official.user)
    with django_assert_max_num_queries(20):
        client.get("/official/510000/")
    with django_assert_max_num_queries(14):
        client.get("/official/510000/flows/")


def test_a_suspended_firm_and_its_posts_are_in_no_figure() -> None:
    buyer, supplier = firms("四川", 1)[0], firms("江苏", 1)[0]
    found = match(supplier, buyer)
    PostFactory(enterprise=EnterpriseFactory(suspended=True, region=province("四川")), published=True, demand=True)
    reader = OfficialFactory(region=province("四川")).user
    Post.objects.filter(pk=found.demand_id).update(status=Post.Status.MATCHED)
    figures = region_figures(province("四川"), reader=reader)
    assert (figures["firms"], figures["demands"], figures["unanswered"]) == (1, 1, 0)
    Post.objects.filter(pk=found.demand_id).update(status=Post.Status.PUBLISHED)
    assert region_figures(province("四川"), reader=reader)["unanswered"] == 1


def test_demands_without_a_match_open_as_many_as_are_said() -> None:
    place = province("四川")
    client = browser(OfficialFactory(region=place).user)
    (firm,) = firms("四川", 1)
    for number in range(3):
        PostFactory(enterprise=firm, published=True, demand=True, product=f"无人供应 {number}")
    PostFactory(enterprise=firm, published=True, demand=True, product="已有匹配的", status=Post.Status.MATCHED)
    PostFactory(enterprise=firm, published=True, product="一条供应")
    PostFactory(enterprise=firm, published=True, demand=True, product="保密的", visibility=Visibility.INVITED)
    page = client.get(f"/official/{place.code}/")
    (finding,) = [f for f in page.context["findings"] if "还没有任何匹配" in f.text]
    assert finding.text.startswith("3 条")
    hall = client.get(finding.url)
    assert hall.context["page_obj"].paginator.count == 3
    assert "无人供应 0" in hall.content.decode()


def test_a_pair_of_provinces_opens_the_flows_at_that_province() -> None:
    place = province("四川")
    client = browser(OfficialFactory(region=place).user)
    flow("浙江", "四川", suppliers=6, buyers=1)
    flow("广东", "江苏", suppliers=5, buyers=1)
    page = client.get(f"/official/{place.code}/")
    (finding,) = [f for f in page.context["findings"] if "浙江省" in f.text]
    assert "with=330000#pair" in finding.url
    flows = client.get(finding.url.partition("#")[0])
    html = flows.content.decode()
    assert 'id="pair"' in html
    assert "浙江省供四川省" in html
    shown = flows.context["matrix"]
    assert [region.code[:2] for region in shown["columns"]] == ["51", "33", "32", "44"]
    assert [row["region"].code[:2] for row in shown["rows"]][:2] == ["51", "33"]
    assert "左右滚动" in html
    for odd in ("510000", "999999", "x'"):
        assert 'id="pair"' not in client.get(f"/official/{place.code}/flows/", {"with": odd}).content.decode()


def test_the_chart_of_divisions_says_how_many_firms_state_none() -> None:
    place = province("四川")
    EnterpriseFactory(verified=True, region=place, industry=IndustryFactory(code="3451"))
    EnterpriseFactory(verified=True, region=place, industry=None)
    page = browser(OfficialFactory(region=place).user).get(f"/official/{place.code}/").content.decode()
    assert "n=1；另有 1 家未填写行业" in page


def test_each_finding_leads_to_what_it_rests_on(client: Client) -> None:
    place = province("四川")
    EnterpriseFactory(verified=True, region=place)
    client.force_login(OfficialFactory(region=place).user)
    page = client.get(f"/official/{place.code}/").content.decode()
    assert f'<li><a href="/firms/?region={place.code}">本地有 1 家已核验企业' in page
