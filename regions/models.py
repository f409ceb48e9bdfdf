"""WHERE: administrative divisions (GB/T 2260), named sets of them, and the officials who watch over them."""

import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Replace
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from foundation.models import User


# Prefecture rows that are no places of their own: 北京市 below 北京市, "省直辖县级行政区划", 重庆's "县".
SHELL = r"^(11|12|31|50|..90)"


def inside(prefixes: Iterable[str], *, field: str) -> models.Q:
    """Rows whose `field`, a region's code, begins with one of the prefixes; none of the rows without a prefix.

    `Enterprise.objects.filter(inside(region_set.prefixes(), field="region__code"))`
    """
    rows = models.Q(pk__in=[])
    for prefix in prefixes:
        rows |= models.Q(**{f"{field}__startswith": prefix})
    return rows


class RegionQuerySet(models.QuerySet["Region"]):
    def current(self) -> "RegionQuerySet":
        return self.filter(valid_to__isnull=True)

    def provinces(self) -> "RegionQuerySet":
        return self.filter(level=Region.Level.PROVINCE)

    def within(self, region: "Region") -> "RegionQuerySet":
        """The region itself and all below it. Divisions nest by code prefix."""
        return self.filter(code__startswith=region.prefix)

    def within_set(self, region_set: "RegionSet") -> "RegionQuerySet":
        """The members of a set and all below them."""
        return self.filter(inside(region_set.prefixes(), field="code"))

    def valid_on(self, day: date) -> "RegionQuerySet":
        """In force on that day; a division without dates was there before the first edition we know."""
        return self.filter(models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=day)).filter(
            models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=day)
        )

    def with_path(self) -> "RegionQuerySet":
        """What `path` and `full_label` need, in one query."""
        return self.select_related("parent__parent")

    def shown(self) -> "RegionQuerySet":
        """Without the shells that only hold codes together (see `Region.is_shell`)."""
        return self.exclude(level=Region.Level.PREFECTURE, code__regex=SHELL)

    def matching(self, text: str) -> "RegionQuerySet":
        """By 中文 name, pinyin (suzhou, su zhou), its initials (sz), English name or the beginning of the code."""
        text = " ".join(text.split())[:60]
        if not text:
            return self
        if text.isascii() and text.isdigit():
            return self.filter(code__startswith=text)
        if not text.isascii():
            return self.filter(models.Q(name__contains=text) | models.Q(short_name__contains=text))
        letters = re.sub(r"[^a-z]", "", text.lower())
        rows = models.Q(name_en__icontains=text)
        if letters:
            rows |= models.Q(together__startswith=letters)
            if 2 <= len(letters) <= 6:
                rows |= models.Q(pinyin__regex="^" + " ".join(f"{letter}[a-z]*" for letter in letters) + "( |$)")
        return self.alias(together=Replace("pinyin", models.Value(" "), models.Value(""))).filter(rows)


