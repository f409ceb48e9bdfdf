"""The market that the engine's bench invents, and that its figures come out of a run."""

import json

import numpy as np
import pytest

from bench.engine import corpus as market
from bench.engine import measuring, running
from bench.engine.corpus import KINDS
from chains.engine import Dictionary, Index
from chains.engine.bulk import collect_texts


def test_a_market_is_the_same_for_one_seed_and_another_for_another() -> None:
    one, same, other = (market.make(posts=1500, demands=60, seed=seed) for seed in (3, 3, 4))
    assert one.texts == same.texts
    assert [demand.query for demand in one.demands] == [demand.query for demand in same.demands]
    assert np.array_equal(one.table.capacity, same.table.capacity, equal_nan=True)
    assert one.texts != other.texts


def test_few_things_are_offered_by_many_and_most_by_few() -> None:
    made = market.make(posts=20_000, demands=400)
    sellers = np.bincount([thing for text in made.text.tolist() for thing in made.offers[text]])
    assert sellers.max() > 15 * np.median(sellers)
    assert min(len(ids) for ids in made.relevant()) >= 1
    assert {demand.kind for demand in made.demands} == set(KINDS)


def test_the_relevant_posts_of_a_demand_offer_its_thing() -> None:
    made = market.make(posts=2000, demands=50)
    for demand, ids in zip(made.demands, made.relevant(), strict=True):
        offering = [number + 1 for number in range(made.size) if demand.thing in made.offers[made.text[number]]]
        assert ids.tolist() == offering


def test_recall_counts_what_could_be_among_the_first() -> None:
    relevant = [np.arange(1, 101), np.array([7, 8]), np.zeros(0, np.int64)]
    assert measuring.recall([list(range(1, 11)), [8, 9], [1]], relevant, k=20) == pytest.approx((0.5 + 0.5) / 2)


def test_the_memory_floor_reads_what_the_search_needs_and_no_more() -> None:
    from bench.engine.floor import Floor, traces

    made = market.make(posts=3000, demands=60)
    dictionary = Dictionary.load()
    index = Index.build_from(collect_texts(made.texts, dictionary=dictionary), made.table, dictionary=dictionary)
    queries = [demand.query for demand in made.demands]
    best = index.top(queries, measuring.K)
    bars = np.where(best.count == measuring.K, best.total[:, -1], -1)
    segment = index.segments[0]
    found = traces(measuring.compiled(queries), segment, bars)
    for number, (scanned, read, rows) in enumerate(found):
        assert set(best.row[number, : best.count[number]].tolist()) <= set(rows.tolist())
        assert set(read.tolist()) <= set(scanned.tolist())
        assert len(scanned) <= segment.products.count * max(1, len(queries[number].analysis.products) * 2)
    assert any(Floor(segment).touch(trace) for trace in found)


def test_the_bench_prints_its_figures_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert running.main(["--posts", "1000", "--demands", "100", "--no-peers", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["posts"] == 1000
    assert figures["recall"] > 0.5
    assert figures["times_floor"] > 1
    assert figures["build"]["snapshot_mb"] > 0
    assert figures["small_worker"]["all_mb"] > figures["small_worker"]["own_mb"] > 0
