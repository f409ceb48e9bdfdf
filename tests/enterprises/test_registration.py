"""Stage 1: a firm from the first name typed to the directory, and what is refused on the way."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from enterprises import events, registration, uscc
from enterprises.models import Enterprise, Post, VerificationFile
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Notice
from tests.factories import (
    CapabilityFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    MemberFactory,
    PostFactory,
    PrefectureFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db

Status = Enterprise.Status
CODE = "91110000600037341L"
DOUBTFUL = "91350211M0000XUF46"
PDF = b"%PDF-1.7 licence"


def refusal(function, **kwargs):
    with pytest.raises(RefusedError) as caught:
        function(**kwargs)
    return caught.value


@pytest.fixture
def heard():
    """Events in the order they were sent."""
    log = []
    signals = {
        "changed": events.enterprise_changed,
        "published": events.posts_published,
        "ended": events.posts_ended,
    }
    receivers = []
    for name, signal in signals.items():

        def ear(sender, name=name, **kwargs):
            log.append((name, kwargs.get("enterprise_id") or kwargs.get("post_ids")))

        signal.connect(ear)
        receivers.append((signal, ear))
    yield log
    for signal, ear in receivers:
        signal.disconnect(ear)


def fill(firm, by):
    registration.save_step(by=by, enterprise=firm, step="identity", values={"uscc": CODE})
    registration.save_step(
        by=by,
        enterprise=firm,
        step="place",
        values={"region": PrefectureFactory(parent=province("四川")), "industry": IndustryFactory()},
    )
    registration.save_step(
        by=by, enterprise=firm, step="contacts", values={"contact_name": "李四", "contact_phone": "028-85550000"}
    )


def test_a_firm_goes_from_draft_to_the_directory():
    owner, operator = UserFactory(), UserFactory(operator=True)
    firm = registration.start(by=owner, org_type="enterprise", name="蜀锦精工轴承有限公司")
    assert firm.pinyin.startswith("shu jin jing gong")
    assert refusal(registration.submit, by=owner, enterprise=firm).code == "incomplete"
    fill(firm, owner)
    registration.submit(by=owner, enterprise=firm)
    assert Notice.objects.get(user=operator).kind == "verification.waiting"
    registration.take(by=operator, enterprise=firm)
    verified = registration.verify(by=operator, enterprise=firm)
    assert verified.status == Status.VERIFIED
    assert verified.recheck_due_on == timezone.localdate().replace(year=timezone.localdate().year + 1)
    assert list(Enterprise.objects.listed()) == [verified]
    assert [e.kind for e in firm.verification_events.all()] == ["submitted", "checking", "verified"]
    assert Notice.objects.get(user=owner).kind == "verification.verified"
    actions = list(AuditEntry.objects.filter(firm_id=firm.pk).order_by("id").values_list("action", flat=True))
    assert actions[0] == "enterprise.started"
    assert actions[-2:] == ["enterprise.checking", "enterprise.verified"]


def test_a_wrong_check_character_warns_and_needs_the_operators_note():
    owner, operator = UserFactory(), UserFactory(operator=True)
    firm = registration.start(by=owner, org_type="enterprise", name="厦门某某贸易有限公司", uscc=DOUBTFUL)
    assert firm.uscc_check == Enterprise.UsccCheck.WARN
    fill(firm, owner)
    registration.save_step(by=owner, enterprise=firm, step="identity", values={"uscc": DOUBTFUL})
    registration.submit(by=owner, enterprise=firm)
    registration.take(by=operator, enterprise=firm)
    refused = refusal(registration.verify, by=operator, enterprise=firm)
    assert (refused.code, refused.field) == ("note_missing", "note")
    assert registration.verify(by=operator, enterprise=firm, note="已核对营业执照原件").status == Status.VERIFIED


def test_a_code_that_is_no_code_is_refused_with_how_to_mend_it():
    refused = refusal(
        registration.start, by=UserFactory(), org_type="enterprise", name="某公司", uscc="9111O000600037341L"
    )
    assert (refused.code, refused.field) == ("uscc_invalid", "uscc")
    assert "O" in str(refused)
    assert not Enterprise.objects.exists()


def test_the_same_code_twice_is_refused_whatever_its_spelling():
    EnterpriseFactory(uscc=CODE)
    owner = UserFactory()
    refused = refusal(registration.start, by=owner, org_type="enterprise", name="另一家", uscc="9111 0000 6000 3734 1l")
    assert refused.code == "uscc_taken"
    firm = registration.start(by=owner, org_type="enterprise", name="另一家")
    assert (
        refusal(registration.save_step, by=owner, enterprise=firm, step="identity", values={"uscc": CODE}).code
        == "uscc_taken"
    )


def test_saving_ones_own_code_again_is_no_duplicate():
    owner = UserFactory()
    firm = registration.start(by=owner, org_type="enterprise", name="某公司", uscc=CODE)
    registration.save_step(by=owner, enterprise=firm, step="identity", values={"uscc": CODE, "name": "某公司"})
    assert Enterprise.objects.get().uscc == CODE
    # Nothing changed: nothing is written, and the log does not grow.
    assert AuditEntry.objects.filter(firm_id=firm.pk).count() == 1


def test_needs_info_is_a_loop_until_the_answer_satisfies():
    firm = EnterpriseFactory(checking=True, owner=True)
    owner, operator = owner_of(firm), UserFactory(operator=True)
    assert refusal(registration.ask_for_info, by=operator, enterprise=firm, note=" ").code == "note_missing"
    registration.ask_for_info(by=operator, enterprise=firm, note="请上传营业执照")
    notice = Notice.objects.get(user=owner)
    assert "请上传营业执照" in notice.text % notice.values
    file = registration.add_file(by=owner, enterprise=firm, title="营业执照", content=PDF)
    assert file.file.name.endswith(".pdf")
    assert "licence" not in file.file.name
    again = registration.submit(by=owner, enterprise=firm, note="已上传")
    assert again.status == Status.SUBMITTED
    assert again.verification_events.last().note == "已上传"


def test_a_rejected_firm_may_be_mended_and_sent_again():
    firm = EnterpriseFactory(checking=True, owner=True)
    owner, operator = owner_of(firm), UserFactory(operator=True)
    registration.reject(by=operator, enterprise=firm, note="名称与执照不符")
    assert refusal(registration.submit, by=owner, enterprise=firm).code == "not_submittable"
    assert registration.reopen(by=owner, enterprise=firm).status == Status.DRAFT
    assert registration.submit(by=owner, enterprise=firm).status == Status.SUBMITTED


def test_taking_back_works_until_somebody_checks():
    firm = EnterpriseFactory(submitted=True, owner=True)
    owner = owner_of(firm)
    assert registration.take_back(by=owner, enterprise=firm).status == Status.DRAFT
    registration.submit(by=owner, enterprise=firm)
    registration.take(by=UserFactory(operator=True), enterprise=firm)
    assert refusal(registration.take_back, by=owner, enterprise=firm).code == "not_withdrawable"


def test_only_an_unsent_draft_can_be_discarded_and_its_code_is_free_again():
    owner = UserFactory()
    firm = registration.start(by=owner, org_type="enterprise", name="某公司", uscc=CODE)
    registration.discard(by=owner, enterprise=firm)
    assert registration.check_uscc(CODE).code == CODE
    sent = EnterpriseFactory(submitted=True, owner=owner)
    assert refusal(registration.discard, by=owner, enterprise=sent).code == "not_discardable"


def test_drafts_are_limited():
    owner = UserFactory()
    for number in range(10):
        registration.start(by=owner, org_type="enterprise", name=f"第{number}家")
    assert refusal(registration.start, by=owner, org_type="enterprise", name="又一家").code == "too_many_drafts"


@pytest.mark.parametrize("who", ["viewer", "stranger", "operator"])
def test_only_owner_and_editors_write_a_registration(who):
    firm = EnterpriseFactory(owner=True)
    people = {
        "viewer": MemberFactory(enterprise=firm, role="viewer").user,
        "stranger": UserFactory(),
        "operator": UserFactory(operator=True),
    }
    by = people[who]
    for call in (
        lambda: registration.save_step(by=by, enterprise=firm, step="identity", values={"name": "改名"}),
        lambda: registration.submit(by=by, enterprise=firm),
        lambda: registration.add_file(by=by, enterprise=firm, title="", content=PDF),
        lambda: registration.record_size(by=by, enterprise=firm, as_of=date(2025, 12, 31), staff=1, revenue_wan=None),
        lambda: registration.save_profile(by=by, enterprise=firm, values={"short_name": "简"}),
        lambda: registration.block(by=by, enterprise=firm, other=EnterpriseFactory(verified=True)),
    ):
        with pytest.raises(RefusedError) as caught:
            call()
        assert caught.value.code == "not_allowed"


def test_a_submitted_firm_is_out_of_the_applicants_hands():
    firm = EnterpriseFactory(submitted=True, owner=True)
    owner = owner_of(firm)
    assert (
        refusal(registration.save_step, by=owner, enterprise=firm, step="place", values={"address": "新"}).code
        == "not_editable"
    )
    assert refusal(registration.save_profile, by=owner, enterprise=firm, values={"address": "新"}).code == "in_check"


@pytest.mark.parametrize("step", ["take", "ask_for_info", "verify", "reject", "suspend", "resume"])
def test_only_operators_check_and_nobody_their_own_firm(step):
    state = {"take": "submitted", "suspend": "verified", "resume": "suspended"}.get(step, "checking")
    firm = EnterpriseFactory(**{state: True}, owner=True)
    note = {} if step == "take" else {"note": "理由"}
    stage = getattr(registration, step)
    assert refusal(stage, by=owner_of(firm), enterprise=firm, **note).code == "not_allowed"
    insider = UserFactory(operator=True)
    MemberFactory(enterprise=firm, user=insider, role="viewer")
    assert refusal(stage, by=insider, enterprise=firm, **note).code == "own_firm"
    firm.refresh_from_db()
    assert firm.status == state


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("take", "checking"),
        ("verify", "submitted"),
        ("verify", "rejected"),
        ("reject", "verified"),
        ("suspend", "submitted"),
        ("resume", "verified"),
        ("ask_for_info", "verified"),
    ],
)
def test_a_step_out_of_order_is_refused(step, state):
    firm = EnterpriseFactory(**{state: True})
    note = {} if step == "take" else {"note": "理由"}
    refusal(getattr(registration, step), by=UserFactory(operator=True), enterprise=firm, **note)
    firm.refresh_from_db()
    assert firm.status == state


def test_suspension_takes_posts_off_the_market_and_resuming_brings_them_back(heard):
    firm = EnterpriseFactory(verified=True, owner=True)
    post = PostFactory(enterprise=firm, published=True)
    PostFactory(enterprise=firm)
    operator, visitor = UserFactory(operator=True), UserFactory()
    registration.suspend(by=operator, enterprise=firm, note="被投诉冒名")
    assert heard == [("changed", firm.pk), ("ended", [post.pk])]
    assert not Post.objects.visible_to(visitor).exists()
    assert not Enterprise.objects.visible_to(visitor).exists()
    heard.clear()
    assert registration.resume(by=operator, enterprise=firm, note="已澄清").status == Status.VERIFIED
    assert heard == [("changed", firm.pk), ("published", [post.pk])]


def test_a_suspended_firm_whose_year_is_over_comes_back_for_its_recheck():
    firm = EnterpriseFactory(suspended=True, recheck_due_on=timezone.localdate() - timedelta(days=3))
    resumed = registration.resume(by=UserFactory(operator=True), enterprise=firm, note="已澄清")
    assert resumed.status == Status.RECHECK_DUE


def test_after_a_year_the_firm_is_due_stays_listed_and_its_owner_is_told_once():
    due = EnterpriseFactory(verified=True, owner=True, recheck_due_on=timezone.localdate())
    later = EnterpriseFactory(verified=True, recheck_due_on=timezone.localdate() + timedelta(days=1))
    assert registration.mark_recheck_due() == 1
    assert registration.mark_recheck_due() == 0
    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.status, later.status) == (Status.RECHECK_DUE, Status.VERIFIED)
    assert due in Enterprise.objects.listed()
    assert Notice.objects.filter(user=owner_of(due), kind="verification.recheck_due").count() == 1


def test_owners_are_warned_thirty_days_before_and_only_once():
    soon = EnterpriseFactory(verified=True, owner=True, recheck_due_on=timezone.localdate() + timedelta(days=30))
    EnterpriseFactory(verified=True, owner=True, recheck_due_on=timezone.localdate() + timedelta(days=31))
    for _round in range(2):
        registration.warn_of_recheck()
    assert [n.user for n in Notice.objects.filter(kind="verification.recheck_soon")] == [owner_of(soon)]


def test_a_recheck_is_confirmed_while_listed_and_verified_for_another_year():
    firm = EnterpriseFactory(recheck_due=True, owner=True)
    operator = UserFactory(operator=True)
    assert registration.submit(by=owner_of(firm), enterprise=firm).status == Status.RECHECK_DUE
    asked = registration.ask_for_info(by=operator, enterprise=firm, note="请更新电话")
    assert asked.status == Status.RECHECK_DUE
    verified = registration.verify(by=operator, enterprise=firm)
    assert verified.status == Status.VERIFIED
    assert verified.recheck_due_on > timezone.localdate() + timedelta(days=360)


def test_the_size_class_follows_the_newest_figures_and_history_stays():
    firm = EnterpriseFactory(verified=True, owner=True, industry=IndustryFactory(code="3451"))
    owner = owner_of(firm)
    registration.record_size(by=owner, enterprise=firm, as_of=date(2025, 12, 31), staff=400, revenue_wan=Decimal(5000))
    registration.record_size(by=owner, enterprise=firm, as_of=date(2024, 12, 31), staff=10, revenue_wan=Decimal(90))
    firm.refresh_from_db()
    assert firm.size_class == Enterprise.SizeClass.MEDIUM
    assert [s.size_class for s in firm.size_snapshots.all()] == ["medium", "micro"]
    # Another industry has another rule: a new snapshot, the old one untouched.
    registration.save_profile(by=owner, enterprise=firm, values={"industry": IndustryFactory(code="6513")})
    firm.refresh_from_db()
    assert firm.size_class == Enterprise.SizeClass.MEDIUM
    assert firm.size_snapshots.first().rule == "stats-2017/software"
    assert firm.size_snapshots.count() == 3
    registration.save_profile(by=owner, enterprise=firm, values={"industry": IndustryFactory(code="5171")})
    firm.refresh_from_db()
    assert firm.size_class == Enterprise.SizeClass.UNKNOWN


def test_size_without_figures_is_refused():
    firm = EnterpriseFactory(verified=True, owner=True)
    assert (
        refusal(
            registration.record_size,
            by=owner_of(firm),
            enterprise=firm,
            as_of=date(2025, 12, 31),
            staff=None,
            revenue_wan=None,
        ).code
        == "figures_missing"
    )


def test_certificates_tell_matching_and_sites_do_not(heard):
    from enterprises.models import Certificate, Site

    firm = EnterpriseFactory(verified=True, owner=True)
    owner = owner_of(firm)
    row = registration.add_holding(
        by=owner,
        enterprise=firm,
        kind=Certificate,
        values={"kind": CertificateKindFactory(), "issuer": "中国质量认证中心"},
    )
    capability = CapabilityFactory(enterprise=firm)
    capability.certificates.add(row)
    registration.edit_holding(by=owner, holding=row, values={"number": "CQC-1"})
    registration.remove_holding(by=owner, holding=row)
    assert heard == [("changed", firm.pk)] * 3
    registration.add_holding(
        by=owner, enterprise=firm, kind=Site, values={"kind": "plant", "name": "一厂", "region": province("重庆")}
    )
    assert len(heard) == 3
    assert not capability.certificates.exists()


def test_a_verified_firms_identity_changes_only_with_the_operators_word(heard):
    firm = EnterpriseFactory(verified=True, owner=True, region=province("四川"))
    owner, operator = owner_of(firm), UserFactory(operator=True)
    with pytest.raises(ValueError, match="name"):
        registration.save_profile(by=owner, enterprise=firm, values={"name": "宁德时代"})
    wanted = {
        "name": "蜀锦集团有限公司",
        "uscc": firm.uscc,
        "org_type": firm.org_type,
        "region": province("重庆"),
        "reason": "更名通知书〔2026〕8 号",
    }
    change = registration.ask_identity_change(by=owner, enterprise=firm, **wanted, content=PDF)
    firm.refresh_from_db()
    assert firm.name != wanted["name"]
    assert VerificationFile.objects.filter(enterprise=firm).count() == 1
    assert refusal(registration.ask_identity_change, by=owner, enterprise=firm, **wanted).code == "change_open"
    assert (
        refusal(registration.decide_identity_change, by=owner, change=change, accept=True, note="好").code
        == "not_allowed"
    )
    registration.decide_identity_change(by=operator, change=change, accept=True, note="已核对")
    firm.refresh_from_db()
    assert (firm.name, firm.region.short_name) == ("蜀锦集团有限公司", "重庆")
    assert firm.pinyin.startswith("shu jin ji tuan")
    assert heard == [("changed", firm.pk)]
    assert (
        refusal(registration.decide_identity_change, by=operator, change=change, accept=False, note="再想想").code
        == "change_decided"
    )


def test_a_declined_or_withdrawn_identity_change_changes_nothing():
    firm = EnterpriseFactory(verified=True, owner=True)
    owner, name = owner_of(firm), firm.name

    def ask():
        return registration.ask_identity_change(
            by=owner,
            enterprise=firm,
            name="新名称有限公司",
            uscc=firm.uscc,
            org_type=firm.org_type,
            region=firm.region,
            reason="更名",
        )

    registration.decide_identity_change(by=UserFactory(operator=True), change=ask(), accept=False, note="缺证明")
    registration.withdraw_identity_change(by=owner, change=ask())
    firm.refresh_from_db()
    assert firm.name == name


def test_two_firms_cannot_ask_for_one_code():
    first = EnterpriseFactory(verified=True, owner=True)
    taken = EnterpriseFactory(verified=True)
    assert (
        refusal(
            registration.ask_identity_change,
            by=owner_of(first),
            enterprise=first,
            name=first.name,
            uscc=taken.uscc,
            org_type=first.org_type,
            region=first.region,
            reason="换证",
        ).code
        == "uscc_taken"
    )


def test_blocking_is_known_to_nobody_but_the_firm(heard):
    firm, rival = EnterpriseFactory(verified=True, owner=True), EnterpriseFactory(verified=True, owner=True)
    owner = owner_of(firm)
    registration.block(by=owner, enterprise=firm, other=rival)
    registration.block(by=owner, enterprise=firm, other=rival)
    assert list(firm.blocked.all()) == [rival]
    assert heard == [("changed", firm.pk)]
    assert not Notice.objects.filter(user=owner_of(rival)).exists()
    assert not AuditEntry.objects.filter(firm_id=rival.pk).exists()
    registration.unblock(by=owner, enterprise=firm, other=rival)
    assert not firm.blocked.exists()
    assert refusal(registration.block, by=owner, enterprise=firm, other=firm).code == "itself"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"MZ\x90 program", "file_kind"),
        (b"<svg onload=alert(1)>", "file_kind"),
        (b"%PDF-" + b"0" * (5 * 1024 * 1024), "file_too_large"),
    ],
)
def test_proofs_are_known_by_their_content_and_limited(content, code):
    firm = EnterpriseFactory(owner=True)
    assert (
        refusal(registration.add_file, by=owner_of(firm), enterprise=firm, title="执照.pdf", content=content).code
        == code
    )
    assert not firm.verification_files.exists()


def test_personal_contacts_do_not_enter_the_log_that_never_forgets():
    firm = EnterpriseFactory(owner=True)
    registration.save_step(by=owner_of(firm), enterprise=firm, step="contacts", values={"contact_phone": "13800001111"})
    entry = AuditEntry.objects.filter(firm_id=firm.pk).latest("id")
    assert entry.changes == {"contact_phone": ["***", "***"]}


def test_factories_codes_are_real_ones():
    assert uscc.examine(EnterpriseFactory(verified=True).uscc).problems == ()
