"""能力与资质: what the firm can make or do, and the certificates it holds."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import View

from enterprises import capabilities, exporting
from enterprises.fields import IndustryField
from enterprises.models import Capability, Certificate, Enterprise
from enterprises.web.current import FirmEditorMixin, FirmRequiredMixin
from enterprises.web.exports import refuse, too_many
from enterprises.web.writing import acting
from foundation.errors import RefusedError
from foundation.web.links import link_if_any
from foundation.web.listing import paginate


class CapabilityForm(forms.ModelForm[Capability]):
    """Checks form; `capabilities.save` decides."""

    industry = IndustryField(required=False, label=gettext_lazy("行业"))
    parameter_lines = forms.CharField(
        label=gettext_lazy("技术参数"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("每行一项：名称=值 单位，例如：拉伸强度=≥ 600 MPa"),
    )
    certificates = forms.ModelMultipleChoiceField(
        queryset=Certificate.objects.none(),
        required=False,
        label=gettext_lazy("相关证书"),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Capability
        fields: ClassVar[list[str]] = [
            "product",
            "factor",
            "industry",
            "description",
            "monthly_capacity",
            "unit",
            "free_share",
            "minimum_order",
            "lead_time_days",
            "visibility",
            "certificates",
        ]
        widgets: ClassVar[dict[str, Any]] = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, enterprise: Enterprise, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.enterprise = enterprise
        own = Certificate.objects.filter(enterprise=enterprise).select_related("kind")
        self.fields["certificates"].queryset = own  # type: ignore[attr-defined]
        if not own.exists():
            del self.fields["certificates"]
        self.fields["free_share"].help_text = _("现在还能接单的部分；不填按全部产能计算。")
        if self.instance.pk and not self.is_bound:
            self.initial["parameter_lines"] = capabilities.write_parameters(self.instance.parameters)

    def clean_parameter_lines(self) -> list[dict[str, str]]:
        try:
            return capabilities.read_parameters(self.cleaned_data["parameter_lines"])
        except ValueError as problem:
            raise forms.ValidationError(
                _("看不懂“%(line)s”。请写成“名称=值 单位”，每行一项。") % {"line": problem}
            ) from problem

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("monthly_capacity") is not None and values.get("unit") == "":
            # Beside the field; the model's constraint would say it of the whole form.
            self.add_error("unit", _("请为月产能选择单位。"))
        return values

    def content(self) -> capabilities.Content:
        values: dict[str, Any] = dict(self.cleaned_data)
        values["parameters"] = values.pop("parameter_lines")
        values["certificates"] = list(values.get("certificates", []))
        return values  # type: ignore[return-value]


class CapabilityList(FirmRequiredMixin):
    def get(self, request: HttpRequest) -> HttpResponse:
        archived = request.GET.get("show") == "archived"
        rows = Capability.objects.visible_to(acting(request)).filter(enterprise=self.firm)
        live = rows.filter(archived_at__isnull=True)
        shown = rows.filter(archived_at__isnull=False) if archived else live
        counts = {"live": live.count(), "archived": rows.filter(archived_at__isnull=False).count()}
        return render(
            request,
            "enterprises/capabilities/list.html",
            {
                "firm": self.firm,
                "can_edit": self.member.can_edit,
                "archived": archived,
                "tabs": [
                    {"key": "live", "label": _("使用中"), "url": "?", "count": counts["live"]},
                    {"key": "archived", "label": _("已停用"), "url": "?show=archived", "count": counts["archived"]},
                ],
                "tab": "archived" if archived else "live",
                "page_obj": paginate(
                    request,
                    shown.select_related("industry").prefetch_related("certificates__kind").order_by("pinyin", "id"),
                    per_page=30,
                ),
                "certificates": Certificate.objects.filter(enterprise=self.firm).select_related("kind"),
                "certificates_url": link_if_any("enterprises:certificate-list", self.firm.pk)
                or link_if_any("enterprises:firm-edit", self.firm.pk),
            },
        )


class CapabilityCreate(FirmEditorMixin):
    def get(self, request: HttpRequest) -> HttpResponse:
        return _page(request, CapabilityForm(enterprise=self.firm))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CapabilityForm(request.POST, enterprise=self.firm)
        return _save(request, form, firm=self.firm, capability=None)


class CapabilityEdit(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = own_capability(request, pk)
        return _page(request, CapabilityForm(enterprise=row.enterprise, instance=row), capability=row)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = own_capability(request, pk)
        form = CapabilityForm(request.POST, enterprise=row.enterprise, instance=own_capability(request, pk))
        return _save(request, form, firm=row.enterprise, capability=row)


class CapabilityStep(LoginRequiredMixin, View):
    """One step with one button: archive, restore, make a supply post."""

    title: Any = ""
    question: Any = ""
    done: Any = ""
    danger = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = own_capability(request, pk)
        back = reverse("enterprises:capability-list")
        return render(
            request,
            "foundation/confirm.html",
            {
                "title": self.title,
                "question": str(self.question) % {"product": row.product},
                "consequences": [],
                "form": None,
                "button": self.title,
                "danger": self.danger,
                "cancel_url": back,
                "parent_url": back,
                "parent_label": _("能力与资质"),
                "action_url": "",
            },
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = own_capability(request, pk)
        try:
            self.take(request, row)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(self.done))
        return redirect("enterprises:capability-list")

    def take(self, request: HttpRequest, row: Capability) -> None:
        raise NotImplementedError


class CapabilityArchive(CapabilityStep):
    title = gettext_lazy("停用")
    question = gettext_lazy("停用“%(product)s”后不再对外显示；已发布的供应不受影响，可以随时恢复。")
    done = gettext_lazy("已停用。")

    def take(self, request: HttpRequest, row: Capability) -> None:
        capabilities.archive(capability=row, by=acting(request))


class CapabilityRestore(CapabilityStep):
    title = gettext_lazy("恢复")
    question = gettext_lazy("恢复“%(product)s”。")
    done = gettext_lazy("已恢复。")

    def take(self, request: HttpRequest, row: Capability) -> None:
        capabilities.restore(capability=row, by=acting(request))


class CapabilityExport(FirmRequiredMixin):
    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows = Capability.objects.visible_to(acting(request)).filter(enterprise=self.firm, archived_at__isnull=True)
        if kind == "xlsx" and too_many(rows):
            return refuse(request, "enterprises:capability-list")
        return exporting.download(
            name="capabilities",
            kind=kind,
            head=exporting.capability_head(),
            rows=exporting.capability_rows(rows.order_by("pinyin", "id")),
        )


def own_capability(request: HttpRequest, pk: int) -> Capability:
    """One that the person may edit; 404 for anything else, missing or foreign."""
    firms = Enterprise.objects.editable_by(acting(request))
    return get_object_or_404(Capability.objects.select_related("enterprise").filter(enterprise__in=firms), pk=pk)


def _save(
    request: HttpRequest, form: CapabilityForm, *, firm: Enterprise, capability: Capability | None
) -> HttpResponse:
    if form.is_valid():
        try:
            row = capabilities.save(by=acting(request), enterprise=firm, capability=capability, **form.content())
        except RefusedError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            if request.POST.get("action") == "post":
                return redirect(f"{reverse('enterprises:post-create')}?capability={row.pk}")
            messages.success(request, _("已保存“%(product)s”。") % {"product": row.product})
            return redirect("enterprises:capability-list")
    return _page(request, form, capability=capability, status=422)


def _page(
    request: HttpRequest, form: CapabilityForm, *, capability: Capability | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "capability": capability, "more_open": bool(form.errors)}
    return render(request, "enterprises/capabilities/form.html", context, status=status)
