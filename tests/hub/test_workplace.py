"""Notices, settings, tokens, jobs and the audit log, through their pages."""

import re
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from foundation import audit, jobs, mailing, notices
from foundation.models import ApiToken, AuditEntry, Job, Notice, User
from hub.web.profile import ProfileForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("a@example.com", name="甲")


@pytest.fixture
def other() -> User:
    return User.objects.create_user("b@example.com", name="乙")


@pytest.fixture
def operator() -> User:
    return User.objects.create_user("op@example.com", name="运营", is_operator=True)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def tell(*users: User, key: str | None = None) -> None:
    notices.notify(users, kind="test", text="%(firm)s 向您发来合作意向", values={"firm": "远山"}, url="/", key=key)


def test_a_notice_is_told_once_and_read_by_its_owner_only(user: User, other: User) -> None:
    tell(user, key="k")
    tell(user, key="k")
    notice = Notice.objects.get()
    assert "远山 向您发来合作意向" in browser(user).get("/notices/").content.decode()
    assert browser(other).post(f"/notices/{notice.pk}/").status_code == 404
    assert browser(user).post(f"/notices/{notice.pk}/").status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_a_notice_never_leads_to_another_site(user: User) -> None:
    notice = Notice.objects.create(user=user, kind="test", text="x", url="https://evil.example/")
    assert browser(user).post(f"/notices/{notice.pk}/")["Location"] == "/notices/"


def test_mails_follow_the_digest_setting_and_go_out_once(user: User, other: User) -> None:
    User.objects.filter(pk=other.pk).update(digest="never")
    tell(user, other)
    tell(user)
    assert mailing.send_pending(digest="daily") == 1
    assert mailing.send_pending(digest="daily") == 0
    assert [m.to for m in mail.outbox] == [["a@example.com"]]
    assert mail.outbox[0].body.count("远山") == 2


def test_settings_are_kept_and_change_the_language(user: User) -> None:
    client = browser(user)
    answer = client.post("/account/settings/", {"name": "丙", "language": "en", "digest": "never", "plain_order": "on"})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.name, user.language, user.digest, user.plain_order) == ("丙", "en", "never", True)
    assert "Save" in client.get("/account/settings/").content.decode()


def test_a_token_secret_is_shown_once_and_foreign_tokens_do_not_exist(user: User, other: User) -> None:
    client = browser(user)
    page = client.post("/account/tokens/", {"name": "ERP", "days": "90"})
    secret = page.context["secret"]
    assert secret
    assert secret in page.content.decode()
    assert secret not in client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert browser(other).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert not ApiToken.objects.usable().exists()


def test_a_job_is_seen_by_its_owner_and_operators_only(user: User, other: User, operator: User) -> None:
    job = jobs.enqueue(kind="foundation.mail_notices", owner=user)
    url = f"/jobs/{job.pk}/"
    assert browser(user).get(url).status_code == 200
    assert browser(operator).get(url).status_code == 200
    assert browser(other).get(url).status_code == browser(other).get("/jobs/999999/").status_code == 404
    assert Client().get(url).status_code == 302


