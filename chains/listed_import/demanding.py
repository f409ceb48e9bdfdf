"""Who wants the upstream products: for each a firm that sells what they go into."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection, transaction

from chains import dictionary as dictionaries
from chains.engine import Candidate, Document, Index, Query, analyse
from chains.listed_import.loading import REASON, SOURCE, VINTAGE, fallback_buyer
from chains.listed_import.reading import Wanted
from chains.matching import documents
from enterprises import posting
from enterprises.models import Enterprise, Factor, Post

Progress = Callable[[int, int], None]
STEP: Final = 2000
_LOCK: Final = 7_231_003


@dataclass(frozen=True)
class Buyer:
    """The firm whose product list best answers the downstream product; none if `firm_id` is None."""

    wanted: Wanted
    firm_id: int | None
    downstream: str


def find_buyers(wanted: Sequence[Wanted], *, progress: Progress) -> list[Buyer]:
    """One buyer for each wanted product, by the engine's own ranking over the listed firms' posts; ties by symbol and
    product, which every run of an import has in common.

    `progress(done, total)` is called between steps and may raise to stop.
    """
    dictionary = dictionaries.current()
    index = Index.build(_listed_documents(progress, edition=dictionary.version), dictionary=dictionary)
    answers: dict[str, Candidate | None] = {}
    buyers = []
    for done, one in enumerate(wanted, start=1):
        found = []
        for name in one.downstream:
            if name not in answers:
                query = Query(analysis=analyse(name, dictionary=dictionary, factor=Factor.PRODUCT), strong_only=True)
                answers[name] = next(iter(index.search(query, k=1)), None)
            candidate = answers[name]
            if candidate is not None:
                found.append((candidate, name))
        if found:
            candidate, name = min(found, key=lambda pair: (-pair[0].score, pair[0].id))
            buyers.append(Buyer(one, candidate.firm_id, name))
        else:
            buyers.append(Buyer(one, None, "、".join(one.downstream)))
        if done % 50 == 0:
            progress(done, len(wanted))
    return buyers


def _listed_documents(progress: Progress, *, edition: str) -> Iterator[Document]:
    # Ids differ from run to run, since chunks are loaded side by side.
    listed = documents.matchable(Post.Direction.SUPPLY).filter(source=SOURCE)
    ids = list(listed.order_by("enterprise__external_id", "product_raw", "pk").values_list("pk", flat=True))
    numbers = {pk: number for number, pk in enumerate(ids)}
    for start in range(0, len(ids), STEP):
        for document in documents.documents(ids[start : start + STEP], edition=edition):
            yield replace(document, id=numbers[document.id])
        progress(min(start + STEP, len(ids)), len(ids))


def missing(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those for which nobody has posted a demand yet."""
    there = set(
        Post.objects.filter(source=SOURCE, direction=Post.Direction.DEMAND).values_list("product_raw", flat=True)
    )
    return [one for one in wanted if one.raw not in there]


def post_demands(buyers: Sequence[Buyer]) -> int:
    """Publish a demand for each that nobody has posted yet; the answer is how many were new.

    One transaction under an advisory lock: of two editions of the files loaded at once, each product gets one demand.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        left = {one.raw for one in missing([buyer.wanted for buyer in buyers])}
        buyers = [buyer for buyer in buyers if buyer.wanted.raw in left]
        fallback = fallback_buyer() if any(buyer.firm_id is None for buyer in buyers) else None
        keys = dict(
            Enterprise.objects.filter(pk__in={b.firm_id for b in buyers if b.firm_id}).values_list("pk", "external_id")
        )
        posts = []
        for buyer in buyers:
            if buyer.firm_id is not None:
                firm_id, key = buyer.firm_id, keys[buyer.firm_id]
            else:
                assert fallback is not None
                firm_id, key = fallback.pk, fallback.external_id
            posts.append(
                Post(
                    enterprise_id=firm_id,
                    direction=Post.Direction.DEMAND,
                    product=buyer.wanted.name,
                    title=f"采购{buyer.wanted.name}",
                    text=f"下游产品：{'、'.join(buyer.wanted.downstream_raw)}。据公开的产品上下游关系整理（{VINTAGE}）。",
                    product_raw=buyer.wanted.raw,
                    source=SOURCE,
                    external_id=key,
                )
            )
        return posting.publish_many(posts=posts, by=None, reason=REASON, announce=False)
