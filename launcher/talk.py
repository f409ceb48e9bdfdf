"""How the launcher speaks: one line per step with its time, problems in plain words."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class PlainError(Exception):
    """Something a person has to mend; the message says what. Shown without a traceback."""


class Talk:
    """Writes to one stream. With --json that is stderr, since stdout belongs to the one JSON line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout

    def say(self, line: str = "") -> None:
        print(line, file=self.stream, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Name what is being done, then say how long it took."""
        live = self.stream.isatty()
        if live:
            print(f"  … {name}", end="\r", file=self.stream, flush=True)
        begun = time.monotonic()
        yield
        self.say(f"  ✓ {name} ({time.monotonic() - begun:.1f} s)")
