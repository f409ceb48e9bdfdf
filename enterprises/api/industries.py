"""/api/v1/industries/: the classes of GB/T 4754, to be read."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, serializers, viewsets

from enterprises.fields import matching
from enterprises.filters import IndustryFilter
from enterprises.models import IndustryClass
from foundation.api.pagination import CursorPagination


class IndustrySerializer(serializers.ModelSerializer[IndustryClass]):
    class Meta:
        model = IndustryClass
        fields = ["code", "label", "name", "name_en", "level", "section", "parent", "edition"]
        read_only_fields = fields


class IndustryFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(method="filter_text", label=_("名称或代码"), max_length=60)
    level = django_filters.ChoiceFilter(choices=[(str(n), str(n)) for n in (1, 2, 3, 4)], label=_("层级"))
    parent = IndustryFilter(method="filter_parent", label=_("上级"))

    class Meta:
        model = IndustryClass
        fields: list[str] = []

    def filter_text(self, rows: QuerySet[IndustryClass], _name: str, value: str) -> QuerySet[IndustryClass]:
        return rows.filter(pk__in=matching(value).values("pk"))

    def filter_parent(self, rows: QuerySet[IndustryClass], _name: str, value: IndustryClass) -> QuerySet[IndustryClass]:
        return rows.filter(parent=value)


class ByCode(CursorPagination):
    ordering = "code"
    max_page_size = 500


class IndustryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[IndustryClass]):
    """Industry classes: sections (A–T), divisions, groups and classes."""

    queryset = IndustryClass.objects.all()
    serializer_class = IndustrySerializer
    filterset_class = IndustryFilterSet
    pagination_class = ByCode
    lookup_field = "code"
    lookup_value_regex = "[A-T]|[0-9]{2,4}"
