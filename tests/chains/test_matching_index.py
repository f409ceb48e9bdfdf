"""The live index: what it reads, when, and that it equals a rebuild and brute force."""

import os
import random
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from chains import matching
from chains.engine import Dictionary, Index, Query, analyse, brute_force
from chains.matching import documents, live
from chains.models import IndexSnapshot, Match, PostAnalysis
from enterprises.models import Enterprise, Post
from foundation.models import Job
from tests.factories import EnterpriseFactory, PostFactory, RegionFactory

PRODUCTS = (
    "深沟球轴承 6204",
    "深沟球轴承",
    "角接触球轴承",
    "圆锥滚子轴承",
    "轴承",
    "轴承加工",
    "轴承加工设备",
    "螺纹钢",
    "HRB400 螺纹钢",
    "热轧螺纹钢",
    "304 不锈钢板",
    "316L 不锈钢板",
    "不锈钢板",
    "冷轧不锈钢板、不锈钢带",
    "聚氯乙烯",
    "PVC 树脂",
    "聚乙烯",
    "高密度聚乙烯",
    "铝合金",
    "6061 铝合金",
    "铝合金压铸件",
    "碳酸锂",
    "电池级碳酸锂",
    "烧碱",
    "氢氧化钠",
)


def world(seed: int, *, firms: int = 20, posts: int = 100) -> None:
    """A small market, the same for one seed."""
    dice = random.Random(seed)
    people = [EnterpriseFactory(verified=True, region=RegionFactory()) for _ in range(firms)]
    for _ in range(posts):
        PostFactory(
            published=True,
            enterprise=dice.choice(people),
            demand=dice.random() < 0.3,
            product=dice.choice(PRODUCTS),
            lead_time_days=dice.choice([None, 7, 45]),
            quantity=dice.choice([None, 5, 500]),
            unit="t",
            partial_ok=dice.random() < 0.7,
        )


def stored() -> dict[int, list[tuple[int, float]]]:
    found: dict[int, list[tuple[int, float]]] = {}
    for row in Match.objects.live().order_by("demand_id", "rank"):
        found.setdefault(row.demand_id, []).append((row.supply_id, row.score))
    return found


def by_brute_force() -> dict[int, list[tuple[int, float]]]:
    everything = list(documents.documents(Post.objects.values_list("pk", flat=True)))
    found = {}
    for query in documents.queries(Post.objects.values_list("pk", flat=True)):
        answers = brute_force(query, everything, dictionary=Dictionary.load(), k=matching.TOP)
        if answers:
            found[query.id] = [(candidate.id, candidate.score) for candidate in answers]
    return found  # type: ignore[return-value]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_online_equals_batch_equals_brute_force(seed: int) -> None:
    """Posts arrive, change and leave one by one; the stored lists are those of a rebuild and of trying everything."""
    world(seed)
    dice = random.Random(seed)
    posts = list(Post.objects.order_by("pk"))
    dice.shuffle(posts)
    for start in range(0, len(posts), 7):
        online(posts[start : start + 7])
    for post in dice.sample(posts, 25):
        post.refresh_from_db()
        fate = dice.random()
        if fate < 0.3:
            post.status, post.ended_at = Post.Status.WITHDRAWN, timezone.now()
        elif fate < 0.8:
            post.product, post.version = dice.choice(PRODUCTS), post.version + 1
        else:
            buyer = dice.choice(posts).enterprise
            post.enterprise.blocked.add(buyer)
            online(list(Post.objects.filter(enterprise=post.enterprise)))
        post.save()
        online([post])
    grown = stored()
    assert sum(len(rows) for rows in grown.values()) > 50
    assert grown == by_brute_force()

    matching.build()
    matching.forget()
    before = list(Match.objects.order_by("pk").values())
    outcome = matching.match_demands(list(Post.objects.demands().values_list("pk", flat=True)))
    assert (outcome.created, outcome.changed, outcome.ended) == (0, 0, 0)
    assert list(Match.objects.order_by("pk").values()) == before


def online(posts: list[Post]) -> None:
    matching.keep(post_ids=[post.pk for post in posts])
    demands = {post.pk for post in posts if post.is_demand}
    demands.update(matching.demands_touched_by([post.pk for post in posts if not post.is_demand]))
    matching.match_demands(sorted(demands))


