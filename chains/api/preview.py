"""/api/v1/preview/: partners of a free text. Stores nothing, needs no log-in, counts requests."""

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, throttling
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chains.answers import as_json
from chains.api.serializers import PreviewSerializer, WishSerializer
from chains.matching import previewing
from enterprises.models import Member
from foundation import limits
from foundation.api.parsers import SafeJSONParser
from foundation.models import User

PER_MINUTE_VISITOR = 30
PER_MINUTE_USER = 240


class PreviewThrottle(throttling.BaseThrottle):
    """Atomic, and shared with nobody else's requests."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        user = request.user if isinstance(request.user, User) else None
        return limits.allow_caller(
            "preview-api", request._request, user=user, per_user=PER_MINUTE_USER, per_visitor=PER_MINUTE_VISITOR
        )

    def wait(self) -> float:
        return 60.0


class PreviewView(APIView):
    permission_classes = [permissions.AllowAny]
    parser_classes = [SafeJSONParser]
    throttle_classes = [PreviewThrottle]

    @extend_schema(request=WishSerializer, responses=PreviewSerializer)
    def post(self, request: Request) -> Response:
        """Partners for a free text, best first, each with its reasons."""
        form = WishSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        user = request.user if isinstance(request.user, User) else None
        member = (
            Member.objects.active_for(user).select_related("enterprise").order_by("joined_at", "pk").first()
            if user is not None
            else None
        )
        found = previewing.preview(
            wish=form.wish(),
            user=user,
            firm=member.enterprise if member is not None else None,
            limit=form.validated_data["limit"],
        )
        return Response(as_json(found))
