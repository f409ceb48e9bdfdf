"""A file that somebody uploaded to be read row by row."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enterprises.models.firms import Enterprise
from foundation.models import Job

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from foundation.models import User


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: "User | AnonymousUser") -> "ImportRunQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self if user.is_operator else self.filter(started_by=user)


class ImportRun(models.Model):
    class Kind(models.TextChoices):
        FIRMS = "firms", pgettext_lazy("several", "企业")
        CAPABILITIES = "capabilities", _("能力")
        POSTS = "posts", _("供需")

    kind = models.CharField(_("内容"), max_length=12, choices=Kind)
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="imports")
    file = models.FileField(_("文件"), upload_to="imports/")
    file_name = models.CharField(_("文件名"), max_length=200)
    dry_run = models.BooleanField(_("仅检查"), default=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    row_count = models.PositiveIntegerField(_("行数"), default=0)
    ok_count = models.PositiveIntegerField(_("通过"), default=0)
    error_count = models.PositiveIntegerField(_("有误"), default=0)
    # The first errors for the page: [{"row": 3, "field": "单位", "message": "…"}]; all of them in errors_file.
    errors = models.JSONField(default=list)
    errors_file = models.FileField(_("错误清单"), upload_to="imports/", blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
