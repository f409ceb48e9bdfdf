"""What the engine reads: posts, with the conditions of their firms, as Document (supply) and Query (demand).

Nothing is cached: a document is made of what the database says now. Amounts are in base units (enterprises.units),
days are ordinals, regions are code prefixes.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from chains import dictionary as dictionaries
from chains.engine import Analysis, Document, Query
from chains.models import PostAnalysis
from enterprises import units
from enterprises.disclosure import Viewer
from enterprises.models import Certificate, Enterprise, Post
from regions.models import Region

BATCH = 1000
EARTH_KM = 6371.0

_POST_FIELDS = (
    "post_id",
    "analysis",
    "post__enterprise_id",
    "post__enterprise__region_id",
    "post__enterprise__status",
    "post__factor",
    "post__industry_id",
    "post__quantity",
    "post__unit",
    "post__minimum_order",
    "post__lead_time_days",
    "post__visibility",
    "post__expires_on",
    "post__partial_ok",
    "post__deliver_by",
    "post__delivery_region_id",
    "post__maximum_distance_km",
)


def matchable(direction: str) -> QuerySet[Post]:
    """Posts that take part: open today, of a listed firm."""
    return Post.objects.open().filter(direction=direction, enterprise__status__in=Enterprise.PUBLIC_STATES)


def prefix_of(code: str) -> str:
    """51 for 510000, 5107 for 510700, the code itself for a county."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def documents(post_ids: Iterable[int], *, edition: str = "") -> Iterator[Document]:
    """The matchable supplies among these posts, by id; left out: those without an analysis of that version of the
    dictionary (without one: that in force)."""
    edition = edition or dictionaries.current().version
    for ids in _batches(post_ids):
        rows = _rows(ids, Post.Direction.SUPPLY, edition=edition)
        posts = [row["post_id"] for row in rows]
        firms = {row["post__enterprise_id"] for row in rows}
        reach = _related(Post.delivers_to.through, "post_id", "region_id", posts)
        invited = _related(Post.invited_firms.through, "post_id", "enterprise_id", posts)
        blocked = _blocked(firms)
        claimed = _related(Post.certificates.through, "post_id", "certificatekind_id", posts)
        held = _certificates(firms)
        for row in rows:
            firm = row["post__enterprise_id"]
            capacity, family = _amount(row["post__quantity"], row["post__unit"])
            minimum, _family = _amount(row["post__minimum_order"], row["post__unit"])
            post = row["post_id"]
            certificates = None
            if post in claimed or firm in held:
                certificates = frozenset(claimed.get(post, ())) | frozenset(held.get(firm, ()))
            yield Document(
                id=post,
                analysis=Analysis.from_dict(row["analysis"]),
                firm_id=firm,
                region=row["post__enterprise__region_id"] or "",
                factor=row["post__factor"],
                industry=row["post__industry_id"] or "",
                capacity=capacity,
                unit_family=family,
                min_order=minimum,
                lead_time_days=row["post__lead_time_days"],
                certificates=certificates,
                available_to=(row["post__expires_on"] - timedelta(days=1)).toordinal(),
                delivers_to=frozenset(prefix_of(code) for code in reach.get(post, ())),
                visibility=row["post__visibility"],
                invited_firms=frozenset(invited.get(post, ())),
                blocked_firms=frozenset(blocked.get(firm, ())),
            )


