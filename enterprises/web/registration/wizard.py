"""The registration wizard: five steps, each saved by itself, to be left and come back to."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView, View

from enterprises import registration, uscc
from enterprises.models import Enterprise, TierTitle, VerificationEvent
from enterprises.registration import duplicates
from enterprises.registration.rules import problem_text
from enterprises.web.current import OwnFirmEditorMixin, OwnFirmMixin, OwnFirmOwnerMixin
from enterprises.web.registration.forms import (
    ContactsAndVisibilityForm,
    FileForm,
    IdentityForm,
    PlaceForm,
    SizeForm,
    SubmitForm,
)
from enterprises.web.stage_form import StageFormView, add_refusal, person
from foundation.errors import RefusedError
from foundation.web import hats
from foundation.web.figures import money_from_wan

LABELS = {
    "identity": gettext_lazy("组织与身份"),
    "place": gettext_lazy("地区与行业"),
    "size": gettext_lazy("规模与称号"),
    "contacts": gettext_lazy("联系方式与可见范围"),
    "check": gettext_lazy("核对与提交"),
}


def stages(firm: Enterprise | None) -> list[tuple[str, Any, str]]:
    """Steps for the bar; links once there is a draft."""
    return [
        (key, label, reverse("enterprises:registration-step", args=[firm.pk, key]) if firm else "")
        for key, label in LABELS.items()
    ]


def warn_if_doubtful(request: HttpRequest, firm: Enterprise) -> None:
    if firm.uscc_check == Enterprise.UsccCheck.WARN and firm.uscc:
        messages.warning(request, problem_text(uscc.examine(firm.uscc)))


class StartView(LoginRequiredMixin, StageFormView[IdentityForm]):
    """The first step before there is a draft, and the way back to drafts that wait."""

    template_name = "enterprises/registration/start.html"
    form_class = IdentityForm
    taken_code = ""

    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "name": self.request.GET.get("name", "")[:120]}

    def save(self, form: IdentityForm) -> HttpResponse | None:
        values = form.cleaned_data
        by = person(self.request)
        try:
            with transaction.atomic():
                firm = registration.start(by=by, org_type=values["org_type"], name=values["name"], uscc=values["uscc"])
                registration.save_step(by=by, enterprise=firm, step="identity", values=values)
        except RefusedError as refused:
            self.taken_code = values["uscc"] if refused.code == "uscc_taken" else ""
            raise
        hats.choose(self.request, "firm", firm.pk)
        warn_if_doubtful(self.request, firm)
        return redirect("enterprises:registration-step", firm.pk, "place")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine = Enterprise.objects.of_member(person(self.request)).order_by("-updated_at")
        return super().get_context_data(
            **kwargs,
            stages=stages(None),
            drafts=[
                (firm, where_it_stopped(firm))
                for firm in mine
                if firm.status in (*Enterprise.DRAFT_STATES, Enterprise.Status.REJECTED)
            ],
            others=[firm for firm in mine if firm.is_public],
            claim_url=claim_url(self.taken_code),
        )


def where_it_stopped(firm: Enterprise) -> str:
    """The first step that has something open. Nothing of the size is required, so that whether it was passed shows in
    what it left."""
    if not firm.is_editable_draft:
        return "check"
    missing = next((gap.step for gap in registration.gaps(firm)), "check")
    return "size" if missing == "contacts" and not firm.size_snapshots.exists() else missing


def claim_url(code: str) -> str:
    return f"{reverse('enterprises:claim-create')}?{urlencode({'uscc': code})}" if code else ""


class StepView(OwnFirmMixin, View):
    """One address for all steps; each is a page of its own below."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._step(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._step(request, *args, **kwargs)

    def _step(self, request: HttpRequest, *, pk: int, step: str) -> HttpResponse:
        if step not in STEP_VIEWS:
            raise Http404
        if step != "check" and not (self.firm.is_editable_draft and self.member.can_edit):
            return redirect("enterprises:registration-step", pk, "check")
        view = STEP_VIEWS[step]
        return view.as_view()(request, pk=pk, step=step)  # type: ignore[return-value]


class _Step(OwnFirmEditorMixin, StageFormView[Any]):
    step = ""

    @property
    def following(self) -> str:
        steps = list(LABELS)
        return steps[steps.index(self.step) + 1]

    def get_success_url(self) -> str:
        if "stay" in self.request.POST:
            messages.success(self.request, _("已保存。您可以随时回来继续填写。"))
            return reverse("enterprises:registration-start")
        return reverse("enterprises:registration-step", args=[self.firm.pk, self.following])

    def store(self, values: dict[str, Any]) -> None:
        registration.save_step(by=person(self.request), enterprise=self.firm, step=self.step, values=values)

    def save(self, form: Any) -> HttpResponse | None:
        self.store(form.cleaned_data)
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        steps = list(LABELS)
        before = steps[steps.index(self.step) - 1] if self.step != steps[0] else ""
        return super().get_context_data(
            **kwargs,
            firm=self.firm,
            step=self.step,
            step_label=LABELS[self.step],
            stages=stages(self.firm),
            back_url=reverse("enterprises:registration-step", args=[self.firm.pk, before]) if before else "",
            asked=last_question(self.firm),
        )

    def get_template_names(self) -> list[str]:
        return [f"enterprises/registration/{self.step}.html"]


