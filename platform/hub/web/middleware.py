"""A second factor for those who see more than their own firm, where the settings ask for it."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from foundation.models import User
from regions.models import Official

OPEN = ("/accounts/", "/static/", "/healthz/", "/i18n/")


class SecondFactorMiddleware:
    """Operators and officials without TOTP are sent to set it up; until then they see no page of the product."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.MFA_REQUIRED_FOR_STAFF
            and isinstance(user, User)
            and not request.path.startswith(OPEN)
            and (user.is_operator or Official.objects.active_for(user).exists())
            and not is_mfa_enabled(user)
        ):
            words = _("您的角色需要两步验证，请先完成设置。")
            if request.path.startswith("/api/"):
                body = {"code": "second_factor_required", "message": words, "field": "", "errors": []}
                return JsonResponse(body, status=403)
            messages.warning(request, words)
            return redirect("mfa_activate_totp")
        return self.get_response(request)
