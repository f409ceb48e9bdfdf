"""Several hosts, simulated on one: each has its own folder of the index, all share the database. Same answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from chains import matching
from chains.engine import Dictionary, Query, analyse
from chains.matching import live
from chains.models import IndexSnapshot
from tests.factories import PostFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three posts are a large market."""
    monkeypatch.setattr(live, "REBASE_AT", 3)
    monkeypatch.setattr("foundation.jobs.enqueue", lambda **_: None)


@contextmanager
def host(name: str, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A process that starts on another machine."""
    before = live._state, live._aside, settings.INDEX_FOLDER
    settings.INDEX_FOLDER = tmp_path / name
    matching.forget()
    yield settings.INDEX_FOLDER
    live._state, live._aside, settings.INDEX_FOLDER = before


def answers() -> list[tuple[int, float]]:
    query = Query(analysis=analyse("轴承", dictionary=Dictionary.load()), today=timezone.localdate().toordinal())
    return [(candidate.id, candidate.score) for candidate in matching.current().search(query)]


def publish(count: int = 1) -> None:
    matching.keep(post_ids=[PostFactory(published=True, product="轴承").pk for _ in range(count)])


def nothing_is_read(*_: Any, **__: Any) -> None:
    raise AssertionError("read from the database")


def test_a_host_without_the_base_builds_its_own_once(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(4)
    with host("a", settings, tmp_path):
        snapshot = matching.build()
        here = answers()
    publish()
    with host("b", settings, tmp_path) as folder:
        there = answers()
        assert there[:4] == here
        assert len(there) == 5
        assert [path.name for path in folder.glob("supply-*")] == [snapshot.folder]
        # The next process of that host opens it, and has nothing to read.
        matching.forget()
        monkeypatch.setattr(live, "_read", nothing_is_read)
        assert answers() == there
    assert IndexSnapshot.objects.count() == 1


def test_a_running_process_goes_on_while_its_host_builds_the_newer_base(settings: Any, tmp_path: Path) -> None:
    publish(4)
    with host("b", settings, tmp_path):
        assert len(answers()) == 4
        with host("a", settings, tmp_path):
            publish()
            snapshot = matching.build()
        assert len(answers()) == 5
        assert live._aside is not None
        live._aside[1].join(30)
        assert (settings.INDEX_FOLDER / snapshot.folder / live.HORIZON).exists()
        assert len(answers()) == 5
        assert live._state is not None
        assert live._state.epoch == snapshot.epoch
        publish()
        assert len(answers()) == 6


def test_a_broken_base_is_built_anew_in_its_place(settings: Any, tmp_path: Path) -> None:
    publish(4)
    with host("a", settings, tmp_path) as folder:
        snapshot = matching.build()
        whole = answers()
        record = folder / snapshot.folder / "segment0" / "posts.record.npy"
        record.write_bytes(record.read_bytes()[:-1])
        matching.forget()
        assert answers() == whole
        assert (folder / snapshot.folder / live.HORIZON).exists()
