"""The search page of the top bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub import search
from hub.web import addresses


@dataclass(frozen=True)
class Line:
    title: str
    url: str
    kind: str = ""
    tone: str = "neutral"
    note: str = ""


@dataclass(frozen=True)
class Section:
    key: str
    label: str
    lines: list[Line]
    hits: search.Hits
    more_url: str = ""


class SearchForm(forms.Form):
    q = forms.CharField(max_length=search.MAX_LENGTH, required=False)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = search.find(text=text, user=request.user)
    return render(
        request,
        "hub/search.html",
        {"form": form, "found": found, "search_text": text, "sections": sections(found)},
    )


def sections(found: search.Found) -> list[Section]:
    """The groups that have something, firms and posts first."""
    text = found.text
    # The lists know neither places among the words nor other names: they are asked for what was found.
    place = {"region": found.place.code} if found.place is not None else {}
    groups: list[tuple[str, str, search.Hits, Callable[[Any], Line], str]] = [
        (
            "firms",
            _("企业与机构"),
            found.firms,
            _firm,
            addresses.of_list("enterprises:firm-list", q=found.words, **place),
        ),
        (
            "posts",
            _("供需"),
            found.posts,
            _post,
            addresses.of_list("enterprises:post-list", q=found.posted_as, **place),
        ),
        ("chains", _("产业链"), found.chains, _chain, ""),
        ("regions", _("区域"), found.regions, _region, addresses.of_list("regions:region-list", q=text)),
    ]
    return [
        Section(key, label, [make(row) for row in hits.rows], hits, more if hits.more else "")
        for key, label, hits, make, more in groups
        if hits.rows
    ]


def _firm(firm: Any) -> Line:
    place = firm.region.full_label if firm.region else ""
    trade = firm.industry.label if firm.industry and hasattr(firm.industry, "label") else ""
    return Line(
        firm.name, addresses.of_firm(firm), firm.get_org_type_display(), note=" · ".join(filter(None, (place, trade)))
    )


def _post(post: Any) -> Line:
    place = post.enterprise.region.full_label if post.enterprise.region else ""
    return Line(
        post.title,
        addresses.of_post(post),
        post.get_direction_display(),
        "tint" if post.is_demand else "neutral",
        " · ".join(filter(None, (str(post.enterprise), place))),
    )


def _chain(chain: Any) -> Line:
    return Line(chain.label, addresses.of_chain(chain), note=chain.summary[:80])


def _region(region: Any) -> Line:
    above = region.parent.label if region.parent else ""
    return Line(region.label, addresses.of_region(region), region.get_level_display(), note=above)
