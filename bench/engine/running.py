"""``python3 dev.py bench engine``: the engine's speed and size beside named peers, over one invented market."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.engine import corpus as market
from bench.engine import measuring, peers, reporting
from bench.engine.corpus import Corpus
from chains.engine import Query

POSTS = 1_000_000
DEMANDS = 3000
# Slow methods are asked for some of the demands only; recall is measured on the same.
ASKED_OF_DATABASE = 60
SMALL = 2000
GROWTH = (10_000, 100_000, 1_000_000)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench engine", description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS, help="supply posts (default: %(default)s)")
    parser.add_argument("--demands", type=int, default=DEMANDS, help="demands asked (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="the figures as one JSON line on stdout")
    parser.add_argument("--no-peers", action="store_true", help="only the engine")
    parser.add_argument("--growth", action="store_true", help="at 10k, 100k and 1M posts; writes docs/speed.md")
    chosen = parser.parse_args(arguments)
    if chosen.posts < 1000 or chosen.demands < 100:
        parser.error("at least 1000 posts and 100 demands")
    say = _say(sys.stderr if chosen.json else sys.stdout)
    sizes = GROWTH if chosen.growth else (chosen.posts,)
    runs = [
        measure(posts=size, demands=chosen.demands, seed=chosen.seed, with_peers=not chosen.no_peers, say=say)
        for size in sizes
    ]
    if chosen.growth:
        reporting.write_docs(runs)
    if chosen.json:
        print(json.dumps(runs[-1] if len(runs) == 1 else {"growth": runs}), flush=True)
    else:
        for run in runs:
            reporting.print_tables(run)
    return 0


def _say(stream: Any) -> Callable[[str], None]:
    return lambda text: print(text, file=stream, flush=True)


def measure(*, posts: int, demands: int, seed: int, with_peers: bool, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one size."""
    say(f"Making a market of {posts:,} posts and {demands:,} demands (seed {seed}).")
    corpus = market.make(posts=posts, demands=demands, seed=seed)
    with tempfile.TemporaryDirectory(prefix="xielian-bench-") as folder:
        say(f"Building the index from {len(corpus.texts):,} distinct texts.")
        figures = _engine(corpus, Path(folder), say)
    if with_peers:
        figures["peers"] = _peers(corpus, figures, say)
    del figures["found"]
    return figures


def _engine(corpus: Corpus, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    built = measuring.build(corpus, folder)
    index, queries = built.index, [demand.query for demand in corpus.demands]
    say("Searching.")
    asked = measuring.compiled(queries)
    measuring.search_times(index, queries[:50])
    composite = measuring.kernel_times(index, asked)
    floor = measuring.floor_times(index, asked)
    plain = [Query(analysis=query.analysis) for query in queries]
    text = measuring.kernel_times(index, measuring.compiled(plain))
    whole = measuring.search_times(index, queries[:1000])
    found = index.top(plain, measuring.K)
    rows = [found.id[number, : found.count[number]].tolist() for number in range(len(plain))]
    relevant = corpus.relevant()
    small = market.make(posts=SMALL, demands=100)
    small_folder = measuring.build(small, folder / "small").folder
    return {
        "posts": corpus.size,
        "texts": len(corpus.texts),
        "demands": len(queries),
        "build": built.figures,
        "kernel": measuring.percentiles(composite),
        "kernel_text_only": measuring.percentiles(text),
        "search_and_explain": measuring.percentiles(whole),
        "batch_ms": measuring.batch_seconds(index, queries) * 1e3,
        "batch_text_only_ms": measuring.batch_seconds(index, plain) * 1e3,
        "floor": measuring.percentiles(floor),
        "times_floor": float(composite.sum() / floor.sum()),
        "found": rows,
        "recall": measuring.recall(rows, relevant),
        "recall_by_kind": {
            kind: measuring.recall(
                [row for row, demand in zip(rows, corpus.demands, strict=True) if demand.kind == kind],
                [ids for ids, demand in zip(relevant, corpus.demands, strict=True) if demand.kind == kind],
            )
            for kind in market.KINDS
        },
        "worker": measuring.process(built.folder, queries[:1000], as_product=True),
        "small_worker": measuring.process(
            small_folder, [replace(demand.query, id=1) for demand in small.demands], as_product=True
        ),
    }


def _peers(corpus: Corpus, ours: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Text only, as the peers can; ours beside them is text only too, and the batch beside the batch."""
    from launcher.stack import ThrowawayStack

    texts, relevant = [demand.text for demand in corpus.demands], corpus.relevant()
    found: dict[str, Any] = {}

    def names() -> Any:
        return (corpus.texts[number] for number in corpus.text.tolist())

    def keep(name: str, run: peers.Run, *, batch: bool = False) -> None:
        own = ours["batch_text_only_ms"] if batch else ours["kernel_text_only"]["mean_ms"]
        mean = float(run.each.mean()) * 1e3
        found[name] = {
            "build_s": run.build,
            **measuring.percentiles(run.each),
            "times_ours": mean / own,
            "times_ours_composite": mean / (ours["batch_ms"] if batch else ours["kernel"]["mean_ms"]),
            "recall": measuring.recall(run.found, relevant[: len(run.found)]),
            "our_recall": measuring.recall(ours["found"][: len(run.found)], relevant[: len(run.found)]),
        }
        say(f"  {name}: {mean:.3f} ms, {found[name]['times_ours']:.0f} × ours, recall {found[name]['recall']:.3f}")

    say("Asking the peers.")
    keep("tantivy", peers.tantivy(names(), texts))
    keep("bm25s", peers.bm25s(names(), texts))
    keep("sparse_dot_topn", peers.sparse_dot_topn(names(), texts), batch=True)
    with ThrowawayStack() as stack:
        database = peers.Postgres(stack.environment["DATABASE_URL"], names())
        keep("tsvector", database.vectors(texts[:ASKED_OF_DATABASE]))
        keep("pg_trgm", database.trigrams(texts[:ASKED_OF_DATABASE]))
        database.connection.close()
    return found
