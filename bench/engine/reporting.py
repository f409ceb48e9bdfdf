"""Tables for people, and the growth plot and table of docs/."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"

# name, where the figure is, goal at 1M posts
ROWS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("kernel, all conditions, p50 ms", ("kernel", "p50_ms"), "≤ 0.1"),
    ("kernel, all conditions, p99 ms", ("kernel", "p99_ms"), "≤ 2"),
    ("kernel, text only, p50 ms", ("kernel_text_only", "p50_ms"), ""),
    ("search with 20 explanations, p50 ms", ("search_and_explain", "p50_ms"), ""),
    ("search with 20 explanations, p99 ms", ("search_and_explain", "p99_ms"), ""),
    ("many at once, ms each", ("batch_ms",), ""),
    ("times the memory floor", ("times_floor",), "≤ 3"),
    ("recall@20, text only", ("recall",), ""),
    ("cold build from texts, s", ("build", "cold_build_s"), "≤ 30"),
    ("its processor time, s", ("build", "cold_build_cpu_s"), ""),
    ("build from stored analyses, s", ("build", "stored_build_s"), "≤ 10"),
    ("its processor time, s", ("build", "stored_build_cpu_s"), ""),
    ("snapshot, MB", ("build", "snapshot_mb"), "≤ 250"),
    ("open, s", ("build", "open_s"), "≤ 1"),
    ("worker beside the shared pages, MB", ("worker", "own_mb"), "≤ 600"),
    ("worker with 2,000 posts, all memory, MB", ("small_worker", "all_mb"), "< 250"),
    ("of that its own, beside shared pages, MB", ("small_worker", "own_mb"), ""),
    ("its first answer after a cold start, s", ("small_worker", "first_answer_s"), "< 3"),
)


def value(run: dict[str, Any], path: Sequence[str]) -> float:
    found: Any = run
    for name in path:
        found = found[name]
    return float(found)


def shown(number: float) -> str:
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number < 1 else f"{number:.1f}"


def print_tables(run: dict[str, Any]) -> None:
    print(f"\n{run['posts']:,} posts, {run['texts']:,} distinct texts, {run['demands']:,} demands\n")
    for name, path, goal in ROWS:
        print(f"  {name:<44}{shown(value(run, path)):>10}   {goal}")
    print("\n  recall@20 by wording: " + ", ".join(f"{k} {v:.2f}" for k, v in run["recall_by_kind"].items()))
    if "peers" not in run:
        return
    print(f"\n  {'text only, top 20':<20}{'build s':>10}{'mean ms':>10}{'× ours':>10}{'recall@20':>12}")
    ours = run["kernel_text_only"]["mean_ms"]
    print(f"  {'xielian':<20}{run['build']['cold_build_s']:>10.1f}{ours:>10.3f}{1:>10}{run['recall']:>12.3f}")
    for name, row in run["peers"].items():
        times = f"{row['mean_ms']:>10.3f}{row['times_ours']:>10.1f}"
        print(f"  {name:<20}{row['build_s']:>10.1f}{times}{row['recall']:>12.3f}")


def write_docs(runs: Sequence[dict[str, Any]]) -> None:
    """docs/speed.md and docs/images/engine-growth.png."""
    lines = [
        "# How the matching engine grows",
        "",
        "Written by `python3 dev.py bench engine --growth`: an invented market (`bench/engine/corpus.py`), two",
        "processor cores, one process searching. × is a peer's mean time over ours for the same texts, no conditions.",
        "",
        "| | " + " | ".join(f"{run['posts']:,} posts" for run in runs) + " | goal at 1M |",
        "|---|" + "---|" * (len(runs) + 1),
    ]
    for name, path, goal in ROWS:
        lines.append(f"| {name} | " + " | ".join(shown(value(run, path)) for run in runs) + f" | {goal} |")
    for peer in runs[0].get("peers", {}):
        cells = [f"{shown(run['peers'][peer]['times_ours'])} ({run['peers'][peer]['recall']:.2f})" for run in runs]
        lines.append(f"| {peer}, × ours (its recall@20) | " + " | ".join(cells) + " | |")
    lines += ["", "![Time of a search and size of the index by the number of posts](images/engine-growth.png)", ""]
    (DOCS / "speed.md").write_text("\n".join(lines), encoding="utf-8")
    _plot(runs, DOCS / "images" / "engine-growth.png")


def _plot(runs: Sequence[dict[str, Any]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = [run["posts"] for run in runs]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), constrained_layout=True)
    for label, where in (
        ("kernel, p50", ("kernel", "p50_ms")),
        ("kernel, p99", ("kernel", "p99_ms")),
        ("with 20 explanations, p50", ("search_and_explain", "p50_ms")),
    ):
        left.plot(sizes, [value(run, where) for run in runs], marker="o", label=label)
    for peer in runs[0].get("peers", {}):
        left.plot(sizes, [run["peers"][peer]["mean_ms"] for run in runs], marker=".", linestyle=":", label=peer)
    left.set(xscale="log", yscale="log", xlabel="posts", ylabel="ms per query", title="Search")
    left.legend(fontsize=7)
    for label, where in (
        ("cold build, s", ("build", "cold_build_s")),
        ("build from stored analyses, s", ("build", "stored_build_s")),
        ("snapshot, MB", ("build", "snapshot_mb")),
        ("worker beside shared pages, MB", ("worker", "own_mb")),
    ):
        right.plot(sizes, [value(run, where) for run in runs], marker="o", label=label)
    right.set(xscale="log", yscale="log", xlabel="posts", title="Build and size")
    right.legend(fontsize=7)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
