"""/api/v1/firms/: the directory. /api/v1/my/firms/: one's own firms and what belongs to them."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enterprises import registration, uscc
from enterprises.api.firms.serializers import (
    CertificateSerializer,
    CodeCheckSerializer,
    FirmDetailSerializer,
    FirmSerializer,
    IdentityChangeSerializer,
    InvitationSerializer,
    MemberSerializer,
    MyFirmSerializer,
    NoteSerializer,
    SiteSerializer,
    SizeSerializer,
    StartSerializer,
    TitleSerializer,
)
from enterprises.api.own import FIRM, ROW, OfFirm, caller
from enterprises.disclosure import Viewer
from enterprises.filters.firms import EnterpriseFilter, with_badges
from enterprises.models import (
    Certificate,
    Enterprise,
    IdentityChange,
    Invitation,
    Member,
    Site,
    SizeSnapshot,
    TierTitle,
)
from enterprises.registration.rules import problem_text
from foundation.api.idempotency import IdempotentMixin
from foundation.api.pagination import CursorPagination
from foundation.models import IdempotentRequest, User


class ByName(CursorPagination):
    """In the order of `sort`; by name without it. Ties are broken by id."""

    ORDERS = {
        "pinyin": ("pinyin", "id"),
        "-pinyin": ("-pinyin", "-id"),
        "verified_at": ("verified_at", "id"),
        "-verified_at": ("-verified_at", "-id"),
    }

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return self.ORDERS.get(request.query_params.get("sort", ""), self.ORDERS["pinyin"])


class FirmViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Enterprise]):
    """Firms as the caller may see them. A hidden field is null and named in `hidden`."""

    queryset = Enterprise.objects.none()
    pagination_class = ByName
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def filterset_class(self) -> Any:
        return EnterpriseFilter if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Enterprise]:
        rows = Enterprise.objects.listed() if self.action == "list" else _visible(self.request)
        return with_badges(rows)

    def get_serializer_class(self) -> type[FirmSerializer]:
        return FirmDetailSerializer if self.action == "retrieve" else FirmSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "viewer": Viewer(self.request.user)}


def _visible(request: Request) -> QuerySet[Enterprise]:
    return Enterprise.objects.visible_to(request.user)


class MyFirmViewSet(
    IdempotentMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Enterprise],
):
    """The caller's own firms: register, keep up to date, submit."""

    queryset = Enterprise.objects.none()
    serializer_class = MyFirmSerializer
    permission_classes = [IsAuthenticated]
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Enterprise]:
        return Enterprise.objects.of_member(caller(self.request)).select_related("region", "industry")

    def get_serializer_context(self) -> dict[str, Any]:
        roles: dict[int, str] = {}
        if isinstance(self.request.user, User):
            roles = dict(Member.objects.active_for(self.request.user).values_list("enterprise_id", "role"))
        return {**super().get_serializer_context(), "roles": roles}

    def check_replay(self, request: Request, stored: IdempotentRequest) -> None:
        if self.action == "create":
            get_object_or_404(self.get_queryset(), pk=(stored.body or {}).get("id"))
        elif self.action != "leave":  # which says nothing about the firm
            self.get_object()

    def _own(self, *roles: str) -> Enterprise:
        """The firm of the address; 404 for another's, 403 for a role that is not enough."""
        firm = self.get_object()
        member = Member.objects.active_for(caller(self.request)).get(enterprise=firm)
        if member.role not in roles:
            raise PermissionDenied
        return firm

    def _answer(self, firm: Enterprise, code: int = status.HTTP_200_OK) -> Response:
        row = Enterprise.objects.select_related("region", "industry").get(pk=firm.pk)
        return Response(self.get_serializer(row).data, status=code)

    @extend_schema(request=StartSerializer, responses={201: MyFirmSerializer})
    def create(self, request: Request) -> Response:
        """Start a registration. `uscc_taken` (409): the firm is here already, claim it on the page."""
        form = StartSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if caller(request).scope_firm_id is not None:
            raise PermissionDenied
        return self._answer(registration.start(by=caller(request), **form.validated_data), status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Before submission any field; once verified all but name, code, kind and region (identity-changes)."""
        firm = self._own("owner", "editor")
        form = self.get_serializer(firm, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        by, values = caller(request), dict(form.validated_data)
        if firm.is_editable_draft:
            with transaction.atomic():
                for step, names in registration.FIELDS.items():
                    part = {name: values[name] for name in names if name in values}
                    if part:
                        registration.save_step(by=by, enterprise=firm, step=step, values=part)
        else:
            fixed = sorted(set(values) & {"name", "uscc", "org_type", "region"})
            if fixed:
                raise serializers.ValidationError({key: [_("已核验的信息，请通过变更申请修改。")] for key in fixed})
            registration.save_profile(by=by, enterprise=firm, values=values)
        return self._answer(firm)

    @extend_schema(request=NoteSerializer, responses=MyFirmSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Send to the operator; also confirms a re-check."""
        firm = self._own("owner", "editor")
        form = NoteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._answer(registration.submit(by=caller(request), enterprise=firm, note=form.validated_data["note"]))

    @extend_schema(request=None, responses=MyFirmSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str | None = None) -> Response:
        """Back to draft, until somebody begins to check."""
        firm = self._own("owner", "editor")
        return self._answer(registration.take_back(by=caller(request), enterprise=firm))

    @extend_schema(request=None, responses=MyFirmSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """A rejected registration becomes a draft again."""
        firm = self._own("owner", "editor")
        return self._answer(registration.reopen(by=caller(request), enterprise=firm))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str | None = None) -> Response:
        """Leave the firm. `last_owner` (409): name another owner first."""
        registration.leave(by=caller(request), enterprise=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class _Holdings(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfFirm):
    kind: type[Any]

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.kind._default_manager.all()
        return rows.none() if getattr(self, "swagger_fake_view", False) else rows.filter(enterprise=self.firm)

    def create(self, request: Request, firm_pk: str) -> Response:
        row = registration.add_holding(
            by=caller(request), enterprise=self.firm, kind=self.kind, values=self.valid(request)
        )
        return self.answer(row, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, firm_pk: str, pk: str) -> Response:
        row = self.get_object()
        values = self.valid(request, row=row, partial=True)
        return self.answer(registration.edit_holding(by=caller(request), holding=row, values=values))

    def destroy(self, request: Request, firm_pk: str, pk: str) -> Response:
        registration.remove_holding(by=caller(request), holding=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(parameters=[FIRM])
@extend_schema_view(
    retrieve=extend_schema(parameters=[ROW]),
    partial_update=extend_schema(parameters=[ROW]),
    destroy=extend_schema(parameters=[ROW]),
)
class SiteViewSet(_Holdings):
    """Operating sites."""

    kind = Site
    queryset = Site.objects.none()
    serializer_class = SiteSerializer


@extend_schema(parameters=[FIRM])
@extend_schema_view(
    retrieve=extend_schema(parameters=[ROW]),
    partial_update=extend_schema(parameters=[ROW]),
    destroy=extend_schema(parameters=[ROW]),
)
class TitleViewSet(_Holdings):
    """Titles with issuer and expiry."""

    kind = TierTitle
    queryset = TierTitle.objects.none()
    serializer_class = TitleSerializer


@extend_schema(parameters=[FIRM])
@extend_schema_view(
    retrieve=extend_schema(parameters=[ROW]),
    partial_update=extend_schema(parameters=[ROW]),
    destroy=extend_schema(parameters=[ROW]),
)
class CertificateViewSet(_Holdings):
    """Certificates; a change makes matching look again."""

    kind = Certificate
    queryset = Certificate.objects.none()
    serializer_class = CertificateSerializer


@extend_schema(parameters=[FIRM])
class SizeViewSet(mixins.ListModelMixin, OfFirm):
    """Dated snapshots of staff and revenue with the class that the rule gave. Never changed, only added to."""

    queryset = SizeSnapshot.objects.none()
    serializer_class = SizeSerializer

    def get_queryset(self) -> QuerySet[SizeSnapshot]:
        if getattr(self, "swagger_fake_view", False):
            return SizeSnapshot.objects.none()
        return self.firm.size_snapshots.all()

    def create(self, request: Request, firm_pk: str) -> Response:
        values = self.valid(request)
        row = registration.record_size(
            by=caller(request),
            enterprise=self.firm,
            as_of=values["as_of"],
            staff=values.get("staff"),
            revenue_wan=values.get("revenue_wan"),
        )
        return self.answer(row, status.HTTP_201_CREATED)


@extend_schema(parameters=[FIRM])
@extend_schema_view(partial_update=extend_schema(parameters=[ROW]), destroy=extend_schema(parameters=[ROW]))
class MemberViewSet(mixins.ListModelMixin, OfFirm):
    """People of the firm; owners change roles and remove."""

    queryset = Member.objects.none()
    serializer_class = MemberSerializer
    write_roles = ("owner",)

    def get_queryset(self) -> QuerySet[Member]:
        if getattr(self, "swagger_fake_view", False):
            return Member.objects.none()
        return self.firm.members.active().select_related("user", "enterprise")

    def partial_update(self, request: Request, firm_pk: str, pk: str) -> Response:
        row = self.get_object()
        values = self.valid(request, row=row, partial=True)
        if "role" in values:
            row = registration.change_role(by=caller(request), member=row, role=values["role"])
        return self.answer(row)

    def destroy(self, request: Request, firm_pk: str, pk: str) -> Response:
        registration.remove_member(by=caller(request), member=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(parameters=[FIRM])
@extend_schema_view(destroy=extend_schema(parameters=[ROW]))
class InvitationViewSet(mixins.ListModelMixin, OfFirm):
    """Open invitations, for owners. The link is only in the mail."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    read_roles = write_roles = ("owner",)

    def get_queryset(self) -> QuerySet[Invitation]:
        if getattr(self, "swagger_fake_view", False):
            return Invitation.objects.none()
        return self.firm.invitations.filter(accepted_at=None, withdrawn_at=None).select_related("enterprise")

    def create(self, request: Request, firm_pk: str) -> Response:
        row = registration.invite(by=caller(request), enterprise=self.firm, **self.valid(request))
        return self.answer(row, status.HTTP_201_CREATED)

    def destroy(self, request: Request, firm_pk: str, pk: str) -> Response:
        registration.withdraw_invitation(by=caller(request), invitation=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(parameters=[FIRM])
class IdentityChangeViewSet(mixins.ListModelMixin, OfFirm):
    """Changes of name, code, kind or registered region that a verified firm asks for."""

    queryset = IdentityChange.objects.none()
    serializer_class = IdentityChangeSerializer
    write_roles = ("owner",)

    def get_queryset(self) -> QuerySet[IdentityChange]:
        if getattr(self, "swagger_fake_view", False):
            return IdentityChange.objects.none()
        return self.firm.identity_changes.all()

    def create(self, request: Request, firm_pk: str) -> Response:
        row = registration.ask_identity_change(by=caller(request), enterprise=self.firm, **self.valid(request))
        return self.answer(row, status.HTTP_201_CREATED)


class CodeCheckView(APIView):
    """Is this social credit code well formed, and is its firm here already?"""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=[OpenApiParameter("code", OpenApiTypes.STR, required=True)], responses=CodeCheckSerializer
    )
    def get(self, request: Request) -> Response:
        finding = uscc.examine(request.query_params.get("code", "")[:60])
        return Response(
            CodeCheckSerializer(
                {
                    "code": finding.code,
                    "usable": finding.is_usable,
                    "doubtful": finding.is_doubtful,
                    "problems": [str(problem) for problem in finding.problems],
                    "taken": finding.is_usable and Enterprise.objects.filter(uscc=finding.code).exists(),
                    "message": problem_text(finding) if finding.problems else "",
                }
            ).data
        )
