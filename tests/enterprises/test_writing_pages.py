"""Writing a post: everything that stands in the way at once, and a question before it leaves the market."""

import re

import pytest
from django.urls import reverse

from enterprises.models import Post
from tests.factories import EnterpriseFactory, PostFactory, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


@pytest.fixture
def owner(firm):
    return owner_of(firm)


def _typed(**more: object) -> dict[str, object]:
    data = {"direction": "demand", "product": "磷酸铁锂", "quantity": "500", "unit": "t", "factor": "product"}
    return data | {"visibility": "public", "partial_ok": "on", "action": "publish"} | more


def _beside(html: str, field: str) -> str:
    """The errors that stand beside a field."""
    return "".join(re.findall(rf'<p class="field-error" id="id_{field}_error\d*">(.*?)</p>', html))


@pytest.mark.parametrize("unit", ["", "t"], ids=["not to be kept", "kept as a draft"])
def test_all_that_stands_in_the_way_is_said_at_once_beside_its_field(client, firm, owner, unit):
    client.force_login(owner)
    typed = _typed(quantity="100", unit=unit, text="请电 13800001111", deliver_by="2020-01-01")
    response = client.post(reverse("enterprises:post-create"), typed)
    html = response.content.decode()
    assert response.status_code == 422
    assert "联系方式" in _beside(html, "text")
    assert "已过" in _beside(html, "deliver_by")
    assert ("请为数量选择单位" in _beside(html, "unit")) is (not unit)
    assert "大于 0" not in html
    assert "有几处需要改正" in html
    for field in ("text", "deliver_by", *(() if unit else ("unit",))):
        assert f'<a href="#id_{field}">' in html
    assert Post.objects.filter(status="draft").count() == (1 if unit else 0)
    if unit:
        post = Post.objects.get()
        assert f'name="draft" value="{post.pk}"' in html
        again = client.post(reverse("enterprises:post-edit", args=[post.pk]), typed)
        assert again.status_code == 422
        assert "已过" in _beside(again.content.decode(), "deliver_by")


def test_one_fault_is_one_and_a_draft_may_have_a_past_date(client, firm, owner):
    client.force_login(owner)
    html = client.post(reverse("enterprises:post-create"), _typed(deliver_by="2020-01-01")).content.decode()
    assert "有一处需要改正" in html
    post = Post.objects.get()
    url = reverse("enterprises:post-edit", args=[post.pk])
    assert client.post(url, _typed(deliver_by="2020-01-01", action="save")).status_code == 302


def test_nobody_invited_and_a_figure_that_is_none_are_said_together(client, firm, owner):
    client.force_login(owner)
    html = client.post(
        reverse("enterprises:post-create"), _typed(quantity="很多", unit="", visibility="invited")
    ).content.decode()
    assert _beside(html, "quantity")
    assert not _beside(html, "unit")
    assert "至少邀请一家" in _beside(html, "invited_names")


def test_a_post_like_another_links_to_it(client, firm, owner):
    client.force_login(owner)
    other = PostFactory(
        enterprise=firm, published=True, demand=True, product="磷酸铁锂", text="", quantity=500, unit="t"
    )
    html = client.post(reverse("enterprises:post-create"), _typed()).content.decode()
    assert "已发布过相同的内容" in _beside(html, "product")
    assert reverse("enterprises:post-show", args=[other.pk]) in html


def test_words_that_take_a_post_off_the_market_are_asked_about_first(client, firm, owner):
    client.force_login(owner)
    post = PostFactory(enterprise=firm, published=True, demand=True, product="磷酸铁锂", quantity=500, unit="t")
    url = reverse("enterprises:post-edit", args=[post.pk])
    typed = _typed(title=post.title, text="微信 abc12345", version="1", action="save")
    response = client.post(url, typed)
    html = response.content.decode()
    assert response.status_code == 422
    assert "联系方式" in _beside(html, "text")
    assert "从供需大厅撤下" in html
    assert "仍要提交审核" in html
    post.refresh_from_db()
    assert (post.status, post.version, post.text) == ("published", 1, "")
    assert client.post(url, typed | {"action": "review"}).status_code == 302
    post.refresh_from_db()
    assert (post.status, post.text) == ("review", "微信 abc12345")


def test_all_faults_of_an_edit_are_said_at_once(client, firm, owner):
    client.force_login(owner)
    post = PostFactory(enterprise=firm, published=True, demand=True, product="磷酸铁锂", quantity=500, unit="t")
    typed = _typed(title=post.title, text="微信 abc12345", deliver_by="2020-01-01", version="1", action="review")
    html = client.post(reverse("enterprises:post-edit", args=[post.pk]), typed).content.decode()
    assert "联系方式" in _beside(html, "text")
    assert "已过" in _beside(html, "deliver_by")
    assert "仍要提交审核" not in html
