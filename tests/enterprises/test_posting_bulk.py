"""The bulk doors: loading and expiry."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from enterprises import events, posting
from enterprises.models import Enterprise, Post
from foundation.errors import RefusedError
from foundation.models import AuditEntry
from tests.factories import EnterpriseFactory

pytestmark = pytest.mark.django_db


def supply(owner: Enterprise, number: int) -> Post:
    return Post(
        enterprise=owner,
        direction="supply",
        product=f"轴承 {number}",
        product_raw=f"轴承\n{number}",
        quantity=Decimal(10),
        unit="t",
        source="listed",
        external_id="600000",
    )


def test_loading_the_same_rows_again_adds_nothing():
    owner, seen = EnterpriseFactory(verified=True), []
    events.posts_published.connect(receiver := lambda post_ids, **_: seen.append(post_ids), weak=False)
    try:
        assert posting.publish_many(posts=[supply(owner, n) for n in (1, 2, 2)], by=None, reason="load") == 2
        again = [supply(owner, 2), supply(owner, 3)]
        assert posting.publish_many(posts=again, by=None, reason="load") == 1
    finally:
        events.posts_published.disconnect(receiver)
    assert again[0].pk is None
    assert Post.objects.open().count() == 3
    assert [len(ids) for ids in seen] == [2, 1]
    assert Post.objects.get(pk=again[1].pk).expires_on == timezone.localdate() + posting.LIFE
    assert AuditEntry.objects.filter(action="post.published_many", firm_id=owner.pk).count() == 2


def test_bulk_loading_refuses_firms_that_nobody_verified():
    with pytest.raises(RefusedError, match="核验") as refusal:
        posting.publish_many(posts=[supply(EnterpriseFactory(), 1)], by=None, reason="load")
    assert refusal.value.code == "firm_not_verified"
    assert not Post.objects.exists()


def test_what_ran_out_is_ended_once_and_announced():
    owner, seen = EnterpriseFactory(verified=True), []
    rows = [supply(owner, n) for n in range(3)]
    rows[0].expires_on = timezone.localdate()
    rows[1].expires_on = timezone.localdate() - timedelta(days=3)
    posting.publish_many(posts=rows, by=None, reason="load")
    events.posts_ended.connect(receiver := lambda post_ids, **_: seen.extend(post_ids), weak=False)
    try:
        assert posting.expire_due(limit=1) == 1
        assert posting.expire_due() == 1
        assert posting.expire_due() == 0
    finally:
        events.posts_ended.disconnect(receiver)
    assert sorted(seen) == [rows[0].pk, rows[1].pk]
    assert list(Post.objects.open()) == [rows[2]]
    assert Post.objects.filter(status="expired", ended_at__isnull=False).count() == 2
