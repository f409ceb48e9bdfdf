"""`{% load ui %}`: the components and figures of every page. docs/interface.md shows each with an example."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.web import figures, progress
from foundation.web.filtering import active_filters
from foundation.web.links import link_if_any, resolve_link, with_query
from foundation.web.states import MARKS, tone_of

register = template.Library()
COMPONENTS = "foundation/components/"


def _request(context: Context) -> HttpRequest | None:
    request = context.get("request")
    return request if isinstance(request, HttpRequest) else None


def _render(name: str, context: Mapping[str, Any]) -> SafeString:
    # Without the request: context processors run once a page, not once a component.
    return SafeString(get_template(f"{COMPONENTS}{name}.html").render(dict(context)))


# ---- figures -----------------------------------------------------------------


@register.filter
def wan(value: object) -> str:
    """12345 → 1.23 万 (中文) or 12,345 (English); nothing → 数据不足."""
    number = figures.as_decimal(value)
    return _("数据不足") if number is None else figures.short_number(number)


@register.filter
def exactly(value: object) -> str:
    """12345 → 12,345 in both languages, for counts that people compare; nothing → 数据不足."""
    number = figures.as_decimal(value)
    return _("数据不足") if number is None else figures.grouped(number)


@register.filter
def money_wan(value: object) -> str:
    """An amount in 万元 → 1,200 万元, 3.5 亿元; CNY 12,000,000 in English; nothing → 未填写."""
    number = figures.as_decimal(value)
    return _("未填写") if number is None else figures.money_from_wan(number)


@register.filter
def percent(value: object, places: int = 0) -> str:
    """A share of one → 35 %; nothing → 数据不足."""
    number = figures.as_decimal(value)
    return _("数据不足") if number is None else f"{figures.grouped(number * 100, places=places)}%"


@register.filter
def when(value: object) -> SafeString | str:
    """A moment → `<time>` in relative words, the absolute time (Asia/Shanghai) in its title; a date → itself."""
    if isinstance(value, datetime.datetime):
        moment = timezone.make_aware(value) if timezone.is_naive(value) else value
        local = timezone.localtime(moment)
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            local.isoformat(timespec="seconds"),
            local.strftime("%Y-%m-%d %H:%M"),
            figures.since(moment),
        )
    if isinstance(value, datetime.date):
        return format_html('<time datetime="{0}">{0}</time>', value.isoformat())
    return ""


@register.filter
def moment(value: object) -> SafeString | str:
    """A moment → 2026-11-23 14:05 in Asia/Shanghai."""
    if not isinstance(value, datetime.datetime):
        return when(value)
    local = timezone.localtime(timezone.make_aware(value) if timezone.is_naive(value) else value)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M")
    )


@register.filter
def or_unfilled(value: object) -> object:
    """The value, or 未填写 where there is none."""
    return _("未填写") if value is None or value == "" else value


# ---- where we are ------------------------------------------------------------


@register.simple_tag
def crumb(label: object, target: object = "", *args: object) -> SafeString:
    """One breadcrumb: `{% crumb _("供需大厅") "enterprises:post-list" %}`; the last one has no link."""
    if target:
        return format_html('<li><a href="{}">{}</a></li>', resolve_link(target, *args), label)
    return format_html('<li aria-current="page">{}</li>', label)


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """This page's query string with changes: `{% query sort="name" page=None %}`."""
    return with_query(_request(context), **{k: None if v is None else str(v) for k, v in changes.items()})


@register.simple_tag(takes_context=True)
def tabs(context: Context, items: Iterable[Mapping[str, Any]], current: str, label: str = "") -> SafeString:
    """`items`: dicts with key, label, url and perhaps count."""
    return _render("tabs", {"items": list(items), "current": current, "label": label})


# ---- states and figures in place ---------------------------------------------


@register.simple_tag
def badge(label: object, tone: str = "neutral") -> SafeString:
    """A tag with its mark. tone: neutral, good, action, wait, warn, bad, over."""
    mark = MARKS.get(tone, "")
    if not mark:
        return format_html('<span class="tag is-{}">{}</span>', tone, label)
    return format_html('<span class="tag is-{}"><span aria-hidden="true">{}</span>{}</span>', tone, mark, label)


@register.simple_tag
def state(value: object, label: object) -> SafeString:
    """A state of ours as a badge: `{% state post.state post.get_state_display %}`."""
    return badge(label, tone_of(str(value)))


