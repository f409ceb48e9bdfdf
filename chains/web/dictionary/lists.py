"""Look things up: concepts by name, alias or pinyin; words, contradictions and wordings; what was done."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.dictionary import editing, publishing, records, reviewing
from chains.engine.dictionary import surface_key
from chains.models import Concept, ContradictionGroup, DictionaryEdition, LexiconWord, Need
from chains.models.dictionary import Source, Status
from chains.web.dictionary.words import action_label
from enterprises.sorting import looks_like_pinyin, squeeze
from enterprises.web.current import OperatorRequiredMixin
from foundation.models import AuditEntry
from foundation.web.listing import FilteredListView, paginate

PER_PAGE = 30


class ConceptFilter(django_filters.FilterSet):
    """What is in use, unless another state is asked for."""

    q = django_filters.CharFilter(method="filter_text", label=gettext_lazy("名称、别名、英文或拼音"), max_length=80)
    kind = django_filters.ChoiceFilter(choices=Concept.Kind.choices, label=gettext_lazy("种类"))
    status = django_filters.ChoiceFilter(
        choices=Status.choices, label=gettext_lazy("状态"), empty_label=gettext_lazy("已采用"), method="filter_status"
    )
    source = django_filters.ChoiceFilter(choices=Source.choices, label=gettext_lazy("来源"))

    class Meta:
        model = Concept
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("status") else rows.filter(status=Status.APPROVED)

    def filter_status(self, rows: QuerySet[Concept], _name: str, value: str) -> QuerySet[Concept]:
        return rows.filter(status=value)

    def filter_text(self, rows: QuerySet[Concept], _name: str, value: str) -> QuerySet[Concept]:
        text = " ".join(value.split())
        found = Q(name__icontains=text) | Q(english__icontains=text)
        found |= Q(
            pk__in=Concept.objects.filter(aliases__status="approved", aliases__text__icontains=text).values("pk")
        )
        if surface := surface_key(text):
            found |= Q(pk__in=Concept.objects.filter(aliases__status="approved", aliases__surface=surface).values("pk"))
        if looks_like_pinyin(text):
            found |= Q(pinyin__startswith=text.lower()) | Q(pinyin__regex=_as_pinyin(text))
        return rows.filter(found)


def _as_pinyin(text: str) -> str:
    """What was typed without breaks, with a break allowed between any two letters."""
    return "^" + " ?".join(squeeze(text))


class ConceptList(OperatorRequiredMixin, FilteredListView):
    filterset_class = ConceptFilter
    template_name = "chains/dictionary/concept_list.html"
    paginate_by = PER_PAGE

    def get_queryset(self) -> QuerySet[Concept]:
        return (
            Concept.objects.annotate(alias_count=Count("aliases", filter=Q(aliases__status="approved")))
            .prefetch_related("links__other")
            .order_by("pinyin", "pk")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, **head())


def head() -> dict[str, Any]:
    """What stands above the list: the edition in force, how far it has been read, what waits."""
    return {
        "edition": DictionaryEdition.objects.defer("content").first(),
        "progress": publishing.progress(),
        "rematch": publishing.running(),
        "waiting": sum(reviewing.counts().values()),
        "changes": len(publishing.unpublished()),
    }


class OtherForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("查找"), required=False, max_length=60)


class OtherList(OperatorRequiredMixin):
    """Words, contradictions and wordings of needs: to read; they are changed by tables."""

    def get(self, request: HttpRequest, table: str) -> HttpResponse:
        form = OtherForm(request.GET or None)
        text = form.cleaned_data["q"].strip() if form.is_bound and form.is_valid() else ""
        rows: Any
        if table == "words":
            rows = LexiconWord.objects.filter(status="approved").filter(
                Q(text__icontains=text) | Q(english__icontains=text)
            )
        elif table == "contradictions":
            rows = ContradictionGroup.objects.filter(status="approved").filter(
                Q(name__icontains=text) | Q(values__icontains=text)
            )
        elif table == "needs":
            rows = Need.objects.filter(status="approved").filter(Q(key__icontains=text) | Q(concepts__icontains=text))
        else:
            raise Http404
        titles = {"words": _("用词"), "contradictions": _("互斥组"), "needs": _("需求说法")}
        return render(
            request,
            "chains/dictionary/other_list.html",
            {
                "form": form,
                "table": table,
                "title": titles[table],
                "page_obj": paginate(request, rows, per_page=60),
                "tab_items": [
                    {"key": key, "label": label, "url": reverse("chains:dictionary-others", args=[key]), "count": None}
                    for key, label in titles.items()
                ],
            },
        )


class History(OperatorRequiredMixin):
    """Who did what to the dictionary, when and why."""

    def get(self, request: HttpRequest) -> HttpResponse:
        page = paginate(request, records.history(), per_page=40)
        return render(
            request,
            "chains/dictionary/history.html",
            {"page_obj": page, "rows": told(page)},
        )


def told(entries: Any) -> list[dict[str, Any]]:
    """Entries as a page shows them."""
    return [
        {
            "entry": entry,
            "what": action_label(entry.action),
            "note": _note(entry),
            "concept": entry.target_id if entry.target_type == records.TARGET else "",
            "can_undo": editing.can_be_undone(entry),
        }
        for entry in entries
    ]


def _note(entry: AuditEntry) -> str:
    note = entry.changes.get("note")
    return str(note[1]) if isinstance(note, list) and len(note) == 2 else ""
