"""3 match, last step: search the partners of demands and write them down."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from chains import dictionary as dictionaries
from chains.engine import Candidate
from chains.matching import analyses, documents, live
from chains.matching.telling import tell_of_matches
from chains.models import Match, PostAnalysis
from enterprises import posting
from enterprises.models import Post

# Partners kept for each demand.
TOP = 20
# Found beyond that, for those that left the market since the index heard of them.
SPARE = 20
# Demands matched in one transaction: their rows stay locked for that long.
BATCH = 20

_WRITTEN = ("rank", "score", "is_strong", "parts", "reasons", "ranking_version", "ended_at")


@dataclass
class Outcome:
    """How many demands were matched, and what became of their matches."""

    demands: int = 0
    created: int = 0
    changed: int = 0
    ended: int = 0

    def add(self, other: "Outcome") -> None:
        self.demands += other.demands
        self.created += other.created
        self.changed += other.changed
        self.ended += other.ended

    def as_dict(self) -> dict[str, int]:
        return {"demands": self.demands, "created": self.created, "changed": self.changed, "ended": self.ended}


def match_demand(post_id: int) -> Outcome:
    """Bring the matches of one demand up to date (see `match_demands`)."""
    return match_demands([post_id])


def match_demands(post_ids: Collection[int]) -> Outcome:
    """Bring the matches of these demands up to date: the best partners as of now, each firm once.

    In batches of BATCH, each a transaction that locks its demands (no key update, in order of id) *before* it looks
    at the index: whoever writes last has looked last, so two runs at once end with the newer answer and never with
    two rows for a pair. The edition of the dictionary is held as well, so that index, demands and supplies are of one;
    while analyses of an older one are left, nothing is written at all: raises analyses.StaleError. A demand that is
    off the market ends with no live match. Rows of older versions are ended, not deleted; a pair that comes back with
    the same versions is revived. Safe to run any number of times.
    """
    outcome = Outcome()
    ids = sorted(set(post_ids))
    for start in range(0, len(ids), BATCH):
        outcome.add(_match_batch(ids[start : start + BATCH]))
    return outcome


def _match_batch(ids: Sequence[int]) -> Outcome:
    with transaction.atomic():
        dictionaries.hold()
        if not analyses.is_ready():
            raise analyses.StaleError
        locked = list(
            Post.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk__in=ids, direction=Post.Direction.DEMAND)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        locked = _understood(locked)
        found = _search(locked)
        outcome, supplies = _write(locked, found)
    _note_supplies(supplies)
    return outcome


def _understood(demands: Sequence[int]) -> list[int]:
    """Without those on the market that were never analysed: their own job is on its way."""
    edition = dictionaries.current().version
    known = set(
        PostAnalysis.objects.filter(post_id__in=demands, dictionary_version=edition).values_list("post_id", flat=True)
    )
    there = set(
        documents.matchable(Post.Direction.DEMAND).filter(pk__in=set(demands) - known).values_list("pk", flat=True)
    )
    return [pk for pk in demands if pk not in there]


def _search(demands: Sequence[int]) -> dict[int, list[Candidate]]:
    """Best first, at most TOP each; only supplies that are on the market at this moment."""
    index = live.current()
    found = {
        query.id: index.search(query, k=TOP + SPARE)
        for query in documents.queries(demands, edition=index.dictionary.version)
        if query.id is not None and not query.analysis.is_empty
    }
    supplies = {candidate.id for candidates in found.values() for candidate in candidates}
    there = set(documents.matchable(Post.Direction.SUPPLY).filter(pk__in=supplies).values_list("pk", flat=True))
    return {
        demand: [candidate for candidate in candidates if candidate.id in there][:TOP]
        for demand, candidates in found.items()
    }


def _write(demands: Sequence[int], found: Mapping[int, Sequence[Candidate]]) -> tuple[Outcome, set[int]]:
    """Store the answers; also the supplies whose number of live matches may have changed."""
    now = timezone.now()
    supplies = {candidate.id for candidates in found.values() for candidate in candidates}
    versions = dict(PostAnalysis.objects.filter(post_id__in=supplies | set(demands)).values_list("post_id", "version"))
    before: dict[int, dict[int, list[Match]]] = defaultdict(lambda: defaultdict(list))
    for match in Match.objects.filter(demand_id__in=demands).filter(
        Q(ended_at__isnull=True) | Q(supply_id__in=supplies)
    ):
        before[match.demand_id][match.supply_id].append(match)
    outcome = Outcome(demands=len(demands))
    write: list[Match] = []
    end: list[Match] = []
    new: list[Match] = []
    for demand in demands:
        kept: set[int] = set()
        for rank, candidate in enumerate(found.get(demand, ()), start=1):
            wanted = Match(
                demand_id=demand,
                supply_id=candidate.id,
                demand_version=versions[demand],
                supply_version=versions[candidate.id],
                rank=rank,
                score=candidate.score,
                is_strong=candidate.is_strong,
                parts=dict(candidate.parts),
                reasons=[_plain(reason.to_dict()) for reason in candidate.reasons],
                ranking_version=candidate.ranking_version,
                created_at=now,
                updated_at=now,
            )
            known = before[demand][candidate.id]
            same = next((row for row in known if _versions(row) == _versions(wanted)), None)
            if same is None:
                write.append(wanted)
                outcome.created += 1
                if not known:
                    new.append(wanted)
            else:
                kept.add(same.pk)
                if any(getattr(same, name) != getattr(wanted, name) for name in _WRITTEN):
                    write.append(wanted)
                    outcome.changed += 1
        for rows in before[demand].values():
            end.extend(row for row in rows if row.ended_at is None and row.pk not in kept)
    # First out, then in: a pair has one live row (one_live_match_per_demand_and_supply).
    if end:
        outcome.ended = Match.objects.filter(pk__in=[row.pk for row in end]).update(ended_at=now, updated_at=now)
    Match.objects.bulk_create(
        write,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["demand", "supply", "demand_version", "supply_version"],
        update_fields=[*_WRITTEN, "updated_at"],
    )
    posting.note_matches(
        matched=[demand for demand in demands if found.get(demand)],
        unmatched=[demand for demand in demands if not found.get(demand)],
    )
    tell_of_matches(new)
    return outcome, {row.supply_id for row in (*end, *write)}


def _note_supplies(supplies: Collection[int]) -> None:
    """Show supplies with live matches as matched. A row that somebody holds is passed over; the next run sees it."""
    if not supplies:
        return
    with transaction.atomic():
        held = list(
            Post.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .filter(pk__in=supplies, status__in=[Post.Status.PUBLISHED, Post.Status.MATCHED])
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        matched = set(Match.objects.live().filter(supply_id__in=held).values_list("supply_id", flat=True))
        posting.note_matches(matched=sorted(matched), unmatched=sorted(set(held) - matched))


def end_orphans() -> int:
    """End live matches of demands that are no longer on the market: what a lost event would leave behind."""
    left = Match.objects.live().exclude(demand__in=documents.matchable(Post.Direction.DEMAND))
    return left.update(ended_at=timezone.now(), updated_at=timezone.now())


def _versions(match: Match) -> tuple[int, int]:
    return match.demand_version, match.supply_version


def _plain(value: Any) -> Any:
    """As JSON gives it back, so that equal answers compare equal."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value
