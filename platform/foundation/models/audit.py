"""Who did what for which firm, and why. Append-only by trigger, hash-chained by trigger (migration 0002)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One entry. `chain` is the firm's id, or 0 for the platform; `sequence`, `previous_hash` and `hash`
    are filled in by the database and cannot be chosen."""

    chain = models.BigIntegerField(_("链"), default=0)
    sequence = models.BigIntegerField(_("序号"), default=0)
    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, blank=True, db_constraint=False)
    actor_name = models.CharField(_("操作人"), max_length=120, blank=True)
    firm_id = models.BigIntegerField(_("企业"), null=True, blank=True)
    action = models.CharField(_("动作"), max_length=80)
    target_type = models.CharField(_("对象类型"), max_length=80, blank=True)
    target_id = models.CharField(_("对象编号"), max_length=80, blank=True)
    target_label = models.CharField(_("对象"), max_length=200, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    changes = models.JSONField(_("变化"), default=dict)
    previous_hash = models.CharField(max_length=64, default="", blank=True)
    hash = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_chain_has_no_fork"),
        ]
        indexes = [
            models.Index(fields=["firm_id", "-id"], name="audit_by_firm"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}"
