"""GB/T 4754 industry classes."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class IndustryQuerySet(models.QuerySet["IndustryClass"]):
    def within(self, industry: "IndustryClass") -> "IndustryQuerySet":
        """The class itself and all below it. Sections (letters) hold divisions by `section`, the rest nest by code."""
        if industry.level == 1:
            return self.filter(section=industry.code)
        return self.filter(code__startswith=industry.code)


class IndustryClass(models.Model):
    """One class: level 1 section (C), 2 division (38), 3 group (384), 4 class (3841)."""

    code = models.CharField(_("代码"), max_length=4, primary_key=True)
    name = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名"), max_length=160, blank=True)
    level = models.PositiveSmallIntegerField(_("层级"))
    section = models.CharField(_("门类"), max_length=1)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    edition = models.CharField(_("版本"), max_length=20)

    objects = IndustryQuerySet.as_manager()

    class Meta:
        verbose_name = _("行业")
        verbose_name_plural = _("行业")
        ordering = ["section", "code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(level__range=(1, 4)), name="industry_level_is_1_to_4"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        if (get_language() or "").startswith("en") and self.name_en:
            return self.name_en
        return self.name
