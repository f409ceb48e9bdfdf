"""What waits for publication, what it would change, and putting it in force."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView

from chains.dictionary import comparing, previewing, publishing
from chains.models import DictionaryEdition, DictionaryPreview
from chains.web.dictionary.forms import Reason
from enterprises.models import Post
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.stage_form import StageFormView, person
from foundation.errors import RefusedError
from foundation.web.listing import paginate

SHOWN_EDITIONS = 10
ABOUT = {
    "concept": gettext_lazy("概念"),
    "word": gettext_lazy("用词"),
    "contradiction": gettext_lazy("互斥组"),
    "need": gettext_lazy("需求说法"),
}
KINDS = {
    "added": (gettext_lazy("新增"), "good"),
    "changed": (gettext_lazy("修改"), "action"),
    "removed": (gettext_lazy("不再采用"), "warn"),
}


def rows_of(changes: list[comparing.Change]) -> list[dict[str, Any]]:
    return [
        {"change": change, "about": ABOUT[change.about], "kind": KINDS[change.kind][0], "tone": KINDS[change.kind][1]}
        for change in changes
    ]


class DraftShow(OperatorRequiredMixin):
    def get(self, request: HttpRequest) -> HttpResponse:
        changes = publishing.unpublished()
        page = paginate(request, changes, per_page=50)
        preview = DictionaryPreview.objects.defer("content").select_related("job").first()
        return render(
            request,
            "chains/dictionary/draft.html",
            {
                "page_obj": page,
                "rows": rows_of(list(page)),
                "editions": DictionaryEdition.objects.defer("content").select_related("published_by")[:SHOWN_EDITIONS],
                "preview": preview,
                "preview_is_of_today": preview is not None and previewing.is_of_today(preview),
                "progress": publishing.progress(),
                "rematch": publishing.running(),
            },
        )


class PreviewStart(OperatorRequiredMixin):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            preview = previewing.start(by=person(request))
        except RefusedError as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("chains:dictionary-draft"))
        return HttpResponseRedirect(reverse("chains:dictionary-preview", args=[preview.pk]))


class PreviewShow(OperatorRequiredMixin):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        preview = get_object_or_404(DictionaryPreview.objects.defer("content").select_related("job"), pk=pk)
        result: dict[str, Any] = preview.result or {"posts": {"examples": []}, "details": []}
        page = paginate(request, result["details"], per_page=10)
        ids = {row[0] for row in result["posts"]["examples"]}
        for detail in page:
            ids |= {detail["demand"], *(row[0] for name in WHAT for row in detail[name])}
        posts = Post.objects.visible_to(person(request)).select_related("enterprise").in_bulk(ids)
        return render(
            request,
            "chains/dictionary/preview.html",
            {
                "preview": preview,
                "live": preview.result is None and preview.job is not None and preview.job.is_live,
                "is_of_today": previewing.is_of_today(preview),
                "page_obj": page,
                "details": [_told(detail, posts) for detail in page if detail["demand"] in posts],
                "examples": [
                    {"post": posts[pk], "was": _read(was), "becomes": _read(becomes)}
                    for pk, was, becomes in result["posts"]["examples"][:30]
                    if pk in posts
                ],
            },
        )


WHAT = ("appear", "disappear", "move")


def _told(detail: dict[str, Any], posts: dict[int, Post]) -> dict[str, Any]:
    def row(values: list[Any]) -> tuple[Post, Any, Any]:
        return posts[values[0]], values[1], values[2]

    return {
        "demand": posts[detail["demand"]],
        **{name: [row(values) for values in detail[name] if values[0] in posts] for name in WHAT},
    }


def _read(products: list[dict[str, Any]]) -> str:
    """轴承（高强）; what the dictionary does not know stands in its own words with a mark."""
    found = []
    for product in products:
        name = product["concept"] or _("“%(head)s”（词典未收）") % {"head": product["head"]}
        more = "、".join(product["more"])
        found.append(f"{name}（{more}）" if more else name)
    return "；".join(found) or _("没有读出产品")


class Publish(OperatorRequiredMixin, StageFormView[Reason]):
    template_name = "chains/dictionary/publish.html"
    form_class = Reason
    success_message = gettext_lazy("新版词典已生效，正在重新分析和匹配。")

    def save(self, form: Reason) -> None:
        publishing.publish(by=person(self.request), reason=form.cleaned_data["reason"])

    def get_success_url(self) -> str:
        return reverse("chains:dictionary-draft")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        preview = DictionaryPreview.objects.defer("content").first()
        return super().get_context_data(
            **kwargs,
            count=len(publishing.unpublished()),
            preview=preview if preview is not None and previewing.is_of_today(preview) else None,
        )


class EditionShow(OperatorRequiredMixin, TemplateView):
    template_name = "chains/dictionary/edition.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        edition = get_object_or_404(
            DictionaryEdition.objects.select_related("published_by"), number=self.kwargs["number"]
        )
        page = paginate(self.request, publishing.changes_of(edition), per_page=50)
        return super().get_context_data(**kwargs, edition=edition, page_obj=page, rows=rows_of(list(page)))