def queries(post_ids: Iterable[int], *, edition: str = "") -> Iterator[Query]:
    """The matchable demands among these posts, by id; left out: those without an analysis of that version of the
    dictionary (without one: that in force)."""
    edition = edition or dictionaries.current().version
    for ids in _batches(post_ids):
        rows = _rows(ids, Post.Direction.DEMAND, edition=edition)
        posts = [row["post_id"] for row in rows]
        blocked = _blocked({row["post__enterprise_id"] for row in rows})
        wanted = _related(Post.certificates.through, "post_id", "certificatekind_id", posts)
        today = timezone.localdate()
        for row in rows:
            quantity, family = _amount(row["post__quantity"], row["post__unit"])
            place = row["post__delivery_region_id"] or ""
            radius = row["post__maximum_distance_km"]
            yield Query(
                id=row["post_id"],
                analysis=Analysis.from_dict(row["analysis"]),
                factor=row["post__factor"],
                industry=row["post__industry_id"] or "",
                quantity=quantity,
                unit_family=family,
                quantity_is_must=_is_must(row, today=today),
                deliver_by=_ordinal(row["post__deliver_by"]),
                deliver_by_is_must=row["post__deliver_by"] is not None,
                today=today.toordinal(),
                delivery_regions=frozenset({prefix_of(place)} if place else ()),
                required_certificates=frozenset(wanted.get(row["post_id"], ())),
                wanted_certificates=frozenset(wanted.get(row["post_id"], ())),
                blocked_firms=frozenset(blocked.get(row["post__enterprise_id"], ())),
                own_firm=row["post__enterprise_id"],
                own_firm_is_verified=row["post__enterprise__status"] in Enterprise.PUBLIC_STATES,
                freight_sensitive=bool(place and radius),
                freight_closeness=closeness(place=place, radius_km=radius) if place and radius else {},
            )


def closeness(*, place: str, radius_km: int) -> Mapping[str, float]:
    """How near each division lies to `place`, for a buyer who named a radius: 1 there, 0 at the radius and beyond.

    Only divisions with known coordinates; the engine takes the longest prefix it finds.
    """
    points = {
        code: (longitude, latitude)
        for code, longitude, latitude in Region.objects.exclude(
            Q(longitude__isnull=True) | Q(latitude__isnull=True)
        ).values_list("code", "longitude", "latitude")
        if longitude is not None and latitude is not None
    }
    here = points.get(place)
    if here is None:
        return {}
    return {
        prefix_of(code): round(max(0.0, 1.0 - distance_km(here, there) / radius_km), 3)
        for code, there in points.items()
    }


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance between two (longitude, latitude) points in degrees."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*here, *there))
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(a)))


def _rows(ids: Collection[int], direction: str, *, edition: str) -> list[dict[str, Any]]:
    return list(
        PostAnalysis.objects.filter(post__in=matchable(direction).filter(pk__in=ids), dictionary_version=edition)
        .order_by("post_id")
        .values(*_POST_FIELDS)
    )


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for pk in sorted(set(ids)):
        batch.append(pk)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _related(model: Any, of: str, what: str, ids: Iterable[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for key, value in model.objects.filter(**{f"{of}__in": list(ids)}).values_list(of, what):
        found[key].append(value)
    return found


def _blocked(firms: Iterable[int]) -> dict[int, list[int]]:
    return _related(Enterprise.blocked.through, "from_enterprise_id", "to_enterprise_id", firms)


def _certificates(firms: Iterable[int]) -> dict[int, list[str]]:
    """Valid certificates of each firm that ever named one: an empty list says that all have run out.

    Only of firms that show theirs to everybody: the reasons of a match are for other firms to read. What a post itself
    claims counts in any case.
    """
    found: dict[int, list[str]] = defaultdict(list)
    today = timezone.localdate()
    open_about_it = Enterprise.objects.filter(Viewer(AnonymousUser()).showing("certificates"), pk__in=list(firms))
    rows = Certificate.objects.filter(enterprise__in=open_about_it).values_list("enterprise_id", "kind_id", "valid_to")
    for firm, kind, valid_to in rows:
        held = found[firm]
        if valid_to is None or valid_to >= today:
            held.append(kind)
    return found


def _amount(quantity: Decimal | None, unit: str) -> tuple[float | None, str]:
    if quantity is None or not unit:
        return None, ""
    amount, family = units.to_base(quantity, unit)
    return float(amount), family


def _is_must(row: Mapping[str, Any], *, today: date) -> bool:
    """All of the quantity from one partner, and no more than a month to make it: its monthly capacity must suffice.
    With more time it earns or loses points only."""
    if row["post__quantity"] is None or row["post__partial_ok"]:
        return False
    until = row["post__deliver_by"]
    return until is None or until <= today + timedelta(days=31)


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day is not None else None
