"""Rules for passwords whose messages Django has not put into 中文."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class LengthValidator(MinimumLengthValidator):
    """At least `min_length` characters."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(self._words(), code="password_too_short")

    def get_help_text(self) -> str:
        return self._words()

    def _words(self) -> str:
        return _("密码至少要有 %(count)s 个字符。") % {"count": self.min_length}
