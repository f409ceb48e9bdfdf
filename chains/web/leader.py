"""Public pages of chains, and the chain leader's own view. A chain that one does not lead has no leader's page."""

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chains import leadership
from chains.models import Chain, Leadership, Link, Node
from enterprises.models import Post
from foundation.models import User
from foundation.web.charts import Chart
from foundation.web.listing import paginate
from regions.models import Region

WIDTH = 220  # of a layer, in the units of the picture


def state_words() -> dict[str, tuple[str, str]]:
    """tone and word of each state of a node."""
    return {
        "gap": ("bad", _("断点")),
        "single": ("warn", _("单一来源")),
        "narrow": ("warn", _("单一省份")),
        "open": ("good", _("多源")),
        "unknown": ("neutral", _("数据不足")),
    }


@require_safe
def chain_list(request: HttpRequest) -> HttpResponse:
    rows = []
    for chain in Chain.objects.prefetch_related("nodes"):
        rows.append({"chain": chain, "nodes": len(chain.nodes.all())})
    return render(request, "chains/chain_list.html", {"rows": rows})


@require_safe
def chain_show(request: HttpRequest, slug: str) -> HttpResponse:
    """The chain as everybody may see it: nodes, links with their evidence, how many firms and provinces."""
    chain = get_object_or_404(Chain, slug=slug)
    return render(request, "chains/chain_show.html", chain_context(chain))


def chain_context(chain: Chain) -> dict[str, Any]:
    board = leadership.node_board(chain)
    names = {r.code: r for r in Region.objects.provinces()}
    words = state_words()
    for row in board:
        row["province_names"] = [names[code].short_label for code in row["provinces"] if code in names]
        row["tone"], row["word"] = words[row["state"]]
    links = list(
        Link.objects.filter(upstream__chain=chain, downstream__chain=chain)
        .exclude(status=Link.Status.REJECTED)
        .select_related("upstream", "downstream")
        .order_by("upstream__layer", "upstream__order", "id")
    )
    layers: dict[int, list[dict[str, Any]]] = {}
    for row in board:
        layers.setdefault(row["node"].layer, []).append(row)
    return {
        "chain": chain,
        "board": board,
        "layers": [layers[key] for key in sorted(layers)],
        "links": links,
        "gaps": [row for row in board if row["state"] in ("gap", "single")],
        "map": chain_map(chain, board, links),
    }


def chain_map(chain: Chain, board: list[dict[str, Any]], links: list[Link]) -> Chart:
    """Layered left (upstream) to right (downstream); the same as a table."""
    crowd = Counter(row["node"].layer for row in board)
    # As tall as half its width, so that the picture fills its frame.
    height = max(1, len(crowd)) * WIDTH / 2
    per_layer: dict[int, int] = {}
    data = []
    colours = {"gap": "#b3261e", "single": "#b26a00", "narrow": "#b26a00", "open": "#0a5c63", "unknown": "#6b7778"}
    marks = {"gap": "✕", "single": "!", "narrow": "!", "open": "✓", "unknown": "?"}
    for row in board:
        node: Node = row["node"]
        place = per_layer.setdefault(node.layer, 0)
        per_layer[node.layer] += 1
        data.append(
            {
                "name": f"{marks[row['state']]} {node.label}",
                "x": node.layer * WIDTH,
                "y": (place + 0.5) * height / crowd[node.layer],
                "value": row["firms"],
                "symbolSize": 12 + min(24, row["firms"] ** 0.5 * 4),
                "itemStyle": {"color": colours[row["state"]]},
                "url": reverse("chains:node-show", args=[chain.slug, node.pk]),
            }
        )
    index = {row["node"].pk: number for number, row in enumerate(board)}
    edges = [
        {"source": index[link.upstream_id], "target": index[link.downstream_id]}
        for link in links
        if link.upstream_id in index and link.downstream_id in index
    ]
    gaps = sum(row["state"] == "gap" for row in board)
    single = sum(row["state"] == "single" for row in board)
    return Chart(
        key="chain",
        title=_("%(chain)s：%(nodes)s 个环节，%(gaps)s 个断点，%(single)s 个单一来源")
        % {"chain": chain.label, "nodes": len(board), "gaps": gaps, "single": single},
        unit=_("家企业"),
        columns=[_("环节"), _("状态"), _("企业（家）"), _("省份")],
        rows=[(r["node"].label, r["word"], r["firms"], _("、").join(r["province_names"]) or None) for r in board],
        option={
            "tooltip": {},
            "series": [
                {
                    "type": "graph",
                    "layout": "none",
                    "left": 90,
                    "right": 60,
                    "roam": True,
                    "edgeSymbol": ["none", "arrow"],
                    "edgeSymbolSize": 7,
                    # Long English names break into lines instead of running into their neighbours.
                    "label": {
                        "show": True,
                        "position": "bottom",
                        "color": "#1d2b2c",
                        "width": 112,
                        "overflow": "break",
                    },
                    "lineStyle": {"color": "#9aa5a6", "curveness": 0.08},
                    "data": data,
                    "links": edges,
                }
            ],
        },
        source=_("本平台在线供应，按环节产品词匹配"),
        period=str(timezone.localdate()),
        tall=True,
        wide=True,
    )


@require_safe
def node_show(request: HttpRequest, slug: str, node_pk: int) -> HttpResponse:
    """Who stands at a node, in which province, by which post."""
    node = get_object_or_404(Node.objects.select_related("chain"), pk=node_pk, chain__slug=slug)
    page = paginate(request, leadership.members_at(node), per_page=30)
    seen = set(
        Post.objects.visible_to(request.user)
        .filter(pk__in=[m.evidence_post_id for m in page])
        .values_list("pk", flat=True)
    )
    up = Link.objects.filter(downstream=node).exclude(status=Link.Status.REJECTED).select_related("upstream")
    down = Link.objects.filter(upstream=node).exclude(status=Link.Status.REJECTED).select_related("downstream")
    return render(
        request,
        "chains/node_show.html",
        {"node": node, "chain": node.chain, "page_obj": page, "seen": seen, "upstream": up, "downstream": down},
    )


@login_required
@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader's desk: nodes with gaps first, own open demands with their best partners."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    mine = Leadership.objects.active_for(user).filter(chain_id=pk).select_related("chain", "enterprise").first()
    if mine is None:
        raise Http404
    page = paginate(request, leadership.open_demands(mine, user=user), per_page=10)
    matches = leadership.best_matches(page, leadership=mine, user=user)
    return render(
        request,
        "chains/lead.html",
        {
            **chain_context(mine.chain),
            "leadership": mine,
            "page_obj": page,
            "demands": [{"post": post, "matches": matches.get(post.pk, [])} for post in page],
        },
    )
