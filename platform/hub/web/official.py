"""The regional official's pages. Only for the regions that the person watches over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.web.charts import Chart
from foundation.web.figures import grouped
from foundation.web.links import with_query
from hub.monitoring.flows import FEWEST, MEASURES, Cell, Flows, province_flows
from hub.monitoring.overview import firms_by_division, region_figures
from hub.web import addresses
from hub.web.access import signed_in
from regions.models import Official, Region


def region_of_official(request: HttpRequest, code: str) -> Region:
    """The region if the user watches over it now; a foreign region is as missing as one that does not exist."""
    post = Official.objects.active_for(signed_in(request)).filter(region_id=code).first()
    if post is None:
        raise Http404
    return post.region


def province_names() -> dict[str, Region]:
    return {region.code: region for region in Region.objects.provinces()}


def shown(cell: Cell) -> str | int:
    return _("已隐去") if cell.flows is None else cell.flows


@login_required
@require_safe
def overview(request: HttpRequest, code: str) -> HttpResponse:
    region = region_of_official(request, code)
    figures = region_figures(region, reader=signed_in(request))
    flows = province_flows("matches")
    names = province_names()
    bought, sold = flows.of(region.province_code)
    divisions, stated = firms_by_division(region)
    return render(
        request,
        "hub/official/overview.html",
        {
            "region": region,
            "figures": figures,
            "findings": list(findings(region, figures, flows, names)),
            "divisions": [{"label": c.label, "value": n, "text": str(n)} for c, n in divisions],
            "stated": stated,
            "unstated": figures["firms"] - stated,
            "bought": [(names[c.origin], shown(c)) for c in bought[:8]],
            "sold": [(names[c.target], shown(c)) for c in sold[:8]],
            "fewest": FEWEST,
            "today": timezone.localdate(),
        },
    )


@dataclass(frozen=True)
class Finding:
    """A sentence, and the page with what it rests on."""

    text: str
    url: str


def findings(region: Region, figures: dict[str, Any], flows: Flows, names: dict[str, Region]) -> Iterator[Finding]:
    figures = {name: grouped(Decimal(count)) for name, count in figures.items()}
    flow_url = reverse("hub:flow-list", args=[region.code])
    yield Finding(
        _("本地有 %(firms)s 家已核验企业，在线供应 %(supplies)s 条、需求 %(demands)s 条。") % figures,
        addresses.of_list("enterprises:firm-list", region=region.code),
    )
    if figures["unanswered"] != "0":
        yield Finding(
            _("%(unanswered)s 条您可以查看的需求还没有任何匹配。") % figures,
            addresses.of_list("enterprises:post-list", region=region.code, direction="demand", progress="published"),
        )
    bought, sold = flows.of(region.province_code)
    first = next((c for c in bought if c.flows is not None), None)
    if first:
        text = _("本省需求的省外匹配最多来自%(province)s（%(count)s 对）。")
        yield _of_pair(text, names[first.origin], first, flow_url)
    first = next((c for c in sold if c.flows is not None), None)
    if first:
        text = _("本省供应的省外匹配最多去往%(province)s（%(count)s 对）。")
        yield _of_pair(text, names[first.target], first, flow_url)
    if flows.cross_share is not None:
        yield Finding(_("全国匹配中跨省占 %(share)s%%。") % {"share": round(flows.cross_share * 100)}, flow_url)


def _of_pair(text: str, other: Region, cell: Cell, flow_url: str) -> Finding:
    words = {"province": other.label, "count": grouped(Decimal(cell.flows or 0))}
    return Finding(text % words, f"{flow_url}?with={other.code}#pair")


@login_required
@require_safe
def flow_page(request: HttpRequest, code: str) -> HttpResponse:
    """The matrix, as a map of the largest flows and as a table, for matches or interests."""
    region = region_of_official(request, code)
    measure = request.GET.get("measure", "matches")
    if measure not in MEASURES:
        measure = "matches"
    flows = province_flows(measure)
    names = province_names()
    asked = request.GET.get("with", "")
    other = names.get(asked) if asked != region.province_code else None
    own = names[region.province_code]
    return render(
        request,
        "hub/official/flows.html",
        {
            "region": region,
            "measure": measure,
            "tabs": [
                {"key": key, "label": _(label), "url": with_query(request, measure=key)}
                for key, label in MEASURES.items()
            ],
            "own": own,
            "other": other,
            "pair": [(a, b, flows.between(a.code, b.code)) for a, b in ((other, own), (own, other))] if other else [],
            "flows": flows,
            "fewest": FEWEST,
            "map": flow_map(flows, names, region),
            "matrix": matrix(flows, names, first=[own.code, *([other.code] if other else [])]),
        },
    )


def flow_map(flows: Flows, names: dict[str, Region], region: Region) -> Chart:
    """Flow lines on the map: the own province's in the accent colour, the largest of the rest in grey."""
    own = region.province_code
    cells = [c for c in flows.shown if c.crosses and own in (c.origin, c.target)]
    rest = [c for c in flows.largest(40) if own not in (c.origin, c.target)]
    top = max((c.flows or 0 for c in [*cells, *rest]), default=1)

    def lines(chosen: list[Cell], colour: str) -> dict[str, Any]:
        return {
            "type": "lines",
            "coordinateSystem": "geo",
            "effect": {"show": False},
            "lineStyle": {"color": colour, "curveness": 0.2, "opacity": 0.7},
            "data": [
                {
                    "coords": [
                        [names[c.origin].longitude, names[c.origin].latitude],
                        [names[c.target].longitude, names[c.target].latitude],
                    ],
                    "value": c.flows,
                    "lineStyle": {"width": 1 + 5 * (c.flows or 0) / top},
                }
                for c in chosen
            ],
        }

    first = flows.largest(1)
    title = (
        _("跨省%(measure)s最多的是%(origin)s供%(target)s：%(count)s")
        % {
            "measure": _(MEASURES[flows.measure]),
            "origin": names[first[0].origin].label,
            "target": names[first[0].target].label,
            "count": first[0].flows,
        }
        if first
        else _("还没有可以公布的跨省流向")
    )
    mine = sorted(cells, key=lambda c: -(c.flows or 0))
    return Chart(
        key="flows",
        title=title,
        unit=_("对"),
        columns=[_("供方省份"), _("需方省份"), _("数量")],
        rows=[(names[c.origin].label, names[c.target].label, c.flows) for c in [*mine, *rest]],
        option={
            "geo": {"map": "china", "roam": False, "silent": True, "itemStyle": {"areaColor": "#eef2f2"}},
            "series": [lines(rest, "#9aa5a6"), lines(cells, "#0a5c63")],
        },
        source=_("本平台在线供需的有效匹配与意向"),
        period=str(timezone.localdate()),
        n=flows.total,
        map_name="china",
        tall=True,
        note=_("粗线为本省进出，细灰线为其余最大的 40 条。"),
    )


def matrix(flows: Flows, names: dict[str, Region], *, first: Sequence[str]) -> dict[str, Any]:
    """Rows are supplying provinces, columns demanding ones; only provinces that appear, some of them `first`."""
    rank = {code: place for place, code in enumerate(first)}
    present = sorted(
        {c.origin for c in flows.cells} | {c.target for c in flows.cells},
        key=lambda code: (rank.get(code, len(rank)), code),
    )
    by_pair = {(c.origin, c.target): c for c in flows.cells}
    return {
        "columns": [names[code] for code in present],
        "rows": [
            {
                "region": names[origin],
                "cells": [
                    {
                        "target": names[target],
                        "cell": by_pair.get((origin, target)),
                        "own": origin == target,
                    }
                    for target in present
                ],
            }
            for origin in present
        ],
    }
