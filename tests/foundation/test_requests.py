"""What a request may say about itself, and what it is told when it is nonsense."""

import base64
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.exceptions import BadRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from foundation.web.requests import Handler, Request
from tests.factories import EnterpriseFactory, UserFactory, owner_of

pytestmark = pytest.mark.django_db


def environ(charset: str, *, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/preview/",
        "QUERY_STRING": "text=%ff",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": f"application/x-www-form-urlencoded; charset={charset}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """The real handler closes its database connections, as the test client's does not: with it the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("charset", ["base64", "undefined", "idna", "unicode_escape", "utf-16", "no-such"])
def test_a_charset_that_is_none_is_no_charset(charset: str) -> None:
    """Through the door that gunicorn uses: without a token it is refused, so it was read."""
    said: list[str] = []
    answer = Handler()(environ(charset, body=b"text=x"), lambda status, headers, *rest: said.append(status))
    answer.close()  # type: ignore[attr-defined]
    assert said == ["403 Forbidden"]
    assert Request(environ(charset, body=b"text=x")).POST["text"] == "x"


def test_a_form_in_another_encoding_is_refused_not_misread() -> None:
    with pytest.raises(BadRequest):
        _ = Request(environ("GB18030", body="text=轴承".encode("gb18030"))).POST


@pytest.mark.parametrize("position", ["", "abc", "2026-99-99", "\x00", "\ud800"])
@pytest.mark.parametrize("rows", ["my/firms/{}/sites/", "my/firms/{}/posts/", "chains/", "regions/", "firms/"])
def test_a_cursor_that_points_nowhere_is_refused_by_name_or_starts_anew(
    client: Client, position: str, rows: str
) -> None:
    """A word is a place in a list by name, but none in a list by number."""
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    text = quote(f"p={position}".encode("utf-8", "surrogatepass"), safe="=")
    cursor = base64.b64encode(text.encode()).decode()
    answer = client.get(f"/api/v1/{rows.format(firm.pk)}", {"cursor": cursor})
    if answer.status_code == 200 and rows in ("regions/", "firms/"):
        return
    assert answer.status_code == 400
    assert answer.json()["field"] == "cursor"
    assert "从第一页重新开始" in answer.json()["message"]


def test_the_description_puts_nothing_of_the_caller_into_a_header(client: Client) -> None:
    answer = client.get("/api/v1/schema/", {"version": "1\r\nSet-Cookie: a=b", "lang": "../../etc"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer["Content-Disposition"]


def test_a_next_page_that_cannot_be_read_is_not_gone_to(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.post("/accounts/logout/?next=http://[").headers["Location"] == "/"


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "第 1 行第 2 个字符"), ("en", "line 1 at character 2")])
def test_broken_json_is_told_where_and_in_ones_language(client: Client, language: str, said: str) -> None:
    answer = client.post(
        "/api/v1/preview/", b"{bad", content_type="application/json", headers={"Accept-Language": language}
    )
    assert answer.status_code == 400
    assert said in answer.json()["message"]
