"""/api/v1/regions/ and /api/v1/region-sets/: public reference data, to be read."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from foundation.api.pagination import CursorPagination
from regions.api.serializers import RegionDetailSerializer, RegionSerializer, RegionSetSerializer
from regions.filters import RegionFilterSet, RegionSetFilterSet
from regions.models import Region, RegionSet


class ByCode(CursorPagination):
    ordering = "code"
    max_page_size = 500


class ByOrder(CursorPagination):
    def get_ordering(self, *args: Any) -> tuple[str, ...]:
        return ("order", "slug")


class RegionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Region]):
    """Administrative divisions. A list holds those in force now, or on the day `on`; a past code still resolves."""

    queryset = Region.objects.all()
    pagination_class = ByCode
    lookup_field = "code"
    lookup_value_regex = "[0-9]{6}"

    @property
    def filterset_class(self) -> Any:
        return RegionFilterSet if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Region]:
        return Region.objects.with_path() if self.action == "retrieve" else Region.objects.all()

    def get_serializer_class(self) -> type[BaseSerializer[Region]]:
        return RegionDetailSerializer if self.action == "retrieve" else RegionSerializer


class RegionSetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RegionSet]):
    """Blocks, strategies, corridors and pairings with their members."""

    queryset = RegionSet.objects.prefetch_related("members__region")
    serializer_class = RegionSetSerializer
    filterset_class = RegionSetFilterSet
    pagination_class = ByOrder
    lookup_field = "slug"
