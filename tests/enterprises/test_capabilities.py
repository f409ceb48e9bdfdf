"""What a firm can make: kept, shown to those it is for, made into supply posts."""

from decimal import Decimal

import pytest
from django.urls import reverse

from enterprises import capabilities
from enterprises.models import Capability, Post
from foundation.errors import RefusedError
from foundation.models import AuditEntry
from tests.factories import (
    CapabilityFactory,
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    UserFactory,
    owner_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


@pytest.fixture
def owner(firm):
    return owner_of(firm)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"product": "，"}, "product_unclear"),
        ({"monthly_capacity": Decimal(5)}, "unit_missing"),
        ({"monthly_capacity": Decimal(0), "unit": "t"}, "capacity_not_positive"),
        ({"minimum_order": Decimal(-1), "unit": "t"}, "minimum_not_positive"),
        ({"free_share": 101}, "share_out_of_range"),
        ({"description": "电话 13812345678"}, "contact_data"),
    ],
)
def test_what_is_wrong_is_refused(firm, owner, content, code):
    with pytest.raises(RefusedError) as refusal:
        capabilities.save(by=owner, enterprise=firm, **{"product": "铝型材", **content})
    assert refusal.value.code == code
    assert not Capability.objects.exists()


def test_the_same_capability_twice_is_refused_until_the_first_is_archived(firm, owner):
    first = capabilities.save(by=owner, enterprise=firm, product="铝型材")
    with pytest.raises(RefusedError, match="相同"):
        capabilities.save(by=owner, enterprise=firm, product="铝型材")
    capabilities.archive(capability=first, by=owner)
    capabilities.save(by=owner, enterprise=firm, product="铝型材")
    with pytest.raises(RefusedError) as refusal:
        capabilities.restore(capability=first, by=owner)
    assert refusal.value.code == "duplicate"


def test_certificates_must_be_the_firms_own(firm, owner):
    with pytest.raises(RefusedError) as refusal:
        capabilities.save(by=owner, enterprise=firm, product="铝型材", certificates=[CertificateFactory()])
    assert (refusal.value.code, refusal.value.field) == ("not_allowed", "certificates")


def test_only_editors_write(firm, owner):
    viewer = UserFactory()
    firm.members.create(user=viewer, role="viewer")
    row = CapabilityFactory(enterprise=firm)
    for person in (viewer, UserFactory(), UserFactory(operator=True)):
        for call in (
            lambda p: capabilities.save(by=p, enterprise=firm, product="铝型材"),
            lambda p: capabilities.archive(capability=row, by=p),
        ):
            with pytest.raises(RefusedError) as refusal:
                call(person)
            assert refusal.value.code == "not_allowed"


def test_changes_are_on_the_record(firm, owner):
    row = capabilities.save(by=owner, enterprise=firm, product="铝型材", monthly_capacity=Decimal(5), unit="t")
    capabilities.save(by=owner, enterprise=firm, capability=row, monthly_capacity=Decimal(8))
    assert AuditEntry.objects.get(action="capability.edited").changes == {"monthly_capacity": ["5", "8"]}


def test_a_supply_post_takes_over_what_the_capability_says(firm, owner, client):
    held = CertificateFactory(enterprise=firm, kind=CertificateKindFactory(code="iso9001"))
    over = CertificateFactory(enterprise=firm, kind=CertificateKindFactory(code="ccc"), valid_to="2020-01-01")
    row = capabilities.save(
        by=owner,
        enterprise=firm,
        product="铝型材",
        monthly_capacity=Decimal(2000),
        free_share=40,
        unit="t",
        industry=IndustryFactory(code="3841"),
        certificates=[held, over],
        parameters=capabilities.read_parameters("抗拉强度=≥ 260 MPa"),
    )
    post = capabilities.draft_supply(capability=row, by=owner)
    assert (post.direction, post.status, post.quantity, post.capability) == ("supply", "draft", 800, row)
    assert [kind.pk for kind in post.certificates.all()] == ["iso9001"]
    assert "抗拉强度" in post.text
    client.force_login(owner)
    html = client.get(reverse("enterprises:post-create") + f"?capability={row.pk}").content.decode()
    assert 'value="铝型材"' in html
    assert 'value="800' in html


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("拉伸强度=≥ 600 MPa", [("拉伸强度", "≥ 600", "MPa")]),
        ("厚度：2 mm\n颜色: 黑", [("厚度", "2", "mm"), ("颜色", "黑", "")]),
        ("纯度=99.9%；水分=≤10ppm", [("纯度", "99.9%", ""), ("水分", "≤10", "ppm")]),
        ("", []),
    ],
)
def test_parameters_are_read_line_by_line(text, rows):
    found = capabilities.read_parameters(text)
    assert [(row["name"], row["value"], row["unit"]) for row in found] == rows
    assert capabilities.read_parameters(capabilities.write_parameters(found)) == found


def test_a_line_that_says_no_value_is_named():
    with pytest.raises(ValueError, match="乱写"):
        capabilities.read_parameters("厚度=2 mm\n乱写")


# ---- pages --------------------------------------------------------------------


def test_capabilities_are_added_edited_archived_and_restored_by_the_pages(client, firm, owner):
    client.force_login(owner)
    data = {"product": "铝型材", "factor": "product", "visibility": "public", "monthly_capacity": "5", "unit": ""}
    bad = client.post(reverse("enterprises:capability-create"), data)
    assert bad.status_code == 422
    assert list(bad.context["form"].errors) == ["unit"]
    assert "选择单位" in bad.content.decode()
    data |= {"unit": "t", "parameter_lines": "壁厚=2 mm"}
    assert client.post(reverse("enterprises:capability-create"), data).status_code == 302
    row = Capability.objects.get()
    edit = reverse("enterprises:capability-edit", args=[row.pk])
    assert "壁厚=2 mm" in client.get(edit).content.decode()
    to_post = client.post(edit, data | {"monthly_capacity": "9", "action": "post"})
    assert to_post.url.endswith(f"?capability={row.pk}")
    for name, gone in (("archive", True), ("restore", False)):
        url = reverse(f"enterprises:capability-{name}", args=[row.pk])
        assert client.get(url).status_code == 200
        client.post(url)
        row.refresh_from_db()
        assert (row.archived_at is not None) == gone
    assert "铝型材" in client.get(reverse("enterprises:capability-list")).content.decode()
    assert not Post.objects.exists()


def test_another_firms_capabilities_are_missing(client, firm, owner):
    foreign = CapabilityFactory(product="鹤鸣七号")
    client.force_login(owner)
    for name in ("edit", "archive", "restore"):
        for pk in (foreign.pk, foreign.pk + 999):
            url = reverse(f"enterprises:capability-{name}", args=[pk])
            assert client.get(url).status_code == client.post(url).status_code == 404
    assert "鹤鸣七号" not in client.get(reverse("enterprises:capability-list")).content.decode()
    blank = client.get(reverse("enterprises:post-create") + f"?capability={foreign.pk}").content.decode()
    assert "鹤鸣七号" not in blank


def test_the_list_asks_as_often_for_thirty_as_for_three(client, firm, owner):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(owner)
    url = reverse("enterprises:capability-list")

    def questions():
        with CaptureQueriesContext(connection) as log:
            assert client.get(url).status_code == 200
        return len(log)

    CapabilityFactory.create_batch(3, enterprise=firm, industry=IndustryFactory(code="3841"))
    client.get(url)
    few = questions()
    CapabilityFactory.create_batch(27, enterprise=firm, industry=IndustryFactory(code="3451"))
    assert questions() <= few
