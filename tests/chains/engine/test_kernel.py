"""The compiled search against the readable rule, over whatever demands and posts can hold."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chains.engine import (
    DEFAULT_WEIGHTS,
    Analysis,
    Dictionary,
    Document,
    Index,
    Query,
    VersionMismatchError,
    analyse,
    brute_force,
)
from chains.engine.bulk import collect_stored, collect_texts
from chains.engine.columns import pack, unpack
from chains.engine.layout import mark_of
from chains.engine.products import Collector
from tests.chains.engine.worlds import DICTIONARY, NAMES, market, offer, read, wishes

SENTENCES = (
    *NAMES,
    "304L不锈钢无缝管",
    "3041不锈钢管",
    "30不锈钢管",
    "轴承、螺纹钢、304不锈钢无缝管",
    "求购304不锈钢无缝管 50吨",
    "用于新能源汽车的IGBT模块，6204",
    "蓝芯婪材",
    "红芯婪材",
    "婪材",
    "婪材 8kV\n材质304，适用于汽车，220kV",
    "220kV变压器，干式",
    "设备",
    "材料",
    "",
)
DAY = 739_000
REGIONS = ("", "11", "110000", "110105", "310115", "3101", "320500", "320581", "44", "440300")
INDUSTRIES = ("", "3", "34", "345", "3451", "3452", "384", "3841", "C34")
FAMILIES = ("", "mass", "count")
NAMES_OF_CERTIFICATES = tuple(f"CERT{number}" for number in range(70))
FIRMS = st.integers(1, 12)
_days = st.none() | st.integers(DAY - 40, DAY + 40)
_certificates = st.frozensets(st.sampled_from(NAMES_OF_CERTIFICATES[:3] + NAMES_OF_CERTIFICATES[-2:]), max_size=3)
_amounts = st.none() | st.sampled_from([0.0, 0.1, 1.0, 3.0, 99.9, 100.0, 1e9])


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    found = []
    for identifier in draw(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=25, unique=True)):
        found.append(
            Document(
                id=identifier,
                analysis=read(draw(st.sampled_from(SENTENCES))),
                firm_id=draw(FIRMS),
                region=draw(st.sampled_from(REGIONS)),
                factor=draw(st.sampled_from(["", "product", "service"])),
                industry=draw(st.sampled_from(INDUSTRIES)),
                capacity=draw(_amounts),
                unit_family=draw(st.sampled_from(FAMILIES)),
                min_order=draw(_amounts),
                lead_time_days=draw(st.none() | st.integers(0, 60)),
                certificates=draw(st.none() | _certificates),
                available_from=draw(_days),
                available_to=draw(_days),
                delivers_to=draw(st.frozensets(st.sampled_from(REGIONS[1:]), max_size=2)),
                visibility=draw(st.sampled_from(["public", "public", "verified", "invited"])),
                invited_firms=draw(st.frozensets(FIRMS, max_size=3)),
                blocked_firms=draw(st.frozensets(FIRMS, max_size=2)),
            )
        )
    return found


@st.composite
def queries(draw: st.DrawFn) -> Query:
    prefixes = st.frozensets(st.sampled_from((*REGIONS[1:], "4", "32058100999")), max_size=3)
    return Query(
        analysis=read(draw(st.sampled_from(SENTENCES))),
        factor=draw(st.sampled_from(["", "product", "service"])),
        industry=draw(st.sampled_from(INDUSTRIES)),
        quantity=draw(_amounts),
        unit_family=draw(st.sampled_from((*FAMILIES, "area"))),
        quantity_is_must=draw(st.booleans()),
        deliver_by=draw(_days),
        deliver_by_is_must=draw(st.booleans()),
        today=draw(_days),
        delivery_regions=draw(st.frozensets(st.sampled_from(REGIONS[1:]), max_size=2)),
        required_certificates=draw(st.just(frozenset[str]()) | _certificates | st.just(frozenset({"UNHEARD"}))),
        wanted_certificates=draw(_certificates),
        blocked_firms=draw(st.frozensets(st.integers(1, 14), max_size=3)),
        own_firm=draw(st.none() | st.integers(1, 14)),
        own_firm_is_verified=draw(st.booleans()),
        include_regions=draw(st.just(frozenset[str]()) | prefixes),
        include_industries=draw(st.just(frozenset[str]()) | st.frozensets(st.sampled_from(INDUSTRIES), max_size=2)),
        include_factors=draw(st.just(frozenset[str]()) | st.frozensets(st.sampled_from(["", "product"]), max_size=2)),
        freight_sensitive=draw(st.booleans()),
        freight_closeness=draw(st.dictionaries(st.sampled_from(REGIONS[1:]), st.floats(-0.5, 1.5), max_size=4)),
        strong_only=draw(st.booleans()),
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    posts=documents(), asked=st.lists(queries(), min_size=1, max_size=4), k=st.integers(1, 12), cut=st.integers(0, 25)
)
def test_search_batch_and_brute_force_agree(posts: list[Document], asked: list[Query], k: int, cut: int) -> None:
    """Whatever is asked of whatever is offered, in one segment or in several, with some posts gone."""
    whole = Index.build(posts, dictionary=DICTIONARY)
    grown = Index.build(posts[:cut], dictionary=DICTIONARY)
    for post in posts[cut:]:
        grown = grown.with_changes([post])
    gone = [post.id for post in posts[::5]]
    left = [post for post in posts if post.id not in gone]
    for query, found, fewer in zip(
        asked,
        whole.search_batch(asked, k),
        grown.with_changes([], gone).search_batch(asked, k),
        strict=True,
    ):
        assert found == brute_force(query, posts, dictionary=DICTIONARY, k=k)
        assert fewer == brute_force(query, left, dictionary=DICTIONARY, k=k)
        everybody = brute_force(query, posts, dictionary=DICTIONARY, k=len(posts))
        strong = {candidate.firm_id for candidate in everybody if candidate.is_strong}
        assert whole.count(query) == grown.count(query) >= len(strong)


@pytest.mark.parametrize(
    "text",
    ["电子模组用QFN 封装代工", "奥硝唑注射液", "新能源大巴车用的空调", "氨纶纱", "空开 塑壳断路器", "换的瓦楞辊"],
)
def test_a_demand_read_in_several_ways_is_answered_by_the_rule(text: str) -> None:
    """Whatever standing a reading has, and whether anybody knows its head: 封装 alone is no 灌封."""
    names = ["灌封", "圆棒", "硅粉", "BMU", "代工", "奥硝唑", "客车空调", "空调", "氨纶", "断路器", "瓦楞辊", "小辊"]
    posts = [offer(name, number) for number, name in enumerate(names, start=1)]
    query = Query(analysis=analyse(text, dictionary=DICTIONARY, mend=True))
    found = Index.build(posts, dictionary=DICTIONARY).search(query, 20)
    assert found == brute_force(query, posts, dictionary=DICTIONARY, k=20)


def test_top_gives_what_search_gives_without_explaining() -> None:
    index = Index.build(market(), dictionary=DICTIONARY).with_changes(market(700)[600:])
    asked = wishes()
    found = index.top(asked, 7)
    for number, candidates in enumerate(index.search_batch(asked, 7)):
        size = int(found.count[number])
        assert found.id[number, :size].tolist() == [candidate.id for candidate in candidates]
        assert found.firm[number, :size].tolist() == [candidate.firm_id for candidate in candidates]
        assert (found.total[number, :size] / 100).tolist() == [candidate.score for candidate in candidates]
        strong = found.fit[number, :size] >= DEFAULT_WEIGHTS.strong_cut
        assert strong.tolist() == [candidate.is_strong for candidate in candidates]
        assert not found.id[number, size:].any()


def test_a_search_for_more_than_there_is_gives_everything() -> None:
    posts = market(300)
    index = Index.build(posts, dictionary=DICTIONARY)
    for query in wishes()[::9]:
        assert index.search(query, 10_000) == brute_force(query, posts, dictionary=DICTIONARY, k=10_000)


def test_a_wish_of_very_many_words_is_scored_exactly() -> None:
    many = " ".join(f"{number}mm 婪{chr(0x4E00 + number)}材" for number in range(60))
    posts = [*market(60), Document(id=1, analysis=read(many), firm_id=900)]
    query = Query(analysis=read(many))
    found = Index.build(posts, dictionary=DICTIONARY).search(query)
    assert found
    assert found == brute_force(query, posts, dictionary=DICTIONARY)


def test_the_name_a_post_gives_its_product_is_shown_whoever_else_offers_the_same() -> None:
    posts = [Document(id=1, analysis=read("轴承业务"), firm_id=1), Document(id=2, analysis=read("轴承"), firm_id=2)]
    index = Index.build(posts, dictionary=DICTIONARY)
    assert index.segments[0].products.count == 1
    assert [candidate.product for candidate in index.search(Query(analysis=read("轴承")))] == ["轴承业务", "轴承"]


def test_many_processes_read_the_same_as_one() -> None:
    texts = [f"{name}{number}号" if number else name for number in range(9) for name in NAMES]
    alone = collect_texts(texts, dictionary=DICTIONARY, processes=1).done()
    stored = [json.dumps(read(text).to_dict(), ensure_ascii=False) for text in texts]
    for together in (
        collect_texts(texts, dictionary=DICTIONARY, processes=2).done(),
        collect_stored(stored, version=DICTIONARY.version, processes=2).done(),
    ):
        assert alone.count == together.count
        for content in range(len(texts)):
            assert together.of_content(content) == alone.of_content(content)


def test_stored_analyses_are_read_as_analyses_are() -> None:
    by_object, stored = Collector(DICTIONARY.version), Collector(DICTIONARY.version)
    analyses = [read(sentence) for sentence in SENTENCES]
    for analysis in analyses:
        assert by_object.add(analysis) == stored.add_stored(analysis.to_dict())
    first, second = by_object.done(), stored.done()
    assert [first.of_content(n) for n in range(len(analyses))] == [second.of_content(n) for n in range(len(analyses))]


@pytest.mark.parametrize("add", [Collector.add, lambda collector, analysis: collector.add_stored(analysis.to_dict())])
def test_a_reader_takes_analyses_of_one_dictionary_only(add: Any) -> None:
    with pytest.raises(VersionMismatchError, match="analysed with dictionary"):
        add(Collector("another"), read("轴承"))


def test_codes_keep_their_order_and_their_beginnings_when_packed() -> None:
    codes = ["", "1", "11", "110105", "34", "3451", "C34", "99999999"]
    assert [unpack(pack(code)) for code in codes] == codes
    assert sorted(codes) == sorted(codes, key=pack)
    with pytest.raises(ValueError, match="not a code"):
        pack("123456789")


def test_marks_are_signed_bits_spread_over_the_words() -> None:
    marks = np.array([mark_of(word) for word in range(10_000)], np.int64)
    assert len(set(marks.tolist())) == 64
    counts = np.unique(marks, return_counts=True)[1]
    assert counts.min() > 100


def test_an_analysis_of_nothing_is_kept_and_never_found() -> None:
    posts = [Document(id=5, analysis=read(""), firm_id=1)]
    index = Index.build(posts, dictionary=Dictionary.load())
    assert index.size == 1
    assert index.document(5) == Document(
        id=5, analysis=Analysis(text="", products=(), dictionary_version=DICTIONARY.version), firm_id=1
    )
    assert index.search(Query(analysis=read("轴承"))) == []
