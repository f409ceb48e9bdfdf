"""Proofs: added and removed by the firm, handed out only to those who may read them, as a download."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises import evidence, registration
from enterprises.models import Claim, Enterprise, VerificationFile
from enterprises.web.current import OwnFirmEditorMixin
from enterprises.web.registration.forms import FileForm
from enterprises.web.stage_form import complain, person
from foundation.errors import RefusedError


def download(stored: FieldFile, *, title: str) -> HttpResponseBase:
    """A stored proof under a readable name; 404 if the file itself is gone."""
    if not stored:
        raise Http404
    try:
        opened = stored.open("rb")
    except FileNotFoundError as problem:
        raise Http404 from problem
    extension = (stored.name or "").rpartition(".")[2]
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=f"{title}.{extension}",
        content_type=evidence.content_type(stored.name or ""),
    )
    response["Cache-Control"] = "private, no-store"
    return response


class FileAddView(OwnFirmEditorMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                registration.add_file(
                    by=person(request),
                    enterprise=self.firm,
                    title=form.cleaned_data["title"],
                    content=form.cleaned_data["file"],
                )
                messages.success(request, _("材料已上传。"))
            except RefusedError as refused:
                messages.error(request, str(refused))
        else:
            complain(request, form)
        return redirect("enterprises:registration-step", pk, "check")


class FileShowView(LoginRequiredMixin, View):
    """To editors of the firm and to operators; for everybody else there is no such file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        user = person(request)
        rows = VerificationFile.objects.all()
        if not user.is_operator:
            rows = rows.filter(enterprise__in=Enterprise.objects.editable_by(user))
        row = get_object_or_404(rows, pk=pk)
        return download(row.file, title=row.title)


class FileRemoveView(LoginRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = person(request)
        row = get_object_or_404(
            VerificationFile.objects.filter(enterprise__in=Enterprise.objects.editable_by(user)), pk=pk
        )
        try:
            registration.remove_file(by=user, file=row)
            messages.success(request, _("材料已删除。"))
        except RefusedError as refused:
            messages.error(request, str(refused))
        return redirect("enterprises:registration-step", row.enterprise_id, "check")


class ClaimFileView(LoginRequiredMixin, View):
    """To the claimant and to operators."""

    def get(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponseBase:
        user = person(request)
        rows = Claim.objects.all()
        if not user.is_operator:
            rows = rows.filter(claimant=user)
        row = get_object_or_404(rows, pk=pk)
        return download(row.file, title=_("认领证明"))
