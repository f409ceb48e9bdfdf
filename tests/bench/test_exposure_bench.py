"""That the bench of exposure measures what it says, and that its figures come out of a run."""

import json

import numpy as np
import pytest

from bench.exposure import running


def test_gini_of_equal_shares_is_nothing_and_of_one_taker_nearly_one() -> None:
    assert running.gini(np.ones(10)) == pytest.approx(0)
    assert running.gini(np.array([0.0] * 9 + [5.0])) == pytest.approx(0.9)
    assert running.gini(np.zeros(4)) == 0


def test_of_more_equals_than_places_all_are_seen_in_the_end() -> None:
    lists = [[(number, number, 90.0, True) for number in range(1, 21)]]
    relevant = [set(range(1, 21))]
    alone = running.live(lists, relevant, days=10, placed=False)
    placed = running.live(lists, relevant, days=10, placed=True)
    assert (alone["unseen"], placed["unseen"]) == (0.75, 0)
    assert placed["gini"] < alone["gini"]
    assert placed["fit"] == alone["fit"] == 1
    assert alone["explores"] == 0 < placed["explores"]


def test_the_command_prints_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert running.main(["--posts", "1000", "--demands", "100", "--days", "3", "--json"]) == 0
    ways = json.loads(capsys.readouterr().out)["ways"]
    assert ways[running.PLACED]["unseen"] <= ways[running.BY_SCORE]["unseen"]
    assert ways[running.PLACED]["fit"] > 0.5
