"""What the engine takes: time to build, to open and to search, space on disk and in memory."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.engine.corpus import Corpus
from chains.engine import DEFAULT_WEIGHTS, Dictionary, Index, Query, analyse
from chains.engine.bulk import collect_stored, collect_texts
from chains.engine.compiling import Compiler

K = 20
PROCESSES = 2


@dataclass(frozen=True)
class Built:
    index: Index
    folder: Path
    figures: dict[str, float]


def build(corpus: Corpus, folder: Path) -> Built:
    """From texts and from stored analyses, each to a snapshot on disk; the one opened again is measured."""
    dictionary = Dictionary.load()
    begun, spent = time.perf_counter(), _processor_seconds()
    collector = collect_texts(corpus.texts, dictionary=dictionary, processes=PROCESSES)
    read = time.perf_counter()
    index = Index.build_from(collector, corpus.table, dictionary=dictionary)
    made = time.perf_counter()
    index.save(folder / "cold")
    saved = time.perf_counter()
    figures = {
        "cold_build_s": saved - begun,
        "cold_build_cpu_s": _processor_seconds() - spent,
        "reading_s": read - begun,
        "arranging_s": made - read,
        "saving_s": saved - made,
    }
    del collector, index
    stored = _stored(corpus.texts)
    begun, spent = time.perf_counter(), _processor_seconds()
    collector = collect_stored(stored, version=dictionary.version, processes=PROCESSES)
    Index.build_from(collector, corpus.table, dictionary=dictionary).save(folder / "stored")
    figures["stored_build_s"] = time.perf_counter() - begun
    figures["stored_build_cpu_s"] = _processor_seconds() - spent
    del collector, stored
    shutil.rmtree(folder / "stored")
    figures["snapshot_mb"] = sum(path.stat().st_size for path in (folder / "cold").rglob("*") if path.is_file()) / 1e6
    begun = time.perf_counter()
    index = Index.load(folder / "cold", dictionary=dictionary)
    figures["open_s"] = time.perf_counter() - begun
    figures["products"] = index.segments[0].products.count
    return Built(index, folder / "cold", figures)


def _processor_seconds() -> float:
    """Of this process and of its children that have ended: what a build costs, whoever else is on the machine."""
    return sum(os.times()[:4])


def _stored(texts: Sequence[str]) -> list[str]:
    """Analyses as the product stores them with its posts."""
    size = max(1, -(-len(texts) // (8 * PROCESSES)))
    pieces = [texts[start : start + size] for start in range(0, len(texts), size)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        return [row for part in pool.map(_analysed, pieces) for row in part]


def _analysed(texts: Sequence[str]) -> list[str]:
    dictionary = Dictionary.load()
    return [json.dumps(analyse(text, dictionary=dictionary).to_dict(), ensure_ascii=False) for text in texts]


def compiled(queries: Sequence[Query]) -> list[Any]:
    compiler = Compiler(dictionary=Dictionary.load(), weights=DEFAULT_WEIGHTS)
    return [compiler.compiled(query) for query in queries]


def kernel_times(index: Index, asked: Sequence[Any], *, repeats: int = 3) -> NDArray[np.float64]:
    """Seconds of the kernel alone for each query, one call each: the best of some repeats, as other programs on the
    machine only ever add to it."""
    from chains.engine import kernel, searching

    segment = index.segments[0]
    columns, out = searching._columns(segment), searching._nothing(1, K)
    programs = [searching._Queries([query], segment) for query in asked]
    times = np.empty((repeats, len(programs)))
    for repeat in range(repeats):
        for number, program in enumerate(programs):
            scratch = searching._scratch.of(segment, program.words)
            begun = time.perf_counter()
            kernel.search_many(
                K, *program.arguments, *columns, *scratch, out.id, out.row, out.total, out.fit, out.count
            )
            times[repeat, number] = time.perf_counter() - begun
    best: NDArray[np.float64] = times.min(axis=0)
    return best


def search_times(index: Index, queries: Sequence[Query], *, repeats: int = 3) -> NDArray[np.float64]:
    """Seconds from a query to explained candidates, the best of some repeats."""
    times = np.empty((repeats, len(queries)))
    for repeat in range(repeats):
        for number, query in enumerate(queries):
            begun = time.perf_counter()
            index.search(query, K)
            times[repeat, number] = time.perf_counter() - begun
    best: NDArray[np.float64] = times.min(axis=0)
    return best


def batch_seconds(index: Index, queries: Sequence[Query]) -> float:
    """Seconds per query of the door for many, from queries to arrays; the best of three."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        index.top(queries, K)
        times.append(time.perf_counter() - begun)
    return min(times) / max(1, len(queries))


