"""Ears of enterprises: what the clock of the ground floor sets off here."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from foundation import jobs
from foundation.tasks import periodic


@receiver(periodic)
def look_after_posts(*, window: str, at: datetime, **kwargs: Any) -> None:
    """Every hour, so that a server that sleeps at night misses nothing; the key keeps it from doubling."""
    if window == "hourly":
        jobs.enqueue(kind="enterprises.expire_posts", key="expire_posts")
    elif window == "nightly":
        jobs.enqueue(kind="enterprises.forget_imports", key="forget_imports")


@receiver(periodic)
def look_after_firms(*, window: str, at: datetime, **kwargs: Any) -> None:
    """Once a night: re-checks that fall due."""
    if window == "nightly":
        jobs.enqueue(kind="enterprises.recheck_firms", key="recheck_firms")
