"""The preview door: free text in, explained partners out, nothing stored."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chains import matching
from chains.matching import previewing
from chains.matching.previewing import Wish
from chains.models import PostAnalysis
from chains.web.forms import CountForm, WishForm
from enterprises.models.posts import Visibility
from foundation.errors import RefusedError
from tests.chains.market import firm, market, match_all, post
from tests.factories import owner_of, province

pytestmark = pytest.mark.django_db
COUNT = "chains:preview-count"


def found(text: str = "深沟球轴承 6204", **more: object) -> list[int]:
    return [result.post.pk for result in previewing.preview(wish=Wish(text=text, **more)).results]  # type: ignore[arg-type]


def test_a_text_finds_partners_with_reasons_and_writes_nothing() -> None:
    m = market()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = previewing.preview(wish=Wish(text="求购深沟球轴承 6204"))
    (result,) = answer.results
    assert result.post == m.offer
    assert result.candidate.reasons
    assert answer.firms == 1
    assert not [q["sql"] for q in queries if not q["sql"].startswith(("SELECT", "WITH"))]


def test_a_link_with_a_text_shows_what_it_finds() -> None:
    m = market()
    page = Client().get(reverse("chains:preview-show"), {"text": "求购深沟球轴承 6204"}).content.decode()
    assert f'href="/posts/{m.offer.pk}/"' in page
    assert "求购深沟球轴承 6204</textarea>" in page
    assert 'id="results"' not in Client().get(reverse("chains:preview-show"), {"text": " "}).content.decode()


def test_conditions_narrow_what_is_found() -> None:
    m = market(lead_time_days=40)
    assert found(regions=["510000"]) == [m.offer.pk]
    assert found(regions=["430000"]) == []
    assert found(certificates=["iso9001"]) == []


def test_a_quantity_in_the_text_is_understood() -> None:
    market(product="螺纹钢", quantity=40, unit="t")
    (some,) = previewing.preview(wish=Wish(text="求购螺纹钢 50000 公斤")).results
    (reason,) = [reason for reason in some.candidate.reasons if reason.part == "quantity"]
    assert (reason.code, reason.args["percent"]) == ("quantity_short", 80)


def test_a_text_without_a_product_finds_nothing() -> None:
    market()
    for text in ("", "   ", "！！！", "\n\n", "0"):
        assert found(text) == []


def test_visitors_see_public_posts_only() -> None:
    trusted = post(firm(), visibility=Visibility.VERIFIED)
    guest = firm()
    invited = post(firm(), visibility=Visibility.INVITED, invited_firms=[guest])
    public = post(firm())
    match_all()
    wish = Wish(text="深沟球轴承 6204")
    assert found() == [public.pk]
    assert previewing.count_suppliers(wish=wish) == 1
    seen = previewing.preview(wish=wish, user=owner_of(guest), firm=guest)
    assert {result.post.pk for result in seen.results} == {public.pk, trusted.pk, invited.pk}
    other = firm()
    seen = previewing.preview(wish=wish, user=owner_of(other), firm=other)
    assert {result.post.pk for result in seen.results} == {public.pk, trusted.pk}


def test_own_and_blocked_firms_are_left_out() -> None:
    m = market()
    wish = Wish(text="深沟球轴承 6204")
    assert previewing.count_suppliers(wish=wish, firm=m.seller) == 0
    m.buyer.blocked.add(m.seller)
    assert previewing.count_suppliers(wish=wish, firm=m.buyer) == 0


def test_while_texts_are_read_anew_nothing_is_answered() -> None:
    market()
    matching.forget()
    PostAnalysis.objects.update(dictionary_version="old")
    with pytest.raises(RefusedError) as refused:
        found()
    assert refused.value.code == "index_not_ready"


def test_the_page_is_open_to_everybody_and_names_partners() -> None:
    m = market()
    client = Client()
    assert client.get(reverse("chains:preview-show"), {"text": "轴承"}).status_code == 200
    html = client.post(reverse("chains:preview-show"), {"text": "深沟球轴承 6204"}).content.decode()
    assert m.seller.name in html
    assert "约 1 家企业把握大" in html
    assert "产品一致" in html
    nothing = client.post(reverse("chains:preview-show"), {"text": "量子纠缠洗衣粉套餐"}).content.decode()
    assert m.seller.name not in nothing


def test_a_refused_form_keeps_what_was_written() -> None:
    province("四川")
    response = Client().post(reverse("chains:preview-show"), {"text": "螺纹钢", "quantity": "5", "deliver_by": "昨天"})
    html = response.content.decode()
    assert response.status_code == 200
    assert "请为数量选择单位" in html
    assert "螺纹钢" in html
    assert "昨天" in html


def test_too_many_questions_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.web.preview.PER_MINUTE_VISITOR", 2)
    client = Client(REMOTE_ADDR="203.0.113.9")
    codes = [client.post(reverse("chains:preview-show"), {"text": "螺纹钢"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_the_post_form_counts_suppliers_and_buyers() -> None:
    m = market()
    client = Client()
    html = client.get(reverse(COUNT), {"direction": "demand", "product": "深沟球轴承 6204"}).content.decode()
    assert "约 1 家可供应" in html
    html = client.get(reverse(COUNT), {"direction": "supply", "product": "深沟球轴承 6204"}).content.decode()
    assert "约 1 家正在求购" in html
    client.force_login(m.seller_user)
    html = client.get(reverse(COUNT), {"direction": "demand", "product": "深沟球轴承 6204"}).content.decode()
    assert "约" not in html


def test_a_confidential_demand_is_not_counted() -> None:
    post(firm(), demand=True, visibility=Visibility.INVITED)
    match_all()
    html = Client().get(reverse(COUNT), {"direction": "supply", "product": "深沟球轴承 6204"}).content.decode()
    assert "约" not in html


HOSTILE = [
    "1e400",
    "-5",
    "NaN",
    "9" * 60,
    "2026-02-30",
    "0000-00-00",
    "'; DROP TABLE x",
    "<script>",
    "😀" * 300,
    "\ufffd",
    "a" * 9000,
    "٣",
    "%00",
    "None",
    "[]",
    "510000\n",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_that_is_written_breaks_the_doors(value: str) -> None:
    market()
    client = Client()
    names = sorted({*WishForm.base_fields, *CountForm.base_fields})
    for name in names:
        data = {"text": "深沟球轴承 6204", "product": "深沟球轴承 6204", name: value}
        if name in WishForm.base_fields:
            assert client.post(reverse("chains:preview-show"), data).status_code in (200, 429)
        if name in CountForm.base_fields:
            assert client.get(reverse(COUNT), data).status_code == 200
    assert client.get(reverse("chains:preview-show"), {"text": value}).status_code == 200


def test_a_preview_shows_what_is_meant_and_keeps_the_rest_behind_a_door() -> None:
    good = post(firm(), product="陶瓷电容器")
    broad = post(firm(), product="电子元器件")
    match_all()
    meant = previewing.preview(wish=Wish(text="陶瓷电容器"))
    assert [result.post.pk for result in meant.results] == [good.pk]
    assert meant.looser == 1
    assert found("陶瓷电容器", loose=True) == [good.pk, broad.pk]


def test_without_a_good_answer_the_looser_ones_are_shown_and_said_to_be_so() -> None:
    broad = post(firm(), product="电子元器件")
    match_all()
    (only,) = previewing.preview(wish=Wish(text="陶瓷电容器")).results
    assert only.post.pk == broad.pk
    assert not only.candidate.is_strong


def test_a_slip_of_the_pen_is_mended_and_told() -> None:
    offer = post(firm(), product="活塞环")
    match_all()
    answer = previewing.preview(wish=Wish(text="求购活赛环"))
    assert [result.post.pk for result in answer.results] == [offer.pk]
    assert answer.understood.corrected == (("活赛环", "活塞环"),)
