"""Background work. PostgreSQL's job table is the truth; Celery and Valkey only ring the doorbell.

A stage calls `enqueue` inside its own transaction, so work and its cause are saved together or not at all. After
commit the doorbell rings: a Celery message saying "look at queue X", which carries no work and may be lost or
doubled without harm. A worker claims rows with `FOR UPDATE SKIP LOCKED`, holds a lease while it works, and writes
the end under its lease token, so a worker that lost its lease cannot finish somebody else's run.

Handlers are run **at least once**: they must be idempotent, take ids, use short transactions of their own, and
report progress (outside a transaction) more often than `lease` seconds.
"""

import logging
import os
import socket
import time
import traceback
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from foundation import audit
from foundation.models import Job, User

log = logging.getLogger(__name__)

Handler = Callable[..., Mapping[str, Any] | None]


class LeaseLostError(Exception):
    """Another worker has taken this job over; stop at once and write nothing more."""


class CancelledError(Exception):
    """The job's owner asked to stop."""


@dataclass(frozen=True)
class Kind:
    name: str
    run: Handler
    queue: str
    lease: int
    max_attempts: int


_kinds: dict[str, Kind] = {}

# Lease tokens that this process holds: a running job in its name with another token was lost on the way, e.g. by a
# server that fell between our commit and its answer.
_in_hand: set[uuid.UUID] = set()
# How long the end of a job waits for a database that is away; after that the job is done again.
OUTAGE_SECONDS = 30.0
# A worker or server that fell says little about the job in hand: it may happen so many times as often as a failure of
# the job's own before the job is parked. Not for ever, since some jobs fell their workers.
FALLS_PER_FAILURE = 2


def handler(
    kind: str, *, queue: str = "default", lease: int | None = None, max_attempts: int | None = None
) -> Callable[[Handler], Handler]:
    """Register `function(run, **payload)` as what does jobs of this kind. It may return a JSON result."""

    def register(function: Handler) -> Handler:
        _kinds[kind] = Kind(
            name=kind,
            run=function,
            queue=queue,
            lease=lease or settings.JOB_LEASE_SECONDS,
            max_attempts=max_attempts or settings.JOB_MAX_ATTEMPTS,
        )
        return function

    return register


def kind_named(name: str) -> Kind:
    if name not in _kinds:
        autodiscover_modules("tasks")
    return _kinds[name]


class Run:
    """One attempt at a job, in the hands of its handler."""

    def __init__(self, job: Job, kind: Kind) -> None:
        self.job = job
        self.kind = kind

    @property
    def is_gathering(self) -> bool:
        """True in the second call of a handler whose chunks have all ended."""
        return bool(self.job.result.get("gathering"))

    def progress(self, *, done: int | None = None, total: int | None = None, stage: str | None = None) -> None:
        """Show progress and renew the lease. Raises LeaseLostError or CancelledError: let them pass."""
        values: dict[str, Any] = {"lease_until": timezone.now() + timedelta(seconds=self.kind.lease)}
        if done is not None:
            values["done_count"] = done
        if total is not None:
            values["total_count"] = total
        if stage is not None:
            values["stage"] = stage[:120]
        if not self._mine().update(**values):
            raise LeaseLostError
        for name, value in values.items():
            setattr(self.job, name, value)
        if Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            raise CancelledError

    def checkpoint(self, **values: Any) -> None:
        """Keep JSON values in the job's result, for the next attempt to go on from."""
        self.job.result = {**self.job.result, **values}
        if not self._mine().update(result=self.job.result):
            raise LeaseLostError

    def spawn(self, *, kind: str, payloads: Sequence[Mapping[str, Any]]) -> None:
        """Create one child job per payload, once, however often this handler is run. Return right after it: the
        job waits, and its handler is called again (`is_gathering`) when every child has ended."""
        child = kind_named(kind)
        Job.objects.bulk_create(
            [
                Job(
                    kind=kind,
                    queue=child.queue,
                    payload=dict(payload),
                    once_key=f"{self.job.pk}:{number}",
                    max_attempts=child.max_attempts,
                    parent=self.job,
                    owner_id=self.job.owner_id,
                    firm_id=self.job.firm_id,
                )
                for number, payload in enumerate(payloads)
            ],
            ignore_conflicts=True,
            batch_size=1000,
        )
        self._mine().update(total_count=len(payloads), done_count=0)
        self.job.result = {**self.job.result, "spawned": len(payloads)}
        ring(child.queue)

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, lease_token=self.job.lease_token)


