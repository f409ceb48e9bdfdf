"""Two people at once: one of them wins, and nothing is doubled."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from enterprises import capabilities, events, importing, posting
from enterprises.importing import running
from enterprises.models import Capability, Post
from foundation import audit
from foundation.errors import RefusedError
from tests.enterprises.tables import csv_file, work_off
from tests.factories import EnterpriseFactory, PostFactory, owner_of

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 6


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call gave, or the code with which it was refused; all begin at the same moment."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=20)
            answers[number] = call()
        except RefusedError as refusal:
            answers[number] = refusal.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


def test_a_draft_is_published_once(firm):
    owner, post = owner_of(firm), PostFactory(enterprise=firm)
    heard = []
    events.posts_published.connect(receiver := lambda post_ids, **_: heard.append(post_ids), weak=False)
    try:
        answers = at_once(*[lambda: posting.publish(post=post, by=owner)] * THREADS)
    finally:
        events.posts_published.disconnect(receiver)
    assert answers.count("not_a_draft") == THREADS - 1
    assert heard == [[post.pk]]


def test_two_equal_drafts_do_not_both_get_out(firm):
    owner = owner_of(firm)
    drafts = [PostFactory(enterprise=firm, product="轴承", title=f"稿 {n}") for n in range(THREADS)]
    answers = at_once(*[lambda post=post: posting.publish(post=post, by=owner) for post in drafts])
    assert answers.count("duplicate") == THREADS - 1
    assert Post.objects.open().count() == 1


def test_two_equal_capabilities_are_not_both_added(firm):
    owner = owner_of(firm)
    answers = at_once(*[lambda: capabilities.save(by=owner, enterprise=firm, product="轴承磨削")] * THREADS)
    assert answers.count("duplicate") == THREADS - 1
    assert Capability.objects.count() == 1


def test_a_capability_does_not_come_back_beside_its_equal(firm):
    owner = owner_of(firm)
    old = capabilities.save(by=owner, enterprise=firm, product="轴承磨削")
    capabilities.archive(capability=old, by=owner)
    answers = at_once(
        *[
            lambda: capabilities.save(by=owner, enterprise=firm, product="轴承磨削"),
            lambda: capabilities.restore(capability=old, by=owner),
        ]
        * (THREADS // 2)
    )
    assert sum(isinstance(answer, Capability) for answer in answers) == 1
    assert Capability.objects.filter(archived_at=None).count() == 1


def test_a_post_ends_in_one_way_only(firm):
    owner, post = owner_of(firm), PostFactory(enterprise=firm, published=True)
    answers = at_once(
        *[
            lambda: posting.withdraw(post=post, by=owner, reason="x"),
            lambda: posting.mark_fulfilled(post=post, by=owner),
        ]
        * (THREADS // 2)
    )
    assert answers.count("not_open") == THREADS - 1


def test_two_edits_of_one_version_do_not_both_win(firm):
    owner, post = owner_of(firm), PostFactory(enterprise=firm, published=True, demand=True)
    answers = at_once(
        *[lambda n=n: posting.edit(post=post, by=owner, version=1, product=f"轴承 {n} 型") for n in range(THREADS)]
    )
    assert answers.count("changed_meanwhile") == THREADS - 1
    post.refresh_from_db()
    assert (post.version, post.versions.count()) == (2, 1)


def test_the_same_rows_loaded_twice_at_once_are_there_once(firm):
    def load() -> int:
        rows = [
            Post(enterprise=firm, direction="supply", product=f"轴承 {n}", source="listed", external_id=str(n))
            for n in range(50)
        ]
        return posting.publish_many(posts=rows, by=None, reason="load")

    assert sum(at_once(*[load] * 3)) == 50
    assert Post.objects.count() == 50


def test_two_sweeps_end_a_post_once(firm):
    PostFactory.create_batch(8, enterprise=firm, published=True, expires_on="2026-01-01")
    assert sum(at_once(*[lambda: posting.expire_due(limit=4)] * 3)) == 8


@pytest.mark.parametrize("step", ["edit", "renew", "publish"])
def test_an_import_and_its_firm_do_not_wait_for_each_other(firm, settings, tmp_path, monkeypatch, step):
    settings.MEDIA_ROOT = tmp_path
    owner = owner_of(firm)
    first, second = (
        PostFactory(enterprise=firm, published=step != "publish", source="import", external_id=key) for key in "ab"
    )
    head = ["编号", "方向", "产品或服务名称", "说明"]
    rows = [[post.external_id, "供应", post.product, "导入的说明"] for post in (first, second)]
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file([head, *rows]), dry_run=False)
    lock, write, half_way, other = running.lock_firm, audit.record, threading.Event(), threading.Event()

    def lock_slowly(run: Any) -> None:
        lock(run)
        if step != "edit":
            half_way.set()
            time.sleep(0.5)

    def write_slowly(**entry: Any) -> None:
        if entry["action"] == "post.edited" and entry["target"].pk == first.pk:
            half_way.set()
            other.wait(1)
        elif entry["action"] == "post.edited" and threading.current_thread() is not importer:
            other.set()
            time.sleep(0.5)
        write(**entry)

    def load() -> str:
        nonlocal importer
        importer = threading.current_thread()
        work_off()
        return "loaded"

    def meanwhile() -> str:
        half_way.wait(20)
        steps: dict[str, Callable[[], Any]] = {
            "edit": lambda: posting.edit(post=second, by=owner, text="自己的说明"),
            "renew": lambda: posting.renew(post=second, by=owner, still_holds=True),
            "publish": lambda: posting.publish(post=second, by=owner),
        }
        steps[step]()
        return step

    importer: threading.Thread | None = None
    monkeypatch.setattr(running, "lock_firm", lock_slowly)
    monkeypatch.setattr(audit, "record", write_slowly)
    assert at_once(load, meanwhile) == ["loaded", step]
    record.refresh_from_db()
    assert (record.ok_count, record.error_count, record.job.attempts) == (2, 0, 1)