@register.simple_tag
def stat(
    label: object,
    value: object,
    unit: object = "",
    definition: object = "",
    source: object = "",
    period: object = "",
    n: object = None,
    link: object = "",
    note: object = "",
    share: bool = False,
) -> SafeString:
    """One figure with what it means, whence, for when and of how many; `share=True` for a share of one. `None` says
    数据不足."""
    number = figures.as_decimal(value)
    if number is not None:
        shown = percent(number) if share else figures.short_number(number)
    else:
        shown = str(value) if value not in (None, "") else ""
    return _render(
        "stat",
        {
            "label": label,
            "shown": shown,
            "unit": unit,
            "definition": definition,
            "source": source,
            "period": period,
            "n": n,
            "link": resolve_link(link),
            "note": note,
        },
    )


@register.simple_tag
def definitions(pairs: Iterable[Sequence[object]]) -> SafeString:
    """A list of facts from (label, value) pairs; an empty value says 未填写."""
    return _render("definitions", {"pairs": [(pair[0], pair[1]) for pair in pairs]})


@register.simple_tag
def empty_state(title: object, text: object = "", target: object = "", label: object = "") -> SafeString:
    """What a list says when it has nothing, and what to do next."""
    return _render("empty_state", {"title": title, "text": text, "link": resolve_link(target), "label": label})


@register.simple_block_tag(end_name="endcard")
def card(content: str, title: object = "", target: object = "", tone: str = "", level: int = 2) -> SafeString:
    """`{% card title=_("待办") %}…{% endcard %}`: a thing with a line around it."""
    return _render(
        "card",
        {"content": content, "title": title, "link": resolve_link(target), "tone": tone, "level": level},
    )


@register.simple_block_tag(end_name="endnotice")
def notice(content: str, tone: str = "info", word: object = "") -> SafeString:
    """`{% notice "warn" %}…{% endnotice %}`: a note in the page. tone: info, good, warn, bad."""
    words = {"info": _("说明"), "good": _("完成"), "warn": _("注意"), "bad": _("错误")}
    return _render("notice", {"content": content, "tone": tone, "word": word or words.get(tone, words["info"])})


# ---- forms -------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """One form field with label, hint, error and 必填/选填: `{% field form.title %}`."""
    return bound.as_field_group()


@register.simple_tag
def error_summary(form: BaseForm) -> SafeString:
    """All errors of a form on top of it, each linked to its field; nothing when there are none."""
    return _render("error_summary", {"form": form, "count": sum(len(errors) for errors in form.errors.values())})


@register.simple_tag(takes_context=True)
def filter_bar(context: Context, filterset: Any, count: object = None, keep: str = "sort") -> SafeString:
    """A GET form of a FilterSet (or plain form) with chips of what is active. `keep`: parameters to carry along."""
    form = getattr(filterset, "form", filterset)
    request = _request(context)
    chips = active_filters(form, request)
    kept = [(name, request.GET[name]) for name in keep.split(",") if request and name and request.GET.get(name)]
    fields = {form.add_prefix(name) for name in form.fields}
    return _render(
        "filter_bar",
        {"form": form, "chips": chips, "kept": [pair for pair in kept if pair[0] not in fields], "count": count},
    )


# ---- tables and pages --------------------------------------------------------


@register.simple_tag(takes_context=True)
def sort_head(context: Context, key: str, label: object, numeric: bool = False, param: str = "sort") -> SafeString:
    """A `<th>` that sorts: `{% sort_head "published_at" _("发布时间") %}`; a second click turns the order round."""
    request = _request(context)
    current = request.GET.get(param, "") if request else ""
    rising, falling = current == key, current == f"-{key}"
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}<span aria-hidden="true">{}</span></a></th>',
        SafeString(' class="num"') if numeric else "",
        SafeString(' aria-sort="ascending"' if rising else ' aria-sort="descending"' if falling else ""),
        with_query(request, **{param: f"-{key}" if rising else key, "page": None, "cursor": None}),
        label,
        " ▲" if rising else " ▼" if falling else "",
    )


