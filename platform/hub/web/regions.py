"""A region's page and a strategy's page: who is there, what they make and what they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises.models import Enterprise, IndustryClass, Post
from foundation.models import User
from hub.web import addresses
from regions.models import Region, RegionSet, RegionSetMember, inside

LATEST = 6
TOP_PRODUCTS = 10


@dataclass(frozen=True)
class Presence:
    """What somebody may see of the firms and posts whose firm is registered below some code prefixes.

    Counts start at `visible_to`, so an operator's page counts more than a visitor's.
    """

    user: User | AnonymousUser
    prefixes: tuple[str, ...]

    @property
    def _firms(self) -> QuerySet[Enterprise]:
        return Enterprise.objects.visible_to(self.user).filter(inside(self.prefixes, field="region__code"))

    @property
    def _posts(self) -> QuerySet[Post]:
        rows = Post.objects.visible_to(self.user).open()
        return rows.filter(inside(self.prefixes, field="enterprise__region__code"))

    @cached_property
    def sections(self) -> list[dict[str, Any]]:
        """Firms by industry section and status, the largest section first; firms without a section at the end."""
        counted = self._firms.values_list("industry__section", "status").annotate(n=Count("pk")).order_by()
        names = {c.code: c.label for c in IndustryClass.objects.filter(level=1)}
        rows: dict[str, dict[str, Any]] = {}
        for section, status, n in counted:
            code = section or ""
            label = names.get(code, _("行业未填写"))
            row = rows.setdefault(code, {"code": code, "label": label, "total": 0, "by_status": {}})
            row["by_status"][status] = n
            row["total"] += n
        return sorted(rows.values(), key=lambda row: (row["code"] == "", -row["total"], row["code"]))

    @property
    def statuses(self) -> list[tuple[str, str]]:
        """What the table tells apart; nothing, where all firms are in the same state."""
        present = {status for row in self.sections for status in row["by_status"]}
        if len(present) < 2:
            return []
        return [(str(value), str(label)) for value, label in Enterprise.Status.choices if value in present]

    @property
    def firms(self) -> int:
        return sum(row["total"] for row in self.sections)

    @property
    def section_rows(self) -> list[dict[str, Any]]:
        """The sections as table rows: a (label, count) cell for each of `statuses`."""
        states = self.statuses
        return [
            row | {"cells": [(label, row["by_status"].get(key, 0)) for key, label in states]} for row in self.sections
        ]

    @cached_property
    def counts(self) -> dict[str, int]:
        return self._posts.aggregate(
            supplies=Count("pk", filter=Q(direction=Post.Direction.SUPPLY)),
            demands=Count("pk", filter=Q(direction=Post.Direction.DEMAND)),
        )

    def latest(self, direction: str) -> list[dict[str, Any]]:
        rows = self._posts.filter(direction=direction).select_related("enterprise__region__parent__parent")
        return [
            {
                "title": post.title,
                "url": addresses.of_post(post),
                "firm": str(post.enterprise),
                "place": post.enterprise.region.full_label if post.enterprise.region else "",
                "published_at": post.published_at,
            }
            for post in _not_all_of_one_firm(rows.order_by("-published_at", "-id")[: LATEST * 10])
        ]

    def products(self, direction: str, *, posts_url: str) -> list[dict[str, Any]]:
        """The products most firms offer or look for, each with its posts in the hall."""
        rows = (
            self._posts.filter(direction=direction)
            .exclude(product="")
            .values("product")
            .annotate(firms=Count("enterprise_id", distinct=True))
            .order_by("-firms", "product")[:TOP_PRODUCTS]
        )
        return [
            {
                "label": row["product"],
                "value": row["firms"],
                "text": _("%(count)s 家") % {"count": row["firms"]},
                "url": f"{posts_url}&{urlencode({'q': row['product']})}" if posts_url else "",
            }
            for row in rows
        ]

    def firms_below(self, digits: int) -> dict[str, int]:
        """Firms by the first `digits` digits of their region's code."""
        rows = self._firms.values_list(Substr("region_id", 1, digits)).annotate(n=Count("pk")).order_by()
        return {prefix: n for prefix, n in rows if prefix}


