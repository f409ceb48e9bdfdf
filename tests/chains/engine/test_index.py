from dataclasses import replace
from pathlib import Path

import pytest

from chains.engine import (
    Candidate,
    Document,
    FormatError,
    Index,
    Query,
    VersionMismatchError,
    brute_force,
    demands_answered_by,
    score_pair,
)
from tests.chains.engine.worlds import DICTIONARY, market, offer, wish, wishes


def answers(found: list[Candidate]) -> list[dict[str, object]]:
    return [candidate.to_dict() for candidate in found]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return market()


@pytest.fixture(scope="module")
def index(documents: list[Document]) -> Index:
    return Index.build(documents, dictionary=DICTIONARY)


def test_search_equals_trying_every_post(index: Index, documents: list[Document]) -> None:
    found_any = 0
    for query in wishes():
        expected = brute_force(query, documents, dictionary=DICTIONARY, k=20)
        assert answers(index.search(query, 20)) == answers(expected)
        found_any += bool(expected)
    assert found_any > 100


def test_search_for_few_gives_the_beginning_of_search_for_many(index: Index) -> None:
    query = wish("轴承")
    assert answers(index.search(query, 3)) == answers(index.search(query, 20))[:3]


def test_batch_equals_one_by_one(index: Index) -> None:
    queries = wishes()[:40]
    batch = index.search_batch(queries, 10)
    assert [answers(found) for found in batch] == [answers(index.search(query, 10)) for query in queries]


def test_parts_and_reasons_add_up_to_the_score(index: Index) -> None:
    seen = 0
    for query in wishes():
        for candidate in index.search(query):
            assert round(sum(candidate.parts.values()), 2) == candidate.score
            assert round(sum(reason.points for reason in candidate.reasons), 2) == candidate.score
            for part, points in candidate.parts.items():
                of_part = [reason.points for reason in candidate.reasons if reason.part == part]
                assert round(sum(of_part), 2) == points
            assert 0 <= candidate.score <= 100
            seen += 1
    assert seen > 500


def test_equal_scores_are_ordered_by_id() -> None:
    documents = [offer("轴承", identifier) for identifier in (9, 4, 7, 1)]
    found = Index.build(documents, dictionary=DICTIONARY).search(wish("轴承"))
    assert [candidate.id for candidate in found] == [1, 4, 7, 9]


def test_a_firm_appears_once_with_its_best_post() -> None:
    documents = [offer("圆锥滚子轴承", 1, firm_id=8), offer("轴承", 2, firm_id=8), offer("轴承", 3, firm_id=9)]
    found = Index.build(documents, dictionary=DICTIONARY).search(wish("轴承"))
    assert [(candidate.firm_id, candidate.id) for candidate in found] == [(8, 2), (9, 3)]


def test_the_order_of_posts_does_not_matter(documents: list[Document]) -> None:
    turned = Index.build(list(reversed(documents)), dictionary=DICTIONARY)
    straight = Index.build(documents, dictionary=DICTIONARY)
    for query in wishes()[::5]:
        assert answers(turned.search(query)) == answers(straight.search(query))


def test_moving_a_firm_to_another_region_changes_no_score(documents: list[Document]) -> None:
    moved = Index.build([replace(d, region="650000") for d in documents], dictionary=DICTIONARY)
    index = Index.build(documents, dictionary=DICTIONARY)
    for query in wishes():
        free = replace(query, freight_sensitive=False, include_regions=frozenset())
        assert answers(moved.search(free)) == answers(index.search(free))


def test_nearness_counts_only_for_a_freight_need() -> None:
    near, far = offer("水泥", 1, region="320501"), offer("水泥", 2, region="650100")
    query = wish("水泥", delivery_regions=frozenset({"320500"}))
    index = Index.build([near, far], dictionary=DICTIONARY)
    assert [candidate.score for candidate in index.search(query)] == [100, 100]
    sensitive = index.search(replace(query, freight_sensitive=True))
    assert [candidate.id for candidate in sensitive] == [1, 2]
    assert sensitive[0].parts["freight"] == 8
    assert sensitive[1].parts["freight"] == 0


