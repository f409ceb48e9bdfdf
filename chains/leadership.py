"""Chain leaders (链主): who leads a chain, and who stands at each of its nodes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chains import dictionary as dictionaries
from chains import recommending, standing
from chains.matching import analyses, live
from chains.models import Chain, Leadership, Link, Match, Node, NodeMembership
from enterprises.models import Enterprise, Post
from foundation import audit, notices
from foundation.errors import RefusedError
from foundation.models import User

# At one node.
MOST_FIRMS = 5000


@transaction.atomic
def appoint(*, enterprise: Enterprise, chain: Chain, by: User, basis: str) -> Leadership:
    """Make a verified firm leader of a chain. Operators only. Locks the chain."""
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以任命链主。"), code="not_operator")
    Chain.objects.select_for_update(of=("self",)).get(pk=chain.pk)
    if not enterprise.is_public:
        raise RefusedError(_("只有已核验的企业可以担任链主。"), code="not_verified", field="enterprise")
    if Leadership.objects.active().filter(chain=chain, enterprise=enterprise).exists():
        raise RefusedError(_("该企业已是本链链主。"), code="already_leader", field="enterprise")
    leadership = Leadership.objects.create(chain=chain, enterprise=enterprise, basis=basis, appointed_by=by)
    audit.record(action="leadership.appointed", actor=by, target=leadership, firm_id=enterprise.pk, reason=basis)
    notices.notify(
        _members(enterprise),
        kind="leadership",
        text=gettext_noop("%(firm)s 已被任命为“%(chain)s”产业链的链主企业"),
        values={"firm": str(enterprise), "chain": chain.name},
        url=reverse("chains:leader-show", args=[chain.pk]),
    )
    return leadership


@transaction.atomic
def end(*, leadership: Leadership, by: User, reason: str, on: date | None = None) -> None:
    """End a leadership from `on` (today by default). Operators only; a reason is needed."""
    if not by.is_operator:
        raise RefusedError(_("只有平台运营可以终止链主任命。"), code="not_operator")
    if not reason.strip():
        raise RefusedError(_("请写明理由。"), code="reason_missing", field="reason")
    row = Leadership.objects.select_for_update(of=("self",)).get(pk=leadership.pk)
    if row.until is not None and row.until <= timezone.localdate():
        raise RefusedError(_("该任命已经结束。"), code="already_ended")
    row.until = on or timezone.localdate()
    row.save(update_fields=["until"])
    audit.record(action="leadership.ended", actor=by, target=row, firm_id=row.enterprise_id, reason=reason)
    notices.notify(
        _members(row.enterprise),
        kind="leadership",
        text=gettext_noop("%(firm)s 在“%(chain)s”产业链的链主任命已结束"),
        values={"firm": str(row.enterprise), "chain": row.chain.name},
    )


def _members(enterprise: Enterprise) -> list[User]:
    return [m.user for m in enterprise.members.filter(left_at=None).select_related("user")]


@dictionaries.pinned()
def place_firms(chain: Chain) -> int:
    """Find the firms of each node by its product words, through the matching engine. Returns how many stand there.

    A firm stands at a node if one of its public supply posts stands there (chains.standing); that post is the
    evidence. Firms that no longer do leave. Safe to run twice; one transaction per node, which keeps the edition of
    the dictionary: raises analyses.StaleError where another one was published meanwhile, or texts are still of another.
    """
    index = live.current()
    placed = 0
    for node in chain.nodes.all():
        found = {
            candidate.firm_id: candidate.id
            for candidate in standing.stand_at(standing.query_at(node.terms), index=index, k=MOST_FIRMS)
        }
        with transaction.atomic():
            dictionaries.hold()
            if dictionaries.edition().dictionary.version != index.dictionary.version or not analyses.is_ready():
                raise analyses.StaleError
            Node.objects.select_for_update(of=("self",)).get(pk=node.pk)
            NodeMembership.objects.filter(node=node).exclude(enterprise_id__in=found).delete()
            NodeMembership.objects.bulk_create(
                [
                    NodeMembership(node=node, enterprise_id=firm, evidence_post_id=post)
                    for firm, post in sorted(found.items())
                ],
                update_conflicts=True,
                unique_fields=["node", "enterprise"],
                update_fields=["evidence_post"],
            )
        placed += len(found)
    return placed


def node_board(chain: Chain) -> list[dict[str, Any]]:
    """For each node: public firms, provinces and whether it hangs on one of either. Five queries however many nodes."""
    nodes = list(
        chain.nodes.annotate(
            firms=Count(
                "memberships",
                filter=Q(memberships__enterprise__status__in=Enterprise.PUBLIC_STATES),
                distinct=True,
            )
        )
    )
    provinces: dict[int, set[str]] = {}
    rows = NodeMembership.objects.filter(
        node__chain=chain, enterprise__status__in=Enterprise.PUBLIC_STATES, enterprise__region__isnull=False
    ).values_list("node_id", "enterprise__region_id")
    for node_id, region in rows:
        provinces.setdefault(node_id, set()).add(region[:2] + "0000")
    links = Link.objects.filter(upstream__chain=chain, downstream__chain=chain).exclude(status=Link.Status.REJECTED)
    up: dict[int, int] = {}
    down: dict[int, int] = {}
    for upstream, downstream in links.values_list("upstream_id", "downstream_id"):
        down[upstream] = down.get(upstream, 0) + 1
        up[downstream] = up.get(downstream, 0) + 1
    placed = any(node.firms for node in nodes)
    return [
        {
            "node": node,
            "firms": node.firms,
            "provinces": sorted(provinces.get(node.pk, ())),
            "upstream": up.get(node.pk, 0),
            "downstream": down.get(node.pk, 0),
            "state": node_state(firms=node.firms, provinces=len(provinces.get(node.pk, ())), placed=placed),
        }
        for node in nodes
    ]


def node_state(*, firms: int, provinces: int, placed: bool = True) -> str:
    """gap: nobody stands there; single: one firm; narrow: one province; open: more; unknown: no firm of the whole
    chain has been placed yet, which says nothing about this node."""
    if not placed:
        return "unknown"
    if firms == 0:
        return "gap"
    if firms == 1:
        return "single"
    return "narrow" if provinces <= 1 else "open"


def open_demands(leadership: Leadership, *, user: User) -> Any:
    """The leading firm's own open demands, with how many strong partners this member may see for each."""
    seen = recommending.partners(firm=leadership.enterprise, user=user).filter(is_strong=True)
    return (
        Post.objects.open()
        .demands()
        .filter(enterprise=leadership.enterprise)
        .annotate(
            partners=Count(
                "matches_as_demand",
                filter=Q(matches_as_demand__in=seen.values("pk")),
            )
        )
        .order_by("-published_at", "-id")
    )


def members_at(node: Node) -> Any:
    """Public firms at a node, by name, with the post that is the evidence."""
    return (
        NodeMembership.objects.filter(node=node, enterprise__status__in=Enterprise.PUBLIC_STATES)
        .select_related("enterprise__region__parent__parent", "evidence_post")
        .order_by("enterprise__pinyin", "enterprise_id")
    )


def best_matches(
    demands: Iterable[Post], *, leadership: Leadership, user: User, count: int = 3
) -> dict[int, list[Match]]:
    """The first strong partners of each of the leading firm's demands, as far as this member may see them now."""
    found: dict[int, list[Match]] = {}
    rows = (
        recommending.partners(firm=leadership.enterprise, user=user)
        .filter(demand__in=list(demands), is_strong=True)
        .select_related("supply__enterprise__region__parent__parent")
        .order_by("demand_id", "rank")
    )
    for row in rows:
        found.setdefault(row.demand_id, [])
        if len(found[row.demand_id]) < count:
            found[row.demand_id].append(row)
    return found
