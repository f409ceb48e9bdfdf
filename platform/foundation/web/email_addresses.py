"""A person's e-mail addresses: django-allauth's page, without its way into an error."""

from typing import Any

from allauth.account.views import EmailView
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class EmailAddressesView(EmailView):
    """An address with which somebody else logs in may be added, so that adding tells nothing, but it cannot become
    the one to log in with."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "has_unverified": any(not row.verified for row in context["emailaddresses"])}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            with transaction.atomic():
                answer: HttpResponseBase = super().post(request, *args, **kwargs)
        except IntegrityError:
            messages.error(request, _("这个邮箱不能设为主邮箱。"))
            return redirect("account_email")
        return answer
