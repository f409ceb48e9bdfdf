"""The first page, the menu and the language."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chains import listed_import, matching
from chains.models import Chain, Leadership, Match, Node, NodeMembership
from enterprises.models import Member
from enterprises.models.posts import Visibility
from foundation.models import Job, Notice
from hub import desk
from hub.demo.personas import PERSONAS
from tests.chains import market
from tests.factories import (
    EnterpriseFactory,
    MemberFactory,
    OfficialFactory,
    PostFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_the_first_page_works_on_an_empty_platform(client: Client) -> None:
    html = text_of(client.get("/"))
    assert "在全国找到、核实并谈成您需要的上下游伙伴。" in html
    assert "还没有公开的供需" in html
    assert "演示：换一个身份看看" not in html


def test_the_figures_are_true_and_give_nothing_hidden_away(client: Client) -> None:
    sichuan = EnterpriseFactory(verified=True, region=province("四川"))
    EnterpriseFactory(verified=True, region=province("江苏"))
    EnterpriseFactory(submitted=True, region=province("广东"))
    PostFactory(enterprise=sichuan, published=True)
    PostFactory(enterprise=sichuan, published=True, demand=True, title="采购滚动轴承")
    PostFactory(enterprise=sichuan, published=True, demand=True, visibility=Visibility.INVITED, title="暗标采购")
    PostFactory(enterprise=sichuan, expired=True)
    response = client.get("/")
    figures = response.context["figures"]
    assert (figures.firms, figures.provinces, figures.supplies, figures.demands) == (2, 2, 1, 1)
    assert "采购滚动轴承" in text_of(response)
    assert "暗标采购" not in text_of(response)


def test_listed_companies_from_public_lists_are_said_to_be_real(client: Client, settings: Any) -> None:
    settings.DEMO = True
    UserFactory(email=PERSONAS[0].email)
    EnterpriseFactory(verified=True)
    EnterpriseFactory(verified=True, source=listed_import.SOURCE, external_id=listed_import.FALLBACK_KEY)
    assert "真实企业" not in text_of(client.get("/"))
    EnterpriseFactory(verified=True, source=listed_import.SOURCE, external_id="600000")
    html = text_of(client.get("/"))
    assert "其中 1 家上市公司取自公开名录，是真实企业" in html
    assert "除取自公开名录的上市公司外" in html


def test_the_first_page_asks_the_same_number_of_questions_for_few_and_many(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        PostFactory(published=True, enterprise__region=province("四川"), title=f"轴承 {number}")
    with django_assert_max_num_queries(6):
        client.get("/")


def test_a_person_without_a_firm_is_told_what_to_do(client: Client) -> None:
    client.force_login(UserFactory(name="王小明"))
    html = text_of(client.get("/"))
    assert "王小明，您好" in html
    assert "您还不属于任何企业" in html


def test_unread_notices_are_counted_and_shown(client: Client) -> None:
    user = UserFactory()
    Notice.objects.create(user=user, kind="x", text="有新的匹配")
    Notice.objects.create(user=user, kind="x", text="早已读过", read_at=timezone.now())
    Notice.objects.create(user=UserFactory(), kind="x", text="别人的通知")
    client.force_login(user)
    response = client.get("/")
    assert response.context["shell"].waiting == 1
    assert "有新的匹配" in text_of(response)
    assert "早已读过" not in text_of(response)
    assert "别人的通知" not in text_of(response)


def test_the_menu_follows_the_relations_of_a_person(client: Client) -> None:
    user = UserFactory(is_operator=True)
    firm = EnterpriseFactory(verified=True, owner=user, name="天府轴承有限公司")
    chain = Chain.objects.create(slug="bearing", name="轴承链")
    Leadership.objects.create(chain=chain, enterprise=firm)
    OfficialFactory(user=user, region=province("四川"))
    client.force_login(user)
    hats = client.get("/").context["rail"].hats
    assert [hat.kind for hat in hats] == ["operator", "official", "leader", "firm"]
    assert [hat.label for hat in hats] == ["平台运营", "区域 · 四川省", "链主 · 轴承链", "企业 · 天府轴承有限公司"]


def test_a_relation_that_ended_gives_no_hat(client: Client) -> None:
    member = MemberFactory(left_at=timezone.now())
    OfficialFactory(user=member.user, until=timezone.localdate())
    client.force_login(member.user)
    assert client.get("/").context["rail"].hats == []


def test_every_entry_of_the_menu_leads_somewhere(client: Client) -> None:
    user = UserFactory(is_operator=True)
    firm = EnterpriseFactory(verified=True, owner=user)
    chain = Chain.objects.create(slug="bearing", name="轴承链")
    Leadership.objects.create(chain=chain, enterprise=firm)
    OfficialFactory(user=user, region=province("四川"))
    client.force_login(user)
    for hat in client.get("/").context["rail"].hats:
        client.post("/hat/", {"hat": hat.key, "next": "/"})
        page = client.get("/").context
        links = [entry for group in page["rail"].groups for entry in group.entries]
        for entry in [*links, *page["shell"].account_links, *page["shell"].foot_links]:
            assert client.get(entry.url).status_code in (200, 302), (hat.kind, entry.url)


def test_a_person_switches_hats_and_the_choice_stays(client: Client) -> None:
    user = UserFactory()
    EnterpriseFactory(verified=True, owner=user)
    second = EnterpriseFactory(verified=True, viewer=user)
    client.force_login(user)
    response = client.post("/hat/", {"hat": f"firm-{second.pk}", "next": "/search/?q=a"})
    assert response.url == "/search/?q=a"
    assert client.get("/").context["rail"].hat.pk == str(second.pk)


def test_nobody_takes_a_hat_that_is_not_theirs_nor_leaves_the_site(client: Client) -> None:
    stranger = EnterpriseFactory(verified=True, owner=True)
    member: Member = MemberFactory()
    client.force_login(member.user)
    response = client.post("/hat/", {"hat": f"firm-{stranger.pk}", "next": "https://example.com/"})
    assert response.url == "/"
    assert client.get("/").context["rail"].hat.pk == str(member.enterprise_id)
    answer = client.get("/hat/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "这个地址不接受这样的操作" in answer.content.decode()


def test_the_language_switches_and_stays(client: Client) -> None:
    assert '<html lang="zh-hans">' in text_of(client.get("/"))
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert response.status_code == 302
    assert '<html lang="en">' in text_of(client.get("/"))


def test_one_click_enters_the_demo_as_each_person(client: Client) -> None:
    people = {persona.key: UserFactory(email=persona.email) for persona in PERSONAS}
    for key in ("sme", "partner"):
        EnterpriseFactory(verified=True, owner=people[key])
    assert "以此身份进入" in text_of(client.get("/"))
    for persona in PERSONAS:
        assert client.post("/demo/enter/", {"as": persona.key}).status_code == 302
        assert client.session["_auth_user_id"] == str(people[persona.key].pk)


def test_there_is_no_such_door_outside_the_demo(client: Client, settings: Any) -> None:
    UserFactory(email=PERSONAS[0].email)
    settings.DEMO = False
    assert client.post("/demo/enter/", {"as": "sme"}).status_code == 404
    assert "以此身份进入" not in text_of(client.get("/"))


@pytest.mark.parametrize("wanted", ["", "nobody", "sme", "operator"])
def test_a_demo_person_who_does_not_exist_is_not_found(client: Client, wanted: str) -> None:
    assert client.post("/demo/enter/", {"as": wanted}).status_code == 404


def test_a_demo_door_never_opens_for_an_ordinary_account(client: Client) -> None:
    UserFactory(email="sme@example.com")
    assert client.post("/demo/enter/", {"as": "sme@example.com"}).status_code == 404


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_the_account_pages_wear_our_clothes(client: Client, path: str) -> None:
    html = text_of(client.get(path))
    assert 'class="topbar"' in html
    assert "form-control" in html
    assert "style=" not in html


def test_error_pages_say_what_happened_in_the_shell(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "没有找到这一页" in text_of(response)
    assert 'class="topbar"' in text_of(response)


def test_the_page_of_a_failure_needs_neither_database_nor_context(django_db_blocker: Any) -> None:
    from django.template.loader import render_to_string

    with django_db_blocker.block():
        assert "系统出错了" in render_to_string("500.html")


def test_no_page_has_inline_style_or_script(client: Client) -> None:
    UserFactory(email=PERSONAS[0].email)
    PostFactory(published=True)
    for path in ("/", "/search/?q=a", "/accounts/login/", "/none/"):
        html = text_of(client.get(path))
        assert "style=" not in html
        assert "<style" not in html
        assert "onclick" not in html
        for piece in html.split("<script")[1:]:
            assert "src=" in piece.split(">")[0] or 'type="application/json"' in piece.split(">")[0]


def test_a_firm_sees_what_waits_for_it(client: Client) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    PostFactory(enterprise=firm, published=True)
    PostFactory(enterprise=firm, published=True, expires_on=timezone.localdate() + timedelta(days=3))
    PostFactory(enterprise=firm)
    PostFactory(published=True)
    client.force_login(owner_of(firm))
    waiting = {item.label: item.value for item, _url in client.get("/").context["waiting"]}
    assert waiting == {"待答复的意向": 0, "匹配的伙伴": 0, "在线供需": 2, "即将到期": 1, "草稿": 1}


def test_a_partner_counts_once_however_many_posts_match(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.INDEX_FOLDER = tmp_path / "index"
    matching.forget()
    m = market.market()
    market.post(m.buyer, demand=True)
    market.post(market.firm(), demand=True)
    market.match_all()
    assert Match.objects.live().filter(supply=m.offer).count() == 3
    client.force_login(m.seller_user)
    waiting = {item.label: item.value for item, _url in client.get("/").context["waiting"]}
    assert waiting["匹配的伙伴"] == 2
    matching.forget()


def test_an_operator_sees_what_is_to_be_decided(client: Client) -> None:
    EnterpriseFactory(submitted=True)
    EnterpriseFactory(verified=True)
    client.force_login(UserFactory(is_operator=True))
    waiting = {item.label: item.value for item, _url in client.get("/").context["waiting"]}
    assert waiting["待核验企业"] == 1


def test_a_leader_sees_where_the_chain_is_thin(client: Client) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    chain = Chain.objects.create(slug="bearing", name="轴承链")
    Leadership.objects.create(chain=chain, enterprise=firm)
    Node.objects.create(chain=chain, slug="steel", name="轴承钢")
    node = Node.objects.create(chain=chain, slug="roller", name="滚子")
    NodeMembership.objects.create(node=node, enterprise=firm)
    NodeMembership.objects.create(node=node, enterprise=EnterpriseFactory(submitted=True))
    client.force_login(owner_of(firm))
    waiting = {item.label: item.value for item, _url in client.get("/").context["waiting"]}
    assert waiting == {"环节": 2, "没有企业的环节": 1, "只有一家的环节": 1}


def test_a_workspace_that_is_not_theirs_shows_nothing() -> None:
    user = UserFactory()
    firm = EnterpriseFactory(verified=True, owner=True)
    official = OfficialFactory(region=province("四川"))
    for kind, pk in (("firm", firm.pk), ("official", official.region_id), ("leader", 1), ("operator", 0), ("x", 1)):
        assert desk.waiting_for(user, kind=kind, pk=str(pk)) == []


def test_the_about_page_says_what_we_hold_to(client: Client) -> None:
    assert "同省不加分" in text_of(client.get("/about/"))


def test_the_demo_shows_its_matching_to_everybody(client: Client, settings: Any) -> None:
    assert client.get("/demo/progress/").status_code == 404
    Job.objects.create(kind="chains.rematch", key="all", stage="匹配", done_count=10, total_count=40)
    html = text_of(client.get("/"))
    assert "正在为各省的供需做匹配" in html
    assert 'hx-get="/demo/progress/"' in html
    fragment = client.get("/demo/progress/", headers={"HX-Request": "true"})
    assert 'value="25"' in text_of(fragment)
    assert client.get("/demo/progress/").status_code == 302
    Job.objects.update(state=Job.State.DONE, finished_at=timezone.now())
    assert "hx-get" not in text_of(client.get("/demo/progress/", headers={"HX-Request": "true"}))
    settings.DEMO = False
    assert client.get("/demo/progress/").status_code == 404
    assert "供需做匹配" not in text_of(client.get("/"))


@pytest.mark.parametrize(
    ("state", "word"),
    [("draft", "企业登记还没有提交"), ("submitted", "正在等待核验"), ("needs_info", "请您补充登记材料")],
)
def test_a_firm_that_is_not_verified_yet_is_told_where_it_stands(client: Client, state: str, word: str) -> None:
    firm = EnterpriseFactory(submitted=True, status=state)
    client.force_login(MemberFactory(enterprise=firm).user)
    page = text_of(client.get("/"))
    assert word in page
    assert f"/register/{firm.pk}/check/" in page


def test_a_firm_sees_its_own_posts_and_not_a_rivals_on_its_first_page(client: Client) -> None:
    firm = EnterpriseFactory(verified=True)
    PostFactory(enterprise=firm, published=True, title="自家的柔性轴承")
    PostFactory(published=True, title="别家的钢球")
    client.force_login(MemberFactory(enterprise=firm).user)
    page = text_of(client.get("/"))
    assert "我的供需找到了谁" in page
    assert "自家的柔性轴承" in page
    assert "别家的钢球" not in page
    assert "企业登记" not in page.split("</h1>")[1].split("我的供需找到了谁")[0]


def test_the_partners_of_a_post_stand_under_recommendations_in_the_menu(client: Client) -> None:
    firm = EnterpriseFactory(verified=True)
    post = PostFactory(enterprise=firm, published=True, demand=True)
    client.force_login(MemberFactory(enterprise=firm).user)
    page = text_of(client.get(f"/posts/{post.pk}/matches/"))
    assert 'href="/recommendations/" aria-current="true"' in page
    assert 'href="/posts/" aria-current' not in page
