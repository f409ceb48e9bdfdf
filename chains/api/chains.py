"""/api/v1/chains/: industrial chains, their nodes and links; public, to be read."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.serializers import BaseSerializer

from chains.api.serializers import ChainDetailSerializer, ChainSerializer
from chains.models import Chain
from foundation.api.pagination import CursorPagination


class ByOrder(CursorPagination):
    def get_ordering(self, *args: Any) -> tuple[str, ...]:
        return ("order", "slug")


class ChainViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Chain]):
    """Chains; one chain with its nodes and the links whose evidence was approved."""

    queryset = Chain.objects.all()
    pagination_class = ByOrder
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Chain]:
        rows = Chain.objects.all()
        return rows.prefetch_related("nodes") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> type[BaseSerializer[Chain]]:
        return ChainDetailSerializer if self.action == "retrieve" else ChainSerializer