def _not_all_of_one_firm(posts: Iterable[Post]) -> list[Post]:
    """The first few, at most two of a firm: one firm's import would fill the list."""
    taken: Counter[int] = Counter()
    shown = []
    for post in posts:
        taken[post.enterprise_id] += 1
        if taken[post.enterprise_id] <= 2:
            shown.append(post)
    return shown[:LATEST]


@require_safe
def region_show(request: HttpRequest, code: str) -> HttpResponse:
    region = get_object_or_404(Region.objects.with_path(), code=code)
    presence = Presence(user=request.user, prefixes=(region.prefix,))
    return render(
        request,
        "hub/region_show.html",
        _context(presence, f"region={region.code}")
        | {
            "region": region,
            "children": _children(region, presence),
            "memberships": _memberships(region),
        },
    )


@require_safe
def region_set_show(request: HttpRequest, slug: str) -> HttpResponse:
    region_set = get_object_or_404(RegionSet, slug=slug)
    members = list(region_set.members.select_related("region__parent__parent"))
    presence = Presence(user=request.user, prefixes=tuple(member.region.prefix for member in members))
    by_prefix = {n: presence.firms_below(n) for n in {len(member.region.prefix) for member in members}}
    rows = [
        {
            "region": member.region,
            "part": member.scope == RegionSetMember.Scope.PART,
            "firms": by_prefix[len(member.region.prefix)].get(member.region.prefix, 0),
        }
        for member in members
    ]
    return render(
        request,
        "hub/region_set_show.html",
        _context(presence, f"strategy={region_set.slug}")
        | {
            "region_set": region_set,
            "members": rows,
            "has_parts": any(row["part"] for row in rows),
            "below_province": any(member.region.level != Region.Level.PROVINCE for member in members),
        },
    )


def _memberships(region: Region) -> list[tuple[RegionSet, bool]]:
    """The sets a region lies in, and (True) those that only parts of it belong to."""
    above = Q(region__code__in=[step.code for step in region.path])
    below = Q(region__code__startswith=region.prefix)
    members = RegionSetMember.objects.filter(above | below).select_related("region_set", "region")
    partly: dict[RegionSet, bool] = {}
    for member in members.order_by("region_set__order", "region_set__slug"):
        whole = member.scope == RegionSetMember.Scope.WHOLE and region.code.startswith(member.region.prefix)
        partly[member.region_set] = partly.get(member.region_set, True) and not whole
    return list(partly.items())


def _context(presence: Presence, query: str) -> dict[str, Any]:
    firms, posts = addresses.of_list("enterprises:firm-list"), addresses.of_list("enterprises:post-list")
    supplies_url = f"{posts}?direction=supply&{query}" if posts else ""
    demands_url = f"{posts}?direction=demand&{query}" if posts else ""
    return {
        "presence": presence,
        "firms_url": f"{firms}?{query}" if firms else "",
        "supplies_url": supplies_url,
        "demands_url": demands_url,
        "supplies": presence.latest(Post.Direction.SUPPLY),
        "demands": presence.latest(Post.Direction.DEMAND),
        "made": presence.products(Post.Direction.SUPPLY, posts_url=supplies_url),
        "needed": presence.products(Post.Direction.DEMAND, posts_url=demands_url),
    }


def _children(region: Region, presence: Presence) -> list[dict[str, Any]]:
    """What lies directly below, shells opened up, with the number of firms; by pinyin."""
    if region.level == Region.Level.COUNTY:
        return []
    shells = [child.code for child in Region.objects.filter(parent=region) if child.is_shell]
    below = Region.objects.current().shown().filter(Q(parent=region) | Q(parent__in=shells)).order_by("pinyin", "code")
    found = list(below)
    counts = {digits: presence.firms_below(digits) for digits in {len(child.prefix) for child in found}}
    return [{"region": child, "firms": counts[len(child.prefix)].get(child.prefix, 0)} for child in found]