@register.simple_tag(takes_context=True)
def pager(context: Context, page: Any, param: str = "page", target: str = "") -> SafeString:
    """Numbered pages of a Django Page, or 上一页/下一页 of a cursor page (`.next_cursor`, `.previous_cursor`).

    `target` is the id of the list to swap by htmx; without it the links are plain.
    """
    request = _request(context)
    links: list[dict[str, Any]] = []
    before = after = ""
    if isinstance(page, Page):
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
            gap = not isinstance(number, int)
            links.append(
                {
                    "number": number,
                    "gap": gap,
                    "current": number == page.number,
                    "url": "" if gap else with_query(request, **{param: str(number)}),
                }
            )
        if page.has_previous():
            before = with_query(request, **{param: str(page.previous_page_number())})
        if page.has_next():
            after = with_query(request, **{param: str(page.next_page_number())})
        if page.paginator.num_pages <= 1:
            return SafeString("")
    else:
        previous, following = getattr(page, "previous_cursor", None), getattr(page, "next_cursor", None)
        before = with_query(request, cursor=previous) if previous else ""
        after = with_query(request, cursor=following) if following else ""
        if not (before or after):
            return SafeString("")
    return _render("pager", {"page": page, "links": links, "before": before, "after": after, "target": target})


# ---- progress, bars, time ----------------------------------------------------


@register.simple_tag
def stage_bar(stages: Iterable[Sequence[str]], current: str, stopped: bool = False, label: str = "") -> SafeString:
    """Wizard steps or life-cycle stages: (key, label) or (key, label, url); those before `current` are done."""
    rows = [(str(row[0]), row[1], row[2] if len(row) > 2 else "") for row in stages]
    keys = [row[0] for row in rows]
    at = keys.index(current) if current in keys else len(keys)
    items = [
        {
            "label": text,
            "url": url,
            "state": "done" if index < at else ("stopped" if stopped else "current") if index == at else "ahead",
        }
        for index, (_key, text, url) in enumerate(rows)
    ]
    return _render("stage_bar", {"items": items, "label": label})


@register.simple_tag
def job_progress(job: Any, ask: bool = True) -> SafeString:
    """A job's bar, with stage, count, rate and time left; asks its own page again every second while it runs.

    `ask=False` where something around it does the asking.
    """
    url = link_if_any("hub:job-show", job.pk) if ask else ""
    return _render("job", {"job": job, "pace": progress.pace_of(job), "url": url})


@register.simple_tag
def bar_list(items: Iterable[Mapping[str, Any]], total: object = None) -> SafeString:
    """Small horizontal bars: dicts with label, value and perhaps url, text. Widths against `total` or the largest."""
    rows = [dict(item) for item in items]
    values = [float(figures.as_decimal(row.get("value")) or 0) for row in rows]
    top = float(figures.as_decimal(total) or 0) or max(values, default=0.0) or 1.0
    for row, value in zip(rows, values, strict=True):
        row["width"] = f"{max(0.0, min(100.0, 100 * value / top)):.1f}"
        row["shown"] = row.get("text") or figures.short_number(figures.as_decimal(value) or Decimal(0))
    return _render("bar_list", {"items": rows})


@register.simple_tag
def score_bar(parts: Iterable[Mapping[str, Any]], total: object, label: object = "", open: bool = False) -> SafeString:
    """A score out of 100 with its parts. `parts`: dicts with label, value (points) and perhaps text (the words)."""
    rows = [dict(part) for part in parts]
    x = 0.0
    for index, row in enumerate(rows):
        points = float(figures.as_decimal(row.get("value")) or 0)
        width = max(0.0, points if math.isfinite(points) else 0.0)
        row |= {"x": f"{min(x, 100):.2f}", "width": f"{min(width, 100 - min(x, 100)):.2f}", "kind": index % 8 + 1}
        row["shown"] = figures.grouped(figures.as_decimal(points) or Decimal(0), places=1)
        x += width
    whole = figures.as_decimal(total)
    shown = "" if whole is None else figures.grouped(whole, places=1)
    return _render("score_bar", {"parts": rows, "shown": shown, "label": label or _("匹配度"), "open": open})


@register.simple_tag
def timeline(entries: Iterable[Mapping[str, Any]]) -> SafeString:
    """What happened, newest first as given: dicts with when, what and perhaps who, note."""
    return _render("timeline", {"entries": list(entries)})


@register.simple_tag(takes_context=True)
def chart(context: Context, spec: Any) -> SafeString:
    """A `foundation.web.charts.Chart`: drawn where there is JavaScript, the same as a table everywhere."""
    first = "chart_scripts" not in context.render_context
    context.render_context["chart_scripts"] = True
    return _render("chart", {"chart": spec, "with_scripts": first})
