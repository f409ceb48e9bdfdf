"""Filters shared by pages and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enterprises.fields import IndustryField
from enterprises.models import IndustryClass


class IndustryFilter(django_filters.Filter):
    """Rows of an industry class or of one below it: `industry = IndustryFilter()`, `?industry=384`.

    `field_name` is the path to the class: "industry", "enterprise__industry".
    """

    field_class = IndustryField

    def __init__(self, field_name: str = "industry", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("行业"))
        kwargs.setdefault("empty_label", _("不限"))
        super().__init__(field_name=field_name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: IndustryClass | None) -> QuerySet[Any]:
        if value is None:
            return qs
        if value.level == 1:
            return qs.filter(**{f"{self.field_name}__section": value.code})
        return qs.filter(**{f"{self.field_name}__code__startswith": value.code})
