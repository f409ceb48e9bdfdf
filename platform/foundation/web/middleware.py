"""Input that no page or endpoint can use is turned away once, here."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import redis.exceptions
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from foundation.errors import RefusedError
from foundation.web.errors import bad_request, method_not_allowed, unavailable

log = logging.getLogger(__name__)


def is_unusable(text: str) -> bool:
    """PostgreSQL stores neither NUL nor lone surrogates."""
    return "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text)


class CleanInputMiddleware:
    """400 for a path or query string with NUL or lone surrogates; without it they end as 500 in the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_unusable(request.path) or any(
            is_unusable(key) or any(is_unusable(value) for value in values) for key, values in request.GET.lists()
        ):
            return bad_request(request)
        return self.get_response(request)


class MethodPageMiddleware:
    """Django answers a method that an address does not take with an empty page; people get one that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.streaming and not response.content:
            page = method_not_allowed(request)
            page["Allow"] = response.get("Allow", "")
            return page
        return response


class CacheAwayMiddleware:
    """503 instead of 500 while Valkey is away: signing up, logging in and resetting a password count attempts in it
    (allauth's own limits), and what cannot be counted is not let through. Pages that only read do without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)):
            return None
        log.error("the cache is away", exc_info=problem)
        return unavailable(request)


class RefusalMiddleware:
    """A RefusedError that a page let through becomes a message on the page it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, RefusedError):
            return None
        messages.error(request, str(problem))
        back = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
            back = "/"
        if urlsplit(back).path == request.path and request.method in ("GET", "HEAD"):
            back = "/"  # a page that refuses to be shown must not be sent back to itself
        return HttpResponseRedirect(back)
