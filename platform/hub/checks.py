"""What must not go live.

Three doors lead here: `manage.py check --deploy`, the start of web, worker and beat in production, and, in
production, the first database connection of every process. The last one cannot be forgotten.
"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

DEMO_KEY = "demo-key"
SHORTEST_KEY = 50
ALL_POWERFUL = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
CHINESE_TRIGRAMS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')"


def setting_errors() -> list[Error]:
    """What the settings alone give away."""
    errors = []
    key = str(settings.SECRET_KEY)
    if key.startswith(DEMO_KEY) or len(key) < SHORTEST_KEY:
        errors.append(
            Error(
                "SECRET_KEY is the demo's, or too short to be a secret.",
                hint=f"Set SECRET_KEY to at least {SHORTEST_KEY} random characters.",
                id="hub.E001",
            )
        )
    if settings.DEBUG:
        errors.append(Error("DEBUG is on: error pages would show source and settings.", id="hub.E002"))
    if settings.DEMO:
        errors.append(Error("DEMO is on: anybody could log in as anybody.", id="hub.E003"))
    return errors


def database_errors(database: BaseDatabaseWrapper = connection) -> list[Error]:
    """What the database says about our role and about 中文. Raises OperationalError when it is away."""
    errors = []
    with database.cursor() as cursor:
        cursor.execute(ALL_POWERFUL)
        row = cursor.fetchone()
        if row and row[0]:
            errors.append(
                Error(
                    "The database role is a superuser or bypasses row security: no rule binds it.",
                    hint="Connect as a role that only owns this database (see docs/operations.md).",
                    id="hub.E004",
                )
            )
        cursor.execute(CHINESE_TRIGRAMS)
        row = cursor.fetchone()
        if row and row[0]:
            cursor.execute("SELECT show_trgm('轴承') = '{}'")
            row = cursor.fetchone()
            if row and row[0]:
                errors.append(
                    Error(
                        "pg_trgm finds no trigram in 中文: search would silently find nothing.",
                        hint="Create the cluster with --locale-provider=builtin --builtin-locale=C.UTF-8.",
                        id="hub.E005",
                    )
                )
    return errors


@register(Tags.security, deploy=True)
def settings_are_fit_to_go_live(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Sequence[CheckMessage]:
    return setting_errors()


@register(Tags.database, deploy=True)
def database_is_fit_to_go_live(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Sequence[CheckMessage]:
    return database_errors() if databases and "default" in databases else []


def refuse_unsafe_start() -> None:
    """Stop a process that must not go live. Raises ImproperlyConfigured.

    A database that is away is no reason: the first connection is looked at when it comes (`guard`).
    """
    if not getattr(settings, "PRODUCTION", False):
        return
    errors = setting_errors()
    if not errors:
        try:
            errors = database_errors()
        except OperationalError:
            return
        finally:
            connection.close()
    _refuse(errors)


_looked_at = False


def guard(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created` in production: the first connection of a process is examined."""
    global _looked_at
    if _looked_at:
        return
    _looked_at = True  # Before the queries below, which must not come back here.
    try:
        _refuse(setting_errors() + database_errors(connection))
    except ImproperlyConfigured:
        _looked_at = False
        connection.close()
        raise


def _refuse(errors: list[Error]) -> None:
    if errors:
        raise ImproperlyConfigured(" ".join(f"{error.id}: {error.msg} {error.hint or ''}" for error in errors))
