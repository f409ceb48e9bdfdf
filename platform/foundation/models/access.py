"""Ways into the API: tokens, and requests that may be sent twice."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from foundation.models.users import User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> "ApiTokenQuerySet":
        return self.filter(revoked_at__isnull=True, user__is_active=True).filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now())
        )

    def visible_to(self, user: "User") -> "ApiTokenQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()


class ApiToken(models.Model):
    """A secret shown once; only its SHA-256 is kept. It acts for one user and, if `firm_id` is set, within one
    firm only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    firm_id = models.BigIntegerField(_("限于企业"), null=True, blank=True)
    name = models.CharField(_("名称"), max_length=80)
    prefix = models.CharField(_("开头"), max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    can_write = models.BooleanField(_("可写"), default=False)
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True)
    expires_at = models.DateTimeField(_("失效时间"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(models.Model):
    """One POST that carried an Idempotency-Key: bound to user, method, path and body; kept with its answer,
    written in the transaction of its effect (reliability.md 3.11)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("幂等请求")
        verbose_name_plural = _("幂等请求")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_idempotency_key"),
        ]

    def __str__(self) -> str:
        return self.key
