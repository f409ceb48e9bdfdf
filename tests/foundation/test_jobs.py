"""The job table: claimed once, retried, parked, gathered, and lost by nobody."""

import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.utils import timezone

from foundation import jobs
from foundation.models import AuditEntry, Job, User
from foundation.tasks import drain, tick

SEEN: list[Any] = []


@jobs.handler("test.note", queue="test")
def note(run: jobs.Run, *, value: int = 0) -> dict[str, int]:
    run.progress(done=1, total=1, stage="noting")
    SEEN.append(value)
    return {"value": value}


@jobs.handler("test.break", queue="test", max_attempts=2)
def break_(run: jobs.Run) -> None:
    SEEN.append("break")
    raise ZeroDivisionError("on purpose")


@jobs.handler("test.parent", queue="test")
def parent(run: jobs.Run, *, parts: int) -> dict[str, Any] | None:
    if run.is_gathering:
        return {"sum": sum(child.result["value"] for child in run.job.children.all())}
    run.spawn(kind="test.note", payloads=[{"value": n} for n in range(parts)])
    return None


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    # These tests drain by hand; nobody listens to this queue's doorbell.
    monkeypatch.setattr(jobs, "_ring_now", lambda queue: None)


@pytest.mark.django_db
def test_a_job_is_done_and_says_so() -> None:
    job = jobs.enqueue(kind="test.note", payload={"value": 7})
    assert drain("test") == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.percent) == ("done", {"value": 7}, 100)
    assert job.finished_at is not None
    assert job.lease_token is None


@pytest.mark.django_db
def test_a_key_keeps_one_live_job() -> None:
    first = jobs.enqueue(kind="test.note", key="k")
    second = jobs.enqueue(kind="test.note", key="k")
    assert first.pk == second.pk
    drain("test")
    assert jobs.enqueue(kind="test.note", key="k").pk != first.pk


@pytest.mark.django_db
def test_a_request_during_the_run_makes_it_run_once_more() -> None:
    job = jobs.enqueue(kind="test.note", key="k", payload={"value": 1})
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    assert jobs.enqueue(kind="test.note", key="k").pk == job.pk
    jobs.work(claimed)
    assert drain("test") == 1
    assert SEEN == [1, 1]


@pytest.mark.django_db
def test_a_once_key_is_never_used_twice() -> None:
    first = jobs.enqueue(kind="test.note", once_key="nightly:1")
    drain("test")
    assert jobs.enqueue(kind="test.note", once_key="nightly:1").pk == first.pk
    assert drain("test") == 0


@pytest.mark.django_db
def test_two_beats_run_one_window_once() -> None:
    tick("nightly")
    tick("nightly")
    assert Job.objects.filter(kind="foundation.periodic").count() == 1


@pytest.mark.django_db
def test_a_failing_job_is_retried_then_parked_and_can_be_put_back() -> None:
    job = jobs.enqueue(kind="test.break")
    drain("test")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    assert job.run_after > timezone.now()
    Job.objects.update(run_after=timezone.now())
    drain("test")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("parked", 2)
    assert "on purpose" in job.error
    jobs.retry(job, by=User.objects.create_user("o@example.com", is_operator=True))
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 0)


@pytest.mark.django_db
def test_a_parent_waits_for_its_chunks_and_gathers() -> None:
    job = jobs.enqueue(kind="test.parent", payload={"parts": 4})
    drain("test")
    job.refresh_from_db()
    assert (job.state, job.result["sum"], job.done_count, job.total_count) == ("done", 6, 4, 4)


@pytest.mark.django_db
def test_a_job_of_a_dead_process_comes_back_at_once() -> None:
    job = jobs.enqueue(kind="test.note")
    holder = jobs.holder_name().rsplit(":", 1)[0] + ":1"  # our pid, another start time: a process that is gone
    assert jobs.claim("test", holder=holder) is not None
    assert jobs.return_lost_jobs() == 1
    assert drain("test") == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_cannot_finish_the_job() -> None:
    job = jobs.enqueue(kind="test.note", payload={"value": 1})
    slow = jobs.claim("test", holder="elsewhere:1:1")
    assert slow is not None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.return_lost_jobs()
    quick = jobs.claim("test", holder=jobs.holder_name())
    assert quick is not None
    jobs.work(slow)
    job.refresh_from_db()
    assert job.state == "running"
    assert job.lease_token == quick.lease_token


