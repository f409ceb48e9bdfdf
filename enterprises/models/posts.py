"""Supply and demand."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from enterprises.models.firms import Enterprise, Member
from enterprises.models.industries import IndustryClass
from regions.models import Region

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from foundation.models import User


class Factor(models.TextChoices):
    """What changes hands (product.md: factor types)."""

    PRODUCT = "product", _("产品")
    PROCESSING = "processing", _("加工产能")
    TECHNOLOGY = "technology", _("技术")
    EQUIPMENT = "equipment", _("研发与检测设备")
    TALENT = "talent", _("人才")
    FINANCE = "finance", _("资金")
    SERVICE = "service", _("服务")
    DATA = "data", _("数据与算力")


class Unit(models.TextChoices):
    """Units a quantity may have; enterprises.units converts within a family."""

    TONNE = "t", _("吨")
    KILOGRAM = "kg", _("千克")
    GRAM = "g", _("克")
    PIECE = "pc", _("件")
    SET = "set", _("套")
    UNIT = "unit", _("台")
    VEHICLE = "vehicle", _("辆")
    METRE = "m", _("米")
    KILOMETRE = "km", _("千米")
    SQUARE_METRE = "m2", _("平方米")
    CUBIC_METRE = "m3", _("立方米")
    LITRE = "l", _("升")
    WATT = "w", _("瓦")
    KILOWATT = "kw", _("千瓦")
    MEGAWATT = "mw", _("兆瓦")
    KWH = "kwh", _("千瓦时")
    MWH = "mwh", _("兆瓦时")
    WAFER = "wafer", _("片")
    ROLL = "roll", _("卷")
    BOTTLE = "bottle", _("瓶")
    BOX = "box", _("箱")
    HOUR = "h", _("小时")
    PERSON = "person", _("人")
    PERSON_DAY = "person_day", _("人天")
    TIME = "time", _("次")
    ITEM = "item", _("项")
    WAN_YUAN = "wan_yuan", _("万元")
    TERABYTE = "tb", _("TB")
    PFLOPS = "pflops", _("PFLOPS")


class Visibility(models.TextChoices):
    PUBLIC = "public", _("公开")
    VERIFIED = "verified", _("仅已核验企业")
    INVITED = "invited", _("仅受邀企业")


class PostQuerySet(models.QuerySet["Post"]):
    def open(self) -> "PostQuerySet":
        """Live on the market today."""
        return self.filter(status__in=Post.OPEN_STATES, expires_on__gt=timezone.localdate())

    def supplies(self) -> "PostQuerySet":
        return self.filter(direction=Post.Direction.SUPPLY)

    def demands(self) -> "PostQuerySet":
        return self.filter(direction=Post.Direction.DEMAND)

    def within(self, region: Region) -> "PostQuerySet":
        return self.filter(enterprise__region__code__startswith=region.prefix)

    def visible_to(self, user: "User | AnonymousUser") -> "PostQuerySet":
        """Own posts in any state; of listed firms' open posts the public ones for all, the "verified" ones for
        members of verified firms, the "invited" ones for members of invited firms; all for operators."""
        if user.is_authenticated and user.is_operator:
            return self
        live = models.Q(
            status__in=Post.OPEN_STATES,
            expires_on__gt=timezone.localdate(),
            enterprise__status__in=Enterprise.PUBLIC_STATES,
        )
        rows = live & models.Q(visibility=Visibility.PUBLIC)
        if user.is_authenticated:
            mine = list(Member.objects.active_for(user).values_list("enterprise_id", "enterprise__status"))
            firms = [pk for pk, _status in mine]
            trusted = [pk for pk, status in mine if status in Enterprise.PUBLIC_STATES]
            if firms:
                rows |= models.Q(enterprise_id__in=firms)
            if trusted:
                rows |= live & models.Q(visibility=Visibility.VERIFIED)
                invited = Enterprise.objects.filter(pk__in=trusted).values("invited_to_posts")
                rows |= live & models.Q(visibility=Visibility.INVITED, pk__in=invited)
        return self.filter(rows)

    def editable_by(self, user: "User | AnonymousUser") -> "PostQuerySet":
        return self.filter(enterprise__in=Enterprise.objects.editable_by(user))


class Post(models.Model):
    class Direction(models.TextChoices):
        SUPPLY = "supply", _("供应")
        DEMAND = "demand", _("需求")

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        REVIEW = "review", _("审核中")
        PUBLISHED = "published", _("已发布")
        MATCHED = "matched", _("已有匹配")
        NEGOTIATING = "negotiating", _("洽谈中")
        FULFILLED = "fulfilled", _("已达成")
        EXPIRED = "expired", _("已过期")
        WITHDRAWN = "withdrawn", _("已撤回")

    OPEN_STATES = ("published", "matched", "negotiating")

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="posts", verbose_name=_("发布企业"))
    direction = models.CharField(_("方向"), max_length=6, choices=Direction)
    factor = models.CharField(_("要素类型"), max_length=12, choices=Factor, default=Factor.PRODUCT)
    title = models.CharField(_("标题"), max_length=120)
    # The thing itself, short; what the engine reads first. The title may dress it up.
    product = models.CharField(_("产品或服务名称"), max_length=120)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)
    text = models.TextField(_("说明"), max_length=4000, blank=True)
    industry = models.ForeignKey(
        IndustryClass, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("行业")
    )
    capability = models.ForeignKey(
        "enterprises.Capability", models.SET_NULL, null=True, blank=True, related_name="posts"
    )
    # Demand: what is needed in all. Supply: what can be delivered per month.
    quantity = models.DecimalField(_("数量"), max_digits=18, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=12, choices=Unit, blank=True)
    minimum_order = models.DecimalField(_("最小起订量"), max_digits=18, decimal_places=3, null=True, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("交货期（天）"), null=True, blank=True)
    price_low = models.DecimalField(_("最低单价（元）"), max_digits=18, decimal_places=2, null=True, blank=True)
    price_high = models.DecimalField(_("最高单价（元）"), max_digits=18, decimal_places=2, null=True, blank=True)
    # Demand: where it must arrive. Supply: an empty set means "delivers anywhere".
    delivery_region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("交付地")
    )
    delivers_to: "models.ManyToManyField[Region, models.Model]" = models.ManyToManyField(
        Region, blank=True, related_name="+", verbose_name=_("可供货区域")
    )
    # Only with such a need does distance count in the score.
    maximum_distance_km = models.PositiveIntegerField(_("运输半径要求（千米）"), null=True, blank=True)
    deliver_by = models.DateField(_("交付日期"), null=True, blank=True)
    certificates: "models.ManyToManyField[models.Model, models.Model]" = models.ManyToManyField(
        "enterprises.CertificateKind", blank=True, verbose_name=_("证书要求或持有")
    )
    partial_ok = models.BooleanField(_("可分批或部分供应"), default=True)
    visibility = models.CharField(_("可见范围"), max_length=10, choices=Visibility, default=Visibility.PUBLIC)
    invited_firms: "models.ManyToManyField[Enterprise, models.Model]" = models.ManyToManyField(
        Enterprise, blank=True, related_name="invited_to_posts", verbose_name=_("受邀企业")
    )
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(_("版本"), default=1)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("最近确认有效"), null=True, blank=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    source = models.CharField(max_length=20, default="self")
    external_id = models.CharField(_("外部编号"), max_length=80, blank=True)
    # The product's name exactly as it was imported.
    product_raw = models.CharField(_("原始名称"), max_length=400, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("供需")
        verbose_name_plural = _("供需")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(direction__in=["supply", "demand"]), name="post_direction_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[
                        "draft",
                        "review",
                        "published",
                        "matched",
                        "negotiating",
                        "fulfilled",
                        "expired",
                        "withdrawn",
                    ]
                ),
                name="post_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(visibility__in=["public", "verified", "invited"]),
                name="post_visibility_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["published", "matched", "negotiating"])
                | models.Q(published_at__isnull=False, expires_on__isnull=False, ended_at__isnull=True),
                name="an_open_post_says_since_when_and_until_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["fulfilled", "expired", "withdrawn"])
                | models.Q(ended_at__isnull=False),
                name="an_ended_post_says_when",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | (models.Q(quantity__gt=0) & ~models.Q(unit="")),
                name="a_quantity_is_positive_and_has_a_unit",
                violation_error_message=_("数量应大于 0，并选择单位。"),
            ),
            models.CheckConstraint(
                condition=models.Q(price_low__isnull=True)
                | models.Q(price_high__isnull=True)
                | models.Q(price_low__lte=models.F("price_high")),
                name="price_low_is_not_above_price_high",
                violation_error_message=_("最低单价不能高于最高单价。"),
            ),
            models.UniqueConstraint(
                fields=["enterprise", "direction", "source", "external_id", "product_raw"],
                condition=~models.Q(external_id=""),
                name="one_post_per_imported_row",
            ),
        ]
        indexes = [
            # The hall: newest open posts, by direction.
            models.Index(
                fields=["direction", "-published_at", "-id"],
                condition=models.Q(status__in=["published", "matched", "negotiating"]),
                name="post_open_by_date",
            ),
            models.Index(
                fields=["pinyin", "id"],
                condition=models.Q(status__in=["published", "matched", "negotiating"]),
                name="post_open_by_pinyin",
            ),
            models.Index(fields=["enterprise", "status", "-id"], name="post_of_firm"),
            models.Index(fields=["industry", "status"], name="post_by_industry"),
            # The nightly job that ends what ran out.
            models.Index(
                fields=["expires_on"],
                condition=models.Q(status__in=["published", "matched", "negotiating"]),
                name="post_expiring",
            ),
            GinIndex(fields=["title"], name="post_title_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["product"], name="post_product_trgm", opclasses=["gin_trgm_ops"]),
            # The search box of the hall also reads the text, and pinyin typed without breaks.
            GinIndex(fields=["text"], name="post_text_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(
                OpClass(Replace("pinyin", models.Value(" "), models.Value("")), name="gin_trgm_ops"),
                name="post_pinyin_trgm",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return (
            self.status in self.OPEN_STATES and self.expires_on is not None and self.expires_on > timezone.localdate()
        )

    @property
    def is_demand(self) -> bool:
        return self.direction == self.Direction.DEMAND


class PostVersion(models.Model):
    """What a post said before a material edit."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField(_("版本"))
    content = models.JSONField(_("内容"))
    replaced_at = models.DateTimeField(_("被替换时间"), default=timezone.now)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("历史版本")
        verbose_name_plural = _("历史版本")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["post", "version"], name="one_row_per_post_and_version"),
        ]

    def __str__(self) -> str:
        return f"{self.post} v{self.version}"
