"""/api/v1/dictionary/: concepts of the dictionary in force, for systems that map their products to ours."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chains.dictionary import edition, searching
from chains.engine import Concept

MOST = 50


class SearchSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=80)


class ConceptSerializer(serializers.Serializer[Concept]):
    name = serializers.CharField()
    english = serializers.CharField()
    kind = serializers.CharField()
    parents = serializers.ListField(child=serializers.CharField())
    aliases = serializers.SerializerMethodField()

    def get_aliases(self, concept: Concept) -> list[str]:
        return [alias.rstrip("?") for alias in concept.aliases]


class FoundSerializer(serializers.Serializer[Any]):
    edition = serializers.IntegerField()
    results = ConceptSerializer(many=True)


class DictionaryView(APIView):
    permission_classes = [permissions.IsAuthenticated]

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True, description="name, alias or English name, or a part")],
        responses=FoundSerializer,
    )
    def get(self, request: Request) -> Response:
        """Concepts that go by this name or have it in theirs, at most 50, the exact one first."""
        asked = SearchSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        now = edition()
        found = searching.find(asked.validated_data["q"], dictionary=now.dictionary, limit=MOST)
        return Response(FoundSerializer({"edition": now.number, "results": found}).data)