@pytest.mark.django_db
def test_every_pair_that_scores_shares_a_term() -> None:
    """So the look-up by terms misses no demand, and it is not simply everybody."""
    world(3)
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    terms = dict(PostAnalysis.objects.values_list("post_id", "terms"))
    everything = list(documents.documents(Post.objects.values_list("pk", flat=True)))
    pairs = meeting = 0
    for query in documents.queries(Post.objects.values_list("pk", flat=True)):
        answers = {c.id for c in brute_force(query, everything, dictionary=Dictionary.load(), k=1000)}
        assert query.id is not None
        overlap = {d.id for d in everything if set(terms[d.id]) & set(terms[query.id])}
        assert answers <= overlap
        pairs += len(everything)
        meeting += len(overlap)
    assert 0 < meeting < pairs / 3


@pytest.mark.django_db(transaction=True)
def test_a_late_commit_is_not_missed() -> None:
    """A change whose transaction began earlier but commits after a newer one has been read."""
    early, newer = PostFactory(published=True), PostFactory(published=True)
    marked, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            matching.keep(post_ids=[early.pk])
            marked.set()
            commit.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert marked.wait(10)
    matching.keep(post_ids=[newer.pk])
    assert matching.current().document(newer.pk) is not None
    assert matching.current().document(early.pk) is None
    commit.set()
    thread.join()
    assert matching.current().document(early.pk) is not None


@pytest.mark.django_db(transaction=True)
def test_a_cursor_over_marks_alone_would_miss_the_late_commit() -> None:
    """Control of the test above: the same race, asked with "greater than the greatest seen"."""
    early, newer = PostFactory(published=True), PostFactory(published=True)
    marked, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            matching.keep(post_ids=[early.pk])
            marked.set()
            commit.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert marked.wait(10)
    matching.keep(post_ids=[newer.pk])
    greatest = max(PostAnalysis.objects.values_list("changed_xid", flat=True))
    commit.set()
    thread.join()
    assert not PostAnalysis.objects.filter(changed_xid__gt=greatest).exists()
    assert PostAnalysis.objects.filter(post=early, changed_xid__lt=greatest).exists()


@pytest.mark.django_db
def test_a_process_without_a_base_reads_the_database() -> None:
    offers = [PostFactory(published=True) for _ in range(3)]
    matching.keep(post_ids=[offer.pk for offer in offers])
    assert matching.current().size == 3
    assert not IndexSnapshot.objects.exists()


@pytest.mark.django_db
def test_a_base_is_opened_and_what_changed_since_is_added() -> None:
    first, second = PostFactory(published=True), PostFactory(published=True)
    matching.keep(post_ids=[first.pk])
    snapshot = matching.build()
    assert snapshot.document_count == 1
    matching.forget()
    matching.keep(post_ids=[second.pk])
    index = matching.current()
    assert index.document(first.pk) is not None
    assert index.document(second.pk) is not None
    assert [row.epoch for row in IndexSnapshot.objects.all()] == [1]


@pytest.mark.django_db
def test_a_newer_base_is_taken_over_by_a_running_process() -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    assert matching.current().size == 1
    matching.keep(post_ids=[PostFactory(published=True).pk])
    matching.build()
    assert matching.current().size == 2
    assert live._state is not None
    assert live._state.epoch == 1


@pytest.mark.django_db
def test_a_base_that_is_not_on_this_host_is_replaced_by_the_database(settings: Any, tmp_path: Path) -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    matching.build()
    matching.forget()
    settings.INDEX_FOLDER = tmp_path / "another host"
    assert matching.current().size == 1


@pytest.mark.django_db
def test_a_base_of_another_cluster_is_not_opened() -> None:
    """After a restore elsewhere the numbers of transactions mean nothing."""
    matching.keep(post_ids=[PostFactory(published=True).pk])
    matching.build()
    IndexSnapshot.objects.update(cluster="1/1", oldest_xid=2**62)
    matching.forget()
    assert matching.current().size == 1


