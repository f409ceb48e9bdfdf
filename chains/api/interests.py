"""/api/v1/interests/: interests of the asking firm, both ways."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, permissions, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from chains import cooperation, recommending
from chains.api.firms import firm_of
from chains.api.recommendations import FIRM
from chains.api.serializers import AnswerSerializer, InterestSerializer, SendSerializer
from chains.models import Interest
from foundation.api.idempotency import IdempotentMixin
from foundation.api.parsers import SafeJSONParser
from foundation.models import IdempotentRequest, User


class InterestFilter(django_filters.FilterSet):
    box = django_filters.ChoiceFilter(
        method="of_box", choices=[("in", _("收到的意向")), ("out", _("发出的意向"))], label=_("方向")
    )
    state = django_filters.ChoiceFilter(choices=Interest.State, label=_("状态"))

    class Meta:
        model = Interest
        fields: list[str] = []

    def of_box(self, rows: QuerySet[Interest], _name: str, value: str) -> QuerySet[Interest]:
        firm = firm_of(self.request)
        return rows.filter(receiver=firm) if value == "in" else rows.filter(sender=firm)


@extend_schema_view(list=extend_schema(parameters=[FIRM]), retrieve=extend_schema(parameters=[FIRM]))
class InterestViewSet(
    IdempotentMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Interest]
):
    """Interests sent and received. Only the two firms see one; contacts appear after acceptance."""

    permission_classes = [permissions.IsAuthenticated]
    serializer_class = InterestSerializer
    filterset_class = InterestFilter
    parser_classes = [SafeJSONParser]
    lookup_value_regex = "[0-9]{1,18}"
    query_parameters = ("firm",)
    queryset = Interest.objects.none()

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def get_queryset(self) -> QuerySet[Interest]:
        firm = firm_of(self.request)
        return (
            Interest.objects.visible_to(self.person)
            .filter(Q(sender=firm) | Q(receiver=firm))
            .select_related("match", "sender", "receiver")
        )

    def get_serializer_context(self) -> dict[str, Any]:
        firm = firm_of(self.request) if self.request.user.is_authenticated else None
        return {**super().get_serializer_context(), "firm": firm}

    def check_replay(self, request: Request, stored: IdempotentRequest) -> None:
        """Contacts are in the answer: only for those who still act for one of the two firms."""
        get_object_or_404(self.get_queryset(), pk=(stored.body or {}).get("id"))

    @extend_schema(request=SendSerializer, responses={201: InterestSerializer}, parameters=[FIRM])
    def create(self, request: Request) -> Response:
        """Tell the firm of a match that yours wants to talk. Send an `Idempotency-Key` to repeat safely."""
        form = SendSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        firm = firm_of(request)
        match = get_object_or_404(recommending.partners(firm=firm, user=self.person), pk=form.validated_data["match"])
        interest = cooperation.send(by=self.person, firm=firm, match=match, message=form.validated_data["message"])
        return self.answer(interest, code=status.HTTP_201_CREATED)

    @extend_schema(request=AnswerSerializer, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        answer = self.said(request)
        return self.answer(cooperation.accept(by=self.person, interest=self.get_object(), answer=answer))

    @extend_schema(request=AnswerSerializer, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        answer = self.said(request)
        return self.answer(cooperation.decline(by=self.person, interest=self.get_object(), answer=answer))

    @extend_schema(request=None, parameters=[FIRM])
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self.answer(cooperation.withdraw(by=self.person, interest=self.get_object()))

    def said(self, request: Request) -> str:
        form = AnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        answer: str = form.validated_data["answer"]
        return answer

    def answer(self, interest: Interest, *, code: int = status.HTTP_200_OK) -> Response:
        return Response(InterestSerializer(interest, context=self.get_serializer_context()).data, status=code)
