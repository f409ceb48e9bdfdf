"""Ears of chains: what follows from posts, firms and the clock. They record jobs, they do no work; one tells a page
below what firms talk about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from chains import cooperation
from chains.dictionary import mining
from enterprises import events
from enterprises.models import Enterprise
from foundation import jobs
from foundation.tasks import periodic

# Posts in one job.
BATCH = 500


@receiver([events.posts_published, events.posts_changed, events.posts_ended])
def match_posts(*, post_ids: Sequence[int], **kwargs: Any) -> None:
    ids = sorted(set(post_ids))
    for start in range(0, len(ids), BATCH):
        jobs.enqueue(kind="chains.match_posts", payload={"post_ids": ids[start : start + BATCH]})


@receiver(events.enterprise_changed)
def match_firm(*, enterprise_id: int, **kwargs: Any) -> None:
    jobs.enqueue(kind="chains.match_firm", payload={"enterprise_id": enterprise_id}, key=str(enterprise_id))


@receiver(events.talks_asked)
def tell_talks(*, post_id: int, firm: Enterprise, **kwargs: Any) -> str:
    interest = cooperation.standing(firm=firm, post_id=post_id)
    return reverse("chains:interest-show", args=[interest.pk]) if interest is not None else ""


@receiver(periodic)
def rematch_nightly(*, window: str, at: datetime, **kwargs: Any) -> None:
    if window == "nightly":
        jobs.enqueue(kind="chains.rematch", key="all")
        year, week, _day = timezone.localtime(at).isocalendar()
        jobs.enqueue(kind=mining.KIND, once_key=f"mine-dictionary:{year}-{week}")
