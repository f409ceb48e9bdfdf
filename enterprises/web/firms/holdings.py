"""Sites, titles and certificates of a firm: a list, a form, a question before removal; the same for all three."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView

from enterprises import registration
from enterprises.models import Certificate, Site, TierTitle
from enterprises.web.current import OwnFirmEditorMixin
from enterprises.web.firms.pages import FirmContextMixin, firm_context
from enterprises.web.registration.forms import CertificateForm, SiteForm, TitleForm
from enterprises.web.stage_form import StageFormView, person
from foundation.errors import RefusedError


@dataclass(frozen=True)
class Shape:
    """One kind of holding: its table, form, words, and the prefix of its pages' names."""

    model: type[Any]
    form: type[forms.ModelForm[Any]]
    page: str
    tab: str
    label: Any
    add: Any
    lead: Any
    related: tuple[str, ...] = ()


SITES = Shape(
    Site,
    SiteForm,
    "site",
    "sites",
    gettext_lazy("经营场所"),
    gettext_lazy("添加经营场所"),
    gettext_lazy("工厂、仓库、实验室等，可与注册地不同。"),
    ("region__parent__parent",),
)
TITLES = Shape(
    TierTitle,
    TitleForm,
    "title",
    "titles",
    gettext_lazy("称号"),
    gettext_lazy("添加称号"),
    gettext_lazy("专精特新等称号，请填写认定机关和有效期；过期后不再展示。"),
)
CERTIFICATES = Shape(
    Certificate,
    CertificateForm,
    "certificate",
    "certificates",
    gettext_lazy("证书"),
    gettext_lazy("添加证书"),
    gettext_lazy("体系认证与产品认证。需求可以把证书列为必备条件，过期证书不参与匹配。"),
    ("kind",),
)


class HoldingMixin(FirmContextMixin):
    shape: Shape = SITES

    @property
    def list_url(self) -> str:
        return reverse(f"enterprises:{self.shape.page}-list", args=[self.firm.pk])

    @property
    def back_url(self) -> str:
        """Where the person came from (the wizard), if that is a page of ours; the list otherwise."""
        target = self.request.POST.get("next") or self.request.GET.get("next", "")
        return target if url_has_allowed_host_and_scheme(target, None) and target.startswith("/") else self.list_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            **firm_context(self.firm, self.member, self.shape.tab),
            "shape": self.shape,
            "list_url": self.list_url,
            "back_url": self.back_url,
        }


class ListView(HoldingMixin, TemplateView):
    def get_template_names(self) -> list[str]:
        return [f"enterprises/firm/{self.shape.tab}.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = self.shape.model.objects.filter(enterprise=self.firm).select_related(*self.shape.related)
        return super().get_context_data(
            **kwargs, rows=rows, add_url=reverse(f"enterprises:{self.shape.page}-create", args=[self.firm.pk])
        )


class _EditView(HoldingMixin, OwnFirmEditorMixin, StageFormView[Any]):
    template_name = "enterprises/firm/holding_form.html"

    @cached_property
    def row(self) -> Any:
        """The row to edit, or None for a new one."""
        if "row_pk" not in self.kwargs:
            return None
        return get_object_or_404(self.shape.model.objects.filter(enterprise=self.firm), pk=self.kwargs["row_pk"])

    def get_form_class(self) -> Any:
        return self.shape.form

    def get_form_kwargs(self) -> dict[str, Any]:
        # A fresh instance: validation of a ModelForm writes into it.
        row = self.row
        instance = self.shape.model.objects.get(pk=row.pk) if row else self.shape.model(enterprise=self.firm)
        return {**super().get_form_kwargs(), "instance": instance}

    def save(self, form: Any) -> HttpResponse | None:
        by = person(self.request)
        if self.row is None:
            registration.add_holding(by=by, enterprise=self.firm, kind=self.shape.model, values=form.cleaned_data)
        else:
            registration.edit_holding(by=by, holding=self.row, values=form.cleaned_data)
        messages.success(self.request, _("已保存。"))
        return None

    def get_success_url(self) -> str:
        return self.back_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = str(self.row) if self.row else self.shape.add
        return super().get_context_data(**kwargs, row=self.row, title=title)


class CreateView(_EditView):
    pass


class UpdateView(_EditView):
    pass


class RemoveView(HoldingMixin, OwnFirmEditorMixin, TemplateView):
    template_name = "foundation/confirm.html"

    @cached_property
    def row(self) -> Any:
        return get_object_or_404(self.shape.model.objects.filter(enterprise=self.firm), pk=self.kwargs["row_pk"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            registration.remove_holding(by=person(request), holding=self.row)
            messages.success(request, _("已删除。"))
        except RefusedError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(self.back_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            title=_("删除"),
            question=_("确定删除“%(name)s”吗？") % {"name": self.row},
            button=_("删除"),
            danger=True,
            cancel_url=self.back_url,
            parent_url=self.list_url,
            parent_label=self.shape.label,
        )
