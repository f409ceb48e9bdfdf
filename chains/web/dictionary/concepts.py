"""One concept: what it is called, where it stands, who speaks of it, what was done to it; and changing it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from chains.dictionary import comparing, editing, editions, publishing, records, states
from chains.dictionary.freezing import entry_from
from chains.engine import Concept as Entry
from chains.matching import documents
from chains.models import Alias, Concept, ConceptLink, ContradictionGroup, PostAnalysis
from chains.web.dictionary.forms import AliasForm, ConceptForm, MergeForm, Reason
from chains.web.dictionary.lists import told
from enterprises.models import Post
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.stage_form import StageFormView, person
from foundation.models import AuditEntry

MOST_BELOW = 60


class ConceptShow(OperatorRequiredMixin):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        concept = get_object_or_404(Concept.objects.select_related("merged_into"), pk=pk)
        links = ConceptLink.objects.filter(status="approved").select_related("concept", "other")
        below = links.filter(other=concept, kind="is_a").order_by("concept__pinyin", "pk")
        aliases = concept.aliases.exclude(status="rejected").order_by("status", "surface")
        return render(
            request,
            "chains/dictionary/concept_show.html",
            {
                "concept": concept,
                "aliases": aliases,
                "above": [link.other for link in links.filter(concept=concept, kind="is_a")],
                "further": _further(concept),
                "below": [link.concept for link in below[:MOST_BELOW]],
                "below_count": below.count(),
                "near": [link.other for link in links.filter(concept=concept, kind="near")],
                "groups": _groups(concept),
                "mentions": _mentions(concept),
                "difference": _unpublished(concept),
                "alias_form": AliasForm(),
                "rows": told(records.history_of(concept)[:20]),
            },
        )


def _further(concept: Concept) -> list[str]:
    """Broader concepts beyond the next, by the edition in force."""
    above = editions.current().ancestors(concept.name)
    return [name for name, steps in sorted(above.items(), key=lambda item: item[1]) if steps > 1]


def _groups(concept: Concept) -> list[tuple[str, str, str]]:
    """(group, own value, the values it excludes)"""
    found = []
    for group in ContradictionGroup.objects.filter(status="approved"):
        own = [value for value in group.values if concept.name in value]
        if own:
            others = ["/".join(value) for value in group.values if concept.name not in value]
            found.append((group.name, "/".join(own[0]), "、".join(others)))
    return found


def _mentions(concept: Concept) -> dict[str, int]:
    """Live supplies of it, and live demands that one of it may answer."""
    rows = PostAnalysis.objects.filter(terms__contains=[f"h:{concept.name}"])
    return {
        "supplies": rows.filter(post__in=documents.matchable(Post.Direction.SUPPLY)).count(),
        "demands": rows.filter(post__in=documents.matchable(Post.Direction.DEMAND)).count(),
    }


def _unpublished(concept: Concept) -> comparing.Change | None:
    return next((change for change in publishing.unpublished() if change.pk == concept.pk), None)


class _ConceptFormView(OperatorRequiredMixin, StageFormView[Any]):
    """A form about one concept; back to its page afterwards."""

    template_name = "chains/dictionary/concept_form.html"
    success_message = gettext_lazy("已写入草稿，发布后生效。")
    title: Any = ""
    button: Any = ""
    danger = False

    @cached_property
    def concept(self) -> Concept:
        return get_object_or_404(Concept, pk=self.kwargs["pk"])

    def get_success_url(self) -> str:
        return reverse("chains:concept-show", args=[self.concept.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        concept = self.concept if "pk" in self.kwargs else None
        return super().get_context_data(
            **kwargs, concept=concept, title=self.title, button=self.button or self.title, danger=self.danger
        )


class ConceptCreate(_ConceptFormView):
    form_class = ConceptForm
    title = gettext_lazy("新建概念")

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.request.GET.get("name", "")[:80]}

    def save(self, form: ConceptForm) -> HttpResponse:
        row = editing.create(by=person(self.request), entry=form.entry(), reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(reverse("chains:concept-show", args=[row.pk]))


class ConceptEdit(_ConceptFormView):
    form_class = ConceptForm
    title = gettext_lazy("修改概念")
    button = gettext_lazy("保存到草稿")

    def get_initial(self) -> dict[str, Any]:
        return ConceptForm.initial_of(states.state_of(self.concept))

    def save(self, form: ConceptForm) -> None:
        editing.edit(
            by=person(self.request), concept=self.concept, entry=form.entry(), reason=form.cleaned_data["reason"]
        )


class AliasAdd(_ConceptFormView):
    form_class = AliasForm
    title = gettext_lazy("添加别名")

    def save(self, form: AliasForm) -> None:
        data = form.cleaned_data
        editing.add_alias(
            by=person(self.request),
            concept=self.concept,
            text=data["text"],
            is_ambiguous=data["is_ambiguous"],
            reason=data["reason"],
        )


class ConceptMerge(_ConceptFormView):
    form_class = MergeForm
    title = gettext_lazy("合并概念")
    danger = True

    def save(self, form: MergeForm) -> HttpResponse:
        heir: Concept = form.cleaned_data["into"]
        editing.merge(by=person(self.request), concept=self.concept, into=heir, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(reverse("chains:concept-show", args=[heir.pk]))


class ConceptRetire(_ConceptFormView):
    form_class = Reason
    title = gettext_lazy("停用概念")
    danger = True

    def save(self, form: Reason) -> None:
        editing.retire(by=person(self.request), concept=self.concept, reason=form.cleaned_data["reason"])


class AliasRetire(_ConceptFormView):
    form_class = Reason
    title = gettext_lazy("停用别名")
    danger = True

    @cached_property
    def alias(self) -> Alias:
        return get_object_or_404(Alias.objects.select_related("concept"), pk=self.kwargs["pk"])

    @cached_property
    def concept(self) -> Concept:
        return self.alias.concept

    def save(self, form: Reason) -> None:
        editing.retire_alias(by=person(self.request), alias=self.alias, reason=form.cleaned_data["reason"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, subject=self.alias.text)


class Undo(OperatorRequiredMixin, StageFormView[Reason]):
    template_name = "chains/dictionary/undo.html"
    form_class = Reason
    success_message = gettext_lazy("已撤销，发布后生效。")

    @cached_property
    def entry(self) -> AuditEntry:
        return get_object_or_404(records.history(), pk=self.kwargs["pk"])

    def save(self, form: Reason) -> None:
        editing.undo(by=person(self.request), entry=self.entry, reason=form.cleaned_data["reason"])

    def get_success_url(self) -> str:
        return reverse("chains:concept-show", args=[int(self.entry.target_id)])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, row=told([self.entry])[0], differences=_before_and_after(self.entry))


def _before_and_after(entry: AuditEntry) -> list[tuple[str, list[comparing.Difference]]]:
    """What undoing brings back, concept by concept."""
    if not editing.can_be_undone(entry):
        return []
    was, became = entry.changes["concepts"]
    found = []
    for pk in {**was, **became}:
        old, new = ({**state.get(pk, {})} for state in (was, became))
        before = _entry(old) if old.get("status") == "approved" else Entry(name="", kind="")
        after = _entry(new) if new.get("status") == "approved" else Entry(name="", kind="")
        found.append((before.name or after.name, comparing.differences(after, before)))
    return found


def _entry(state: dict[str, Any]) -> Entry:
    return entry_from(state["entry"])
