"""/api/v1/matches/ and /api/v1/recommendations/: partners of the asking firm's posts, and what it says to them."""

from typing import Any

import django_filters
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import permissions, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from chains import recommending
from chains.api.firms import firm_of
from chains.api.serializers import CardSerializer, FeedbackSerializer, OrderSerializer
from chains.cards import cards
from chains.models import Match
from chains.recommending import Partners
from foundation.api.pagination import CursorPagination
from foundation.api.parsers import SafeJSONParser
from foundation.models import User

FIRM = OpenApiParameter("firm", int, description="Act for this firm of yours; the first one by default.")


class PartnerFilter(django_filters.FilterSet):
    post = django_filters.NumberFilter(method="of_post", label=_("自己的供需"), max_digits=18, decimal_places=0)
    strong = django_filters.BooleanFilter(field_name="is_strong", label=_("只看把握大的"))

    class Meta:
        model = Match
        fields: list[str] = []

    def of_post(self, rows: Partners, _name: str, value: Any) -> Partners:
        return rows.filter(Q(demand_id=int(value)) | Q(supply_id=int(value)))


class Partly(viewsets.GenericViewSet[Match]):
    """What matches and recommendations share: the firm, and cards instead of rows."""

    permission_classes = [permissions.IsAuthenticated]
    serializer_class = CardSerializer
    filterset_class = PartnerFilter
    parser_classes = [SafeJSONParser]
    lookup_value_regex = "[0-9]{1,18}"
    query_parameters = ("firm",)
    queryset = Match.objects.none()

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def get_queryset(self) -> Partners:
        return recommending.partners(firm=firm_of(self.request), user=self.person)

    def as_cards(self, matches: list[Match]) -> Any:
        return CardSerializer(cards(matches=matches, firm=firm_of(self.request), user=self.person), many=True).data

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None
        return self.get_paginated_response(self.as_cards(list(page)))

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.as_cards([self.get_object()])[0])


@extend_schema_view(list=extend_schema(parameters=[FIRM]), retrieve=extend_schema(parameters=[FIRM]))
class MatchViewSet(Partly):
    """All live matches of the firm's posts on the market, newest first, hidden ones too. Reading is not recorded."""


class BestFirst(CursorPagination):
    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return recommending.order(plain=bool(getattr(request.user, "plain_order", False)))


@extend_schema_view(list=extend_schema(parameters=[FIRM]), retrieve=extend_schema(parameters=[FIRM]))
class RecommendationViewSet(Partly):
    """Partners in the order of the firm's pages: best first, or by date for a person who switched ranking off.

    What a list shows is recorded as shown; hidden partners are left out.
    """

    pagination_class = BestFirst

    def get_queryset(self) -> Partners:
        return recommending.not_hidden(super().get_queryset(), firm=firm_of(self.request))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None
        matches = list(page)
        recommending.record_shown(
            firm=firm_of(request), shown=[(match.rank, match) for match in matches], plain=self.person.plain_order
        )
        return self.get_paginated_response(self.as_cards(matches))

    @extend_schema(request=FeedbackSerializer, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def feedback(self, request: Request, pk: str) -> Response:
        """Useful, or not and why; what does not fit is hidden until it is taken back."""
        form = FeedbackSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        match = self.one()
        recommending.feedback(
            by=self.person,
            firm=firm_of(request),
            match=match,
            useful=form.validated_data["feedback"] == "useful",
            reason=form.validated_data["reason"],
        )
        return self.answer(match)

    @extend_schema(request=None, parameters=[FIRM])
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Undo feedback and hiding."""
        match = self.one()
        recommending.take_back(by=self.person, firm=firm_of(request), match=match)
        return self.answer(match)

    @extend_schema(request=None, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def hide(self, request: Request, pk: str) -> Response:
        match = self.one()
        recommending.hide(by=self.person, firm=firm_of(request), match=match)
        return self.answer(match)

    @extend_schema(request=None, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: str) -> Response:
        match = self.one()
        recommending.save_partner(by=self.person, firm=firm_of(request), match=match, saved=True)
        return self.answer(match)

    @extend_schema(request=None, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def unsave(self, request: Request, pk: str) -> Response:
        match = self.one()
        recommending.save_partner(by=self.person, firm=firm_of(request), match=match, saved=False)
        return self.answer(match)

    @extend_schema(request=OrderSerializer, responses=OrderSerializer)
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Switch the ranking off (`plain`) or on, for this person, from the next request on."""
        form = OrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        recommending.set_plain_order(by=self.person, on=form.validated_data["plain"])
        return Response({"plain": self.person.plain_order})

    def one(self) -> Match:
        """Also a hidden one: it must be possible to take that back."""
        rows = recommending.partners(firm=firm_of(self.request), user=self.person)
        found: Match = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    def answer(self, match: Match) -> Response:
        return Response(self.as_cards([match])[0])
