"""Mails made from notices: one by one, or one a day, as each person chose."""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.models import Notice, User

# Older notices are not mailed any more; they stay in the page.
NEWS: Final = timedelta(days=14)
MOST_LISTED: Final = 100

log = logging.getLogger(__name__)


def send_pending(*, digest: str) -> int:
    """Mail what people of this digest setting have not been mailed yet. Returns the number of mails.

    One transaction per person, holding that person's notices: two runs at once do not mail twice. A crash between
    the mail and the commit mails again, which is better than never. Whatever is wrong with one mail keeps nobody else
    from theirs; if none could be sent at all, the problem is raised.
    """
    sent = 0
    refused: Exception | None = None
    waiting = (
        User.objects.filter(is_active=True, digest=digest, notices__mailed_at__isnull=True).order_by("pk").distinct()
    )
    for user in waiting:
        try:
            sent += _mail_one(user)
        except Exception as problem:  # SMTPException, a header that is none, …: the next person waits
            log.warning("notices of user %s could not be mailed: %s", user.pk, problem)
            refused = problem
    if refused is not None and not sent:
        raise refused
    return sent


def _mail_one(user: User) -> bool:
    with transaction.atomic():
        pending = list(
            Notice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(user=user, mailed_at__isnull=True)
            .order_by("pk")
        )
        # What was read in the page, or is old (its person had switched mail off), is no news.
        since = timezone.now() - NEWS
        news = [notice for notice in pending if notice.read_at is None and notice.created_at >= since]
        if news:
            _send(user, news)
        Notice.objects.filter(pk__in=[notice.pk for notice in pending]).update(mailed_at=timezone.now())
    return bool(news)


def _send(user: User, notices: list[Notice]) -> None:
    """One mail: the newest first, so that what is left out of a long one is the oldest."""
    with translation.override(user.language):
        if len(notices) == 1:
            subject = notices[0].message
        else:
            subject = _("协链：您有 %(count)s 条新通知") % {"count": len(notices)}
        shown = notices[::-1][:MOST_LISTED]
        body = render_to_string(
            "foundation/mail/notices.txt",
            {"user": user, "notices": shown, "more": len(notices) - len(shown), "site_url": settings.SITE_URL},
        )
        send_mail(" ".join(subject.split())[:150], body, None, [user.email])
