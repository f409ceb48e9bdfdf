"""Addresses, headers, bodies and files that nobody means well: answered, never fallen over."""

import json
import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from tests.access import matrix
from tests.access.browser import Answer, Browser
from tests.access.doors import File
from tests.access.fields import somebody_who_may
from tests.access.routes import Call, call, filled
from tests.access.values import TEXTS, choose
from tests.access.world import PDF, World

pytestmark = pytest.mark.django_db

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.fixture
def every(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--every-value"))


class Site:
    """Good requests by the name of their line, and the browser of somebody who may send them."""

    def __init__(self, world: World, browsers: dict[str, Browser]) -> None:
        self.world, self.browsers = world, browsers
        self.cells = matrix.read()
        self.lines = {line.name: line for line in matrix.lines()}

    def role(self, line: matrix.Line) -> str:
        return somebody_who_may(self.cells[line.name])

    def browser(self, name: str) -> Browser:
        return self.browsers[self.role(self.lines[name])]

    def door(self, line: matrix.Line) -> Any:
        asked = matrix.fills(line, role=self.role(line), world=self.world)
        return asked.get("own") or asked["foreign"]

    def good(self, name: str) -> Call:
        line = self.lines[name]
        door, fill = self.door(line)
        return call(line.route, door, line.method, fill)


@pytest.fixture
def site(world: World, browsers: dict[str, Browser]) -> Site:
    return Site(world, browsers)


def fell(answer: Answer) -> str:
    return f"{answer.status} {answer.errors!r}"[:300] if answer.status >= 500 or answer.errors else ""


def one_of(rows: Any, name: str) -> Any:
    """One of the rows, another for each name, the same in every run."""
    rows = list(rows)
    return rows[zlib.crc32(name.encode()) % len(rows)]


# --- addresses ------------------------------------------------------------------------------------
# Besides what any field may get: what a number in an address may look like.
NUMBERS = ("0", "00", "-1", "1.5", "9" * 18, "9" * 19, "9" * 40, "9" * 5000, "１２", "1e3", "0x1", "1 ", "None")


def test_no_address_makes_a_page_fall(site: Site, every: bool, tally: Callable[..., None]) -> None:
    fallen: list[str] = []
    pairs = 0
    for line in site.lines.values():
        if line.method != "GET" or not line.door.path:
            continue
        _door, fill = site.door(line)
        shape = _shape(line.route.pattern)
        values = {name: str(filled(text, name, fill)) for name, text in line.door.path.items()}
        for name in values:
            for text in _addresses(line.name + name, is_number=values[name].isdigit(), every=every):
                hostile = quote(text.encode("utf-8", "surrogatepass"), safe="")
                problem = fell(site.browser(line.name).ask("GET", shape.format(**{**values, name: hostile})))
                fallen += [f"{line.name}, {name}={text[:40]!r}: {problem}"] if problem else []
                pairs += 1
    tally("hostile values", **{"values × fields": pairs, "requests": pairs})
    assert not fallen, "\n".join(fallen)


def _addresses(name: str, *, is_number: bool, every: bool) -> list[str]:
    """What is no number does not get past the resolver: one text of all will do."""
    if every:
        return [*NUMBERS, *(value.value for value in TEXTS)]
    texts = [value.value for value in choose(TEXTS, of=name, every=False)]
    numbers = list(dict.fromkeys(one_of(NUMBERS, f"{name} {n}") for n in range(2)))
    return [*numbers, one_of(texts, name)] if is_number else [*numbers, *texts]


def _shape(pattern: str) -> str:
    """`firms/<int:pk>/` and `^firms/(?P<pk>[0-9]{1,18})/$` as `/firms/{pk}/`."""
    text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    return "/" + re.sub(r"[\^$\\]", "", re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text))


