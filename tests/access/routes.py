"""The routes of the site, read from the resolver, and requests to them."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.doors import Door, File
from tests.access.world import MISSING, NO_ID, Side

BODILESS = ("GET", "DELETE")
_REF = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Route:
    """`name` with its namespaces: enterprises:post-show. `methods`: those to ask for, whether allowed or not."""

    name: str
    pattern: str
    methods: tuple[str, ...]
    # Of these, what is answered at all; None for a function, which does not say.
    routed: tuple[str, ...] | None

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")


def routes() -> dict[str, Route]:
    """Every route by its name. Two patterns of one name are one route: the first hides the second."""
    found: dict[str, Route] = {}
    for name, pattern, callback in _walk(get_resolver().url_patterns):
        verbs = _verbs(callback)
        # A page that takes a form takes it by PUT as well, in the same way.
        more = [verb for verb in verbs or () if verb in ("PUT", "PATCH", "DELETE") and name.startswith("api:")]
        found.setdefault(name, Route(name, pattern, ("GET", "POST", *more), verbs))
    return found


def _verbs(callback: Any) -> tuple[str, ...] | None:
    """What a class of views answers to: by its router, or by its methods."""
    actions = getattr(callback, "actions", None)
    if actions:
        return tuple(verb.upper() for verb in actions)
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None:
        return None
    return tuple(verb.upper() for verb in view.http_method_names if hasattr(view, verb) and verb != "options")


def _walk(patterns: Any, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if not pattern.name:
                raise AssertionError(f"{prefix}{pattern.pattern} has no name, so no test can list it.")
            yield ":".join((*spaces, pattern.name)), prefix + str(pattern.pattern), pattern.callback
        elif isinstance(pattern, URLResolver):
            below = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, prefix + str(pattern.pattern), below)


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent."""

    method: str
    path: str
    data: bytes | str = b""
    content_type: str = "application/octet-stream"

    def send(self, browser: Any, **headers: str) -> Any:
        return browser.ask(self.method, self.path, data=self.data, content_type=self.content_type, headers=headers)


def call(route: Route, door: Door, method: str, fill: Mapping[str, Side | None]) -> Call:
    """A request to a door. `fill` names for each thing the side it is taken from; None: one that does not exist."""
    path = reverse(route.name, kwargs={name: filled(text, name, fill) for name, text in door.path.items()})
    query = {name: filled(text, name, fill) for name, text in door.query.items()}
    url = f"{path}?{urlencode(query)}" if query else path
    if method in BODILESS or door.body is None:
        return Call(method, url)
    return with_body(route, method, url, filled(door.body, "", fill))


def with_body(route: Route, method: str, url: str, body: Mapping[str, Any]) -> Call:
    if route.is_api:
        return Call(method, url, json.dumps(body), "application/json")
    if any(isinstance(value, File) for value in body.values()):
        parts = {
            name: SimpleUploadedFile(value.name, value.content, value.kind) if isinstance(value, File) else value
            for name, value in body.items()
        }
        return Call(method, url, encode_multipart(BOUNDARY, parts), MULTIPART_CONTENT)
    return Call(method, url, urlencode(body, doseq=True), "application/x-www-form-urlencoded")


def things(door: Door, method: str) -> list[str]:
    """What a request to a door names, in order: address, query, body."""
    body = {} if method in BODILESS else dict(door.body or {})
    text = repr([dict(door.path), dict(door.query), body])
    return list(dict.fromkeys(_REF.findall(text)))


def filled(value: Any, name: str, fill: Mapping[str, Side | None]) -> Any:
    if isinstance(value, Mapping):
        return {key: filled(inner, key, fill) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, name, fill) for inner in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _REF.fullmatch(value)
    if whole:
        return _value(whole[1], name, fill)
    return _REF.sub(lambda ref: str(_value(ref[1], name, fill)) if ref[1] in fill else ref[0], value)


def _value(thing: str, name: str, fill: Mapping[str, Side | None]) -> Any:
    side = fill[thing]
    return MISSING.get(name, NO_ID) if side is None else side[thing]
