"""Fixtures for every test. The servers come from the plugin `launcher.pytest_stack`."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which the audit log refuses everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE foundation_auditentry DISABLE TRIGGER audit_no_truncate")
    yield
    # The session of a thread or a process that has just ended may still be leaving, and nobody can drop the database.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def interface_language() -> Iterator[None]:
    """A test that asked for a page in English must not leave English on for the next one."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, or the other process waits for them at the end; else in the order they were shuffled to."""
    items.sort(key=lambda item: item.get_closest_marker("kill") is None)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("access", "addresses, roles and hostile values (tests/access)")
    group.addoption(
        "--write-matrix", action="store_true", help="write tests/access/matrix.txt anew, to be read and committed"
    )
    group.addoption(
        "--every-value", action="store_true", help="every hostile value in every field, not one of each class"
    )


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """`tally("matrix", requests=806)`: sizes that are added up over all tests and printed at the end."""

    def add(subject: str, **sizes: int) -> None:
        for name, count in sizes.items():
            record_property(f"tally:{subject}:{name}", count)

    return add


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sums: dict[str, Counter[str]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for key, count in report.user_properties:
                if key.startswith("tally:"):
                    _tally, subject, name = key.split(":")
                    sums.setdefault(subject, Counter())[name] += count
    for subject, sizes in sorted(sums.items()):
        terminalreporter.write_line(f"{subject}: " + ", ".join(f"{count:,} {name}" for name, count in sizes.items()))
