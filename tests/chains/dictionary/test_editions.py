"""The edition in force: one at a time, for every process, and never half of it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from chains import matching, tasks
from chains.dictionary import current, editions, publishing
from chains.engine import Dictionary
from chains.matching import analyses, live, previewing, saving
from chains.models import DictionaryEdition, Match, PostAnalysis
from enterprises.models import Post
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import Job, User
from foundation.tasks import drain
from tests.chains.dictionary.small import concept, small_dictionary
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    user: User = UserFactory(is_operator=True)
    return user


def work() -> None:
    while drain("matching") or drain("bulk"):
        pass


def publish(operator: User) -> DictionaryEdition:
    return publishing.publish(by=operator, reason="新别名")


def market() -> tuple[Post, Post]:
    """A seller of 轴承 and one who wants what only a newer edition knows to be 轴承."""
    offer = PostFactory(published=True, product="轴承")
    wanted = PostFactory(published=True, demand=True, product="转动支承件")
    return offer, wanted


def test_without_an_edition_the_shipped_core_is_in_force() -> None:
    assert editions.edition().number == 0
    assert current() is Dictionary.load()


def test_drafts_count_only_once_they_are_published(operator: User) -> None:
    small_dictionary()
    publish(operator)
    bearing = concept("轴承")
    bearing.aliases.create(text="转动支承件", surface="转 动 支 承 件")
    assert "转 动 支 承 件" not in current().surfaces
    publish(operator)
    assert current().surfaces["转 动 支 承 件"].name == "轴承"


def test_looking_at_the_edition_costs_one_query(operator: User, django_assert_num_queries: Any) -> None:
    small_dictionary()
    publish(operator)
    current()
    with django_assert_num_queries(1):
        current()


def test_after_a_publication_everything_is_read_and_matched_anew(operator: User) -> None:
    small_dictionary()
    publish(operator)
    offer, wanted = market()
    jobs.enqueue(kind="chains.rematch", key="all")
    work()
    assert not Match.objects.live().exists()
    concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publish(operator)
    assert Job.objects.live().filter(kind="chains.rematch").count() == 1
    work()
    match = Match.objects.live().get()
    assert (match.demand_id, match.supply_id) == (wanted.pk, offer.pk)
    assert set(PostAnalysis.objects.values_list("dictionary_version", flat=True)) == {current().version}
    assert publishing.progress().is_ready


def test_between_publication_and_reading_old_matches_stay_and_no_new_ones_are_written(operator: User) -> None:
    small_dictionary()
    publish(operator)
    offer = PostFactory(published=True, product="轴承")
    wanted = PostFactory(published=True, demand=True, product="轴承")
    jobs.enqueue(kind="chains.rematch", key="all")
    work()
    before = list(Match.objects.live().values())
    assert [(row["demand_id"], row["supply_id"]) for row in before] == [(wanted.pk, offer.pk)]
    concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publish(operator)
    with pytest.raises(matching.StaleError):
        matching.match_demands([wanted.pk])
    assert list(Match.objects.live().values()) == before
    with pytest.raises(RefusedError) as refused:
        previewing.preview(wish=previewing.Wish(text="轴承"))
    assert refused.value.code == "index_not_ready"
    work()
    assert list(Match.objects.live().values_list("demand_id", "supply_id")) == [(wanted.pk, offer.pk)]
    assert previewing.preview(wish=previewing.Wish(text="转动支承件")).firms == 1


def test_a_chunk_that_meets_a_new_edition_reads_first_and_then_goes_on(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishing while a rematch runs: whatever its chunks write afterwards is of the new edition alone."""
    small_dictionary()
    publish(operator)
    PostFactory(published=True, product="轴承")
    wanted = [PostFactory(published=True, demand=True, product="转动支承件").pk for _ in range(3)]
    monkeypatch.setattr(tasks, "STEP", 1)
    real, calls = matching.match_demands, []

    def publishing_meanwhile(ids: list[int]) -> matching.Outcome:
        calls.append(ids)
        if len(calls) == 2:
            concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
            publish(operator)
        return real(ids)

    monkeypatch.setattr(matching, "match_demands", publishing_meanwhile)
    jobs.enqueue(kind="chains.rematch", key="all")
    work()
    assert sorted(Match.objects.live().values_list("demand_id", flat=True)) == wanted
    assert set(Job.objects.filter(kind="chains.rematch").values_list("state", flat=True)) == {"done"}
    assert set(PostAnalysis.objects.values_list("dictionary_version", flat=True)) == {current().version}


def test_a_process_with_an_older_index_takes_the_new_edition_whole(operator: User) -> None:
    small_dictionary()
    publish(operator)
    offer, _wanted = market()
    matching.keep(post_ids=[offer.pk])
    old = live.current()
    assert old.size == 1
    concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publish(operator)
    assert live.current().size == 0, "nothing is in the new index before it was understood anew"
    assert old.dictionary.version != live.current().dictionary.version
    matching.keep(post_ids=[offer.pk])
    index = live.current()
    assert index.size == 1
    assert index.dictionary.version == current().version


