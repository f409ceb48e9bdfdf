"""Claiming a firm that is already here: found by its code or from its public page."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateView

from enterprises import registration, uscc
from enterprises.models import Claim, Enterprise, Member
from enterprises.web.registration.forms import ClaimForm
from enterprises.web.stage_form import StageFormView, person


class ClaimCreateView(LoginRequiredMixin, StageFormView[ClaimForm]):
    """`?uscc=` (from the wizard) or `?firm=` (from a public page).

    A firm that is not listed is known here by its code alone: its name is nobody's business yet.
    """

    template_name = "enterprises/registration/claim.html"
    form_class = ClaimForm
    success_message = gettext_lazy("认领申请已提交，平台核实后会通知您。")
    firm: Enterprise

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.firm = self._find(request)
        if Member.objects.active_for(person(request)).filter(enterprise=self.firm).exists():
            return redirect("enterprises:firm-profile", self.firm.pk)
        return super().dispatch(request, *args, **kwargs)

    @staticmethod
    def _find(request: HttpRequest) -> Enterprise:
        code, number = request.GET.get("uscc", ""), request.GET.get("firm", "")
        if code:
            found = Enterprise.objects.filter(uscc=uscc.normalise(code[:60])).first()
        elif number.isascii() and number.isdigit() and len(number) < 19:
            found = Enterprise.objects.listed().filter(pk=number).first()
        else:
            found = None
        if found is None:
            raise Http404
        return found

    def save(self, form: ClaimForm) -> HttpResponse | None:
        registration.open_claim(
            by=person(self.request),
            enterprise=self.firm,
            evidence=form.cleaned_data["evidence"],
            content=form.cleaned_data["file"],
        )
        return None

    def get_success_url(self) -> str:
        return reverse("enterprises:claim-mine")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            firm=self.firm,
            shown_name=self.firm.name if self.firm.is_public else self.firm.uscc,
            open_claim=Claim.objects.filter(
                enterprise=self.firm, claimant=person(self.request), state=Claim.State.OPEN
            ).exists(),
        )


class ClaimMineView(LoginRequiredMixin, TemplateView):
    """One's own claims and what became of them."""

    template_name = "enterprises/registration/claims.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        claims = Claim.objects.filter(claimant=person(self.request)).select_related("enterprise")
        return super().get_context_data(
            **kwargs,
            claims=[
                {
                    "claim": claim,
                    "name": claim.enterprise.name
                    if claim.enterprise.is_public or claim.state == Claim.State.ACCEPTED
                    else claim.enterprise.uscc,
                }
                for claim in claims[:100]
            ],
        )
