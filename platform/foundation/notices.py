"""Tell people. A notice shows in the page at once; mail follows the person's digest setting (foundation.tasks)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from foundation import jobs
from foundation.models import Notice, User


def notify(
    users: Iterable[User],
    *,
    kind: str,
    text: str,
    values: Mapping[str, Any] | None = None,
    url: str = "",
    key: str | None = None,
) -> None:
    """Tell `users` once each. `text` is a 中文 msgid such as `"%(firm)s 向您发来合作意向"` (mark it with
    `gettext_noop`). With `key`, a user who has a notice of this key is not told again."""
    save(
        Notice(user=user, kind=kind, text=text, values=dict(values or {}), url=url, key=key)
        for user in users
        if user.is_active
    )


def mark_read(*, user: User, url: str) -> None:
    """What the notices led to has been opened, by whatever way."""
    Notice.objects.visible_to(user).unread().filter(url=url).update(read_at=timezone.now())


def save(notices: Iterable[Notice]) -> None:
    """Save many notices at once, for stages that tell many people many things. `user` must be loaded."""
    rows = list(notices)
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    if any(row.user.digest == User.Digest.AT_ONCE for row in rows):
        jobs.enqueue(kind="foundation.mail_notices", key="at_once")
