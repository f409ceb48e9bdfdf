"""Each test has an index and a memory of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from chains import matching


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.INDEX_FOLDER = tmp_path / "index"
    matching.forget()
    yield
    matching.forget()


@pytest.fixture(autouse=True)
def forgotten_limits() -> None:
    """What one test asked for does not count against the next."""
    cache.clear()
