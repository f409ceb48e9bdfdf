"""Filters by place, shared by pages and API of every app, and those of the regions themselves."""

import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from regions.fields import ALL_LEVELS, RegionField
from regions.models import Region, RegionQuerySet, RegionSet, inside


class RegionFilter(django_filters.Filter):
    """Rows in a region or below it: `region = RegionFilter(field_name="region__code")`, `?region=320500`.

    `field_name` is the path to the region's code: "region__code", "enterprise__region__code".
    """

    field_class = RegionField

    def __init__(self, field_name: str = "region__code", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("地区"))
        kwargs.setdefault("empty_label", _("全国"))
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Region | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(**{f"{self.field_name}__startswith": value.prefix})


@extend_schema_field(OpenApiTypes.STR)
class RegionSetFilter(django_filters.ModelChoiceFilter):
    """Rows in a block, strategy or corridor: `strategy = RegionSetFilter("region__code")`, `?strategy=yangtze-delta`.

    A member of which only parts belong counts as a whole: the plans name its counties, our data do not.
    """

    def __init__(self, field_name: str = "region__code", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("板块与战略"))
        kwargs.setdefault("empty_label", _("不限"))
        kwargs.setdefault("queryset", RegionSet.objects.all())
        kwargs.setdefault("to_field_name", "slug")
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: RegionSet | None) -> QuerySet[Any]:
        return qs if value is None else qs.filter(inside(value.prefixes(), field=self.field_name))


class RegionSearch(django_filters.FilterSet):
    """What the page asks, by text, level and set: divisions in force now, the larger first."""

    q = django_filters.CharFilter(method="filter_text", label=_("名称、拼音或代码"), max_length=60)
    level = django_filters.ChoiceFilter(choices=Region.Level.choices, label=_("级别"), empty_label=_("不限"))
    set = RegionSetFilter(field_name="code")

    class Meta:
        model = Region
        fields: list[str] = []

    def filter_text(self, rows: RegionQuerySet, _name: str, value: str) -> RegionQuerySet:
        return rows.matching(value)

    def filter_queryset(self, queryset: Any) -> Any:
        larger_first = Case(
            When(level=Region.Level.PROVINCE, then=0), When(level=Region.Level.PREFECTURE, then=1), default=2
        )
        return super().filter_queryset(queryset).current().order_by(larger_first, "pinyin", "code")


class RegionFilterSet(RegionSearch):
    """What the API asks besides: the region directly above, and a day on which they were in force."""

    parent = RegionFilter(method="filter_parent", label=_("上级"), empty_label=_("不限"))
    on = django_filters.DateFilter(
        method="filter_day", label=_("在该日有效"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def filter_parent(self, rows: RegionQuerySet, _name: str, value: Region) -> RegionQuerySet:
        return rows.filter(parent=value)

    def filter_day(self, rows: RegionQuerySet, _name: str, value: datetime.date) -> RegionQuerySet:
        return rows.valid_on(value)

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super(RegionSearch, self).filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("on") else rows.current()


class RegionSetFilterSet(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=RegionSet.Kind.choices, label=_("类型"), empty_label=_("不限"))
    region = RegionFilter(method="filter_region", levels=ALL_LEVELS, label=_("包含地区"))

    class Meta:
        model = RegionSet
        fields: list[str] = []

    def filter_region(self, rows: QuerySet[RegionSet], _name: str, value: Region) -> QuerySet[RegionSet]:
        """Sets that have the region, a region above it or a region inside it as a member."""
        codes = [step.code for step in value.path] + [value.province_code]
        members = inside([value.prefix], field="members__region__code")
        return rows.filter(members | inside(codes, field="members__region__code")).distinct()
