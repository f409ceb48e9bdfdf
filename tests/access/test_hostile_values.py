"""What nobody means well, in every field, parameter, address and header: answered, never fallen over."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.forms import BaseForm
from django.urls import reverse
from django_filters.filterset import BaseFilterSet
from rest_framework.serializers import Serializer

from tests.access.browser import Answer, Browser
from tests.access.fields import Target, Targets, Watched, watching
from tests.access.routes import Call, filled
from tests.access.values import TEXTS, VALUES, Value, choose
from tests.access.world import World

pytestmark = pytest.mark.django_db
PARTS = 12
OURS = ("foundation.", "hub.", "regions.", "enterprises.", "chains.")
FORM = "application/x-www-form-urlencoded"
HERE = "the value goes here"
Pairs = list[tuple[str, str]]


@pytest.fixture(scope="package")
def targets(world: World, browsers: dict[str, Browser]) -> Targets:
    return Targets(world=world, browsers=browsers)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_value_makes_a_form_or_an_endpoint_fall(
    part: int,
    targets: Targets,
    browsers: dict[str, Browser],
    request: pytest.FixtureRequest,
    tally: Callable[..., None],
) -> None:
    every = request.config.getoption("--every-value")
    fallen: list[str] = []
    pairs = requests = 0
    for line in targets.lines:
        if zlib.crc32(line.name.encode()) % PARTS != part:
            continue
        target = targets.of(line)
        trial = Trial(target, browsers[target.role])
        values = choose(VALUES if target.json else TEXTS, of=target.line.name, every=every)
        for value in values:
            fallen += [f"{target.line.name} as {target.role}, {value}: {what}" for what in trial.of(value)]
        pairs += target.count * len(values)
        requests += trial.requests
    tally("hostile values", **{"values × fields": pairs, "requests": requests})
    assert not fallen, "\n".join(fallen)


class Trial:
    """One value after another in all fields of a form at once, then only in those that took it, so that it goes on to
    the stage; and in what the page reads by hand."""

    def __init__(self, target: Target, browser: Browser) -> None:
        self.target, self.browser = target, browser
        self.line = target.line
        self.requests = 0
        door = self.line.door
        path = {name: filled(text, name, target.fill) for name, text in door.path.items()}
        self.path = reverse(self.line.route.name, kwargs=path)
        self.query: Pairs = [(name, str(filled(text, name, target.fill))) for name, text in door.query.items()]
        self.body: Mapping[str, Any] = {} if self.line.method == "GET" else filled(door.body or {}, "", target.fill)

    def of(self, value: Value) -> Iterator[str]:
        if value.is_text and self.target.query:
            yield from self._query(value)
        if value.is_text and self.target.form:
            yield from self._form(value)
        if value.is_text and self.target.read:
            yield from self._send(value, self.target.read, self._urlencoded(value, self.target.read))
        if self.target.json:
            yield from self._json(value)

    def _query(self, value: Value) -> Iterator[str]:
        names = self.target.query
        refused = yield from self._send(value, names, self._asked(value, names))
        taken = [name for name in names if name not in refused]
        if self.line.route.is_api and refused and taken:
            yield from self._send(value, taken, self._asked(value, taken))

    def _form(self, value: Value) -> Iterator[str]:
        names = self.target.form
        refused = yield from self._send(value, names, self._urlencoded(value, names))
        taken = [name for name in names if name not in refused]
        if refused and taken:
            yield from self._send(value, taken, self._urlencoded(value, taken))

    def _json(self, value: Value) -> Iterator[str]:
        tops = [path for path in self.target.json if len(path) == 1]
        refused = yield from self._send(value, _names(tops), self._document(value, tops))
        taken = [path for path in tops if path[0] not in refused]
        if refused and taken:
            yield from self._send(value, _names(taken), self._document(value, taken))
        below = [path for path in self.target.json if len(path) > 1]
        if below:
            yield from self._send(value, _names(below), self._document(value, below))

    def _asked(self, value: Value, names: Iterable[str]) -> Call:
        url = self._url([(name, text) for name, text in self.query if name not in names], value, names)
        return self._with_body(url)

    def _url(self, query: Pairs, value: Value | None = None, names: Iterable[str] = ()) -> str:
        text = _encoded(query + [(name, value.value) for name in names] if value else query)
        return f"{self.path}?{text}" if text else self.path

    def _with_body(self, url: str) -> Call:
        if self.line.method == "GET":
            return Call("GET", url)
        if self.line.route.is_api:
            return Call(self.line.method, url, json.dumps(self.body), "application/json")
        return Call(self.line.method, url, _encoded(_pairs(self.body)), FORM)

    def _urlencoded(self, value: Value, names: Iterable[str]) -> Call:
        rest = [(name, text) for name, text in _pairs(self.body) if name not in names]
        body = _encoded(rest + [(name, value.value) for name in names])
        return Call(self.line.method, self._url(self.query), body, FORM)

    def _document(self, value: Value, paths: Iterable[tuple[str, ...]]) -> Call:
        document: dict[str, Any] = json.loads(json.dumps(self.body))
        for path in paths:
            if len(path) == 1:
                document[path[0]] = HERE
            else:
                rows = document.get(path[0])
                for row in rows if isinstance(rows, list) else []:
                    row[path[1]] = HERE
        text = json.dumps(document).replace(json.dumps(HERE), value.as_json)
        return Call(self.line.method, self._url(self.query), text, "application/json")

    def _send(self, value: Value, names: Iterable[str], call: Call) -> Any:
        """Yields what went wrong; returns the names that were refused."""
        self.requests += 1
        with watching() as seen:
            answer = call.send(self.browser)
        if answer.status >= 500 or answer.errors:
            yield f"{answer.status} {[repr(error)[:300] for error in answer.errors]}"
            return set()
        refused, unnamed = _refused(self.line.route.is_api, answer, seen)
        yield from (f"{answer.status}: the refusal does not name {name}" for name in unnamed)
        return refused


def _refused(is_api: bool, answer: Answer, seen: Watched) -> tuple[set[str], list[str]]:
    """Names of fields that were refused, and of those the ones that the answer does not name."""
    if is_api:
        if answer.status != 400:
            return set(), []
        named = {str(error["field"]).partition(".")[0] for error in answer.json["errors"]}
        found = {name for row in seen.serializers for name in (getattr(row, "_errors", None) or {})}
        found |= {name for form in seen.forms for name in form.errors}
        return named, sorted(found - named - {"__all__", "non_field_errors"})
    forms = [form for form in seen.forms if form.is_bound]
    refused = {form.add_prefix(name) for form in forms for name in form.errors if name != "__all__"}
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return refused, []
    # A redirect says it in the messages, which are among the headers, in words of its own.
    page = unescape(answer.text)
    shown = [form for form in forms if form.data is answer.response.wsgi_request.POST]
    return refused, [
        form.add_prefix(name)
        for form in shown
        for name, errors in form.errors.items()
        if name != "__all__"
        and not (
            any(str(error) in page for error in errors) and (answer.status == 302 or str(form[name].label) in page)
        )
    ]


def _names(paths: Iterable[tuple[str, ...]]) -> list[str]:
    return [".".join(path) for path in paths]


def _pairs(body: Mapping[str, Any]) -> Pairs:
    return [
        (name, str(value))
        for name, values in body.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def _encoded(pairs: Pairs) -> str:
    """Lone surrogates and all, as a program would send them."""
    return "&".join(f"{quote_plus(name)}={quote_plus(text.encode('utf-8', 'surrogatepass'))}" for name, text in pairs)


# Only ever used to answer.
ANSWERING = {
    "chains.api.dictionary.ConceptSerializer",
    "chains.api.dictionary.FoundSerializer",
    "chains.api.serializers.CardSerializer",
    "chains.api.serializers.PartSerializer",
    "chains.api.serializers.PartnerCardSerializer",
    "chains.api.serializers.PreviewResultSerializer",
    "chains.api.serializers.PreviewSerializer",
    "chains.api.serializers.UnderstoodSerializer",
    # Drawn in a card; what it sends is read by the stage.
    "chains.web.forms.ReasonForm",
    "enterprises.api.firms.serializers.CodeCheckSerializer",
    "enterprises.api.market.serializers.FindingSerializer",
    "hub.api_root.ResourceSerializer",
    "hub.api_root.RootSerializer",
}


def test_every_form_serializer_and_filter_of_ours_is_met(targets: Targets) -> None:
    """Or else the values above never reach it: give it a door in tests/access/doors.py."""
    met = {base for line in targets.lines for kind in targets.of(line).classes for base in kind.__mro__}
    known = {*_below(BaseForm), *_below(Serializer), *_below(BaseFilterSet)}
    missed = {kind for kind in known if kind.__module__.startswith(OURS)} - met
    reading = {
        f"{kind.__module__}.{kind.__qualname__}"
        for kind in missed
        if not issubclass(kind, Serializer) or any(not row.read_only for row in kind().fields.values())
    }
    assert reading - ANSWERING == set()


def _below(kind: type) -> Iterator[type]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _below(sub)
