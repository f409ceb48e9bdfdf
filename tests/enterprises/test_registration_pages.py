"""The wizard, the firm's own pages, claims and the operator's desk, through their addresses."""

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from enterprises import registration
from enterprises.models import Claim, Enterprise, IdentityChange, VerificationFile
from enterprises.tasks.firms import mail_invitation
from foundation.models import Job
from tests.factories import (
    CertificateFactory,
    CertificateKindFactory,
    ClaimFactory,
    EnterpriseFactory,
    IndustryFactory,
    InvitationFactory,
    MemberFactory,
    PrefectureFactory,
    SiteFactory,
    SizeSnapshotFactory,
    TierTitleFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db

CODE = "91110000600037341L"
PDF = b"%PDF-1.7 licence"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def body(response):
    return response.content.decode()


def step(firm, name):
    return reverse("enterprises:registration-step", args=[firm.pk, name])


def test_somebody_registers_a_firm_in_five_steps_and_comes_back_between(client):
    person = UserFactory(name="王五")
    client.force_login(person)
    start = reverse("enterprises:registration-start")
    answer = client.post(start, {"org_type": "enterprise", "name": "蜀锦精工轴承有限公司", "uscc": CODE})
    firm = Enterprise.objects.get()
    assert answer.headers["Location"] == step(firm, "place")
    city, bearings = PrefectureFactory(parent=province("四川")), IndustryFactory(code="3451")
    answer = client.post(
        step(firm, "place"), {"region": city.code, "industry": bearings.code, "address": "一环路 1 号", "stay": "1"}
    )
    assert answer.headers["Location"] == start
    assert "蜀锦精工轴承有限公司" in body(client.get(start))
    answer = client.post(step(firm, "size"), {"as_of": "2025-12-31", "staff": "400", "revenue_wan": "5000"})
    assert answer.headers["Location"] == step(firm, "contacts")
    page = body(client.get(step(firm, "contacts")))
    assert "王五" in page  # offered as the contact
    visibility = {f"see_{name}": "public" for name in registration.profile.disclosure.DEFAULTS}
    client.post(step(firm, "contacts"), {"contact_name": "王五", "contact_phone": "028-85550000", **visibility})
    check = client.get(step(firm, "check"))
    assert "中型" in body(check)
    assert "提交前还需要" not in body(check)
    client.post(step(firm, "check"), {"note": "请尽快"})
    firm.refresh_from_db()
    assert firm.status == Enterprise.Status.SUBMITTED
    assert (firm.region, firm.industry, firm.size_class) == (city, bearings, "medium")
    assert firm.field_visibility["contact_phone"] == "public"
    # Sent is sent: the other steps lead to the check page.
    assert client.get(step(firm, "place")).headers["Location"] == step(firm, "check")


def test_what_is_missing_is_linked_and_submission_refused(client):
    firm = EnterpriseFactory(owner=True)
    client.force_login(owner_of(firm))
    page = body(client.get(step(firm, "check")))
    assert "请选择注册地" in page
    assert step(firm, "place") in page
    answer = client.post(step(firm, "check"), {})
    assert answer.status_code == 200
    firm.refresh_from_db()
    assert firm.status == Enterprise.Status.DRAFT


def test_a_taken_code_leads_to_a_claim_with_evidence(client):
    firm = EnterpriseFactory(uscc=CODE, name="不该泄露的名称有限公司")
    person = UserFactory()
    client.force_login(person)
    page = body(
        client.post(
            reverse("enterprises:registration-start"), {"org_type": "enterprise", "name": "某公司", "uscc": CODE}
        )
    )
    link = reverse("enterprises:claim-create") + f"?uscc={CODE}"
    assert link in page
    claim_page = body(client.get(link))
    # A draft's name is nobody's business.
    assert "不该泄露" not in claim_page + page
    answer = client.post(
        link, {"evidence": "我是法定代表人", "file": SimpleUploadedFile("a.exe", PDF, "application/octet-stream")}
    )
    assert answer.headers["Location"] == reverse("enterprises:claim-mine")
    claim = Claim.objects.get()
    assert (claim.enterprise, claim.claimant) == (firm, person)
    assert "不该泄露" not in body(client.get(reverse("enterprises:claim-mine")))
    got = client.get(reverse("enterprises:claim-file", args=[claim.pk]))
    assert b"".join(got.streaming_content) == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_no_proof_is_refused_beside_its_field(client):
    EnterpriseFactory(uscc=CODE)
    client.force_login(UserFactory())
    answer = client.post(
        reverse("enterprises:claim-create") + f"?uscc={CODE}",
        {"evidence": "我的", "file": SimpleUploadedFile("执照.pdf", b"MZ program", "application/pdf")},
    )
    assert "只能上传 PDF、PNG 或 JPG 文件" in body(answer)
    assert not Claim.objects.exists()


@pytest.mark.parametrize("query", ["", "?uscc=", "?uscc=91110000600037341X", "?firm=abc", "?firm=9" + "9" * 30])
def test_a_claim_needs_a_firm_that_is_here(client, query):
    client.force_login(UserFactory())
    assert client.get(reverse("enterprises:claim-create") + query).status_code == 404


def test_a_proof_that_is_refused_says_which_field_is_to_blame(client):
    firm = EnterpriseFactory(owner=True)
    client.force_login(owner_of(firm))
    url = reverse("enterprises:verification-file-create", args=[firm.pk])
    said = body(client.post(url, {"title": "长" * 81}, follow=True))
    assert re.search("材料名称：[^<]*80", said)
    assert "文件：" in said


def test_proofs_are_handed_to_editors_and_operators_only(client):
    firm = EnterpriseFactory(owner=True, viewer=True)
    owner = owner_of(firm)
    client.force_login(owner)
    client.post(
        reverse("enterprises:verification-file-create", args=[firm.pk]),
        {"title": "营业执照", "file": SimpleUploadedFile("x.pdf", PDF)},
    )
    url = reverse("enterprises:verification-file-show", args=[VerificationFile.objects.get().pk])
    viewer = firm.members.get(role="viewer").user
    for person, status in [
        (owner, 200),
        (UserFactory(operator=True), 200),
        (viewer, 404),
        (UserFactory(), 404),
        (owner_of(EnterpriseFactory(verified=True, owner=True)), 404),
    ]:
        client.force_login(person)
        answer = client.get(url)
        assert answer.status_code == status
        if status == 200:
            assert b"".join(answer.streaming_content) == PDF
    client.logout()
    assert client.get(url).status_code == 302
    assert client.get("/media/" + VerificationFile.objects.get().file.name).status_code == 404


FIRM_PAGES = [
    ("firm-profile", "GET", ("owner", "editor", "viewer")),
    ("firm-edit", "GET", ("owner", "editor")),
    ("firm-recheck", "POST", ("owner", "editor")),
    ("visibility-edit", "GET", ("owner", "editor")),
    ("size-list", "GET", ("owner", "editor", "viewer")),
    ("size-list", "POST", ("owner", "editor")),
    ("identity-change", "GET", ("owner",)),
    ("site-list", "GET", ("owner", "editor", "viewer")),
    ("site-create", "GET", ("owner", "editor")),
    ("title-list", "GET", ("owner", "editor", "viewer")),
    ("title-create", "GET", ("owner", "editor")),
    ("certificate-list", "GET", ("owner", "editor", "viewer")),
    ("certificate-create", "GET", ("owner", "editor")),
    ("member-list", "GET", ("owner", "editor", "viewer")),
    ("member-leave", "GET", ("owner", "editor", "viewer")),
    ("blocked-list", "GET", ("owner", "editor")),
    ("registration-discard", "GET", ("owner",)),
    ("registration-take-back", "POST", ("owner", "editor")),
    ("registration-reopen", "POST", ("owner", "editor")),
]


@pytest.mark.parametrize(("name", "method", "allowed"), FIRM_PAGES, ids=[f"{n} {m}" for n, m, _a in FIRM_PAGES])
def test_each_page_of_a_firm_opens_for_its_roles_and_is_missing_for_strangers(client, name, method, allowed):
    firm = EnterpriseFactory(verified=True, owner=True, editor=True, viewer=True)
    url = reverse(f"enterprises:{name}", args=[firm.pk])
    ask = client.get if method == "GET" else client.post
    assert ask(url).status_code == 302
    for role in ("owner", "editor", "viewer"):
        client.force_login(firm.members.get(role=role).user)
        assert ask(url).status_code in ((200, 302) if role in allowed else (403, 404)), role
    rival = owner_of(EnterpriseFactory(verified=True, owner=True))
    for stranger in (rival, UserFactory(), UserFactory(operator=True)):
        client.force_login(stranger)
        assert ask(url).status_code == 404
        missing = ask(reverse(f"enterprises:{name}", args=[firm.pk + 1000]))
        assert missing.status_code == 404
        strip = re.compile(rb"[A-Za-z0-9]{64}|/[0-9]+/")
        assert strip.sub(b"", ask(url).content) == strip.sub(b"", missing.content)


@pytest.mark.parametrize(
    "name", ["verification-list", "claim-list", "verification-show", "claim-show", "identity-decide"]
)
def test_the_operators_desk_does_not_exist_for_others(client, name):
    claim = ClaimFactory()
    args = {"verification-show": [claim.enterprise_id], "claim-show": [claim.pk], "identity-decide": [1]}.get(name, [])
    url = reverse(f"enterprises:{name}", args=args)
    assert client.post(url).status_code == 302
    for person in (UserFactory(), owner_of(EnterpriseFactory(verified=True, owner=True))):
        client.force_login(person)
        assert client.get(url).status_code in (404, 405)
        assert client.post(url).status_code == 404


def test_the_operator_works_the_queue(client):
    firm = EnterpriseFactory(submitted=True, owner=True, uscc_check="warn", uscc="91350211M0000XUF46")
    operator = UserFactory(operator=True)
    client.force_login(operator)
    page = body(client.get(reverse("enterprises:verification-list")))
    assert firm.name in page
    assert "校验位不符" in page
    url = reverse("enterprises:verification-show", args=[firm.pk])
    assert "开始核验" in body(client.get(url))
    client.post(url, {"action": "take"})
    assert "请在说明中写明核对了什么" in body(client.post(url, {"action": "verify", "note": ""}))
    client.post(url, {"action": "ask", "note": "请上传营业执照"})
    client.force_login(owner_of(firm))
    assert "请上传营业执照" in body(client.get(step(firm, "check")))
    client.post(step(firm, "check"), {"note": "已上传"})
    client.force_login(operator)
    client.post(url, {"action": "take"})
    client.post(url, {"action": "verify", "note": "已核对原件"})
    firm.refresh_from_db()
    assert firm.status == Enterprise.Status.VERIFIED
    assert body(client.get(url)).count("已核对原件") == 1
    assert "请选择一个操作" in body(client.post(url, {"action": "explode", "note": "x"}))


def test_the_queue_filters_by_state_text_and_doubt_oldest_first(client):
    client.force_login(UserFactory(operator=True))
    old = EnterpriseFactory(submitted=True, submitted_at=timezone.now() - timezone.timedelta(days=3))
    new = EnterpriseFactory(checking=True, uscc_check="warn")
    verified = EnterpriseFactory(verified=True)
    EnterpriseFactory()
    url = reverse("enterprises:verification-list")

    def names(query=""):
        return [firm.pk for firm in client.get(url + query).context["page_obj"]]

    assert names() == [old.pk, new.pk]
    assert names("?state=verified") == [verified.pk]
    assert names("?doubtful=on") == [new.pk]
    assert names(f"?q={old.uscc}") == [old.pk]
    assert names("?state=nonsense&page=999999999999") is not None


def test_the_desk_asks_the_database_as_often_for_many_as_for_few(client, django_assert_max_num_queries):
    client.force_login(UserFactory(operator=True))
    lists = [reverse("enterprises:verification-list"), reverse("enterprises:claim-list")]

    def queries():
        counts = []
        for url in lists:
            with django_assert_max_num_queries(25) as asked:
                client.get(url)
            counts.append(len(asked))
        return counts

    def more(count):
        for _number in range(count):
            EnterpriseFactory(submitted=True, region=PrefectureFactory())
            ClaimFactory()

    more(5)
    queries()
    few = queries()
    more(30)
    assert queries() == few


def test_likely_duplicates_are_shown_to_the_operator(client):
    firm = EnterpriseFactory(submitted=True, name="成都蜀锦精密机械有限公司", contact_phone="")
    twin = EnterpriseFactory(verified=True, name="成都市蜀锦精密机械有限公司", contact_phone="1")
    EnterpriseFactory(verified=True, name="深圳海纳芯片设计有限公司", contact_phone="2")
    client.force_login(UserFactory(operator=True))
    page = client.get(reverse("enterprises:verification-show", args=[firm.pk]))
    assert page.context["likely"] == [twin]


def test_an_identity_change_is_decided_on_the_firms_sheet(client):
    firm = EnterpriseFactory(verified=True, owner=True, region=PrefectureFactory(parent=province("四川")))
    owner, operator = owner_of(firm), UserFactory(operator=True)
    client.force_login(owner)
    answer = client.post(
        reverse("enterprises:identity-change", args=[firm.pk]),
        {
            "name": "蜀锦集团有限公司",
            "uscc": firm.uscc,
            "org_type": "enterprise",
            "region": firm.region_id,
            "reason": "更名通知书",
        },
    )
    assert answer.status_code == 302
    assert "蜀锦集团有限公司" in body(client.get(reverse("enterprises:firm-profile", args=[firm.pk])))
    client.force_login(operator)
    assert firm.name in body(client.get(reverse("enterprises:verification-list")))
    change = IdentityChange.objects.get()
    decide = reverse("enterprises:identity-decide", args=[change.pk])
    assert client.post(decide, {"answer": "maybe"}).status_code == 404
    said = body(client.post(decide, {"answer": "accept", "note": "长" * 1001}, follow=True))
    assert re.search("说明：[^<]*1000", said)
    assert IdentityChange.objects.get().state == IdentityChange.State.OPEN
    client.post(decide, {"answer": "accept", "note": "已核对"})
    firm.refresh_from_db()
    assert firm.name == "蜀锦集团有限公司"


def test_the_operator_decides_a_claim(client):
    claim = ClaimFactory()
    client.force_login(UserFactory(operator=True))
    assert claim.enterprise.name in body(client.get(reverse("enterprises:claim-list")))
    url = reverse("enterprises:claim-show", args=[claim.pk])
    assert claim.evidence in body(client.get(url))
    client.post(url, {"accept": "yes", "keep_members": "on", "note": "属实"})
    assert owner_of(claim.enterprise) == claim.claimant
    assert "属实" in body(client.get(url))


@pytest.mark.parametrize(
    ("page", "data", "model"),
    [
        ("site", {"kind": "plant", "name": "二厂", "address": ""}, "sites"),
        (
            "title",
            {"title": "specialised", "issuer": "省工信厅", "issued_on": "2025-01-01", "expires_on": "2028-01-01"},
            "titles",
        ),
        ("certificate", {"kind": "iso9001", "issuer": "CQC", "valid_to": "2028-01-01"}, "certificates"),
    ],
)
def test_sites_titles_and_certificates_are_added_edited_and_removed(client, page, data, model):
    firm = EnterpriseFactory(verified=True, owner=True)
    CertificateKindFactory()
    if page == "site":
        data = {**data, "region": PrefectureFactory().code}
    client.force_login(owner_of(firm))
    rows = getattr(firm, model)
    answer = client.post(reverse(f"enterprises:{page}-create", args=[firm.pk]), {**data, "next": "/register/"})
    assert answer.headers["Location"] == "/register/"
    row = rows.get()
    edit = reverse(f"enterprises:{page}-edit", args=[firm.pk, row.pk])
    changed = {**data, ("name" if page == "site" else "issuer"): "改过的", "next": "https://evil.example/"}
    answer = client.post(edit, changed)
    assert answer.headers["Location"] == reverse(f"enterprises:{page}-list", args=[firm.pk])
    assert "改过的" in body(client.get(answer.headers["Location"]))
    remove = reverse(f"enterprises:{page}-remove", args=[firm.pk, row.pk])
    assert "确定删除" in body(client.get(remove))
    client.post(remove)
    assert not rows.exists()


def test_another_firms_row_is_a_missing_one(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    for page, row in (("site", SiteFactory()), ("title", TierTitleFactory()), ("certificate", CertificateFactory())):
        for action in ("edit", "remove"):
            url = reverse(f"enterprises:{page}-{action}", args=[firm.pk, row.pk])
            assert client.get(url).status_code == 404
            assert client.post(url).status_code == 404
    member, invitation = MemberFactory(), InvitationFactory()
    for name, pk in (
        ("member-role", member.pk),
        ("member-remove", member.pk),
        ("invitation-renew", invitation.pk),
        ("invitation-withdraw", invitation.pk),
    ):
        assert client.post(reverse(f"enterprises:{name}", args=[firm.pk, pk])).status_code == 404


def test_a_title_that_ends_before_it_begins_is_refused_by_the_form(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    answer = client.post(
        reverse("enterprises:title-create", args=[firm.pk]),
        {"title": "specialised", "issuer": "省厅", "issued_on": "2025-01-01", "expires_on": "2024-01-01"},
    )
    assert "有效期应晚于认定日期" in body(answer)


def test_expired_and_ending_titles_say_so(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    today = timezone.localdate()
    day = timezone.timedelta(days=1)
    TierTitleFactory(enterprise=firm, expires_on=today - day)
    TierTitleFactory(enterprise=firm, title="hightech", expires_on=today + day)
    client.force_login(owner_of(firm))
    page = body(client.get(reverse("enterprises:title-list", args=[firm.pk])))
    assert "已过期" in page
    assert "即将到期" in page


def test_an_owner_invites_and_the_guest_accepts_after_log_in(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    members = reverse("enterprises:member-list", args=[firm.pk])
    client.post(members, {"email": "wang@example.com", "role": "editor"})
    assert "wang@example.com" in body(client.get(members))
    job = Job.objects.get(kind="enterprises.mail_invitation")
    mail_invitation(None, **job.payload)
    link = re.search(r"/invitations/\w+/", mail.outbox[0].body).group()
    client.logout()
    assert f"/accounts/login/?next={link}" in body(client.get(link))
    client.force_login(UserFactory(email="other@example.com"))
    assert "发给了另一个邮箱" in body(client.get(link))
    assert client.post(link).headers["Location"] == link
    guest = UserFactory(email="wang@example.com")
    client.force_login(guest)
    assert "接受邀请" in body(client.get(link))
    answer = client.post(link)
    assert answer.headers["Location"] == reverse("enterprises:firm-profile", args=[firm.pk])
    assert firm.members.active().get(user=guest).role == "editor"
    assert client.get("/invitations/0123456789abcdef/").status_code == 404


def test_the_last_owner_is_told_why_they_cannot_leave(client):
    firm = EnterpriseFactory(verified=True, owner=True)
    client.force_login(owner_of(firm))
    answer = client.post(reverse("enterprises:member-leave", args=[firm.pk]), follow=True)
    assert "至少要有一名负责人" in body(answer)


def test_a_recheck_is_confirmed_on_the_profile(client):
    firm = EnterpriseFactory(recheck_due=True, owner=True)
    client.force_login(owner_of(firm))
    url = reverse("enterprises:firm-profile", args=[firm.pk])
    assert "提交复核" in body(client.get(url))
    assert "复核已提交" in body(client.post(reverse("enterprises:firm-recheck", args=[firm.pk]), follow=True))


def test_profile_size_visibility_and_block_list_are_saved(client):
    firm = EnterpriseFactory(verified=True, owner=True, region=province("四川"))
    other = EnterpriseFactory(verified=True)
    client.force_login(owner_of(firm))
    client.post(
        reverse("enterprises:firm-edit", args=[firm.pk]),
        {
            "short_name": "蜀锦",
            "industry": firm.industry_id,
            "website": "www.example.com",
            "contact_phone": "028 1234567",
        },
    )
    client.post(
        reverse("enterprises:size-list", args=[firm.pk]), {"as_of": "2025-12-31", "staff": "5", "revenue_wan": ""}
    )
    fields = {f"see_{name}": "members" for name in registration.profile.disclosure.DEFAULTS}
    client.post(reverse("enterprises:visibility-edit", args=[firm.pk]), fields)
    client.post(reverse("enterprises:blocked-list", args=[firm.pk]), {"name": other.name})
    firm.refresh_from_db()
    assert (firm.short_name, firm.website, firm.size_class) == ("蜀锦", "https://www.example.com", "micro")
    assert firm.field_visibility["introduction"] == "members"
    assert "contact_phone" not in firm.field_visibility  # as the default has it
    assert list(firm.blocked.all()) == [other]
    client.post(reverse("enterprises:blocked-remove", args=[firm.pk, other.pk]))
    assert not firm.blocked.exists()


def test_forms_keep_what_was_typed_and_say_what_is_wrong(client):
    firm = EnterpriseFactory(owner=True)
    client.force_login(owner_of(firm))
    page = body(client.post(step(firm, "identity"), {"org_type": "enterprise", "name": "某公司", "uscc": "123"}))
    assert "应为 18 位，您填写了 3 位" in page
    assert 'value="123"' in page
    page = body(client.post(step(firm, "size"), {"staff": "-1", "revenue_wan": "abc"}))
    assert 'value="abc"' in page
    page = body(client.post(step(firm, "size"), {"staff": "12", "as_of": "2999-01-01"}))
    assert "日期不能晚于今天" in page


HOSTILE = [
    "\x00", "a\x00b", "'; DROP TABLE x;--", "<script>alert(1)</script>", "../../etc/passwd", "9" * 400, "-1", "1e999",
    "NaN", "Infinity", "0x10", "٣", "½", "\ud800".encode("utf-8", "surrogatepass"), "\u202e", "\U0001f600", "%00", "{}",
    "[]", "null", "true", " ", "\n\r", "2026-02-30", "0000-00-00", "99999-01-01", "１２３", "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_are_no_server_errors(client, value):
    firm = EnterpriseFactory(owner=True, verified=True)
    draft = EnterpriseFactory(owner=owner_of(firm))
    SizeSnapshotFactory(enterprise=firm)
    client.force_login(owner_of(firm))
    fields = {
        "identity": ("org_type", "name", "uscc", "short_name", "founded_on"),
        "place": ("region", "industry", "address"),
        "size": ("as_of", "staff", "revenue_wan"),
        "contacts": ("contact_name", "contact_phone", "contact_email", "website", "introduction", "see_uscc"),
        "check": ("note",),
    }
    for name, names in fields.items():
        assert client.post(step(draft, name), dict.fromkeys(names, value)).status_code < 500
    for page, names in (
        ("site", ("kind", "name", "region", "address", "next")),
        ("title", ("title", "issuer", "number", "issued_on", "expires_on")),
        ("certificate", ("kind", "issuer", "number", "valid_from", "valid_to")),
    ):
        url = reverse(f"enterprises:{page}-create", args=[firm.pk])
        assert client.post(url, dict.fromkeys(names, value)).status_code < 500
    for name, names in (("member-list", ("email", "role")), ("blocked-list", ("name",))):
        url = reverse(f"enterprises:{name}", args=[firm.pk])
        assert client.post(url, dict.fromkeys(names, value)).status_code < 500
    for query in ("q", "region", "strategy", "industry", "org_type", "size", "title", "certificate", "sort", "page"):
        assert client.get(reverse("enterprises:firm-list"), {query: value}).status_code < 500
    client.force_login(UserFactory(operator=True))
    for query in ("q", "state", "region", "doubtful", "page"):
        assert client.get(reverse("enterprises:verification-list"), {query: value}).status_code < 500
    assert client.get(reverse("enterprises:claim-list"), {"state": value}).status_code < 500
    assert client.get(reverse("enterprises:claim-create"), {"uscc": value, "firm": value}).status_code in (400, 404)


@pytest.mark.parametrize("name", ["firm-show", "firm-profile", "verification-show", "claim-show", "claim-file"])
def test_huge_numbers_in_addresses_are_missing_pages(client, name):
    client.force_login(UserFactory(operator=True))
    assert client.get(reverse(f"enterprises:{name}", args=[10**30])).status_code == 404


def test_an_invitation_says_what_it_is_before_log_in(client):
    firm = EnterpriseFactory(owner=True)
    invitation = registration.invite(by=owner_of(firm), enterprise=firm, email="wang@example.com", role="editor")
    address = reverse("enterprises:invitation-show", args=[registration.secret_of(invitation)])
    page = client.get(address).content.decode()
    assert invitation.enterprise.name in page
    assert f"/accounts/signup/?next={address}" in page
    answer = client.post(address)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/accounts/login/")
    assert not invitation.enterprise.members.filter(user__email="wang@example.com").exists()


def test_a_web_site_may_be_written_as_people_say_it(client):
    firm = EnterpriseFactory(owner=True)
    client.force_login(owner_of(firm))
    address = reverse("enterprises:registration-step", args=[firm.pk, "contacts"])
    assert 'type="url"' not in client.get(address).content.decode()
    client.post(address, {"website": "www.example.com", "stay": "1"})
    firm.refresh_from_db()
    assert firm.website == "https://www.example.com"


def test_the_operator_is_told_what_was_decided(client):
    firm = EnterpriseFactory(status="submitted", submitted_at=timezone.now(), uscc=CODE, owner=True)
    client.force_login(UserFactory(operator=True))
    address = reverse("enterprises:verification-show", args=[firm.pk])
    page = client.post(address, {"action": "take", "note": ""}, follow=True).content.decode()
    assert "已开始核验" in page
    page = client.post(address, {"action": "ask", "note": "请补充营业执照。"}, follow=True).content.decode()
    assert "已要求补充，并通知了企业" in page


def test_the_wizard_marks_what_is_needed_in_the_end_and_its_last_step_ends(client):
    user = UserFactory()
    client.force_login(user)
    marked = '{}<span class="field-mark">提交前必填</span>'
    assert marked.format("统一社会信用代码") in client.get(reverse("enterprises:registration-start")).content.decode()
    firm = EnterpriseFactory(filled=True, owner=user)

    def step(name: str) -> str:
        return client.get(reverse("enterprises:registration-step", args=[firm.pk, name])).content.decode()

    for label, name in (("注册地", "place"), ("行业", "place"), ("联系人", "contacts")):
        assert marked.format(label) in step(name)
    assert '地址<span class="field-mark">选填</span>' in step("place")
    assert "（进行中）" in step("check")
    registration.submit(by=user, enterprise=firm, note="")
    assert "（进行中）" not in step("check")
    assert step("check").count("（已完成）") == 5


def test_a_draft_is_gone_on_with_where_one_stopped(client):
    person = UserFactory()
    client.force_login(person)
    start = reverse("enterprises:registration-start")
    client.post(start, {"org_type": "enterprise", "name": "蜀锦精工轴承有限公司", "uscc": CODE})
    firm = Enterprise.objects.get()
    assert f'href="{step(firm, "place")}"' in body(client.get(start))
    place = {"region": PrefectureFactory(parent=province("四川")).code, "industry": IndustryFactory(code="3451").code}
    client.post(step(firm, "place"), place | {"address": "一环路 1 号", "stay": "1"})
    assert f'href="{step(firm, "size")}"' in body(client.get(start))
    client.post(step(firm, "size"), {"as_of": "2025-12-31", "staff": "400", "revenue_wan": "5000"})
    assert f'href="{step(firm, "contacts")}"' in body(client.get(start))
    client.post(step(firm, "contacts"), {"contact_name": "王五", "contact_phone": "028-85550000"})
    assert f'href="{step(firm, "check")}"' in body(client.get(start))