def enqueue(
    *,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    key: str = "",
    once_key: str | None = None,
    owner: User | None = None,
    firm_id: int | None = None,
    run_after: datetime | None = None,
) -> Job:
    """Save a job in the caller's transaction and ring after commit.

    While a job of the same `kind` and `key` waits, that one is returned; if it is already running it will run once
    more afterwards, since what it read may be old. A `once_key` is unique for ever: a second enqueue returns the
    first job, ended or not. Not both: which of two jobs would be returned? Raises ValueError.
    """
    if key and once_key is not None:
        raise ValueError("A job has a key or a once_key, not both.")
    known = kind_named(kind)
    row = Job(
        kind=kind,
        queue=known.queue,
        payload=dict(payload or {}),
        key=key,
        once_key=once_key,
        max_attempts=known.max_attempts,
        owner=owner,
        firm_id=firm_id,
        run_after=run_after or timezone.now(),
    )
    if not key and once_key is None:
        row.save(force_insert=True)
    else:
        # Not get_or_create: two callers at once would both miss it (reliability.md 3.10).
        while True:
            # The lock keeps the job from ending between our look and our mark, whoever calls.
            with transaction.atomic():
                Job.objects.bulk_create([row], ignore_conflicts=True)
                same = (
                    Job.objects.filter(once_key=once_key) if once_key else Job.objects.live().filter(kind=kind, key=key)
                )
                found = same.select_for_update(of=("self",)).first()
                if found is None:
                    continue  # it ended between the two statements
                # One that waits to be gathered has begun as well: its chunks have read what was.
                if key and (found.state != Job.State.QUEUED or found.children.exists()):
                    Job.objects.filter(pk=found.pk).update(again=True)
            row = found
            break
    ring(row.queue)
    return row


def ring(queue: str) -> None:
    """Wake a worker after commit. A dead broker costs at most the reconciler's interval, never an error."""
    # One ring per queue and transaction is enough. Django itself forgets it on rollback.
    for entry in connection.run_on_commit:
        call = entry[1]
        if isinstance(call, partial) and call.func is _ring_now and call.args == (queue,):
            return
    transaction.on_commit(partial(_ring_now, queue), robust=True)


def _ring_now(queue: str) -> None:
    from foundation.tasks import drain

    try:
        drain.apply_async(args=(queue,), queue=queue, retry=False, expires=600)
    except Exception as problem:  # the broker is away: the reconciler will ring
        log.warning("doorbell of %s is silent: %s", queue, problem)


def claim(queue: str, *, holder: str) -> Job | None:
    """Take the next due job of a queue, or None. One short transaction; other claimers skip the locked row."""
    token = uuid.uuid4()
    _in_hand.add(token)
    try:
        job = _claim(queue, holder=holder, token=token)
    except BaseException:
        _in_hand.discard(token)
        raise
    if job is None:
        _in_hand.discard(token)
    return job


def _claim(queue: str, *, holder: str, token: uuid.UUID) -> Job | None:
    now = timezone.now()
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(queue=queue, state=Job.State.QUEUED, run_after__lte=now)
            .order_by("run_after", "id")
            .first()
        )
        if job is None:
            return None
        kind = kind_named(job.kind)
        job.state = Job.State.RUNNING
        job.attempts += 1
        # What has chunks goes on where it stood; only a run from the beginning answers a request that came meanwhile.
        job.again = job.again and job.children.exists()
        job.lease_token = token
        job.lease_holder = holder
        job.lease_until = now + timedelta(seconds=kind.lease)
        job.started_at = job.started_at or now
        job.error = ""
        job.save()
    return job


def work(job: Job) -> None:
    """Do a claimed job and write its end. Raises OperationalError when the database stays away; the job is then
    taken up again by `return_lost_jobs`."""
    try:
        _work(job)
    finally:
        if job.lease_token is not None:
            _in_hand.discard(job.lease_token)


def _work(job: Job) -> None:
    kind = kind_named(job.kind)
    run = Run(job, kind)
    try:
        result = kind.run(run, **job.payload)
    except LeaseLostError:
        log.warning("job %s: lease lost, left to its new holder", job.pk)
    except CancelledError:
        _through_outages(partial(_end, job, Job.State.CANCELLED, result={}))
    except Exception as problem:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        fell = isinstance(problem, OperationalError | InterfaceError)
        _through_outages(partial(_fail, job, traceback.format_exc(), fell=fell))
    else:
        if job.result.get("spawned") and not run.is_gathering:
            _through_outages(partial(_wait, job))
        else:
            _through_outages(partial(_end, job, Job.State.DONE, result=dict(result or {})))


