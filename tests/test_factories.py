"""Each situation that the factories name can be saved, constraints and all."""

import pytest

from enterprises import uscc
from enterprises.models import Enterprise, Member, Post
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [s for s in Enterprise.Status.values if s != "draft"])
def test_a_firm_can_be_made_in_every_state(state):
    firm = factories.EnterpriseFactory(**{state: True})
    assert firm.status == state
    assert uscc.examine(firm.uscc).problems == ()


def test_a_firm_comes_with_the_people_asked_for():
    editor = factories.UserFactory()
    firm = factories.EnterpriseFactory(verified=True, owner=True, editor=editor, viewer=True)
    assert sorted(firm.members.values_list("role", flat=True)) == ["editor", "owner", "viewer"]
    assert factories.owner_of(firm) != editor
    assert Enterprise.objects.editable_by(editor).get() == firm


@pytest.mark.parametrize("trait", ["published", "expired", "withdrawn", "demand"])
def test_posts_can_be_made_in_the_situations_named(trait):
    post = factories.PostFactory(**{trait: True})
    assert Post.objects.open().filter(pk=post.pk).exists() == (trait == "published")


def test_regions_and_industries_nest():
    county = factories.CountyFactory(parent__parent=factories.province("四川"))
    assert county.province_code == "510000"
    assert county.code.startswith(county.parent.prefix)
    battery = factories.IndustryFactory()
    assert [battery.parent_id, battery.parent.parent_id, battery.section] == ["384", "38", "C"]
    assert factories.IndustryFactory(code="6513").section == "I"


def test_the_other_factories_save():
    for name in (
        "Invitation",
        "Claim",
        "SizeSnapshot",
        "TierTitle",
        "Site",
        "Certificate",
        "Capability",
        "Official",
        "RegionSet",
    ):
        assert getattr(factories, f"{name}Factory")().pk
    assert factories.MemberFactory().role == Member.Role.OWNER
