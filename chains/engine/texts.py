"""Many short texts as one array of bytes: mapped from disk, decoded one by one when somebody asks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


class Texts(Sequence[str]):
    """texts[n] lies in raw[start[n] : start[n + 1]], UTF-8."""

    def __init__(self, start: NDArray[Any], raw: NDArray[Any]) -> None:
        self.start = start
        self.raw = raw
        self._numbers: dict[str, int] | None = None

    @classmethod
    def build(cls, texts: Iterable[str]) -> "Texts":
        encoded = [text.encode() for text in texts]
        start = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=start[1:])
        start.setflags(write=False)
        return cls(start, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        return len(self.start) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.raw[self.start[index] : self.start[index + 1]].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        raw = self.raw.tobytes()
        bounds = self.start.tolist()
        return (raw[low:high].decode() for low, high in pairwise(bounds))

    def number_of(self, text: str) -> int | None:
        """The place of a text; None if it is not there. The first call reads all of them."""
        if self._numbers is None:
            self._numbers = {text: number for number, text in enumerate(self)}
        return self._numbers.get(text)