class IdentityStep(_Step):
    step = "identity"
    form_class = IdentityForm
    taken_code = ""

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.firm, name) for name in registration.FIELDS["identity"]}

    def save(self, form: Any) -> HttpResponse | None:
        try:
            self.store(form.cleaned_data)
        except RefusedError as refused:
            self.taken_code = form.cleaned_data["uscc"] if refused.code == "uscc_taken" else ""
            raise
        self.firm.refresh_from_db()
        warn_if_doubtful(self.request, self.firm)
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, claim_url=claim_url(self.taken_code))


class PlaceStep(_Step):
    step = "place"
    form_class = PlaceForm

    def get_initial(self) -> dict[str, Any]:
        return {"region": self.firm.region_id, "address": self.firm.address, "industry": self.firm.industry_id}


class SizeStep(_Step):
    step = "size"
    form_class = SizeForm

    def get_initial(self) -> dict[str, Any]:
        newest = self.firm.size_snapshots.first()
        if newest is None:
            return {"as_of": end_of_last_year()}
        return {"as_of": newest.as_of, "staff": newest.staff, "revenue_wan": newest.revenue_wan}

    def save(self, form: Any) -> HttpResponse | None:
        if form.has_figures and form.has_changed():
            values = form.cleaned_data
            registration.record_size(
                by=person(self.request),
                enterprise=self.firm,
                as_of=values["as_of"],
                staff=values["staff"],
                revenue_wan=values["revenue_wan"],
            )
        return None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            newest=self.firm.size_snapshots.first(),
            titles=self.firm.titles.all(),
            title_names=TierTitle.Title.choices,
        )


class ContactsStep(_Step):
    step = "contacts"
    form_class = ContactsAndVisibilityForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "enterprise": self.firm}

    def get_initial(self) -> dict[str, Any]:
        person_ = person(self.request)
        values = {n: getattr(self.firm, n) for n in registration.FIELDS["contacts"] if n != "field_visibility"}
        if not values["contact_name"] and not values["contact_email"]:
            values |= {"contact_name": person_.name, "contact_email": person_.email}
        return values

    def save(self, form: Any) -> HttpResponse | None:
        self.store(form.values())
        return None


