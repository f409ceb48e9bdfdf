"""/api/v1/posts/, /capabilities/ and one's own under /my/firms/."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from enterprises.models import Capability, Post
from foundation import tokens
from foundation.models import IdempotentRequest
from regions.models import Region
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    CertificateKindFactory,
    CountyFactory,
    EnterpriseFactory,
    IndustryFactory,
    PostFactory,
    PrefectureFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db
CANARY = "鹤鸣七号机密配方"
POSTS, CAPABILITIES = "/api/v1/posts/", "/api/v1/capabilities/"


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True, region=province("四川"))


@pytest.fixture
def owner(firm):
    return owner_of(firm)


@pytest.fixture
def mine(firm):
    return f"/api/v1/my/firms/{firm.pk}/posts/"


def names(response):
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def test_the_list_holds_open_posts_and_pages_by_cursor(api):
    for number in range(5):
        PostFactory(published=True, title=f"帖{number}", pinyin=f"tie {number}")
    PostFactory(title="草稿")
    assert names(api.get(POSTS)) == ["帖4", "帖3", "帖2", "帖1", "帖0"]
    first = api.get(POSTS + "?page_size=2&sort=pinyin").json()
    second = api.get(first["next"]).json()
    assert [row["title"] for row in first["results"] + second["results"]] == ["帖0", "帖1", "帖2", "帖3"]


def test_posts_that_were_loaded_together_are_all_listed_once(api):
    one = PostFactory(published=True)
    rows = [
        Post(
            enterprise=one.enterprise,
            direction=one.direction,
            product=f"件 {number}",
            title=f"件 {number}",
            status=one.status,
            published_at=one.published_at,
            expires_on=one.expires_on,
        )
        for number in range(1200)
    ]
    Post.objects.bulk_create(rows)
    url, seen = POSTS + "?page_size=100", []
    for _page in range(13):
        page = api.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert url is None
    assert seen == sorted({one.pk, *(row.pk for row in rows)}, reverse=True)


def test_places_are_named_from_the_province_down_in_a_constant_number_of_queries(api, django_assert_max_num_queries):
    sichuan = province("四川")

    def place(number: int) -> Region:
        city = PrefectureFactory(parent=sichuan, code=f"51{number:02}00", name=f"甲{number}市")
        return CountyFactory(parent=city, code=f"51{number:02}03", name=f"乙{number}区", short_name=f"乙{number}区")

    def add(number: int) -> None:
        firm = EnterpriseFactory(verified=True, owner=True, region=place(number))
        PostFactory(published=True, enterprise=firm, delivers_to=[place(number + 20)])
        PostFactory(published=True, enterprise=firm, demand=True, delivery_region=place(number + 40))
        CapabilityFactory(enterprise=firm)

    add(7)
    wanted, offered = api.get(POSTS).json()["results"]
    assert wanted["enterprise"]["region"] == {"code": "510703", "name": "四川 · 甲7 · 乙7区"}
    assert wanted["delivery_region"]["name"] == "四川 · 甲47 · 乙47区"
    assert offered["delivers_to"][0]["name"] == "四川 · 甲27 · 乙27区"
    assert api.get(CAPABILITIES).json()["results"][0]["enterprise"]["region"]["name"] == "四川 · 甲7 · 乙7区"
    for number in range(8, 14):
        add(number)
    for path, count in ((POSTS, 14), (CAPABILITIES, 7)):
        with django_assert_max_num_queries(4):
            assert len(api.get(path).json()["results"]) == count


def test_the_filters_of_the_page_work_here_too(api, firm):
    PostFactory(published=True, demand=True, enterprise=firm, title="要的", industry=IndustryFactory(code="3451"))
    PostFactory(published=True, title="供的", enterprise__region=province("江苏"))
    for query in ("direction=demand", "region=510000", "industry=345", "q=要的"):
        assert names(api.get(f"{POSTS}?{query}")) == ["要的"]
    assert api.get(f"{POSTS}?direction=sideways").status_code == 400


def test_confidential_posts_do_not_leak(api, firm, owner):
    invited = EnterpriseFactory(verified=True, owner=True)
    rival = EnterpriseFactory(verified=True, owner=True)
    secret = PostFactory(
        enterprise=firm, published=True, visibility="invited", title=CANARY, text=CANARY, invited_firms=[invited]
    )
    draft = PostFactory(enterprise=firm, title=CANARY, text=CANARY)
    hidden = CapabilityFactory(enterprise=firm, product=CANARY, visibility="invited")
    for person, sees in ((None, False), (owner_of(rival), False), (owner_of(invited), True), (owner, True)):
        api.force_authenticate(person)
        assert (CANARY in api.get(POSTS).content.decode()) == sees
        assert api.get(f"{POSTS}{secret.pk}/").status_code == (200 if sees else 404)
        assert api.get(f"{POSTS}{draft.pk}/").status_code == (200 if person == owner else 404)
        assert (CANARY in api.get(CAPABILITIES).content.decode()) == (person == owner)
        assert api.get(f"{CAPABILITIES}{hidden.pk}/").status_code == (200 if person == owner else 404)
        others = api.get(f"/api/v1/my/firms/{firm.pk}/posts/")
        assert others.status_code == (401 if person is None else 200 if person == owner else 404)
    missing, foreign = api.get(f"{POSTS}{secret.pk + 999}/"), None
    api.force_authenticate(owner_of(rival))
    foreign, missing = api.get(f"{POSTS}{secret.pk}/"), api.get(f"{POSTS}{secret.pk + 999}/")
    assert foreign.content == missing.content


def test_a_post_lives_through_the_api(api, firm, owner, mine):
    api.force_authenticate(owner)
    CertificateKindFactory(code="iso9001")
    data = {
        "direction": "demand",
        "product": "磷酸铁锂",
        "quantity": "500",
        "unit": "t",
        "delivery_region": "510000",
        "certificates": ["iso9001"],
    }
    created = api.post(mine, data, format="json")
    assert created.status_code == 201, created.content
    post = created.json()
    assert (post["status"], post["findings"], post["title"]) == ("draft", [], "磷酸铁锂")
    url = f"{mine}{post['id']}/"
    published = api.post(f"{url}publish/", headers={"Idempotency-Key": "k1"})
    assert published.json()["status"] == "published"
    replay = api.post(f"{url}publish/", headers={"Idempotency-Key": "k1"})
    assert (replay.status_code, replay.headers["Idempotent-Replayed"]) == (200, "true")
    assert IdempotentRequest.objects.count() == 1
    assert api.post(f"{url}publish/").json()["code"] == "not_a_draft"
    edited = api.patch(url, {"quantity": "800"}, format="json", headers={"If-Match": '"1"'})
    assert edited.json()["version"] == 2
    stale = api.patch(url, {"quantity": "900"}, format="json", headers={"If-Match": "1"})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed_meanwhile")
    assert [row["content"]["quantity"] for row in api.get(f"{url}versions/").json()] == ["500"]
    assert api.post(f"{url}renew/", {"still_holds": False}, format="json").json()["code"] == "not_confirmed"
    assert api.post(f"{url}renew/", {"still_holds": True}, format="json").status_code == 200
    assert api.post(f"{url}withdraw/", {}, format="json").status_code == 400
    assert api.post(f"{url}withdraw/", {"reason": "取消"}, format="json").json()["status"] == "withdrawn"
    again = api.post(f"{url}withdraw/", {"reason": "取消"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "not_open")
    copy = api.post(f"{url}duplicate/").json()
    assert api.delete(f"{mine}{copy['id']}/").status_code == 204
    assert [row["id"] for row in api.get(f"{mine}?status=withdrawn").json()["results"]] == [post["id"]]


def test_refusals_say_code_message_and_field(api, firm, owner, mine):
    api.force_authenticate(owner)
    answer = api.post(mine, {"direction": "demand", "product": "轴承", "quantity": "5"}, format="json")
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["field"]) == ("unit_missing", "unit")
    unverified = EnterpriseFactory(submitted=True, owner=True)
    api.force_authenticate(owner_of(unverified))
    post = PostFactory(enterprise=unverified)
    answer = api.post(f"/api/v1/my/firms/{unverified.pk}/posts/{post.pk}/publish/")
    assert (answer.status_code, answer.json()["code"]) == (409, "firm_not_verified")
    flagged = PostFactory(enterprise=firm, text="微信 abc12345")
    api.force_authenticate(owner)
    found = api.get(f"{mine}{flagged.pk}/check/").json()
    assert "contact_data" in [finding["code"] for finding in found]
    assert api.post(f"{mine}{flagged.pk}/publish/").json()["status"] == "review"
    assert api.post(f"{mine}{flagged.pk}/take-back/").json()["status"] == "draft"


def test_viewers_read_and_tokens_stay_in_their_firm(api, firm, owner, mine):
    viewer = UserFactory()
    firm.members.create(user=viewer, role="viewer")
    post = PostFactory(enterprise=firm)
    api.force_authenticate(viewer)
    assert api.get(mine).status_code == 200
    assert api.post(mine, {}, format="json").status_code == 403
    assert api.post(f"{mine}{post.pk}/publish/").status_code == 403
    api.force_authenticate(None)
    other = EnterpriseFactory(verified=True, owner=owner)
    _token, secret = tokens.issue(user=owner, name="erp", firm_id=other.pk, can_write=True, expires_at=None)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert api.get(mine).status_code == 404
    assert api.get(f"/api/v1/my/firms/{other.pk}/posts/").status_code == 200


@pytest.mark.parametrize("field", ["quantity", "unit", "delivery_region", "deliver_by", "certificates", "capability"])
@pytest.mark.parametrize(
    "value",
    ["", None, "NaN", "1e999", -1, 10**30, "\u0000", "\ud800", [], {}, [[[]]], True, "9999-99-99", "x" * 5000, 1.5],
    ids=repr,
)
def test_no_value_breaks_a_field(api, owner, mine, field, value):
    api.force_authenticate(owner)
    if isinstance(value, str) and "\ud800" in value:
        body = f'{{"direction": "demand", "product": "轴承", "{field}": "\\ud800"}}'
        answer = api.post(mine, body.encode(), content_type="application/json")
    else:
        answer = api.post(mine, {"direction": "demand", "product": "轴承", field: value}, format="json")
    assert answer.status_code in (201, 400, 409), answer.content


def test_lists_ask_as_often_for_fifty_as_for_five(api, firm, owner, mine):
    api.force_authenticate(owner)
    kinds = [CertificateKindFactory(code="iso9001"), CertificateKindFactory(code="ccc")]
    held = [CertificateFactory(enterprise=firm, kind=kind) for kind in kinds]

    def more(count):
        for _n in range(count):
            PostFactory(enterprise=firm, published=True, certificates=kinds, delivers_to=[province("重庆")])
            CapabilityFactory(enterprise=firm).certificates.set(held)

    def questions():
        counts = []
        for url in (POSTS, mine, CAPABILITIES, f"/api/v1/my/firms/{firm.pk}/capabilities/"):
            with CaptureQueriesContext(connection) as log:
                assert len(api.get(f"{url}?page_size=100").json()["results"]) >= 5
            counts.append(len(log))
        return counts

    more(5)
    few = questions()
    more(45)
    many = questions()
    assert many == few
    assert max(many) <= 8


def test_capabilities_through_the_api(api, firm, owner):
    api.force_authenticate(owner)
    held = CertificateFactory(enterprise=firm)
    foreign = CertificateFactory()
    mine = f"/api/v1/my/firms/{firm.pk}/capabilities/"
    data = {"product": "铝型材", "monthly_capacity": "2000", "unit": "t", "certificates": [held.pk]}
    data["parameters"] = [{"name": "壁厚", "value": "2", "unit": "mm"}]
    row = api.post(mine, data, format="json").json()
    assert row["parameters"] == [{"name": "壁厚", "value": "2", "unit": "mm"}]
    assert api.post(mine, data, format="json").json()["code"] == "duplicate"
    url = f"{mine}{row['id']}/"
    assert api.patch(url, {"certificates": [foreign.pk]}, format="json").status_code == 400
    assert api.patch(url, {"free_share": 40}, format="json").json()["free_share"] == 40
    draft = api.post(f"{url}draft-supply/").json()
    assert (draft["direction"], draft["quantity"], draft["status"]) == ("supply", "800.000", "draft")
    assert api.post(f"{url}archive/").json()["archived_at"]
    assert api.get(CAPABILITIES).json()["results"] == []
    assert api.post(f"{url}archive/").status_code == 409
    assert api.post(f"{url}restore/").json()["archived_at"] is None
    assert [r["product"] for r in api.get(f"{CAPABILITIES}?q=铝").json()["results"]] == ["铝型材"]
    assert Capability.objects.count() == 1
    assert Post.objects.get().capability_id == row["id"]


@pytest.mark.parametrize("half", [{"a": 1}, {"name": "内径"}, {"value": "20"}, {}])
def test_half_a_parameter_is_refused_also_where_the_rest_is_left_out(api, firm, owner, half):
    row = CapabilityFactory(enterprise=firm, parameters=[{"name": "外径", "value": "40", "unit": "mm"}])
    api.force_login(owner)
    url = f"/api/v1/my/firms/{firm.pk}/capabilities/{row.pk}/"
    answer = api.patch(url, {"parameters": [half]}, format="json")
    assert answer.status_code == 400
    assert answer.json()["field"].startswith("parameters.")
    row.refresh_from_db()
    assert row.parameters[0]["name"] == "外径"
    whole = {"name": "内径", "value": "20"}
    assert api.patch(url, {"parameters": [whole]}, format="json").json()["parameters"] == [{**whole, "unit": ""}]


@pytest.mark.parametrize("number", ["1e999999", "-1e999999", "NaN", "Infinity"])
def test_a_number_that_is_none_is_refused_wherever_it_stands(api, mine, owner, number):
    api.force_login(owner)
    for field in ("capability", "quantity", "lead_time_days", "product"):
        body = f'{{"direction": "supply", "product": "轴承", "{field}": {number}}}'
        answer = api.post(mine, body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.json()["message"]
    nested = f'{{"direction": "supply", "product": "轴承", "invited_firms": [{number}]}}'
    assert api.post(mine, nested, content_type="application/json").status_code == 400


def test_a_capability_tells_no_certificate_that_its_firm_hides(api):
    firm = EnterpriseFactory(verified=True)
    held = CertificateFactory(enterprise=firm, kind=CertificateKindFactory(code="iso9001"))
    row = CapabilityFactory(enterprise=firm)
    row.certificates.add(held)
    url = CAPABILITIES
    assert api.get(url, {"certificate": "iso9001"}).json()["results"][0]["certificates"] == ["iso9001"]
    firm.field_visibility = {"certificates": "members"}
    firm.save()
    assert api.get(f"{url}{row.pk}/").json()["certificates"] == []
    assert api.get(url, {"certificate": "iso9001"}).json()["results"] == []
