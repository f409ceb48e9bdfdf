"""The pages of recommending and cooperating, through the browser's door."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chains import cooperation, recommending
from chains.engine import DEFAULT_WEIGHTS, RANKING_VERSION
from chains.matching import waiting
from chains.models import Interest, Match, Recommendation
from chains.wording import Words
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Job, Notice, User
from tests.chains.market import Market, firm, market, match_all, post
from tests.factories import MemberFactory, UserFactory, owner_of

pytestmark = pytest.mark.django_db
CANARY = "金丝雀机密滚针轴承"


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_the_list_shows_the_partner_why_it_fits_and_keeps_that_it_was_shown() -> None:
    m = market()
    html = page(as_user(m.buyer_user), "chains:recommendation-list")
    assert m.seller.name in html
    assert "产品一致" in html
    assert "跨省" in html
    assert "把握大" in html
    row = Recommendation.objects.get()
    assert (row.enterprise, row.match, row.rank, row.plain_order) == (m.buyer, m.match, 1, False)


def test_the_seller_reads_it_from_its_own_side() -> None:
    m = market(product="深沟球轴承")
    buyers_view = page(as_user(m.buyer_user), "chains:post-matches", m.wanted.pk, loose=1)
    assert "规格牌号未说明：6204" in buyers_view
    html = page(as_user(m.seller_user), "chains:post-matches", m.offer.pk, loose=1)
    assert m.buyer.name in html
    assert "对方要求的规格牌号：6204（您未说明）" in html


def test_a_post_of_somebody_else_is_a_missing_one() -> None:
    m = market()
    for user, pk in ((m.stranger_user, m.wanted.pk), (m.seller_user, m.wanted.pk), (m.buyer_user, 10**9)):
        response = as_user(user).get(reverse("chains:post-matches", args=[pk]))
        assert response.status_code == 404


def test_an_operator_reads_the_partners_of_any_post_and_leaves_no_trace() -> None:
    m = market()
    recommending.hide(by=m.buyer_user, firm=m.buyer, match=m.match)
    told = list(Recommendation.objects.values())
    client = as_user(UserFactory(operator=True))
    link = reverse("chains:post-matches", args=[m.wanted.pk])
    shown = page(client, "enterprises:post-show", m.wanted.pk)
    assert link in shown
    assert "我能供应" not in shown
    html = page(client, "chains:post-matches", m.wanted.pk)
    assert m.seller.name in html
    assert "产品一致" in html
    assert "平台查看" in html
    assert 'method="post"' not in html.partition('id="partners"')[2].partition("</main>")[0]
    assert "已隐藏" not in html
    assert m.buyer.name in page(client, "chains:post-matches", m.offer.pk)
    assert list(Recommendation.objects.values()) == told
    assert client.get(reverse("chains:post-matches", args=[10**9])).status_code == 404
    assert client.post(link).status_code == 405


def test_an_operator_reads_no_partners_of_a_firm_that_blocked_the_other() -> None:
    m = market()
    m.buyer.blocked.add(m.seller)
    assert m.seller.name not in page(as_user(UserFactory(operator=True)), "chains:post-matches", m.wanted.pk, loose=1)


def test_only_operators_and_the_firm_find_the_way_to_the_partners_of_a_post() -> None:
    m = market()
    link = reverse("chains:post-matches", args=[m.wanted.pk])
    assert link not in page(Client(), "enterprises:post-show", m.wanted.pk)
    assert link not in page(as_user(m.seller_user), "enterprises:post-show", m.wanted.pk)
    assert link in page(as_user(m.buyer_user), "enterprises:post-show", m.wanted.pk)


def test_opening_a_post_of_the_other_firm_of_a_person_switches_to_that_firm() -> None:
    m = market()
    user = m.stranger_user
    MemberFactory(enterprise=m.buyer, user=user, role="editor")
    client = as_user(user)
    assert m.seller.name in page(client, "chains:post-matches", m.wanted.pk)
    assert Recommendation.objects.get().enterprise == m.buyer


@pytest.mark.parametrize(
    ("name", "needs_pk"),
    [
        ("recommendation-list", False),
        ("recommendation-compare", False),
        ("interest-list", False),
        ("post-matches", True),
        ("interest-show", True),
        ("interest-send", True),
    ],
)
def test_visitors_are_sent_to_the_log_in(name: str, needs_pk: bool) -> None:
    response = Client().get(reverse(f"chains:{name}", args=[1] if needs_pk else []))
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_somebody_without_a_firm_is_led_to_registration() -> None:
    response = as_user(UserFactory()).get(reverse("chains:recommendation-list"))
    assert response.status_code == 302
    assert response["Location"] == reverse("enterprises:registration-start")


ACTIONS = ["useful", "not-useful", "hide", "take-back", "save", "unsave"]


@pytest.mark.parametrize("action", ACTIONS)
def test_each_judgement_works_without_and_with_htmx(action: str) -> None:
    m = market()
    client = as_user(m.buyer_user)
    url = reverse(f"chains:recommendation-{action}", args=[m.match.pk])
    back = reverse("chains:post-matches", args=[m.wanted.pk])
    plain = client.post(url, {"reason": "price", "next": back})
    assert plain.status_code == 302
    assert plain["Location"] == back
    fragment = client.post(url, {"reason": "price", "next": back}, headers={"HX-Request": "true"})
    assert fragment.status_code == 200
    assert f'id="partner-{m.match.pk}"' in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_judges_for_another_firm(action: str) -> None:
    m = market()
    url = reverse(f"chains:recommendation-{action}", args=[m.match.pk])
    viewer = MemberFactory(enterprise=m.buyer, role="viewer").user
    assert as_user(m.stranger_user).post(url, {"reason": "price"}).status_code == 404
    assert as_user(viewer).post(url, {"reason": "price"}).status_code == 403
    assert Client().post(url, {"reason": "price"}).status_code == 302
    assert not Recommendation.objects.exclude(feedback="", hidden_at=None, saved_at=None).exists()


def test_after_judging_one_never_lands_on_another_site() -> None:
    m = market()
    url = reverse("chains:recommendation-save", args=[m.match.pk])
    response = as_user(m.buyer_user).post(url, {"next": "https://evil.example/"})
    assert response["Location"] == reverse("chains:recommendation-list")


def test_a_viewer_sees_partners_but_no_buttons() -> None:
    m = market()
    viewer = MemberFactory(enterprise=m.buyer, role="viewer").user
    html = page(as_user(viewer), "chains:recommendation-list")
    assert m.seller.name in html
    assert reverse("chains:interest-send", args=[m.match.pk]) not in html


def test_what_was_hidden_is_found_under_hidden_and_can_come_back() -> None:
    m = market()
    client = as_user(m.buyer_user)
    recommending.hide(by=m.buyer_user, firm=m.buyer, match=m.match)
    assert m.seller.name not in page(client, "chains:recommendation-list")
    html = page(client, "chains:recommendation-list", view="hidden")
    assert str(m.seller) in html
    assert "撤销" in html
    client.post(reverse("chains:recommendation-take-back", args=[m.match.pk]))
    assert m.seller.name in page(client, "chains:recommendation-list")


def test_saved_partners_have_their_own_list() -> None:
    m = market()
    client = as_user(m.buyer_user)
    assert "还没有收藏" in page(client, "chains:recommendation-list", view="saved")
    client.post(reverse("chains:recommendation-save", args=[m.match.pk]))
    assert m.seller.name in page(client, "chains:recommendation-list", view="saved")


def test_the_switch_changes_the_order_of_the_next_page() -> None:
    m = market()
    weak = post(firm(place="湖北", name="新近发布轴承厂"), product="深沟球轴承")
    match_all()
    Post.objects.filter(pk=weak.pk).update(published_at=timezone.now() + timedelta(seconds=5))
    client = as_user(m.buyer_user)

    def order() -> list[int]:
        html = page(client, "chains:post-matches", m.wanted.pk, loose=1)
        return sorted(Match.objects.values_list("pk", flat=True), key=lambda pk: html.index(f'id="partner-{pk}"'))

    best_first = order()
    client.post(reverse("chains:order-switch"), {"plain": "1"})
    assert order() == best_first[::-1]
    assert "当前：按发布时间排序" in page(client, "chains:recommendation-list")
    client.post(reverse("chains:order-switch"), {"plain": "0"})
    assert order() == best_first


def test_weak_partners_wait_behind_a_door() -> None:
    m = market()
    Match.objects.update(is_strong=False)
    client = as_user(m.buyer_user)
    html = page(client, "chains:post-matches", m.wanted.pk)
    assert m.seller.name not in html
    assert "把握小" in html
    assert m.seller.name in page(client, "chains:post-matches", m.wanted.pk, loose=1)


def test_partners_can_be_narrowed_to_a_province() -> None:
    m = market()
    other = firm(place="湖北", name="荆楚轴承厂")
    post(other)
    match_all()
    client = as_user(m.buyer_user)
    html = page(client, "chains:post-matches", m.wanted.pk, province="420000")
    assert "荆楚轴承厂" in html
    assert m.seller.name not in html
    assert m.seller.name in page(client, "chains:post-matches", m.wanted.pk, province="no such place")


def test_up_to_four_partners_stand_side_by_side() -> None:
    m = market()
    for number in range(5):
        post(firm(name=f"并排{number}号轴承厂"))
    match_all()
    ids = list(Match.objects.order_by("rank").values_list("pk", flat=True))
    client = as_user(m.buyer_user)
    response = client.get(reverse("chains:recommendation-compare"), {"m": [*ids, "x", "9" * 30, ids[0]]})
    assert response.status_code == 200
    html = response.content.decode()
    assert html.count('scope="col"') == 1 + 4
    assert "其余 2 家没有显示" in html
    assert "没有可对比的伙伴" in page(as_user(m.stranger_user), "chains:recommendation-compare", m=ids[0])


def test_while_matching_runs_the_page_says_so_and_asks_again() -> None:
    m = market()
    fresh = post(m.buyer, demand=True, product="螺纹钢")
    job = jobs.enqueue(kind="chains.match_posts", payload={"post_ids": [fresh.pk]})
    Job.objects.filter(pk=job.pk).update(done_count=3, total_count=12, stage="匹配")
    html = page(as_user(m.buyer_user), "chains:post-matches", fresh.pk)
    assert "正在匹配" in html
    assert 'hx-trigger="every 2s"' in html
    assert "3 / 12" in html
    assert 'value="25"' in html


def test_empty_lists_say_what_to_do() -> None:
    m = market()
    alone = post(m.stranger, demand=True, product="螺纹钢")
    match_all()
    client = as_user(m.stranger_user)
    assert "暂时没有企业供应" in page(client, "chains:post-matches", alone.pk)
    assert "暂时没有企业供应" in page(client, "chains:recommendation-list")
    assert "还没有在线的供需" in page(as_user(owner_of(firm())), "chains:recommendation-list")


# --- nobody sees what is not for them ---------------------------------------------------------------


def test_a_confidential_post_leaves_no_trace_on_any_page_of_others() -> None:
    """The canary stands in title, product and text of a demand for invited firms only."""
    m = market(product=CANARY)
    secret = post(
        firm(name="保密采购有限公司"),
        demand=True,
        product=CANARY,
        title=CANARY,
        text=CANARY * 3,
        visibility=Visibility.INVITED,
    )
    match_all()
    assert Match.objects.live().filter(demand=secret).exists()
    Post.objects.filter(pk=m.offer.pk).update(title="普通标题", product="普通产品")
    client = as_user(m.seller_user)
    pages = [
        page(client, "chains:recommendation-list"),
        page(client, "chains:recommendation-list", loose=1),
        page(client, "chains:post-matches", m.offer.pk, loose=1),
        page(client, "chains:recommendation-compare", m=list(Match.objects.values_list("pk", flat=True))),
        page(client, "chains:interest-list"),
        page(Client(), "chains:preview-show"),
        Client().post(reverse("chains:preview-show"), {"text": "滚针轴承"}).content.decode(),
        page(client, "hub:notice-list"),
    ]
    for html in pages:
        assert CANARY not in html
        assert "保密采购" not in html
    match = Match.objects.get(demand=secret, supply=m.offer)
    for name in ("interest-send",):
        assert client.get(reverse(f"chains:{name}", args=[match.pk])).status_code == 404
    assert client.post(reverse("chains:recommendation-save", args=[match.pk])).status_code == 404


# --- interests -------------------------------------------------------------------------------------


def test_an_interest_goes_through_the_pages_from_one_firm_to_the_other() -> None:
    m = market()
    Enterprise.objects.filter(pk=m.seller.pk).update(contact_phone="028-85551234")
    buyer, seller = as_user(m.buyer_user), as_user(m.seller_user)
    url = reverse("chains:interest-send", args=[m.match.pk])
    assert m.seller.name in buyer.get(url).content.decode()
    refused = buyer.post(url, {"message": "打 13800001111 给我"})
    assert "请不要在留言中填写联系方式" in refused.content.decode()
    assert "打 13800001111 给我" in refused.content.decode()
    sent = buyer.post(url, {"message": "想了解样品"})
    interest = Interest.objects.get()
    show = reverse("chains:interest-show", args=[interest.pk])
    assert sent["Location"] == show
    assert "028-85551234" not in buyer.get(show).content.decode()
    assert "想了解样品" in seller.get(show).content.decode()
    assert m.buyer.name in page(seller, "chains:interest-list")
    assert m.seller.name in page(buyer, "chains:interest-list", box="out")
    accept = reverse("chains:interest-accept", args=[interest.pk])
    assert "互换联系方式" in seller.get(accept).content.decode()
    assert seller.post(accept, {"answer": "欢迎来访"})["Location"] == show
    assert "028-85551234" in buyer.get(show).content.decode()
    assert "欢迎来访" in buyer.get(show).content.decode()
    assert seller.get(accept).status_code == 302
    assert seller.post(accept, {"answer": "再次"}).status_code == 302


def test_declining_needs_an_answer_and_withdrawing_asks_first() -> None:
    m = market()
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    seller, buyer = as_user(m.seller_user), as_user(m.buyer_user)
    decline = reverse("chains:interest-decline", args=[interest.pk])
    assert seller.post(decline, {"answer": ""}).status_code == 200
    withdraw = reverse("chains:interest-withdraw", args=[interest.pk])
    assert buyer.get(withdraw).status_code == 200
    buyer.post(withdraw)
    interest.refresh_from_db()
    assert interest.state == "withdrawn"


def test_an_interest_of_others_is_a_missing_one() -> None:
    m = market()
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    viewer = as_user(MemberFactory(enterprise=m.seller, role="viewer").user)
    assert viewer.get(reverse("chains:interest-show", args=[interest.pk])).status_code == 200
    for name in ("show", "accept", "decline", "withdraw"):
        url = reverse(f"chains:interest-{name}", args=[interest.pk])
        assert as_user(m.stranger_user).get(url).status_code == 404
    for name in ("accept", "decline"):
        url = reverse(f"chains:interest-{name}", args=[interest.pk])
        assert as_user(m.buyer_user).post(url, {"answer": "x"}).status_code == 404
        assert viewer.post(url, {"answer": "x"}).status_code == 403
    assert as_user(m.seller_user).post(reverse("chains:interest-withdraw", args=[interest.pk])).status_code == 404


# --- how much it costs -----------------------------------------------------------------------------


def crowd(m: Market, number: int) -> None:
    for n in range(number):
        post(firm(name=f"众多{n}号轴承厂"))
        post(m.buyer, demand=True)
    match_all()


@pytest.mark.parametrize(
    ("name", "args"), [("recommendation-list", []), ("post-matches", ["wanted"]), ("interest-list", [])]
)
def test_a_long_list_costs_as_many_queries_as_a_short_one(
    name: str, args: list[str], django_assert_max_num_queries: Any
) -> None:
    m = market()
    match_all()
    crowd(m, 2)
    client = as_user(m.buyer_user)
    url = reverse(f"chains:{name}", args=[m.wanted.pk for _ in args])
    client.get(url)
    with django_assert_max_num_queries(40) as short:
        client.get(url)
        spent = len(short)
    crowd(m, 8)
    client.get(url)
    with django_assert_max_num_queries(spent):
        client.get(url)


def test_the_rules_of_ranking_are_public() -> None:
    html = page(Client(), "chains:ranking-show")
    assert RANKING_VERSION in html
    for weight in ("industry", "quantity", "delivery", "certificates", "freight"):
        assert f'">{getattr(DEFAULT_WEIGHTS, weight)}</td>' in html


def test_an_operator_has_everything_matched_anew_and_says_why() -> None:
    operator = UserFactory(operator=True)
    client = as_user(operator)
    url = reverse("chains:rematch")
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": " "}).status_code == 200
    assert not Job.objects.filter(kind="chains.rematch").exists()
    assert client.post(url, {"reason": "词典更新"}).status_code == 302
    assert client.post(url, {"reason": "再来一次"}).status_code == 302
    assert Job.objects.get(kind="chains.rematch").owner == operator
    reasons = AuditEntry.objects.filter(action="matching.rematch_asked").order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["词典更新", "再来一次"]
    assert "排队中" in client.get(url).content.decode()


def test_nobody_else_finds_the_door_of_operators() -> None:
    m = market()
    url = reverse("chains:rematch")
    assert Client().get(url).status_code == 302
    assert as_user(m.buyer_user).get(url).status_code == 404
    assert as_user(m.buyer_user).post(url, {"reason": "x"}).status_code == 404
    with pytest.raises(RefusedError):
        waiting.ask_for_rematch(by=m.buyer_user, reason="x")


def test_the_page_of_a_published_post_tells_how_far_matching_is() -> None:
    m = market()
    post(m.buyer, demand=True)
    match_all()
    client = Client()
    client.force_login(m.seller_user)
    path = f"/posts/{m.offer.pk}/matches/progress/"
    assert f'hx-get="{path}"' in client.get(f"/posts/{m.offer.pk}/").content.decode()

    def progress() -> str:
        return client.get(path, headers={"HX-Request": "true"}).content.decode()

    job = jobs.enqueue(kind="chains.match_posts", payload={"post_ids": [m.offer.pk]})
    assert "正在匹配" in progress()
    assert 'hx-trigger="every 2s"' in progress()
    Job.objects.filter(pk=job.pk).delete()
    assert Match.objects.live().filter(supply=m.offer).count() == 2
    assert "已找到 1 家把握大的伙伴" in progress()
    assert "hx-trigger" not in progress()
    assert client.get(path)["Location"] == f"/posts/{m.offer.pk}/matches/"
    client.force_login(m.buyer_user)
    assert f'hx-get="{path}"' not in client.get(f"/posts/{m.offer.pk}/").content.decode()
    assert client.get(path, headers={"HX-Request": "true"}).status_code == 404


def test_opening_an_interest_reads_its_notice() -> None:
    m = market()
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    other = cooperation.send(by=m.buyer_user, firm=m.buyer, match=second_match(m), message="另一件")
    unread = Notice.objects.visible_to(m.seller_user).unread()
    assert unread.filter(kind="interest.sent").count() == 2
    page(as_user(m.buyer_user), "chains:interest-show", interest.pk)
    assert unread.filter(kind="interest.sent").count() == 2
    page(as_user(m.seller_user), "chains:interest-show", interest.pk)
    assert unread.get(kind="interest.sent").url == f"/interests/{other.pk}/"


def test_an_interest_leads_to_the_other_sides_post_and_says_when_it_is_wanted() -> None:
    m = market()
    day = timezone.localdate() + timedelta(days=40)
    Post.objects.filter(pk=m.wanted.pk).update(deliver_by=day)
    interest = cooperation.send(by=m.buyer_user, firm=m.buyer, match=m.match, message="想了解样品")
    buyers = page(as_user(m.buyer_user), "chains:interest-show", interest.pk)
    sellers = page(as_user(m.seller_user), "chains:interest-show", interest.pk)
    assert f'href="/posts/{m.offer.pk}/"' in buyers
    assert f'href="/posts/{m.wanted.pk}/"' in sellers
    for text in (buyers, sellers):
        assert day.isoformat() in text
    Post.objects.filter(pk=m.offer.pk).update(visibility=Visibility.INVITED)
    text = page(as_user(m.buyer_user), "chains:interest-show", interest.pk)
    assert m.offer.product in text
    assert f'href="/posts/{m.offer.pk}/"' not in text


def second_match(m: Market) -> Match:
    """Of another demand of the buyer with the same supply."""
    wanted = post(m.buyer, demand=True)
    match_all()
    return Match.objects.live().get(demand=wanted, supply=m.offer)


@pytest.mark.parametrize(
    ("text", "heard"), [("符合：不锈钢", "符合：不锈钢"), ("产品一致：轴承", "符合：产品一致：轴承")]
)
def test_a_mark_in_words_is_not_heard_twice(text: str, heard: str) -> None:
    html = render_to_string("chains/_fit.html", {"words": Words(fits=[text])})
    assert re.sub(r"<[^>]+>|\s|✓", "", html) == heard
