"""Runs of matching at the same time: no pair twice, the newest answer stays. Each with its control."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chains import matching
from chains.matching import saving
from chains.models import Match
from enterprises.models import Post
from tests.factories import PostFactory

pytestmark = pytest.mark.django_db(transaction=True)

RUNS = 6


def at_once(*calls: Callable[[], Any]) -> list[BaseException]:
    """Run in threads that start together; what they raised."""
    barrier = threading.Barrier(len(calls))
    problems: list[BaseException] = []

    def run(call: Callable[[], Any]) -> None:
        barrier.wait(10)
        try:
            call()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def market() -> tuple[list[Post], Post]:
    offers = [PostFactory(published=True, product="深沟球轴承 6204") for _ in range(8)]
    wanted = PostFactory(published=True, demand=True, product="深沟球轴承 6204")
    matching.keep(post_ids=[wanted.pk, *(offer.pk for offer in offers)])
    return offers, wanted


def test_runs_at_once_write_each_pair_once() -> None:
    _offers, wanted = market()
    assert at_once(*[lambda: matching.match_demand(wanted.pk)] * RUNS) == []
    assert Match.objects.count() == Match.objects.live().count() == 8


def test_a_run_that_looked_early_does_not_overwrite_a_run_that_looked_late() -> None:
    """The lock is taken before the index is looked at, so the last writer is the last looker."""
    offers, wanted = market()
    looked, go_on = threading.Event(), threading.Event()
    search = saving._search

    def slow_search(demands: Any) -> Any:
        found = search(demands)
        if threading.current_thread().name == "early":
            looked.set()
            go_on.wait(10)
        return found

    saving._search = slow_search  # type: ignore[assignment]
    try:
        early = threading.Thread(target=_run, args=(wanted.pk,), name="early")
        early.start()
        assert looked.wait(10)
        _withdraw(offers[0])
        late = threading.Thread(target=_run, args=(wanted.pk,), name="late")
        late.start()
        late.join(0.5)
        assert late.is_alive(), "the late run must wait for the early one"
        go_on.set()
        early.join()
        late.join()
    finally:
        saving._search = search
    assert not Match.objects.live().filter(supply=offers[0]).exists()


def test_without_the_lock_the_early_run_would_win() -> None:
    """Control: the same two runs with the search before the lock leave a match with a post that has ended."""
    offers, wanted = market()
    found = saving._search([wanted.pk])
    _withdraw(offers[0])
    matching.match_demand(wanted.pk)
    with transaction.atomic():
        saving._write([wanted.pk], found)
    assert Match.objects.live().filter(supply=offers[0]).exists()


def test_the_database_refuses_a_second_live_row_for_a_pair() -> None:
    """Control: what keeps a pair single even if the code forgot its lock."""
    offers, wanted = market()
    matching.match_demand(wanted.pk)
    row = Match.objects.live().get(supply=offers[0])
    row.pk, row.supply_version = None, 99
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


def test_a_supply_and_a_demand_that_arrive_at_once_find_each_other() -> None:
    for _ in range(5):
        offer = PostFactory(published=True, product="螺纹钢")
        wanted = PostFactory(published=True, demand=True, product="螺纹钢")
        assert at_once(lambda o=offer: _arrive(o), lambda w=wanted: _arrive(w)) == []
        assert Match.objects.live().filter(demand=wanted, supply=offer).exists()
        Post.objects.update(status="withdrawn", ended_at=timezone.now())
        matching.keep(post_ids=[offer.pk, wanted.pk])


def _arrive(post: Post) -> None:
    matching.keep(post_ids=[post.pk])
    touched = [post.pk] if post.is_demand else matching.demands_touched_by([post.pk])
    matching.match_demands(touched)


def _run(pk: int) -> None:
    matching.match_demand(pk)
    connection.close()


def _withdraw(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(status="withdrawn", ended_at=timezone.now())
    matching.keep(post_ids=[post.pk])
