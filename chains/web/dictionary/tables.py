"""Tables out and in: a file is checked first, and taken into the draft when it is confirmed."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from chains.dictionary import freezing, importing, tables
from chains.models import DictionaryImport
from chains.web.dictionary.forms import Reason
from enterprises.importing.guard import check_upload, clean_name
from enterprises.importing.parsing import read_rows
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.stage_form import add_refusal, person
from foundation.errors import RefusedError
from foundation.web.listing import paginate


class UploadForm(Reason):
    table = forms.ChoiceField(label=gettext_lazy("内容"), choices=DictionaryImport.Table.choices)
    file = forms.FileField(
        label=gettext_lazy("文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(".xlsx 或 .csv，列名与导出的表相同，最大 10 MB。上传后先检查，不会写入。"),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )
    field_order = ["table", "file", "reason"]


class Tables(OperatorRequiredMixin):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, UploadForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                name = clean_name(upload.name or "")
                lines = read_rows(upload, kind=check_upload(upload, name=name, size=upload.size))
                record = importing.start(
                    by=person(request),
                    table=form.cleaned_data["table"],
                    file_name=name,
                    lines=lines,
                    reason=form.cleaned_data["reason"],
                )
            except RefusedError as refused:
                add_refusal(form, refused)
            else:
                return HttpResponseRedirect(reverse("chains:dictionary-import", args=[record.pk]))
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
        rows = DictionaryImport.objects.defer("rows").select_related("asked_by")
        return render(
            request,
            "chains/dictionary/tables.html",
            {
                "form": form,
                "tables": [
                    (key, label, ", ".join(tables.COLUMNS[key])) for key, label in DictionaryImport.Table.choices
                ],
                "page_obj": paginate(request, rows, per_page=20),
            },
            status=status,
        )


class Export(OperatorRequiredMixin):
    def get(self, request: HttpRequest, table: str) -> HttpResponseBase:
        if table not in tables.COLUMNS:
            raise Http404
        lines = tables.write(table, freezing.draft())
        answer = StreamingHttpResponse((line.encode() for line in lines), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="dictionary-{table}.csv"'
        return answer


class ImportShow(OperatorRequiredMixin):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = get_object_or_404(DictionaryImport.objects.defer("rows").select_related("job", "asked_by"), pk=pk)
        report = record.report or {}
        is_done = record.applied_at is not None or (record.checked_at is not None and record.confirmed_at is None)
        return render(
            request,
            "chains/dictionary/import.html",
            {
                "record": record,
                "live": not is_done and record.job is not None and record.job.is_live,
                "is_done": is_done,
                "report": report,
                "errors": [
                    {**error, "column": tables.column_label(error["field"])} for error in report.get("errors", [])[:100]
                ],
                "can_confirm": record.checked_at is not None
                and record.confirmed_at is None
                and bool(report.get("created", 0) + report.get("changed", 0)),
            },
        )


class ImportConfirm(OperatorRequiredMixin):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = get_object_or_404(DictionaryImport, pk=pk)
        try:
            importing.confirm(by=person(request), record=record)
        except RefusedError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("chains:dictionary-import", args=[pk]))
