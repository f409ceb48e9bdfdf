"""The bulk doors: many posts onto the market at once, and those that ran out off it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from enterprises import events
from enterprises.models import CertificateKind, Enterprise, Post
from enterprises.posting.lifecycle import LIFE, editors_of
from enterprises.sorting import pinyin_key
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User
from regions.models import Region

BATCH: Final = 1000
WARNING_DAYS: Final = (3, 14)


def publish_many(
    *,
    posts: Sequence[Post],
    by: User | None,
    reason: str,
    certificates: Sequence[Sequence[CertificateKind]] | None = None,
    delivers_to: Sequence[Sequence[Region]] | None = None,
    announce: bool = True,
) -> int:
    """Put unsaved posts of verified firms on the market; the answer is how many were new.

    For loaders that have checked their rows. A row whose natural key (enterprise, direction, source, external_id,
    product_raw) is already here is passed over, so a loader can be run again. `certificates` and `delivers_to` run
    parallel to `posts`. Missing title, sort key and dates are filled in; new rows get their `pk`, others have none.
    One audit entry per firm, one posts_published for all; with `announce` off none, for a loader that asks for one
    re-match of everything itself. Refuses with firm_not_verified.
    """
    if not posts:
        return 0
    now, today = timezone.now(), timezone.localdate()
    with transaction.atomic():
        firms = {post.enterprise_id for post in posts}
        public = set(Enterprise.objects.listed().filter(pk__in=firms).values_list("pk", flat=True))
        if firms - public:
            raise RefusedError(_("其中有未通过核验的企业，不能发布。"), code="firm_not_verified")
        # What is here already costs one look; the insert below is what makes sure.
        known = _known_keys(posts)
        new = [post for post in posts if _key(post) not in known]
        # Keys are taken beforehand: an insert that ignores conflicts does not say which rows it made.
        for post, pk in zip(new, _fresh_ids(len(new)), strict=True):
            post.pk = pk
            post.title = post.title or post.product
            post.pinyin = pinyin_key(post.title)
            post.status = Post.Status.PUBLISHED
            post.published_at = post.published_at or now
            post.confirmed_at = post.confirmed_at or now
            post.expires_on = post.expires_on or today + LIFE
        Post.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
        made = set(Post.objects.filter(pk__in=[post.pk for post in new]).values_list("pk", flat=True))
        _attach(posts, made, certificates, through=Post.certificates.through, column="certificatekind_id")
        _attach(posts, made, delivers_to, through=Post.delivers_to.through, column="region_id")
        by_firm: dict[int, list[int]] = defaultdict(list)
        for post in posts:
            if post.pk in made:
                by_firm[post.enterprise_id].append(post.pk)
            else:
                post.pk = None
        audit.record_many(
            [
                audit.entry(
                    action="post.published_many",
                    actor=by,
                    firm_id=firm_id,
                    reason=reason,
                    changes={"count": len(ids), "post_ids": ids},
                )
                for firm_id, ids in by_firm.items()
            ]
        )
        if made and announce:
            events.posts_published.send(sender=Post, post_ids=sorted(made))
    return len(made)


def expire_due(*, limit: int = 500) -> int:
    """End up to `limit` open posts whose last day has come; the answer is how many. Call again until it is 0.

    Locks the posts it ends, skipping those that somebody holds. Tells their firms. Sends posts_ended.
    """
    today, now = timezone.localdate(), timezone.now()
    with transaction.atomic():
        rows = list(
            Post.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(status__in=Post.OPEN_STATES, expires_on__lte=today)
            .order_by("expires_on", "id")[:limit]
        )
        if not rows:
            return 0
        ids = [row.pk for row in rows]
        Post.objects.filter(pk__in=ids).update(status=Post.Status.EXPIRED, ended_at=now, updated_at=now)
        audit.record_many(
            [audit.entry(action="post.expired", actor=None, target=row, firm_id=row.enterprise_id) for row in rows]
        )
        events.posts_ended.send(sender=Post, post_ids=ids)
        _tell_groups(
            rows,
            kind="post.expired",
            one=gettext_noop("“%(title)s”已过期。若仍有效，请在 30 天内确认续期。"),
            several=gettext_noop("%(count)s 条供需已过期，其中有“%(title)s”。若仍有效，请在 30 天内确认续期。"),
            key="posts-expired",
        )
    return len(rows)


def warn_expiring() -> int:
    """Tell firms of posts with at most 14 and at most 3 days left, once each; the answer is how many posts."""
    today = timezone.localdate()
    told = 0
    for days, above in ((WARNING_DAYS[0], 0), (WARNING_DAYS[1], WARNING_DAYS[0])):
        rows = list(
            Post.objects.filter(
                status__in=Post.OPEN_STATES,
                expires_on__gt=today + timedelta(days=above),
                expires_on__lte=today + timedelta(days=days),
                # Firms without people (loaded from a list) have nobody to tell.
                enterprise__members__left_at__isnull=True,
                enterprise__members__isnull=False,
            )
            .distinct()
            .order_by("expires_on", "id")
        )
        _tell_groups(
            rows,
            kind="post.expiring",
            one=gettext_noop("“%(title)s”将于 %(until)s 到期，请确认是否仍有效并续期。"),
            several=gettext_noop("%(count)s 条供需将于 %(until)s 到期，其中有“%(title)s”，请确认是否仍有效并续期。"),
            key=f"posts-expiring-{days}",
        )
        told += len(rows)
    return told


def _tell_groups(rows: Sequence[Post], *, kind: str, one: str, several: str, key: str) -> None:
    """One notice per firm and last day, however many posts it is about."""
    groups: dict[tuple[int, Any], list[Post]] = defaultdict(list)
    for row in rows:
        groups[row.enterprise_id, row.expires_on].append(row)
    for (firm_id, until), posts in groups.items():
        people = editors_of(firm_id)
        if not people:
            continue
        single = len(posts) == 1
        notices.notify(
            people,
            kind=kind,
            text=one if single else several,
            values={"title": posts[0].title, "until": str(until), "count": len(posts)},
            url=reverse("enterprises:post-show", args=[posts[0].pk])
            if single
            else reverse("enterprises:my-post-list") + "?status=ending",
            key=f"{key}:{firm_id}:{until}",
        )


def _key(post: Post) -> tuple[int, str, str, str, str]:
    return (post.enterprise_id, post.direction, post.source, post.external_id, post.product_raw)


def _known_keys(posts: Sequence[Post]) -> set[tuple[int, str, str, str, str]]:
    rows = Post.objects.filter(
        source__in={post.source for post in posts}, enterprise_id__in={post.enterprise_id for post in posts}
    ).exclude(external_id="")
    if len(posts) <= BATCH:
        rows = rows.filter(external_id__in={post.external_id for post in posts})
    return set(rows.values_list("enterprise_id", "direction", "source", "external_id", "product_raw"))


def _fresh_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Post._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _attach(
    posts: Sequence[Post], made: set[int], rows: Sequence[Sequence[Any]] | None, *, through: Any, column: str
) -> None:
    if rows is None:
        return
    through.objects.bulk_create(
        [
            through(**{"post_id": post.pk, column: row.pk})
            for post, group in zip(posts, rows, strict=True)
            if post.pk in made
            for row in group
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
