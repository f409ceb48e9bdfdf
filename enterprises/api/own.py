"""What endpoints about one of the caller's firms share."""

from typing import Any

from django.db.models import Model
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status, viewsets
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.models import Enterprise, Member
from foundation.api.idempotency import IdempotentMixin
from foundation.models import User

FIRM = OpenApiParameter("firm_pk", OpenApiTypes.INT, OpenApiParameter.PATH)
ROW = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH)


def caller(request: Request) -> User:
    """The user of an endpoint behind IsAuthenticated."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


class OfFirm(IdempotentMixin, viewsets.GenericViewSet[Any]):
    """Rows of one of the caller's firms, which the address names. `write_roles` may change them."""

    permission_classes = [IsAuthenticated]
    lookup_value_regex = "[0-9]{1,18}"
    read_roles: tuple[str, ...] = ("owner", "editor", "viewer")
    write_roles: tuple[str, ...] = ("owner", "editor")

    @cached_property
    def member(self) -> Member:
        firm_pk = int(self.kwargs["firm_pk"])
        found = (
            Member.objects.active_for(caller(self.request))
            .select_related("enterprise")
            .filter(enterprise_id=firm_pk)
            .first()
        )
        if found is None:
            raise NotFound
        return found

    @property
    def firm(self) -> Enterprise:
        return self.member.enterprise

    def check_permissions(self, request: Request) -> None:
        """Before an answer that is stored under the caller's key is given again: see IdempotentMixin."""
        super().check_permissions(request)
        roles = self.read_roles if request.method in ("GET", "HEAD", "OPTIONS") else self.write_roles
        if self.member.role not in roles:
            raise PermissionDenied

    def valid(self, request: Request, *, row: Model | None = None, partial: bool = False) -> dict[str, Any]:
        form = self.get_serializer(row, data=request.data, partial=partial)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def answer(self, row: Model, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(row).data, status=code)
