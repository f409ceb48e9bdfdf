"""A browser without the bulk of Django's test client: that one keeps a copy of every template's context, which takes
longer than the page."""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, RequestFactory, client
from django.test.client import ClientHandler

from foundation.models import User
from foundation.web.requests import Request

# Written by looking: sessions, and that a recommendation was shown.
SIDE_EFFECTS = ("django_session", "chains_recommendation")
VERBS = ("INSERT INTO", "UPDATE", "DELETE FROM")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    # Tables that the request wrote to.
    wrote: frozenset[str]
    errors: list[BaseException]
    response: Any = field(repr=False, default=None)

    @property
    def text(self) -> str:
        """Headers and body; of a workbook what its sheets say."""
        body = self.body
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"\n".join(book.read(name) for name in book.namelist())
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return head + "\n" + body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser(RequestFactory):
    """Requests of one person. Each is undone afterwards, so that all meet the same world."""

    def __init__(self, user: User | None, *, csrf: bool = False) -> None:
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=csrf)
        self.user = user
        if user is not None:
            visitor = Client()
            visitor.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            # As after a log-in with a password a moment ago, which is asked again before the second factor is changed.
            request = HttpRequest()
            request.session = session = visitor.session
            record_authentication(request, user, method="password", reauthenticated=True)
            session.save()
            visitor.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
            self.cookies = visitor.cookies

    def ask(self, method: str, path: str, **request: Any) -> Answer:
        errors: list[BaseException] = []
        wrote: set[str] = set()

        def fell(sender: Any, request: Any, **kwargs: Any) -> None:
            error = sys.exc_info()[1]
            if error is not None:
                errors.append(error)

        got_request_exception.connect(fell, weak=False)
        try:
            with undone(), connection.execute_wrapper(_Writes(wrote)):
                response = self.generic(method, path, **request)
                body = _content(response)
        finally:
            got_request_exception.disconnect(fell)
        headers = dict(response.items())
        for name, morsel in response.cookies.items():
            headers[f"Set-Cookie {name}"] = _cookie(name, morsel.value)
        return Answer(response.status_code, headers, body, frozenset(wrote), errors, response)

    def request(self, **request: Any) -> Any:
        with patch.object(client, "WSGIRequest", Request):  # as hub.wsgi does
            return self.handler(self._base_environ(**request))


class _Writes:
    def __init__(self, wrote: set[str]) -> None:
        self.wrote = wrote

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        for verb in VERBS:
            if sql.startswith(verb):
                table = sql[len(verb) :].split('"', 2)[1]
                if table not in SIDE_EFFECTS:
                    self.wrote.add(table)
        return execute(sql, params, many, context)


def _content(response: HttpResponseBase) -> bytes:
    if getattr(response, "streaming", False):
        return b"".join(response)  # type: ignore[call-overload,no-any-return]
    return response.content  # type: ignore[attr-defined,no-any-return]


def _cookie(name: str, value: str) -> str:
    """What a cookie says to the person: messages are signed with the time, sessions and tokens are chance."""
    if name == "messages":
        return " ".join(str(message) for message in CookieStorage(HttpRequest())._decode(value) or ())
    return "…" if name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME) else value


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)