@pytest.mark.django_db
def test_a_running_job_stops_at_its_next_report_when_cancelled() -> None:
    user = User.objects.create_user("a@example.com")
    job = jobs.enqueue(kind="test.note")
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    jobs.cancel(job, by=user)
    jobs.work(claimed)
    job.refresh_from_db()
    assert (job.state, SEEN) == ("cancelled", [])


@pytest.mark.django_db
def test_nothing_is_queued_when_the_cause_is_rolled_back() -> None:
    with transaction.atomic():
        jobs.enqueue(kind="test.note")
        transaction.set_rollback(True)
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_claimers_take_each_job_once() -> None:
    for n in range(40):
        jobs.enqueue(kind="test.note", payload={"value": n})

    def worker() -> None:
        try:
            drain("test")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(SEEN) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_one_ring_per_transaction_and_none_after_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []

    def ring(queue: str) -> None:
        rung.append(queue)

    monkeypatch.setattr(jobs, "_ring_now", ring)
    with transaction.atomic():
        jobs.ring("test")
        jobs.ring("test")
    assert rung == ["test"]
    roll_back_after_a_ring()
    with transaction.atomic():
        jobs.ring("test")
    assert rung == ["test", "test"]


def roll_back_after_a_ring() -> None:
    with transaction.atomic():
        jobs.ring("test")
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_job_that_this_process_knows_nothing_of_comes_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server fell after it had committed the claim and before it answered."""
    real = jobs._claim

    def claim_without_answer(queue: str, *, holder: str, token: uuid.UUID) -> Job | None:
        real(queue, holder=holder, token=token)
        raise OperationalError("server closed the connection unexpectedly")

    job = jobs.enqueue(kind="test.note")
    monkeypatch.setattr(jobs, "_claim", claim_without_answer)
    with pytest.raises(OperationalError):
        drain("test")
    monkeypatch.undo()
    assert drain("test") == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)


@pytest.mark.django_db
def test_a_job_in_hand_is_left_alone_by_its_own_process() -> None:
    jobs.enqueue(kind="test.note")
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    assert jobs.return_lost_jobs() == 0
    jobs.work(claimed)
    assert SEEN == [0]


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_job_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.enqueue(kind="test.note")
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    real, asked = jobs._locked, []

    def away_once(job: Job) -> Job | None:
        asked.append(job)
        if len(asked) == 1:
            raise OperationalError("the database system is starting up")
        return real(job)

    monkeypatch.setattr(jobs, "_locked", away_once)
    jobs.work(claimed)
    job.refresh_from_db()
    assert (job.state, job.attempts, len(asked)) == ("done", 1, 2)


@pytest.mark.django_db
def test_a_job_whose_workers_keep_dying_is_parked_later_than_one_that_fails() -> None:
    job = jobs.enqueue(kind="test.break")
    for attempt in range(1, 5):
        job.refresh_from_db()
        assert (job.state, job.attempts) == ("queued", attempt - 1)
        assert jobs.claim("test", holder=jobs.holder_name().rsplit(":", 1)[0] + ":1") is not None
        assert jobs.return_lost_jobs() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, job.max_attempts) == ("parked", 4, 2)


@pytest.mark.django_db
def test_a_request_while_the_chunks_run_makes_all_of_it_run_once_more() -> None:
    job = jobs.enqueue(kind="test.parent", key="all", payload={"parts": 2})
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    jobs.work(claimed)
    assert jobs.enqueue(kind="test.parent", key="all", payload={"parts": 2}).pk == job.pk
    drain("test")
    job.refresh_from_db()
    assert (job.state, job.again, job.result["sum"], job.done_count) == ("done", False, 1, 2)
    assert SEEN == [0, 1, 0, 1]


@pytest.mark.django_db
def test_a_request_before_the_gathering_makes_all_of_it_run_once_more() -> None:
    job = jobs.enqueue(kind="test.parent", key="all", payload={"parts": 1})
    for _ in range(2):
        claimed = jobs.claim("test", holder=jobs.holder_name())
        assert claimed is not None
        jobs.work(claimed)
    job.refresh_from_db()
    assert (job.state, job.result["gathering"]) == ("queued", True)
    jobs.enqueue(kind="test.parent", key="all")
    drain("test")
    job.refresh_from_db()
    assert (job.state, SEEN) == ("done", [0, 0])


@pytest.mark.django_db
def test_a_request_during_the_last_attempt_that_fails_has_attempts_of_its_own() -> None:
    job = jobs.enqueue(kind="test.break", key="k")
    Job.objects.update(attempts=1)
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    jobs.enqueue(kind="test.break", key="k")
    jobs.work(claimed)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.again) == ("queued", 0, False)


@pytest.mark.django_db
def test_putting_a_cancelled_parent_back_does_the_chunks_that_were_left() -> None:
    operator = User.objects.create_user("o@example.com", is_operator=True)
    job = jobs.enqueue(kind="test.parent", payload={"parts": 3})
    for _ in range(2):
        claimed = jobs.claim("test", holder=jobs.holder_name())
        assert claimed is not None
        jobs.work(claimed)
    jobs.cancel(job, by=operator)
    assert list(job.children.order_by("pk").values_list("state", flat=True)) == ["done", "cancelled", "cancelled"]
    assert drain("test") == 0
    jobs.retry(job, by=operator)
    drain("test")
    job.refresh_from_db()
    assert (job.state, job.result["sum"], sorted(SEEN)) == ("done", 3, [0, 1, 2])
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["job.cancelled", "job.retried"]


@pytest.mark.django_db
def test_a_parent_does_not_wait_for_a_chunk_that_was_cancelled() -> None:
    operator = User.objects.create_user("o@example.com", is_operator=True)
    job = jobs.enqueue(kind="test.parent", payload={"parts": 1})
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    jobs.work(claimed)
    jobs.cancel(job.children.get(), by=operator)
    job.refresh_from_db()
    assert (job.state, job.result["gathering"]) == ("queued", True)


@pytest.mark.django_db
def test_a_parent_that_is_cancelled_while_it_makes_chunks_does_not_wait_for_them() -> None:
    operator = User.objects.create_user("o@example.com", is_operator=True)
    job = jobs.enqueue(kind="test.parent", payload={"parts": 2})
    claimed = jobs.claim("test", holder=jobs.holder_name())
    assert claimed is not None
    jobs.cancel(job, by=operator)
    jobs.work(claimed)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert set(job.children.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.django_db
def test_what_has_ended_is_not_cancelled_and_not_recorded() -> None:
    operator = User.objects.create_user("o@example.com", is_operator=True)
    job = jobs.enqueue(kind="test.note")
    drain("test")
    jobs.cancel(job, by=operator)
    jobs.retry(job, by=operator)
    job.refresh_from_db()
    assert (job.state, AuditEntry.objects.exists()) == ("done", False)


@pytest.mark.django_db(transaction=True)
def test_cancelling_a_parent_and_ending_its_chunk_do_not_block_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = User.objects.create_user("o@example.com", is_operator=True)
    job = jobs.enqueue(kind="test.parent", payload={"parts": 1})
    first = jobs.claim("test", holder=jobs.holder_name())
    assert first is not None
    jobs.work(first)
    chunk = jobs.claim("test", holder=jobs.holder_name())
    assert chunk is not None
    real, meet, problems = jobs._cancel_now, threading.Barrier(2, timeout=10), []

    def cancel_slowly(row: Job) -> None:
        # The parent is locked; now the chunk comes to its end.
        meet.wait()
        time.sleep(0.5)
        real(row)

    def end_chunk() -> None:
        try:
            meet.wait()
            with transaction.atomic():
                jobs._end(chunk, Job.State.DONE, result={"value": 0})
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    monkeypatch.setattr(jobs, "_cancel_now", cancel_slowly)
    thread = threading.Thread(target=end_chunk)
    thread.start()
    jobs.cancel(job, by=operator)
    thread.join()
    job.refresh_from_db()
    assert (problems, job.state) == ([], "cancelled")


@pytest.mark.django_db
def test_jobs_that_ended_long_ago_are_forgotten_but_for_parked_ones() -> None:
    long_ago = timezone.now() - timedelta(days=200)
    done, parent_, parked = (jobs.enqueue(kind="test.note") for _ in range(3))
    Job.objects.create(kind="test.note", parent=parent_, state="done", finished_at=long_ago)
    Job.objects.filter(pk__in=[done.pk, parent_.pk]).update(state="done", finished_at=long_ago)
    Job.objects.filter(pk=parked.pk).update(state="parked", finished_at=long_ago)
    recent = jobs.enqueue(kind="test.note")
    Job.objects.filter(pk=recent.pk).update(state="done", finished_at=timezone.now())
    job = jobs.enqueue(kind="foundation.forget")
    drain("default")
    job.refresh_from_db()
    assert job.result["jobs"] == 2
    assert set(Job.objects.values_list("pk", flat=True)) == {parked.pk, recent.pk, job.pk}