@pytest.mark.django_db
def test_old_bases_are_removed_once_nobody_opens_them(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    for _ in range(2):
        matching.build()
    IndexSnapshot.objects.update(built_at=timezone.now() - 2 * live.KEEP_FOR)
    with django_capture_on_commit_callbacks(execute=True):
        matching.build()
    assert [row.epoch for row in IndexSnapshot.objects.order_by("epoch")] == [2, 3]
    assert len(list(Path(settings.INDEX_FOLDER).iterdir())) == 2


@pytest.mark.django_db
def test_a_large_delta_asks_for_a_new_base_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REBASE_AT", 2)
    matching.keep(post_ids=[PostFactory(published=True).pk for _ in range(3)])
    for _ in range(3):
        matching.current()
    job = Job.objects.get(kind="chains.build_index")
    assert not job.again


@pytest.mark.django_db
def test_looking_again_costs_four_queries(django_assert_num_queries: Any) -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    matching.current()
    with django_assert_num_queries(4):
        matching.current()


@pytest.mark.django_db
def test_what_was_analysed_by_another_edition_is_found_and_read_anew() -> None:
    posts = [PostFactory(published=True) for _ in range(3)]
    matching.keep(post_ids=[post.pk for post in posts[:2]])
    PostAnalysis.objects.filter(post=posts[0]).update(dictionary_version="old")
    assert matching.stale(only_known=True, limit=10) == [posts[0].pk]
    assert matching.stale(only_known=False, limit=10) == [posts[0].pk, posts[2].pk]
    assert matching.current().size == 1
    matching.keep(post_ids=[posts[0].pk])
    assert matching.current().size == 2


@pytest.mark.django_db(transaction=True)
def test_two_builders_take_turns() -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    threads = [threading.Thread(target=_build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(IndexSnapshot.objects.values_list("epoch", flat=True)) == [1, 2, 3]


def _build() -> None:
    matching.build()
    connection.close()


@pytest.mark.django_db
def test_posts_of_firms_that_left_are_tombstones() -> None:
    offer = PostFactory(published=True)
    matching.keep(post_ids=[offer.pk])
    matching.build()
    assert matching.current().size == 1
    Enterprise.objects.filter(pk=offer.enterprise_id).update(status="suspended")
    matching.keep(post_ids=[offer.pk])
    assert matching.current().size == 0


@pytest.mark.django_db
def test_a_base_with_a_file_cut_short_is_replaced_by_the_database(settings: Any) -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    snapshot = matching.build()
    matching.forget()
    cut = Path(settings.INDEX_FOLDER) / snapshot.folder / "segment0" / "posts.record.npy"
    cut.write_bytes(cut.read_bytes()[:-1])
    assert matching.current().size == 1


@pytest.mark.django_db
def test_a_process_goes_on_with_a_base_whose_folder_is_deleted(settings: Any) -> None:
    offer = PostFactory(published=True, product="轴承")
    matching.keep(post_ids=[offer.pk])
    snapshot = matching.build()
    matching.forget()
    matching.current()
    shutil.rmtree(Path(settings.INDEX_FOLDER) / snapshot.folder)
    index = matching.current()
    query = Query(analysis=analyse("轴承", dictionary=Dictionary.load()), today=timezone.localdate().toordinal())
    assert [candidate.id for candidate in index.search(query)] == [offer.pk]
    matching.forget()
    assert [candidate.id for candidate in matching.current().search(query)] == [offer.pk]


@pytest.mark.django_db
def test_a_base_of_another_dictionary_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    matching.keep(post_ids=[PostFactory(published=True).pk])
    snapshot = matching.build()
    IndexSnapshot.objects.update(engine_version=snapshot.engine_version[:-12] + "0" * 12)
    matching.forget()
    opened: list[Path] = []
    monkeypatch.setattr(Index, "load", lambda folder, **_: opened.append(folder))
    assert matching.current().size == 1
    assert opened == []


@pytest.mark.django_db
def test_what_a_killed_builder_left_behind_is_removed_by_the_next(settings: Any) -> None:
    """A fresh folder may be somebody's who is still writing; an old one is not."""
    fresh, old = (Path(settings.INDEX_FOLDER) / f"supply-9-{name}" for name in ("fresh", "old"))
    for folder in (fresh, old):
        (folder / "segment0").mkdir(parents=True)
    long_ago = (timezone.now() - 2 * live.KEEP_FOR).timestamp()
    os.utime(old, (long_ago, long_ago))
    matching.keep(post_ids=[PostFactory(published=True).pk])
    snapshot = matching.build()
    assert {path.name for path in Path(settings.INDEX_FOLDER).iterdir()} == {snapshot.folder, fresh.name}
