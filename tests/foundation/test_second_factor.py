"""The second factor: its page, its form, and where the settings ask for it."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.test import Client

from foundation.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_an_address_is_verified_first_and_the_page_says_where(client: Client) -> None:
    user = UserFactory()
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    client.force_login(user)
    page = client.get("/accounts/2fa/").content.decode()
    assert 'href="/accounts/email/"' in page
    assert "/accounts/2fa/totp/activate/" not in page
    address.verified = True
    address.save()
    assert "/accounts/2fa/totp/activate/" in client.get("/accounts/2fa/").content.decode()


def test_a_visitor_is_asked_to_log_in(client: Client) -> None:
    assert client.get("/accounts/2fa/").headers["location"].startswith("/accounts/login/")


def test_a_program_of_an_official_without_it_gets_an_answer_it_can_read(client: Client, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_STAFF = True
    client.force_login(UserFactory(operator=True))
    answer = client.get("/api/v1/posts/")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    assert client.get("/posts/").headers["location"] == "/accounts/2fa/totp/activate/"


def test_the_only_address_offers_nothing_to_choose(client: Client) -> None:
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    client.force_login(user)
    page = client.get("/accounts/email/").content.decode()
    assert not any(name in page for name in ("action_primary", "action_remove", "action_send"))
    EmailAddress.objects.create(user=user, email="second@example.com", verified=False)
    page = client.get("/accounts/email/").content.decode()
    assert all(name in page for name in ("action_primary", "action_remove", "action_send"))


def test_who_knows_the_password_cannot_try_one_code_after_the_other(client: Client, monkeypatch: Any) -> None:
    cache.clear()
    user = User.objects.create_user("a@example.com", "correct-horse-battery")
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    TOTP.activate(user, generate_totp_secret())
    tried: list[str] = []
    monkeypatch.setattr(TOTP, "validate_code", lambda _self, code: bool(tried.append(code)))
    client.post("/accounts/login/", {"login": user.email, "password": "correct-horse-battery"})
    for number in range(8):
        page = client.post("/accounts/2fa/authenticate/", {"code": f"{number:06}"}).content.decode()
    assert len(tried) == 5
    assert "尝试次数过多，请 15 分钟后再试。" in page
