"""The operator's desk: firms to be checked, changes of identity, claims."""

from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView, View

from enterprises import registration, uscc
from enterprises.models import Claim, Enterprise, IdentityChange, Member
from enterprises.registration import duplicates
from enterprises.web.current import OperatorRequiredMixin
from enterprises.web.registration.wizard import history, sections
from enterprises.web.stage_form import StageFormView, complain, person
from foundation.errors import RefusedError
from foundation.web.listing import FilteredListView, paginate
from regions.filters import RegionFilter

Status = Enterprise.Status
RECHECK_SENT = Q(status=Status.RECHECK_DUE, submitted_at__gt=F("verified_at"))


class QueueFilter(django_filters.FilterSet):
    """Which firms of the queue: what waits for the operator comes first and oldest first."""

    QUEUES = (
        ("waiting", gettext_lazy("待处理")),
        ("submitted", gettext_lazy("已提交")),
        ("checking", gettext_lazy("核验中")),
        ("needs_info", gettext_lazy("待补充材料")),
        ("recheck_due", gettext_lazy("待复核")),
        ("verified", gettext_lazy("已核验")),
        ("rejected", gettext_lazy("未通过")),
        ("suspended", gettext_lazy("已暂停")),
    )

    state = django_filters.ChoiceFilter(
        method="filter_state", choices=QUEUES, label=gettext_lazy("状态"), empty_label=gettext_lazy("待处理")
    )
    q = django_filters.CharFilter(method="filter_text", label=gettext_lazy("名称或信用代码"), max_length=120)
    region = RegionFilter(field_name="region__code")
    doubtful = django_filters.BooleanFilter(
        method="filter_doubtful", label=gettext_lazy("仅校验位不符"), widget=forms.CheckboxInput
    )

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = self._waiting(rows)
        return rows

    @staticmethod
    def _waiting(rows: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
        changes = IdentityChange.objects.filter(enterprise=OuterRef("pk"), state=IdentityChange.State.OPEN)
        return rows.filter(Q(status__in=[Status.SUBMITTED, Status.CHECKING]) | RECHECK_SENT | Q(Exists(changes)))

    def filter_state(self, rows: QuerySet[Enterprise], _name: str, value: str) -> QuerySet[Enterprise]:
        return self._waiting(rows) if value == "waiting" else rows.filter(status=value)

    def filter_text(self, rows: QuerySet[Enterprise], _name: str, value: str) -> QuerySet[Enterprise]:
        text = value.strip()
        return rows.filter(Q(name__contains=text) | Q(uscc=uscc.normalise(text)))

    def filter_doubtful(self, rows: QuerySet[Enterprise], _name: str, value: bool) -> QuerySet[Enterprise]:
        return rows.filter(uscc_check=Enterprise.UsccCheck.WARN) if value else rows


class VerificationListView(OperatorRequiredMixin, FilteredListView):
    filterset_class = QueueFilter
    template_name = "enterprises/operator/verification_list.html"

    def get_queryset(self) -> QuerySet[Enterprise]:
        """Oldest waiting first; drafts nobody submitted are no business of the operator."""
        changes = IdentityChange.objects.filter(enterprise=OuterRef("pk"), state=IdentityChange.State.OPEN)
        return (
            Enterprise.objects.exclude(status=Status.DRAFT)
            .select_related("region__parent__parent", "industry")
            .annotate(
                has_change=Exists(changes),
                since=Case(
                    When(status=Status.VERIFIED, then=F("verified_at")),
                    default=F("submitted_at"),
                    output_field=DateTimeField(),
                ),
            )
            .order_by(F("since").asc(nulls_last=True), "pk")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, open_claims=Claim.objects.filter(state=Claim.State.OPEN).count())


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("企业会看到。要求补充、不通过、暂停和恢复必须写明理由。"),
    )


# What the operator may do in each state: action, label, tone of its button.
_TAKE = ("take", gettext_lazy("开始核验"), "btn-primary")
_VERIFY = ("verify", gettext_lazy("通过核验"), "btn-primary")
_ASK = ("ask", gettext_lazy("要求补充"), "btn-secondary")
_REJECT = ("reject", gettext_lazy("不通过"), "btn-danger")
_SUSPEND = ("suspend", gettext_lazy("暂停企业"), "btn-danger")
_RESUME = ("resume", gettext_lazy("恢复企业"), "btn-primary")
ACTIONS: dict[str, tuple[tuple[str, Any, str], ...]] = {
    Status.SUBMITTED: (_TAKE, _ASK, _REJECT),
    Status.CHECKING: (_VERIFY, _ASK, _REJECT),
    Status.NEEDS_INFO: (_REJECT,),
    Status.RECHECK_DUE: (_VERIFY, _ASK, _SUSPEND),
    Status.VERIFIED: (_SUSPEND,),
    Status.SUSPENDED: (_RESUME,),
}

DONE: dict[str, Any] = {
    "take": gettext_lazy("已开始核验。请核对材料后给出结论。"),
    "verify": gettext_lazy("已通过核验，并通知了企业。"),
    "ask": gettext_lazy("已要求补充，并通知了企业。企业重新提交后会回到队列。"),
    "reject": gettext_lazy("已判定不通过，并通知了企业。"),
    "suspend": gettext_lazy("已暂停，并通知了企业。"),
    "resume": gettext_lazy("已恢复，并通知了企业。"),
}


