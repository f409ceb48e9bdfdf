"""Fixtures for every test. The servers come from the plugin `launcher.pytest_stack`."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit log refuses everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE foundation_auditentry DISABLE TRIGGER audit_no_truncate")


@pytest.fixture(autouse=True)
def interface_language() -> Iterator[None]:
    """A test that asked for a page in English must not leave English on for the next one."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)
