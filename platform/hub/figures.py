"""The live figures of the first page. Only what everybody may see is counted, so a figure gives nothing away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.db.models.functions import Substr

from chains import listed_import
from chains.models import Interest
from enterprises.models import Enterprise, Post


@dataclass(frozen=True)
class Figures:
    firms: int
    provinces: int
    supplies: int
    demands: int
    agreed: int
    # Companies taken from public lists. They are real, and what they post was derived for them.
    real: int


def live() -> Figures:
    """Three queries."""
    firms = Enterprise.objects.listed().aggregate(
        count=Count("pk"),
        provinces=Count(Substr("region__code", 1, 2), distinct=True),
        real=Count("pk", filter=Q(source=listed_import.SOURCE) & ~Q(external_id=listed_import.FALLBACK_KEY)),
    )
    anybody: Any = AnonymousUser()
    posts = Post.objects.visible_to(anybody).aggregate(
        supplies=Count("pk", filter=Q(direction=Post.Direction.SUPPLY)),
        demands=Count("pk", filter=Q(direction=Post.Direction.DEMAND)),
    )
    return Figures(
        firms=firms["count"],
        provinces=firms["provinces"],
        supplies=posts["supplies"],
        demands=posts["demands"],
        agreed=Interest.objects.filter(state=Interest.State.ACCEPTED).count(),
        real=firms["real"],
    )
