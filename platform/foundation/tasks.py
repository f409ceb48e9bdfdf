"""Celery doors of the job table, and the foundation's own jobs."""

import time
from datetime import datetime, timedelta

from celery import shared_task
from django.db.models import Q
from django.dispatch import Signal, receiver
from django.utils import timezone

from foundation import audit_chain, jobs, mailing
from foundation.models import IdempotentRequest, Job

# Sent once per hour and per night, inside a job: apps hang their periodic work here (`receivers.py`).
# Arguments: window ("hourly" | "nightly"), at (datetime).
periodic = Signal()

DRAIN_SECONDS = 60
# A neighbour that died is noticed within this time by whoever is busy.
LOOK_SECONDS = 2
REQUESTS_KEPT = timedelta(days=2)
# Longer than the half year for which logs must be kept.
JOBS_KEPT = timedelta(days=190)
FORGOTTEN_AT_ONCE = 500


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


@jobs.handler("foundation.forget")
def forget(run: jobs.Run) -> dict[str, int]:
    """Delete answers that nobody repeats any more, and jobs that ended long ago, chunks with their parents. Parked
    jobs stay: somebody has to look at them."""
    now = timezone.now()
    requests, _by_model = IdempotentRequest.objects.filter(created_at__lt=now - REQUESTS_KEPT).delete()
    old = Job.objects.filter(
        state__in=[Job.State.DONE, Job.State.CANCELLED], parent=None, finished_at__lt=now - JOBS_KEPT
    ).order_by("pk")
    forgotten = 0
    while ids := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        Job.objects.filter(Q(pk__in=ids) | Q(parent__in=ids)).delete()
        forgotten += len(ids)
        run.progress(done=forgotten)
    return {"requests": requests, "jobs": forgotten}


@receiver(periodic, dispatch_uid="foundation")
def on_period(sender: object, *, window: str, at: datetime, **kwargs: object) -> None:
    if window == "hourly":
        jobs.enqueue(kind="foundation.anchor_audit", key="anchor")
        jobs.enqueue(kind="foundation.mail_notices", key="at_once")
    else:
        jobs.enqueue(kind="foundation.mail_notices", key="daily", payload={"digest": "daily"})
        jobs.enqueue(kind="foundation.forget", key="forget")
