"""Who watches over a region and who leads a chain: appointed and ended here, on the record."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains import leadership
from chains.models import Chain, Leadership
from enterprises.models import Enterprise
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web.forms import ReasonForm
from hub.web.access import operator_required, signed_in
from regions import officials
from regions.fields import RegionField
from regions.models import Official


class OfficialForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("用户邮箱"), help_text=gettext_lazy("该用户须已注册。"))
    region = RegionField(label=gettext_lazy("区域"))
    title = forms.CharField(label=gettext_lazy("职务"), max_length=80, required=False)
    reason = forms.CharField(label=gettext_lazy("依据"), max_length=500, help_text=gettext_lazy("会记入审计日志。"))

    def clean_email(self) -> User:
        user = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("没有这个邮箱的用户，请先让其注册。"))
        return user


class LeaderForm(forms.Form):
    chain = forms.ModelChoiceField(label=gettext_lazy("产业链"), queryset=Chain.objects.all())
    firm = forms.CharField(
        label=gettext_lazy("企业"),
        max_length=120,
        help_text=gettext_lazy("企业全称或统一社会信用代码，须已核验。"),
    )
    basis = forms.CharField(label=gettext_lazy("依据"), max_length=500, help_text=gettext_lazy("会记入审计日志。"))

    def clean_firm(self) -> Enterprise:
        text = self.cleaned_data["firm"].strip()
        found = Enterprise.objects.listed()
        firms = list(found.filter(uscc=text.upper()) or found.filter(name=text))
        if not firms:
            raise forms.ValidationError(_("没有找到这家已核验企业，请核对全称或信用代码。"))
        if len(firms) > 1:
            raise forms.ValidationError(_("有多家企业同名，请填统一社会信用代码。"))
        return firms[0]


@operator_required
def appointment_list(request: HttpRequest) -> HttpResponse:
    """Two lists and two forms; `form` in the POST says which was sent."""
    user = signed_in(request)
    sent = request.POST.get("form", "")
    official_form = OfficialForm(request.POST if sent == "official" else None, prefix="official")
    leader_form = LeaderForm(request.POST if sent == "leader" else None, prefix="leader")
    form: forms.Form = official_form if sent == "official" else leader_form
    if sent in ("official", "leader") and form.is_valid():
        try:
            _appoint(form, by=user)
        except RefusedError as refused:
            names = {"user": "email", "enterprise": "firm"}
            field = names.get(refused.field, refused.field)
            form.add_error(field if field in form.fields else None, str(refused))
        else:
            messages.success(request, _("已任命，并通知本人。"))
            return redirect("hub:appointment-list")
    return render(
        request,
        "hub/operator/appointment_list.html",
        {
            "officials": Official.objects.active().select_related("user", "region").order_by("region_id", "id"),
            "leaderships": Leadership.objects.active().select_related("chain", "enterprise").order_by("chain", "id"),
            "official_form": official_form,
            "leader_form": leader_form,
        },
    )


def _appoint(form: forms.Form, *, by: User) -> None:
    data: dict[str, Any] = form.cleaned_data
    if isinstance(form, OfficialForm):
        officials.appoint(user=data["email"], region=data["region"], title=data["title"], by=by, reason=data["reason"])
    else:
        leadership.appoint(enterprise=data["firm"], chain=data["chain"], by=by, basis=data["basis"])


@operator_required
def official_end(request: HttpRequest, pk: int) -> HttpResponse:
    official = get_object_or_404(Official.objects.active(), pk=pk)
    return _end(
        request,
        question=_("结束“%(name)s”的区域任职？") % {"name": official},
        end=lambda reason: officials.end(official=official, by=signed_in(request), reason=reason),
    )


@operator_required
def leadership_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Leadership.objects.active().select_related("enterprise", "chain"), pk=pk)
    return _end(
        request,
        question=_("结束“%(name)s”的链主任命？") % {"name": row},
        end=lambda reason: leadership.end(leadership=row, by=signed_in(request), reason=reason),
    )


def _end(request: HttpRequest, *, question: str, end: Any) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end(form.cleaned_data["reason"])
        except RefusedError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("已结束。"))
            return redirect("hub:appointment-list")
    return render(
        request,
        "foundation/confirm.html",
        {
            "title": _("结束任命"),
            "question": question,
            "form": form,
            "danger": True,
            "cancel_url": reverse("hub:appointment-list"),
            "parent_url": reverse("hub:appointment-list"),
            "parent_label": _("任命"),
        },
    )
