"""What an official reads first: the own region's firms and posts, by industry and lately."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from enterprises.models import Enterprise, IndustryClass, Post
from foundation.models import User
from regions.models import Region


def region_figures(region: Region, *, reader: User) -> dict[str, Any]:
    """Counts of public firms and open posts in a region, and of what is new in the last 30 days, whoever may see the
    posts; but of the demands without a match only those that the reader may open, since the figure leads to them."""
    since = timezone.now() - timedelta(days=30)
    firms = Enterprise.objects.listed().within(region)
    posts = Post.objects.open().within(region).filter(enterprise__status__in=Enterprise.PUBLIC_STATES)
    return {
        **firms.aggregate(firms=Count("pk"), new_firms=Count("pk", filter=Q(verified_at__gte=since))),
        **posts.aggregate(
            supplies=Count("pk", filter=Q(direction="supply")),
            demands=Count("pk", filter=Q(direction="demand")),
            new_posts=Count("pk", filter=Q(published_at__gte=since)),
        ),
        "unanswered": posts.visible_to(reader).filter(status=Post.Status.PUBLISHED, direction="demand").count(),
    }


def firms_by_division(region: Region, *, count: int = 10) -> tuple[list[tuple[IndustryClass, int]], int]:
    """The region's largest industry divisions by number of public firms, and how many firms state their industry."""
    rows = (
        Enterprise.objects.listed()
        .within(region)
        .filter(industry__isnull=False)
        .values_list("industry__code", flat=True)
    )
    totals: dict[str, int] = {}
    for code in rows:
        totals[code[:2]] = totals.get(code[:2], 0) + 1
    divisions = IndustryClass.objects.in_bulk(list(totals))
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [(divisions[code], total) for code, total in ranked if code in divisions][:count], sum(totals.values())
