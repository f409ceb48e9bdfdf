"""The URL × role matrix: what everybody gets at every door, for an own thing, a foreign one and a missing one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.parse import quote

from tests.access.browser import Answer, Browser
from tests.access.doors import DOORS, Door
from tests.access.routes import Call, Route, call, routes, things
from tests.access.world import FIRST_ID, READERS, ROLES, Side, World, canaries

FILE = Path(__file__).with_name("matrix.txt")
HEAD = """\
# What everybody gets at every door of tests/access/doors.py. Read the differences before you commit them.
#
# A cell is the status for an own thing / a foreign thing / a missing thing (one figure: the same for all of them),
# then "+" and the status for a thing that its firm shows to everybody. "*": something was written (besides the
# session and the note that a recommendation was shown). "-": that person has no such thing.
#
# To make it anew: python3 dev.py test --fast tests/access/test_matrix.py --write-matrix
"""
# django-allauth notes that the codes were looked at; an interest, that its notice has been.
NOTED = ("mfa_view_recovery_codes", "mfa_download_recovery_codes", "chains:interest-show")
_ID = re.compile(rf"{str(FIRST_ID)[:2]}\d{{{len(str(FIRST_ID)) - 2}}}")
_TOKEN = re.compile(r'csrfmiddlewaretoken" value="\w+|X-CSRFToken": "\w+')


@dataclass(frozen=True)
class Line:
    """One row of the matrix."""

    key: str
    route: Route
    door: Door
    method: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.key}"


def lines() -> Iterator[Line]:
    known = routes()
    for key, door in DOORS.items():
        route = known.get(key.partition("#")[0])
        if route is None:
            continue
        for method in route.methods:
            yield Line(key, route, door, method)


def fills(line: Line, *, role: str, world: World) -> dict[str, tuple[Door, Mapping[str, Side | None]]]:
    """By what it is ("own", "foreign", "missing", "open", "crossed …", "gap …") the door and the things to bring."""
    door, wanted = line.door, things(line.door, line.method)
    if not wanted:
        return {"own": (door, {})}
    own = _side(door, role, world)
    foreign = world.home if own is not world.home else world.rival
    if line.route.routed is not None and line.method not in line.route.routed:
        return {"own": (door, dict.fromkeys(wanted, own or foreign))}
    found: dict[str, tuple[Door, Mapping[str, Side | None]]] = {
        "foreign": (door, dict.fromkeys(wanted, foreign)),
        "missing": (door, dict.fromkeys(wanted)),
    }
    if own is not None:
        found["own"] = (door, dict.fromkeys(wanted, own))
        for thing in wanted[1:]:
            # Somebody else's thing below an address of one's own.
            found[f"crossed {thing}"] = (door, {**dict.fromkeys(wanted, own), thing: foreign})
            found[f"gap {thing}"] = (door, {**dict.fromkeys(wanted, own), thing: None})
    if door.open is not None:
        shown = replace(door, path={**door.path, **door.open})
        found["open"] = (shown, dict.fromkeys(things(shown, line.method), foreign))
    return found


def _side(door: Door, role: str, world: World) -> Side | None:
    if door.owners:
        return {"home": world.home, "rival": world.rival}.get(door.owners.get(role, ""))
    return world.side_of(role)


@dataclass(frozen=True)
class Found:
    """The cell of a line, how many requests it took, and which rules were broken."""

    cell: str
    requests: int
    broken: list[str]
    seen: frozenset[str]


def ask(line: Line, *, role: str, world: World, browser: Browser) -> Found:
    answers: dict[str, tuple[Call, Answer]] = {}
    broken: list[str] = []
    seen: set[str] = set()
    for what, (door, fill) in fills(line, role=role, world=world).items():
        asked = call(line.route, door, line.method, fill)
        answer = asked.send(browser)
        answers[what] = (asked, answer)
        if answer.status >= 500 or answer.errors:
            broken.append(f"{what}: {answer.status} {answer.errors!r}")
        words = set(canaries(answer.text))
        seen |= words
        broken += [f"{what}: shows {word}" for word in sorted(words) if role not in READERS[word]]
        if line.method == "GET" and answer.wrote and line.key not in NOTED:
            broken.append(f"{what}: a GET wrote to {', '.join(sorted(answer.wrote))}")
    if not (line.door.public or (line.door.staff and role == "operator")):
        broken += _told_apart("foreign", "missing", answers)
    for what in answers:
        if what.startswith("crossed ") and not line.door.public:
            broken += _told_apart(what, what.replace("crossed", "gap"), answers)
    return Found(_cell(answers), len(answers), broken, frozenset(seen))


def _told_apart(one: str, other: str, answers: Mapping[str, tuple[Call, Answer]]) -> Iterator[str]:
    """A foreign thing must be a missing one, to the letter."""
    if one not in answers or other not in answers:
        return
    here, there = (plain(*answers[what]) for what in (one, other))
    if here != there:
        yield f"{one} and {other} can be told apart: {_difference(here, there)}"


def plain(asked: Call, answer: Answer) -> str:
    """An answer without what differs from request to request: its own address, ids, tokens."""
    text = answer.text
    for form in {asked.path, quote(asked.path), quote(asked.path, safe=""), escape(asked.path)}:
        text = text.replace(form, "«address»")
    text = _TOKEN.sub("«token»", _ID.sub("«id»", text))
    return f"{answer.status}{'*' if answer.wrote else ''}\n" + re.sub(r"Content-Length: \d+", "", text)


def _difference(here: str, there: str) -> str:
    for one, other in zip(here.splitlines(), there.splitlines(), strict=False):
        if one != other:
            return f"{one.strip()[:160]!r} ≠ {other.strip()[:160]!r}"
    return f"{len(here)} ≠ {len(there)} characters"


def _cell(answers: Mapping[str, tuple[Call, Answer]]) -> str:
    def word(what: str) -> str:
        if what not in answers:
            return "-"
        answer = answers[what][1]
        return f"{answer.status}{'*' if answer.wrote else ''}"

    three = [word("own"), word("foreign"), word("missing")]
    there = [status for status in three if status != "-"]
    crossed = {word(what) for what in answers if what.startswith("crossed ")} - {three[2]}
    cell = there[0] if len(set(there)) == 1 else "/".join(three)
    cell += "".join(f"×{status}" for status in sorted(crossed))
    return f"{cell}+{word('open')}" if "open" in answers else cell


def read() -> dict[str, dict[str, str]]:
    """The committed matrix: cells by line and role."""
    if not FILE.exists():
        return {}
    rows = [row.split() for row in FILE.read_text("utf-8").splitlines() if row and not row.startswith("#")]
    head, *body = rows
    return {f"{row[0]} {row[1]}": dict(zip(head[2:], row[2:], strict=True)) for row in body}


def merged(role: str, column: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The matrix with another column for one role."""
    known = read()
    return {name: {**known.get(name, {}), role: cell} for name, cell in column.items()}


def write(cells: Mapping[str, Mapping[str, str]]) -> None:
    order = [line.name for line in lines()]
    rows = [["method", "route", *ROLES]]
    rows += [[*name.split(" "), *(cells[name].get(role, "?") for role in ROLES)] for name in order if name in cells]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    text = "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    FILE.write_text(f"{HEAD}\n{text}\n", "utf-8")
