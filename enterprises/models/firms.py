"""WHO: firms and other organisations, their people, size, titles, sites."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enterprises.models.industries import IndustryClass
from regions.models import Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from foundation.models import User


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def listed(self) -> "EnterpriseQuerySet":
        """What the public directory shows."""
        return self.filter(status__in=Enterprise.PUBLIC_STATES)

    def visible_to(self, user: "User | AnonymousUser") -> "EnterpriseQuerySet":
        """Listed firms for everybody, own firms in any state, all for operators."""
        if user.is_authenticated and user.is_operator:
            return self
        mine = models.Q(pk__in=Member.objects.active_for(user).values("enterprise_id"))
        return self.filter(models.Q(status__in=Enterprise.PUBLIC_STATES) | mine)

    def of_member(self, user: "User | AnonymousUser") -> "EnterpriseQuerySet":
        """Firms that the user belongs to."""
        return self.filter(pk__in=Member.objects.active_for(user).values("enterprise_id"))

    def editable_by(self, user: "User | AnonymousUser") -> "EnterpriseQuerySet":
        return self.filter(
            pk__in=Member.objects.active_for(user)
            .filter(role__in=[Member.Role.OWNER, Member.Role.EDITOR])
            .values("enterprise_id")
        )

    def owned_by(self, user: "User | AnonymousUser") -> "EnterpriseQuerySet":
        return self.filter(
            pk__in=Member.objects.active_for(user).filter(role=Member.Role.OWNER).values("enterprise_id")
        )

    def within(self, region: Region) -> "EnterpriseQuerySet":
        return self.filter(region__code__startswith=region.prefix)


class Enterprise(models.Model):
    class OrgType(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        RESEARCH = "research", _("科研院所与高校")
        SERVICE = "service", _("生产性服务机构")
        FINANCE = "finance", _("金融机构")
        PLATFORM = "platform", _("公共服务平台")

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交")
        CHECKING = "checking", _("核验中")
        NEEDS_INFO = "needs_info", _("待补充材料")
        VERIFIED = "verified", _("已核验")
        REJECTED = "rejected", _("未通过")
        SUSPENDED = "suspended", _("已暂停")
        RECHECK_DUE = "recheck_due", _("待复核")

    class UsccCheck(models.TextChoices):
        NONE = "none", _("未填写")
        OK = "ok", _("校验通过")
        WARN = "warn", _("校验位不符，待人工核对")

    class SizeClass(models.TextChoices):
        LARGE = "large", _("大型")
        MEDIUM = "medium", _("中型")
        SMALL = "small", _("小型")
        MICRO = "micro", _("微型")
        UNKNOWN = "", _("未知")

    class FieldVisibility(models.TextChoices):
        PUBLIC = "public", _("公开")
        VERIFIED = "verified", _("仅已核验企业")
        MEMBERS = "members", _("仅本企业")

    PUBLIC_STATES = ("verified", "recheck_due")
    # In the applicant's hands; what is not in them or public waits for the operator.
    DRAFT_STATES = ("draft", "needs_info")

    org_type = models.CharField(_("组织类型"), max_length=12, choices=OrgType, default=OrgType.ENTERPRISE)
    name = models.CharField(_("名称"), max_length=120)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    name_en = models.CharField(_("英文名称"), max_length=160, blank=True)
    # No ICU in the embedded server: Chinese sorts by this key.
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True)
    uscc_check = models.CharField(max_length=4, choices=UsccCheck, default=UsccCheck.NONE)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="enterprises", verbose_name=_("注册地")
    )
    address = models.CharField(_("地址"), max_length=200, blank=True)
    industry = models.ForeignKey(
        IndustryClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("行业"),
    )
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    website = models.URLField(_("网站"), blank=True)
    introduction = models.TextField(_("简介"), max_length=2000, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=60, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=40, blank=True)
    contact_email = models.EmailField(_("联系邮箱"), blank=True)
    # Which fields of the page who may see: {"address": "verified", …}; enterprises.disclosure.DEFAULTS for the rest.
    field_visibility = models.JSONField(_("字段可见范围"), default=dict, blank=True)
    size_class = models.CharField(_("规模"), max_length=6, choices=SizeClass, blank=True)
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.DRAFT)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    verified_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    recheck_due_on = models.DateField(_("复核期限"), null=True, blank=True)
    # Where the row came from: "self", "demo", "listed", "import"; external_id is its id there.
    source = models.CharField(_("来源"), max_length=20, default="self")
    external_id = models.CharField(_("外部编号"), max_length=80, blank=True)
    # Firms that this firm does not want to deal with; never shown to them.
    blocked: "models.ManyToManyField[Enterprise, models.Model]" = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = _("企业")
        verbose_name_plural = _("企业")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "draft",
                        "submitted",
                        "checking",
                        "needs_info",
                        "verified",
                        "rejected",
                        "suspended",
                        "recheck_due",
                    ]
                ),
                name="enterprise_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(org_type__in=["enterprise", "research", "service", "finance", "platform"]),
                name="enterprise_org_type_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(size_class__in=["large", "medium", "small", "micro", ""]),
                name="enterprise_size_class_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["verified", "recheck_due"]) | models.Q(verified_at__isnull=False),
                name="a_verified_firm_says_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["submitted", "checking"]) | models.Q(submitted_at__isnull=False),
                name="a_submitted_firm_says_when",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="one_enterprise_per_source_and_external_id",
            ),
        ]
        indexes = [
            # Directory: by name, by region, by industry.
            models.Index(fields=["status", "pinyin", "id"], name="enterprise_by_name"),
            models.Index(fields=["region", "status"], name="enterprise_by_region"),
            models.Index(fields=["industry", "status"], name="enterprise_by_industry"),
            GinIndex(fields=["name"], name="enterprise_name_trgm", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def get_absolute_url(self) -> str:
        """Its public page."""
        return reverse("enterprises:firm-show", args=[self.pk])

    @property
    def is_public(self) -> bool:
        return self.status in self.PUBLIC_STATES

    @property
    def is_editable_draft(self) -> bool:
        """Still in the hands of the applicant: the wizard may change everything."""
        return self.status in self.DRAFT_STATES


class MemberQuerySet(models.QuerySet["Member"]):
    def active(self) -> "MemberQuerySet":
        return self.filter(left_at__isnull=True)

    def active_for(self, user: "User | AnonymousUser") -> "MemberQuerySet":
        """The user's memberships; with a token that is bound to one firm, only that one."""
        if not user.is_authenticated:
            return self.none()
        rows = self.active().filter(user=user)
        return rows if user.scope_firm_id is None else rows.filter(enterprise_id=user.scope_firm_id)


