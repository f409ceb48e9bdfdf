"""The edition in force, for every reader of every process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from chains.dictionary import freezing
from chains.engine import Dictionary
from chains.models import DictionaryEdition

EDITION_LOCK = 7_231_005

# A dictionary takes a second to compile: threads that ask at once share one.
_compiling = threading.Lock()
_pin: ContextVar[Dictionary | None] = ContextVar("pinned_dictionary", default=None)


@dataclass(frozen=True)
class Edition:
    """number 0: nothing was published yet, and the core that the platform ships is in force."""

    number: int
    dictionary: Dictionary


def current() -> Dictionary:
    """The dictionary in force at this moment. One short query; compiled once per process and edition.

    Two calls may give two editions: an operation asks once and passes on what it got (an index knows its own:
    `index.dictionary`), or runs inside `pinned`.
    """
    pin = _pin.get()
    return pin if pin is not None else edition().dictionary


@contextmanager
def pinned() -> Iterator[None]:
    """One edition for everything inside, asked for once; for operations that read and write nothing of it. Also a
    decorator. Inside another one nothing changes."""
    if _pin.get() is not None:
        yield
        return
    token = _pin.set(edition().dictionary)
    try:
        yield
    finally:
        _pin.reset(token)


def edition() -> Edition:
    newest = DictionaryEdition.objects.order_by("-number").values_list("pk", "number", "version").first()
    if newest is None:
        return Edition(0, Dictionary.load())
    pk, number, version = newest
    with _compiling:
        return Edition(number, _compiled(pk, version))


def hold() -> None:
    """Keep the edition in force until the end of the transaction: `publish` waits for those who hold it.

    For whoever writes what was worked out with it. Take it before any row is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [EDITION_LOCK])


def replace() -> None:
    """Wait until nobody holds the edition, and let nobody take it until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EDITION_LOCK])


@lru_cache(maxsize=3)
def _compiled(pk: int, version: str) -> Dictionary:
    """By number and content: a database that was restored may know another edition by the same number."""
    return freezing.thaw(bytes(DictionaryEdition.objects.values_list("content", flat=True).get(pk=pk)))
