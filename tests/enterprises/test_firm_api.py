"""/api/v1/firms/ and /api/v1/my/firms/."""

import json

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from enterprises import disclosure
from enterprises.models import Enterprise, Invitation, Member
from foundation import tokens
from tests.factories import (
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
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
FIRMS, MINE = "/api/v1/firms/", "/api/v1/my/firms/"


@pytest.fixture
def api():
    return APIClient()


def firm_with_everything(**visibility):
    firm = EnterpriseFactory(
        verified=True,
        owner=True,
        address="一环路",
        website="https://firm.example.com",
        introduction="专做滚动轴承",
        founded_on="2009-09-09",
        contact_email="zhao@firm.example.com",
        size_class="small",
        field_visibility=visibility,
    )
    SiteFactory(enterprise=firm)
    TierTitleFactory(enterprise=firm)
    CertificateFactory(enterprise=firm)
    SizeSnapshotFactory(enterprise=firm)
    return firm


def test_the_directory_pages_by_cursor_in_the_order_of_names(api):
    for name in ("西安电机", "成都轴承", "宁德电池", "安徽铜业"):
        EnterpriseFactory(verified=True, name=name)
    EnterpriseFactory(submitted=True)
    first = api.get(FIRMS, {"page_size": 3}).json()
    second = api.get(first["next"]).json()
    got = [row["name"] for row in first["results"] + second["results"]]
    assert got == ["安徽铜业", "成都轴承", "宁德电池", "西安电机"]
    assert api.get(FIRMS, {"sort": "-pinyin"}).json()["results"][0]["name"] == "西安电机"


def test_filters_are_those_of_the_page(api):
    firm = EnterpriseFactory(verified=True, region=PrefectureFactory(parent=province("四川")), size_class="small")
    EnterpriseFactory(verified=True, region=province("江苏"), field_visibility={"size": "members"}, size_class="small")
    assert [r["id"] for r in api.get(FIRMS, {"region": "510000"}).json()["results"]] == [firm.pk]
    assert [r["id"] for r in api.get(FIRMS, {"size": "small"}).json()["results"]] == [firm.pk]
    assert api.get(FIRMS, {"region": "99"}).status_code == 400


@pytest.mark.parametrize("level", ["public", "verified", "members"])
def test_every_field_honours_the_firms_choice(api, level):
    firm = firm_with_everything(**dict.fromkeys(disclosure.DEFAULTS, level))
    keys = {**{name: name for name in disclosure.DEFAULTS}, "size": "size_class"}

    def visible():
        data = api.get(f"{FIRMS}{firm.pk}/").json()
        shown = {name for name, key in keys.items() if data[key] is not None}
        assert shown == set(disclosure.DEFAULTS) - set(data["hidden"])
        return shown

    everything, nothing = set(disclosure.DEFAULTS), set()
    assert visible() == (everything if level == "public" else nothing)
    api.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
    assert visible() == (nothing if level == "members" else everything)
    api.force_login(owner_of(firm))
    assert visible() == everything


def test_a_list_row_hides_as_the_page_does(api):
    firm_with_everything(size="members", titles="verified", certificates="members")
    (row,) = api.get(FIRMS).json()["results"]
    assert (row["size_class"], row["titles"], row["certificates"]) == (None, None, None)
    assert row["hidden"] == ["size", "titles", "certificates"]
    assert "contact_phone" not in json.dumps(row)


def test_a_firm_that_is_not_listed_is_missing(api):
    firm = EnterpriseFactory(suspended=True)
    api.force_login(UserFactory())
    foreign, missing = api.get(f"{FIRMS}{firm.pk}/"), api.get(f"{FIRMS}{firm.pk + 999}/")
    assert (foreign.status_code, foreign.content) == (404, missing.content)


def test_queries_do_not_grow_with_the_list(api, django_assert_max_num_queries):
    def grow(count):
        for _number in range(count):
            firm_with_everything()

    grow(5)
    with django_assert_max_num_queries(12) as few:
        api.get(FIRMS, {"page_size": 100})
    grow(20)
    with django_assert_max_num_queries(12) as many:
        api.get(FIRMS, {"page_size": 100})
    assert len(few) == len(many)


def test_a_program_registers_a_firm(api):
    person = UserFactory()
    api.force_login(person)
    answer = api.post(MINE, {"name": "蜀锦精工轴承有限公司", "uscc": CODE}, format="json")
    assert answer.status_code == 201
    url = f"{MINE}{answer.json()['id']}/"
    assert answer.json()["role"] == "owner"
    assert api.post(url + "submit/", {}, format="json").json()["code"] == "incomplete"
    city = PrefectureFactory(parent=province("四川"))
    answer = api.patch(
        url,
        {
            "region": city.code,
            "industry": IndustryFactory(code="3451").code,
            "contact_name": "李四",
            "contact_phone": "028-85550000",
            "field_visibility": {"introduction": "verified", "nonsense": "public", "website": "public"},
        },
        format="json",
    )
    assert answer.json()["gaps"] == []
    assert answer.json()["field_visibility"] == {"introduction": "verified"}
    sizes = api.post(url + "sizes/", {"as_of": "2025-12-31", "staff": 400, "revenue_wan": "5000"}, format="json")
    assert sizes.json()["size_class"] == "medium"
    assert api.post(url + "submit/", {"note": "请核验"}, format="json").json()["status"] == "submitted"
    assert api.patch(url, {"address": "新"}, format="json").json()["code"] == "in_check"
    assert api.post(url + "take-back/").json()["status"] == "draft"


def test_one_code_is_one_firm(api):
    EnterpriseFactory(uscc=CODE)
    api.force_login(UserFactory())
    answer = api.post(MINE, {"name": "另一家", "uscc": CODE}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (409, "uscc_taken", "uscc")
    check = api.get("/api/v1/uscc/", {"code": "9111 0000 6000 3734 1l"}).json()
    assert (check["usable"], check["doubtful"], check["taken"]) == (True, False, True)
    check = api.get("/api/v1/uscc/", {"code": "91350211M0000XUF46"}).json()
    assert (check["usable"], check["doubtful"], check["taken"]) == (True, True, False)
    assert api.get("/api/v1/uscc/", {"code": "x"}).json()["problems"] == ["length"]


def test_the_same_post_sent_twice_registers_once(api):
    api.force_login(UserFactory())
    for _time in range(2):
        answer = api.post(MINE, {"name": "某公司"}, format="json", headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
    assert Enterprise.objects.count() == 1


def test_somebody_who_left_gets_no_stored_answer_of_the_firm(api):
    user = UserFactory()
    api.force_login(user)
    keys = {"headers": {"Idempotency-Key": "one"}, "format": "json"}
    started = api.post(MINE, {"name": "某公司"}, **keys).json()
    owner_two = MemberFactory(enterprise_id=started["id"])
    site = f"{MINE}{started['id']}/sites/"
    body = {"kind": "plant", "name": "一厂", "region": PrefectureFactory().pk}
    first = api.post(site, body, format="json", headers={"Idempotency-Key": "two"})
    assert first.status_code == 201, first.content
    assert api.post(site, body, format="json", headers={"Idempotency-Key": "two"}).json() == first.json()
    Member.objects.exclude(pk=owner_two.pk).update(role="viewer")
    assert api.post(site, body, format="json", headers={"Idempotency-Key": "two"}).status_code == 403
    assert api.post(MINE, {"name": "某公司"}, **keys).json() == started
    Member.objects.exclude(pk=owner_two.pk).update(left_at=timezone.now())
    assert api.post(site, body, format="json", headers={"Idempotency-Key": "two"}).status_code == 404
    assert api.post(MINE, {"name": "某公司"}, **keys).status_code == 404


def test_verified_identity_needs_a_change_request(api):
    firm = EnterpriseFactory(verified=True, owner=True, region=PrefectureFactory())
    api.force_login(owner_of(firm))
    url = f"{MINE}{firm.pk}/"
    refused = api.patch(url, {"name": "新名", "address": "新址"}, format="json")
    assert (refused.status_code, refused.json()["field"]) == (400, "name")
    assert api.patch(url, {"address": "新址"}, format="json").json()["address"] == "新址"
    body = {"name": "新名", "uscc": firm.uscc, "org_type": "enterprise", "region": firm.region_id, "reason": "更名"}
    assert api.post(url + "identity-changes/", body, format="json").json()["state"] == "open"
    assert api.get(url + "identity-changes/").json()["results"][0]["name"] == "新名"


@pytest.mark.parametrize(
    ("path", "body", "change"),
    [
        ("sites", {"kind": "plant", "name": "一厂"}, {"name": "二厂"}),
        ("titles", {"title": "hightech", "issuer": "科技厅", "issued_on": "2025-01-01"}, {"issuer": "改"}),
        ("certificates", {"kind": "iso9001", "issuer": "CQC"}, {"number": "7"}),
    ],
)
def test_holdings_are_kept_over_the_api(api, path, body, change):
    firm = EnterpriseFactory(verified=True, owner=True)
    CertificateKindFactory()
    if path == "sites":
        body = {**body, "region": PrefectureFactory().code}
    api.force_login(owner_of(firm))
    url = f"{MINE}{firm.pk}/{path}/"
    made = api.post(url, body, format="json")
    assert made.status_code == 201
    row = f"{url}{made.json()['id']}/"
    assert api.patch(row, change, format="json").json().items() >= change.items()
    assert len(api.get(url).json()["results"]) == 1
    assert api.delete(row).status_code == 204
    assert api.get(row).status_code == 404


def test_dates_that_contradict_each_other_are_refused_in_words(api):
    firm = EnterpriseFactory(verified=True, owner=True)
    api.force_login(owner_of(firm))
    url = f"{MINE}{firm.pk}/titles/"
    body = {"title": "hightech", "issuer": "科技厅", "issued_on": "2025-01-01", "expires_on": "2024-01-01"}
    answer = api.post(url, body, format="json")
    assert (answer.status_code, answer.json()["message"]) == (409, "有效期应晚于认定日期。")
    body = {"title": "hightech", "issuer": "科技厅", "issued_on": "2999-01-01"}
    assert api.post(url, body, format="json").json()["code"] == "in_the_future"


def test_owners_manage_people_over_the_api(api):
    firm = EnterpriseFactory(verified=True, owner=True)
    editor = MemberFactory(enterprise=firm, role="editor")
    api.force_login(owner_of(firm))
    url = f"{MINE}{firm.pk}/"
    made = api.post(url + "invitations/", {"email": "wang@example.com", "role": "viewer"}, format="json")
    assert made.status_code == 201
    assert "digest" not in made.json()
    assert api.delete(f"{url}invitations/{made.json()['id']}/").status_code == 204
    assert Invitation.objects.get().withdrawn_at is not None
    assert api.patch(f"{url}members/{editor.pk}/", {"role": "viewer"}, format="json").json()["role"] == "viewer"
    assert api.delete(f"{url}members/{editor.pk}/").status_code == 204
    assert api.post(url + "leave/").json()["code"] == "last_owner"


PATHS = ["", "sites/", "titles/", "certificates/", "sizes/", "members/", "invitations/", "identity-changes/"]


@pytest.mark.parametrize("path", PATHS)
def test_another_firm_is_a_missing_firm(api, path):
    firm = EnterpriseFactory(verified=True, owner=True)
    api.force_login(owner_of(EnterpriseFactory(verified=True, owner=True)))
    foreign = api.get(f"{MINE}{firm.pk}/{path}")
    missing = api.get(f"{MINE}{firm.pk + 999}/{path}")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    assert api.post(f"{MINE}{firm.pk}/{path}", {}, format="json").status_code in (404, 405)
    assert APIClient().get(f"{MINE}{firm.pk}/{path}").status_code == 401


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_roles_limit_what_may_be_written(api, role):
    firm = EnterpriseFactory(verified=True, owner=True)
    api.force_login(MemberFactory(enterprise=firm, role=role).user)
    url = f"{MINE}{firm.pk}/"
    assert api.get(url).json()["role"] == role
    expected = 403 if role == "viewer" else 200
    assert api.patch(url, {"short_name": "x"}, format="json").status_code == expected
    for path in ("invitations/", "identity-changes/"):
        assert api.post(url + path, {}, format="json").status_code == 403
    if role == "viewer":
        for path in ("sites/", "sizes/", "submit/"):
            assert api.post(url + path, {}, format="json").status_code == 403


def test_a_token_sees_its_own_firm_only_and_cannot_start_another(api):
    person = UserFactory()
    one, other = (EnterpriseFactory(verified=True, owner=person) for _n in range(2))
    _token, secret = tokens.issue(user=person, name="t", firm_id=one.pk, can_write=True, expires_at=None)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert [row["id"] for row in api.get(MINE).json()["results"]] == [one.pk]
    assert api.get(f"{MINE}{other.pk}/members/").status_code == 404
    assert api.post(MINE, {"name": "第三家"}, format="json").status_code == 403


HOSTILE = [
    "\x00", "a\x00b", "9" * 400, "-1", "1e999", "NaN", "٣", "\u202e", {}, [], {"a": {"b": 1}}, None, True, -1, 10**40,
    1.5, "2026-02-30", "a" * 5000, "%00", "'; --",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_are_no_server_errors(api, value):
    firm, draft = EnterpriseFactory(verified=True, owner=True), EnterpriseFactory(owner=True)
    MemberFactory(enterprise=firm, user=owner_of(draft))
    api.force_login(owner_of(draft))
    assert api.post(MINE, dict.fromkeys(("name", "uscc", "org_type"), value), format="json").status_code < 500
    names = ("name", "uscc", "region", "industry", "founded_on", "website", "contact_email", "field_visibility")
    for name in names:
        assert api.patch(f"{MINE}{draft.pk}/", {name: value}, format="json").status_code < 500
    for path, fields in (
        ("sites", ("kind", "name", "region")),
        ("titles", ("title", "issuer", "issued_on", "expires_on")),
        ("certificates", ("kind", "issuer", "valid_to")),
        ("sizes", ("as_of", "staff", "revenue_wan")),
        ("invitations", ("email", "role")),
        ("identity-changes", ("name", "uscc", "org_type", "region", "reason")),
    ):
        for url in (f"{MINE}{firm.pk}/{path}/", f"{MINE}{draft.pk}/{path}/"):
            assert api.post(url, dict.fromkeys(fields, value), format="json").status_code < 500
            if isinstance(value, str):
                assert api.post(url, dict.fromkeys(fields, value), format="multipart").status_code < 500
    for query in ("q", "region", "industry", "certificate", "sort", "cursor", "page_size"):
        assert api.get(FIRMS, {query: json.dumps(value) if isinstance(value, dict) else str(value)}).status_code < 500
    assert api.get(f"{MINE}{10**18 - 1}/sites/").status_code == 404


def test_times_are_iso_and_in_one_zone(api):
    firm = EnterpriseFactory(verified=True)
    got = api.get(f"{FIRMS}{firm.pk}/").json()["verified_at"]
    assert got.startswith(timezone.localtime(firm.verified_at).strftime("%Y-%m-%dT%H"))
