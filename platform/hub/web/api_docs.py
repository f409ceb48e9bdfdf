"""The API's description. Swagger's own page needs inline scripts, which our security policy forbids."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.web.links import link_if_any


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "hub/api_docs.html",
        {"schema_url": link_if_any("api:schema"), "token_url": link_if_any("hub:token-list")},
    )
