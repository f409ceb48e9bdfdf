"""Pages of regions and strategies: who is there, what they make and need, and who may see it."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from enterprises.models import Post
from regions import reference
from regions.models import Region
from tests.factories import EnterpriseFactory, IndustryFactory, MemberFactory, PostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def divisions(db: None) -> None:
    reference.load_divisions()
    reference.load_region_sets()


def firm_in(code: str, **traits: object) -> object:
    return EnterpriseFactory(**({"verified": True} | traits), region=Region.objects.get(pk=code))


def words(html: bytes) -> str:
    """The text of the page's main part."""
    main = html.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def test_browsing_starts_with_provinces_by_block_and_strategies(client: Client) -> None:
    page = client.get("/regions/").content
    text = words(page)
    assert "东部地区 北京" in text
    assert "港澳台地区 台湾 香港 澳门" in text
    assert "长江经济带发展" in text
    assert page.count(b"btn btn-secondary") == 34


def test_browsing_in_english_uses_english_names(client: Client) -> None:
    text = words(client.get("/regions/", headers={"accept-language": "en"}).content)
    assert "Shaanxi" in text
    assert "Guangdong–Hong Kong–Macao Greater Bay Area" in text
    assert "陕西" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=kunshan", "江苏 · 苏州 · 昆山"),
        ("set=g60&q=昆", "昆山市"),
        ("set=yangtze-delta&level=province", "安徽省"),
    ],
)
def test_regions_are_searched_and_filtered_by_the_address(client: Client, query: str, found: str) -> None:
    response = client.get(f"/regions/?{query}")
    assert response.status_code == 200
    assert found in words(response.content)


def test_a_search_without_result_says_what_to_do(client: Client) -> None:
    assert "没有找到这个地区" in words(client.get("/regions/?q=亚特兰蒂斯").content)


@pytest.mark.parametrize(
    "query",
    ["q=" + "x" * 300, "level=planet", "parent=999999", "parent=%27", "set=none", "on=2026-99-99", "page=-1", "page=x"],
)
def test_nonsense_in_the_address_is_no_error_of_ours(client: Client, query: str) -> None:
    assert client.get(f"/regions/?{query}").status_code == 200


def test_a_region_shows_its_firms_products_and_what_is_below(client: Client) -> None:
    battery = IndustryFactory(code="3841")
    kunshan = firm_in("320583", name="昆山正极材料有限公司", industry=battery)
    firm_in("320501", name="外地企业") if Region.objects.filter(pk="320501").exists() else None
    PostFactory(published=True, enterprise=kunshan, product="磷酸铁锂正极", title="磷酸铁锂正极供应")
    PostFactory(published=True, demand=True, enterprise=kunshan, product="碳酸锂", title="求购电池级碳酸锂")
    PostFactory(published=True, enterprise=firm_in("510100"), product="外省产品", title="外省产品供应")
    text = words(client.get("/regions/320000/").content)
    assert "行业门类 合计 制造业 1" in text
    assert "磷酸铁锂正极 1 家" in text
    assert "磷酸铁锂正极供应 昆山正极材料有限公司 · 江苏 · 苏州 · 昆山" in text
    assert "求购电池级碳酸锂" in text
    assert "苏州市 1 家" in text
    assert "外省产品" not in text
    assert "东部地区 长江经济带发展 长三角一体化发展 长三角 G60 科创走廊 （部分地区）" in text
    county = words(client.get("/regions/320583/").content)
    assert "首页 区域 江苏省 苏州市 昆山市" in county
    assert "下级地区" not in county


def test_the_children_of_a_municipality_are_its_districts(client: Client) -> None:
    text = words(client.get("/regions/500000/").content)
    assert "渝中区" in text
    assert "城口县" in text
    assert "省直辖" not in words(client.get("/regions/410000/").content)


def test_a_strategy_adds_up_its_members_and_says_where_only_parts_belong(client: Client) -> None:
    firm_in("510107")
    firm_in("430100")
    text = words(client.get("/regions/sets/yellow-river/").content)
    assert "四川省 仅相关市县 1 家" in text
    assert "企业与机构 1 家" in text
    assert "按全域计算" in text
    delta = words(client.get("/regions/sets/yangtze-delta/").content)
    assert "仅相关市县" not in delta


def test_a_page_counts_only_what_its_reader_may_see(client: Client) -> None:
    draft = firm_in("320583", verified=False, name="未核验企业")
    open_firm = firm_in("320583", name="已核验企业")
    PostFactory(published=True, enterprise=open_firm, title="公开的供应")
    PostFactory(published=True, enterprise=open_firm, title="仅核验可见", visibility="verified")
    PostFactory(published=True, enterprise=open_firm, title="仅受邀可见", visibility="invited")
    PostFactory(enterprise=open_firm, title="草稿中的供应", status=Post.Status.DRAFT)
    text = words(client.get("/regions/320583/").content)
    assert "企业与机构 1 家" in text
    assert "公开的供应" in text
    for hidden in ("仅核验可见", "仅受邀可见", "草稿中的供应", "未核验企业"):
        assert hidden not in text
    client.force_login(MemberFactory(enterprise=firm_in("440300")).user)
    assert "仅核验可见" in words(client.get("/regions/320583/").content)
    client.force_login(MemberFactory(enterprise=draft).user)
    text = words(client.get("/regions/320583/").content)
    assert "企业与机构 2 家" in text
    assert "仅核验可见" not in text
    client.force_login(UserFactory(operator=True))
    assert "仅受邀可见" in words(client.get("/regions/320583/").content)


@pytest.mark.parametrize("path", ["/regions/999999/", "/regions/000000/", "/regions/3205/", "/regions/sets/none/"])
def test_what_is_no_region_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_region_of_the_past_says_so(client: Client) -> None:
    Region.objects.filter(pk="320583").update(valid_to="2026-01-01")
    assert "自 2026-01-01 起不再使用" in words(client.get("/regions/320583/").content)
    assert "昆山市" not in words(client.get("/regions/320500/").content)


def test_a_page_asks_no_more_of_the_database_with_many_firms(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for code in ("320583", "320582", "320100", "320300") * 5:
        firm = firm_in(code)
        PostFactory(published=True, enterprise=firm)
        PostFactory(published=True, demand=True, enterprise=firm)
    for path in ("/regions/320000/", "/regions/320500/", "/regions/sets/yangtze-delta/"):
        with django_assert_max_num_queries(16):
            assert client.get(path).status_code == 200
    with django_assert_max_num_queries(8):
        client.get("/regions/")
    with django_assert_max_num_queries(8):
        client.get("/regions/?q=s")