def test_a_stricter_filter_adds_no_firm(index: Index) -> None:
    stricter: list[dict[str, object]] = [
        {"required_certificates": frozenset({"ISO9001"})},
        {"include_regions": frozenset({"440000"})},
        {"include_industries": frozenset({"38"})},
        {"blocked_firms": frozenset(range(100))},
        {"today": 739_060},
        {"strong_only": True},
        {"quantity_is_must": True, "quantity": 300.0, "unit_family": "mass"},
        {"deliver_by_is_must": True, "deliver_by": 739_020},
    ]
    for wished in wishes()[::4]:
        query = Query(analysis=wished.analysis, own_firm=wished.own_firm, factor=wished.factor)
        before = {candidate.firm_id for candidate in index.search(query, 10_000)}
        for change in stricter:
            after = {c.firm_id for c in index.search(replace(query, **change), 10_000)}  # type: ignore[arg-type]
            assert after <= before


def test_changes_equal_a_rebuild(index: Index, documents: list[Document]) -> None:
    removed = [document.id for document in documents[::9]]
    added = [replace(document, id=document.id + 50_000, firm_id=document.firm_id + 500) for document in documents[:60]]
    replaced = [replace(document, analysis=documents[0].analysis) for document in documents[1:200:17]]
    changed = index.with_changes(added + replaced, removed)
    changed = changed.with_changes([], [added[0].id]).with_changes([added[0]], [])
    live = {document.id: document for document in documents}
    for identifier in removed:
        live.pop(identifier)
    live.update({document.id: document for document in added + replaced})
    rebuilt = Index.build(live.values(), dictionary=DICTIONARY)
    assert changed.size == rebuilt.size == len(live)
    assert changed.delta_size > 0
    assert changed.compacted().delta_size == 0
    for query in wishes()[::3]:
        expected = answers(rebuilt.search(query))
        assert answers(changed.search(query)) == expected
        assert answers(changed.compacted().search(query)) == expected
        assert changed.count(query) == rebuilt.count(query)


def test_the_old_index_keeps_answering_after_a_change(index: Index) -> None:
    query = wish("轴承")
    before = answers(index.search(query))
    changed = index.with_changes([], [candidate.id for candidate in index.search(query)])
    assert answers(index.search(query)) == before
    assert answers(changed.search(query)) != before


@pytest.mark.parametrize("mmap", [True, False])
def test_a_saved_index_answers_the_same(index: Index, documents: list[Document], tmp_path: Path, mmap: bool) -> None:
    changed = index.with_changes([offer("轴承", 90_001)], [documents[3].id])
    changed.save(tmp_path / "epoch")
    loaded = Index.load(tmp_path / "epoch", dictionary=DICTIONARY, mmap=mmap)
    for query in wishes()[::3]:
        assert answers(loaded.search(query)) == answers(changed.search(query))
    again = loaded.with_changes([offer("轴承", 90_002)], [90_001])
    assert again.size == changed.size
    assert again.document(90_001) is None
    assert again.document(90_002) is not None


def test_an_index_of_another_dictionary_is_refused(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path)
    (tmp_path / "manifest.json").write_text(
        (tmp_path / "manifest.json").read_text().replace(DICTIONARY.version, "0" * 12)
    )
    with pytest.raises(VersionMismatchError):
        Index.load(tmp_path, dictionary=DICTIONARY)
    (tmp_path / "manifest.json").write_text('{"format": 0}')
    with pytest.raises(FormatError):
        Index.load(tmp_path, dictionary=DICTIONARY)
    stale = replace(offer("轴承"), analysis=replace(offer("轴承").analysis, dictionary_version="old"))
    with pytest.raises(VersionMismatchError):
        Index.build([stale], dictionary=DICTIONARY)


