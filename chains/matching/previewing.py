"""3 match, the preview door: partners of a free text, explained; nothing is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chains.engine import Analysis, Candidate, Dictionary, Document, Index, Query
from chains.matching import analyses, documents, live
from chains.matching.analyses import understand
from chains.matching.finding import asking_for
from chains.matching.hearing import Heard, Names, hear
from chains.matching.saving import TOP
from chains.matching.terms import terms_of_supply
from chains.matching.waiting import REMATCH, running_rematch
from chains.places import region_path
from enterprises import units
from enterprises.models import Enterprise, Post
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import User

LONGEST_TEXT = 2000
# Found beyond what is asked for, for those that left the market since the index heard of them.
SPARE = 20
# Demands looked at for the count of a supply; beyond that the count says "at least".
MOST_DEMANDS = 2000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody needs, in words and conditions. Regions are codes, certificates codes of CertificateKind."""

    text: str
    factor: str = ""
    industry: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    deliver_by: date | None = None
    delivery_region: str = ""
    certificates: Sequence[str] = ()
    # Only partners from here.
    regions: Sequence[str] = ()
    # Conditions in the text that are not to be taken as such: names of hearing.USABLE.
    ignore: Collection[str] = ()
    # Also what lies below the calibrated cut, beside better answers.
    loose: bool = False


@dataclass(frozen=True)
class Found:
    candidate: Candidate
    post: Post


@dataclass(frozen=True)
class Preview:
    """The best partners, and how many firms there are with a strong answer. heard: the conditions that the text named.
    looser: answers below the cut that were left out, of those that were looked at."""

    understood: Analysis
    heard: Heard
    results: list[Found] = field(default_factory=list)
    firms: int = 0
    looser: int = 0


def preview(*, wish: Wish, user: User | None = None, firm: Enterprise | None = None, limit: int = TOP) -> Preview:
    """Partners for a wish, as the given user may see them; `firm` asks for itself (own and blocked posts left out).

    Refuses with index_not_ready while the texts are read anew after a change of the dictionary.
    """
    index = ready_index()
    heard = hear(wish, names=Names.now())
    query = _query(wish, heard=heard, firm=firm, dictionary=index.dictionary)
    if query.analysis.is_empty:
        return Preview(understood=query.analysis, heard=heard)
    every = index.search(query, k=limit + SPARE)
    posts = _visible(every, user=user)
    every = [candidate for candidate in every if candidate.id in posts]
    meant = _meant(every, loose=wish.loose)
    return Preview(
        understood=query.analysis,
        heard=heard,
        results=[Found(candidate, posts[candidate.id]) for candidate in meant[:limit]],
        firms=index.count(query),
        looser=len(every) - len(meant),
    )


def preview_many(*, wishes: Sequence[Wish], limit: int = TOP) -> list[Preview]:
    """The same for many wishes of a visitor, e.g. lines of a file: one look at the index, posts read at once."""
    index = ready_index()
    names = Names.now()
    heard = [hear(wish, names=names) for wish in wishes]
    asked = [
        _query(wish, heard=said, firm=None, dictionary=index.dictionary)
        for wish, said in zip(wishes, heard, strict=True)
    ]
    answers = [
        _meant(index.search(query, k=limit + SPARE), loose=wish.loose) if not query.analysis.is_empty else []
        for wish, query in zip(wishes, asked, strict=True)
    ]
    posts = _visible([candidate for answer in answers for candidate in answer], user=None)
    return [
        Preview(
            understood=query.analysis,
            heard=said,
            results=[Found(candidate, posts[candidate.id]) for candidate in answer if candidate.id in posts][:limit],
        )
        for query, said, answer in zip(asked, heard, answers, strict=True)
    ]


def count_suppliers(*, wish: Wish, firm: Enterprise | None = None) -> int:
    """The 37 of 约 37 家可供应: firms with a strong answer that this asker may see. The post form has already read its
    sentence; what its writer then took out of the form is not put back."""
    index = ready_index()
    query = _query(wish, heard=Heard(text=wish.text), firm=firm, dictionary=index.dictionary)
    return 0 if query.analysis.is_empty else index.count(query)


