"""What must not go live is refused, by the check and by the start itself."""

import os
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from pytest_django import Settings

from hub import checks
from launcher import places
from launcher.stack import ADMIN

GOOD_KEY = "k9" * 40


@pytest.fixture
def fit(settings: Settings) -> Settings:
    settings.SECRET_KEY, settings.DEBUG, settings.DEMO, settings.PRODUCTION = GOOD_KEY, False, False, True
    return settings


def identities(errors: list[Any]) -> list[str]:
    return [error.id for error in errors]


def test_settings_fit_to_go_live_pass(fit: Settings) -> None:
    assert checks.setting_errors() == []


@pytest.mark.parametrize(
    ("name", "value", "identity"),
    [
        ("SECRET_KEY", "demo-key-not-for-production-" + "0" * 60, "hub.E001"),
        ("SECRET_KEY", "short", "hub.E001"),
        ("DEBUG", True, "hub.E002"),
        ("DEMO", True, "hub.E003"),
    ],
)
def test_settings_unfit_to_go_live_are_refused(fit: Settings, name: str, value: object, identity: str) -> None:
    setattr(fit, name, value)
    assert identities(checks.setting_errors()) == [identity]
    with pytest.raises(ImproperlyConfigured, match=identity):
        checks.refuse_unsafe_start()


def test_outside_production_nothing_is_refused(fit: Settings) -> None:
    fit.PRODUCTION, fit.DEBUG = False, True
    checks.refuse_unsafe_start()


@pytest.mark.django_db
def test_the_role_of_the_application_passes() -> None:
    assert checks.database_errors() == []


@pytest.fixture
def superuser(django_db_setup: None) -> Iterator[BaseDatabaseWrapper]:
    """A connection as the administrator of the throwaway server."""
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("the server is not ours")
    given = deepcopy(connections["default"].settings_dict)
    given["USER"] = ADMIN
    wrapper = load_backend(given["ENGINE"]).DatabaseWrapper(given, "default")
    yield wrapper
    wrapper.close()


@pytest.mark.django_db
def test_a_superuser_is_refused(superuser: BaseDatabaseWrapper) -> None:
    assert identities(checks.database_errors(superuser)) == ["hub.E004"]


@pytest.mark.django_db
def test_the_first_connection_of_a_process_is_examined_and_each_later_one_if_it_failed(
    fit: Settings, superuser: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_looked_at", False)
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match="superuser"):
            checks.guard(sender=type(superuser), connection=superuser)
    monkeypatch.setattr(checks, "database_errors", lambda connection: [])
    checks.guard(sender=type(superuser), connection=superuser)
    monkeypatch.setattr(checks, "database_errors", None)  # Not asked again.
    checks.guard(sender=type(superuser), connection=superuser)


def start(module: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(places.ROOT), str(places.ROOT / "platform"))),
        "DJANGO_SETTINGS_MODULE": "hub.settings.production",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "SECRET_KEY": GOOD_KEY,
        "ALLOWED_HOSTS": "xielian.example",
        "SITE_URL": "https://xielian.example",
        **changed,
    }
    command = [sys.executable, "-W", "ignore", "-c", f"import {module}"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_web_does_not_start_with_the_demo_key() -> None:
    said = start("hub.wsgi", SECRET_KEY="demo-key-not-for-production-" + "0" * 32)
    assert said.returncode != 0
    assert "hub.E001" in said.stderr


def test_web_does_not_start_as_a_superuser() -> None:
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("the server is not ours")
    said = start("hub.wsgi", DATABASE_URL=os.environ["DATABASE_URL"].replace("xielian_app@", f"{ADMIN}@"))
    assert said.returncode != 0
    assert "hub.E004" in said.stderr


def test_web_starts_when_all_is_well_and_when_the_database_is_away() -> None:
    assert start("hub.wsgi").returncode == 0
    away = start("hub.wsgi", DATABASE_URL="postgresql://a@/b?host=/nonexistent")
    assert away.returncode == 0, away.stderr
