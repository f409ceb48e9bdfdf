"""Hostile values in every query parameter and every field, of the API (from its own schema) and of the pages (from
their own forms): a clear answer each time, never a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from tests.hub.hostile import VALUES
from tests.hub.test_url_matrix import URLS
from tests.hub.world import World, build_world

pytestmark = pytest.mark.django_db

TYPED: list[Any] = [None, True, 0, -1, 10**30, 1.5, [], [[]], {}, {"a": {"b": []}}, ["\x00"], {"\x00": 1}]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of every endpoint in the schema."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                found.append((method, path, operation))
    return sorted(found, key=lambda item: (item[1], item[0]))


def fields_of(operation: dict[str, Any]) -> list[str]:
    """Names of the JSON body's properties."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return list(schema["components"]["schemas"].get(reference, {}).get("properties", {}))


def address(world: World, path: str) -> str:
    return path.replace("{id}", str(world.own_post.pk)).replace("{code}", "510000").replace("{slug}", "x")


@pytest.fixture
def world() -> World:
    return build_world()


def client_of(world: World) -> Client:
    client = world.browser(world.owner)
    client.raise_request_exception = False
    return client


def parameters() -> Iterator[tuple[str, str]]:
    for method, path, operation in operations():
        if method == "get":
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    yield path, parameter["name"]


def test_the_schema_has_something_to_attack() -> None:
    assert len(list(parameters())) > 20


def test_no_query_parameter_of_the_api_breaks(world: World) -> None:
    client = client_of(world)
    broken = []
    for path, name in parameters():
        for value in VALUES:
            status = client.get(address(world, path), {name: value.encode("utf-8", "surrogatepass")}).status_code
            if status >= 500:
                broken.append((path, name, value[:40], status))
    assert broken == []


def test_no_body_field_of_the_api_breaks(world: World) -> None:
    broken = []
    for method, path, operation in operations():
        if method not in ("post", "put", "patch"):
            continue
        client = client_of(world)
        for name in fields_of(operation):
            for value in [*VALUES, *TYPED]:
                answer = client.generic(
                    method.upper(),
                    address(world, path),
                    world.json({name: value}),
                    content_type="application/json",
                )
                if answer.status_code >= 500:
                    broken.append((method, path, name, str(value)[:40], answer.status_code))
    assert broken == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 3000, b"\xff\xfe", b'"\\ud800"', b'{"a": "\\u0000"}', b"null", b"1e999", b"{" + b'"a":{' * 2000],
)
def test_no_raw_body_breaks_the_api(world: World, body: bytes) -> None:
    client = client_of(world)
    for method, path, _operation in operations():
        if method in ("post", "put", "patch"):
            for kind in ("application/json", "application/json; charset=nonsense", "text/plain", "multipart/form-data"):
                answer = client.generic(method.upper(), address(world, path), body, content_type=kind)
                assert answer.status_code < 500, (method, path, kind)


def test_no_query_parameter_of_a_page_breaks(world: World) -> None:
    client = client_of(world)
    broken = []
    for url in URLS:
        if url.arguments or url.name.startswith(("account_", "mfa_", "api:")):
            continue
        path = reverse(url.name)
        names = {"page", "sort", "q", "show", "measure", "next", *page_fields(client.get(path), "filter")}
        for name in sorted(names):
            for value in VALUES:
                status = client.get(path, {name: value.encode("utf-8", "surrogatepass")}).status_code
                if status >= 500:
                    broken.append((path, name, value[:40], status))
    assert broken == []


def test_no_form_field_of_a_page_breaks(world: World) -> None:
    broken = []
    for url in URLS:
        if url.name.startswith(("account_logout", "mfa_", "api:")):
            continue
        arguments = world.arguments(url.name, url.arguments, "own") if url.arguments else {}
        if arguments is None:
            continue
        path = reverse(url.name, kwargs=arguments)
        client = client_of(world)
        for name in page_fields(client.get(path), "form"):
            for value in VALUES:
                status = client.post(path, {name: value.encode("utf-8", "surrogatepass")}).status_code
                if status >= 500:
                    broken.append((path, name, value[:40], status))
    assert broken == []


def page_fields(answer: Any, key: str) -> list[str]:
    """Field names of the form (or the filter's form) in a page's context."""
    context = getattr(answer, "context", None)
    if not context or key not in context:
        return []
    form = getattr(context[key], "form", context[key])
    return [form.add_prefix(name) for name in getattr(form, "fields", {})]
