"""/api/v1/posts/ and /capabilities/: what others offer and need. /my/firms/{id}/posts/ …: one's own."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises import capabilities, posting
from enterprises.api.market.serializers import (
    CapabilitySerializer,
    FindingSerializer,
    FulfilSerializer,
    MyCapabilitySerializer,
    MyPostSerializer,
    PostSerializer,
    ReasonSerializer,
    StillHoldsSerializer,
    VersionSerializer,
)
from enterprises.api.own import FIRM, ROW, OfFirm, caller
from enterprises.disclosure import Viewer
from enterprises.filters.capabilities import CapabilityFilter
from enterprises.filters.posts import MyPostFilter, PostFilter
from enterprises.models import Capability, Certificate, Post
from foundation.api.pagination import CursorPagination
from regions.models import Region

_VERSION = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="version that was read; another one is a 409"
)


class PostPages(CursorPagination):
    """In the order of `sort`; the newest first without it. Ties are broken by id."""

    ORDERS = {
        "-published_at": ("-published_at", "-id"),
        "published_at": ("published_at", "id"),
        "pinyin": ("pinyin", "id"),
        "-pinyin": ("-pinyin", "-id"),
        "expires_on": ("expires_on", "id"),
        "-expires_on": ("-expires_on", "-id"),
    }

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return self.ORDERS.get(request.query_params.get("sort", ""), self.ORDERS["-published_at"])


class CapabilityPages(CursorPagination):
    ORDERS = {
        "pinyin": ("pinyin", "id"),
        "-pinyin": ("-pinyin", "-id"),
        "updated_at": ("updated_at", "id"),
        "-updated_at": ("-updated_at", "-id"),
    }

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return self.ORDERS.get(request.query_params.get("sort", ""), ("-id",))


class PostViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Post]):
    """Open posts that the caller may see."""

    queryset = Post.objects.none()
    serializer_class = PostSerializer
    pagination_class = PostPages
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def filterset_class(self) -> Any:
        return PostFilter if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Post]:
        rows = Post.objects.visible_to(self.request.user)
        if self.action == "list":
            rows = rows.open()
        return rows.select_related(
            "enterprise__region__parent__parent", "industry", "delivery_region__parent__parent"
        ).prefetch_related("certificates", Prefetch("delivers_to", Region.objects.with_path()))


class CapabilityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Capability]):
    """Capabilities in use that the caller may see."""

    queryset = Capability.objects.none()
    serializer_class = CapabilitySerializer
    pagination_class = CapabilityPages
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def filterset_class(self) -> Any:
        return CapabilityFilter if self.action == "list" else None

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "viewer": Viewer(self.request.user)}

    def get_queryset(self) -> QuerySet[Capability]:
        rows = Capability.objects.visible_to(self.request.user).filter(archived_at__isnull=True)
        return rows.select_related("enterprise__region__parent__parent", "industry").prefetch_related(
            Prefetch("certificates", Certificate.objects.select_related("kind"))
        )


@extend_schema(parameters=[FIRM])
@extend_schema_view(
    retrieve=extend_schema(parameters=[ROW]),
    partial_update=extend_schema(parameters=[ROW, _VERSION]),
    destroy=extend_schema(parameters=[ROW]),
)
class MyPostViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfFirm):
    """Posts of one of the caller's firms, in every state."""

    queryset = Post.objects.none()
    serializer_class = MyPostSerializer

    @property
    def filterset_class(self) -> Any:
        return MyPostFilter if self.action == "list" else None

    def get_queryset(self) -> QuerySet[Post]:
        if getattr(self, "swagger_fake_view", False):
            return Post.objects.none()
        rows = Post.objects.visible_to(caller(self.request)).filter(enterprise=self.firm)
        return rows.prefetch_related("certificates", "delivers_to", "invited_firms").order_by("-id")

    def get_serializer_context(self) -> dict[str, Any]:
        context = {**super().get_serializer_context(), "with_findings": self.action != "list"}
        if not getattr(self, "swagger_fake_view", False):
            context["firm"] = self.firm
        return context

    def create(self, request: Request, firm_pk: str) -> Response:
        """A draft. `findings` says what stands between it and the market."""
        values = self.valid(request)
        post = posting.save_draft(by=caller(request), enterprise=self.firm, **values)
        return self._post(post, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, firm_pk: str, pk: str) -> Response:
        """Change a draft or an open post; a material change of an open post makes a new version. With `If-Match`, a
        post that somebody changed meanwhile is refused (409 changed_meanwhile). New contact data or words that need a
        look take an open post off the market until an operator has approved it: `status` is then "review" (pages ask
        first)."""
        post = self.get_object()
        values = self.valid(request, row=post, partial=True)
        seen = request.headers.get("If-Match", "").strip('" ')
        version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        return self._post(posting.edit(post=post, by=caller(request), version=version, **values))

    def destroy(self, request: Request, firm_pk: str, pk: str) -> Response:
        """Delete a draft. A post that was on the market is withdrawn instead."""
        posting.discard(post=self.get_object(), by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=[ROW], responses=FindingSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request: Request, firm_pk: str, pk: str) -> Response:
        """What the checks before publishing find."""
        return Response(FindingSerializer(posting.examine(self.get_object()), many=True).data)

    @extend_schema(parameters=[ROW], request=None, responses=MyPostSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, firm_pk: str, pk: str) -> Response:
        """Onto the market for 90 days, or to review: `status` says which."""
        return self._post(posting.publish(post=self.get_object(), by=caller(request)))

    @extend_schema(parameters=[ROW], request=StillHoldsSerializer, responses=MyPostSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, firm_pk: str, pk: str) -> Response:
        """90 more days, only by confirming that it still holds."""
        form = StillHoldsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        post = posting.renew(post=self.get_object(), by=caller(request), still_holds=form.validated_data["still_holds"])
        return self._post(post)

    @extend_schema(parameters=[ROW], request=ReasonSerializer, responses=MyPostSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, firm_pk: str, pk: str) -> Response:
        form = ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._post(
            posting.withdraw(post=self.get_object(), by=caller(request), reason=form.validated_data["reason"])
        )

    @extend_schema(parameters=[ROW], request=FulfilSerializer, responses=MyPostSerializer)
    @action(detail=True, methods=["post"])
    def fulfil(self, request: Request, firm_pk: str, pk: str) -> Response:
        """The need is met or the supply is sold."""
        form = FulfilSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._post(
            posting.mark_fulfilled(post=self.get_object(), by=caller(request), note=form.validated_data["note"])
        )

    @extend_schema(parameters=[ROW], request=None, responses=MyPostSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, firm_pk: str, pk: str) -> Response:
        """From review back to draft."""
        return self._post(posting.take_back(post=self.get_object(), by=caller(request)))

    @extend_schema(parameters=[ROW], request=None, responses={201: MyPostSerializer})
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, firm_pk: str, pk: str) -> Response:
        """A new draft with the same content."""
        return self._post(posting.duplicate(post=self.get_object(), by=caller(request)), status.HTTP_201_CREATED)

    @extend_schema(parameters=[ROW], responses=VersionSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, firm_pk: str, pk: str) -> Response:
        """Earlier wordings, the latest first."""
        return Response(VersionSerializer(self.get_object().versions.all(), many=True).data)

    def _post(self, post: Post, code: int = status.HTTP_200_OK) -> Response:
        return self.answer(Post.objects.select_related("enterprise").get(pk=post.pk), code)


