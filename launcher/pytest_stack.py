"""pytest plugin (`-p launcher.pytest_stack`): a throwaway PostgreSQL and Valkey for each test run.

Settings read DATABASE_URL and REDIS_URL when Django is first imported, which pytest-django does before any
conftest; hence a plugin hooking `pytest_load_initial_conftests`. TEST_DATABASE_URL and TEST_REDIS_URL name
servers to use instead. xdist workers inherit PostgreSQL (pytest-django gives each its own database) and get a
Valkey of their own, since its keys have no such division.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from launcher import catalogues, places, processes
from launcher.stack import StackError, ThrowawayStack, Valkey

INHERITED = "XIELIAN_TEST_STACK"
NOT_NEEDED = ("--help", "-h", "--version", "-V", "--markers", "--fixtures", "--collect-only", "--co")

_stop_at_exit: list[ThrowawayStack] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    _provide(args)
    return (yield)


def _provide(args: list[str]) -> None:
    database, cache = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if os.environ.get(INHERITED) and worker:
        _own_valkey(Path(os.environ[INHERITED]), name=worker)
        return
    catalogues.compile_all()
    if database and cache:
        os.environ.update(DATABASE_URL=database, REDIS_URL=cache)
        return
    if any(word in args for word in NOT_NEEDED):
        # Settings want an address; collecting tests never connects to it.
        os.environ.update(DATABASE_URL="postgresql://nobody@/none?host=/nonexistent", REDIS_URL="unix:///nonexistent")
        return
    stack = ThrowawayStack()
    try:
        stack.start()
    except Exception as error:
        raise pytest.UsageError(f"The test servers did not start: {error}") from error
    _stop_at_exit.append(stack)
    os.environ.update(stack.environment)
    os.environ[INHERITED] = str(stack.folder)
    if database:
        os.environ["DATABASE_URL"] = database
    if cache:
        os.environ["REDIS_URL"] = cache


def _own_valkey(folder: Path, *, name: str) -> None:
    """A Valkey for one xdist worker; it lives and dies with the worker."""
    if os.environ.get("TEST_REDIS_URL"):
        return
    sockets = places.hand_to_servers(Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder)))
    data = sockets.with_name(sockets.name + "-data")
    server = Valkey(data=data, sockets=sockets, log=folder / "log" / f"valkey-{name}.log", durable=False)
    server.start()
    atexit.register(shutil.rmtree, sockets, ignore_errors=True)
    atexit.register(server.stop)
    if not processes.wait_until(server.answers, seconds=20):
        raise StackError(f"Valkey for {name} does not answer; see {server.log}.")
    os.environ["REDIS_URL"] = server.url


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    _stop_all()


@atexit.register
def _stop_all() -> None:
    while _stop_at_exit:
        _stop_at_exit.pop().stop()
