"""Every address, asked by everybody, for their own things, for others' and for what does not exist."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from foundation import tokens
from foundation.models import ApiToken, User
from tests.access import matrix
from tests.access.browser import Browser
from tests.access.doors import DOORS
from tests.access.routes import call, routes
from tests.access.world import READERS, ROLES, WITNESSES, World, canaries

pytestmark = pytest.mark.django_db

HOW = (
    "Run `python3 dev.py test --fast tests/access/test_matrix.py --write-matrix`, read what changed in "
    "tests/access/matrix.txt, and commit it only if everybody gets what they should (product.md)."
)


def test_every_route_has_a_door() -> None:
    asked = {key.partition("#")[0] for key in DOORS}
    new, gone = sorted(routes().keys() - asked), sorted(asked - routes().keys())
    assert not new, f"Say in tests/access/doors.py what to bring to {', '.join(new)}. Then: {HOW}"
    assert not gone, f"There is no such route any more; take it out of tests/access/doors.py: {', '.join(gone)}"


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_the_matrix_says(
    role: str, world: World, browsers: dict[str, Browser], request: pytest.FixtureRequest, tally: Callable[..., None]
) -> None:
    cells: dict[str, str] = {}
    broken: list[str] = []
    seen: set[str] = set()
    requests = 0
    for line in matrix.lines():
        found = matrix.ask(line, role=role, world=world, browser=browsers[role])
        cells[line.name] = found.cell
        broken += [f"{line.name}, {what}" for what in found.broken]
        seen |= found.seen
        requests += found.requests
    tally("url × role matrix", roles=1, cells=len(cells), requests=requests)
    if request.config.getoption("--write-matrix"):
        with _alone(request):
            matrix.write(matrix.merged(role, cells))
    assert not broken, f"For {role}:\n" + "\n".join(broken)
    assert WITNESSES.get(role, set()) <= seen
    known = matrix.read()
    wrong = [
        f"{name}: {cell}, in the matrix {known.get(name, {}).get(role, 'nothing')}"
        for name, cell in cells.items()
        if known.get(name, {}).get(role) != cell
    ]
    assert not wrong, f"{len(wrong)} cells of {role} have changed. {HOW}\n" + "\n".join(wrong)
    assert known.keys() == cells.keys(), f"Lines without a door: {sorted(known.keys() - cells.keys())}. {HOW}"


@contextmanager
def _alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """Several processes write their column into one file."""
    with matrix.FILE.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("role", ROLES)
def test_the_frame_around_a_page_shows_nothing_of_others(role: str, world: World, browsers: dict[str, Browser]) -> None:
    """Menus, top bar and footer, which the matrix goes without."""
    with override_settings(TEMPLATES=settings.WHOLE_TEMPLATES):
        for path in ("/", "/nowhere/", "/about/"):
            answer = browsers[role].ask("GET", path)
            assert answer.status in (200, 404)
            assert "main" in answer.text
            assert {word for word in canaries(answer.text) if role not in READERS[word]} == set()


def test_no_form_is_taken_without_its_token(world: World) -> None:
    """A page of another site cannot write for somebody who is logged in here."""
    browser = Browser(world.people["owner"], csrf=True)
    for line in matrix.lines():
        if line.method == "GET":
            continue
        _door, fill = next(iter(matrix.fills(line, role="owner", world=world).values()))
        answer = call(line.route, line.door, line.method, fill).send(browser)
        assert not answer.wrote, line.name
        assert answer.status in (401, 403, 405, 429), f"{line.name}: {answer.status}"


def token(user: User | None, *, firm: int, can_write: bool) -> dict[str, str]:
    assert user is not None
    row, secret = tokens.issue(user=user, name="ERP", firm_id=firm, can_write=can_write, expires_at=None)
    # So that asking writes nothing.
    ApiToken.objects.filter(pk=row.pk).update(last_used_on=timezone.localdate())
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_that_may_only_read_changes_nothing(world: World) -> None:
    headers, program = token(world.people["owner"], firm=world.home["firm"], can_write=False), Browser(None)
    for line in _endpoints():
        asked = matrix.fills(line, role="owner", world=world)
        door, fill = asked["own"]
        answer = call(line.route, door, line.method, fill).send(program, **headers)
        assert not answer.wrote, line.name
        if line.method != "GET":
            assert answer.status in (403, 405), f"{line.name}: {answer.status}"


def test_a_token_of_one_firm_finds_nothing_of_another_of_the_same_person(world: World) -> None:
    headers, program = token(world.people["owner"], firm=world.home["suspended"], can_write=True), Browser(None)
    for line in _endpoints():
        asked = matrix.fills(line, role="owner", world=world)
        if line.door.public or "missing" not in asked:
            continue
        own, missing = (call(line.route, asked[what][0], line.method, asked[what][1]) for what in ("own", "missing"))
        here, gone = own.send(program, **headers), missing.send(program, **headers)
        assert matrix.plain(own, here) == matrix.plain(missing, gone), line.name


def _endpoints() -> Iterator[matrix.Line]:
    return (line for line in matrix.lines() if line.route.is_api)
