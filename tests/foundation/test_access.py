"""Log-in limits, tokens and requests sent twice."""

import json
import threading
from typing import Any
from unittest.mock import Mock

import pytest
import redis.exceptions
from allauth.account import app_settings
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.urls import include, path
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from foundation import audit, limits, notices, tokens
from foundation.api import throttling
from foundation.api.idempotency import IdempotentMixin
from foundation.errors import RefusedError
from foundation.models import ApiToken, AuditEntry, IdempotentRequest, Notice, User
from foundation.web import accounts
from foundation.web.middleware import CacheAwayMiddleware, RefusalMiddleware


@pytest.fixture(autouse=True)
def _clean_cache() -> None:
    cache.clear()


class EchoView(IdempotentMixin, GenericAPIView[Any]):
    """Writes one audit entry per real run."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"firm": request.user.scope_firm_id, "operator": request.user.is_operator})

    def post(self, request: Request) -> Response:
        from foundation import audit

        audit.record(action="test.echo", actor=request.user)
        if request.data.get("refuse"):
            raise RefusedError("不行", code="refused", field="refuse")
        return Response({"n": AuditEntry.objects.filter(action="test.echo").count()}, status=201)


urlpatterns = [path("api/v1/echo/", EchoView.as_view()), path("", include("hub.urls"))]


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("a@example.com", "correct-horse-battery")


@pytest.fixture
def api(user: User, settings: Any) -> APIClient:
    settings.ROOT_URLCONF = __name__
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(api: APIClient, body: dict[str, Any], key: str | None = "k1") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api.post("/api/v1/echo/", body, format="json", headers=headers)


def test_the_same_request_twice_has_one_effect_and_one_answer(api: APIClient) -> None:
    first, second = post(api, {"a": 1}), post(api, {"a": 1})
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"n": 1}
    assert second["Idempotent-Replayed"] == "true"
    assert AuditEntry.objects.filter(action="test.echo").count() == 1


def test_a_key_used_for_another_body_is_refused(api: APIClient) -> None:
    post(api, {"a": 1})
    answer = post(api, {"a": 2})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_refused_request_leaves_nothing_and_may_be_mended(api: APIClient) -> None:
    refused = post(api, {"refuse": True})
    assert refused.status_code == 409
    assert refused.json() == {"code": "refused", "message": "不行", "field": "refuse", "errors": []}
    assert not AuditEntry.objects.filter(action="test.echo").exists()
    assert not IdempotentRequest.objects.exists()
    assert post(api, {"a": 1}).status_code == 201


def test_a_strange_key_is_a_named_error(api: APIClient) -> None:
    answer = post(api, {}, key="k" * 101)
    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"


def test_a_token_acts_for_its_user_within_its_firm_and_never_as_operator(user: User, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    User.objects.filter(pk=user.pk).update(is_operator=True)
    _token, secret = tokens.issue(user=user, name="erp", firm_id=7, can_write=False, expires_at=None)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/echo/").json() == {"firm": 7, "operator": False}


def test_a_token_is_no_way_around_the_second_factor_of_an_operator(user: User, settings: Any) -> None:
    settings.ROOT_URLCONF, settings.MFA_REQUIRED_FOR_STAFF = __name__, True
    _token, secret = tokens.issue(user=user, name="erp", firm_id=None, can_write=False, expires_at=None)
    User.objects.filter(pk=user.pk).update(is_operator=True)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/echo/").json() == {"firm": None, "operator": False}
    TOTP.activate(user, generate_totp_secret())
    assert client.get("/api/v1/echo/").json() == {"firm": None, "operator": True}


def test_a_read_only_token_changes_nothing(user: User, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    _token, secret = tokens.issue(user=user, name="erp", firm_id=None, can_write=False, expires_at=None)
    answer = APIClient(headers={"Authorization": f"Bearer {secret}"}).post("/api/v1/echo/", {}, format="json")
    assert answer.status_code == 403
    assert not AuditEntry.objects.filter(action="test.echo").exists()


def test_a_revoked_token_is_refused_at_the_next_request(user: User, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    token, secret = tokens.issue(user=user, name="erp", firm_id=None, can_write=True, expires_at=None)
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/echo/").status_code == 200
    tokens.revoke(token=token, by=user)
    answer = client.get("/api/v1/echo/")
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_a_token_is_kept_as_a_hash_only(user: User) -> None:
    token, secret = tokens.issue(user=user, name="erp", firm_id=None, can_write=True, expires_at=None)
    token.refresh_from_db()
    assert secret not in {str(value) for value in vars(token).values()}


def test_the_twenty_first_token_is_refused(user: User) -> None:
    for number in range(20):
        tokens.issue(user=user, name=str(number), firm_id=None, can_write=False, expires_at=None)
    with pytest.raises(RefusedError):
        tokens.issue(user=user, name="21", firm_id=None, can_write=False, expires_at=None)


def test_parallel_attempts_pass_exactly_the_limit() -> None:
    allowed: list[bool] = []

    def attempt() -> None:
        for _n in range(5):
            allowed.append(limits.allow("test", "x", limit=5, seconds=60))

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (100, 5)


@pytest.mark.parametrize("known", [True, False])
def test_parallel_requests_of_the_api_pass_exactly_the_limit(
    user: User, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "UserThrottle" if known else "AnonThrottle"
    monkeypatch.setattr(throttling, name, type(name, (getattr(throttling, name),), {"rate": "5/min"}))
    request = Mock(user=user if known else AnonymousUser(), META={"REMOTE_ADDR": "10.0.0.9"})
    passed: list[bool] = []

    def attempt() -> None:
        passed.append(getattr(throttling, name)().allow_request(request, Mock()))

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert passed.count(True) == 5


def test_the_api_says_later_and_not_error_while_nothing_can_be_counted(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(throttling.AnonThrottle, "rate", "120/min", raising=False)
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "unix:///nonexistent.sock?db=1"}}
    answer = client.get("/api/v1/posts/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert client.get("/posts/").status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("login", {"login": "a@example.com", "password": "correct-horse-battery"}),
        ("signup", {"email": "b@example.com", "name": "某", "password1": "correct-horse-battery"}),
        ("password/reset", {"email": "a@example.com"}),
    ],
)
def test_an_account_page_says_later_and_not_error_while_nothing_can_be_counted(
    client: Client, user: User, settings: Any, path: str, body: dict[str, str]
) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "unix:///nonexistent.sock?db=1"}}
    answer = client.post(f"/accounts/{path}/", body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "请一分钟后再试" in answer.content.decode()
    assert User.objects.count() == 1


def test_what_needs_the_cache_says_later_in_the_api_too(rf: RequestFactory) -> None:
    problem = redis.exceptions.TimeoutError()
    answer = CacheAwayMiddleware(Mock()).process_exception(rf.post("/api/v1/posts/"), problem)
    assert answer is not None
    assert (answer.status_code, json.loads(answer.content)["code"]) == (503, "unavailable")
    assert CacheAwayMiddleware(Mock()).process_exception(rf.get("/"), ValueError()) is None


def test_a_limit_that_cannot_be_counted_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(limits.cache, "add", broken)
    assert limits.allow("test", "x", limit=5, seconds=60) is False


def log_in(password: str, email: str = "a@example.com") -> Any:
    return Client().post("/accounts/login/", {"login": email, "password": password})


def test_after_five_wrong_passwords_even_the_right_one_waits(user: User) -> None:
    for _n in range(5):
        assert log_in("wrong").status_code == 200
    answer = log_in("correct-horse-battery")
    assert answer.status_code == 200
    assert "尝试次数过多" in answer.content.decode()


def test_a_right_password_starts_the_count_anew(user: User) -> None:
    for _round in range(2):
        for _n in range(4):
            log_in("wrong")
        assert log_in("correct-horse-battery").status_code == 302


def test_an_unknown_address_gets_the_same_answer(user: User) -> None:
    def errors(answer: Any) -> list[str]:
        return [str(e) for e in answer.context["form"].non_field_errors()]

    assert errors(log_in("wrong")) == errors(log_in("wrong", "nobody@example.com")) != []


def test_a_key_used_with_a_token_of_another_firm_tells_nothing_of_the_first(user: User, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    answers = []
    for firm_id in (1, 2):
        _token, secret = tokens.issue(user=user, name="erp", firm_id=firm_id, can_write=True, expires_at=None)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        answers.append(post(client, {"a": 1}))
    assert [answer.status_code for answer in answers] == [201, 422]
    assert AuditEntry.objects.filter(action="test.echo").count() == 1


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "6.6.6.6", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    rf: RequestFactory, settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert limits.address_of(rf.get("/", headers=headers)) == address


def test_wrong_passwords_from_behind_a_proxy_are_counted_by_visitor(user: User, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    for _ in range(accounts.PER_ADDRESS):
        assert limits.allow("login-from", "203.0.113.1", limit=accounts.PER_ADDRESS, seconds=60)
    body = {"login": "a@example.com", "password": "correct-horse-battery"}
    there = Client().post("/accounts/login/", body, headers={"X-Forwarded-For": "203.0.113.1"})
    here = Client().post("/accounts/login/", body, headers={"X-Forwarded-For": "203.0.113.2"})
    assert (there.status_code, here.status_code) == (200, 302)


def test_an_address_of_somebody_else_cannot_become_ones_own(user: User) -> None:
    other = User.objects.create_user("b@example.com", "correct-horse-battery")
    client = Client()
    client.force_login(other)
    for action in ("action_add", "action_primary"):
        answer = client.post("/accounts/email/", {action: "", "email": user.email}, follow=True)
        assert answer.status_code == 200
    assert "这个邮箱不能设为主邮箱。" in answer.content.decode()
    other.refresh_from_db()
    assert other.email == "b@example.com"


def test_a_visitor_has_no_addresses(db: None) -> None:
    assert Client().get("/accounts/email/").status_code == 302


@pytest.mark.parametrize("back", ["http://testserver/posts/?q=1", "http://[", "https://evil.example/"])
def test_a_page_that_refuses_to_be_shown_is_not_sent_back_to_itself_or_nowhere(rf: RequestFactory, back: str) -> None:
    request = rf.get("/posts/", headers={"Referer": back})
    setattr(request, "_messages", Mock())  # noqa: B010
    answer = RefusalMiddleware(Mock()).process_exception(request, RefusedError("不行", code="no"))
    assert answer is not None
    assert answer["Location"] == "/"


def test_where_addresses_must_be_confirmed_the_first_operator_gets_in_and_a_stranger_waits(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_settings, "EMAIL_VERIFICATION", "mandatory")
    User.objects.create_superuser("op@example.com", "correct-horse-battery")
    User.objects.create_user("b@example.com", "correct-horse-battery")
    answers = {
        email: Client().post("/accounts/login/", {"login": email, "password": "correct-horse-battery"})["Location"]
        for email in ("op@example.com", "b@example.com")
    }
    assert answers == {"op@example.com": "/", "b@example.com": "/accounts/confirm-email/"}


@pytest.mark.django_db(transaction=True)
def test_a_token_is_issued_while_a_stage_of_its_firm_tells_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.create_user("a@example.com")
    record, user_is_held, chain_is_held = audit.record, threading.Event(), threading.Event()

    def slowly(**entry: Any) -> None:
        user_is_held.set()
        chain_is_held.wait(10)
        record(**entry)

    def stage() -> None:
        try:
            with transaction.atomic():
                record(action="x.happened", actor=None, firm_id=7)
                chain_is_held.set()
                user_is_held.wait(10)
                notices.notify([user], kind="x", text="x")
        finally:
            connection.close()

    def issue() -> None:
        try:
            tokens.issue(user=user, name="erp", firm_id=7, can_write=False, expires_at=None)
        finally:
            connection.close()

    monkeypatch.setattr(audit, "record", slowly)
    threads = [threading.Thread(target=stage), threading.Thread(target=issue)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (ApiToken.objects.count(), Notice.objects.count()) == (1, 1)
