"""Jobs of matching. Every one may be run again: it looks at what is and writes what should be."""

import time
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from chains import leadership, listed_import, matching, ranking
from chains.dictionary import importing, mining, previewing
from chains.matching import documents, exposure
from chains.models import Chain, DictionaryImport, DictionaryPreview
from enterprises.models import Post
from foundation import jobs

# More demands than this are matched in parallel, as children of the job.
PARALLEL_ABOVE = 400
CHUNK = 200
STEP = 40
ANALYSED_AT_ONCE = 200
PAUSE = 0.2


@jobs.handler("chains.match_posts", queue="matching")
def match_posts(run: jobs.Run, *, post_ids: list[int]) -> dict[str, Any] | None:
    """Posts were published, changed or ended: bring everything up to date that they touch."""
    return _sum_of_children(run) if run.is_gathering else _match_posts(run, post_ids)


def _match_posts(run: jobs.Run, post_ids: Sequence[int]) -> dict[str, Any] | None:
    run.progress(stage=gettext_noop("分析文本"))
    _ready(run)
    matching.keep(post_ids=post_ids)
    run.progress(stage=gettext_noop("寻找受影响的需求"))
    rows = dict(Post.objects.filter(pk__in=post_ids).values_list("pk", "direction"))
    supplies = [pk for pk, direction in rows.items() if direction == Post.Direction.SUPPLY]
    demands = {pk for pk, direction in rows.items() if direction == Post.Direction.DEMAND}
    if supplies:
        demands.update(matching.demands_touched_by(supplies))
    return _match(run, sorted(demands))


@jobs.handler("chains.match_firm", queue="matching")
def match_firm(run: jobs.Run, *, enterprise_id: int) -> dict[str, Any] | None:
    """A firm changed what filters read (region, certificates, blocked firms, status): all its posts are looked at."""
    if run.is_gathering:
        return _sum_of_children(run)
    known = Post.objects.filter(enterprise_id=enterprise_id, analysis__isnull=False).values_list("pk", flat=True)
    there = Post.objects.filter(enterprise_id=enterprise_id).open().values_list("pk", flat=True)
    return _match_posts(run, sorted({*known, *there}))


@jobs.handler("chains.build_index", queue="bulk", lease=300)
def build_index(run: jobs.Run) -> dict[str, Any]:
    _ready(run)
    run.progress(stage=gettext_noop("建立索引"))
    snapshot = matching.build(progress=lambda done, total: run.progress(done=done, total=total))
    return {"epoch": snapshot.epoch, "documents": snapshot.document_count}


@jobs.handler("chains.rematch", queue="bulk", lease=300)
def rematch(run: jobs.Run) -> dict[str, Any] | None:
    """Everything anew, nightly or on demand: analyses of today's dictionary, a fresh base, all demands in chunks."""
    if run.is_gathering:
        jobs.enqueue(kind="chains.place_firms", key="all")
        return {**_sum_of_children(run), "orphans": matching.end_orphans()}
    ranking.publish_current()
    exposure.count()
    _analyse(run, only_known=False)
    run.progress(stage=gettext_noop("建立索引"))
    matching.build(progress=lambda done, total: run.progress(done=done, total=total))
    demands = list(documents.matchable(Post.Direction.DEMAND).order_by("pk").values_list("pk", flat=True))
    if not demands:
        jobs.enqueue(kind="chains.place_firms", key="all")
        return {**matching.Outcome().as_dict(), "orphans": matching.end_orphans()}
    run.progress(stage=gettext_noop("匹配"))
    _spawn(run, demands)
    return None


@jobs.handler("chains.rematch_chunk", queue="bulk")
def rematch_chunk(run: jobs.Run, *, post_ids: list[int]) -> dict[str, Any]:
    return _match_here(run, post_ids)


def _match(run: jobs.Run, demands: Sequence[int]) -> dict[str, Any] | None:
    if len(demands) > PARALLEL_ABOVE:
        run.progress(stage=gettext_noop("匹配"))
        _spawn(run, demands)
        return None
    return _match_here(run, demands)


def _match_here(run: jobs.Run, demands: Sequence[int]) -> dict[str, Any]:
    outcome = matching.Outcome()
    run.progress(done=0, total=len(demands), stage=gettext_noop("匹配"))
    for start in range(0, len(demands), STEP):
        while True:
            try:
                outcome.add(matching.match_demands(demands[start : start + STEP]))
                break
            except matching.StaleError:
                # A new edition of the dictionary was published meanwhile.
                _ready(run)
        run.progress(done=min(start + STEP, len(demands)), total=len(demands), stage=gettext_noop("匹配"))
    return outcome.as_dict()


