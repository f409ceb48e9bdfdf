"""The measures of the quality bench, by hand-worked lists."""

import csv
from math import log2
from pathlib import Path

import pytest

from bench.quality import judging, metrics
from bench.quality.corpus import Offer, key_of, read_offers
from bench.quality.judging import Judgement
from bench.quality.metrics import Judged


def judged(grades: dict[str, int], *, best: tuple[int, ...] | None = None, ruled_out: str = "") -> Judged:
    found = tuple(grade for grade in grades.values() if grade) if best is None else best
    return Judged(grades=grades, best=found, contradicting=frozenset(ruled_out))


def test_sensible_counts_what_is_shown_and_found_counts_what_there_is() -> None:
    score = metrics.score(["a", "b"], judged({"a": 3, "b": 1, "c": 2, "d": 2}))
    assert score.sensible == 0.5
    assert score.found == pytest.approx(1 / 3)
    assert score.recall == pytest.approx(1 / 3)
    assert score.mrr == 1.0


def test_ndcg_follows_its_formula() -> None:
    score = metrics.score(["b", "a"], judged({"a": 3, "b": 1}))
    ideal = 7 / log2(2) + 1 / log2(3)
    assert score.ndcg == pytest.approx((1 / log2(2) + 7 / log2(3)) / ideal)


def test_an_empty_answer_is_senseless_only_where_something_fits() -> None:
    assert metrics.score([], judged({"a": 2})).sensible == 0.0
    nothing = metrics.score([], judged({"a": 1}))
    assert (nothing.sensible, nothing.found, nothing.ndcg) == (None, None, None)


def test_something_shown_where_nothing_fits_lowers_sensible() -> None:
    assert metrics.score(["a"], judged({"a": 0})).sensible == 0.0


def test_what_a_demand_rules_out_counts_among_the_first_three_only() -> None:
    known = judged({"a": 2, "b": 2, "c": 2, "x": 0}, ruled_out="x")
    assert metrics.score(["a", "b", "x"], known).contradiction == 1.0
    assert metrics.score(["a", "b", "c", "x"], known).contradiction == 0.0


def test_the_most_there_could_be_is_counted_in_firms() -> None:
    offers = [
        Offer(0, "600001", "轴承", "轴承"),
        Offer(1, "600002", "轴承", "轴承"),
        Offer(2, "600002", "钢管", "钢管"),
    ]
    known = judging.by_demand(
        [Judgement("d", key_of("轴承"), 3, False), Judgement("d", key_of("没有"), 3, False)], offers
    )
    assert known["d"].good_firms == 2


def test_a_mean_leaves_out_what_is_not_defined() -> None:
    scores = [metrics.score([], judged({"a": 1})), metrics.score(["a"], judged({"a": 3}))]
    assert metrics.mean(scores)["sensible"] == 1.0


def test_offers_are_cleaned_and_told_once_for_each_firm(tmp_path: Path) -> None:
    rows = [("600001", "1、轴承", "0.5"), ("600001", "轴承", "0.2"), ("600001", "合计", "1"), ("600002", "轴承", "")]
    with (tmp_path / "products.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["symbol", "product", "revenue_share"])
        writer.writerows(rows)
    assert [(offer.symbol, offer.name) for offer in read_offers(tmp_path)] == [("600001", "轴承"), ("600002", "轴承")]


def test_the_shipped_judgements_are_whole() -> None:
    demands = judging.read_demands()
    judgements = judging.read_judgements()
    assert len({demand.id for demand in demands}) == len(demands) >= 200
    assert {judgement.demand for judgement in judgements} <= {demand.id for demand in demands}
    pairs = [(judgement.demand, judgement.product) for judgement in judgements]
    assert len(set(pairs)) == len(pairs)
