"""Reads many texts, on several processors if asked: for a first import, or after a change of the dictionary."""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any

from .analysing import analyse
from .dictionary import Dictionary
from .products import Collector

# Pieces of work for each process: enough that none waits long for the others at the end.
PIECES = 6
# Fewer texts are read in this process.
FEW = 1000


def collect_texts(texts: Sequence[str], *, dictionary: Dictionary, processes: int = 1) -> Collector:
    """Analyse distinct texts; text n is content n of the collector, whatever the number of processes.

    With more than one, new processes are started and each is given the dictionary; not from within a process that may
    have no children (a Celery worker's).
    """
    if processes <= 1 or len(texts) < FEW:
        return _analysed(texts, dictionary)
    with _pool(processes, _take, dictionary) as pool:
        return _together(dictionary.version, pool.map(_analysed_piece, _pieces(texts, processes)))


def collect_stored(stored: Sequence[str], *, version: str, processes: int = 1) -> Collector:
    """The same from analyses as they are stored: the JSON of ``Analysis.to_dict``, as text."""
    if processes <= 1 or len(stored) < FEW:
        return _parsed(version, stored)
    with _pool(processes) as pool:
        return _together(version, pool.map(partial(_parsed, version), _pieces(stored, processes)))


def _pool(processes: int, *initial: Any) -> ProcessPoolExecutor:
    first, *arguments = initial or (None,)
    context = get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=first, initargs=tuple(arguments))


def _pieces(texts: Sequence[str], processes: int) -> list[Sequence[str]]:
    size = -(-len(texts) // (processes * PIECES))
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _together(version: str, parts: Iterable[Collector]) -> Collector:
    whole = Collector(version)
    with without_collecting():
        for part in parts:
            whole.absorb(part)
    return whole


@contextmanager
def without_collecting() -> Iterator[None]:
    """Millions of small objects that all stay: looking for garbage among them takes as long as making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_dictionary: Dictionary | None = None


def _take(dictionary: Dictionary) -> None:
    global _dictionary
    _dictionary = dictionary


def _analysed_piece(texts: Sequence[str]) -> Collector:
    assert _dictionary is not None
    return _analysed(texts, _dictionary)


def _parsed(version: str, stored: Sequence[str]) -> Collector:
    collector = Collector(version)
    with without_collecting():
        for text in stored:
            collector.add_stored(json.loads(text))
    return collector


def _analysed(texts: Sequence[str], dictionary: Dictionary) -> Collector:
    collector = Collector(dictionary.version)
    with without_collecting():
        for text in texts:
            collector.add(analyse(text, dictionary=dictionary))
    return collector
