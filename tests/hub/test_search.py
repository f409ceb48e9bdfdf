"""Search: by words, parts of words, pinyin and place; never what may not be seen."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from chains.engine.dictionary import surface_key
from chains.models import Alias, Chain, Concept
from enterprises.models.posts import Visibility
from hub import search
from tests.factories import EnterpriseFactory, PostFactory, PrefectureFactory, owner_of, province

pytestmark = pytest.mark.django_db


def found(text: str, user: Any = None) -> search.Found:
    return search.find(text=text, user=user or AnonymousUser())


def names(hits: search.Hits) -> list[str]:
    return [str(row) for row in hits.rows]


def test_a_part_of_the_name_finds_the_firm_and_the_whole_name_comes_first() -> None:
    EnterpriseFactory(verified=True, name="洛阳轴承研究所")
    EnterpriseFactory(verified=True, name="轴承")
    EnterpriseFactory(verified=True, name="轴承之家有限公司")
    assert names(found("轴承").firms) == ["轴承", "轴承之家有限公司", "洛阳轴承研究所"]


@pytest.mark.parametrize("typed", ["tianfu", "tian fu", "Tian Fu", "TIANFUZHOU", "ＴＩＡＮＦＵ", "fuzhoucheng"])
def test_pinyin_finds_the_firm(typed: str) -> None:
    EnterpriseFactory(verified=True, name="天府轴承有限公司")
    EnterpriseFactory(verified=True, name="江南电机有限公司")
    assert names(found(typed).firms) == ["天府轴承有限公司"]


def test_posts_are_found_by_title_and_product() -> None:
    PostFactory(published=True, product="深沟球轴承", title="长期供应深沟球轴承")
    PostFactory(published=True, product="直流电机", title="采购轴承配套的直流电机")
    assert found("轴承").posts.count == 2
    assert found("zhiliudianji").posts.count == 1


@pytest.mark.parametrize("typed", ["CMM", "Coordinate measuring machine", "三坐标"])
def test_posts_are_found_by_the_other_names_of_the_product(typed: str) -> None:
    concept = Concept.objects.create(
        name="三坐标测量机", surface="三坐标测量机", kind="equipment", english="coordinate measuring machine"
    )
    for text in ("CMM", "三坐标"):
        Alias.objects.create(concept=concept, text=text, surface=surface_key(text))
    PostFactory(published=True, product="桥式三坐标测量机", title="供应测量设备")
    PostFactory(published=True, product="光学测量仪", title="供应光学测量仪")
    result = found(typed)
    assert [post.product for post in result.posts.rows] == ["桥式三坐标测量机"]
    assert "三坐标测量机" in result.other_names


def test_the_thing_itself_comes_before_what_only_begins_with_its_name() -> None:
    for product in ("锂电池运输", "磷酸铁锂电池", "锂电池", "锂电池回收设备", "三元锂电池"):
        PostFactory(published=True, product=product, title=f"供应{product}")
    shown = [post.product for post in found("锂电池").posts.rows]
    assert shown == ["锂电池", "三元锂电池", "磷酸铁锂电池", "锂电池运输", "锂电池回收设备"]


def test_a_short_form_with_several_meanings_names_nothing() -> None:
    concept = Concept.objects.create(name="三坐标测量机", surface="三坐标测量机", kind="equipment")
    Alias.objects.create(concept=concept, text="CMM", surface=surface_key("CMM"), is_ambiguous=True)
    PostFactory(published=True, product="三坐标测量机", title="供应三坐标测量机")
    assert found("CMM").posts.count == 0


def test_a_place_among_the_words_narrows_the_rest() -> None:
    PostFactory(published=True, title="动力电池", enterprise__region=province("四川"))
    PostFactory(published=True, title="动力电池", enterprise__region=province("江苏"))
    result = found("电池 四川")
    assert result.place == province("四川")
    assert [post.enterprise.region.short_name for post in result.posts.rows] == ["四川"]


def test_a_place_holds_all_that_lies_in_it() -> None:
    city = PrefectureFactory(parent=province("四川"), name="绵阳市", short_name="绵阳")
    EnterpriseFactory(verified=True, name="绵阳电子厂", region=city)
    assert found("电子 四川").firms.count == 1
    assert names(found("四川").regions) == ["四川省"]


def test_chains_and_regions_are_found() -> None:
    Chain.objects.create(slug="battery", name="动力电池产业链", name_en="Traction battery chain")
    province("四川")
    assert names(found("电池").chains) == ["动力电池产业链"]
    assert names(found("battery").chains) == ["动力电池产业链"]
    assert found("sichuan").regions.count == 1


def test_what_may_not_be_seen_is_neither_found_nor_counted() -> None:
    firm = EnterpriseFactory(verified=True, owner=True, name="公开企业")
    EnterpriseFactory(submitted=True, name="未核验的轴承厂")
    PostFactory(enterprise=firm, published=True, title="保密轴承", visibility=Visibility.INVITED)
    PostFactory(enterprise=firm, expired=True, title="过期轴承")
    assert found("轴承").count == 0
    assert found("轴承", owner_of(firm)).posts.count == 1
    assert found("轴承", owner_of(EnterpriseFactory(verified=True, owner=True))).posts.count == 0


def test_where_nothing_contains_the_words_similar_names_are_offered() -> None:
    EnterpriseFactory(verified=True, name="四川天府新能源电池科技有限公司")
    result = found("天府新能源电池集团")
    assert result.is_similar
    assert names(result.firms) == ["四川天府新能源电池科技有限公司"]


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "\\", "'", '"', "%' OR 1=1 --", "a" * 5000, "🙂", "((((", "\t\n", "0", "-1"]
)
def test_nothing_that_is_typed_breaks_the_page(client: Client, text: str) -> None:
    EnterpriseFactory(verified=True)
    assert client.get("/search/", {"q": text}).status_code == 200


def test_wildcards_are_letters_like_others() -> None:
    EnterpriseFactory(verified=True, name="天府轴承")
    assert found("%").firms.count == 0
    assert found("天_轴").firms.count == 0


def test_the_page_shows_groups_and_says_when_there_is_nothing(client: Client) -> None:
    EnterpriseFactory(verified=True, name="天府轴承")
    PostFactory(published=True, title="供应圆锥轴承")
    html = client.get("/search/", {"q": "轴承"}).content.decode()
    assert "企业与机构" in html
    assert "供需" in html
    assert "没有找到相关内容" in client.get("/search/", {"q": "不存在的东西"}).content.decode()


def test_search_asks_the_same_number_of_questions_for_few_and_many(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        PostFactory(
            published=True,
            title=f"轴承 {number}",
            enterprise__name=f"轴承厂 {number}",
            enterprise__region=province("四川"),
        )
    with django_assert_max_num_queries(8):
        client.get("/search/", {"q": "轴承"})


def test_the_way_to_all_posts_asks_for_what_was_found(client: Client) -> None:
    concept = Concept.objects.create(name="光伏组件", surface="光伏组件", kind="finished")
    Alias.objects.create(concept=concept, text="光伏板", surface=surface_key("光伏板"))
    for number in range(9):
        PostFactory(
            published=True, product="光伏组件", title=f"供应光伏组件 {number}", enterprise__region=province("四川")
        )
    for typed in ("光伏板", "四川 光伏板", "光伏组件"):
        sections = client.get("/search/", {"q": typed}).context["sections"]
        more = next(section.more_url for section in sections if section.key == "posts")
        assert client.get(more).context["page_obj"].paginator.count == 9, more
