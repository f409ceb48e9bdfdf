"""Reads many texts, on several processors if asked: for a first import, or after a change of the dictionary."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from .analysing import analyse
from .dictionary import Dictionary
from .products import Collector

# Pieces of work for each process: enough that none waits long for the others at the end.
PIECES = 6


def collect_texts(texts: Sequence[str], *, dictionary: Dictionary, processes: int = 1) -> Collector:
    """Analyse distinct texts; text n is content n of the collector, whatever the number of processes.

    With more than one, new processes are started and each is given the dictionary; not from within a process that may
    have no children (a Celery worker's).
    """
    if processes <= 1 or len(texts) < 1000:
        return _read(texts, dictionary)
    size = -(-len(texts) // (processes * PIECES))
    pieces = [texts[start : start + size] for start in range(0, len(texts), size)]
    whole = Collector(dictionary.version)
    context = get_context("spawn")
    with (
        ProcessPoolExecutor(processes, mp_context=context, initializer=_take, initargs=(dictionary,)) as pool,
        without_collecting(),
    ):
        for part in pool.map(_read_piece, pieces):
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


def _read_piece(texts: Sequence[str]) -> Collector:
    assert _dictionary is not None
    return _read(texts, _dictionary)


def _read(texts: Sequence[str], dictionary: Dictionary) -> Collector:
    collector = Collector(dictionary.version)
    with without_collecting():
        for text in texts:
            collector.add(analyse(text, dictionary=dictionary))
    return collector
