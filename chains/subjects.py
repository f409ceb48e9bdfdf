"""5 cooperate: what an interest is about, in words that this person may read.

A post may be for other eyes since, or say something else. Whoever may not see it any more reads what it said when the
two were matched, never what it says now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from chains.models import Interest
from enterprises.models import Post, PostVersion
from foundation.models import User

# In these states the wording is on its way to a new version.
_UNSETTLED = (Post.Status.DRAFT, Post.Status.REVIEW)


@dataclass(frozen=True)
class Subject:
    """One of the two posts. Without wording (`title` empty) nothing may be told any more."""

    post_id: int
    is_demand: bool
    is_visible: bool
    title: str = ""
    product: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    deliver_by: date | None = None


@dataclass(frozen=True)
class Subjects:
    demand: Subject
    supply: Subject


def subjects(interests: Iterable[Interest], *, user: User) -> dict[int, Subjects]:
    """By interest; these come with their match and its two posts. Two queries at most."""
    rows = list(interests)
    posts = {post.pk: post for row in rows for post in (row.match.demand, row.match.supply)}
    seen = set(Post.objects.visible_to(user).filter(pk__in=posts).values_list("pk", flat=True))
    wanted = {
        (post.pk, version)
        for row in rows
        for post, version in (
            (row.match.demand, row.match.demand_version),
            (row.match.supply, row.match.supply_version),
        )
        if post.pk not in seen and post.version != version
    }
    old: dict[tuple[int, int], Mapping[str, Any]] = {}
    if wanted:
        either = Q()
        for post_id, version in sorted(wanted):
            either |= Q(post=post_id, version=version)
        old = {(row.post_id, row.version): row.content for row in PostVersion.objects.filter(either)}
    return {
        row.pk: Subjects(
            demand=_subject(row.match.demand, row.match.demand_version, seen=seen, old=old),
            supply=_subject(row.match.supply, row.match.supply_version, seen=seen, old=old),
        )
        for row in rows
    }


def _subject(post: Post, version: int, *, seen: set[int], old: Mapping[tuple[int, int], Mapping[str, Any]]) -> Subject:
    visible = post.pk in seen
    if visible or (post.version == version and post.status not in _UNSETTLED):
        return Subject(
            post.pk,
            post.is_demand,
            visible,
            title=post.title,
            product=post.product,
            quantity=post.quantity,
            unit=post.unit,
            deliver_by=post.deliver_by,
        )
    said = old.get((post.pk, version))
    if said is None:
        return Subject(post.pk, post.is_demand, is_visible=False)
    quantity, due = said.get("quantity"), said.get("deliver_by")
    return Subject(
        post.pk,
        post.is_demand,
        is_visible=False,
        title=said.get("title") or said["product"],
        product=said["product"],
        quantity=None if quantity is None else Decimal(str(quantity)),
        unit=said.get("unit") or "",
        deliver_by=date.fromisoformat(due) if due else None,
    )