def _spawn(run: jobs.Run, demands: Sequence[int]) -> None:
    run.spawn(
        kind="chains.rematch_chunk",
        payloads=[{"post_ids": list(demands[start : start + CHUNK])} for start in range(0, len(demands), CHUNK)],
    )


def _sum_of_children(run: jobs.Run) -> dict[str, Any]:
    outcome = matching.Outcome()
    for result in run.job.children.values_list("result", flat=True):
        outcome.add(matching.Outcome(**{name: int(result.get(name, 0)) for name in outcome.as_dict()}))
    return outcome.as_dict()


def _ready(run: jobs.Run) -> None:
    """After a new edition of the dictionary: analyse anew what was analysed before, since an index may not miss what
    is on the market. Posts that were never analysed come with their own job."""
    ranking.publish_current()
    if not matching.is_ready():
        _analyse(run, only_known=True)


def _analyse(run: jobs.Run, *, only_known: bool) -> None:
    """Until none is left, whoever did them: processes that meet here share the work."""
    total = left = matching.count_stale(only_known=only_known)
    while left:
        done = total - left
        after: int | None = 0
        while after is not None:
            run.progress(done=min(done, total), total=total, stage=gettext_noop("分析文本"))
            count, after = matching.keep_stale(only_known=only_known, after=after, limit=ANALYSED_AT_ONCE)
            done += count
        left = matching.count_stale(only_known=only_known)
        if left:
            time.sleep(PAUSE)  # the rest is in other hands


@jobs.handler("chains.place_firms", queue="bulk", lease=300)
def place_firms(run: jobs.Run) -> dict[str, int]:
    """Who stands at which node of each chain, by the posts of today."""
    _ready(run)
    chains = list(Chain.objects.order_by("order", "pk"))
    placed = 0
    for number, chain in enumerate(chains):
        run.progress(done=number, total=len(chains), stage=gettext_noop("归入产业链环节"))
        while True:
            try:
                placed += leadership.place_firms(chain)
                break
            except matching.StaleError:
                # A new edition of the dictionary was published meanwhile.
                _ready(run)
    return {"chains": len(chains), "placed": placed}


@jobs.handler(previewing.KIND, queue="bulk", lease=300)
def preview_dictionary(run: jobs.Run, *, preview_id: int) -> dict[str, int]:
    """What a draft of the dictionary would change; reads only."""
    _ready(run)
    stages = {"read": gettext_noop("分析文本"), "match": gettext_noop("匹配")}
    preview = DictionaryPreview.objects.get(pk=preview_id)
    result = previewing.work(
        preview, progress=lambda done, total, stage: run.progress(done=done, total=total, stage=stages[stage])
    )
    return {"posts": result["posts"]["changed"], **{name: result[name] for name in ("appear", "disappear", "move")}}


@jobs.handler(mining.KIND, queue="bulk", lease=300)
def mine_dictionary(run: jobs.Run) -> dict[str, int]:
    """Proposals for the dictionary from what posts say; weekly and on demand."""
    run.progress(stage=gettext_noop("从供需中发现新词"))
    return mining.mine(progress=lambda done, total: run.progress(done=done, total=total))


@jobs.handler(importing.KIND, queue="bulk", lease=300)
def import_dictionary(run: jobs.Run, *, import_id: int) -> None:
    """Check an uploaded table, or apply it once it is confirmed."""
    run.progress(stage=gettext_noop("检查表格"))
    importing.work(DictionaryImport.objects.get(pk=import_id))


@jobs.handler(listed_import.KIND, queue="bulk", lease=300, max_attempts=10)
def import_listed(run: jobs.Run, *, folder: str, chunk: int) -> dict[str, Any] | None:
    """Listed firms, products and links from a folder. Many attempts: a long run may meet many restarts."""
    if not run.is_gathering and listed_import.prepare(run, folder=folder, chunk=chunk):
        return None
    return listed_import.finish(run, folder=folder)


@jobs.handler(listed_import.CHUNK_KIND, queue="bulk", max_attempts=10)
def import_listed_chunk(run: jobs.Run, *, folder: str, first: int, last: int) -> None:
    listed_import.load_chunk(run, folder=folder, first=first, last=last)