def count_buyers(*, wish: Wish, firm: Enterprise | None = None) -> int:
    """How many firms with public open demands the wish, read as an offer, would answer strongly. Refuses with
    index_not_ready."""
    dictionary = ready_index().dictionary
    analysis = _understand(wish, dictionary)
    if analysis.is_empty:
        return 0
    offer = Document(
        id=0,
        analysis=analysis,
        firm_id=firm.pk if firm is not None else 0,
        region=(firm.region_id or "") if firm is not None else "",
        factor=wish.factor,
        industry=wish.industry,
    )
    index = Index.build([offer], dictionary=dictionary)
    asking = asking_for(terms_of_supply(analysis, dictionary=dictionary), limit=MOST_DEMANDS)
    public = Post.objects.filter(pk__in=asking, visibility="public").values_list("pk", flat=True)
    firms = {
        query.own_firm
        for query in documents.queries(public, edition=dictionary.version)
        if any(
            candidate.is_strong for candidate in index.search(replace(query, required_certificates=frozenset()), k=1)
        )
    }
    return len(firms)


def ready_index() -> Index:
    """The live index, unless analyses of another edition are still waiting to be made anew."""
    edition = analyses.edition()
    if analyses.is_ready() and live.has_base():
        index = live.current()
        # Published between two looks: then its texts are not read yet.
        if index.dictionary.version == edition:
            return index
    with transaction.atomic():
        # Asked for once: asking for one that runs would make it run again.
        job = running_rematch() or jobs.enqueue(kind=REMATCH, key="all")
    if job.percent:
        raise RefusedError(
            _("匹配索引正在更新（已完成 %(percent)s%%），请稍候再试。") % {"percent": job.percent},
            code="index_not_ready",
        )
    raise RefusedError(_("匹配索引正在更新，请稍候一两分钟再试。"), code="index_not_ready")


def _understand(wish: Wish, dictionary: Dictionary) -> Analysis:
    return understand(wish.text[:LONGEST_TEXT], dictionary=dictionary, industry=wish.industry, factor=wish.factor)


def _query(wish: Wish, *, heard: Heard, firm: Enterprise | None, dictionary: Dictionary) -> Query:
    """The question to the engine. What the caller gave is a condition; what was heard in the text only earns or loses
    points, so that nobody is left out for what he did not say. Two things heard leave out those who said otherwise:
    只要四川的, and a place of delivery outside the places that a supplier named himself."""
    analysis = _understand(replace(wish, text=heard.text), dictionary)
    amount, family = _amount(wish, heard)
    blocked = firm.blocked.values_list("pk", flat=True) if firm is not None else ()
    deliver_by = wish.deliver_by or heard.deliver_by
    place = wish.delivery_region or heard.delivery_region
    near: Mapping[str, float] = {}
    if place and heard.maximum_distance_km:
        near = documents.closeness(place=place, radius_km=heard.maximum_distance_km)
    return Query(
        analysis=analysis,
        factor=wish.factor,
        industry=wish.industry,
        quantity=amount,
        unit_family=family,
        deliver_by=deliver_by.toordinal() if deliver_by else None,
        deliver_by_is_must=wish.deliver_by is not None,
        today=timezone.localdate().toordinal(),
        delivery_regions=frozenset({documents.prefix_of(place)} if place else ()),
        required_certificates=frozenset(wish.certificates),
        wanted_certificates=frozenset(wish.certificates or heard.certificates),
        blocked_firms=frozenset(blocked),
        own_firm=firm.pk if firm is not None else None,
        own_firm_is_verified=firm is not None and firm.is_public,
        include_regions=frozenset(documents.prefix_of(code) for code in wish.regions or heard.regions),
        freight_sensitive=bool(near),
        freight_closeness=near,
    )


def _amount(wish: Wish, heard: Heard) -> tuple[float | None, str]:
    """The quantity wanted, in base units: as filled in, else as the text says. Capacities are per month, so an amount
    per month is compared as it is."""
    number, unit = (wish.quantity, wish.unit) if wish.quantity is not None else (heard.quantity, heard.unit)
    if number is None or number <= 0 or not unit:
        return None, ""
    base, family = units.to_base(number, unit)
    return float(base), family


def _meant(candidates: list[Candidate], *, loose: bool) -> list[Candidate]:
    """Three good partners rather than twenty with noise: what is above the cut, and only without any such the rest."""
    return candidates if loose else [candidate for candidate in candidates if candidate.is_strong] or candidates


def _visible(candidates: Sequence[Candidate], *, user: User | None) -> dict[int, Post]:
    """The candidates' posts, as far as this person may see them at this moment."""
    rows = Post.objects.visible_to(user if user is not None else AnonymousUser())
    return (
        rows.filter(pk__in={candidate.id for candidate in candidates})
        .select_related("enterprise", *region_path("enterprise__region"))
        .in_bulk()
    )
