"""Celery doors of the job table, and the foundation's own jobs."""

import time

from celery import shared_task
from django.dispatch import Signal
from django.utils import timezone

from foundation import jobs

# Sent once per hour and per night, inside a job: apps hang their periodic work here (`receivers.py`).
# Arguments: window ("hourly" | "nightly"), at (datetime).
periodic = Signal()

DRAIN_SECONDS = 60


@shared_task(name="foundation.tasks.drain")
def drain(queue: str) -> int:
    """Do the due jobs of a queue until there are none or a minute is over; then ask for a successor."""
    jobs.return_lost_jobs()
    end = time.monotonic() + DRAIN_SECONDS
    holder = jobs.holder_name()
    count = 0
    while time.monotonic() < end:
        job = jobs.claim(queue, holder=holder)
        if job is None:
            return count
        jobs.work(job)
        count += 1
    jobs.ring(queue)
    return count


@shared_task(name="foundation.tasks.reconcile_jobs")
def reconcile_jobs() -> dict[str, int]:
    return jobs.reconcile()


@shared_task(name="foundation.tasks.tick")
def tick(window: str) -> None:
    """Enqueue the periodic job of this window; a second beat finds its key taken."""
    now = timezone.localtime()
    label = now.strftime("%Y-%m-%dT%H") if window == "hourly" else now.strftime("%Y-%m-%d")
    jobs.enqueue(kind="foundation.periodic", payload={"window": window}, once_key=f"periodic:{window}:{label}")


@jobs.handler("foundation.periodic")
def run_periodic(run: jobs.Run, *, window: str) -> dict[str, int]:
    answers = periodic.send(sender=None, window=window, at=timezone.now())
    return {"receivers": len(answers)}
