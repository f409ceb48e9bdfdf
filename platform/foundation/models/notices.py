"""Notifications in the page; mails are made from them (at once or as a digest)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from foundation.models.users import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: "User") -> "NoticeQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """`text` is a msgid with named placeholders filled from `values` when shown, so that it reads in the
    language of the moment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(_("种类"), max_length=60)
    text = models.CharField(_("内容"), max_length=300)
    values = models.JSONField(default=dict)
    url = models.CharField(_("链接"), max_length=300, blank=True)
    # Telling somebody twice about one thing is worse than once.
    key = models.CharField(max_length=200, null=True, blank=True)
    created_at = models.DateTimeField(_("时间"), default=timezone.now)
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("邮件时间"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_user_and_key"),
        ]
        indexes = [
            # The count in the top bar.
            models.Index(fields=["user"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["user", "-id"], name="notice_of_user"),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """The text in the language of the moment."""
        try:
            return str(gettext(self.text) % self.values)
        except (KeyError, ValueError, TypeError):
            return self.text
