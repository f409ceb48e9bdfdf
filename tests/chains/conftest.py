"""Each test has an index of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chains import matching


@pytest.fixture(autouse=True)
def own_index(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.INDEX_FOLDER = tmp_path / "index"
    matching.forget()
    yield
    matching.forget()
