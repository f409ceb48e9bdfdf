"""For which of their firms a person is acting, and the doors of pages that need one.

The choice is the hat in the session (foundation.web.hats); without one it is the firm they joined first. It is a
default, never a permission: memberships are read from the database at each request.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.generic.base import View

from enterprises.models import Enterprise, Member
from foundation.models import User
from foundation.web import hats

_CACHE = "_current_membership"


def current_membership(request: HttpRequest) -> Member | None:
    """The membership under which the person acts, with its firm; None for a visitor or somebody without a firm."""
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _find(request))
    found: Member | None = getattr(request, _CACHE)
    return found


def current_firm(request: HttpRequest) -> Enterprise | None:
    """The firm for which the person acts."""
    member = current_membership(request)
    return member.enterprise if member else None


def _find(request: HttpRequest) -> Member | None:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return None
    mine = list(
        Member.objects.active_for(user).select_related("enterprise", "enterprise__region").order_by("joined_at", "id")
    )
    chosen = hats.chosen_id(request, "firm")
    return next((m for m in mine if str(m.enterprise_id) == chosen), mine[0] if mine else None)


def send_to_registration(request: HttpRequest) -> HttpResponse:
    """Where somebody without a firm goes from a page that needs one, and why."""
    messages.info(request, _("此页面属于企业工作台。请先登记您的企业，或接受同事的邀请。"))
    return redirect("enterprises:registration-start")


class FirmRequiredMixin(AccessMixin, View):
    """For pages of the current firm: `self.firm`, `self.member`. Log-in first; without a firm, to registration."""

    firm: Enterprise
    member: Member

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        member = current_membership(request)
        if member is None:
            return send_to_registration(request)
        self.member, self.firm = member, member.enterprise
        self.check_role()
        return super().dispatch(request, *args, **kwargs)

    def check_role(self) -> None:
        """Raises PermissionDenied where the role is not enough; every member may come in here."""

    def act_for(self, firm_id: int) -> None:
        """Another of the person's firms becomes the current one, so that menu and page agree. 404 for a stranger's."""
        assert isinstance(self.request.user, User)
        member = (
            Member.objects.active_for(self.request.user)
            .select_related("enterprise", "enterprise__region")
            .filter(enterprise=firm_id)
            .first()
        )
        if member is None:
            raise Http404
        self.member, self.firm = member, member.enterprise
        hats.choose(self.request, "firm", firm_id)
        setattr(self.request, _CACHE, member)


class FirmEditorMixin(FirmRequiredMixin):
    """For owners and editors of the current firm; 403 for viewers."""

    def check_role(self) -> None:
        if not self.member.can_edit:
            raise PermissionDenied


class OwnFirmMixin(AccessMixin, View):
    """For pages that name their firm in the address: `self.firm`, `self.member`. Another's firm is a missing one.

    Opening such a page makes its firm the current one, so that menu and page agree.
    """

    firm: Enterprise
    member: Member
    firm_kwarg = "pk"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return self.handle_no_permission()
        member = (
            Member.objects.active_for(request.user)
            .select_related("enterprise", "enterprise__region", "enterprise__industry")
            .filter(enterprise_id=kwargs[self.firm_kwarg])
            .first()
        )
        if member is None:
            raise Http404
        self.member, self.firm = member, member.enterprise
        self.check_role()
        if hats.chosen(request) != ("firm", str(self.firm.pk)):
            hats.choose(request, "firm", self.firm.pk)
        setattr(request, _CACHE, member)
        return super().dispatch(request, *args, **kwargs)

    def check_role(self) -> None:
        """Raises PermissionDenied where the role is not enough; every member may come in here."""


class OwnFirmEditorMixin(OwnFirmMixin):
    def check_role(self) -> None:
        if not self.member.can_edit:
            raise PermissionDenied


class OwnFirmOwnerMixin(OwnFirmMixin):
    def check_role(self) -> None:
        if self.member.role != Member.Role.OWNER:
            raise PermissionDenied


class OperatorRequiredMixin(AccessMixin, View):
    """For pages of the platform's staff. Anybody else finds no such page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if not (isinstance(request.user, User) and request.user.is_operator):
            raise Http404
        return super().dispatch(request, *args, **kwargs)
