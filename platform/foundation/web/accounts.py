"""django-allauth, our way: a name at sign-up, an atomic limit on wrong passwords."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foundation import limits
from foundation.models import User

WRONG_PASSWORDS = 5
PER_ADDRESS = 60
SECONDS = 15 * 60


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("邮箱或密码不正确。"),
        "enter_current_password": _("当前密码不正确。"),
        "incorrect_password": _("密码不正确。"),
        # Of the second factor; for passwords see `pre_authenticate`.
        "too_many_login_attempts": _("尝试次数过多，请 15 分钟后再试。"),
        "rate_limited": _("尝试次数过多，请 15 分钟后再试。"),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.address_of(request)

    def is_safe_url(self, url: str | None) -> bool:
        """An address that cannot be read is not a safe one."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """With the place that the person was on the way to: the letter may be opened in another browser."""
        url = str(super().get_email_confirmation_url(request, emailconfirmation))
        onwards = get_next_redirect_url(request) if request is not None else None
        return f"{url}?{urlencode({REDIRECT_FIELD_NAME: onwards})}" if onwards else url

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count before the password is looked at. The account's count is by e-mail address, known or not, so that
        the answer does not tell which; the network address has a wider limit, since offices share one."""
        email = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        if not limits.count("login", email, limit=WRONG_PASSWORDS, seconds=SECONDS) or not limits.count(
            "login-from", self.get_client_ip(request), limit=PER_ADDRESS, seconds=SECONDS
        ):
            raise ValidationError(_("尝试次数过多，请 15 分钟后再试，或重设密码。"), code="too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            limits.forget("login", user.email.lower())
        return user


class SignupForm(forms.Form):
    """Asked at sign-up besides e-mail address and password."""

    name = forms.CharField(label=_("姓名"), max_length=80)

    def clean(self) -> dict[str, Any]:
        """Also where the first password is refused, and django-allauth would not come to comparing the two."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("两次输入的密码不一样，请重新输入。"))
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.language = get_language() or "zh-hans"
        user.save(update_fields=["name", "language"])
