"""Mails made from notices: one by one, or one a day, as each person chose."""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from foundation.models import Notice, User

log = logging.getLogger(__name__)


def send_pending(*, digest: str) -> int:
    """Mail what people of this digest setting have not been mailed yet. Returns the number of mails.

    One transaction per person, holding that person's notices: two runs at once do not mail twice. A crash between
    the mail and the commit mails again, which is better than never. An address that the mail server refuses keeps
    nobody else from their mail; if it took nothing at all, the problem is raised.
    """
    sent = 0
    refused: OSError | None = None
    waiting = (
        User.objects.filter(is_active=True, digest=digest, notices__mailed_at__isnull=True).order_by("pk").distinct()
    )
    for user in waiting:
        try:
            sent += _mail_one(user)
        except OSError as problem:  # among them SMTPException
            log.warning("notices of user %s could not be mailed: %s", user.pk, problem)
            refused = problem
    if refused is not None and not sent:
        raise refused
    return sent


def _mail_one(user: User) -> bool:
    with transaction.atomic():
        notices = list(
            Notice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(user=user, mailed_at__isnull=True)
            .order_by("pk")[:100]
        )
        if notices:
            _send(user, notices)
            Notice.objects.filter(pk__in=[n.pk for n in notices]).update(mailed_at=timezone.now())
    return bool(notices)


def _send(user: User, notices: list[Notice]) -> None:
    with translation.override(user.language):
        if len(notices) == 1:
            subject = notices[0].message
        else:
            subject = _("协链：您有 %(count)s 条新通知") % {"count": len(notices)}
        body = render_to_string(
            "foundation/mail/notices.txt", {"user": user, "notices": notices, "site_url": settings.SITE_URL}
        )
        send_mail(" ".join(subject.split())[:150], body, None, [user.email])