# --- headers --------------------------------------------------------------------------------------
# Those that decide what is answered go one by one, the others all at once.
DECIDING = ("Accept", "Accept-Language", "Authorization", "HX-Request", "Idempotency-Key", "If-Match", "Referer")
OTHERS = (
    "Accept-Encoding", "Forwarded", "HX-Boosted", "HX-Current-URL", "HX-Prompt", "HX-Target", "If-Modified-Since",
    "If-None-Match", "Origin", "Range", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    "X-HTTP-Method-Override", "X-Requested-With", "X-CSRFToken",
)  # fmt: skip
COOKIES = ("sessionid", "csrftoken", "messages", "django_language")
# Each reads some header in its own way; the last one refuses, and goes back to where the request came from.
WITH_HEADERS = (
    "GET hub:about",
    "GET hub:job-show",
    "GET enterprises:firm-export",
    "POST api:my-site-list",
    "PATCH api:my-post-detail",
    "POST enterprises:site-create",
    "POST chains:recommendation-not-useful",
)


@pytest.mark.parametrize("name", WITH_HEADERS)
def test_no_header_makes_it_fall(name: str, site: Site, every: bool, tally: Callable[..., None]) -> None:
    fallen: list[str] = []
    requests = pairs = 0
    asked, browser = site.good(name), site.browser(name)
    if name.endswith("not-useful"):
        asked = Call(asked.method, asked.path, "reason=none", FORM)
    for headers in (OTHERS, *((header,) for header in DECIDING)):
        for value in choose(TEXTS, of=f"{name} {headers[0]}", every=every):
            problem = fell(asked.send(browser, **dict.fromkeys(headers, _as_header(value.value))))
            fallen += [f"{', '.join(headers)}, {value}: {problem}"] if problem else []
            pairs += len(headers)
            requests += 1
    tally("hostile values", **{"values × fields": pairs, "requests": requests})
    assert not fallen, "\n".join(fallen)


@pytest.mark.parametrize("name", ["GET hub:about", "GET account_login", "GET api:region-list"])
def test_no_cookie_makes_it_fall(name: str, site: Site, every: bool, tally: Callable[..., None]) -> None:
    fallen: list[str] = []
    requests = 0
    asked, visitor = site.good(name), Browser(None)
    for cookie in COOKIES:
        for value in choose(TEXTS, of=f"{name} {cookie}", every=every):
            text = quote(_as_header(value.value), safe="")[:4000]
            for form in (text, f'"{text}'):
                problem = fell(asked.send(visitor, Cookie=f"{cookie}={form}"))
                fallen += [f"cookie {cookie}, {value}: {problem}"] if problem else []
                requests += 1
    tally("hostile values", **{"values × fields": requests, "requests": requests})
    assert not fallen, "\n".join(fallen)


def _as_header(text: str) -> str:
    """Bytes as the server hands them on. A line end or NUL ends a header before any server lets it pass."""
    text = re.sub(r"[\r\n\x00]", "", text)[:8000]
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def test_an_unknown_format_is_no_format(site: Site) -> None:
    """`?format=` is read before the endpoint is."""
    for value in TEXTS:
        text = quote(value.value.encode("utf-8", "surrogatepass"), safe="")
        answer = site.browser("GET api:post-list").ask("GET", f"/api/v1/posts/?format={text}")
        assert answer.status in (200, 400, 404), value


@pytest.mark.parametrize(
    "name",
    [
        "GET account_login",
        "POST account_login",
        "POST account_logout",
        "POST set_language",
        "POST hub:hat-switch",
        "POST enterprises:site-create",
        "POST chains:order-switch",
        "POST chains:recommendation-hide",
    ],
)
def test_nobody_is_sent_on_to_another_site(name: str, site: Site, every: bool, tally: Callable[..., None]) -> None:
    """`next` is read by many pages in the same few ways."""
    asked, browser = site.good(name), site.browser(name)
    values = [value for value in TEXTS if value.group == "code"] + choose(TEXTS, of=name, every=every)
    for value in values:
        text = f"next={quote(value.value.encode('utf-8', 'surrogatepass'), safe='')}"
        if asked.method == "GET":
            answer = browser.ask("GET", f"{asked.path}?{text}")
        else:
            answer = Call(asked.method, asked.path, f"{asked.data!s}&{text}", FORM).send(browser)
        assert not fell(answer), value
        target = answer.headers.get("Location", "/").replace("\\", "/")
        assert urlsplit(urljoin("http://testserver/here/", target)).netloc == "testserver", f"{value}: {target}"
    tally("hostile values", **{"values × fields": len(values), "requests": len(values)})


