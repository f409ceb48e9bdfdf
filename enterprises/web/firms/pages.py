"""A firm's own pages: overview, profile, visibility, size, change of identity, firms kept away."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView, View

from enterprises import registration, size, uscc
from enterprises.models import Enterprise, IdentityChange, Member
from enterprises.web.current import OwnFirmEditorMixin, OwnFirmMixin, OwnFirmOwnerMixin
from enterprises.web.registration.forms import (
    BlockForm,
    IdentityChangeForm,
    ProfileForm,
    RequiredSizeForm,
    VisibilityForm,
)
from enterprises.web.registration.wizard import end_of_last_year, history, last_question, sections, warn_if_doubtful
from enterprises.web.stage_form import StageFormView, person
from foundation.errors import RefusedError

TABS = (
    ("profile", gettext_lazy("概况"), "enterprises:firm-profile"),
    ("edit", gettext_lazy("资料"), "enterprises:firm-edit"),
    ("visibility", gettext_lazy("可见范围"), "enterprises:visibility-edit"),
    ("size", gettext_lazy("规模"), "enterprises:size-list"),
    ("titles", gettext_lazy("称号"), "enterprises:title-list"),
    ("certificates", gettext_lazy("证书"), "enterprises:certificate-list"),
    ("sites", gettext_lazy("经营场所"), "enterprises:site-list"),
    ("members", gettext_lazy("成员"), "enterprises:member-list"),
    ("blocked", gettext_lazy("屏蔽名单"), "enterprises:blocked-list"),
)
_EDITORS_ONLY = frozenset({"edit", "visibility", "blocked"})


def firm_context(firm: Enterprise, member: Member, tab: str) -> dict[str, Any]:
    """What `enterprises/firm/page.html` needs."""
    return {
        "firm": firm,
        "member": member,
        "tab": tab,
        "tab_items": [
            {"key": key, "label": label, "url": reverse(name, args=[firm.pk])}
            for key, label, name in TABS
            if member.can_edit or key not in _EDITORS_ONLY
        ],
        "can_edit": member.can_edit,
        "is_owner": member.role == Member.Role.OWNER,
    }


class FirmContextMixin(OwnFirmMixin):
    tab = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **firm_context(self.firm, self.member, self.tab)}  # type: ignore[misc]


class ProfileView(FirmContextMixin, TemplateView):
    tab = "profile"
    template_name = "enterprises/firm/profile.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        firm = self.firm
        return super().get_context_data(
            **kwargs,
            sections=sections(firm),
            history=history(firm),
            asked=last_question(firm),
            identity_change=firm.identity_changes.filter(state=IdentityChange.State.OPEN)
            .select_related("region__parent__parent")
            .first(),
            recheck_sent=firm.status == Enterprise.Status.RECHECK_DUE
            and firm.verified_at is not None
            and firm.submitted_at is not None
            and firm.submitted_at > firm.verified_at,
        )


class RecheckView(OwnFirmEditorMixin, View):
    """The firm says that what it declared still holds; the operator looks again."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.firm.status != Enterprise.Status.RECHECK_DUE:
            messages.error(request, _("目前不需要复核。"))
            return redirect("enterprises:firm-profile", pk)
        try:
            registration.submit(by=person(request), enterprise=self.firm, note=_("确认资料仍然有效"))
            messages.success(request, _("已提交复核。复核期间企业照常展示。"))
        except RefusedError as refused:
            messages.error(request, str(refused))
        return redirect("enterprises:firm-profile", pk)


class EditView(FirmContextMixin, OwnFirmEditorMixin, StageFormView[ProfileForm]):
    tab = "edit"
    template_name = "enterprises/firm/edit.html"
    form_class = ProfileForm
    success_message = gettext_lazy("资料已保存。")

    def get_initial(self) -> dict[str, Any]:
        names = ProfileForm.base_fields
        return {n: getattr(self.firm, f"{n}_id" if n == "industry" else n) for n in names}

    def save(self, form: ProfileForm) -> HttpResponse | None:
        registration.save_profile(by=person(self.request), enterprise=self.firm, values=form.cleaned_data)
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:firm-profile", args=[self.firm.pk])


class VisibilityView(FirmContextMixin, OwnFirmEditorMixin, StageFormView[VisibilityForm]):
    tab = "visibility"
    template_name = "enterprises/firm/visibility.html"
    form_class = VisibilityForm
    success_message = gettext_lazy("可见范围已保存。")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "enterprise": self.firm}

    def save(self, form: VisibilityForm) -> HttpResponse | None:
        registration.save_profile(
            by=person(self.request), enterprise=self.firm, values={"field_visibility": form.values()}
        )
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:visibility-edit", args=[self.firm.pk])