def _through_outages(write: Callable[[], None]) -> None:
    """Write the end of a job, again after the database was away. Safe to repeat: it is written under the lease."""
    end = time.monotonic() + OUTAGE_SECONDS
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > end:
                raise
            # What is left of the broken connection would fail every later statement of this process.
            connection.close()
            time.sleep(0.2)


def _locked(job: Job) -> Job | None:
    """The job's row, if its lease is still ours. Parent before child, as `cancel` and `retry` do: the end of a chunk
    counts in its parent."""
    _lock_parent(job.parent_id)
    return (
        Job.objects.select_for_update(of=("self",))
        .filter(pk=job.pk, state=Job.State.RUNNING, lease_token=job.lease_token)
        .first()
    )


def _lock_parent(parent_id: int | None) -> None:
    if parent_id is not None:
        Job.objects.select_for_update(of=("self",)).filter(pk=parent_id).first()


def _end(job: Job, state: str, *, result: Mapping[str, Any]) -> None:
    with transaction.atomic():
        row = _locked(job)
        if row is None:
            return
        keep = {k: v for k, v in row.result.items() if k not in ("spawned", "gathering")}
        row.result = {**keep, **result}
        if row.again and state == Job.State.DONE:
            # Asked for again while it ran: run once more, with fresh eyes, fresh attempts and fresh chunks.
            row.children.all().delete()
            row.done_count, row.total_count = 0, None
            row.state, row.again, row.attempts, row.run_after = Job.State.QUEUED, False, 0, timezone.now()
        else:
            row.state, row.finished_at = state, timezone.now()
            if state == Job.State.DONE and row.total_count is not None:
                row.done_count = row.total_count
        _drop_lease(row)
        row.save()
        if row.parent_id and row.finished_at:
            _child_ended(row.parent_id)
    if row.state == Job.State.QUEUED:
        ring(row.queue)


def _wait(job: Job) -> None:
    with transaction.atomic():
        row = _locked(job)
        if row is None:
            return
        row.result = job.result
        _drop_lease(row)
        if row.cancel_requested:
            # Asked to stop while it made its chunks: the request may have missed the last of them.
            _cancel_now(row)
            return
        row.state = Job.State.WAITING
        row.save()
        _child_ended(row.pk)  # all may have ended before we came to wait


def _child_ended(parent_id: int) -> None:
    """Count in PostgreSQL, under the parent's lock, and wake the parent at the last one."""
    parent = Job.objects.select_for_update(of=("self",)).get(pk=parent_id)
    if parent.state not in (Job.State.WAITING, Job.State.RUNNING):
        return
    left = parent.children.live().count()
    parent.done_count = (parent.total_count or 0) - left
    if left == 0 and parent.state == Job.State.WAITING:
        parent.state = Job.State.QUEUED
        parent.attempts = 0
        parent.run_after = timezone.now()
        parent.result = {**parent.result, "gathering": True}
        ring(parent.queue)
    parent.save(update_fields=["done_count", "state", "attempts", "run_after", "result"])


def _fail(job: Job, error: str, *, fell: bool) -> None:
    """Put a failed attempt back with a growing pause, or park it for an operator after the last one."""
    if connection.in_atomic_block and connection.needs_rollback:
        connection.set_rollback(False)
    with transaction.atomic():
        row = _locked(job)
        if row is None:
            return
        _retry_or_park(row, error=error, pause=timedelta(seconds=2**row.attempts), fell=fell)
    ring(job.queue)


def _retry_or_park(row: Job, *, error: str, pause: timedelta, fell: bool) -> None:
    """`fell`: the attempt was ended by a fall of the worker or of the database."""
    row.error = error[-8000:]
    _drop_lease(row)
    if row.cancel_requested:
        row.state, row.finished_at = Job.State.CANCELLED, timezone.now()
    elif row.attempts >= row.max_attempts * (FALLS_PER_FAILURE if fell else 1):
        if row.again:
            # Somebody asked anew meanwhile: that request has not had its attempts yet.
            row.state, row.again, row.attempts = Job.State.QUEUED, False, 0
            row.run_after = timezone.now() + pause
        else:
            row.state, row.finished_at = Job.State.PARKED, timezone.now()
    else:
        row.state, row.run_after = Job.State.QUEUED, timezone.now() + pause
    row.save()
    if row.parent_id and row.finished_at:
        _child_ended(row.parent_id)


