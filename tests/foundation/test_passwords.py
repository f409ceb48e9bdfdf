"""What we say about a password that will not do."""

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils import translation

from foundation.models import User


@pytest.mark.parametrize("password", ["short", "password123", "8472946193", "zhangsan@example.com"])
def test_a_poor_password_is_refused_in_chinese(password: str) -> None:
    with translation.override("zh-hans"), pytest.raises(ValidationError) as refused:
        validate_password(password, User(email="zhangsan@example.com", name="张三"))
    assert all(any("一" <= letter <= "鿿" for letter in message) for message in refused.value.messages)


def test_the_rules_are_told_beforehand_in_both_languages() -> None:
    with translation.override("zh-hans"):
        rules = password_validators_help_texts()
        assert "密码至少要有 10 个字符。" in rules
        assert not any("你" in rule for rule in rules)
    with translation.override("en"):
        assert "The password must have at least 10 characters." in password_validators_help_texts()


def test_a_long_password_passes() -> None:
    validate_password("correct-horse-7-battery", User(email="zhangsan@example.com"))
