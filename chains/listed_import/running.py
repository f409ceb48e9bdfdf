"""The steps of a run, as its job calls them, and the figures of a finished one."""

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chains import matching
from chains.listed_import import demanding, loading
from chains.listed_import.reading import Finding, Plan, read
from chains.models import Match, PostAnalysis
from enterprises.models import Enterprise, Post
from foundation import jobs
from foundation.models import Job, User
from foundation.web.charts import plain_cell

KIND: Final = "chains.import_listed"
CHUNK_KIND: Final = "chains.import_listed_chunk"
CHUNK: Final = 1000
FIRMS_AT_ONCE: Final = 1000
ANALYSED_AT_ONCE: Final = 200


def start(*, folder: Path, chunk: int = CHUNK, owner: User | None = None) -> Job:
    """Ask for an import; while one of the same files is under way, that one. Refuses as `read` does."""
    plan = read(folder)
    live = Job.objects.live().filter(kind=KIND, key=plan.digest).first()
    if live is not None:
        return live
    return jobs.enqueue(
        kind=KIND,
        payload={"folder": str(folder.resolve()), "chunk": chunk},
        key=plan.digest,
        owner=owner,
    )


def prepare(run: jobs.Run, *, folder: str, chunk: int) -> bool:
    """First half: firms, and one child job for each chunk of products; False if there is nothing to wait for."""
    plan = read(Path(folder))
    run.progress(done=0, total=len(plan.firms), stage=gettext_noop("装入企业"))
    for first in range(0, len(plan.firms), FIRMS_AT_ONCE):
        loading.load_firms(plan.firms[first : first + FIRMS_AT_ONCE])
        run.progress(done=min(first + FIRMS_AT_ONCE, len(plan.firms)))
    run.progress(stage=gettext_noop("装入产品"))
    run.spawn(
        kind=CHUNK_KIND,
        payloads=[
            {"folder": folder, "first": first, "last": min(first + chunk, len(plan.products))}
            for first in range(0, len(plan.products), chunk)
        ],
    )
    return bool(plan.products)


def load_chunk(run: jobs.Run, *, folder: str, first: int, last: int) -> None:
    """Publish some products and understand their names."""
    plan = read(Path(folder))
    run.progress(done=0, total=last - first, stage=gettext_noop("装入产品"))
    ids = loading.load_products(plan.products[first:last], lock=first)
    run.progress(stage=gettext_noop("分析文本"))
    known = PostAnalysis.objects.filter(post__in=ids, dictionary_version=matching.edition())
    fresh = sorted(set(ids) - set(known.values_list("post_id", flat=True)))
    for start_at in range(0, len(fresh), ANALYSED_AT_ONCE):
        matching.keep(post_ids=fresh[start_at : start_at + ANALYSED_AT_ONCE])
        run.progress(done=min(start_at + ANALYSED_AT_ONCE, len(fresh)))


def finish(run: jobs.Run, *, folder: str) -> dict[str, Any]:
    """Second half: a buyer and a demand for each upstream product, the report, and a re-match of everything."""
    plan = read(Path(folder))
    run.progress(done=0, total=len(plan.wanted), stage=gettext_noop("寻找采购方"))
    wanted = demanding.missing(plan.wanted)
    buyers = demanding.find_buyers(
        wanted, progress=lambda done, total: run.progress(done=done, total=total)
    ) if wanted else []  # fmt: skip
    run.progress(stage=gettext_noop("发布需求"))
    demanding.post_demands(buyers)
    without_seller = _without_seller(plan)
    report = write_report(run.job, [*plan.findings, *loading.region_findings(plan), *without_seller])
    rematch = jobs.enqueue(kind="chains.rematch", key="all", owner=run.job.owner)
    return {
        "rows_read": dict(plan.rows_read),
        "firms": len(plan.firms),
        "posts": len(plan.products),
        "demands": len(plan.wanted),
        "loaded": _new_since(run.job.created_at),
        "cleaned": plan.count("cleaned"),
        "refused": {name: plan.count("refused", name) for name in plan.rows_read},
        "demands_without_seller": len(without_seller),
        "report": str(report),
        "rematch": rematch.pk,
    }


def _new_since(moment: datetime) -> dict[str, int]:
    """Rows that this run made, counted in the table, so that an attempt that was killed is counted too."""
    posts = Post.objects.filter(source=loading.SOURCE, created_at__gte=moment)
    firms = Enterprise.objects.filter(source=loading.SOURCE, created_at__gte=moment)
    return {
        "firms": firms.exclude(external_id=loading.FALLBACK_KEY).count(),
        "posts": posts.filter(direction=Post.Direction.SUPPLY).count(),
        "demands": posts.filter(direction=Post.Direction.DEMAND).count(),
    }


def _without_seller(plan: Plan) -> list[Finding]:
    """Demands that the fallback buyer posted, in this run or an earlier one."""
    raws = set(
        Post.objects.filter(
            enterprise__source=loading.SOURCE, enterprise__external_id=loading.FALLBACK_KEY
        ).values_list("product_raw", flat=True)
    )
    values = {"firm": loading.FALLBACK_NAME}
    return [
        Finding("links", w.line, w.raw, f"{w.raw} → {'、'.join(w.downstream_raw)}", "noted", "no_seller", values=values)
        for w in plan.wanted
        if w.raw in raws
    ]


def write_report(job: Job, findings: Iterable[Finding]) -> Path:
    """Every row that was refused, cleaned or is worth a note, as CSV that a spreadsheet opens in the right letters."""
    folder = Path(settings.VAR) / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"listed-import-{job.pk}.csv"
    names = {"refused": _("未装入"), "cleaned": _("已清理"), "noted": _("说明")}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_("文件"), _("行号"), _("代码"), _("原文"), _("处理"), _("原因代码"), _("原因"), _("结果")])
        for found in sorted(findings, key=lambda f: (f.file, f.line)):
            row = (found.key, found.raw, names[found.outcome], found.code, found.reason, found.result)
            writer.writerow([f"{found.file}.csv", found.line, *map(plain_cell, row)])
    return path


def figures(job: Job) -> dict[str, Any]:
    """The figures of a finished run: what was loaded, and how its demands are matched as of now."""
    demands = Post.objects.open().filter(source=loading.SOURCE, direction=Post.Direction.DEMAND)
    rows = Match.objects.live().filter(demand__in=demands)
    pairs = rows.values_list("demand_id", "is_strong", "demand__enterprise__region_id", "supply__enterprise__region_id")
    matched: set[int] = set()
    strong: set[int] = set()
    abroad: set[int] = set()
    strong_abroad: set[int] = set()
    for demand, is_strong, here, there in pairs:
        matched.add(demand)
        if is_strong:
            strong.add(demand)
        if here and there and here[:2] != there[:2]:
            abroad.add(demand)
            if is_strong:
                strong_abroad.add(demand)
    return {
        **{name: job.result[name] for name in job.result if name != "rematch"},
        "matches": rows.count(),
        "demands_with_partners": len(matched),
        "demands_with_good_partners": len(strong),
        "demands_with_partners_of_another_province": len(abroad),
        "demands_with_good_partners_of_another_province": len(strong_abroad),
    }
