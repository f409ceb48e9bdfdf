"""The pages and files of upstream and downstream partners."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chains import recommending
from chains.models import Chain, Link, Node
from chains.web import partners as pages
from enterprises.models import Post
from enterprises.models.posts import Visibility
from foundation.models import User
from tests.chains.battery import battery_chain, known, link, maker, node
from tests.chains.market import firm, post
from tests.factories import MemberFactory, UserFactory, owner_of, province

pytestmark = pytest.mark.django_db


def browser(user: User | None = None, *, language: str = "zh-hans") -> Client:
    client = Client(headers={"Accept-Language": language})
    if user is not None:
        client.force_login(user)
    return client


def own(client: Client, direction: str = "upstream", **query: Any) -> str:
    response = client.get(reverse("chains:own-partners", args=[direction]), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.fixture
def chain() -> Chain:
    return battery_chain()


@pytest.fixture
def pack(chain: Chain) -> Post:
    return maker("动力电池包")


def test_the_path_is_the_reason_and_its_evidence_is_shown(pack: Post) -> None:
    salt = maker("电池级碳酸锂", "江西")
    Link.objects.filter(upstream=node("salt")).update(source="行业协会白皮书", observed_on="2026-03-02")
    html = own(browser(owner_of(pack.enterprise)), links=3)
    assert "您的 动力电池 ← 电芯 ← 正极材料 ← 锂盐：" in html
    assert "该企业供应" in html
    assert salt.product in html
    assert salt.enterprise.name in html
    assert "行业协会白皮书" in html
    assert "2026-03-02" in html
    assert "行业协会白皮书" in html.split("路径的依据")[1].split("</summary>")[0]


def test_the_page_speaks_english(pack: Post) -> None:
    maker("方形锂电芯")
    Node.objects.filter(slug="pack").update(name_en="Packs")
    html = own(browser(owner_of(pack.enterprise), language="en"))
    assert "Your Packs ← 电芯" in html
    assert "Upstream partners" in html
    assert "该企业供应" not in html


def test_the_tabs_stand_beside_the_recommendations(pack: Post) -> None:
    client = browser(owner_of(pack.enterprise))
    html = client.get(reverse("chains:recommendation-list")).content.decode()
    for direction in ("upstream", "downstream"):
        assert reverse("chains:own-partners", args=[direction]) in html
    assert f"{reverse('chains:recommendation-list')}?view=saved" in own(client)


def test_the_order_switch_is_honoured(pack: Post) -> None:
    near, far = maker("方形锂电芯"), maker("磷酸铁锂正极材料")
    Post.objects.filter(pk=far.pk).update(published_at="2099-01-01T00:00:00Z")
    user = owner_of(pack.enterprise)
    client, url = browser(user), reverse("chains:own-partners", args=["upstream"])

    def order() -> list[int]:
        return [card.firm.pk for card in client.get(url).context["cards"]]

    assert order() == [near.enterprise_id, far.enterprise_id]
    recommending.set_plain_order(by=user, on=True)
    assert order() == [far.enterprise_id, near.enterprise_id]


def test_pages_of_twenty(pack: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    firms = [maker("方形锂电芯").enterprise.name for _ in range(3)]
    client = browser(owner_of(pack.enterprise))
    first, second = own(client), own(client, page=2)
    assert [name in first for name in firms] == [True, True, False]
    assert [name in second for name in firms] == [False, False, True]
    assert firms[2] in own(client, page=99)


@pytest.mark.parametrize("query", ["links=9", "links=x", "region=999999", "at=-1", "page=abc", "at=9" * 9])
def test_nonsense_in_the_address_breaks_nothing(pack: Post, query: str) -> None:
    maker("方形锂电芯")
    client = browser(owner_of(pack.enterprise))
    response = client.get(f"{reverse('chains:own-partners', args=['upstream'])}?{query}")
    assert response.status_code == 200
    assert len(response.context["cards"]) == 1


# --- empty states say what to do ---------------------------------------------------------------------------------


def test_a_firm_without_supplies_is_told_how_to_get_a_position(chain: Chain) -> None:
    html = own(browser(owner_of(firm())))
    assert "还不知道您在产业链的哪个环节" in html
    assert "/posts/new/?direction=supply" in html


def test_a_firm_whose_supplies_are_in_no_chain_is_led_to_the_chains(chain: Chain) -> None:
    apples = maker("红富士苹果")
    html = own(browser(owner_of(apples.enterprise)))
    assert "您的供应还没有对上产业链的环节" in html
    assert reverse("chains:chain-list") in html


def test_where_no_link_is_approved_the_page_says_so(pack: Post) -> None:
    maker("方形锂电芯")
    Link.objects.update(status="proposed")
    html = own(browser(owner_of(pack.enterprise)))
    assert "还没有已确认的上游链接" in html
    assert reverse("chains:own-partners", args=["downstream"]) in html


def test_where_nobody_stands_the_page_offers_more_links_or_the_whole_country(pack: Post) -> None:
    client = browser(owner_of(pack.enterprise))
    assert "这些环节暂时没有您可以看到的企业" in own(client, links=1)
    maker("方形锂电芯", "四川")
    province("青海")
    assert "这个省份暂时没有" in own(client, region="630000")


def test_before_the_texts_are_read_anew_the_page_asks_to_wait(pack: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from chains.matching import analyses

    monkeypatch.setattr(analyses, "is_ready", lambda: False)
    response = browser(owner_of(pack.enterprise)).get(reverse("chains:own-partners", args=["upstream"]))
    assert response.status_code == 503
    assert "匹配索引正在更新" in response.content.decode()


# --- doors -------------------------------------------------------------------------------------------------------


def doors(of: Post) -> list[str]:
    place = node("pack")
    return [
        reverse("chains:firm-partners", args=[of.enterprise_id, "upstream"]),
        reverse("chains:node-partners", args=["battery", place.pk, "upstream"]),
        reverse("chains:product-partners", args=["upstream"]) + "?product=动力电池包",
    ]


def test_the_public_doors_show_visitors_what_is_public(pack: Post) -> None:
    seen, hidden = maker("方形锂电芯"), maker("方形锂电芯", visibility=Visibility.VERIFIED)
    for url in doors(pack):
        html = browser().get(url).content.decode()
        assert seen.enterprise.name in html
        assert hidden.enterprise.name not in html
        assert reverse("chains:interest-create", args=[seen.pk]) not in html


def test_the_own_list_asks_visitors_to_log_in_and_the_firmless_to_register(pack: Post) -> None:
    url = reverse("chains:own-partners", args=["upstream"])
    answer = Client().get(url)
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)
    answer = browser(UserFactory()).get(url)
    assert (answer.status_code, answer["Location"]) == (302, reverse("enterprises:registration-start"))


def test_a_viewer_sees_partners_but_no_way_to_write_to_them(pack: Post) -> None:
    cell = maker("方形锂电芯")
    viewer = MemberFactory(enterprise=pack.enterprise, role="viewer").user
    html = own(browser(viewer))
    assert cell.enterprise.name in html
    assert reverse("chains:interest-create", args=[cell.pk]) not in html
    assert reverse("chains:interest-create", args=[cell.pk]) in own(browser(owner_of(pack.enterprise)))


def test_a_firm_that_is_not_listed_and_a_node_of_another_chain_are_missing(pack: Post) -> None:
    draft = firm()
    type(draft).objects.filter(pk=draft.pk).update(status="suspended")
    Chain.objects.create(slug="ships", name="船舶")
    for url in (
        reverse("chains:firm-partners", args=[draft.pk, "upstream"]),
        reverse("chains:firm-partners", args=[10**9, "upstream"]),
        reverse("chains:node-partners", args=["ships", node("pack").pk, "upstream"]),
        "/partners/sideways/",
    ):
        assert browser(owner_of(pack.enterprise)).get(url).status_code == 404


def test_the_page_of_the_own_firm_leads_to_the_own_list(pack: Post) -> None:
    answer = browser(owner_of(pack.enterprise)).get(doors(pack)[0])
    assert answer["Location"] == reverse("chains:own-partners", args=["upstream"])


def test_nothing_is_changed_by_asking(pack: Post) -> None:
    client = browser(owner_of(pack.enterprise))
    assert client.post(reverse("chains:own-partners", args=["upstream"])).status_code == 405


def test_the_firms_page_and_the_nodes_page_lead_there(pack: Post) -> None:
    html = browser().get(reverse("enterprises:firm-show", args=[pack.enterprise_id])).content.decode()
    assert reverse("chains:firm-partners", args=[pack.enterprise_id, "downstream"]) in html
    html = browser().get(reverse("chains:node-show", args=["battery", node("pack").pk])).content.decode()
    assert reverse("chains:node-partners", args=["battery", node("pack").pk, "downstream"]) in html


def test_another_firms_partners_do_not_tell_whom_it_blocks(pack: Post) -> None:
    cell = maker("方形锂电芯")
    url = doors(pack)[0]
    before = browser().get(url).content.decode()
    pack.enterprise.blocked.add(cell.enterprise)
    after = browser().get(url).content.decode()
    assert cell.enterprise.name in before
    assert cell.enterprise.name in after


def test_too_many_questions_are_refused(pack: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PER_MINUTE_VISITOR", 1)
    url = doors(pack)[1]
    assert [browser().get(url).status_code for _ in range(2)] == [200, 429]


# --- files -------------------------------------------------------------------------------------------------------


def test_the_file_holds_all_pages_with_path_and_evidence(pack: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 1)
    cell, cathode = maker("方形锂电芯"), maker("=1+1 磷酸铁锂正极材料", "湖南")
    url = reverse("chains:own-partners-export", args=["upstream"])
    answer = browser(owner_of(pack.enterprise)).get(url)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert len(lines) == 3
    assert cell.enterprise.name in lines[1]
    assert "您的 动力电池 ← 电芯 ← 正极材料" in lines[2]
    assert "'=1+1" in lines[2]
    assert cathode.enterprise.name in lines[2]
    assert timezone.localdate().isoformat() in lines[1]


def test_files_are_for_people_who_logged_in(pack: Post) -> None:
    for name, args in (
        ("own-partners", []),
        ("firm-partners", [pack.enterprise_id]),
        ("node-partners", ["battery", node("pack").pk]),
        ("product-partners", []),
    ):
        url = reverse(f"chains:{name}-export", args=[*args, "upstream"])
        assert browser().get(url).status_code == 302
        assert browser(owner_of(pack.enterprise)).get(url).status_code == 200


# --- what it costs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("direction", "budget"), [("upstream", 38), ("downstream", 41)])
def test_a_page_costs_the_same_with_two_and_with_twelve_partners(
    chain: Chain,
    direction: str,
    budget: int,
    django_assert_max_num_queries: Any,
) -> None:
    middle = maker("磷酸铁锂正极材料")
    product = "电池级碳酸锂" if direction == "upstream" else "方形锂电芯"
    client = browser(owner_of(middle.enterprise))
    for number in range(12):
        row = maker(product, "江西" if number % 2 else "青海")
        if number % 3 == 0:
            known(post(row.enterprise, demand=True, product="磷酸铁锂正极材料", maximum_distance_km=300))
    own(client, direction)  # what a process keeps
    with django_assert_max_num_queries(budget):
        html = own(client, direction)
    assert html.count('class="panel partner"') == 12


def test_a_longer_chain_costs_a_query_a_step(chain: Chain, django_assert_max_num_queries: Any) -> None:
    start = node("pack")
    for number in range(20):
        extra = Node.objects.create(chain=chain, slug=f"x{number}", name=f"件 {number}", layer=2, terms=["螺栓"])
        link(extra, start)
    url = reverse("chains:node-partners", args=["battery", start.pk, "upstream"])
    browser().get(url)
    with django_assert_max_num_queries(20):
        assert browser().get(url, {"links": 3}).status_code == 200
