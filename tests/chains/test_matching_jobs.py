"""What follows from a post, a firm's change, the night: jobs that may run twice and be killed."""

from typing import Any

import pytest
from django.utils import timezone, translation

from chains import matching, tasks
from chains.models import Match, PostAnalysis
from enterprises import events, posting
from enterprises.models import Post
from enterprises.models.posts import Visibility
from foundation import jobs
from foundation.models import Job, Notice
from foundation.tasks import drain, periodic
from tests.factories import EnterpriseFactory, MemberFactory, PostFactory, owner_of

pytestmark = pytest.mark.django_db


def draft(product: str = "深沟球轴承 6204", **more: Any) -> Post:
    firm = EnterpriseFactory(verified=True, owner=True)
    post: Post = PostFactory(enterprise=firm, product=product, **more)
    return post


def publish(post: Post) -> Post:
    return posting.publish(post=post, by=owner_of(post.enterprise))


def work() -> None:
    while drain("matching") or drain("bulk"):
        pass


def test_publishing_is_enough_to_be_matched() -> None:
    offer, wanted = publish(draft()), publish(draft(demand=True))
    work()
    match = Match.objects.live().get()
    assert (match.demand_id, match.supply_id) == (wanted.pk, offer.pk)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_withdrawing_ends_the_matches() -> None:
    offer, _wanted = publish(draft()), publish(draft(demand=True))
    work()
    posting.withdraw(post=offer, by=owner_of(offer.enterprise), reason="已售完")
    work()
    assert not Match.objects.live().exists()


def test_a_material_edit_is_matched_anew() -> None:
    offer, wanted = publish(draft()), publish(draft(demand=True))
    work()
    posting.edit(post=offer, by=owner_of(offer.enterprise), product="聚氯乙烯树脂")
    work()
    assert not Match.objects.live().filter(demand=wanted).exists()


def test_blocking_a_firm_ends_what_was_matched() -> None:
    offer, wanted = publish(draft()), publish(draft(demand=True))
    work()
    wanted.enterprise.blocked.add(offer.enterprise)
    events.enterprise_changed.send(sender=None, enterprise_id=wanted.enterprise_id)
    work()
    assert not Match.objects.live().exists()


def test_a_job_run_twice_leaves_what_one_run_leaves() -> None:
    publish(draft())
    publish(draft(demand=True))
    work()
    before = list(Match.objects.values())
    ids = list(Post.objects.values_list("pk", flat=True))
    for _ in range(2):
        jobs.enqueue(kind="chains.match_posts", payload={"post_ids": ids})
    work()
    assert list(Match.objects.values()) == before


def test_a_run_that_dies_half_way_is_made_good_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    PostFactory(published=True, product="螺纹钢")
    wanted = [PostFactory(published=True, demand=True, product="螺纹钢") for _ in range(6)]
    monkeypatch.setattr(tasks, "STEP", 2)
    real, calls = matching.match_demands, []

    def dying(ids: list[int]) -> matching.Outcome:
        calls.append(ids)
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return real(ids)

    monkeypatch.setattr(matching, "match_demands", dying)
    job = jobs.enqueue(kind="chains.match_posts", payload={"post_ids": list(Post.objects.values_list("pk", flat=True))})
    drain("matching")
    assert Match.objects.count() == 2
    Job.objects.filter(pk=job.pk).update(run_after=timezone.now())
    drain("matching")
    job.refresh_from_db()
    assert job.state == "done"
    assert sorted(Match.objects.values_list("demand_id", flat=True)) == [post.pk for post in wanted]


def test_many_demands_are_matched_in_chunks_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PARALLEL_ABOVE", 4)
    monkeypatch.setattr(tasks, "CHUNK", 3)
    for _ in range(8):
        PostFactory(published=True, demand=True, product="螺纹钢")
    offer = PostFactory(published=True, product="螺纹钢")
    matching.keep(post_ids=list(Post.objects.demands().values_list("pk", flat=True)))
    job = jobs.enqueue(kind="chains.match_posts", payload={"post_ids": [offer.pk]})
    work()
    job.refresh_from_db()
    assert job.state == "done"
    assert job.result["created"] == Match.objects.live().count() == 8
    assert job.children.count() == 3


