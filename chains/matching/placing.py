"""3 match, after the score: who of the good partners stands where in a list, so that firms that nobody sees get seen.

The score of a pair is not touched. A firm that was shown less than its share gets a few points of *credit* for its
place, and of each list's places a few *explore*: a good partner that hardly anybody has seen yet stands there, if it is
nearly as good as the one whose turn it would be. Both are bounded, both are stored with the match, and neither makes
a doubtful partner (`is_strong` false) a good one.
"""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# Points a firm gets that nobody was shown; less the more it was shown, none from the mean on.
CREDIT: Final = 3.0
# Places (from 1) that explore. By the weight of places, 1/log2(1 + place), 13 % of what a list of 20 shows.
EXPLORING: Final = (5, 10, 15)
# How many points less the explorer may have than the one whose turn it would be.
BELOW: Final = 5.0
# From this credit on a firm counts as hardly seen: it was shown less than half of its share.
HARDLY_SEEN: Final = CREDIT / 2


@dataclass(frozen=True)
class Partner:
    """A found supply, score in points."""

    id: int
    firm: int
    score: float
    is_strong: bool


@dataclass(frozen=True)
class Place:
    """placing: what lists are ordered by, best first; never below the score, at most CREDIT + BELOW above it."""

    id: int
    placing: float
    is_explored: bool


def weight(rank: int) -> float:
    """How much is seen at this place of a list: 1/log2(1 + rank), as in DCG."""
    return 1.0 / math.log2(1 + max(rank, 1))


def arrange(
    partners: Sequence[Partner], *, credits: Mapping[int, float], top: int, seed: str, kept: Collection[int] = ()
) -> list[Place]:
    """The first `top` in their order. `kept` supplies (saved, useful, in talks) are in it wherever they stand.

    credits: points by firm. seed: lists of one seed explore alike. Without credits: by score, ties by id.
    """
    pool = sorted(partners, key=lambda one: (-_placing(one, credits), one.id))
    placed: list[Place] = []
    while pool and len(placed) < top:
        turn = pool[0]
        chosen = _explorer(pool, credits, seed) if len(placed) + 1 in EXPLORING else None
        pool.remove(chosen or turn)
        placed.append(Place((chosen or turn).id, _placing(turn, credits), chosen is not None))
    for one in pool:
        if one.id in kept:
            out = next((place for place in reversed(placed) if place.id not in kept), None)
            if out is not None:
                placed.remove(out)
                placed.append(Place(one.id, _placing(one, credits), False))
    return placed


def seed_of(demand: int, day: date) -> str:
    """A list changes its explorers by the week, not at every look."""
    year, week, _day = day.isocalendar()
    return f"{demand}:{year}-{week}"


def _placing(one: Partner, credits: Mapping[int, float]) -> float:
    return one.score + (credits.get(one.firm, 0.0) if one.is_strong else 0.0)


def _explorer(pool: Sequence[Partner], credits: Mapping[int, float], seed: str) -> Partner | None:
    turn = pool[0]
    if not turn.is_strong or credits.get(turn.firm, 0.0) >= HARDLY_SEEN:
        return None
    hardly_seen = [
        one
        for one in pool[1:]
        if one.is_strong and credits.get(one.firm, 0.0) >= HARDLY_SEEN and one.score >= _placing(turn, credits) - BELOW
    ]
    return min(hardly_seen, key=lambda one: (_draw(f"{seed}:{one.firm}"), one.id), default=None)


def _draw(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
