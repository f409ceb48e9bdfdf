"""List pages: filters, order and page number from the URL, and nothing in them can break the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.generic import ListView

LARGEST_PAGE = 100_000
if TYPE_CHECKING:
    _List = ListView[Any]
else:
    _List = ListView


def paginate(request: HttpRequest, rows: Any, *, per_page: int = 20, param: str = "page") -> Page[Any]:
    """The page that the URL asks for; the first for nonsense, the last for a number beyond it."""
    asked = request.GET.get(param, "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    return Paginator(rows, per_page).get_page(min(max(number, 1), LARGEST_PAGE))


def announcement(page: Page[Any]) -> str:
    """What the live region reads out when a list changes."""
    words = {"count": page.paginator.count, "number": page.number}
    if page.number == 1:
        return _("共 %(count)s 条结果") % words
    return _("共 %(count)s 条结果，第 %(number)s 页") % words


class FilteredListView(_List):
    """A list with a FilterSet. Context: `filter`, `page_obj`, `announcement` (for the live region).

    `fragment_template_name`, where set, answers htmx with the list alone. The query set must start at
    `visible_to(user)`.
    """

    filterset_class: Any = None
    fragment_template_name = ""
    paginate_by = 20

    def get_filtered(self, rows: Any) -> tuple[Any, QuerySet[Any]]:
        if self.filterset_class is None:
            return None, rows
        filterset = self.filterset_class(self.request.GET, queryset=rows, request=self.request)
        return filterset, filterset.qs

    def get_context_data(self, *, object_list: Any = None, **kwargs: Any) -> dict[str, Any]:
        filterset, rows = self.get_filtered(self.object_list)
        page = paginate(self.request, rows, per_page=self.paginate_by)
        context = {
            "filter": filterset,
            "page_obj": page,
            "paginator": page.paginator,
            "object_list": page.object_list,
            "is_paginated": page.has_other_pages(),
            "announcement": announcement(page),
            "view": self,
        }
        return {**context, **kwargs}

    def get_template_names(self) -> list[str]:
        htmx: Any = getattr(self.request, "htmx", False)
        if self.fragment_template_name and htmx and not htmx.boosted and not htmx.history_restore_request:
            return [self.fragment_template_name]
        return super().get_template_names()
