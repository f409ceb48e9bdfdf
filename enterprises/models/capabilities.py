"""What a firm can make or do, and the certificates it holds."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enterprises.models.firms import Enterprise, Member
from enterprises.models.industries import IndustryClass
from enterprises.models.posts import Factor, Unit, Visibility

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from foundation.models import User


class CertificateKind(models.Model):
    """A kind of certificate that posts may ask for: ISO 9001, IATF 16949, CCC …"""

    code = models.CharField(_("代码"), max_length=30, primary_key=True)
    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名"), max_length=160)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("证书种类")
        verbose_name_plural = _("证书种类")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid(self) -> "CertificateQuerySet":
        return self.filter(models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=timezone.localdate()))


class Certificate(models.Model):
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="certificates")
    kind = models.ForeignKey(CertificateKind, models.PROTECT, verbose_name=_("证书"))
    number = models.CharField(_("编号"), max_length=80, blank=True)
    issuer = models.CharField(_("发证机构"), max_length=120)
    valid_from = models.DateField(_("发证日期"), null=True, blank=True)
    valid_to = models.DateField(_("有效期至"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("证书")
        verbose_name_plural = _("证书")
        ordering = ["kind_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gt=models.F("valid_from")),
                name="a_certificate_ends_after_it_begins",
                violation_error_message=_("有效期应晚于发证日期。"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.kind)

    @property
    def is_valid(self) -> bool:
        return self.valid_to is None or self.valid_to >= timezone.localdate()


class CapabilityQuerySet(models.QuerySet["Capability"]):
    def visible_to(self, user: "User | AnonymousUser") -> "CapabilityQuerySet":
        """Public ones of listed firms; "verified" ones for members of verified firms; own; all for operators."""
        if user.is_authenticated and user.is_operator:
            return self
        rows = models.Q(visibility=Visibility.PUBLIC, enterprise__status__in=Enterprise.PUBLIC_STATES)
        if user.is_authenticated:
            mine = Member.objects.active_for(user)
            rows |= models.Q(enterprise_id__in=mine.values("enterprise_id"))
            if mine.filter(enterprise__status__in=Enterprise.PUBLIC_STATES).exists():
                rows |= models.Q(visibility=Visibility.VERIFIED, enterprise__status__in=Enterprise.PUBLIC_STATES)
        return self.filter(rows)


class Capability(models.Model):
    """A product or process a firm offers: the lasting fact from which supply posts are made."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="capabilities")
    factor = models.CharField(_("要素类型"), max_length=12, choices=Factor, default=Factor.PRODUCT)
    product = models.CharField(_("产品或工艺"), max_length=120)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    industry = models.ForeignKey(
        IndustryClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="capabilities",
        verbose_name=_("行业"),
    )
    description = models.TextField(_("说明"), max_length=2000, blank=True)
    # [{"name": "拉伸强度", "value": "≥ 600", "unit": "MPa"}]
    parameters = models.JSONField(_("技术参数"), default=list, blank=True)
    monthly_capacity = models.DecimalField(_("月产能"), max_digits=18, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=12, choices=Unit, blank=True)
    free_share = models.PositiveSmallIntegerField(_("可用产能（%）"), null=True, blank=True)
    minimum_order = models.DecimalField(_("最小起订量"), max_digits=18, decimal_places=3, null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("交货期（天）"), null=True, blank=True)
    certificates: "models.ManyToManyField[Certificate, models.Model]" = models.ManyToManyField(
        Certificate, blank=True, verbose_name=_("相关证书")
    )
    visibility = models.CharField(_("可见范围"), max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    source = models.CharField(max_length=20, default="self")
    external_id = models.CharField(_("外部编号"), max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    objects = CapabilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("能力")
        verbose_name_plural = _("能力")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(free_share__isnull=True) | models.Q(free_share__lte=100),
                name="free_share_is_a_percentage",
                violation_error_message=_("可用产能应在 0 到 100 之间。"),
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_capacity__isnull=True) | ~models.Q(unit=""),
                name="a_capacity_has_a_unit",
                violation_error_message=_("请为月产能选择单位。"),
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-id"], name="capability_of_firm")]

    def __str__(self) -> str:
        return self.product
