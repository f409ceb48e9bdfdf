"""/api/v1/partners/: the same partners as the pages, the same refusals."""

from typing import Any

import pytest
from django.utils import timezone

from chains import recommending
from chains.api import partners as endpoint
from chains.models import Chain
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from tests.chains.battery import battery_chain, maker, node
from tests.chains.market import firm
from tests.chains.test_api import Caller
from tests.factories import UserFactory, owner_of, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> Chain:
    return battery_chain()


@pytest.fixture
def pack(chain: Chain) -> Post:
    return maker("动力电池包")


def ask(caller: Caller, **query: Any) -> Any:
    return caller.get("/partners/", **{"direction": "upstream", **query})


def rows(caller: Caller, **query: Any) -> Any:
    answer = ask(caller, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_the_path_its_links_and_the_parts_of_the_score(pack: Post) -> None:
    cathode = maker("磷酸铁锂正极材料", "湖南")
    (row,) = rows(Caller(owner_of(pack.enterprise)))
    assert row["partner"]["name"] == cathode.enterprise.name
    assert row["reason"] == "您的 动力电池 ← 电芯 ← 正极材料：该企业供应 磷酸铁锂正极材料"
    assert [(step["slug"], step["chain"]) for step in row["nodes"]] == [
        ("pack", "battery"),
        ("cell", "battery"),
        ("cathode", "battery"),
    ]
    joined = [(node("cell").pk, node("pack").pk), (node("cathode").pk, node("cell").pk)]
    assert [(one["upstream"], one["downstream"]) for one in row["links"]] == joined
    assert all((one["source"], one["observed_on"]) == ("示例", str(timezone.localdate())) for one in row["links"])
    assert sum(part["value"] for part in row["parts"]) == pytest.approx(row["score"])
    assert (row["supply"]["id"], row["demand"]) == (cathode.pk, None)


def test_visitors_may_ask_for_a_node_a_product_and_a_listed_firm(pack: Post) -> None:
    cell, hidden = maker("方形锂电芯"), maker("方形锂电芯", visibility=Visibility.VERIFIED)
    visitor = Caller(None)
    for query in ({"node": node("pack").pk}, {"product": "动力电池包"}, {"of_firm": pack.enterprise_id}):
        found = [row["partner"]["id"] for row in rows(visitor, **query)]
        assert found == [cell.enterprise_id]
    member = Caller(owner_of(firm()))
    assert hidden.enterprise_id in [row["partner"]["id"] for row in rows(member, node=node("pack").pk)]


def test_the_own_firms_partners_are_for_its_members(pack: Post) -> None:
    maker("方形锂电芯")
    assert ask(Caller(None)).status_code == 401
    assert ask(Caller(UserFactory())).status_code == 404
    stranger = Caller(owner_of(firm()))
    assert ask(stranger, firm=pack.enterprise_id).status_code == 404
    assert rows(stranger) == []
    token = Caller(owner_of(pack.enterprise), firm_id=pack.enterprise_id, can_write=False)
    assert len(rows(token)) == 1


def test_what_cannot_be_seen_is_missing(pack: Post) -> None:
    unlisted = firm()
    Enterprise.objects.filter(pk=unlisted.pk).update(status="suspended")
    caller = Caller(owner_of(pack.enterprise))
    assert ask(caller, of_firm=unlisted.pk).status_code == 404
    assert ask(caller, of_firm=10**12).status_code == 404
    assert ask(caller, node=10**12).status_code == 404
    assert ask(caller, page=99).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"direction": "sideways"},
        {"direction": ""},
        {"links": 0},
        {"links": 4},
        {"region": "999999"},
        {"node": "x"},
        {"node": 10**30},
        {"product": "长" * 300},
    ],
)
def test_nonsense_is_refused_as_such(pack: Post, query: dict[str, Any]) -> None:
    assert ask(Caller(owner_of(pack.enterprise)), **query).status_code == 400


def test_a_region_takes_out_and_the_plain_order_is_by_date(pack: Post) -> None:
    near, far = maker("方形锂电芯", "四川"), maker("磷酸铁锂正极材料", "湖南")
    Post.objects.filter(pk=far.pk).update(published_at="2099-01-01T00:00:00Z")
    user = owner_of(pack.enterprise)
    caller = Caller(user)
    every = {row["partner"]["id"]: row["score"] for row in rows(caller)}
    assert list(every) == [near.enterprise_id, far.enterprise_id]
    (row,) = rows(caller, region=province("湖南").pk)
    assert (row["partner"]["id"], row["score"]) == (far.enterprise_id, every[far.enterprise_id])
    recommending.set_plain_order(by=user, on=True)
    assert [row["partner"]["id"] for row in rows(caller)] == [far.enterprise_id, near.enterprise_id]


def test_pages_have_a_count_and_neighbours(pack: Post) -> None:
    for _ in range(3):
        maker("方形锂电芯")
    answer = ask(Caller(owner_of(pack.enterprise)), page_size=2).json()
    assert (answer["count"], len(answer["results"]), bool(answer["next"]), answer["previous"]) == (3, 2, True, None)


def test_a_size_that_is_hidden_is_not_told(pack: Post) -> None:
    cell = maker("方形锂电芯")
    Enterprise.objects.filter(pk=cell.enterprise_id).update(size_class="medium", field_visibility={"size": "members"})
    assert rows(Caller(owner_of(pack.enterprise)))[0]["partner_size"] is None
    Enterprise.objects.filter(pk=cell.enterprise_id).update(field_visibility={})
    assert rows(Caller(owner_of(pack.enterprise)))[0]["partner_size"] == "medium"


def test_english_reasons_for_who_asks_for_them(pack: Post) -> None:
    maker("方形锂电芯")
    caller = Caller(owner_of(pack.enterprise))
    caller.headers["Accept-Language"] = "en"
    assert rows(caller)[0]["reason"] == "Your 动力电池 ← 电芯: it supplies 方形锂电芯"


def test_too_many_questions_are_refused(pack: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "PER_MINUTE_VISITOR", 1)
    query = {"node": node("pack").pk}
    assert [ask(Caller(None), **query).status_code for _ in range(2)] == [200, 429]


def test_an_answer_costs_the_same_with_two_and_with_ten_partners(
    pack: Post, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        maker("方形锂电芯")
    caller = Caller(owner_of(pack.enterprise))
    rows(caller)
    with django_assert_max_num_queries(36):
        assert len(rows(caller)) == 10
