"""django-allauth's second factor, in our words and without its dead end."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.views import IndexView
from django.utils.translation import gettext_lazy as _


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("验证码不正确。请核对手机时间，填写应用里最新的六位数字。"),
        "unverified_email": _("请先验证您的邮箱，再启用两步验证。"),
    }


class SecondFactorIndexView(IndexView):
    """The page of the second factor; says first that an address is still to be verified, which it needs."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        unverified = EmailAddress.objects.filter(user_id=self.request.user.pk, verified=False).exists()
        return {**super().get_context_data(**kwargs), "unverified": unverified}