class VerificationShowView(OperatorRequiredMixin, StageFormView[NoteForm]):
    """Everything the operator needs to decide, and the decision (`action` names the button)."""

    template_name = "enterprises/operator/verification_show.html"
    form_class = NoteForm

    @cached_property
    def firm(self) -> Enterprise:
        rows = Enterprise.objects.exclude(status=Status.DRAFT).select_related(
            "region__parent__parent", "industry", "created_by"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def save(self, form: NoteForm) -> HttpResponse | None:
        by, note = person(self.request), form.cleaned_data["note"]
        action = self.request.POST.get("action", "")
        if action == "take":
            registration.take(by=by, enterprise=self.firm)
        elif action == "verify":
            registration.verify(by=by, enterprise=self.firm, note=note)
        else:
            stage = {
                "ask": registration.ask_for_info,
                "reject": registration.reject,
                "suspend": registration.suspend,
                "resume": registration.resume,
            }.get(action)
            if stage is None:
                raise RefusedError(_("请选择一个操作。"), code="no_action")
            stage(by=by, enterprise=self.firm, note=note)
        messages.success(self.request, str(DONE[action]))
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:verification-show", args=[self.firm.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        firm = self.firm
        finding = uscc.examine(firm.uscc) if firm.uscc else None
        return super().get_context_data(
            **kwargs,
            firm=firm,
            actions=ACTIONS.get(firm.status, ()),
            sections=sections(firm),
            history=history(firm, names=True),
            files=firm.verification_files.all(),
            members=Member.objects.active().filter(enterprise=firm).select_related("user"),
            likely=duplicates.likely(firm),
            uscc_expected=uscc.expected(finding.code) if finding and finding.is_doubtful else "",
            changes=firm.identity_changes.filter(state=IdentityChange.State.OPEN).select_related(
                "region__parent__parent", "asked_by"
            ),
            gaps=registration.gaps(firm),
            recheck_sent=firm.status == Status.RECHECK_DUE
            and firm.verified_at is not None
            and firm.submitted_at is not None
            and firm.submitted_at > firm.verified_at,
        )


class IdentityDecideView(OperatorRequiredMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        change = get_object_or_404(IdentityChange.objects.select_related("enterprise"), pk=pk)
        form = NoteForm(request.POST)
        answer = request.POST.get("answer", "")
        if answer not in ("accept", "decline"):
            raise Http404
        if not form.is_valid():
            complain(request, form)
            return redirect("enterprises:verification-show", change.enterprise_id)
        try:
            registration.decide_identity_change(
                by=person(request), change=change, accept=answer == "accept", note=form.cleaned_data["note"]
            )
            done = _("已同意变更，并通知了企业。") if answer == "accept" else _("已驳回变更，并通知了企业。")
            messages.success(request, done)
        except RefusedError as refused:
            messages.error(request, str(refused))
        return redirect("enterprises:verification-show", change.enterprise_id)


class ClaimListView(OperatorRequiredMixin, TemplateView):
    template_name = "enterprises/operator/claim_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state = self.request.GET.get("state", "")
        state = state if state in Claim.State.values else Claim.State.OPEN
        rows = Claim.objects.filter(state=state).select_related("enterprise__region", "claimant")
        rows = rows.order_by("created_at", "pk") if state == Claim.State.OPEN else rows.order_by("-decided_at", "-pk")
        return super().get_context_data(
            **kwargs,
            state=state,
            page_obj=paginate(self.request, rows),
            tab_items=[
                {"key": key, "label": label, "url": f"?state={key}", "count": None}
                for key, label in Claim.State.choices
            ],
        )


class DecideForm(forms.Form):
    accept = forms.ChoiceField(
        label=gettext_lazy("结论"),
        choices=[("yes", gettext_lazy("接受：申请人成为负责人")), ("no", gettext_lazy("驳回"))],
        widget=forms.RadioSelect,
    )
    keep_members = forms.BooleanField(
        label=gettext_lazy("接受时保留现有成员"),
        required=False,
        initial=True,
        help_text=gettext_lazy("若现有成员并非该企业人员，请取消勾选，他们会立即失去权限。"),
    )
    note = forms.CharField(
        label=gettext_lazy("处理意见"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("申请人会看到。"),
    )


class ClaimShowView(OperatorRequiredMixin, StageFormView[DecideForm]):
    template_name = "enterprises/operator/claim_show.html"
    form_class = DecideForm

    @cached_property
    def claim(self) -> Claim:
        rows = Claim.objects.select_related("enterprise__region__parent__parent", "claimant", "decided_by")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def save(self, form: DecideForm) -> HttpResponse | None:
        values = form.cleaned_data
        accept = values["accept"] == "yes"
        registration.decide_claim(
            by=person(self.request),
            claim=self.claim,
            accept=accept,
            note=values["note"],
            keep_members=values["keep_members"],
        )
        told = _("已接受认领，申请人现在是负责人。") if accept else _("已驳回认领，并通知了申请人。")
        messages.success(self.request, told)
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:claim-list")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            claim=self.claim,
            firm=self.claim.enterprise,
            members=Member.objects.active().filter(enterprise=self.claim.enterprise).select_related("user"),
        )
