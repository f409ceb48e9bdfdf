"""The judged demands, and the pools from which new ones are judged."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.quality.corpus import Offer
from bench.quality.metrics import Judged

HERE = Path(__file__).parent
DEMANDS = HERE / "demands.csv"
JUDGEMENTS = HERE / "judgements.csv"


@dataclass(frozen=True, slots=True)
class Demand:
    id: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    demand: str
    product: str
    grade: int
    contradicts: bool


def read_demands(path: Path = DEMANDS) -> list[Demand]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Demand(row["id"], row["kind"], row["text"]) for row in csv.DictReader(file)]


def read_judgements(path: Path = JUDGEMENTS) -> list[Judgement]:
    """Raises ValueError for a grade outside 0…3 or a product that the demand rules out and yet answers it."""
    found: list[Judgement] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            grade, contradicts = int(row["grade"]), row["contradicts"] == "1"
            if grade not in range(4) or (contradicts and grade > 1):
                raise ValueError(f"{path.name}: {row}")
            found.append(Judgement(row["demand"], row["product"], grade, contradicts))
    return found


def by_demand(judgements: Iterable[Judgement], offers: Sequence[Offer]) -> Mapping[str, Judged]:
    """What is known of each demand. Only products that the corpus holds count."""
    sellers: dict[str, set[str]] = defaultdict(set)
    for offer in offers:
        sellers[offer.key].add(offer.symbol)
    rows: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        if judgement.product in sellers:
            rows[judgement.demand].append(judgement)
    found: dict[str, Judged] = {}
    for demand, own in rows.items():
        best: dict[str, int] = {}
        for judgement in own:
            if judgement.grade:
                for symbol in sellers[judgement.product]:
                    best[symbol] = max(best.get(symbol, 0), judgement.grade)
        found[demand] = Judged(
            grades={judgement.product: judgement.grade for judgement in own},
            best=tuple(best.values()),
            contradicting=frozenset(judgement.product for judgement in own if judgement.contradicts),
        )
    return found


def write_pool(
    path: Path, *, demands: Sequence[Demand], pools: Mapping[str, set[str]], offers: Sequence[Offer], seed: int = 1
) -> int:
    """A table for a reader to fill in: the pooled products of each demand that nobody judged yet, in random order, so
    that nothing tells which system found them. Returns how many."""
    names = {offer.key: offer.name for offer in offers}
    dice = random.Random(seed)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["demand", "text", "product", "name", "grade", "contradicts"])
        for demand in demands:
            keys = sorted(pools.get(demand.id, ()))
            dice.shuffle(keys)
            for key in keys:
                writer.writerow([demand.id, demand.text, key, names[key], "", ""])
                written += 1
    return written