class CheckStep(OwnFirmMixin, TemplateView):
    """What was filled in, what is missing, the proofs, and the operator's side of the talk."""

    template_name = "enterprises/registration/check.html"
    submit_form: forms.Form | None = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Submit."""
        self.submit_form = SubmitForm(request.POST)
        if self.submit_form.is_valid():
            try:
                registration.submit(
                    by=person(request), enterprise=self.firm, note=self.submit_form.cleaned_data["note"]
                )
            except RefusedError as refused:
                add_refusal(self.submit_form, refused)
            else:
                messages.success(request, _("已提交。核验通常需要一至两个工作日，结果会通知您。"))
                return HttpResponseRedirect(request.get_full_path())
        return self.render_to_response(self.get_context_data())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        firm = self.firm
        can_edit = self.member.can_edit
        return super().get_context_data(
            **kwargs,
            firm=firm,
            stages=stages(firm if firm.is_editable_draft and can_edit else None),
            # Once it is submitted, the applicant's steps are done.
            current_step="check" if firm.is_editable_draft or firm.status == Enterprise.Status.REJECTED else "",
            gaps=[
                {"message": gap.message, "url": reverse("enterprises:registration-step", args=[firm.pk, gap.step])}
                for gap in registration.gaps(firm)
            ],
            sections=sections(firm),
            files=firm.verification_files.all(),
            file_form=FileForm(),
            history=history(firm),
            asked=last_question(firm),
            newest=firm.size_snapshots.first(),
            same_name=duplicates.same_name(firm).exists(),
            form=self.submit_form or SubmitForm(),
            can_edit=can_edit,
            can_submit=can_edit and firm.is_editable_draft,
            can_add_files=can_edit and firm.status not in (Enterprise.Status.SUSPENDED, Enterprise.Status.REJECTED),
            can_remove_files=can_edit and firm.is_editable_draft,
            is_owner=self.member.role == "owner",
        )


def end_of_last_year() -> date:
    return date(timezone.localdate().year - 1, 12, 31)


def sections(firm: Enterprise) -> list[dict[str, Any]]:
    """What was filled in, by step, for the check page and the operator."""
    newest = firm.size_snapshots.first()
    size = firm.get_size_class_display() if firm.size_class else _("数据不足")
    if newest and not firm.size_class:
        size = _("数据不足（本行业没有适用的判定规则，或数字不全）")
    size_pairs: list[tuple[Any, Any]] = [(_("规模"), size)]
    if newest:
        size_pairs += [
            (_("统计时点"), newest.as_of.isoformat()),
            (_("从业人员（人）"), newest.staff),
            (_("营业收入"), "" if newest.revenue_wan is None else money_from_wan(newest.revenue_wan)),
        ]
    size_pairs.append((_("称号"), _("、").join(str(title) for title in firm.titles.all())))
    parts: list[tuple[str, list[tuple[Any, Any]]]] = [
        (
            "identity",
            [
                (_("组织类型"), firm.get_org_type_display()),
                (_("名称"), firm.name),
                (_("统一社会信用代码"), firm.uscc),
                (_("简称"), firm.short_name),
                (_("英文名称"), firm.name_en),
                (_("成立日期"), firm.founded_on.isoformat() if firm.founded_on else ""),
            ],
        ),
        (
            "place",
            [
                (_("注册地"), firm.region.full_label if firm.region else ""),
                (_("地址"), firm.address),
                (_("行业"), f"{firm.industry.code} {firm.industry.label}" if firm.industry else ""),
            ],
        ),
        ("size", size_pairs),
        (
            "contacts",
            [
                (_("联系人"), firm.contact_name),
                (_("联系电话"), firm.contact_phone),
                (_("联系邮箱"), firm.contact_email),
                (_("网站"), firm.website),
                (_("简介"), firm.introduction),
            ],
        ),
    ]
    return [
        {
            "key": key,
            "label": LABELS[key],
            "pairs": pairs,
            "url": reverse("enterprises:registration-step", args=[firm.pk, key]),
        }
        for key, pairs in parts
    ]


def history(firm: Enterprise, *, names: bool = False) -> list[dict[str, Any]]:
    """The talk with the operator as entries of a timeline; who of the staff it was is shown to staff only."""
    return [
        {
            "when": event.at,
            "what": event.get_kind_display(),
            "who": _speaker(event, names=names),
            "note": event.note,
        }
        for event in firm.verification_events.select_related("by")
    ]


def _speaker(event: VerificationEvent, *, names: bool) -> str:
    if event.by is None:
        return _("系统")
    return _("平台运营") if event.by.is_operator and not names else str(event.by)


def last_question(firm: Enterprise) -> VerificationEvent | None:
    """What the operator asked or why they refused, while that is what the applicant has to answer."""
    if firm.status not in (Enterprise.Status.NEEDS_INFO, Enterprise.Status.REJECTED, Enterprise.Status.RECHECK_DUE):
        return None
    kinds = [VerificationEvent.Kind.NEEDS_INFO, VerificationEvent.Kind.REJECTED]
    talk = firm.verification_events.exclude(kind=VerificationEvent.Kind.RECHECK).order_by("-id").first()
    return talk if talk is not None and talk.kind in kinds else None


STEP_VIEWS: dict[str, type[View]] = {
    "identity": IdentityStep,
    "place": PlaceStep,
    "size": SizeStep,
    "contacts": ContactsStep,
    "check": CheckStep,
}


class _Act(View):
    """A POST that asks nothing and goes back to the check page; refusals become messages."""

    message: Any = ""

    def act(self) -> None:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.act()
        except RefusedError as refused:
            messages.error(request, str(refused))
            return redirect("enterprises:registration-step", kwargs["pk"], "check")
        messages.success(request, str(self.message))
        return HttpResponseRedirect(self.target())

    def target(self) -> str:
        return reverse("enterprises:registration-step", args=[self.kwargs["pk"], "check"])


class TakeBackView(OwnFirmEditorMixin, _Act):
    message = gettext_lazy("已撤回，可以继续修改。")

    def act(self) -> None:
        registration.take_back(by=person(self.request), enterprise=self.firm)


class ReopenView(OwnFirmEditorMixin, _Act):
    message = gettext_lazy("可以修改后重新提交了。")

    def act(self) -> None:
        registration.reopen(by=person(self.request), enterprise=self.firm)


class DiscardView(OwnFirmOwnerMixin, _Act, TemplateView):
    """GET asks first."""

    template_name = "foundation/confirm.html"
    message = gettext_lazy("草稿已删除。")

    @cached_property
    def back(self) -> str:
        return super().target()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            title=_("放弃这份登记"),
            question=_("确定放弃“%(name)s”的登记吗？") % {"name": self.firm.name},
            consequences=[_("已填写的内容和上传的材料会被删除，不能恢复。")],
            button=_("放弃并删除"),
            danger=True,
            cancel_url=self.back,
            parent_url=reverse("enterprises:registration-start"),
            parent_label=_("登记企业"),
        )

    def act(self) -> None:
        registration.discard(by=person(self.request), enterprise=self.firm)

    def target(self) -> str:
        return reverse("enterprises:registration-start")
