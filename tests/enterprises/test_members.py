"""People of a firm: invitations, roles, leaving, claims."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from enterprises import registration
from enterprises.models import Claim, Invitation, Member
from enterprises.tasks.firms import mail_invitation
from foundation.errors import RefusedError
from foundation.models import Job, Notice
from tests.factories import ClaimFactory, EnterpriseFactory, MemberFactory, UserFactory, owner_of

pytestmark = pytest.mark.django_db


def refusal(function, **kwargs):
    with pytest.raises(RefusedError) as caught:
        function(**kwargs)
    return caught.value


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


def invite(firm, email="wang@example.com", role="editor"):
    return registration.invite(by=owner_of(firm), enterprise=firm, email=email, role=role)


def send_mails():
    for job in Job.objects.filter(kind="enterprises.mail_invitation").order_by("id"):
        mail_invitation(None, **job.payload)


def test_an_invited_person_joins_by_the_mailed_link(firm):
    invitation = invite(firm, email="Wang@Example.com ")
    send_mails()
    (sent,) = mail.outbox
    assert sent.to == ["wang@example.com"]
    secret = registration.secret_of(invitation)
    assert f"/invitations/{secret}/" in sent.body
    assert secret not in str(Invitation.objects.values().get())
    person = UserFactory(email="wang@example.com")
    found = registration.find_invitation(secret)
    member = registration.accept_invitation(by=person, invitation=found)
    assert member.role == Member.Role.EDITOR
    assert Notice.objects.filter(user=owner_of(firm), kind="member.joined").exists()
    assert refusal(registration.accept_invitation, by=person, invitation=found).code == "invitation_over"


def test_a_link_is_worth_nothing_to_another_address_or_too_late(firm):
    invitation = invite(firm)
    stranger = UserFactory(email="li@example.com")
    assert refusal(registration.accept_invitation, by=stranger, invitation=invitation).code == "other_address"
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    person = UserFactory(email="wang@example.com")
    assert refusal(registration.accept_invitation, by=person, invitation=invitation).code == "invitation_expired"


def test_renewing_ends_the_old_link_and_its_mail(firm):
    invitation = invite(firm)
    old = registration.secret_of(invitation)
    renewed = registration.renew_invitation(by=owner_of(firm), invitation=invitation)
    assert registration.find_invitation(old) is None
    send_mails()
    assert [registration.secret_of(renewed) in m.body for m in mail.outbox] == [True]


def test_a_withdrawn_invitation_is_over(firm):
    invitation = invite(firm)
    registration.withdraw_invitation(by=owner_of(firm), invitation=invitation)
    send_mails()
    assert mail.outbox == []
    person = UserFactory(email="wang@example.com")
    assert refusal(registration.accept_invitation, by=person, invitation=invitation).code == "invitation_over"
    assert refusal(registration.renew_invitation, by=owner_of(firm), invitation=invitation).code == "invitation_over"
    assert invite(firm).pk != invitation.pk


def test_nobody_is_invited_twice_nor_as_a_member(firm):
    invite(firm)
    assert refusal(invite, firm=firm).code == "already_invited"
    assert refusal(invite, firm=firm, email=owner_of(firm).email).code == "already_member"


def test_an_expired_invitation_makes_room_for_a_new_one(firm):
    old = invite(firm)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert invite(firm).pk != old.pk


def test_nobody_is_flooded_with_invitations(firm):
    owner = owner_of(firm)
    invitation = invite(firm)
    for _again in range(3):
        registration.renew_invitation(by=owner, invitation=invitation)
    registration.withdraw_invitation(by=owner, invitation=invitation)
    invitation = invite(firm)
    digest = Invitation.objects.get(pk=invitation.pk).digest
    assert refusal(registration.renew_invitation, by=owner, invitation=invitation).code == "too_many_mails"
    assert Invitation.objects.get(pk=invitation.pk).digest == digest
    assert invite(firm, email="li@example.com").pk
    assert Job.objects.filter(kind="enterprises.mail_invitation").count() == 6
    Job.objects.update(created_at=timezone.now() - timedelta(days=1))
    registration.renew_invitation(by=owner, invitation=invitation)


def test_the_mails_of_a_day_are_counted_by_person_not_by_firm(firm, monkeypatch):
    monkeypatch.setattr(registration.members, "MAX_MAILS", 3)
    owner = owner_of(firm)
    draft = registration.start(by=owner, org_type="enterprise", name="甲")
    for number in range(3):
        registration.invite(by=owner, enterprise=draft, email=f"p{number}@example.com", role="viewer")
    registration.discard(by=owner, enterprise=draft)
    assert refusal(invite, firm=firm).code == "too_many_mails"
    assert not Invitation.objects.filter(enterprise=firm).exists()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_manage_people(firm, role):
    by = MemberFactory(enterprise=firm, role=role).user
    other = MemberFactory(enterprise=firm, role="viewer")
    invitation = invite(firm)
    for call in (
        lambda: registration.invite(by=by, enterprise=firm, email="x@example.com", role="viewer"),
        lambda: registration.renew_invitation(by=by, invitation=invitation),
        lambda: registration.withdraw_invitation(by=by, invitation=invitation),
        lambda: registration.change_role(by=by, member=other, role="owner"),
        lambda: registration.remove_member(by=by, member=other),
    ):
        with pytest.raises(RefusedError) as caught:
            call()
        assert caught.value.code == "not_allowed"


def test_the_last_owner_can_neither_leave_nor_be_demoted_nor_removed(firm):
    owner = owner_of(firm)
    member = firm.members.get()
    assert refusal(registration.leave, by=owner, enterprise=firm).code == "last_owner"
    assert refusal(registration.change_role, by=owner, member=member, role="viewer").code == "last_owner"
    assert refusal(registration.remove_member, by=owner, member=member).code == "last_owner"
    second = MemberFactory(enterprise=firm, role="owner")
    registration.leave(by=owner, enterprise=firm)
    assert refusal(registration.leave, by=second.user, enterprise=firm).code == "last_owner"


def test_rights_end_with_the_membership_and_a_person_may_come_back(firm):
    editor = MemberFactory(enterprise=firm, role="editor")
    registration.remove_member(by=owner_of(firm), member=editor)
    assert (
        refusal(registration.save_profile, by=editor.user, enterprise=firm, values={"short_name": "x"}).code
        == "not_allowed"
    )
    assert Notice.objects.filter(user=editor.user, kind="member.removed").exists()
    back = registration.accept_invitation(by=editor.user, invitation=invite(firm, email=editor.user.email))
    assert back.pk != editor.pk


def test_a_role_change_is_told(firm):
    viewer = MemberFactory(enterprise=firm, role="viewer")
    registration.change_role(by=owner_of(firm), member=viewer, role="editor")
    registration.save_profile(by=viewer.user, enterprise=firm, values={"short_name": "蜀锦"})
    assert Notice.objects.get(user=viewer.user).kind == "member.role_changed"


def test_a_token_bound_to_another_firm_gives_no_rights_here(firm):
    owner = owner_of(firm)
    owner.scope_firm_id = EnterpriseFactory(verified=True, owner=owner).pk
    assert (
        refusal(registration.save_profile, by=owner, enterprise=firm, values={"short_name": "x"}).code == "not_allowed"
    )


def test_one_person_may_wait_for_ten_claims_and_no_more(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    person = UserFactory()
    for _number in range(10):
        registration.open_claim(by=person, enterprise=EnterpriseFactory(verified=True), evidence="营业执照在我手里")
    firm = EnterpriseFactory(verified=True)
    again = {"by": person, "enterprise": firm, "evidence": "营业执照在我手里", "content": b"%PDF-1.7"}
    assert refusal(registration.open_claim, **again).code == "too_many_claims"
    assert not list(tmp_path.rglob("*.pdf"))
    Claim.objects.filter(claimant=person).first().delete()
    assert registration.open_claim(**again).pk


def test_an_accepted_claim_makes_the_claimant_owner():
    firm = EnterpriseFactory(verified=True, source="listed", external_id="000001")
    person, operator = UserFactory(), UserFactory(operator=True)
    claim = registration.open_claim(
        by=person, enterprise=firm, evidence="我是董事会秘书", content=b"\x89PNG\r\n\x1a\n picture"
    )
    assert claim.file.name.endswith(".png")
    assert Notice.objects.get(user=operator).kind == "claim.waiting"
    assert refusal(registration.open_claim, by=person, enterprise=firm, evidence="再来").code == "claim_open"
    registration.decide_claim(by=operator, claim=claim, accept=True, note="已电话核实")
    assert owner_of(firm) == person
    assert Notice.objects.get(user=person).kind == "claim.decided"
    assert refusal(registration.decide_claim, by=operator, claim=claim, accept=False, note="不").code == "claim_decided"


def test_a_squatter_loses_the_firm_when_the_operator_says_so():
    firm = EnterpriseFactory(owner=True)
    squatter, person, operator = owner_of(firm), UserFactory(), UserFactory(operator=True)
    claim = registration.open_claim(by=person, enterprise=firm, evidence="营业执照在我手里")
    registration.decide_claim(by=operator, claim=claim, accept=True, note="执照已核", keep_members=False)
    assert [m.user for m in firm.members.active()] == [person]
    assert (
        refusal(registration.save_step, by=squatter, enterprise=firm, step="identity", values={"name": "x"}).code
        == "not_allowed"
    )


def test_an_accepted_claim_promotes_a_member_who_is_already_there():
    firm = EnterpriseFactory(verified=True, owner=True)
    person = UserFactory()
    claim = registration.open_claim(by=person, enterprise=firm, evidence="我是法定代表人")
    MemberFactory(enterprise=firm, user=person, role="viewer")
    registration.decide_claim(by=UserFactory(operator=True), claim=claim, accept=True, note="属实")
    assert firm.members.active().get(user=person).role == Member.Role.OWNER
    assert firm.members.active().count() == 2


def test_a_declined_claim_changes_nobody_and_may_be_followed_by_another():
    claim = ClaimFactory()
    registration.decide_claim(by=UserFactory(operator=True), claim=claim, accept=False, note="证明不足")
    assert not Member.objects.exists()
    again = registration.open_claim(by=claim.claimant, enterprise=claim.enterprise, evidence="补充证明")
    assert again.state == Claim.State.OPEN


@pytest.mark.parametrize("case", ["claimant", "member_operator", "no_operator"])
def test_claims_are_decided_by_operators_without_an_interest(case):
    firm = EnterpriseFactory(verified=True, owner=True)
    by = UserFactory(operator=case != "no_operator")
    claim = ClaimFactory(enterprise=firm, **({"claimant": by} if case == "claimant" else {}))
    if case == "member_operator":
        MemberFactory(enterprise=firm, user=by)
    codes = {"claimant": "own_claim", "member_operator": "own_firm", "no_operator": "not_allowed"}
    assert refusal(registration.decide_claim, by=by, claim=claim, accept=True, note="好").code == codes[case]


def test_a_member_needs_no_claim(firm):
    assert (
        refusal(registration.open_claim, by=owner_of(firm), enterprise=firm, evidence="我的").code == "already_member"
    )


def test_a_claim_in_vain_does_not_tell_the_name_of_a_firm_that_is_not_listed():
    firm = EnterpriseFactory(owner=True, name="隐名新材料有限公司", uscc="91330000123456789X")
    person, operator = UserFactory(), UserFactory(operator=True)
    claim = registration.open_claim(by=person, enterprise=firm, evidence="营业执照在我手里")
    registration.decide_claim(by=operator, claim=claim, accept=False, note="执照不符")
    told = Notice.objects.get(user=person).message
    assert firm.name not in told
    assert firm.uscc in told


def test_invitations_of_a_dismissed_or_demoted_owner_end_with_the_right(firm):
    first = owner_of(firm)
    for end in ("remove", "demote"):
        second = MemberFactory(enterprise=firm, role="owner")
        kept = invite(firm, email=f"kept-{end}@example.com")
        open_one = registration.invite(by=second.user, enterprise=firm, email=f"back-{end}@example.com", role="owner")
        if end == "remove":
            registration.remove_member(by=first, member=second)
        else:
            registration.change_role(by=first, member=second, role="editor")
        person = UserFactory(email=f"back-{end}@example.com")
        assert refusal(registration.accept_invitation, by=person, invitation=open_one).code == "invitation_over"
        kept.refresh_from_db()
        assert kept.withdrawn_at is None