class SizeView(FirmContextMixin, StageFormView[RequiredSizeForm]):
    """The dated snapshots; editors add one."""

    tab = "size"
    template_name = "enterprises/firm/size.html"
    form_class = RequiredSizeForm
    success_message = gettext_lazy("规模数据已记录。")

    def get_initial(self) -> dict[str, Any]:
        return {"as_of": end_of_last_year()}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.member.can_edit:
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def save(self, form: RequiredSizeForm) -> HttpResponse | None:
        values = form.cleaned_data
        registration.record_size(
            by=person(self.request),
            enterprise=self.firm,
            as_of=values["as_of"],
            staff=values["staff"],
            revenue_wan=values["revenue_wan"],
        )
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:size-list", args=[self.firm.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = []
        for snapshot in self.firm.size_snapshots.all()[:100]:
            rules = size.rule_set_named(snapshot.rule)
            rows.append({"snapshot": snapshot, "rule": rules.label if rules else ""})
        return super().get_context_data(**kwargs, rows=rows, rule_sets=size.rule_sets())


class IdentityChangeView(FirmContextMixin, OwnFirmOwnerMixin, StageFormView[IdentityChangeForm]):
    tab = "profile"
    template_name = "enterprises/firm/identity_change.html"
    form_class = IdentityChangeForm
    success_message = gettext_lazy("变更申请已提交。核实之前，页面仍显示现有信息。")

    def get_initial(self) -> dict[str, Any]:
        firm = self.firm
        return {"name": firm.name, "uscc": firm.uscc, "org_type": firm.org_type, "region": firm.region_id}

    def save(self, form: IdentityChangeForm) -> HttpResponse | None:
        values = form.cleaned_data
        by = person(self.request)
        change = registration.ask_identity_change(
            by=by,
            enterprise=self.firm,
            name=values["name"],
            uscc=values["uscc"],
            org_type=values["org_type"],
            region=values["region"],
            reason=values["reason"],
            content=values["file"],
        )
        if change.uscc_check == Enterprise.UsccCheck.WARN:
            self.firm.uscc, self.firm.uscc_check = change.uscc, change.uscc_check
            warn_if_doubtful(self.request, self.firm)
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:firm-profile", args=[self.firm.pk])


class IdentityWithdrawView(OwnFirmOwnerMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
        change = get_object_or_404(self.firm.identity_changes.all(), pk=change_pk)
        try:
            registration.withdraw_identity_change(by=person(request), change=change)
            messages.success(request, _("变更申请已撤回。"))
        except RefusedError as refused:
            messages.error(request, str(refused))
        return redirect("enterprises:firm-profile", pk)


class BlockedView(FirmContextMixin, OwnFirmEditorMixin, StageFormView[BlockForm]):
    """Firms that this one does not want in its matches. They are never told."""

    tab = "blocked"
    template_name = "enterprises/firm/blocked.html"
    form_class = BlockForm
    success_message = gettext_lazy("已加入屏蔽名单，对方不会收到任何提示。")

    def save(self, form: BlockForm) -> HttpResponse | None:
        text = form.cleaned_data["name"].strip()
        listed = Enterprise.objects.listed()
        other = listed.filter(name=text).first() or listed.filter(uscc=uscc.normalise(text)).first()
        if other is None:
            raise RefusedError(
                _("企业名录中没有这家企业，请填写全称或统一社会信用代码。"), code="not_found", field="name"
            )
        registration.block(by=person(self.request), enterprise=self.firm, other=other)
        return None

    def get_initial(self) -> dict[str, Any]:
        number = self.request.GET.get("firm", "")
        if number.isascii() and number.isdigit() and len(number) < 19:
            other = Enterprise.objects.listed().filter(pk=number).first()
            return {"name": other.name if other else ""}
        return {}

    def get_success_url(self) -> str:
        return reverse("enterprises:blocked-list", args=[self.firm.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs, blocked=self.firm.blocked.select_related("region__parent__parent").order_by("pinyin", "pk")[:200]
        )


class UnblockView(OwnFirmEditorMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, other_pk: int) -> HttpResponse:
        other = get_object_or_404(self.firm.blocked.all(), pk=other_pk)
        registration.unblock(by=person(request), enterprise=self.firm, other=other)
        messages.success(request, _("已从屏蔽名单中移除。"))
        return redirect("enterprises:blocked-list", pk)
