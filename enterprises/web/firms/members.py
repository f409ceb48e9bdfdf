"""Members and invitations of a firm."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView, View

from enterprises import registration
from enterprises.models import Invitation, Member
from enterprises.web.current import OwnFirmMixin, OwnFirmOwnerMixin
from enterprises.web.firms.pages import FirmContextMixin
from enterprises.web.registration.forms import InvitationForm, RoleForm
from enterprises.web.stage_form import StageFormView, person
from foundation.errors import RefusedError
from foundation.models import User
from foundation.web import hats

ROLE_NOTES = (
    (Member.Role.OWNER, gettext_lazy("管理成员、变更登记信息，并可做编辑能做的一切。")),
    (Member.Role.EDITOR, gettext_lazy("修改资料，发布供需，处理意向与合作。")),
    (Member.Role.VIEWER, gettext_lazy("只能查看。")),
)


class MemberListView(FirmContextMixin, StageFormView[InvitationForm]):
    """Everybody in the firm sees who is in it; owners invite."""

    tab = "members"
    template_name = "enterprises/firm/members.html"
    form_class = InvitationForm
    success_message = gettext_lazy("邀请已发出，链接 7 天内有效。")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.member.role != Member.Role.OWNER:
            raise Http404
        return super().post(request, *args, **kwargs)

    def save(self, form: InvitationForm) -> HttpResponse | None:
        values = form.cleaned_data
        registration.invite(by=person(self.request), enterprise=self.firm, email=values["email"], role=values["role"])
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:member-list", args=[self.firm.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_owner = self.member.role == Member.Role.OWNER
        members = self.firm.members.active().select_related("user").order_by("joined_at", "pk")
        open_ones = self.firm.invitations.filter(accepted_at=None, withdrawn_at=None).select_related("invited_by")
        now = timezone.now()
        return super().get_context_data(
            **kwargs,
            members=members,
            invitations=[{"row": row, "is_over": row.expires_at <= now} for row in open_ones] if is_owner else [],
            role_notes=[(Member.Role(role).label, note) for role, note in ROLE_NOTES],
        )


class _MemberMixin(OwnFirmOwnerMixin):
    @cached_property
    def row(self) -> Member:
        return get_object_or_404(
            self.firm.members.active().select_related("user", "enterprise"), pk=self.kwargs["member_pk"]
        )

    @property
    def list_url(self) -> str:
        return reverse("enterprises:member-list", args=[self.firm.pk])


class RoleView(FirmContextMixin, _MemberMixin, StageFormView[RoleForm]):
    tab = "members"
    template_name = "enterprises/firm/role.html"
    form_class = RoleForm
    success_message = gettext_lazy("角色已更改。")

    def get_initial(self) -> dict[str, Any]:
        return {"role": self.row.role}

    def save(self, form: RoleForm) -> HttpResponse | None:
        registration.change_role(by=person(self.request), member=self.row, role=form.cleaned_data["role"])
        return None

    def get_success_url(self) -> str:
        return self.list_url

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs, row=self.row, role_notes=[(Member.Role(role).label, note) for role, note in ROLE_NOTES]
        )


class MemberRemoveView(_MemberMixin, TemplateView):
    template_name = "foundation/confirm.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            registration.remove_member(by=person(request), member=self.row)
            messages.success(request, _("已移除该成员。"))
        except RefusedError as refused:
            messages.error(request, str(refused))
        if self.row.user_id == person(request).pk:
            return redirect("hub:home")
        return redirect(self.list_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            title=_("移除成员"),
            question=_("确定将 %(person)s 移出 %(firm)s 吗？") % {"person": self.row.user, "firm": self.firm},
            consequences=[_("对方立即失去本企业的全部权限。"), _("对方发布过的内容会保留。")],
            button=_("移除"),
            danger=True,
            cancel_url=self.list_url,
            parent_url=self.list_url,
            parent_label=_("成员"),
        )


class LeaveView(OwnFirmMixin, TemplateView):
    template_name = "foundation/confirm.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            registration.leave(by=person(request), enterprise=self.firm)
        except RefusedError as refused:
            messages.error(request, str(refused))
            return redirect("enterprises:member-list", self.firm.pk)
        messages.success(request, _("您已退出该企业。"))
        return redirect("hub:home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        back = reverse("enterprises:member-list", args=[self.firm.pk])
        return super().get_context_data(
            **kwargs,
            title=_("退出企业"),
            question=_("确定退出 %(firm)s 吗？") % {"firm": self.firm},
            consequences=[_("您将不能再查看和处理该企业的内容。"), _("需要时请负责人重新邀请。")],
            button=_("退出"),
            danger=True,
            cancel_url=back,
            parent_url=back,
            parent_label=_("成员"),
        )


class _InvitationAct(OwnFirmOwnerMixin, View):
    http_method_names = ["post"]
    message: Any = ""

    def act(self, row: Invitation) -> None:
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int, invitation_pk: int) -> HttpResponse:
        row = get_object_or_404(self.firm.invitations.select_related("enterprise"), pk=invitation_pk)
        try:
            self.act(row)
            messages.success(request, str(self.message))
        except RefusedError as refused:
            messages.error(request, str(refused))
        return redirect("enterprises:member-list", pk)


class InvitationRenewView(_InvitationAct):
    message = gettext_lazy("邀请已重新发送，之前的链接失效。")

    def act(self, row: Invitation) -> None:
        registration.renew_invitation(by=person(self.request), invitation=row)


class InvitationWithdrawView(_InvitationAct):
    message = gettext_lazy("邀请已撤回。")

    def act(self, row: Invitation) -> None:
        registration.withdraw_invitation(by=person(self.request), invitation=row)


class InvitationShowView(TemplateView):
    """Where the mailed link leads, before log-in too: who holds the link may read what the mail said. A link that
    means nothing is a missing page."""

    template_name = "enterprises/firm/invitation.html"
    invitation: Invitation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = registration.find_invitation(kwargs["secret"])
        if found is None:
            raise Http404
        self.invitation = found
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, secret: str) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.path)
        try:
            member = registration.accept_invitation(by=person(request), invitation=self.invitation)
        except RefusedError as refused:
            messages.error(request, str(refused))
            return redirect(request.path)
        hats.choose(request, "firm", member.enterprise_id)
        messages.success(request, _("您已加入 %(firm)s。") % {"firm": member.enterprise.name})
        return redirect("enterprises:firm-profile", member.enterprise_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, user = self.invitation, self.request.user
        return super().get_context_data(
            **kwargs,
            invitation=row,
            is_over=row.accepted_at is not None or row.withdrawn_at is not None or row.expires_at <= timezone.now(),
            is_other_address=isinstance(user, User) and user.email.lower() != row.email.lower(),
        )
