"""/api/v1/partners/: upstream and downstream partners through the chain graph, with the path as the reason."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import pagination, permissions, throttling
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chains import partnering
from chains.api.firms import firm_of
from chains.api.serializers import PartnerCardSerializer, PartnerQuestionSerializer
from chains.models import Node
from chains.partner_cards import cards_of
from enterprises.disclosure import Viewer
from enterprises.models import Enterprise, Member
from foundation import limits
from foundation.api.strict import EVERYWHERE, refuse_unknown
from foundation.models import User

PER_MINUTE_VISITOR = 30
PER_MINUTE_USER = 240


class PartnerThrottle(throttling.BaseThrottle):
    """Atomic, and shared with nobody else's requests."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        user = request.user if isinstance(request.user, User) else None
        return limits.allow_caller(
            "partners-api", request._request, user=user, per_user=PER_MINUTE_USER, per_visitor=PER_MINUTE_VISITOR
        )

    def wait(self) -> float:
        return 60.0


class Pages(pagination.PageNumberPagination):
    """A list that is found anew for each request; it ends at MOST_FIRMS."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class PartnersView(APIView):
    """Open to everybody for a node, a product or another listed firm; for the own firm to its members."""

    permission_classes = [permissions.AllowAny]
    throttle_classes = [PartnerThrottle]
    serializer_class = PartnerCardSerializer
    pagination_class = Pages

    @extend_schema(
        operation_id="partners_list",
        parameters=[
            PartnerQuestionSerializer,
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description="At most 100."),
        ],
        responses=PartnerCardSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Partners up or down the chain, best first, or by date for a person who switched ranking off."""
        form = PartnerQuestionSerializer(data=request.query_params)
        refuse_unknown((name for name in request.query_params if name not in EVERYWHERE), form.fields.keys())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        firm = _acting(request)
        start = _start(request, asked)
        found = partnering.find(
            start=start,
            wish=partnering.Wish(
                upstream=asked["direction"] == "upstream",
                links=asked["links"],
                regions=[asked["region"].pk] if asked["region"] is not None else [],
            ),
            user=request.user,
            firm=firm,
            plain=bool(getattr(request.user, "plain_order", False)),
        )
        pages = Pages()
        page: Any = pages.paginate_queryset(found.partners, request, view=self)
        own = firm is not None and start.firm_id == firm.pk
        cards = cards_of(page, start=start, viewer=Viewer(request.user), own=own)
        return pages.get_paginated_response(PartnerCardSerializer(cards, many=True).data)


def _acting(request: Request) -> Enterprise | None:
    """The firm for which the caller asks; nobody's for a visitor and for a person without a firm."""
    if not request.user.is_authenticated:
        return None
    if request.query_params.get("firm") or Member.objects.active_for(request.user).exists():
        return firm_of(request)
    return None


def _start(request: Request, asked: dict[str, Any]) -> partnering.Start:
    if asked["node"] is not None:
        node = get_object_or_404(Node.objects.select_related("chain"), pk=asked["node"])
        return partnering.from_node(node)
    if asked["product"]:
        return partnering.from_product(asked["product"])
    if asked["of_firm"] is not None:
        other = get_object_or_404(Enterprise.objects.listed(), pk=asked["of_firm"])
        return partnering.from_firm(firm=other, user=request.user)
    if not request.user.is_authenticated:
        raise NotAuthenticated
    firm = _acting(request)
    if firm is None:
        raise Http404
    return partnering.from_firm(firm=firm, user=request.user)