@extend_schema(parameters=[FIRM])
@extend_schema_view(retrieve=extend_schema(parameters=[ROW]), partial_update=extend_schema(parameters=[ROW]))
class MyCapabilityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OfFirm):
    """Capabilities of one of the caller's firms, archived ones included."""

    queryset = Capability.objects.none()
    serializer_class = MyCapabilitySerializer

    def get_queryset(self) -> QuerySet[Capability]:
        if getattr(self, "swagger_fake_view", False):
            return Capability.objects.none()
        rows = Capability.objects.visible_to(caller(self.request)).filter(enterprise=self.firm)
        return rows.select_related("enterprise").prefetch_related("certificates").order_by("-id")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        return context if getattr(self, "swagger_fake_view", False) else {**context, "firm": self.firm}

    def create(self, request: Request, firm_pk: str) -> Response:
        row = capabilities.save(by=caller(request), enterprise=self.firm, **self.valid(request))
        return self.answer(row, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, firm_pk: str, pk: str) -> Response:
        row = self.get_object()
        values = self.valid(request, row=row, partial=True)
        return self.answer(capabilities.save(by=caller(request), enterprise=self.firm, capability=row, **values))

    @extend_schema(parameters=[ROW], request=None, responses=MyCapabilitySerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, firm_pk: str, pk: str) -> Response:
        return self.answer(capabilities.archive(capability=self.get_object(), by=caller(request)))

    @extend_schema(parameters=[ROW], request=None, responses=MyCapabilitySerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, firm_pk: str, pk: str) -> Response:
        return self.answer(capabilities.restore(capability=self.get_object(), by=caller(request)))

    @extend_schema(parameters=[ROW], request=None, responses={201: MyPostSerializer})
    @action(detail=True, methods=["post"], url_path="draft-supply")
    def draft_supply(self, request: Request, firm_pk: str, pk: str) -> Response:
        """A draft supply post with what the capability says."""
        post = capabilities.draft_supply(capability=self.get_object(), by=caller(request))
        context = {**self.get_serializer_context(), "with_findings": True}
        return Response(MyPostSerializer(post, context=context).data, status=status.HTTP_201_CREATED)
