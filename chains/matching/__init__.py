"""Stage 3, match: posts → partners, explained and stored.

    keep(post_ids=…)            understand changed posts and mark them, in a transaction of its own
    match_demands(post_ids)     best partners of demands, written under a lock on each
    demands_touched_by(ids)     which demands a changed supply concerns
    preview(text=…, …)          partners of a free text, nothing stored
    build()                     a new base of the index on disk

Work arrives as jobs (chains.tasks) after the events of posting (chains.receivers).
"""

from chains.matching import analyses, live
from chains.matching.analyses import StaleError, count_stale, edition, is_ready, keep, keep_stale, stale
from chains.matching.finding import demands_touched_by
from chains.matching.live import build, current
from chains.matching.saving import TOP, Outcome, end_orphans, match_demand, match_demands

__all__ = [
    "TOP",
    "Outcome",
    "StaleError",
    "build",
    "count_stale",
    "current",
    "demands_touched_by",
    "edition",
    "end_orphans",
    "forget",
    "is_ready",
    "keep",
    "keep_stale",
    "match_demand",
    "match_demands",
    "stale",
]


def forget() -> None:
    """What this process remembers of the index and of the analyses: look anew."""
    live.forget()
    analyses.forget()