def test_everything_can_be_matched_anew() -> None:
    PostFactory(published=True, product="螺纹钢")
    for _ in range(3):
        PostFactory(published=True, demand=True, product="螺纹钢")
    job = jobs.enqueue(kind="chains.rematch", key="all")
    work()
    job.refresh_from_db()
    assert job.state == "done"
    assert (job.result["demands"], job.result["created"]) == (3, 3)
    assert PostAnalysis.objects.count() == 4
    second = jobs.enqueue(kind="chains.rematch", key="all")
    work()
    second.refresh_from_db()
    assert (second.result["created"], second.result["changed"], second.result["ended"]) == (0, 0, 0)


def test_an_empty_market_is_matched_without_complaint() -> None:
    job = jobs.enqueue(kind="chains.rematch", key="all")
    work()
    job.refresh_from_db()
    assert (job.state, job.result["demands"]) == ("done", 0)


def test_rematching_ends_what_a_lost_event_left_behind() -> None:
    PostFactory(published=True, product="螺纹钢")
    wanted = PostFactory(published=True, demand=True, product="螺纹钢")
    jobs.enqueue(kind="chains.rematch", key="all")
    work()
    Post.objects.filter(pk=wanted.pk).update(status="withdrawn", ended_at=timezone.now())
    job = jobs.enqueue(kind="chains.rematch", key="all")
    work()
    job.refresh_from_db()
    assert job.result["orphans"] == 1
    assert not Match.objects.live().exists()


def test_the_night_matches_everything_once() -> None:
    for window in ("hourly", "nightly", "nightly"):
        periodic.send(sender=None, window=window, at=timezone.now())
    assert Job.objects.filter(kind="chains.rematch").count() == 1


def test_after_a_new_dictionary_nothing_is_matched_before_all_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = PostFactory(published=True, product="螺纹钢")
    matching.keep(post_ids=[offer.pk])
    PostAnalysis.objects.update(dictionary_version="old")
    matching.forget()
    wanted = PostFactory(published=True, demand=True, product="螺纹钢")
    jobs.enqueue(kind="chains.match_posts", payload={"post_ids": [wanted.pk]})
    work()
    assert Match.objects.live().filter(demand=wanted, supply=offer).exists()


def test_many_posts_of_one_event_become_several_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.receivers.BATCH", 2)
    posts = [PostFactory(published=True).pk for _ in range(5)]
    events.posts_published.send(sender=Post, post_ids=[*posts, posts[0]])
    payloads = Job.objects.order_by("pk").values_list("payload", flat=True)
    assert [payload["post_ids"] for payload in payloads] == [posts[0:2], posts[2:4], posts[4:]]


# --- who is told ---------------------------------------------------------------------------------


def notices(kind: str) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def test_both_firms_are_told_of_a_strong_match_once() -> None:
    offer, wanted = publish(draft()), publish(draft(demand=True))
    work()
    (found,) = notices("match.found")
    (asked,) = notices("match.asked")
    assert found.user == owner_of(wanted.enterprise)
    assert asked.user == owner_of(offer.enterprise)
    assert "1 家" in found.message
    with translation.override("en"):
        assert "1" in found.message
        assert found.message != found.text
    jobs.enqueue(kind="chains.match_posts", payload={"post_ids": [offer.pk, wanted.pk]})
    work()
    publish(draft())
    work()
    assert len(notices("match.found")) == 1


def test_a_supplier_hears_nothing_of_a_demand_it_may_not_see() -> None:
    publish(draft())
    guest = publish(draft())
    PostFactory(
        published=True,
        demand=True,
        product="深沟球轴承 6204",
        visibility=Visibility.INVITED,
        invited_firms=[guest.enterprise],
        enterprise=EnterpriseFactory(verified=True, owner=True),
    )
    jobs.enqueue(kind="chains.match_posts", payload={"post_ids": list(Post.objects.values_list("pk", flat=True))})
    work()
    assert Match.objects.live().count() == 2
    assert [notice.user for notice in notices("match.asked")] == [owner_of(guest.enterprise)]


def test_viewers_and_those_who_left_are_not_told() -> None:
    wanted = draft(demand=True)
    MemberFactory(enterprise=wanted.enterprise, role="viewer")
    MemberFactory(enterprise=wanted.enterprise, role="editor", left_at=timezone.now())
    publish(draft())
    publish(wanted)
    work()
    assert [notice.user for notice in notices("match.found")] == [owner_of(wanted.enterprise)]
