"""The preview door: free text in, explained partners out, nothing stored."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chains import matching
from chains.matching import previewing
from chains.matching.previewing import Wish
from chains.models import PostAnalysis
from chains.web.forms import CountForm, WishForm
from enterprises.models import CertificateKind
from enterprises.models.posts import Visibility
from foundation.errors import RefusedError
from tests.chains.market import firm, market, match_all, post
from tests.factories import CertificateKindFactory, owner_of, province

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


def test_conditions_in_the_text_are_heard_and_leave_the_thing() -> None:
    province("四川")
    CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系", name_en="ISO 9001")
    m = market()
    answer = previewing.preview(wish=Wish(text="求购深沟球轴承 6204 500 套，送四川，12 月底前到货，要 ISO 9001"))
    heard = answer.heard
    assert [result.post for result in answer.results] == [m.offer]
    assert (heard.text, heard.quantity, heard.unit) == ("求购深沟球轴承 6204", 500, "set")
    assert (heard.delivery_region, heard.certificates) == ("510000", ("iso9001",))
    assert heard.deliver_by is not None
    assert heard.deliver_by.month == 12


def test_what_is_heard_throws_nobody_out_who_did_not_say() -> None:
    """A listed firm states no certificate, no lead time, no capacity: unknown is not "no"."""
    province("四川")
    CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系", name_en="ISO 9001")
    m = market(quantity=None, unit="", lead_time_days=None)
    late = post(firm(), lead_time_days=400)
    match_all()
    text = "深沟球轴承 6204 500 套，送四川，3 天内到货，300 公里内，须有 ISO 9001"
    assert set(found(text)) == {m.offer.pk, late.pk}
    # Said by the caller it is a condition.
    kind = CertificateKind.objects.get(code="iso9001")
    assert found(text, certificates=[kind.pk]) == []
    assert found(text, deliver_by=timezone.localdate() + timedelta(days=3)) == [m.offer.pk]


def test_only_a_region_said_in_so_many_words_narrows() -> None:
    m = market()
    province("湖南")
    assert found("只要四川省内的厂家，深沟球轴承 6204") == [m.offer.pk]
    assert found("只要湖南的厂家，深沟球轴承 6204") == []
    assert found("深沟球轴承 6204，湖南优先") == [m.offer.pk]
    assert found("只要湖南的厂家，深沟球轴承 6204", regions=["510000"]) == [m.offer.pk]
    assert found("只要湖南的厂家，深沟球轴承 6204", ignore=["regions"]) == [m.offer.pk]


def test_what_the_caller_gave_wins() -> None:
    market()
    heard = previewing.preview(wish=Wish(text="深沟球轴承 6204 500 套", quantity=Decimal(20), unit="set")).heard
    assert (heard.quantity, heard.text) == (None, "深沟球轴承 6204")
    heard = previewing.preview(wish=Wish(text="深沟球轴承 6204 500 套", ignore=["quantity"])).heard
    assert (heard.quantity, heard.text) == (None, "深沟球轴承 6204 500 套")


def test_what_cannot_be_used_is_said() -> None:
    market()
    heard = previewing.preview(wish=Wish(text="深沟球轴承 6204，不要二手，预算 30 万")).heard
    assert heard.unused == ("不要二手", "预算 30 万")
    assert heard.text == "深沟球轴承 6204，不要二手，预算 30 万"


def test_the_page_says_what_it_looks_by_and_lets_it_be_dropped() -> None:
    m = market()
    text = "只要湖南的厂家，深沟球轴承 6204 500 套，不要二手"
    url = reverse("chains:preview-show")
    html = Client().post(url, {"text": text}).content.decode()
    assert "按这些条件找：" in html
    assert "只看 湖南 的企业" in html
    assert "500 套" in html
    assert "没有用到：" in html
    assert m.seller.name not in html
    html = Client().post(url, {"text": text, "ignored_of": text, "ignore": ["regions", "x"]}).content.decode()
    assert "只看 湖南 的企业" not in html
    assert m.seller.name in html
    # Another text begins anew.
    html = Client().post(url, {"text": text, "ignored_of": "螺栓", "ignore": ["regions"]}).content.decode()
    assert "只看 湖南 的企业" in html


def test_the_count_in_the_post_form_reads_no_conditions_into_the_text() -> None:
    market()
    assert previewing.count_suppliers(wish=Wish(text="深沟球轴承 6204\n只要湖南的厂家")) == 1


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
    good = post(firm(), product="电容器")
    broad = post(firm(), product="电子元器件")
    match_all()
    meant = previewing.preview(wish=Wish(text="电容器"))
    assert [result.post.pk for result in meant.results] == [good.pk]
    assert meant.looser == 1
    assert found("电容器", loose=True) == [good.pk, broad.pk]


def test_without_a_good_answer_the_looser_ones_are_shown_and_said_to_be_so() -> None:
    broad = post(firm(), product="电子元器件")
    match_all()
    (only,) = previewing.preview(wish=Wish(text="电容器")).results
    assert only.post.pk == broad.pk
    assert not only.candidate.is_strong


def test_a_slip_of_the_pen_is_mended_and_told() -> None:
    offer = post(firm(), product="活塞环")
    match_all()
    answer = previewing.preview(wish=Wish(text="求购活赛环"))
    assert [result.post.pk for result in answer.results] == [offer.pk]
    assert answer.understood.corrected == (("活赛环", "活塞环"),)