# --- bodies ---------------------------------------------------------------------------------------
PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--b--\r\n'
# (content type, body) by what is wrong with them.
BODIES: dict[str, tuple[str, bytes]] = {
    "nothing": (JSON, b""),
    "no JSON": (JSON, b"{"),
    "a list": (JSON, b"[1, 2]"),
    "null": (JSON, b"null"),
    "a number": (JSON, b"12"),
    "a text": (JSON, b'"x"'),
    "not a number": (JSON, b"NaN"),
    "deep lists": (JSON, b"[" * 2000 + b"]" * 2000),
    "deep objects": (JSON, b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "a name with a lone surrogate": (JSON, b'{"\\ud800": 1, "name": "\\udfff"}'),
    "a name with nul": (JSON, b'{"a\\u0000": 1}'),
    "not utf-8": (JSON, b'{"name": "\xff\xfe"}'),
    "utf-16": (JSON, '{"name": "x"}'.encode("utf-16")),
    "mark of order": (JSON, b'\xef\xbb\xbf{"name": "x"}'),
    "unknown charset": (f"{JSON}; charset=no-such-charset", b'{"name": "x"}'),
    "charset that is none": (f"{JSON}; charset=\xff\xfe", b'{"name": "x"}'),
    "charset of another width": (f"{JSON}; charset=utf-32", b'{"name": "x"}'),
    "charset that is a codec": (f"{JSON}; charset=base64", b'{"name": "x"}'),
    "no type": ("", b'{"name": "x"}'),
    "type that is none": (";;;/=", b'{"name": "x"}'),
    "plain text": ("text/plain", b"name=x"),
    "XML": ("application/xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
    "gzip": (JSON, b"\x1f\x8b\x08\x00\x00"),
    "form of unknown charset": (f"{FORM}; charset=no-such-charset", b"name=x&title=x"),
    "form of another width": (f"{FORM}; charset=utf-16", b"name=x&title=x"),
    "form that is not utf-8": (FORM, b"name=%ff%fe&title=\xff\xfe&%c0%af=1"),
    "form of noise": (FORM, bytes(range(256)) * 4),
    "two thousand and one fields": (FORM, b"&".join(b"f%d=1" % n for n in range(2001))),
    "the same field a hundred times": (FORM, b"&".join(b"name=%d" % n for n in range(100))),
    "names like lists": (FORM, b"name[]=1&name[0]=2&name.x=3&=4&&=&name"),
    "parts without a boundary": ("multipart/form-data", b"x"),
    "parts with a boundary of noise": ("multipart/form-data; boundary=\xff\xfe", b"x"),
    "parts with an endless boundary": (f"multipart/form-data; boundary={'b' * 300}", b"x"),
    "parts that never end": ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name="),
    "parts without a name": ("multipart/form-data; boundary=b", PART % (b"", b"", b"x")),
    "parts in broken base64": (
        "multipart/form-data; boundary=b",
        PART % (b"name", b"\r\nContent-Transfer-Encoding: base64", b"!!!"),
    ),
    "part with a charset of its own": (
        "multipart/form-data; boundary=b",
        PART % (b"name", b"\r\nContent-Type: text/plain; charset=no-such-charset", b"\xff"),
    ),
    "field that is a file": (
        "multipart/form-data; boundary=b",
        PART % (b"name", b'; filename="../../x\x00.pdf"\r\nContent-Type: \xff', PDF),
    ),
    "parts with nul": ("multipart/form-data; boundary=b", PART % (b"na\x00me", b"", b"\x00")),
}


def test_no_body_makes_it_fall(site: Site, every: bool, tally: Callable[..., None]) -> None:
    """Every address that takes something. The sizes count each body that is sent."""
    fallen: list[str] = []
    count = 0
    for line in site.lines.values():
        if line.method not in ("POST", "PATCH") or (line.route.routed and line.method not in line.route.routed):
            continue
        asked = site.good(line.name)
        chosen = BODIES if every else {one_of(BODIES, f"{line.name} {n}") for n in range(2)}
        for what in chosen:
            kind, body = BODIES[what]
            problem = fell(Call(asked.method, asked.path, body, kind).send(site.browser(line.name)))
            fallen += [f"{line.name}, {what}: {problem}"] if problem else []
            count += 1
    tally("hostile values", **{"values × fields": count, "requests": count})
    assert not fallen, "\n".join(fallen)


def test_an_endpoint_refuses_what_is_no_object_and_says_so(site: Site) -> None:
    for what in ("no JSON", "a list", "null", "deep lists", "deep objects", "not utf-8", "unknown charset"):
        kind, body = BODIES[what]
        asked = site.good("POST api:my-site-list")
        answer = Call("POST", asked.path, body, kind).send(site.browser("POST api:my-site-list"))
        assert answer.status == 400, what
        assert answer.json["message"], what


# --- files ----------------------------------------------------------------------------------------
FILES = {
    "empty": File("a.pdf", b"", "application/pdf"),
    "name of a path": File("../../etc/passwd.pdf", PDF, "application/pdf"),
    "name with nul": File("a\x00.pdf", PDF, "application/pdf"),
    "endless name": File("长" * 2000 + ".pdf", PDF, "application/pdf"),
    "no name": File("", PDF, "application/pdf"),
    "name right to left": File("\u202efdp.exe", PDF, "application/pdf"),
    "another kind than it says": File("a.pdf", b"MZ" + b"\x90" * 100, "application/pdf"),
    "type of noise": File("a.csv", "方向,产品\n需求,轴承\n".encode(), "\xff/\xfe; charset=zz"),
    "table of noise": File("a.csv", b"\x00\xff" * 500, "text/csv"),
    "page": File("a.html", b"<script>alert(1)</script>", "text/html"),
    "archive": File("a.xlsx", b"PK\x03\x04" + b"\0" * 60, "application/zip"),
}


@pytest.mark.parametrize("what", FILES)
def test_no_file_makes_it_fall(what: str, site: Site, tally: Callable[..., None]) -> None:
    count = 0
    for line in site.lines.values():
        body = line.door.body or {}
        if line.method != "POST" or not any(isinstance(value, File) for value in body.values()):
            continue
        door, fill = site.door(line)
        asked = call(line.route, door, line.method, fill)
        asked = Call("POST", asked.path, _parts(filled(dict(body), "", fill), FILES[what]), BOUNDARY_TYPE)
        answer = asked.send(site.browser(line.name))
        assert not fell(answer), f"{line.name}: {fell(answer)}"
        count += 1
    tally("hostile values", **{"values × fields": count, "requests": count})


BOUNDARY_TYPE = "multipart/form-data; boundary=b"


def _parts(body: dict[str, Any], file: File) -> bytes:
    """As a program writes it, whatever the file is called."""
    rows = []
    for name, value in body.items():
        if isinstance(value, File):
            rows.append(
                f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{file.name}"\r\n'
                f"Content-Type: {file.kind}\r\n\r\n".encode()
                + file.content
                + b"\r\n"
            )
        else:
            rows.append(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    return b"".join([*rows, b"--b--\r\n"])


def test_a_text_where_a_file_belongs_is_refused_in_words(site: Site) -> None:
    asked = site.good("POST enterprises:import-create")
    answer = Call("POST", asked.path, "file=x&publish=no", FORM).send(site.browser("POST enterprises:import-create"))
    assert answer.status == 422
    assert "请选择文件" in answer.text


def test_a_replayed_answer_survives_a_hostile_key(site: Site, every: bool) -> None:
    """Keys that can be kept are kept; the others are refused by name."""
    asked, browser = site.good("POST api:my-site-list"), site.browser("POST api:my-site-list")
    for value in choose(TEXTS, of="key", every=every):
        answer = asked.send(browser, **{"Idempotency-Key": _as_header(value.value)})
        assert answer.status in (201, 400), value
        if answer.status == 400:
            assert json.loads(answer.body)["errors"][0]["field"] == "Idempotency-Key", value