def _drop_lease(row: Job) -> None:
    row.lease_token, row.lease_until, row.lease_holder = None, None, ""


def reconcile() -> dict[str, int]:
    """Give back what dead workers held and ring for what waits. Safe to run anywhere, any number of times."""
    returned = return_lost_jobs()
    waiting = (
        Job.objects.filter(state=Job.State.QUEUED, run_after__lte=timezone.now())
        .order_by()
        .values_list("queue", flat=True)
        .distinct()
    )
    queues = list(waiting)
    for queue in queues:
        _ring_now(queue)
    return {"returned": returned, "rung": len(queues)}


def return_lost_jobs() -> int:
    """Queue again the running jobs whose lease ran out, or whose process on this host has died or knows nothing of
    them."""
    returned = 0
    host = f"{socket.gethostname()}:"
    own = holder_name()
    suspects = Job.objects.filter(state=Job.State.RUNNING).filter(
        Q(lease_until__lt=timezone.now()) | Q(lease_holder__startswith=host)
    )
    rows = suspects.values_list("pk", "parent_id", "lease_holder", "lease_token", "lease_until")
    for pk, parent_id, holder, token, until in rows:
        overdue = until is not None and until < timezone.now()
        is_held = token in _in_hand if holder == own else _is_alive(holder)
        if not overdue and is_held:
            continue
        with transaction.atomic():
            _lock_parent(parent_id)
            row = (
                Job.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(pk=pk, state=Job.State.RUNNING, lease_token=token, lease_until=until)
                .first()
            )
            if row is not None:
                error = "The worker that held this job died or lost it."
                _retry_or_park(row, error=error, pause=timedelta(0), fell=True)
                returned += 1
    return returned


def holder_name() -> str:
    """host:pid:start time of this process."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_started(pid)}"


def _started(pid: int) -> str:
    """Start time of a process in clock ticks; "" if there is none or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _is_alive(holder: str) -> bool:
    pid, _, started = holder.removeprefix(f"{socket.gethostname()}:").partition(":")
    return pid.isdigit() and _started(int(pid)) == started


def cancel(job: Job, *, by: User) -> None:
    """Stop a job: at once if it waits, at its next progress report if it runs. Recorded under `by`."""
    with transaction.atomic():
        _lock_parent(job.parent_id)
        row = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if not row.is_live:
            return
        if row.state == Job.State.RUNNING:
            Job.objects.filter(Q(pk=row.pk) | Q(parent=row)).update(cancel_requested=True)
        else:
            _cancel_now(row)
        audit.record(action="job.cancelled", actor=by, target=row, firm_id=row.firm_id)


def _cancel_now(row: Job) -> None:
    """End a locked job that no worker holds, and its chunks: those that run stop at their next report."""
    row.children.live().update(cancel_requested=True)
    row.children.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED, finished_at=timezone.now())
    row.state, row.finished_at = Job.State.CANCELLED, timezone.now()
    row.save()
    if row.parent_id:
        _child_ended(row.parent_id)


def retry(job: Job, *, by: User) -> None:
    """Put a parked or cancelled job back, with fresh attempts; of its chunks those that did not come to their end.
    Recorded under `by`."""
    with transaction.atomic():
        row = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
        if row.state not in (Job.State.PARKED, Job.State.CANCELLED):
            return
        row.state, row.finished_at, row.attempts, row.again = Job.State.QUEUED, None, 0, False
        row.cancel_requested, row.run_after = False, timezone.now()
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            return  # a newer job of this key does the same work
        row.children.live().update(cancel_requested=False)
        undone = row.children.filter(state__in=[Job.State.PARKED, Job.State.CANCELLED])
        queues = list(undone.order_by().values_list("queue", flat=True).distinct())
        if undone.update(
            state=Job.State.QUEUED, finished_at=None, attempts=0, cancel_requested=False, run_after=timezone.now()
        ):
            # They have to end before the job gathers: it begins anew, finds its chunks there, and waits.
            row.result.pop("gathering", None)
            row.save(update_fields=["result"])
        audit.record(action="job.retried", actor=by, target=row, firm_id=row.firm_id)
        for queue in {row.queue, *queues}:
            ring(queue)
