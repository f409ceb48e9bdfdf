"""批量导入: template, upload, dry run, errors, import."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import View

from enterprises import exporting, importing
from enterprises.models import Enterprise, ImportRun
from enterprises.web.current import current_membership, send_to_registration
from enterprises.web.writing import acting
from foundation.errors import RefusedError
from foundation.web.listing import paginate

HOME = {
    ImportRun.Kind.POSTS: "enterprises:my-post-list",
    ImportRun.Kind.CAPABILITIES: "enterprises:capability-list",
    ImportRun.Kind.FIRMS: "enterprises:firm-list",
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy(".xlsx 或 .csv，最大 10 MB，最多 20000 行。上传后先检查，不会写入。"),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )
    publish = forms.ChoiceField(
        label=gettext_lazy("导入后"),
        choices=[("yes", gettext_lazy("直接发布")), ("no", gettext_lazy("存为草稿"))],
        initial="yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, kind: str, firm: Enterprise | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != ImportRun.Kind.POSTS:
            del self.fields["publish"]
        elif firm is not None and not firm.is_public:
            self.fields["publish"].initial = "no"
            self.fields["publish"].help_text = _("企业通过核验后才能直接发布。")

    @property
    def wants_to_publish(self) -> bool:
        return bool(self.cleaned_data.get("publish", "yes") == "yes")


class ImportList(LoginRequiredMixin, View):
    """The person's own runs, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = acting(request)
        rows = ImportRun.objects.visible_to(user).filter(started_by=user).select_related("job", "enterprise")
        member = current_membership(request)
        if member is None and not user.is_operator:
            return send_to_registration(request)
        kinds = [ImportRun.Kind.POSTS, ImportRun.Kind.CAPABILITIES] if member and member.can_edit else []
        kinds += [ImportRun.Kind.FIRMS] if user.is_operator else []
        return render(
            request,
            "enterprises/imports/list.html",
            {
                "page_obj": paginate(request, rows.order_by("-id"), per_page=20),
                "kinds": [(k.value, k.label) for k in kinds],
            },
        )


class ImportCreate(LoginRequiredMixin, View):
    """Upload a file for a dry run."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        firm = self._firm(request, kind)
        return self._page(request, kind, firm, UploadForm(kind=kind, firm=firm))

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        firm = self._firm(request, kind)
        form = UploadForm(request.POST, request.FILES, kind=kind, firm=firm)
        if form.is_valid():
            try:
                record = importing.start(
                    by=acting(request),
                    kind=kind,
                    enterprise=firm,
                    upload=form.cleaned_data["file"],
                    publish=form.wants_to_publish,
                )
            except RefusedError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                return redirect("enterprises:import-show", record.pk)
        return self._page(request, kind, firm, form, status=422)

    def _firm(self, request: HttpRequest, kind: str) -> Enterprise | None:
        """The firm to import for; 403 for those who may not."""
        if kind not in ImportRun.Kind.values:
            raise Http404
        if kind == ImportRun.Kind.FIRMS:
            if not acting(request).is_operator:
                raise PermissionDenied
            return None
        member = current_membership(request)
        if member is None or not member.can_edit:
            raise PermissionDenied
        return member.enterprise

    def _page(
        self, request: HttpRequest, kind: str, firm: Enterprise | None, form: UploadForm, *, status: int = 200
    ) -> HttpResponse:
        table = importing.table_of(kind)
        return render(
            request,
            "enterprises/imports/create.html",
            {
                "form": form,
                "kind": kind,
                "kind_label": ImportRun.Kind(kind).label,
                "firm": firm,
                "columns": table.columns,
                "home": reverse(HOME[ImportRun.Kind(kind)]),
            },
            status=status,
        )


class ImportTemplate(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, rows: str, kind: str) -> HttpResponseBase:
        if rows not in ImportRun.Kind.values:
            raise Http404
        return FileResponse(
            importing.template_file(importing.table_of(rows), kind),
            as_attachment=True,
            filename=f"{rows}-template.{kind}",
            content_type=exporting.FORMATS[kind],
        )


class ImportShow(LoginRequiredMixin, View):
    """How far it is, what was found, and the button to import for good."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = own_run(request, pk)
        counts = record.job.result if record.job is not None else {}
        return render(
            request,
            "enterprises/imports/show.html",
            {
                "record": record,
                "job": record.job,
                "live": record.finished_at is None and record.job is not None and record.job.is_live,
                "stopped": record.finished_at is None and (record.job is None or not record.job.is_live),
                "counts": [
                    (_("新增"), counts.get("created", 0)),
                    (_("更新"), counts.get("updated", 0)),
                    (_("没有变化"), counts.get("unchanged", 0)),
                    (_("需要审核"), counts.get("review", 0)),
                ],
                "ignored": counts.get("ignored", []),
                "errors": record.errors if isinstance(record.errors, list) else [],
                "home": reverse(HOME[ImportRun.Kind(record.kind)]),
                "can_confirm": record.dry_run
                and record.finished_at is not None
                and record.ok_count > 0
                and bool(record.file),
            },
        )


class ImportConfirm(LoginRequiredMixin, View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = own_run(request, pk)
        publish = record.job is None or bool(record.job.payload.get("publish", True))
        try:
            real = importing.confirm(record=record, by=acting(request), publish=publish)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("enterprises:import-show", record.pk)
        return redirect("enterprises:import-show", real.pk)


class ImportErrors(LoginRequiredMixin, View):
    """The rows that failed, as a file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        record = own_run(request, pk)
        if not record.errors_file:
            raise Http404
        kind = str(record.errors_file.name).rpartition(".")[2]
        try:
            file = record.errors_file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        return FileResponse(
            file, as_attachment=True, filename=f"errors-{record.pk}.{kind}", content_type=exporting.FORMATS[kind]
        )


def own_run(request: HttpRequest, pk: int) -> ImportRun:
    rows = ImportRun.objects.visible_to(acting(request)).select_related("job", "enterprise")
    return get_object_or_404(rows, pk=pk)