def floor_times(index: Index, asked: Sequence[Any], *, repeats: int = 3) -> NDArray[np.float64]:
    """Seconds that reading what each query needs takes: the best of as many repeats as the kernel has."""
    from bench.engine.floor import Floor, traces
    from chains.engine import searching

    segment = index.segments[0]
    answers = searching.top(asked, index.segments, K)
    bars = np.where(answers.count == K, answers.total[:, K - 1], -1)
    floor, found = Floor(segment), traces(asked, segment, bars)
    times = np.empty((repeats, len(found)))
    for repeat in range(repeats):
        for number, trace in enumerate(found):
            begun = time.perf_counter()
            floor.touch(trace)
            times[repeat, number] = time.perf_counter() - begun
    best: NDArray[np.float64] = times.min(axis=0)
    return best


_PROCESS = """
import sys, time
begun = time.perf_counter()
import pickle
from pathlib import Path
if sys.argv[3] == "product":
    import django
    django.setup()
    import chains.tasks
from chains.engine import Dictionary, Index
index = Index.load(Path(sys.argv[1]), dictionary=Dictionary.load())
with open(sys.argv[2], "rb") as file:
    queries = pickle.load(file)
index.search(queries[0])
first = time.perf_counter() - begun
for query in queries[1:]:
    index.search(query)
index.count(queries[0])
print(first)
for line in open("/proc/self/status"):
    if line.startswith(("VmRSS", "RssAnon")):
        print(line.split()[1])
"""


def process(folder: Path, queries: Sequence[Query], *, as_product: bool) -> dict[str, float]:
    """A process of its own that opens a snapshot and searches: MB in all, MB beside the pages of files, which it shares
    with every process that opens the same; seconds from its start to the first answer. as_product: with Django and
    the product's tasks loaded, as in a worker."""
    import pickle

    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump(list(queries), file)
        file.flush()
        said = subprocess.run(
            [sys.executable, "-c", _PROCESS, str(folder), file.name, "product" if as_product else "engine"],
            env=_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    first, whole, own = said.stdout.split()
    return {"first_answer_s": float(first), "all_mb": int(whole) / 1024, "own_mb": int(own) / 1024}


def _environment() -> dict[str, str]:
    """Settings load without servers: nothing connects before it is asked to."""
    root = Path(__file__).resolve().parents[2]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(root), str(root / "platform"))),
        "DJANGO_SETTINGS_MODULE": "hub.settings.demo",
        "DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent",
        "REDIS_URL": "unix:///nonexistent",
    }


def recall(found: Sequence[Sequence[int]], relevant: Sequence[NDArray[np.int64]], *, k: int = K) -> float:
    """Of the relevant posts that could be among the first k, the share that is; the mean over the demands."""
    shares = [
        len(set(row[:k]) & set(ids.tolist())) / min(k, len(ids))
        for row, ids in zip(found, relevant, strict=True)
        if len(ids)
    ]
    return float(np.mean(shares)) if shares else 0.0


def percentiles(times: NDArray[np.float64]) -> dict[str, float]:
    """Milliseconds."""
    return {
        "p50_ms": float(np.percentile(times, 50)) * 1e3,
        "p99_ms": float(np.percentile(times, 99)) * 1e3,
        "mean_ms": float(np.mean(times)) * 1e3,
    }
