"""``python3 dev.py bench quality``: sensible@5 and its companions, for the engine and its peers, in one run."""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.quality import judging, metrics, systems
from bench.quality.corpus import Offer, read_offers
from bench.quality.judging import Demand

LISTED = Path(__file__).resolve().parents[3] / "shared" / "data" / "listed"
OURS = "xielian"
LOOSE = "xielian, looser matches"
POOL_DEPTH = 10
LABELS = {
    "sensible": "sensible@5",
    "found": "found@5",
    "ndcg": "nDCG@10",
    "mrr": "MRR",
    "recall": "recall@20",
    "contradiction": "ruled out@3",
    "judged": "judged@10",
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench quality", description=__doc__)
    parser.add_argument("--listed", type=Path, default=LISTED, help="folder of products.csv (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON line on stdout")
    parser.add_argument("--demands", type=Path, default=judging.DEMANDS)
    parser.add_argument("--judgements", type=Path, default=judging.JUDGEMENTS)
    parser.add_argument("--pool", type=Path, help="write what the systems found and nobody judged, for a reader")
    parser.add_argument("--answers", type=Path, help="write the engine's first five for every demand, with grades")
    chosen = parser.parse_args(arguments)
    if not (chosen.listed / "products.csv").is_file():
        print(f"There are no listed products at {chosen.listed}; name their folder with --listed.", file=sys.stderr)
        return 1
    offers = read_offers(chosen.listed)
    demands = judging.read_demands(chosen.demands)
    found, seconds = run_all(offers, [demand.text for demand in demands])
    judgements = judging.read_judgements(chosen.judgements) if chosen.judgements.is_file() else []
    known = judging.by_demand(judgements, offers)
    keys = {name: [[offers[number].key for number in row] for row in rows] for name, rows in found.items()}
    if chosen.pool is not None:
        pools: dict[str, set[str]] = defaultdict(set)
        for rows in keys.values():
            for demand, row in zip(demands, rows, strict=True):
                judged = known[demand.id].grades if demand.id in known else {}
                pools[demand.id].update(key for key in row[:POOL_DEPTH] if key not in judged)
        count = judging.write_pool(chosen.pool, demands=demands, pools=pools, offers=offers)
        print(f"{count} products to be judged are in {chosen.pool}.", file=sys.stderr)
    figures = figures_of(demands, keys, known)
    if chosen.answers is not None:
        write_answers(chosen.answers, demands=demands, rows=found[OURS], offers=offers, known=known)
    if chosen.json:
        print(json.dumps({"demands": len(demands), "offers": len(offers), "seconds": seconds, **figures}))
    else:
        print_tables(figures, seconds=seconds, demands=len(demands), offers=len(offers), judgements=len(judgements))
    return 0


def run_all(offers: Sequence[Offer], texts: Sequence[str]) -> tuple[dict[str, list[list[int]]], dict[str, float]]:
    """What each system finds, and the seconds it took to build and answer."""
    from launcher.stack import ThrowawayStack

    found: dict[str, list[list[int]]] = {}
    seconds: dict[str, float] = {}

    def take(name: str, search: systems.Search, begun: float) -> None:
        found[name] = search(texts)
        seconds[name] = round(time.perf_counter() - begun, 2)

    begun = time.perf_counter()
    take(OURS, systems.engine(offers, loose=False), begun)
    begun = time.perf_counter()
    take(LOOSE, systems.engine(offers, loose=True), begun)
    for name, make in (("bm25s", systems.bm25s), ("tantivy", systems.tantivy), ("TF-IDF", systems.tfidf)):
        begun = time.perf_counter()
        take(name, make(offers), begun)
    given = os.environ.get("TEST_DATABASE_URL")
    stack = None if given else ThrowawayStack()
    try:
        if stack is not None:
            stack.start()
        begun = time.perf_counter()
        tables = systems.Postgres(given or (stack.environment["DATABASE_URL"] if stack else ""), offers)
        take("pg_trgm", tables.trigrams, begun)
        begun = time.perf_counter()
        take("tsvector", tables.vectors, begun)
        tables.connection.close()
    finally:
        if stack is not None:
            stack.stop()
    return found, seconds


def figures_of(
    demands: Sequence[Demand], keys: dict[str, list[list[str]]], known: "dict[str, Any] | Any"
) -> dict[str, Any]:
    """Means over all demands and by kind, for each system; demands that nobody judged are left out."""
    systems_found: dict[str, Any] = {}
    for name, rows in keys.items():
        kinds: dict[str, list[metrics.Scores]] = defaultdict(list)
        for demand, row in zip(demands, rows, strict=True):
            if demand.id in known:
                kinds[demand.kind].append(metrics.score(row, known[demand.id]))
        everything = [score for scores in kinds.values() for score in scores]
        systems_found[name] = {
            "all": metrics.mean(everything),
            "kinds": {kind: metrics.mean(scores) for kind, scores in kinds.items()},
        }
    return {"judged_demands": sum(demand.id in known for demand in demands), "systems": systems_found}


def print_tables(
    figures: dict[str, Any], *, seconds: dict[str, float], demands: int, offers: int, judgements: int
) -> None:
    print(f"{demands} demands, {offers} products, {judgements} judgements\n")
    head = f"{'':24}" + "".join(f"{LABELS[name]:>13}" for name in metrics.NAMES)
    print(head + f"{'seconds':>10}")
    for system, values in figures["systems"].items():
        print(f"{system:24}" + _row(values["all"]) + f"{seconds[system]:>10}")
    print(f"\n{OURS}, by kind of demand\n{head}")
    for kind, values in figures["systems"][OURS]["kinds"].items():
        print(f"{kind:24}" + _row(values))
    peers = [values["all"]["ndcg"] or 0 for name, values in figures["systems"].items() if name not in (OURS, LOOSE)]
    ours = figures["systems"][OURS]["all"]["ndcg"] or 0
    print(f"\nnDCG@10 above the best peer: {ours - max(peers):+.3f}")


def _row(values: dict[str, float | None]) -> str:
    return "".join(f"{'–' if values[name] is None else format(values[name], '.3f'):>13}" for name in metrics.NAMES)


def write_answers(
    path: Path,
    *,
    demands: Sequence[Demand],
    rows: Sequence[Sequence[int]],
    offers: Sequence[Offer],
    known: "dict[str, Any] | Any",
) -> None:
    """For reading: each demand, the engine's first five with their grades, and the good products it did not show."""
    names = {offer.key: offer.name for offer in offers}
    with path.open("w", encoding="utf-8") as file:
        for demand, row in zip(demands, rows, strict=True):
            judged = known.get(demand.id)
            grades = judged.grades if judged else {}
            file.write(f"\n{demand.id}  {demand.text}\n")
            shown = [offers[number].key for number in row]
            for number in row[:5]:
                file.write(f"    {grades.get(offers[number].key, '?')}  {offers[number].name}\n")
            missed = [key for key, grade in grades.items() if grade >= metrics.GOOD and key not in shown]
            if missed:
                file.write(f"    not shown: {', '.join(names[key] for key in missed[:12])} ({len(missed)})\n")