def test_an_owner_cancels_and_an_operator_retries(user: User, operator: User) -> None:
    job = jobs.enqueue(kind="foundation.mail_notices", owner=user)
    assert browser(user).post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert browser(user).post(f"/jobs/{job.pk}/retry/").status_code == 404
    assert browser(operator).post(f"/jobs/{job.pk}/retry/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == ["job.cancelled", "job.retried"]


@pytest.mark.parametrize("url", ["/operator/jobs/", "/operator/audit/"])
def test_operator_pages_exist_for_operators_only(url: str, user: User, operator: User) -> None:
    assert browser(user).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert browser(operator).get(url).status_code == 200


def test_the_board_shows_queues_and_failures(operator: User) -> None:
    job = jobs.enqueue(kind="foundation.mail_notices")
    page = browser(operator).get("/operator/jobs/").content.decode()
    assert "发送通知邮件" in page
    assert f"/jobs/{job.pk}/" in page
    assert "没有符合条件的任务" in browser(operator).get("/operator/jobs/?state=parked").content.decode()


def test_the_audit_page_checks_the_chains(operator: User, settings: Any, tmp_path: Path) -> None:
    # A demo that ran from this checkout left its own anchors.
    settings.AUDIT_ANCHOR_FILE = tmp_path / "anchors.jsonl"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE foundation_auditentry ENABLE TRIGGER audit_no_truncate")
    audit.record(action="post.published", actor=operator)
    page = browser(operator).post("/operator/audit/").content.decode()
    assert "核对了 1 条记录，全部完整" in page


@pytest.mark.parametrize("count", [10, 100])
def test_the_audit_page_asks_the_same_number_of_queries(
    count: int, operator: User, django_assert_max_num_queries: Any
) -> None:
    audit.record_many([audit.entry(action="x", actor=operator, firm_id=n) for n in range(count)])
    client = browser(operator)
    with django_assert_max_num_queries(12):
        assert client.get("/operator/audit/").status_code == 200


def test_staff_without_a_second_factor_are_sent_to_set_it_up(operator: User, user: User, settings: Any) -> None:
    settings.MFA_REQUIRED_FOR_STAFF = True
    assert browser(operator).get("/operator/jobs/")["Location"].endswith("/2fa/totp/activate/")
    assert browser(user).get("/notices/").status_code == 200


def test_every_kind_of_job_has_a_name() -> None:
    from hub.web.job_names import NAMES

    jobs.kind_named("foundation.periodic")
    kinds = {kind for kind in jobs._kinds if not kind.startswith("test.")}
    assert kinds <= set(NAMES)


def test_an_address_that_is_refused_keeps_nobody_else_from_their_mail(
    user: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(user, other)
    real = mailing._send

    def picky(person: User, notices: list[Notice]) -> None:
        if person == user:
            raise SMTPRecipientsRefused({})
        real(person, notices)

    monkeypatch.setattr(mailing, "_send", picky)
    assert mailing.send_pending(digest="daily") == 1
    assert [m.to for m in mail.outbox] == [[other.email]]
    # Only the refused one is left: the problem is the job's, not hidden.
    with pytest.raises(SMTPRecipientsRefused):
        mailing.send_pending(digest="daily")


def test_saving_settings_brings_back_no_revoked_right_and_records_the_switch(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_operator=True)
    client = browser(user)
    real = ProfileForm.is_valid

    def meanwhile(form: ProfileForm) -> bool:
        User.objects.filter(pk=user.pk).update(is_operator=False)
        return real(form)

    with patch.object(ProfileForm, "is_valid", meanwhile):
        client.post("/account/settings/", {"name": "丙", "language": "en", "digest": "never", "plain_order": "on"})
    user.refresh_from_db()
    assert (user.name, user.is_operator, user.plain_order) == ("丙", False, True)
    assert AuditEntry.objects.get(action="user.plain_order").changes == {"plain_order": [False, True]}


def test_every_action_of_the_log_has_a_name() -> None:
    """The log's page speaks in words; `thing.happened` is read from the sources, also where it is put together."""
    from chains.models import Interest
    from enterprises.models import ImportRun
    from hub.web.operator.action_names import NAMES

    source = Path(__file__).parents[2]
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("platform", "regions", "enterprises", "chains")
        for path in (source / folder).rglob("*.py")
    )
    said = set(re.findall(r'(?:action=|_record\(\s*|_decided\(\s*)"([a-z_]+\.[a-z_]+)"', code))
    said |= {f"interest.{state}" for state in Interest.State.values}
    said |= {f"{kind}.imported" for kind in ImportRun.Kind.values}
    assert len(said) > 50
    assert said - set(NAMES) == set()


def test_a_digest_catches_up_and_leaves_out_what_was_read_or_is_old(user: User) -> None:
    for _ in range(mailing.MOST_LISTED + 20):
        tell(user)
    Notice.objects.filter(pk__in=list(Notice.objects.order_by("pk").values_list("pk", flat=True)[:5])).update(
        read_at=timezone.now()
    )
    Notice.objects.filter(pk=Notice.objects.latest("pk").pk).update(
        created_at=timezone.now() - mailing.NEWS - timedelta(minutes=1)
    )
    assert mailing.send_pending(digest="daily") == 1
    assert mail.outbox[0].body.count("远山") == mailing.MOST_LISTED
    assert "另有 14 条" in mail.outbox[0].body
    assert not Notice.objects.filter(mailed_at__isnull=True).exists()
    assert mailing.send_pending(digest="daily") == 0
