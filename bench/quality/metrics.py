"""The measures, each for one demand and one ranked list; see ``Scores`` for what they mean.

A list holds at most one product of each firm, best first. Unjudged products count as grade 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2

GOOD = 2
TOP = 5
DEPTH = 20
NDCG_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one demand. grades: product → 0…3. best: grade of the best product of each firm that has a
    product graded 1 or more. contradicting: products the demand rules out."""

    grades: Mapping[str, int]
    best: Sequence[int]
    contradicting: frozenset[str]

    @property
    def good_firms(self) -> int:
        return sum(grade >= GOOD for grade in self.best)


@dataclass(frozen=True, slots=True)
class Scores:
    """sensible: share of the first five shown that are graded ≥ 2; a demand that shows nothing though something fits
    counts 0; None where nothing fits and nothing is shown. found: graded ≥ 2 in the first five ÷ the most there could
    be. ndcg: at 10, gain 2^grade − 1 (Järvelin and Kekäläinen 2002). mrr: 1 ÷ rank of the first graded ≥ 2.
    recall: firms graded ≥ 2 in the first 20 ÷ the most there could be. found, ndcg, mrr and recall are None where
    nothing fits. contradiction: 1 if a product that the demand rules out stands among the first three. judged: share
    of the first ten that somebody has judged.
    """

    sensible: float | None
    found: float | None
    ndcg: float | None
    mrr: float | None
    recall: float | None
    contradiction: float
    judged: float | None


NAMES = tuple(Scores.__slots__)


def score(ranked: Sequence[str], judged: Judged) -> Scores:
    """ranked: keys of the products shown, one for each firm, best first."""
    grades = [judged.grades.get(key, 0) for key in ranked[:DEPTH]]
    good = judged.good_firms
    top = grades[:TOP]
    shown_good = sum(grade >= GOOD for grade in top)
    sensible: float | None = shown_good / len(top) if top else (0.0 if good else None)
    contradiction = float(any(key in judged.contradicting for key in ranked[:3]))
    known = [key in judged.grades for key in ranked[:NDCG_DEPTH]]
    share = sum(known) / len(known) if known else None
    if not good:
        return Scores(sensible, None, None, None, None, contradiction, share)
    ideal = _gain(sorted(judged.best, reverse=True)[:NDCG_DEPTH])
    first = next((rank for rank, grade in enumerate(grades, start=1) if grade >= GOOD), None)
    return Scores(
        sensible=sensible,
        found=shown_good / min(TOP, good),
        ndcg=min(1.0, _gain(grades[:NDCG_DEPTH]) / ideal),
        mrr=1 / first if first else 0.0,
        recall=sum(grade >= GOOD for grade in grades) / min(DEPTH, good),
        contradiction=contradiction,
        judged=share,
    )


def _gain(grades: Sequence[int]) -> float:
    return sum((float(1 << grade) - 1) / log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def mean(scores: Sequence[Scores]) -> dict[str, float | None]:
    """The mean of each measure over the demands for which it is defined; None where there is none."""
    found: dict[str, float | None] = {}
    for name in NAMES:
        values = [value for one in scores if (value := getattr(one, name)) is not None]
        found[name] = round(sum(values) / len(values), 4) if values else None
    return found
