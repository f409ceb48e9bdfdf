"""One world for all tests of a module, made once."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from chains import matching
from tests.access.browser import Browser
from tests.access.world import ROLES, World, build


def without_frame() -> list[dict[str, Any]]:
    """Template settings without menus, top bar and footer: they are the same around every page, take longer than most
    pages, and are asked for in a test of their own."""
    (engine,) = settings.TEMPLATES
    options = engine["OPTIONS"]
    processors = [name for name in options["context_processors"] if name != "hub.web.navigation.navigation"]
    return [{**engine, "OPTIONS": {**options, "context_processors": processors}}]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In a transaction that is never committed."""
    folder = tmp_path_factory.mktemp("access")
    with (
        override_settings(
            INDEX_FOLDER=folder / "index",
            MEDIA_ROOT=folder / "media",
            TEMPLATES=without_frame(),
            WHOLE_TEMPLATES=settings.TEMPLATES,
            # However slow the machine is.
            ACCOUNT_REAUTHENTICATION_TIMEOUT=24 * 3600,
            # Saves a question to the database for every request.
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        ),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        cache.clear()
        matching.forget()
        logging.disable(logging.CRITICAL)
        yield build()
        logging.disable(logging.NOTSET)
        matching.forget()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def browsers(world: World) -> dict[str, Browser]:
    return {role: Browser(world.people[role]) for role in ROLES}
