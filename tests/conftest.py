"""Fixtures for every test. The servers come from the plugin `launcher.pytest_stack`."""

from typing import Any

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleaned up by TRUNCATE, which the audit log refuses everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE foundation_auditentry DISABLE TRIGGER audit_no_truncate")
