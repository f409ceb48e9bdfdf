"""Every URL of the resolver × every kind of person × own, foreign and missing object.

For each combination: never a 5xx; a canary string of a tenant shows only to whom it may; a foreign private object
answers exactly as a missing one. A URL with arguments that this file does not know fails the suite.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.hub.world import PERSONAS, Persona, World, build_world

pytestmark = pytest.mark.django_db

# Not ours: allauth's and Django's own views are exercised for 5xx only.
FOREIGN_NAMESPACES = ("account_", "mfa_", "set_language")


@dataclass(frozen=True)
class Url:
    name: str
    arguments: tuple[str, ...]


def all_urls() -> list[Url]:
    """Every named URL with the names of its arguments, in the order of the resolver."""

    def walk(patterns: Any, namespace: str, inherited: tuple[str, ...]) -> Iterator[Url]:
        for pattern in patterns:
            own = tuple(pattern.pattern.converters) or tuple(re.findall(r"\?P<(\w+)>", str(pattern.pattern)))
            if isinstance(pattern, URLResolver):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner, inherited + own)
            elif isinstance(pattern, URLPattern):
                assert pattern.name, f"a URL without a name: {pattern.pattern}"
                yield Url(f"{namespace}{pattern.name}", inherited + own)

    found = {url.name: url for url in walk(get_resolver().url_patterns, "", ())}
    return [url for url in found.values() if "format" not in url.arguments]


URLS = all_urls()


def test_there_are_urls_to_test() -> None:
    assert len(URLS) > 50


def test_every_argument_is_known() -> None:
    """A new URL with arguments has to say in tests/hub/world.py what it points at."""
    world = build_world()
    unknown = [url.name for url in URLS if url.arguments and not world.arguments(url.name, url.arguments, "own")]
    assert unknown == []


def ask(client: Client, method: str, path: str) -> Any:
    client.raise_request_exception = False
    return client.get(path) if method == "GET" else client.post(path, {})


def plain(body: str) -> str:
    """A body without what differs between any two answers: tokens, ids in the path, nonces."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", body)
    body = re.sub(r'"X-CSRFToken": "[^"]*"', "", body)
    return re.sub(r"/[^\s\"'<>]*", "", body)


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda p: p.key)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_url_breaks_or_leaks(persona: Persona, method: str) -> None:
    world = build_world()
    client = world.browser(persona)
    problems: list[str] = []
    asked = 0
    for url in URLS:
        answers = {}
        for which in ("own", "foreign", "missing") if url.arguments else ("own",):
            arguments = world.arguments(url.name, url.arguments, which)
            if arguments is None:
                continue
            path = reverse(url.name, kwargs=arguments)
            answer = ask(client, method, path)
            asked += 1
            body = world.body(answer)
            answers[which] = (answer.status_code, plain(body))
            if answer.status_code >= 500:
                problems.append(f"{method} {path}: {answer.status_code}")
            for canary in world.forbidden_canaries(persona):
                if canary in body:
                    problems.append(f"{method} {path}: shows {canary}")
            if answer.status_code == 302 and "logout" in url.name:
                client = world.browser(persona)
        if (
            world.is_private(url.name)
            and not persona.sees_all
            and "foreign" in answers
            and answers["foreign"] != answers["missing"]
        ):
            problems.append(f"{method} {url.name}: foreign {answers['foreign'][0]}, missing {answers['missing'][0]}")
        if method == "POST":
            client = world.browser(persona)  # a POST may have logged out or changed the session
    assert problems == []
    assert asked > 50
