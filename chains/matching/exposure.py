"""3 match: how much of the lists each firm was shown, and the credit that follows from it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from chains.matching.placing import CREDIT, weight
from chains.models import FirmExposure, Match, Recommendation

LOOKED_BACK: Final = timedelta(days=90)
BATCH: Final = 2000


def count() -> int:
    """Count anew what each supplier was shown to buyers in the last 90 days; returns how many firms there are.

    A firm's share is the mean over the firms that have a good match or were shown. Safe to run any number of times;
    readers see the old count or the new one.
    """
    now = timezone.now()
    shown: dict[int, float] = defaultdict(float)
    rows = (
        Recommendation.objects.filter(shown_at__gte=now - LOOKED_BACK, enterprise=F("match__demand__enterprise"))
        .order_by()
        .values_list("match__supply__enterprise", "rank")
        .annotate(times=Count("pk"))
    )
    for firm, rank, times in rows.iterator():
        shown[firm] += weight(rank) * times
    there = set(
        Match.objects.live()
        .filter(is_strong=True)
        .order_by()
        .values_list("supply__enterprise", flat=True)
        .distinct()
        .iterator()
    )
    # With those that were shown and have no place now: else their turn would come again at once.
    there |= shown.keys()
    mean = sum(shown.values()) / len(there) if there else 0.0
    fresh = [
        FirmExposure(
            enterprise_id=firm,
            exposure=round(shown[firm], 4),
            credit=round(CREDIT * max(0.0, 1.0 - shown[firm] / mean), 2) if mean else 0.0,
            counted_at=now,
        )
        for firm in sorted(there)
    ]
    with transaction.atomic():
        FirmExposure.objects.bulk_create(
            fresh,
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["enterprise"],
            update_fields=["exposure", "credit", "counted_at"],
        )
        FirmExposure.objects.filter(counted_at__lt=now).delete()
    return len(fresh)


def credits_of(firms: Collection[int]) -> dict[int, float]:
    """Points for the place of each firm. One that is too new to have been counted was shown nothing yet. While
    nothing was shown to anybody, nobody has any."""
    if not FirmExposure.objects.filter(exposure__gt=0).exists():
        return {}
    counted = dict(FirmExposure.objects.filter(enterprise__in=firms).values_list("enterprise", "credit"))
    return {firm: counted.get(firm, CREDIT) for firm in firms}
