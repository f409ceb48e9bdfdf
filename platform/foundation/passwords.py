"""Rules for passwords in our own words: Django's 中文 says 你, and lacks the plain form of the length."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class LengthValidator(password_validation.MinimumLengthValidator):
    """At least `min_length` characters."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(self._words(), code="password_too_short")

    def get_help_text(self) -> str:
        return self._words()

    def _words(self) -> str:
        return _("密码至少要有 %(count)s 个字符。") % {"count": self.min_length}


class SimilarityValidator(password_validation.UserAttributeSimilarityValidator):
    def get_help_text(self) -> str:
        return _("密码不能与您的姓名、邮箱太相似。")


class CommonValidator(password_validation.CommonPasswordValidator):
    def get_help_text(self) -> str:
        return _("密码不能是很多人都在用的。")


class NumericValidator(password_validation.NumericPasswordValidator):
    def get_help_text(self) -> str:
        return _("密码不能全是数字。")
