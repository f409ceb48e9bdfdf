"""Celery doors of the job table, and the foundation's own jobs."""

import time
from datetime import datetime, timedelta

from celery import shared_task
from django.dispatch import Signal, receiver
from django.utils import timezone

from foundation import audit_chain, jobs, mailing
from foundation.models import IdempotentRequest

# Sent once per hour and per night, inside a job: apps hang their periodic work here (`receivers.py`).
# Arguments: window ("hourly" | "nightly"), at (datetime).
periodic = Signal()

DRAIN_SECONDS = 60
# A neighbour that died is noticed within this time by whoever is busy.
LOOK_SECONDS = 2


@shared_task(name="foundation.tasks.drain")
def drain(queue: str) -> int:
    """Do the due jobs of a queue until there are none or a minute is over; then ask for a successor."""
    now = time.monotonic()
    end, look_at = now + DRAIN_SECONDS, now
    holder = jobs.holder_name()
    count = 0
    while (now := time.monotonic()) < end:
        if now >= look_at:
            jobs.return_lost_jobs()
            look_at = now + LOOK_SECONDS
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


@jobs.handler("foundation.mail_notices")
def mail_notices(run: jobs.Run, *, digest: str = "at_once") -> dict[str, int]:
    return {"mails": mailing.send_pending(digest=digest)}


@jobs.handler("foundation.anchor_audit")
def anchor_audit(run: jobs.Run) -> dict[str, int]:
    return {"heads": audit_chain.anchor()}


@receiver(periodic, dispatch_uid="foundation")
def on_period(sender: object, *, window: str, at: datetime, **kwargs: object) -> None:
    if window == "hourly":
        jobs.enqueue(kind="foundation.anchor_audit", key="anchor")
        jobs.enqueue(kind="foundation.mail_notices", key="at_once")
    else:
        jobs.enqueue(kind="foundation.mail_notices", key="daily", payload={"digest": "daily"})
        IdempotentRequest.objects.filter(created_at__lt=at - timedelta(days=2)).delete()
