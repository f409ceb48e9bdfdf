"""``python3 dev.py bench exposure``: who gets seen, with and without credit and turns (chains.matching.placing).

An invented market (bench.engine.corpus). Each night exposure is counted and the lists are placed anew; each day every
demand shows its first five. Beside it, in the same run: the lists by score alone, ties by id.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BY_SCORE, PLACED = "by score alone", "with credit and turns"
FIRST = 5
TOP = 20
REACH = 100
START = date(2026, 1, 5)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench exposure", description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000, help="supply posts (default: %(default)s)")
    parser.add_argument("--demands", type=int, default=2000, help="demands that look every day (default: %(default)s)")
    parser.add_argument("--days", type=int, default=28, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="the figures as one JSON line on stdout")
    chosen = parser.parse_args(arguments)
    if min(chosen.posts, chosen.demands, chosen.days) < 1:
        parser.error("at least one post, demand and day")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.demo")
    import django

    django.setup()
    figures = compare(posts=chosen.posts, demands=chosen.demands, days=chosen.days, seed=chosen.seed)
    if chosen.json:
        print(json.dumps(figures))
    else:
        show(figures)
    return 0


def compare(*, posts: int, demands: int, days: int, seed: int) -> dict[str, Any]:
    """Figures of both ways over the same answers of the engine."""
    from bench.engine import corpus as market
    from bench.engine import measuring

    corpus = market.make(posts=posts, demands=demands, seed=seed)
    with tempfile.TemporaryDirectory(prefix="xielian-bench-") as folder:
        index = measuring.build(corpus, Path(folder)).index
        found = index.top([demand.query for demand in corpus.demands], REACH)
        cut = index.weights.strong_cut
    lists = [
        [
            (int(found.id[n, at]), int(found.firm[n, at]), int(found.total[n, at]) / 100, bool(found.fit[n, at] >= cut))
            for at in range(int(found.count[n]))
        ]
        for n in range(len(corpus.demands))
    ]
    relevant = [set(ids.tolist()) for ids in corpus.relevant()]
    return {
        "posts": posts,
        "demands": demands,
        "days": days,
        "ways": {
            name: live(lists, relevant, days=days, placed=placed)
            for name, placed in ((BY_SCORE, False), (PLACED, True))
        },
    }


def live(
    lists: Sequence[Sequence[tuple[int, int, float, bool]]],
    relevant: Sequence[set[int]],
    *,
    days: int,
    placed: bool,
) -> dict[str, float]:
    """Let the days pass; what was seen by whom.

    unseen: share of the firms with a good partner's fit somewhere in reach that were in nobody's first five.
    explores: share of what was seen (by the weight of places) of partners that are not in the first five by score;
    turns: the part of it that the exploring places bring. fit: share of what the first five showed that is what was
    asked for. points: mean score of what they showed.
    """
    from chains.matching import placing

    sold = sorted({firm for row in lists for _id, firm, _score, strong in row if strong})
    shown = dict.fromkeys(sold, 0.0)
    partners = [[placing.Partner(*one) for one in row] for row in lists]
    fits = points = seen = turned = moved = every = 0.0
    by_score = [{one.id for one in row[:FIRST]} for row in partners]
    for day in range(days):
        credits = _credits(shown) if placed else {}
        for number, row in enumerate(partners):
            places = placing.arrange(
                row,
                credits=credits,
                top=TOP,
                seed=placing.seed_of(number, START + timedelta(days=day)),
            )
            own = {one.id: one for one in row}
            for rank, place in enumerate(places[:FIRST], start=1):
                one, worth = own[place.id], placing.weight(rank)
                if one.firm in shown:
                    shown[one.firm] += worth
                every += worth
                turned += worth * place.is_explored
                moved += worth * (place.id not in by_score[number])
                seen += 1
                fits += place.id in relevant[number]
                points += one.score
    amounts = np.array(list(shown.values()))
    return {
        "firms": len(sold),
        "gini": gini(amounts),
        "unseen": float((amounts == 0).mean()) if len(amounts) else 0.0,
        "explores": moved / every if every else 0.0,
        "turns": turned / every if every else 0.0,
        "fit": fits / seen if seen else 0.0,
        "points": points / seen if seen else 0.0,
    }


def _credits(shown: Mapping[int, float]) -> dict[int, float]:
    """As chains.matching.exposure counts them."""
    from chains.matching.placing import CREDIT

    mean = sum(shown.values()) / len(shown) if shown else 0.0
    return {firm: round(CREDIT * max(0.0, 1 - amount / mean), 2) for firm, amount in shown.items()} if mean else {}


def gini(amounts: NDArray[np.float64]) -> float:
    """0: all the same, 1: one has everything. Of sorted x: (2 Σ i·x_i) / (n Σ x) − (n + 1) / n."""
    ordered = np.sort(amounts)
    count, total = len(ordered), ordered.sum()
    if not count or not total:
        return 0.0
    return float(2 * (np.arange(1, count + 1) * ordered).sum() / (count * total) - (count + 1) / count)


def show(figures: Mapping[str, Any]) -> None:
    print(
        f"{figures['posts']:,} posts, {figures['demands']:,} demands whose first five are looked at on each of "
        f"{figures['days']} days\n",
        file=sys.stdout,
    )
    rows = (
        ("Gini of exposure", "gini", ".3f"),
        ("suppliers never seen", "unseen", ".1%"),
        ("exposure that explores", "explores", ".1%"),
        ("of that by turns", "turns", ".1%"),
        ("first five: what was asked for", "fit", ".3f"),
        ("first five: mean score", "points", ".2f"),
        ("suppliers", "firms", ",d"),
    )
    print(f"{'':32}" + "".join(f"{name:>24}" for name in figures["ways"]))
    for label, name, form in rows:
        print(f"{label:32}" + "".join(f"{values[name]:>24{form}}" for values in figures["ways"].values()))
