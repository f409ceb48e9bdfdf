"""Pages of posts: who sees what, and what a person can do there."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from enterprises.models import Post
from tests.factories import (
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    PostFactory,
    RegionSetFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db

CANARY = "鹤鸣七号机密配方"


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True, region=province("四川"))


@pytest.fixture
def owner(firm):
    return owner_of(firm)


def page(client, name, *args, expect=200, **query):
    response = client.get(reverse(f"enterprises:{name}", args=args) + ("?" + urlencode(query) if query else ""))
    assert response.status_code == expect, response.content.decode()[:2000]
    return response.content.decode() if not response.streaming else b"".join(response.streaming_content).decode()


def titles(html):
    return {post.title for post in Post.objects.all() if f"{post.title}</a>" in html}


# ---- the hall ---------------------------------------------------------------


def test_the_hall_shows_open_posts_of_listed_firms_to_everybody(client):
    PostFactory(published=True, title="在线的")
    PostFactory(title="草稿的")
    PostFactory(expired=True, title="过期的")
    PostFactory(withdrawn=True, title="撤回的")
    PostFactory(published=True, title="今天到期的", expires_on=timezone.localdate())
    PostFactory(published=True, title="停牌企业的", enterprise=EnterpriseFactory(suspended=True))
    assert titles(page(client, "post-list")) == {"在线的"}


def test_the_hall_is_filtered_by_everything_people_ask_for(client, firm):
    iso = CertificateKindFactory(code="iso9001")
    RegionSetFactory(slug="chengyu", regions=[province("四川"), province("重庆")])
    bearing = PostFactory(
        enterprise=firm,
        published=True,
        demand=True,
        title="轴承",
        product="深沟球轴承",
        industry=IndustryFactory(code="3451"),
        certificates=[iso],
    )
    PostFactory(
        published=True,
        title="激光焊接",
        product="激光焊接",
        factor="processing",
        enterprise=EnterpriseFactory(verified=True, region=province("江苏")),
        industry=IndustryFactory(code="3841"),
    )
    only = {bearing.title}
    for query in (
        {"direction": "demand"},
        {"factor": "product"},
        {"industry": "345"},
        {"industry": "34"},
        {"region": "510000"},
        {"strategy": "chengyu"},
        {"certificate": "iso9001"},
        {"q": "球轴承"},
        {"q": "zhoucheng"},
        {"q": "Zhou Cheng"},
        {"q": "轴承 深沟"},
        {"q": "深沟球轴乘"},
    ):
        assert titles(page(client, "post-list", **query)) == only, query
    assert titles(page(client, "post-list", industry="C")) == {"轴承", "激光焊接"}
    html = page(client, "post-list", q="没有这种东西")
    assert "没有符合条件的供需" in html


def test_the_hall_sorts_by_date_and_by_pinyin(client):
    now = timezone.now()
    for number, title in enumerate(["重庆", "阿坝", "杭州"]):
        PostFactory(published=True, title=title, published_at=now - timedelta(days=number), pinyin="")
        Post.objects.filter(title=title).update(
            pinyin={"重庆": "chong qing", "阿坝": "a ba", "杭州": "hang zhou"}[title]
        )
    order = lambda html: [t for _at, t in sorted((html.index(f"{t}</a>"), t) for t in ("重庆", "阿坝", "杭州"))]  # noqa: E731
    assert order(page(client, "post-list")) == ["重庆", "阿坝", "杭州"]
    assert order(page(client, "post-list", sort="published_at")) == ["杭州", "阿坝", "重庆"]
    assert order(page(client, "post-list", sort="pinyin")) == ["阿坝", "重庆", "杭州"]


@pytest.mark.parametrize(
    "query",
    [
        {"direction": "sideways"},
        {"industry": "99999"},
        {"region": "'; drop table"},
        {"strategy": "x" * 500},
        {"certificate": "\U0001f600"},
        {"q": "(((["},
        {"q": "\\"},
        {"q": "a" * 500},
        {"sort": "password"},
        {"page": "9" * 40},
        {"page": "-1"},
        {"region": "９９９９９９"},
    ],
)
def test_no_query_string_breaks_the_hall(client, query):
    PostFactory(published=True)
    page(client, "post-list", **query)


def test_the_hall_asks_as_often_for_a_hundred_posts_as_for_ten(client, firm, owner, django_assert_max_num_queries):
    client.force_login(owner)

    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as log:
            page(client, "post-list")
        return len(log)

    PostFactory.create_batch(10, published=True)
    page(client, "post-list")
    ten = queries()
    PostFactory.create_batch(90, published=True)
    assert queries() <= ten <= 30


# ---- visibility -------------------------------------------------------------


def test_a_confidential_post_is_seen_by_those_it_is_for_and_nobody_else(client, firm, owner):
    invited = EnterpriseFactory(verified=True, owner=True)
    rival = EnterpriseFactory(verified=True, owner=True)
    unverified = EnterpriseFactory(submitted=True, owner=True)
    posts = {
        "invited": PostFactory(
            enterprise=firm, published=True, visibility="invited", title=CANARY, text=CANARY, invited_firms=[invited]
        ),
        "verified": PostFactory(enterprise=firm, published=True, visibility="verified", title=CANARY, text=CANARY),
        "draft": PostFactory(enterprise=firm, title=CANARY, text=CANARY),
    }
    may_see = {
        "invited": {owner, owner_of(invited)},
        "verified": {owner, owner_of(invited), owner_of(rival)},
        "draft": {owner},
    }
    people = [None, owner, owner_of(invited), owner_of(rival), owner_of(unverified), UserFactory()]
    for kind, post in posts.items():
        for person in people:
            if person is None:
                client.logout()
            else:
                client.force_login(person)
            for name in ("post-show", "post-print"):
                response = client.get(reverse(f"enterprises:{name}", args=[post.pk]))
                seen = person in may_see[kind]
                assert response.status_code == (200 if seen else 404), (kind, person)
                assert (CANARY in response.content.decode()) == seen
            response = client.get(reverse("enterprises:post-versions", args=[post.pk]))
            assert response.status_code == (302 if person is None else 200 if person == owner else 404)
    Post.objects.filter(pk=posts["verified"].pk).delete()
    for person in people:
        if person is None:
            client.logout()
        else:
            client.force_login(person)
        seen = person in may_see["invited"]
        assert (CANARY in page(client, "post-list")) == seen
        assert (
            CANARY in page(client, "post-list", q=CANARY[:4], sort="pinyin").replace(f'value="{CANARY[:4]}"', "")
        ) == seen
        if person is not None:
            assert (CANARY in page(client, "post-export", "csv")) == seen


def test_who_was_invited_is_shown_to_the_own_firm_only(client, firm, owner):
    one = EnterpriseFactory(verified=True, owner=True, name="受邀甲公司")
    EnterpriseFactory(verified=True, name="受邀乙公司")
    post = PostFactory(enterprise=firm, published=True, visibility="invited", invited_firms=[one])
    post.invited_firms.add(EnterpriseFactory(verified=True, name="受邀丙公司"))
    client.force_login(owner)
    assert "受邀丙公司" in page(client, "post-show", post.pk)
    client.force_login(owner_of(one))
    assert "受邀丙公司" not in page(client, "post-show", post.pk)


OWN_PAGES = (
    "post-edit",
    "post-publish",
    "post-renew",
    "post-withdraw",
    "post-fulfil",
    "post-duplicate",
    "post-take-back",
)


def test_pages_that_change_a_post_are_missing_for_others(client, firm, owner):
    post = PostFactory(enterprise=firm, published=True)
    viewer, stranger = UserFactory(), owner_of(EnterpriseFactory(verified=True, owner=True))
    firm.members.create(user=viewer, role="viewer")
    for name in (*OWN_PAGES, "post-discard"):
        foreign = reverse(f"enterprises:{name}", args=[post.pk])
        missing = reverse(f"enterprises:{name}", args=[post.pk + 999])
        client.logout()
        assert client.get(foreign).status_code == 302
        for person in (viewer, stranger):
            client.force_login(person)
            for method in (client.get, client.post):
                assert method(foreign).status_code == 404
                assert method(missing).status_code == 404
    post.refresh_from_db()
    assert (post.status, post.version) == ("published", 1)


def test_a_visitor_is_led_to_the_post_that_answers_this_one(client, firm, owner):
    post = PostFactory(published=True, demand=True, product="磷酸铁锂正极材料")
    door = reverse("chains:interest-create", args=[post.pk])
    assert door in page(client, "post-show", post.pk)
    client.force_login(owner)
    assert door in page(client, "post-show", post.pk)
    url = client.get(door)["Location"]
    assert url.startswith(reverse("enterprises:post-create"))
    assert 'value="磷酸铁锂正极材料"' in client.get(url).content.decode()
    client.force_login(owner_of(EnterpriseFactory(verified=True, owner=owner_of(firm))))
    mine = PostFactory(enterprise=firm, published=True)
    assert "我有需求</a>" not in page(client, "post-show", mine.pk).split("<main")[1]


# ---- writing ----------------------------------------------------------------


def test_one_sentence_fills_in_the_form(client, firm, owner):
    province("重庆")
    IndustryFactory(code="3841")
    client.force_login(owner)
    html = page(client, "post-create", direction="demand")
    assert "您需要什么？" in html
    assert 'id="post-form"' not in html
    html = page(client, "post-create", direction="demand", say="求购磷酸铁锂正极材料 500 吨，送重庆，12 月底前到货")
    assert 'value="磷酸铁锂正极材料"' in html
    assert 'value="500"' in html
    assert '<option value="t" selected>' in html
    assert 'value="500000" selected' in html or "500000" in html
    assert "-12-31" in html


@pytest.mark.parametrize(
    ("say", "factor"),
    [
        ("三坐标检测 20 小时", "equipment"),
        ("需要贷款500万", "finance"),
        ("招聘两名数控编程工程师", "talent"),
        ("精密磨削外协 300 小时", "processing"),
        ("工业算力租赁", "data"),
        ("光伏逆变器检测认证服务", "service"),
        ("采购贷款管理系统一套", "product"),
    ],
)
def test_what_changes_hands_is_understood_and_shown(client, firm, owner, say, factor):
    PostFactory(published=True, product="三坐标检测", factor="equipment")
    client.force_login(owner)
    html = page(client, "post-create", direction="demand", say=say)
    assert f'<option value="{factor}" selected>' in html
    shown = '<details class="fold" open><summary>类型、行业与标题' in html
    assert shown == (factor != "product")


def test_a_certificate_that_was_understood_is_not_folded_away(client, firm, owner):
    CertificateKindFactory(code="iatf16949", name="IATF 16949 汽车质量管理体系")
    client.force_login(owner)
    html = page(client, "post-create", direction="demand", say="求购齿轮钢 80 吨，需要 IATF 16949")
    assert '<details class="fold" open><summary>证书、价格与供货条件' in html


def test_a_demand_is_written_and_published(client, firm, owner):
    client.force_login(owner)
    data = {"direction": "demand", "product": "磷酸铁锂", "quantity": "500", "unit": "t", "factor": "product"}
    data |= {"visibility": "public", "partial_ok": "on", "text": "电池级"}
    response = client.post(reverse("enterprises:post-create"), data | {"action": "publish"})
    post = Post.objects.get()
    assert response.url == reverse("enterprises:post-show", args=[post.pk])
    assert (post.status, post.enterprise, post.quantity, post.created_by) == ("published", firm, 500, owner)


def test_what_is_wrong_stands_beside_the_field_and_input_is_kept(client, firm, owner):
    client.force_login(owner)
    data = {"direction": "demand", "product": "磷酸铁锂", "quantity": "500", "unit": "", "factor": "product"}
    response = client.post(reverse("enterprises:post-create"), data | {"visibility": "public", "action": "publish"})
    html = response.content.decode()
    assert response.status_code == 422
    assert "请为数量选择单位" in html
    assert 'value="磷酸铁锂"' in html
    assert not Post.objects.exists()


def test_a_draft_saves_itself_once_per_window(client, firm, owner):
    client.force_login(owner)
    url = reverse("enterprises:post-create")
    data = {"direction": "supply", "product": "铝型材", "factor": "product", "visibility": "public", "key": "window-1"}
    saved = client.post(url, data | {"action": "autosave"}, headers={"HX-Request": "true"})
    post = Post.objects.get()
    assert saved.headers["HX-Replace-Url"] == reverse("enterprises:post-edit", args=[post.pk])
    assert f'name="draft" value="{post.pk}"' in saved.content.decode()
    client.post(url, data | {"product": "铝型材 6061", "action": "autosave"})
    client.post(url, data | {"product": "铝型材 6063", "draft": post.pk, "key": "", "action": "save"})
    assert Post.objects.get().product == "铝型材 6063"
    client.post(url, data | {"key": "window-2", "action": "save"})
    assert Post.objects.count() == 2
    unsaved = client.post(url, data | {"key": "window-3", "product": "", "action": "autosave"})
    assert "尚未自动保存" in unsaved.content.decode()
    assert Post.objects.count() == 2


def test_the_draft_of_another_firm_is_not_written_over(client, firm, owner):
    other = PostFactory(product="别家草稿", direction="supply")
    client.force_login(owner)
    data = {"direction": "supply", "product": "铝型材", "factor": "product", "visibility": "public", "draft": other.pk}
    client.post(reverse("enterprises:post-create"), data | {"action": "save"})
    other.refresh_from_db()
    assert other.product == "别家草稿"
    assert Post.objects.filter(enterprise=firm).count() == 1


def test_findings_are_shown_before_publishing(client, firm, owner):
    client.force_login(owner)
    post = PostFactory(enterprise=firm, text="微信 abc12345")
    html = page(client, "post-publish", post.pk)
    assert "联系方式" in html
    assert "送审" in html
    client.post(reverse("enterprises:post-publish", args=[post.pk]))
    post.refresh_from_db()
    assert post.status == "review"


def test_an_unverified_firm_writes_drafts_and_reads_why_it_cannot_publish(client):
    firm = EnterpriseFactory(submitted=True, owner=True)
    client.force_login(owner_of(firm))
    post = PostFactory(enterprise=firm)
    assert "核验" in page(client, "post-publish", post.pk)
    response = client.post(reverse("enterprises:post-publish", args=[post.pk]))
    assert response.status_code == 409
    post.refresh_from_db()
    assert post.status == "draft"


def test_an_edit_of_an_open_post_makes_a_version_that_its_firm_can_read(client, firm, owner):
    client.force_login(owner)
    post = PostFactory(enterprise=firm, published=True, demand=True, quantity=500, unit="t", product="磷酸铁锂")
    data = {"direction": "demand", "product": "磷酸铁锂", "quantity": "800", "unit": "t", "factor": "product"}
    data |= {"visibility": "public", "partial_ok": "on", "title": post.title, "version": "1", "action": "save"}
    url = reverse("enterprises:post-edit", args=[post.pk])
    assert client.post(url, data).status_code == 302
    html = page(client, "post-versions", post.pk)
    assert "<del>500</del>" in html
    assert "<ins>800</ins>" in html
    stale = client.post(url, data | {"quantity": "900"})
    assert stale.status_code == 422
    assert "刷新" in stale.content.decode()


def test_firms_are_invited_by_name_or_code(client, firm, owner):
    client.force_login(owner)
    one, two = EnterpriseFactory(verified=True), EnterpriseFactory(verified=True)
    EnterpriseFactory(submitted=True, name="未核验公司")
    data = {
        "direction": "demand",
        "product": "磷酸铁锂",
        "factor": "product",
        "visibility": "invited",
        "action": "save",
    }
    url = reverse("enterprises:post-create")
    bad = client.post(url, data | {"invited_names": f"{one.name}\n未核验公司"})
    assert bad.status_code == 422
    assert "找不到" in bad.content.decode()
    assert client.post(url, data | {"invited_names": f"{one.name}\n{two.uscc.lower()}"}).status_code == 302
    assert set(Post.objects.get().invited_firms.all()) == {one, two}


# ---- my posts ---------------------------------------------------------------


def test_my_posts_are_counted_by_state_and_the_first_to_expire_comes_first(client, firm, owner):
    today = timezone.localdate()
    PostFactory(enterprise=firm, published=True, title="晚到期", expires_on=today + timedelta(days=60))
    PostFactory(enterprise=firm, published=True, title="先到期", expires_on=today + timedelta(days=3))
    PostFactory(enterprise=firm, title="草稿一")
    PostFactory(published=True, title="别家的")
    client.force_login(owner)
    html = page(client, "my-post-list")
    assert html.index("先到期") < html.index("晚到期")
    assert "别家的" not in html
    assert titles(page(client, "my-post-list", status="draft")) == {"草稿一"}
    assert titles(page(client, "my-post-list", status="ending")) == {"先到期"}
    page(client, "my-post-list", status="nonsense")


def test_selected_posts_are_renewed_only_with_the_confirmation(client, firm, owner):
    soon = timezone.localdate() + timedelta(days=2)
    mine = PostFactory.create_batch(2, enterprise=firm, published=True, expires_on=soon)
    foreign = PostFactory(published=True, expires_on=soon)
    client.force_login(owner)
    url = reverse("enterprises:my-post-renew")
    ids = [post.pk for post in (*mine, foreign)]
    client.post(url, {"post": ids})
    assert Post.objects.filter(expires_on=soon).count() == 3
    client.post(url, {"post": [*ids, "x", "9" * 30], "still_holds": "on"})
    assert list(Post.objects.filter(expires_on=soon)) == [foreign]


def test_steps_of_a_life_by_their_pages(client, firm, owner):
    client.force_login(owner)
    post = PostFactory(enterprise=firm, published=True)
    step = lambda name, **data: client.post(reverse(f"enterprises:{name}", args=[post.pk]), data)  # noqa: E731
    for name in OWN_PAGES[2:6]:
        assert "<form" in page(client, name, post.pk)
    assert step("post-renew").status_code == 422
    assert step("post-renew", still_holds="on").status_code == 302
    assert step("post-withdraw", reason="").status_code == 422
    assert step("post-withdraw", reason="项目取消").status_code == 302
    assert step("post-withdraw", reason="again").status_code == 409
    assert step("post-duplicate").status_code == 302
    copy = Post.objects.latest("id")
    assert client.post(reverse("enterprises:post-discard", args=[copy.pk])).status_code == 302
    assert not Post.objects.filter(pk=copy.pk).exists()


# ---- review -----------------------------------------------------------------


def test_only_operators_review(client, firm, owner):
    post = PostFactory(enterprise=firm, status="review", text="微信 abc12345")
    client.force_login(owner)
    page(client, "review-list", expect=404)
    page(client, "review-show", post.pk, expect=404)
    operator = UserFactory(operator=True)
    client.force_login(operator)
    assert post.title in page(client, "review-list")
    assert "abc12345" in page(client, "review-show", post.pk)
    url = reverse("enterprises:review-show", args=[post.pk])
    assert client.post(url, {"decision": "reject", "reason": ""}).status_code == 422
    assert client.post(url, {"decision": "approve", "note": "已电话核实"}).status_code == 302
    post.refresh_from_db()
    assert post.status == "published"


def test_operators_withdraw_any_post_with_a_reason(client, firm):
    post = PostFactory(enterprise=firm, published=True)
    client.force_login(UserFactory(operator=True))
    assert client.post(reverse("enterprises:post-withdraw", args=[post.pk]), {"reason": "虚假信息"}).status_code == 302
    post.refresh_from_db()
    assert post.status == "withdrawn"


# ---- exports ----------------------------------------------------------------


def test_the_export_follows_the_filters_and_asks_for_a_log_in(client, firm, owner):
    PostFactory(published=True, demand=True, title="要轴承")
    PostFactory(published=True, title="供轴承")
    page(client, "post-export", "csv", expect=302)
    client.force_login(owner)
    assert "要轴承" in page(client, "post-export", "csv", direction="demand")
    assert "供轴承" not in page(client, "post-export", "csv", direction="demand")


def test_a_printed_post_stands_over_the_whole_page(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    post = PostFactory(enterprise=firm, published=True)
    client.force_login(owner_of(firm))
    assert 'class="shell has-rail"' in client.get(f"/posts/{post.pk}/").content.decode()
    assert 'class="shell"' in client.get(f"/posts/{post.pk}/print/").content.decode()


def test_what_nobody_saw_is_taken_back_without_telling_anybody(client, firm, owner):
    client.force_login(owner)
    waiting = PostFactory(enterprise=firm, status="review")
    open_post = PostFactory(enterprise=firm, published=True)
    assert "告知对方" not in page(client, "post-withdraw", waiting.pk)
    assert "不会通知任何人" in page(client, "post-withdraw", waiting.pk)
    assert "告知对方" in page(client, "post-withdraw", open_post.pk)
    assert "本企业的其他供需" in page(client, "post-show", waiting.pk)
    client.logout()
    PostFactory(enterprise=firm, published=True)
    assert "该企业的其他供需" in page(client, "post-show", open_post.pk)
