"""Downloads of lists, with the filters of the page they stand on."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises import exporting
from enterprises.disclosure import Viewer
from enterprises.filters.firms import EnterpriseFilter
from enterprises.filters.posts import PostFilter
from enterprises.models import Enterprise, Post
from enterprises.web.current import FirmRequiredMixin
from enterprises.web.writing import acting


def too_many(rows: QuerySet[Any]) -> bool:
    return rows.order_by()[exporting.MOST_ROWS : exporting.MOST_ROWS + 1].exists()


def refuse(request: HttpRequest, page: str) -> HttpResponseBase:
    """Back to the list, with the filters, saying what to do."""
    messages.warning(
        request, _("结果超过 %(most)s 行，Excel 装不下：请缩小筛选范围，或导出 CSV。") % {"most": exporting.MOST_ROWS}
    )
    return redirect(f"{reverse(page)}?{request.GET.urlencode()}")


class PostExport(LoginRequiredMixin, View):
    """The hall as filtered."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows: Any = Post.objects.open().visible_to(acting(request)).order_by("-published_at", "-id")
        found = PostFilter(request.GET, queryset=rows, request=request).qs
        if kind == "xlsx" and too_many(found):
            return refuse(request, "enterprises:post-list")
        return exporting.download(name="posts", kind=kind, head=exporting.post_head(), rows=exporting.post_rows(found))


class MyPostExport(FirmRequiredMixin):
    """All posts of the current firm, in every state."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows = Post.objects.visible_to(acting(request)).filter(enterprise=self.firm).order_by("-id")
        if kind == "xlsx" and too_many(rows):
            return refuse(request, "enterprises:my-post-list")
        return exporting.download(
            name="my-posts", kind=kind, head=exporting.post_head(), rows=exporting.post_rows(rows)
        )


class FirmExport(LoginRequiredMixin, View):
    """The directory of firms as filtered."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows = Enterprise.objects.listed().order_by("pinyin", "id")
        found = EnterpriseFilter(request.GET, queryset=rows, request=request).qs
        if kind == "xlsx" and too_many(found):
            return refuse(request, "enterprises:firm-list")
        return exporting.download(
            name="firms",
            kind=kind,
            head=exporting.firm_head(),
            rows=exporting.firm_rows(found, viewer=Viewer(acting(request))),
        )
