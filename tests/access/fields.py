"""Every field that the site reads, found by watching what it asks for while it answers a good request."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.forms import BaseForm, FileField
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django_filters.filterset import BaseFilterSet
from rest_framework.serializers import BaseSerializer, ListSerializer, Serializer

from tests.access import matrix
from tests.access.browser import Browser
from tests.access.routes import call
from tests.access.world import ROLES, Side, World

# Read by the frame around every request; `format` and `next` mean the same everywhere and have tests of their own.
NOT_OURS = frozenset({"csrfmiddlewaretoken", "_method", "format", "next"})
PREFERRED = ("owner", "operator", "leader", "official", "viewer", "anonymous", "other", "elsewhere")


@dataclass
class Watched:
    """What a request made the site look at."""

    keys: dict[int, set[str]] = field(default_factory=dict)
    forms: list[BaseForm] = field(default_factory=list)
    serializers: list[Any] = field(default_factory=list)
    filtersets: list[Any] = field(default_factory=list)

    def bound(self, data: QueryDict) -> list[BaseForm]:
        return [form for form in self.forms if form.is_bound and form.data is data]


@contextmanager
def watching(*, keys: bool = False) -> Iterator[Watched]:
    """Forms and serializers that are checked; with `keys` also every name read from a query or a body."""
    seen = Watched()
    clean, valid, made = BaseForm.full_clean, BaseSerializer.is_valid, BaseFilterSet.__init__
    item, items = MultiValueDict.__getitem__, MultiValueDict._getlist

    def full_clean(form: BaseForm) -> None:
        seen.forms.append(form)
        clean(form)

    def is_valid(serializer: Any, **kwargs: Any) -> bool:
        seen.serializers.append(serializer)
        return bool(valid(serializer, **kwargs))

    def filterset(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.filtersets.append(self)
        made(self, *args, **kwargs)

    def note(data: Any, key: Any) -> None:
        if isinstance(key, str):
            seen.keys.setdefault(id(data), set()).add(key)

    def getitem(data: Any, key: Any) -> Any:
        note(data, key)
        return item(data, key)

    def getlist(data: Any, key: Any, *args: Any, **kwargs: Any) -> Any:
        note(data, key)
        return items(data, key, *args, **kwargs)

    with (
        patch.object(BaseForm, "full_clean", full_clean),
        patch.object(BaseSerializer, "is_valid", is_valid),
        patch.object(BaseFilterSet, "__init__", filterset),
    ):
        if not keys:
            yield seen
            return
        with (
            patch.object(MultiValueDict, "__getitem__", getitem),
            patch.object(MultiValueDict, "_getlist", getlist),
        ):
            yield seen


@dataclass(frozen=True)
class Target:
    """One line of the matrix, asked by somebody who may, and the names of what it reads."""

    line: matrix.Line
    role: str
    fill: dict[str, Side | None]
    query: tuple[str, ...]
    # Of a form's body: what forms check, and what the page reads by hand.
    form: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    # Of JSON: paths such as ("parameters", "name").
    json: tuple[tuple[str, ...], ...] = ()
    # Forms, serializers and filter sets that were met.
    classes: frozenset[type] = frozenset()

    @property
    def count(self) -> int:
        return len(self.query) + len(self.form) + len(self.read) + len(self.files) + len(self.json)


class Targets:
    """All lines that read something, except what is only there to say no; each looked at when it is first needed."""

    def __init__(self, *, world: World, browsers: dict[str, Browser]) -> None:
        self.world, self.browsers = world, browsers
        self.cells = matrix.read()
        self.lines = [line for line in matrix.lines() if line.method != "DELETE" and _answers(line)]
        self._found: dict[str, Target] = {}

    def of(self, line: matrix.Line) -> Target:
        if line.name not in self._found:
            self._found[line.name] = look(line, world=self.world, browsers=self.browsers, cells=self.cells)
        return self._found[line.name]


def _answers(line: matrix.Line) -> bool:
    if line.route.routed is not None and line.method not in line.route.routed:
        return False
    return line.method == "GET" or line.door.body is not None


def look(line: matrix.Line, *, world: World, browsers: dict[str, Browser], cells: dict[str, dict[str, str]]) -> Target:
    """Send a good request as somebody who may, and note what is read."""
    role = somebody_who_may(cells.get(line.name, {}))
    asked = matrix.fills(line, role=role, world=world)
    door, fill = asked.get("own") or asked["foreign"]
    with watching(keys=True) as seen:
        answer = call(line.route, door, line.method, fill).send(browsers[role])
    request = answer.response.wsgi_request
    body: QueryDict = getattr(request, "_post", QueryDict())
    query = seen.keys.get(id(request.GET), set()) - NOT_OURS
    read = seen.keys.get(id(body), set()) - NOT_OURS
    bound = [form for form in seen.bound(body) if line.method != "GET"]
    names = {form.add_prefix(name) for form in bound for name in form.fields}
    files = {form.add_prefix(name) for form in bound for name, row in form.fields.items() if isinstance(row, FileField)}
    return Target(
        line,
        role,
        dict(fill),
        query=tuple(sorted(query)),
        form=tuple(sorted(names - files)),
        read=tuple(sorted(read - names)) if line.method != "GET" else (),
        files=tuple(sorted(files)),
        json=tuple(sorted({path for row in seen.serializers for path in _paths(row)})),
        classes=frozenset(
            [type(row) for row in (*seen.forms, *seen.filtersets)]
            + [kind for row in seen.serializers for kind in _kinds(row)]
        ),
    )


def somebody_who_may(cells: dict[str, str]) -> str:
    """Who gets furthest by the matrix: somebody whose request writes, or else is answered at all."""

    def rank(role: str) -> tuple[int, int]:
        status = cells.get(role, "").partition("+")[0]
        first = next((part for part in status.split("/") if part != "-"), "")
        good = 0 if "*" in first else 1 if first.startswith("2") else 2 if first.startswith("302") else 3
        return good, PREFERRED.index(role)

    return min(ROLES, key=rank)


def _kinds(serializer: Any) -> Iterator[type]:
    if isinstance(serializer, ListSerializer):
        serializer = serializer.child
    if isinstance(serializer, Serializer):
        yield type(serializer)
        for row in serializer.fields.values():
            yield from _kinds(row)


def _paths(serializer: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(serializer, ListSerializer):
        serializer = serializer.child
    if not isinstance(serializer, Serializer):
        return
    for name, row in serializer.fields.items():
        if row.read_only:
            continue
        yield (*above, name)
        if isinstance(row, Serializer | ListSerializer):
            yield from _paths(row, (*above, name))
