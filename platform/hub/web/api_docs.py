"""The API's description. Swagger's own page needs inline scripts, which our security policy forbids."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from foundation.web.links import link_if_any


class SchemaView(SpectacularAPIView):
    """In the language of the request. There is one version; what a caller names as version or language is not put
    into headers or looked up as a catalogue."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        return self._get_schema_response(request)  # type: ignore[no-any-return,no-untyped-call]

    def _get_version_parameter(self, request: Request) -> None:
        return None


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "hub/api_docs.html",
        {"schema_url": link_if_any("api:schema"), "token_url": link_if_any("hub:token-list")},
    )