def test_count_is_the_number_of_firms_with_a_strong_answer(index: Index) -> None:
    for query in wishes()[::6]:
        strong = [candidate for candidate in index.search(query, 10_000) if candidate.is_strong]
        everything = index.search(replace(query, strong_only=True), 10_000)
        assert index.count(query) == len(everything)
        assert {c.firm_id for c in strong} <= {c.firm_id for c in everything}


def test_an_empty_index_and_an_empty_wish_find_nothing(index: Index) -> None:
    assert Index.build([], dictionary=DICTIONARY).search(wish("轴承")) == []
    assert index.search(wish("")) == []
    assert index.count(wish("产品")) == 0


def test_a_post_restored_from_the_index_scores_the_same(index: Index, documents: list[Document]) -> None:
    query = wish("锂电池", quantity=100.0, unit_family="mass", deliver_by=739_030, today=739_000)
    for document in documents[::10]:
        restored = index.document(document.id)
        assert restored is not None
        before = score_pair(query, document, dictionary=DICTIONARY)
        after = score_pair(query, restored, dictionary=DICTIONARY)
        assert before == after


def test_a_new_supply_finds_the_demands_it_answers(documents: list[Document]) -> None:
    queries: list[Query] = wishes()
    supply = documents[4]
    index = Index.build([supply], dictionary=DICTIONARY)
    expected = {n: answers(found)[0] for n, query in enumerate(queries) if (found := index.search(query))}
    found = demands_answered_by(supply, queries, dictionary=DICTIONARY)
    assert {position: candidate.to_dict() for position, candidate in found} == expected
    assert expected


def test_hidden_and_blocked_posts_are_never_found() -> None:
    public, verified = offer("轴承", 1), offer("轴承", 2, visibility="verified")
    invited = offer("轴承", 3, visibility="invited", invited_firms=frozenset({50}))
    blocking = offer("轴承", 4, blocked_firms=frozenset({50}))
    index = Index.build([public, verified, invited, blocking], dictionary=DICTIONARY)

    def seen(**more: object) -> list[int]:
        return [candidate.id for candidate in index.search(wish("轴承", **more))]

    assert seen() == [1, 4]
    assert seen(own_firm=50) == [1, 2, 3]
    assert seen(own_firm=51) == [1, 2, 4]
    assert seen(own_firm=51, own_firm_is_verified=False) == [1, 4]
    assert seen(own_firm=2) == [1, 4]
    assert seen(blocked_firms=frozenset({1})) == [4]


def test_what_the_supplier_has_not_said_is_not_a_failure_but_for_a_required_certificate() -> None:
    silent = offer("轴承", 1)
    able = offer("轴承", 2, capacity=500.0, unit_family="count", lead_time_days=5, certificates=frozenset({"ISO9001"}))
    index = Index.build([silent, able], dictionary=DICTIONARY)
    query = wish(
        "轴承", quantity=400.0, unit_family="count", today=739_000, deliver_by=739_020,
        wanted_certificates=frozenset({"ISO9001"}),
    )  # fmt: skip
    found = index.search(query)
    assert [candidate.id for candidate in found] == [2, 1]
    assert found[0].score == 100
    assert {reason.verdict for reason in found[1].reasons if reason.part != "product"} == {"unknown"}
    unable = offer("轴承", 3, capacity=100.0, unit_family="count", lead_time_days=50, certificates=frozenset())
    index = Index.build([silent, able, unable], dictionary=DICTIONARY)
    for change, ids in (
        ({"quantity_is_must": True}, [2, 1]),
        ({"deliver_by_is_must": True}, [2, 1]),
        ({"required_certificates": frozenset({"ISO9001"})}, [2]),
    ):
        assert [c.id for c in index.search(replace(query, **change))] == ids  # type: ignore[arg-type]
