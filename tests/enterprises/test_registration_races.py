"""Two people at once: what must hold once holds once, whoever comes first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from enterprises import registration
from enterprises.models import Claim, Enterprise, Invitation, Member
from enterprises.tasks.firms import recheck_firms
from foundation.errors import RefusedError
from foundation.models import Job
from foundation.tasks import periodic
from tests.factories import ClaimFactory, EnterpriseFactory, MemberFactory, UserFactory, owner_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[str]:
    """Run all in threads that start together; "done" or the refusal's code of each, sorted."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> str:
        try:
            barrier.wait()
            call()
        except RefusedError as refused:
            return refused.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def test_one_code_is_registered_once_by_eight_at_once():
    people = UserFactory.create_batch(8)
    got = at_once(
        *(
            lambda by=person: registration.start(
                by=by, org_type="enterprise", name="同一家公司", uscc="91110000600037341L"
            )
            for person in people
        )
    )
    assert got == ["done"] + ["uscc_taken"] * 7
    assert Enterprise.objects.count() == 1
    assert Member.objects.count() == 1


def test_the_last_two_owners_cannot_demote_each_other():
    for _round in range(5):
        firm = EnterpriseFactory(verified=True, owner=True)
        one = firm.members.get()
        two = MemberFactory(enterprise=firm, role="owner")
        at_once(
            lambda one=one, two=two: registration.change_role(by=one.user, member=two, role="viewer"),
            lambda one=one, two=two: registration.change_role(by=two.user, member=one, role="viewer"),
        )
        assert firm.members.active().filter(role="owner").count() == 1


def test_the_last_two_owners_cannot_both_leave():
    firm = EnterpriseFactory(verified=True, owner=True)
    second = MemberFactory(enterprise=firm, role="owner")
    got = at_once(*(lambda by=by: registration.leave(by=by, enterprise=firm) for by in (owner_of(firm), second.user)))
    assert got == ["done", "last_owner"]


def test_an_invitation_is_accepted_once():
    firm = EnterpriseFactory(verified=True, owner=True)
    invitation = registration.invite(by=owner_of(firm), enterprise=firm, email="wang@example.com", role="editor")
    person = UserFactory(email="wang@example.com")
    got = at_once(*[lambda: registration.accept_invitation(by=person, invitation=invitation)] * 6)
    assert got == ["done"] + ["invitation_over"] * 5
    assert firm.members.active().count() == 2


def test_one_address_is_invited_once():
    firm = EnterpriseFactory(verified=True, owner=True)
    owner = owner_of(firm)
    got = at_once(
        *[lambda: registration.invite(by=owner, enterprise=firm, email="wang@example.com", role="editor")] * 4
    )
    assert got == ["already_invited"] * 3 + ["done"]
    assert Invitation.objects.count() == 1


def test_two_operators_take_one_firm_once():
    firm = EnterpriseFactory(submitted=True)
    staff = UserFactory.create_batch(4, operator=True)
    got = at_once(*(lambda by=by: registration.take(by=by, enterprise=firm) for by in staff))
    assert got == ["done"] + ["not_submitted"] * 3
    assert firm.verification_events.count() == 1


def test_a_claim_is_decided_once():
    claim = ClaimFactory()
    staff = UserFactory.create_batch(2, operator=True)
    got = at_once(
        lambda: registration.decide_claim(by=staff[0], claim=claim, accept=True, note="好"),
        lambda: registration.decide_claim(by=staff[1], claim=claim, accept=False, note="不"),
    )
    assert got == ["claim_decided", "done"]
    claim.refresh_from_db()
    assert Member.objects.exists() == (claim.state == Claim.State.ACCEPTED)


def test_every_night_a_job_looks_for_firms_that_are_due():
    firm = EnterpriseFactory(recheck_due=True, status=Enterprise.Status.VERIFIED)
    periodic.send(sender=None, window="hourly", at=firm.created_at)
    assert not Job.objects.filter(kind="enterprises.recheck_firms").exists()
    for _twice in range(2):
        periodic.send(sender=None, window="nightly", at=firm.created_at)
    job = Job.objects.get(kind="enterprises.recheck_firms")

    class Run:
        def progress(self, **kwargs: Any) -> None:
            assert kwargs

    assert recheck_firms(Run(), **job.payload) == {"due": 1, "warned": 0}
    firm.refresh_from_db()
    assert firm.status == Enterprise.Status.RECHECK_DUE
