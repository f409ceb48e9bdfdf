"""One world for all tests here, made once in each process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator

from chains import matching
from foundation import limits
from tests.access.browser import Browser
from tests.access.world import ROLES, World, build


def without_frame() -> list[dict[str, Any]]:
    """Template settings without menus, top bar and footer: they are the same around every page, take longer than most
    pages, and are asked for in a test of their own."""
    (engine,) = settings.TEMPLATES
    options = engine["OPTIONS"]
    processors = [name for name in options["context_processors"] if name != "hub.web.navigation.navigation"]
    return [{**engine, "OPTIONS": {**options, "context_processors": processors}}]


@contextmanager
def described_once() -> Iterator[None]:
    """The API's description is the same for everybody, and takes as long as fifty pages."""
    describe, made = SchemaGenerator.get_schema, {}

    def once(self: SchemaGenerator, request: Any = None, public: bool = False) -> Any:
        if public not in made:
            made[public] = describe(self, request=request, public=public)
        return made[public]

    with patch.object(SchemaGenerator, "get_schema", once):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Thousands of refusals would fill the log."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In a transaction that is never committed."""
    folder = tmp_path_factory.mktemp("access")
    with (
        override_settings(
            INDEX_FOLDER=folder / "index",
            MEDIA_ROOT=folder / "media",
            TEMPLATES=without_frame(),
            WHOLE_TEMPLATES=settings.TEMPLATES,
            # However slow the machine is, and however often we ask: limits are tested elsewhere.
            ACCOUNT_REAUTHENTICATION_TIMEOUT=24 * 3600,
            ACCOUNT_RATE_LIMITS=False,
            # Saves a question to the database for every request.
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        ),
        patch.object(limits, "allow", lambda *args, **kwargs: True),
        described_once(),
        quiet(),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        matching.forget()
        yield build()
        matching.forget()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def browsers(world: World) -> dict[str, Browser]:
    return {role: Browser(world.people[role]) for role in ROLES}