def test_going_back_to_an_older_content_reads_everything_anew_as_well(operator: User) -> None:
    """Two editions of the same content have the same version: what a process remembers of the first is not enough."""
    small_dictionary()
    first = publish(operator)
    offer, _wanted = market()
    matching.keep(post_ids=[offer.pk])
    assert analyses.is_ready()
    alias = concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publish(operator)
    PostAnalysis.objects.update(dictionary_version=current().version)  # by another process
    alias.delete()
    third = publish(operator)
    assert third.version == first.version
    assert not analyses.is_ready()


def test_an_unchanged_draft_is_not_published_twice(operator: User) -> None:
    small_dictionary()
    publish(operator)
    with pytest.raises(RefusedError) as refused:
        publish(operator)
    assert refused.value.code == "nothing_changed"


def test_a_draft_that_contradicts_itself_is_refused_and_names_the_row(operator: User) -> None:
    small_dictionary()
    concept("轴承").aliases.create(text="螺栓", surface="螺 栓")
    with pytest.raises(RefusedError) as refused:
        publish(operator)
    assert refused.value.code == "does_not_compile"
    assert "螺栓" in str(refused.value)
    assert not DictionaryEdition.objects.exists()


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_published_without_a_reason(operator: User, reason: str) -> None:
    small_dictionary()
    with pytest.raises(RefusedError) as refused:
        publishing.publish(by=operator, reason=reason)
    assert refused.value.code == "reason_missing"


def test_only_operators_publish() -> None:
    small_dictionary()
    with pytest.raises(RefusedError) as refused:
        publishing.publish(by=UserFactory(), reason="试试")
    assert refused.value.code == "not_allowed"


def test_processes_share_the_reading_of_what_is_stale() -> None:
    for _ in range(5):
        PostFactory(published=True)
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    PostAnalysis.objects.update(dictionary_version="old")
    count, last = matching.keep_stale(only_known=True, after=0, limit=3)
    assert count == 3
    assert matching.keep_stale(only_known=True, after=last or 0, limit=3)[0] == 2
    assert matching.keep_stale(only_known=True, after=0, limit=3) == (0, None)


# --- two processes -----------------------------------------------------------------------------------


def in_thread(call: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_publishing_waits_for_a_batch_that_is_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    operator: User = UserFactory(is_operator=True)
    small_dictionary()
    publish(operator)
    offer = PostFactory(published=True, product="轴承")
    wanted = PostFactory(published=True, demand=True, product="轴承")
    matching.keep(post_ids=[offer.pk, wanted.pk])
    searched, go_on = threading.Event(), threading.Event()
    search = saving._search

    def slow(demands: Any) -> Any:
        found = search(demands)
        searched.set()
        go_on.wait(10)
        return found

    monkeypatch.setattr(saving, "_search", slow)
    batch = in_thread(lambda: matching.match_demand(wanted.pk))
    assert searched.wait(10)
    concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publication = in_thread(lambda: publish(operator))
    publication.join(0.5)
    assert publication.is_alive(), "the batch holds the edition it was worked out with"
    assert DictionaryEdition.objects.count() == 1
    go_on.set()
    batch.join()
    publication.join()
    assert DictionaryEdition.objects.count() == 2
    assert Match.objects.live().filter(demand=wanted, supply=offer).exists()
    with pytest.raises(matching.StaleError):
        matching.match_demand(wanted.pk)


@pytest.mark.django_db(transaction=True)
def test_without_holding_the_edition_a_batch_would_end_what_it_cannot_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: publication between the look at the index and the demands, with nothing held and nothing asked."""
    operator: User = UserFactory(is_operator=True)
    small_dictionary()
    publish(operator)
    offer = PostFactory(published=True, product="轴承")
    wanted = PostFactory(published=True, demand=True, product="轴承")
    matching.keep(post_ids=[offer.pk, wanted.pk])
    matching.match_demand(wanted.pk)
    concept("轴承").aliases.create(text="转动支承件", surface="转 动 支 承 件")
    publish(operator)
    with transaction.atomic():
        saving._write([wanted.pk], saving._search([wanted.pk]))
    assert not Match.objects.live().filter(demand=wanted, supply=offer).exists()


@pytest.mark.django_db(transaction=True)
def test_two_operators_publish_one_after_the_other() -> None:
    operator: User = UserFactory(is_operator=True)
    small_dictionary()
    problems: list[RefusedError] = []

    def try_it() -> None:
        try:
            publish(operator)
        except RefusedError as refused:
            problems.append(refused)

    threads = [in_thread(try_it) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert list(DictionaryEdition.objects.values_list("number", flat=True)) == [1]
    assert {problem.code for problem in problems} == {"nothing_changed"}