class Member(models.Model):
    """A person in a firm. One person may belong to several."""

    class Role(models.TextChoices):
        OWNER = "owner", _("负责人")
        EDITOR = "editor", _("编辑")
        VIEWER = "viewer", pgettext_lazy("role", "查看")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("角色"), max_length=6, choices=Role)
    joined_at = models.DateTimeField(_("加入时间"), default=timezone.now)
    left_at = models.DateTimeField(_("退出时间"), null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("成员")
        verbose_name_plural = _("成员")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "user"],
                condition=models.Q(left_at__isnull=True),
                name="one_active_membership_per_user_and_enterprise",
                violation_error_message=_("该用户已是本企业成员。"),
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "editor", "viewer"]), name="member_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.enterprise}"

    @property
    def can_edit(self) -> bool:
        return self.role in (self.Role.OWNER, self.Role.EDITOR)


class Invitation(models.Model):
    """An invitation to join a firm, by mail. Only the token's SHA-256 is kept."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("邮箱"))
    role = models.CharField(_("角色"), max_length=6, choices=Member.Role)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("邀请")
        verbose_name_plural = _("邀请")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "email"],
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_per_email_and_enterprise",
                violation_error_message=_("已向该邮箱发出邀请。"),
            ),
        ]

    def __str__(self) -> str:
        return self.email


class Claim(models.Model):
    """Somebody says that a firm already here is theirs. The operator decides on the evidence."""

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        ACCEPTED = "accepted", _("已接受")
        DECLINED = "declined", _("已驳回")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="claims")
    claimant = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    evidence = models.TextField(_("证明说明"), max_length=2000)
    file = models.FileField(_("证明材料"), upload_to="claims/", blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    decision_note = models.TextField(_("处理意见"), blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("认领申请")
        verbose_name_plural = _("认领申请")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "claimant"],
                condition=models.Q(state="open"),
                name="one_open_claim_per_person_and_enterprise",
                violation_error_message=_("您已提交过认领申请，请等待处理。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | models.Q(state__in=["accepted", "declined"], decided_at__isnull=False),
                name="a_claim_is_decided_exactly_when_it_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.claimant}"


class VerificationEvent(models.Model):
    """One step of the operator's check: the conversation of the needs-info loop, in order."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("done", "提交")
        CHECKING = "checking", pgettext_lazy("done", "开始核验")
        NEEDS_INFO = "needs_info", pgettext_lazy("done", "要求补充")
        VERIFIED = "verified", pgettext_lazy("done", "通过")
        REJECTED = "rejected", pgettext_lazy("done", "未通过")
        SUSPENDED = "suspended", pgettext_lazy("done", "暂停")
        RESUMED = "resumed", pgettext_lazy("done", "恢复")
        RECHECK = "recheck_due", pgettext_lazy("done", "到期复核")
        WITHDRAWN = "withdrawn", pgettext_lazy("done", "撤回提交")
        REOPENED = "reopened", pgettext_lazy("done", "重新填写")
        IDENTITY = "identity", pgettext_lazy("done", "变更登记信息")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="verification_events")
    kind = models.CharField(_("步骤"), max_length=12, choices=Kind)
    note = models.TextField(_("说明"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("核验记录")
        verbose_name_plural = _("核验记录")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.get_kind_display()}"


class VerificationFile(models.Model):
    """A licence or other proof for the operator's check. Never public: members and operators only."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="verification_files")
    title = models.CharField(_("材料名称"), max_length=80)
    file = models.FileField(_("文件"), upload_to="verification/")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = _("核验材料")
        verbose_name_plural = _("核验材料")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class IdentityChange(models.Model):
    """What a verified firm wants to be from now on: name, code, kind, registered region. The page keeps showing what
    was verified until the operator accepts."""

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        ACCEPTED = "accepted", _("已接受")
        DECLINED = "declined", _("已驳回")
        WITHDRAWN = "withdrawn", _("已撤回")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="identity_changes")
    name = models.CharField(_("名称"), max_length=120)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    uscc_check = models.CharField(
        max_length=4, choices=Enterprise.UsccCheck, default=Enterprise.UsccCheck.NONE, editable=False
    )
    org_type = models.CharField(_("组织类型"), max_length=12, choices=Enterprise.OrgType)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("注册地"))
    reason = models.TextField(_("变更说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=9, choices=State, default=State.OPEN)
    decision_note = models.TextField(_("处理意见"), blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("登记信息变更")
        verbose_name_plural = _("登记信息变更")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(state="open"),
                name="one_open_identity_change_per_enterprise",
                violation_error_message=_("已有一份变更申请等待处理。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | models.Q(state__in=["accepted", "declined", "withdrawn"], decided_at__isnull=False),
                name="an_identity_change_is_decided_exactly_when_it_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} → {self.name}"


class SizeSnapshot(models.Model):
    """Staff and revenue as declared on a day, and the size class that the dated rule gave (facts.md)."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="size_snapshots")
    as_of = models.DateField(_("统计时点"))
    staff = models.PositiveIntegerField(_("从业人员（人）"), null=True, blank=True)
    revenue_wan = models.DecimalField(_("营业收入（万元）"), max_digits=16, decimal_places=2, null=True, blank=True)
    rule = models.CharField(_("规则版本"), max_length=40)
    size_class = models.CharField(_("规模"), max_length=6, choices=Enterprise.SizeClass, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("规模快照")
        verbose_name_plural = _("规模快照")
        ordering = ["-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.as_of}"


class TierTitle(models.Model):
    """A title such as 专精特新, with issuer and expiry."""

    class Title(models.TextChoices):
        INNOVATIVE = "innovative", _("创新型中小企业")
        TECH = "tech", _("科技型中小企业")
        HIGHTECH = "hightech", _("高新技术企业")
        SPECIALISED = "specialised", _("专精特新中小企业")
        LITTLE_GIANT = "little_giant", _("专精特新“小巨人”企业")
        CHAMPION = "champion", _("制造业单项冠军企业")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="titles")
    title = models.CharField(_("称号"), max_length=12, choices=Title)
    issuer = models.CharField(_("认定机关"), max_length=120)
    number = models.CharField(_("证书编号"), max_length=80, blank=True)
    issued_on = models.DateField(_("认定日期"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)

    class Meta:
        verbose_name = _("称号")
        verbose_name_plural = _("称号")
        ordering = ["-issued_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on__isnull=True) | models.Q(expires_on__gt=models.F("issued_on")),
                name="a_title_expires_after_it_is_issued",
                violation_error_message=_("有效期应晚于认定日期。"),
            ),
        ]

    def __str__(self) -> str:
        return self.get_title_display()

    @property
    def is_over(self) -> bool:
        return self.expires_on is not None and self.expires_on < timezone.localdate()

    @property
    def is_ending(self) -> bool:
        """Within 90 days: time to apply again."""
        return self.expires_on is not None and 0 <= (self.expires_on - timezone.localdate()).days <= 90


class Site(models.Model):
    """An operating site; the registered region is on the enterprise."""

    class Kind(models.TextChoices):
        PLANT = "plant", _("工厂")
        WAREHOUSE = "warehouse", _("仓库")
        LAB = "lab", _("实验室")
        OFFICE = "office", _("办公")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="sites")
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    name = models.CharField(_("名称"), max_length=80)
    region = models.ForeignKey(Region, models.PROTECT, related_name="sites", verbose_name=_("所在地"))
    address = models.CharField(_("地址"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("经营场所")
        verbose_name_plural = _("经营场所")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
