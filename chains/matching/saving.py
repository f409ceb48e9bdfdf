"""3 match, last step: search the partners of demands and write them down."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from chains import dictionary as dictionaries
from chains.engine import Candidate, Index, Query
from chains.matching import analyses, documents, exposure, live, placing
from chains.matching.telling import tell_of_matches
from chains.models import Interest, Match, PostAnalysis, Recommendation
from enterprises import posting
from enterprises.models import Post

# Partners kept for each demand.
TOP = 20
# Found for each, of which TOP are kept: those that left the market since the index heard of them go, and of equals
# those that are hardly seen come first.
REACH = 100
# Demands matched in one transaction: their rows stay locked for that long.
BATCH = 20

_WRITTEN = (
    "rank",
    "score",
    "place_score",
    "is_explored",
    "is_strong",
    "parts",
    "reasons",
    "ranking_version",
    "ended_at",
)


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


@dataclass(frozen=True)
class Placed:
    """A partner at its place in the list of a demand."""

    candidate: Candidate
    placing: float
    is_explored: bool
    # Whether its score alone would put it among the first TOP.
    by_score: bool


def _search(demands: Sequence[int]) -> dict[int, list[Placed]]:
    index = live.current()
    return best(index, list(documents.queries(demands, edition=index.dictionary.version)))


def best(index: Index, queries: Sequence[Query]) -> dict[int, list[Placed]]:
    """At most TOP partners of each demand in their order (matching.placing); only supplies that are on the market at
    this moment."""
    asking = [query for query in queries if query.id is not None and not query.analysis.is_empty]
    if not asking:
        return {}
    found = index.top(asking, k=REACH)
    supplies, firms = set(found.id[found.id > 0].tolist()), set(found.firm[found.firm > 0].tolist())
    there = set(documents.matchable(Post.Direction.SUPPLY).filter(pk__in=supplies).values_list("pk", flat=True))
    credits, kept = exposure.credits_of(firms), _kept(query.id for query in asking)
    today, cut = timezone.localdate(), index.weights.strong_cut
    answers: dict[int, list[Placed]] = {}
    for number, query in enumerate(asking):
        assert query.id is not None
        partners = {
            int(found.id[number, place]): (
                place,
                placing.Partner(
                    id=int(found.id[number, place]),
                    firm=int(found.firm[number, place]),
                    score=int(found.total[number, place]) / 100,
                    is_strong=int(found.fit[number, place]) >= cut,
                ),
            )
            for place in range(int(found.count[number]))
            if int(found.id[number, place]) in there
        }
        places = placing.arrange(
            [partner for _place, partner in partners.values()],
            credits=credits,
            top=TOP,
            seed=placing.seed_of(query.id, today),
            kept=kept.get(query.id, ()),
        )
        first = set(list(partners)[:TOP])
        candidates = index.explained(query, found, number, [partners[one.id][0] for one in places])
        answers[query.id] = [
            Placed(candidate, one.placing, one.is_explored, by_score=one.id in first)
            for candidate, one in zip(candidates, places, strict=True)
        ]
    return answers


def _kept(demands: Iterable[int | None]) -> dict[int, set[int]]:
    """Supplies that the buyer saved, found useful or talks to, by demand: they stay whatever comes."""
    ids = list(demands)
    said = Recommendation.objects.filter(
        Q(saved_at__isnull=False) | Q(feedback=Recommendation.Feedback.USEFUL),
        hidden_at__isnull=True,
        match__demand__in=ids,
        enterprise=F("match__demand__enterprise"),
    ).values_list("match__demand", "match__supply")
    talks = Interest.objects.filter(
        state__in=[Interest.State.SENT, Interest.State.ACCEPTED], match__demand__in=ids
    ).values_list("match__demand", "match__supply")
    found: dict[int, set[int]] = defaultdict(set)
    for demand, supply in (*said, *talks):
        found[demand].add(supply)
    return found


def _write(demands: Sequence[int], found: Mapping[int, Sequence[Placed]]) -> tuple[Outcome, set[int]]:
    """Store the answers; also the supplies whose number of live matches may have changed."""
    now = timezone.now()
    supplies = {place.candidate.id for places in found.values() for place in places}
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
        for rank, place in enumerate(found.get(demand, ()), start=1):
            candidate = place.candidate
            wanted = Match(
                demand_id=demand,
                supply_id=candidate.id,
                demand_version=versions[demand],
                supply_version=versions[candidate.id],
                rank=rank,
                score=candidate.score,
                place_score=place.placing,
                is_explored=place.is_explored,
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
                # Whose turn it is to be seen for a while is no news.
                if not known and (place.by_score or not before[demand]):
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
