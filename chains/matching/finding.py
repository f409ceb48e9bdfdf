"""3 match: which demands a change may touch, without matching them all again."""

from collections.abc import Collection

from django.db.models import Count, Min

from chains import dictionary as dictionaries
from chains.engine import DEFAULT_WEIGHTS, Index
from chains.matching import documents, exposure
from chains.matching.saving import TOP
from chains.models import Match, PostAnalysis
from enterprises.models import Post

BATCH = 500


def demands_touched_by(supply_ids: Collection[int]) -> list[int]:
    """Demands whose best partners change because of these supplies, new, changed or gone; perhaps a few more.

    Exact but for explorers, which the nightly run places: a pair's score depends on the pair alone, and a demand is
    touched if one of the supplies is among its live matches, or if one's score with the credit of its firm is no less
    than the placing of its last kept partner, or if its list is not full.
    """
    touched = set(Match.objects.live().filter(supply_id__in=supply_ids).values_list("demand_id", flat=True))
    dictionary = dictionaries.current()
    fresh = list(documents.documents(supply_ids, edition=dictionary.version))
    if not fresh:
        return sorted(touched)
    index = Index.build(fresh, dictionary=dictionary, weights=DEFAULT_WEIGHTS)
    lift = max(exposure.credits_of({document.firm_id for document in fresh}).values(), default=0.0)
    terms = PostAnalysis.objects.filter(post_id__in=[document.id for document in fresh]).values_list("terms", flat=True)
    asking = asking_for({term for row in terms for term in row})
    for start in range(0, len(asking), BATCH):
        batch = asking[start : start + BATCH]
        ids = [pk for pk in batch if pk not in touched]
        worst = {
            demand: lowest
            for demand, lowest, count in Match.objects.live()
            .filter(demand_id__in=ids)
            .values_list("demand_id")
            .annotate(lowest=Min("place_score"), count=Count("pk"))
            if count >= TOP
        }
        for query in documents.queries(ids, edition=dictionary.version):
            best = index.search(query, k=1)
            if query.id is not None and best and best[0].score + lift >= worst.get(query.id, 0.0):
                touched.add(query.id)
    return sorted(touched)


def asking_for(terms: Collection[str], *, limit: int | None = None) -> list[int]:
    """Demands on the market that share a term with an offer, by id."""
    ids = (
        PostAnalysis.objects.filter(post__in=documents.matchable(Post.Direction.DEMAND), terms__overlap=sorted(terms))
        .order_by("post_id")
        .values_list("post_id", flat=True)
    )
    return list(ids if limit is None else ids[:limit])
