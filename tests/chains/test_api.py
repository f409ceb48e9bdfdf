"""The API of matching, recommending and cooperating: the same answers as the pages, the same refusals."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chains.models import Chain, Interest, Link, Match, Node, Recommendation
from enterprises.models import Post
from enterprises.models.posts import Visibility
from foundation.models import User
from foundation.tokens import issue
from tests.chains.market import firm, market, match_all, post
from tests.factories import CertificateKindFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"


class Caller:
    """Somebody's token."""

    def __init__(self, user: User | None, *, firm_id: int | None = None, can_write: bool = True) -> None:
        self.headers = {}
        if user is not None:
            _token, secret = issue(user=user, name="t", firm_id=firm_id, can_write=can_write, expires_at=None)
            self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = Client()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(API + path, query, headers=self.headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.post(
            API + path, json.dumps(data or {}), content_type="application/json", headers={**self.headers, **headers}
        )


def test_matches_are_listed_with_reasons_and_reading_records_nothing() -> None:
    m = market()
    (row,) = Caller(m.buyer_user).get("/matches/").json()["results"]
    assert (row["id"], row["own_post"], row["firm_is_buyer"]) == (m.match.pk, m.wanted.pk, True)
    assert row["partner"]["name"] == m.seller.name
    assert row["partner"]["region_name"] == m.seller.region.full_label == "四川"
    assert row["post"]["product"] == m.offer.product
    assert row["fits"][0].startswith("产品一致")
    assert sum(part["value"] for part in row["parts"]) == pytest.approx(row["score"])
    assert not Recommendation.objects.exists()


def test_recommendations_are_recorded_as_shown_and_come_in_the_chosen_order() -> None:
    m = market()
    weak = post(firm(place="湖北"), product="深沟球轴承")
    match_all()
    Post.objects.filter(pk=weak.pk).update(published_at="2099-01-01T00:00:00Z")
    caller = Caller(m.buyer_user)

    def order() -> list[int]:
        return [row["post"]["id"] for row in caller.get("/recommendations/", post=m.wanted.pk).json()["results"]]

    assert order() == [m.offer.pk, weak.pk]
    assert Recommendation.objects.count() == 2
    assert caller.post("/recommendations/order/", {"plain": True}).json() == {"plain": True}
    assert order() == [weak.pk, m.offer.pk]


def test_feedback_hides_and_is_taken_back() -> None:
    m = market()
    caller, path = Caller(m.buyer_user), f"/recommendations/{m.match.pk}"
    refused = caller.post(f"{path}/feedback/", {"feedback": "not_useful"})
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_missing")
    assert caller.post(f"{path}/feedback/", {"feedback": "great"}).status_code == 400
    answer = caller.post(f"{path}/feedback/", {"feedback": "not_useful", "reason": "price"})
    assert answer.json()["is_hidden"] is True
    assert caller.get("/recommendations/").json()["results"] == []
    assert caller.get("/matches/").json()["results"][0]["feedback"] == "not_useful"
    assert caller.post(f"{path}/take-back/").json()["is_hidden"] is False
    assert caller.post(f"{path}/save/").json()["is_saved"] is True
    assert caller.post(f"{path}/unsave/").json()["is_saved"] is False
    assert caller.post(f"{path}/hide/").json()["is_hidden"] is True


ACTIONS = ["feedback", "take-back", "hide", "save", "unsave"]


@pytest.mark.parametrize("action", ACTIONS)
def test_anothers_match_is_a_missing_one(action: str) -> None:
    m = market()
    body = {"feedback": "useful"}
    missing = Caller(m.stranger_user).post(f"/recommendations/999999/{action}/", body)
    foreign = Caller(m.stranger_user).post(f"/recommendations/{m.match.pk}/{action}/", body)
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert Caller(None).post(f"/recommendations/{m.match.pk}/{action}/", body).status_code == 401
    viewer = MemberFactory(enterprise=m.buyer, role="viewer").user
    assert Caller(viewer).post(f"/recommendations/{m.match.pk}/{action}/", body).status_code == 409
    reader = Caller(m.buyer_user, can_write=False)
    assert reader.post(f"/recommendations/{m.match.pk}/{action}/", body).status_code == 403


def test_a_token_for_one_firm_sees_nothing_of_the_other() -> None:
    m = market()
    user = m.stranger_user
    MemberFactory(enterprise=m.buyer, user=user)
    assert Caller(user).get("/matches/", firm=m.buyer.pk).json()["results"]
    bound = Caller(user, firm_id=m.stranger.pk)
    assert bound.get("/matches/").json()["results"] == []
    assert bound.get("/matches/", firm=m.buyer.pk).status_code == 404
    assert bound.get(f"/matches/{m.match.pk}/").status_code == 404


def test_somebody_without_a_firm_has_no_matches() -> None:
    assert Caller(UserFactory()).get("/matches/").status_code == 404
    assert Caller(None).get("/matches/").status_code == 401


def test_an_interest_is_sent_once_however_often_it_is_repeated() -> None:
    m = market()
    caller, body = Caller(m.buyer_user), {"match": m.match.pk, "message": "想了解样品"}
    first = caller.post("/interests/", body, **{"Idempotency-Key": "k1"})
    again = caller.post("/interests/", body, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Interest.objects.count() == 1
    assert caller.post("/interests/", body).json()["code"] == "already_sent"


def test_contacts_come_with_acceptance() -> None:
    m = market()
    m.seller.contact_phone = "028-85551234"
    m.seller.save()
    buyer, seller = Caller(m.buyer_user), Caller(m.seller_user)
    sent = buyer.post("/interests/", {"match": m.match.pk, "message": "想了解样品"}).json()
    assert sent["contacts"] is None
    assert "85551234" not in json.dumps(buyer.get(f"/interests/{sent['id']}/").json())
    assert buyer.post(f"/interests/{sent['id']}/accept/").json()["code"] == "not_allowed"
    assert seller.post(f"/interests/{sent['id']}/accept/", {"answer": "欢迎"}).json()["state"] == "accepted"
    assert buyer.get(f"/interests/{sent['id']}/").json()["contacts"]["phone"] == "028-85551234"
    assert seller.get("/interests/", box="in", state="accepted").json()["results"][0]["id"] == sent["id"]
    assert seller.get("/interests/", box="out").json()["results"] == []
    stranger = Caller(m.stranger_user)
    for path in ("", "accept/", "decline/", "withdraw/"):
        ask = stranger.get if not path else stranger.post
        assert ask(f"/interests/{sent['id']}/{path}").status_code == 404


@pytest.mark.parametrize("joins_another", [False, True])
def test_an_accepted_interest_is_not_told_again_to_somebody_who_left_the_firm(joins_another: bool) -> None:
    m = market()
    m.buyer.contact_phone = "028-85551234"
    m.buyer.save()
    sent = Caller(m.buyer_user).post("/interests/", {"match": m.match.pk, "message": "想了解样品"}).json()
    seller, path = Caller(m.seller_user), f"/interests/{sent['id']}/accept/"
    first = seller.post(path, {"answer": "欢迎"}, **{"Idempotency-Key": "k1"})
    assert first.json()["contacts"]["phone"] == "028-85551234"
    again = seller.post(path, {"answer": "欢迎"}, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (200, first.json())
    user = m.seller_user
    user.memberships.update(left_at=timezone.now())
    if joins_another:
        MemberFactory(enterprise=m.stranger, user=user)
    later = seller.post(path, {"answer": "欢迎"}, **{"Idempotency-Key": "k1"})
    assert later.status_code == 404
    assert b"85551234" not in later.content


def test_declining_needs_an_answer_and_withdrawing_is_the_senders() -> None:
    m = market()
    buyer, seller = Caller(m.buyer_user), Caller(m.seller_user)
    sent = buyer.post("/interests/", {"match": m.match.pk, "message": "想了解样品"}).json()
    assert seller.post(f"/interests/{sent['id']}/decline/").json()["code"] == "message_missing"
    assert seller.post(f"/interests/{sent['id']}/withdraw/").json()["code"] == "not_allowed"
    assert buyer.post(f"/interests/{sent['id']}/withdraw/").json()["state"] == "withdrawn"


def test_the_preview_answers_everybody_and_tells_what_was_imported() -> None:
    m = market(source="listed", external_id="600001", product_raw="深沟球\n轴承6204（原样）")
    answer = Caller(None).post("/preview/", {"text": "深沟球轴承 6204"}).json()
    (row,) = answer["results"]
    assert (row["external_id"], row["firm"], row["product"], row["region"]) == (
        "600001",
        m.seller.name,
        "深沟球\n轴承6204（原样）",
        "四川",
    )
    assert answer["firms"] == 1
    assert sum(row["parts"].values()) == pytest.approx(row["score"])
    assert any("产品一致" in text for text in row["reasons"])
    english = Client().post(
        f"{API}/preview/",
        {"text": "深沟球轴承 6204"},
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    assert any("Same product" in text for text in english.json()["results"][0]["reasons"])


def test_the_preview_says_what_it_understood() -> None:
    m = market()
    CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系", name_en="ISO 9001")
    text = "need 500 sets 深沟球轴承 6204, delivery to Sichuan before Dec 31 2099, ISO 9001, 不要二手"
    answer = Caller(None).post("/preview/", {"text": text}).json()
    assert answer["understood"] == {
        "text": "need 深沟球轴承 6204，不要二手",
        "quantity": "500",
        "unit": "set",
        "per_month": False,
        "deliver_by": "2099-12-31",
        "delivery_region": "510000",
        "maximum_distance_km": None,
        "certificates": ["iso9001"],
        "regions": [],
        "unused": ["不要二手"],
    }
    assert [row["post"] for row in answer["results"]] == [m.offer.pk]
    answer = Caller(None).post("/preview/", {"text": text, "ignore": ["certificates", "deliver_by"]}).json()
    assert (answer["understood"]["certificates"], answer["understood"]["deliver_by"]) == ([], None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "x", "ignore": ["price"]},
        {"text": ""},
        {"text": None},
        {"text": ["x"]},
        {"text": "x", "quantity": "1e99"},
        {"text": "x", "quantity": "NaN"},
        {"text": "x", "quantity": [1]},
        {"text": "x", "limit": 0},
        {"text": "x", "limit": 10**30},
        {"text": "x", "regions": "510000"},
        {"text": "x", "regions": [{"a": 1}]},
        {"text": "x", "certificates": ["' OR 1=1"]},
        {"text": "x", "deliver_by": "9999-99-99"},
        {"text": "x", "deliver_by": 12},
        {"text": "x", "delivery_region": True},
        {"text": "x", "industry": {"code": "1"}},
        {"text": "a" * 5000},
        [],
        "text",
    ],
)
def test_the_preview_says_what_is_wrong_with_a_request(body: Any) -> None:
    response = Client().post(f"{API}/preview/", json.dumps(body), content_type="application/json")
    assert response.status_code == 400
    assert set(response.json()) >= {"code", "message", "field", "errors"}


def test_nul_and_lone_surrogates_are_turned_away() -> None:
    for text in ('{"text": "\\u0000"}', '{"text": "\\ud800"}'):
        assert Client().post(f"{API}/preview/", text, content_type="application/json").status_code == 400


def test_questions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.api.preview.PER_MINUTE_VISITOR", 2)
    codes = [Caller(None).post("/preview/", {"text": "螺纹钢"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_a_confidential_demand_leaves_no_trace_in_the_api_of_others() -> None:
    canary = "金丝雀机密轴承"
    m = market(product=canary)
    post(firm(), demand=True, product=canary, title=canary, visibility=Visibility.INVITED)
    match_all()
    Post.objects.filter(pk=m.offer.pk).update(title="普通", product="普通")
    assert Match.objects.live().filter(supply=m.offer, demand__product=canary).exists()
    caller = Caller(m.seller_user)
    for path in ("/matches/", "/recommendations/", "/interests/"):
        assert canary not in caller.get(path).content.decode()


@pytest.mark.parametrize("path", ["/matches/", "/recommendations/"])
def test_a_long_list_costs_as_many_queries_as_a_short_one(path: str, django_assert_max_num_queries: Any) -> None:
    m = market()
    caller = Caller(m.buyer_user)
    caller.get(path)
    with django_assert_max_num_queries(30) as short:
        caller.get(path)
        spent = len(short)
    for number in range(12):
        post(firm(name=f"多{number}轴承厂"))
    match_all()
    caller.get(path)
    with django_assert_max_num_queries(spent):
        assert len(caller.get(path).json()["results"]) == 13


@pytest.mark.parametrize("value", ["x", "-1", "9" * 40, "1.5", "1e9", "", "'"])
def test_nonsense_in_filters_is_no_error_of_ours(value: str) -> None:
    m = market()
    caller = Caller(m.buyer_user)
    for path in ("/matches/", "/recommendations/", "/interests/"):
        for name in ("firm", "post", "strong", "cursor", "page_size", "box", "state"):
            assert caller.get(path, **{name: value}).status_code in (200, 400, 404)


def test_chains_are_public_with_their_approved_links_only() -> None:
    chain = Chain.objects.create(slug="nev", name="新能源汽车", name_en="New-energy vehicles")
    cell, car, rumour = (
        Node.objects.create(chain=chain, slug=slug, name=slug, layer=layer)
        for layer, slug in enumerate(("cell", "car", "rumour"))
    )
    for upstream, status in ((cell, "approved"), (rumour, "proposed")):
        Link.objects.create(
            upstream=upstream, downstream=car, evidence="年报", source="年报", observed_on="2026-01-01", status=status
        )
    caller = Caller(None)
    assert [row["slug"] for row in caller.get("/chains/").json()["results"]] == ["nev"]
    detail = caller.get("/chains/nev/").json()
    assert [node["slug"] for node in detail["nodes"]] == ["cell", "car", "rumour"]
    assert [(link["upstream"], link["downstream"]) for link in detail["links"]] == [(cell.pk, car.pk)]
    assert caller.get("/chains/none/").status_code == 404
