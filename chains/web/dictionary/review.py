"""The queue of proposals: one at a time or many at once, accepted or rejected, with a reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.dictionary import mining, reviewing
from chains.models import Concept
from chains.web.dictionary.forms import ConceptForm, DecisionForm, Reason
from enterprises.models import Post
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.stage_form import StageFormView, complain, person
from foundation.errors import RefusedError
from foundation.web.listing import paginate

PER_PAGE = 30
QUEUES = {"aliases": reviewing.aliases, "concepts": reviewing.concepts, "links": reviewing.links}


class Queue(OperatorRequiredMixin):
    """The best attested first. Rows are chosen by their boxes; one reason counts for all of them."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return self._page(request, kind, DecisionForm())

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        rows = self._rows(kind)
        chosen = [int(pk) for pk in request.POST.getlist("chosen") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        form = DecisionForm(request.POST)
        if form.is_valid() and not chosen:
            form.add_error(None, forms.ValidationError(_("请至少选择一条建议。")))
        if form.is_valid():
            decide = reviewing.accept if form.cleaned_data["decision"] == "accept" else reviewing.reject
            try:
                done = decide(
                    by=person(request),
                    proposals=list(rows.filter(pk__in=chosen[:PER_PAGE])),
                    reason=form.cleaned_data["reason"],
                )
            except RefusedError as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
            else:
                if done.done:
                    messages.success(request, _("已处理 %(count)s 条建议。") % {"count": done.done})
                for problem in done.problems[:5]:
                    messages.error(request, problem)
                return HttpResponseRedirect(reverse("chains:dictionary-review", args=[kind]))
        return self._page(request, kind, form, chosen=chosen, status=422)

    def _rows(self, kind: str) -> Any:
        if kind not in QUEUES:
            raise Http404
        return QUEUES[kind]()

    def _page(
        self, request: HttpRequest, kind: str, form: DecisionForm, *, chosen: list[int] | None = None, status: int = 200
    ) -> HttpResponse:
        page = paginate(request, self._rows(kind), per_page=PER_PAGE)
        counts = reviewing.counts()
        labels = {"aliases": _("别名"), "concepts": _("新概念"), "links": _("相近")}
        return render(
            request,
            "chains/dictionary/review.html",
            {
                "kind": kind,
                "page_obj": page,
                "rows": _with_evidence(request, list(page)),
                "form": form,
                "chosen": chosen or [],
                "mining": mining.last_run(),
                "mine_form": Reason(prefix="mine"),
                "tab_items": [
                    {
                        "key": key,
                        "label": label,
                        "url": reverse("chains:dictionary-review", args=[key]),
                        "count": counts[key],
                    }
                    for key, label in labels.items()
                ],
            },
            status=status,
        )


def _with_evidence(request: HttpRequest, rows: list[Any]) -> list[dict[str, Any]]:
    """Each proposal with the posts that speak for it, as far as this person may see them."""
    ids = {pk for row in rows for pk in row.evidence.get("posts", ())}
    posts = Post.objects.visible_to(person(request)).select_related("enterprise").in_bulk(ids)
    return [
        {
            "row": row,
            "pattern": mining.pattern_label(row.evidence.get("pattern", "")),
            "posts": [posts[pk] for pk in row.evidence.get("posts", ()) if pk in posts][:3],
            "parents": [link.other for link in row.links.all() if link.kind == "is_a"]
            if isinstance(row, Concept)
            else [],
        }
        for row in rows
    ]


class ConceptDecide(OperatorRequiredMixin, StageFormView[ConceptForm]):
    """A proposed concept, completed before it is accepted."""

    template_name = "chains/dictionary/concept_form.html"
    form_class = ConceptForm
    success_message = gettext_lazy("已写入草稿，发布后生效。")

    @cached_property
    def proposal(self) -> Concept:
        return get_object_or_404(Concept, pk=self.kwargs["pk"], status="proposed")

    def get_initial(self) -> dict[str, Any]:
        return ConceptForm.initial_of(reviewing.entry_of(self.proposal))

    def save(self, form: ConceptForm) -> None:
        reviewing.accept_concept(
            by=person(self.request),
            proposal=self.proposal,
            entry=form.entry(),
            reason=form.cleaned_data["reason"],
        )

    def get_success_url(self) -> str:
        return reverse("chains:dictionary-review", args=["concepts"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, concept=self.proposal, title=_("采用新概念"), button=_("采用"))


class Mine(OperatorRequiredMixin):
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = Reason(request.POST, prefix="mine")
        if form.is_valid():
            mining.ask(by=person(request), reason=form.cleaned_data["reason"])
            messages.success(request, _("已开始从在线供需中发现新词。"))
        else:
            complain(request, form)
        return HttpResponseRedirect(reverse("chains:dictionary-review", args=["aliases"]))
