"""Measure the demo: publish demands through the real door, and see how long the real worker takes to match them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from statistics import quantiles
from typing import Any

from django.utils.translation import gettext as _

from chains.models import Match
from enterprises import posting
from enterprises.models import CertificateKind, Enterprise, Member, Post
from foundation.errors import RefusedError
from foundation.models import Job, User

SOURCE = "demo-probe"
MATCHING = ("chains.match_posts", "chains.match_firm", "chains.rematch", "chains.rematch_chunk", "chains.build_index")
POLL_SECONDS = 0.002
WAIT_SECONDS = 30.0
SETTLE_SECONDS = 900.0


@dataclass(frozen=True)
class Probe:
    """A demand to publish: worded like one that found partners, by a firm that has no such post."""

    firm: Enterprise
    owner: User
    model: Post


def measure(*, count: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures of `dev.py demo --once --json`. Every probe is withdrawn at the end, whatever happens.

    Refuses with not_matched if the worker does not match in time.
    """
    begun = time.monotonic()
    settle(say)
    found = market()
    say(_("正在发布 %(count)s 条需求并计时…") % {"count": count})
    times: list[float] = []
    with _withdrawn() as published:
        for probe in islice(probes(), count):
            times.append(_publish_and_wait(probe, published))
    if len(times) < count:
        raise RefusedError(
            _("只找到 %(found)s 条可用于计时的需求，请先装入演示数据。") % {"found": len(times)}, code="too_few_probes"
        )
    return {
        **found,
        "publish_to_match_p50_ms": round(_percentile(times, 50), 1),
        "p95_ms": round(_percentile(times, 95), 1),
        "probes": len(times),
        "seconds": round(time.monotonic() - begun, 1),
    }


def settle(say: Callable[[str], None]) -> None:
    """Wait until the worker has matched what is there. Refuses with not_matched, also where it gave a job up: figures
    of half a market say nothing."""
    end, said = time.monotonic() + SETTLE_SECONDS, ""
    while live := list(Job.objects.live().filter(kind__in=MATCHING).order_by("id")):
        if time.monotonic() > end:
            raise RefusedError(_("后台没有在规定时间内完成匹配，工作进程在运行吗？"), code="not_matched")
        first = next((job for job in live if job.total_count), live[0])
        line = _("正在匹配：%(done)s / %(total)s") % {"done": first.done_count, "total": first.total_count or "?"}
        if line != said:
            say(line)
            said = line
        time.sleep(0.3)
    if parked := Job.objects.filter(kind__in=MATCHING, state=Job.State.PARKED).count():
        raise RefusedError(
            _("%(count)s 个匹配任务多次失败后停下了，请在“任务”页查看原因。") % {"count": parked}, code="not_matched"
        )


def probes() -> Iterator[Probe]:
    """Demands with partners and, for each, another firm of the demo that has no post for the same product."""
    models = (
        Post.objects.open()
        .demands()
        .filter(source="demo", visibility="public", matches_as_demand__ended_at=None, matches_as_demand__is_strong=True)
        .distinct()
        .order_by("pk")
    )
    owners = (
        Member.objects.active()
        .filter(enterprise__source="demo", enterprise__status="verified", role=Member.Role.OWNER)
        .select_related("enterprise", "user")
        .order_by("-enterprise_id")
    )
    for model, owner in zip(models.iterator(), owners.iterator(), strict=False):
        same = Post.objects.filter(enterprise=owner.enterprise, product=model.product)
        if model.enterprise_id != owner.enterprise_id and not same.exists():
            yield Probe(firm=owner.enterprise, owner=owner.user, model=model)


def market() -> dict[str, Any]:
    """What is on the market. `matched`: open demands with a partner of at least good fit; `cross_province_share`: of
    these matches, how many join two provinces."""
    demands = Post.objects.open().demands()
    matches = Match.objects.live().filter(demand__in=demands, is_strong=True)
    known = matches.filter(demand__enterprise__region__isnull=False, supply__enterprise__region__isnull=False)
    joined = known.values_list("demand__enterprise__region_id", "supply__enterprise__region_id")
    across = sum(here[:2] != there[:2] for here, there in joined if here and there)
    return {
        "firms": Enterprise.objects.listed().count(),
        "posts": Post.objects.open().count(),
        "demands": demands.count(),
        "matched": matches.values("demand").distinct().count(),
        "matches": matches.count(),
        "cross_province_share": round(across / known.count(), 3) if known else 0.0,
    }


def _publish_and_wait(probe: Probe, published: list[tuple[Post, User]]) -> float:
    """Milliseconds from the call of `publish` to the first match that another connection can read."""
    model = probe.model
    draft = posting.save_draft(
        by=probe.owner,
        enterprise=probe.firm,
        direction=Post.Direction.DEMAND,
        product=model.product,
        title=model.title,
        text=model.text,
        factor=model.factor,
        industry=model.industry,
        quantity=model.quantity,
        unit=model.unit,
        certificates=list(CertificateKind.objects.filter(pk__in=model.certificates.values("pk"))),
        source=SOURCE,
    )
    begun = time.perf_counter()
    post = posting.publish(post=draft, by=probe.owner)
    published.append((post, probe.owner))
    end = begun + WAIT_SECONDS
    while not Match.objects.live().filter(demand_id=post.pk).exists():
        if time.perf_counter() > end:
            raise RefusedError(
                _("需求 %(post)s 发布后 %(seconds)s 秒仍无匹配，工作进程在运行吗？")
                % {"post": post.pk, "seconds": int(WAIT_SECONDS)},
                code="not_matched",
            )
        time.sleep(POLL_SECONDS)
    return (time.perf_counter() - begun) * 1000


@contextmanager
def _withdrawn() -> Iterator[list[tuple[Post, User]]]:
    published: list[tuple[Post, User]] = []
    try:
        yield published
    finally:
        for post, owner in published:
            posting.withdraw(post=post, by=owner, reason="demo_figures")


def _percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]
