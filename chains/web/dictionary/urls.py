"""Addresses of the dictionary's pages, below operator/dictionary/."""

from django.urls import path

from chains.web.dictionary import concepts, draft, lists, review, tables

urlpatterns = [
    path("", lists.ConceptList.as_view(), name="dictionary"),
    path("others/<slug:table>/", lists.OtherList.as_view(), name="dictionary-others"),
    path("history/", lists.History.as_view(), name="dictionary-history"),
    path("history/<int:pk>/undo/", concepts.Undo.as_view(), name="dictionary-undo"),
    path("concepts/new/", concepts.ConceptCreate.as_view(), name="concept-create"),
    path("concepts/<int:pk>/", concepts.ConceptShow.as_view(), name="concept-show"),
    path("concepts/<int:pk>/edit/", concepts.ConceptEdit.as_view(), name="concept-edit"),
    path("concepts/<int:pk>/alias/", concepts.AliasAdd.as_view(), name="alias-add"),
    path("concepts/<int:pk>/merge/", concepts.ConceptMerge.as_view(), name="concept-merge"),
    path("concepts/<int:pk>/retire/", concepts.ConceptRetire.as_view(), name="concept-retire"),
    path("aliases/<int:pk>/retire/", concepts.AliasRetire.as_view(), name="alias-retire"),
    path("review/<slug:kind>/", review.Queue.as_view(), name="dictionary-review"),
    path("review/concepts/<int:pk>/", review.ConceptDecide.as_view(), name="concept-decide"),
    path("mine/", review.Mine.as_view(), name="dictionary-mine"),
    path("draft/", draft.DraftShow.as_view(), name="dictionary-draft"),
    path("draft/preview/", draft.PreviewStart.as_view(), name="dictionary-preview-start"),
    path("draft/publish/", draft.Publish.as_view(), name="dictionary-publish"),
    path("previews/<int:pk>/", draft.PreviewShow.as_view(), name="dictionary-preview"),
    path("editions/<int:number>/", draft.EditionShow.as_view(), name="dictionary-edition"),
    path("tables/", tables.Tables.as_view(), name="dictionary-tables"),
    path("tables/<slug:table>.csv", tables.Export.as_view(), name="dictionary-export"),
    path("imports/<int:pk>/", tables.ImportShow.as_view(), name="dictionary-import"),
    path("imports/<int:pk>/confirm/", tables.ImportConfirm.as_view(), name="dictionary-import-confirm"),
]