class Region(models.Model):
    """One division. Its code is its identity; a code that a newer edition drops keeps its row, with `valid_to`."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        PREFECTURE = "prefecture", _("地级")
        COUNTY = "county", _("县级")

    code = models.CharField(_("代码"), max_length=6, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=30)
    name_en = models.CharField(_("英文名"), max_length=80, blank=True)
    pinyin = models.CharField(_("拼音"), max_length=160)
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    coordinate_source = models.CharField(max_length=60, blank=True)
    edition = models.CharField(_("版本"), max_length=20)
    valid_from = models.DateField(_("生效"), null=True, blank=True)
    valid_to = models.DateField(_("失效"), null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = _("区域")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=["province", "prefecture", "county"]),
                name="region_level_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(level="province", parent__isnull=True)
                | (~models.Q(level="province") & models.Q(parent__isnull=False)),
                name="only_a_province_has_no_parent",
            ),
        ]
        indexes = [
            models.Index(fields=["level", "pinyin"], name="region_by_level_and_pinyin"),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("hub:region-show", args=[self.code])

    @property
    def label(self) -> str:
        """Name in the language of the moment."""
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name

    @property
    def short_label(self) -> str:
        """What people call it, in the language of the moment: 苏州, Suzhou."""
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.short_name

    @property
    def path(self) -> list["Region"]:
        """From the province down to itself, without shells. Select with `with_path()`."""
        above = self.parent.path if self.parent is not None else []
        return [region for region in above if not region.is_shell] + [self]

    @property
    def full_label(self) -> str:
        """江苏 · 苏州 · 昆山. Select with `with_path()`."""
        return " · ".join(region.short_label for region in self.path)

    @property
    def is_shell(self) -> bool:
        return self.level == self.Level.PREFECTURE and re.match(SHELL, self.code) is not None

    @property
    def prefix(self) -> str:
        """The leading digits that all codes inside share: 51 for 510000, 5107 for 510700."""
        if self.level == self.Level.PROVINCE:
            return self.code[:2]
        return self.code[:4] if self.level == self.Level.PREFECTURE else self.code

    @property
    def province_code(self) -> str:
        return self.code[:2] + "0000"


class RegionSet(models.Model):
    """A named set of regions usable as a filter everywhere: a block, a strategy, a corridor, a pairing."""

    class Kind(models.TextChoices):
        BLOCK = "block", _("四大板块")
        STRATEGY = "strategy", _("区域重大战略")
        CORRIDOR = "corridor", _("创新走廊")
        PAIRING = "pairing", _("结对协作")

    slug = models.SlugField(unique=True)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    name = models.CharField(_("名称"), max_length=60)
    name_en = models.CharField(_("英文名"), max_length=100)
    note = models.TextField(_("说明"), blank=True)
    source = models.CharField(_("来源"), max_length=300)
    order = models.PositiveSmallIntegerField(default=0)
    regions: "models.ManyToManyField[Region, RegionSetMember]" = models.ManyToManyField(
        Region, through="RegionSetMember", related_name="sets"
    )

    class Meta:
        verbose_name = _("区域组")
        verbose_name_plural = _("区域组")
        ordering = ["kind", "order", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["block", "strategy", "corridor", "pairing"]),
                name="region_set_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("hub:region-set-show", args=[self.slug])

    @property
    def label(self) -> str:
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name

    def prefixes(self) -> list[str]:
        """Code prefixes of its members; a division is inside if its code starts with one of them."""
        return [m.region.prefix for m in self.members.select_related("region")]


class RegionSetMember(models.Model):
    class Scope(models.TextChoices):
        WHOLE = "whole", _("全域")
        PART = "part", _("仅相关市县")

    region_set = models.ForeignKey(RegionSet, models.CASCADE, related_name="members")
    region = models.ForeignKey(Region, models.PROTECT, related_name="set_memberships")
    scope = models.CharField(_("范围"), max_length=5, choices=Scope, default=Scope.WHOLE)

    class Meta:
        verbose_name = _("区域组成员")
        verbose_name_plural = _("区域组成员")
        ordering = ["region_id"]
        constraints = [
            models.UniqueConstraint(fields=["region_set", "region"], name="a_region_is_in_a_set_once"),
            models.CheckConstraint(condition=models.Q(scope__in=["whole", "part"]), name="region_set_scope_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.region_set} · {self.region}"


class OfficialQuerySet(models.QuerySet["Official"]):
    def active(self, on: date | None = None) -> "OfficialQuerySet":
        day = on or timezone.localdate()
        return self.filter(since__lte=day).filter(models.Q(until__isnull=True) | models.Q(until__gt=day))

    def active_for(self, user: "User") -> "OfficialQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.active().filter(user=user).select_related("region")


class Official(models.Model):
    """A person who watches over a region, for a time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="official_posts")
    region = models.ForeignKey(Region, models.PROTECT, related_name="officials")
    title = models.CharField(_("职务"), max_length=80, blank=True)
    since = models.DateField(_("起"), default=timezone.localdate)
    until = models.DateField(_("止"), null=True, blank=True)
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OfficialQuerySet.as_manager()

    class Meta:
        verbose_name = _("区域负责人")
        verbose_name_plural = _("区域负责人")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "region"],
                condition=models.Q(until__isnull=True),
                name="one_open_appointment_per_official_and_region",
                violation_error_message=_("该用户已负责这一区域。"),
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="an_appointment_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.region}"
