"""Upstream and downstream partners: who is found, by which path, and what does not count."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from chains import leadership, matching, partnering
from chains.models import Chain, Leadership, Link, Node, NodeMembership
from chains.partnering import Found, Partner
from chains.partnering.naming import named
from chains.partnering.weighing import weigh
from enterprises.models import Enterprise, Post
from enterprises.models.posts import Visibility
from tests.chains.battery import battery_chain, known, link, maker, node
from tests.chains.market import post
from tests.factories import UserFactory, owner_of, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> Chain:
    return battery_chain()


def partners(of: Enterprise, *, upstream: bool, links: int = 3, regions: list[str] | None = None, **more: Any) -> Found:
    """As the firm's owner sees them."""
    user = owner_of(of)
    start = partnering.from_firm(firm=of, user=user)
    wish = partnering.Wish(upstream=upstream, links=links, regions=regions or [])
    return partnering.find(start=start, wish=wish, user=user, firm=of, **more)


def firms(found: Found) -> list[int]:
    return [row.firm_id for row in found.partners]


def slugs(row: Partner) -> list[str]:
    return [step.slug for step in row.path.nodes]


def test_a_battery_maker_finds_its_suppliers_link_by_link(chain: Chain) -> None:
    pack, cell = maker("动力电池包"), maker("方形锂电芯", "江苏")
    cathode, salt = maker("磷酸铁锂正极材料", "湖南"), maker("电池级碳酸锂", "江西")
    own = pack.enterprise
    assert firms(partners(own, upstream=True, links=1)) == [cell.enterprise_id]
    assert firms(partners(own, upstream=True, links=2)) == [cell.enterprise_id, cathode.enterprise_id]
    found = partners(own, upstream=True, links=3)
    assert firms(found) == [cell.enterprise_id, cathode.enterprise_id, salt.enterprise_id]
    assert slugs(found.partners[-1]) == ["pack", "cell", "cathode", "salt"]
    assert found.partners[-1].supply == salt.pk
    assert found.nodes == 3


def test_a_salt_maker_finds_who_may_buy_downstream(chain: Chain) -> None:
    salt, cathode = maker("电池级碳酸锂"), maker("三元正极材料", "湖南")
    (row,) = partners(salt.enterprise, upstream=False, links=1).partners
    assert (row.firm_id, row.supply, row.demand, slugs(row)) == (
        cathode.enterprise_id,
        cathode.pk,
        None,
        ["salt", "cathode"],
    )


def test_every_link_of_every_path_exists_is_approved_and_joins_its_nodes(chain: Chain) -> None:
    salt = maker("电池级碳酸锂")
    for product in ("磷酸铁锂正极材料", "方形锂电芯", "动力电池包"):
        maker(product)
    found = partners(salt.enterprise, upstream=False)
    assert len(found.partners) == 3
    for row in found.partners:
        pairs = list(pairwise(row.path.nodes))
        stored = {(one.upstream_id, one.downstream_id) for one in Link.objects.filter(status="approved")}
        assert {(up.pk, down.pk) for up, down in pairs} <= stored
        assert [(one.upstream, one.downstream) for one in row.path.links] == pairs


@pytest.mark.parametrize("status", ["proposed", "rejected"])
def test_a_link_that_is_not_approved_is_never_used(chain: Chain, status: str) -> None:
    pack = maker("动力电池包")
    maker("方形锂电芯")
    maker("磷酸铁锂正极材料")
    Link.objects.filter(downstream=node("cell")).update(status=status)
    assert [slugs(row) for row in partners(pack.enterprise, upstream=True).partners] == [["pack", "cell"]]
    Link.objects.filter(downstream=node("pack")).update(status=status)
    assert partners(pack.enterprise, upstream=True) == Found([], nodes=0)


def test_the_shortest_path_counts_and_of_equal_ones_the_fresher(chain: Chain) -> None:
    pack, cathode = maker("动力电池包"), maker("磷酸铁锂正极材料")
    other = Node.objects.create(chain=chain, slug="module", name="模组", layer=2, terms=["电池模组壳"])
    link(node("cathode"), other)
    link(other, node("pack"))
    Link.objects.filter(downstream=node("cell")).update(observed_on=timezone.localdate() - timedelta(days=1000))
    (row,) = partners(pack.enterprise, upstream=True).partners
    assert (row.firm_id, slugs(row)) == (cathode.enterprise_id, ["pack", "module", "cathode"])
    link(node("cathode"), node("pack"))
    (row,) = partners(pack.enterprise, upstream=True).partners
    assert slugs(row) == ["pack", "cathode"]


def test_a_circle_of_links_ends(chain: Chain) -> None:
    pack = maker("动力电池包")
    maker("方形锂电芯")
    link(node("pack"), node("cell"))
    assert [slugs(row) for row in partners(pack.enterprise, upstream=True).partners] == [["pack", "cell"]]


def test_one_row_per_firm_with_what_else_it_does(chain: Chain) -> None:
    pack, cell = maker("动力电池包"), maker("方形锂电芯")
    second = post(cell.enterprise, product="磷酸铁锂正极材料")
    known(second)
    (row,) = partners(pack.enterprise, upstream=True).partners
    assert (row.supply, [other.slug for other in row.also]) == (cell.pk, ["cathode"])


# --- what changes no score ---------------------------------------------------------------------------------------


def points(found: Found) -> dict[int, tuple[int, dict[str, int]]]:
    return {row.firm_id: (row.points, row.parts) for row in found.partners}


def test_another_region_changes_no_score_and_no_rank(chain: Chain) -> None:
    salt = maker("电池级碳酸锂", "江西")
    others = [maker("磷酸铁锂正极材料", place) for place in ("江西", "湖南", "青海")]
    before = partners(salt.enterprise, upstream=False)
    for row, place in zip(others, ("新疆", "江西", "广东"), strict=True):
        Enterprise.objects.filter(pk=row.enterprise_id).update(region=province(place))
    known(*others)
    after = partners(salt.enterprise, upstream=False)
    assert points(before) == points(after)
    assert firms(before) == firms(after)


def test_a_region_filter_takes_out_and_changes_no_score(chain: Chain) -> None:
    salt = maker("电池级碳酸锂", "江西")
    here, there = maker("磷酸铁锂正极材料", "江西"), maker("磷酸铁锂正极材料", "青海")
    every = points(partners(salt.enterprise, upstream=False))
    some = points(partners(salt.enterprise, upstream=False, regions=["630000"]))
    assert some == {there.enterprise_id: every[there.enterprise_id]}
    assert every[here.enterprise_id] == every[there.enterprise_id]


def test_a_leader_tie_changes_no_score_and_no_rank(chain: Chain) -> None:
    pack = maker("动力电池包")
    plain, leader = maker("方形锂电芯"), maker("方形锂电芯")
    before = partners(pack.enterprise, upstream=True)
    Leadership.objects.create(chain=chain, enterprise=leader.enterprise)
    Leadership.objects.create(chain=chain, enterprise=pack.enterprise)
    after = partners(pack.enterprise, upstream=True)
    assert before.partners == after.partners
    assert firms(after) == [plain.enterprise_id, leader.enterprise_id]


def test_more_links_never_take_anybody_out(chain: Chain) -> None:
    pack = maker("动力电池包")
    for product in ("方形锂电芯", "磷酸铁锂正极材料", "电池级碳酸锂"):
        maker(product)
    near, far, farthest = (points(partners(pack.enterprise, upstream=True, links=n)) for n in (1, 2, 3))
    assert near.items() <= far.items() <= farthest.items()
    assert (len(near), len(far), len(farthest)) == (1, 2, 3)


def test_looking_up_and_looking_down_are_the_same_relation(chain: Chain) -> None:
    pack, salt = maker("动力电池包"), maker("电池级碳酸锂")
    (up,) = partners(pack.enterprise, upstream=True).partners
    (down,) = partners(salt.enterprise, upstream=False).partners
    assert up.path.nodes == down.path.nodes[::-1]
    assert up.path.links == down.path.links[::-1]


def test_the_parts_add_up_and_nearer_fresher_and_named_count_more() -> None:
    today = timezone.localdate()

    def total(**more: Any) -> int:
        given = {"fit": 96.5, "is_named": True, "links": 1, "oldest": today, "today": today, **more}
        return sum(weigh(**given).values())

    assert total() == 9650
    assert total(is_named=False) == 7720
    assert total(links=2) == 7720
    assert total() > total(links=2) > total(links=3) > 0
    assert total() > total(oldest=today - timedelta(days=800)) > total(oldest=today - timedelta(days=2000)) > 0


def test_a_supplier_that_names_what_it_is_for_comes_first(chain: Chain) -> None:
    cathode = maker("三元正极材料", text="")
    silent = maker("电池级碳酸锂", text="月产百吨。")
    said = maker("电池级碳酸锂", text="专供三元正极材料厂。")
    rows = partners(cathode.enterprise, upstream=True).partners
    assert [(row.firm_id, bool(row.named)) for row in rows] == [
        (said.enterprise_id, True),
        (silent.enterprise_id, False),
    ]


def test_a_latin_name_is_met_as_a_word_only() -> None:
    assert named({"bearing"}, "Deep groove BEARING 6204") == "BEARING"
    assert named({"bearing"}, "a forbearing seller") == ""
    assert named({"轴承", "深沟球轴承"}, "供应深沟球轴承") == "深沟球轴承"
    assert named(set(), "轴承") == ""


def test_a_name_that_both_products_share_says_nothing() -> None:
    assert named({"电池", "电池包"}, "方形锂电池", but={"电池"}) == ""
    assert named({"电池", "电池包"}, "方形锂电池，用于电池包", but={"电池"}) == "电池包"


# --- demands -----------------------------------------------------------------------------------------------------


def test_an_open_demand_of_a_downstream_firm_is_told_and_lifts_it(chain: Chain) -> None:
    salt = maker("电池级碳酸锂", text="")
    quiet = maker("磷酸铁锂正极材料", text="")
    asking = maker("磷酸铁锂正极材料", text="")
    wanted = post(asking.enterprise, demand=True, product="电池级碳酸锂", text="")
    known(wanted)
    first, second = partners(salt.enterprise, upstream=False).partners
    assert (first.firm_id, first.supply, first.demand) == (asking.enterprise_id, asking.pk, wanted.pk)
    assert (second.firm_id, second.demand) == (quiet.enterprise_id, None)
    assert first.points > second.points


def test_a_buyer_without_supplies_stands_where_its_demand_says_what_it_is_for(chain: Chain) -> None:
    salt = maker("电池级碳酸锂")
    wanted = maker("电池级碳酸锂", demand=True, text="用于生产磷酸铁锂正极材料。")
    elsewhere = maker("电池级碳酸锂", demand=True, text="陶瓷釉料用。")
    (row,) = partners(salt.enterprise, upstream=False).partners
    assert (row.firm_id, row.supply, row.demand, slugs(row)) == (
        wanted.enterprise_id,
        None,
        wanted.pk,
        ["salt", "cathode"],
    )
    assert row.firm_id != elsewhere.enterprise_id


def test_a_buyer_known_to_stand_there_is_found_by_its_membership_only_while_the_evidence_is_seen(chain: Chain) -> None:
    salt = maker("电池级碳酸锂", text="")
    wanted = maker("电池级碳酸锂", demand=True, text="")
    evidence = post(wanted.enterprise, product="正极片")
    NodeMembership.objects.create(node=node("cathode"), enterprise=wanted.enterprise, evidence_post=evidence)
    (row,) = partners(salt.enterprise, upstream=False).partners
    assert (row.supply, row.demand) == (evidence.pk, wanted.pk)
    Post.objects.filter(pk=evidence.pk).update(visibility=Visibility.INVITED)
    assert partners(salt.enterprise, upstream=False).partners == []


def test_a_supplier_that_answers_ones_own_demand_is_told_so(chain: Chain) -> None:
    pack, cell = maker("动力电池包", text=""), maker("方形锂电芯", text="")
    wanted = post(pack.enterprise, demand=True, product="方形锂电芯", text="")
    known(wanted)
    assert partners(pack.enterprise, upstream=True).partners[0].demand is None
    matching.match_demands([wanted.pk])
    (row,) = partners(pack.enterprise, upstream=True).partners
    assert (row.firm_id, row.supply, row.demand) == (cell.enterprise_id, cell.pk, wanted.pk)
    assert row.parts["use"] == 0


def test_of_two_supplies_the_one_that_answers_is_the_evidence(chain: Chain) -> None:
    Node.objects.filter(slug="cell").update(terms=["方形锂电芯", "软包锂电芯"])
    pack, first = maker("动力电池包", text=""), maker("方形锂电芯", text="")
    second = post(first.enterprise, product="软包锂电芯", text="")
    wanted = post(pack.enterprise, demand=True, product="软包锂电芯", text="")
    known(second, wanted)
    matching.match_demands([wanted.pk])
    (row,) = partners(pack.enterprise, upstream=True).partners
    assert (row.supply, row.demand) == (second.pk, wanted.pk)


def test_demands_are_no_suppliers(chain: Chain) -> None:
    pack = maker("动力电池包")
    maker("方形锂电芯", demand=True)
    assert partners(pack.enterprise, upstream=True).partners == []


# --- who may see whom --------------------------------------------------------------------------------------------


def test_ones_own_firm_is_left_out(chain: Chain) -> None:
    pack = maker("动力电池包")
    known(post(pack.enterprise, product="方形锂电芯"))
    assert partners(pack.enterprise, upstream=True).partners == []


@pytest.mark.parametrize("upstream", [True, False])
@pytest.mark.parametrize("by_own", [True, False])
def test_blocked_firms_never_appear_either_way(chain: Chain, upstream: bool, by_own: bool) -> None:
    middle = maker("磷酸铁锂正极材料")
    other = maker("电池级碳酸锂" if upstream else "方形锂电芯")
    if not upstream:
        known(post(other.enterprise, demand=True, product="磷酸铁锂正极材料"))
    assert firms(partners(middle.enterprise, upstream=upstream)) == [other.enterprise_id]
    # Matching has not heard of it yet: nothing is indexed anew.
    if by_own:
        middle.enterprise.blocked.add(other.enterprise)
    else:
        other.enterprise.blocked.add(middle.enterprise)
    assert firms(partners(middle.enterprise, upstream=upstream)) == []


@pytest.mark.parametrize("visibility", [Visibility.INVITED, Visibility.VERIFIED])
def test_a_hidden_supply_never_shows_even_before_the_index_hears_of_it(chain: Chain, visibility: str) -> None:
    pack, cell = maker("动力电池包"), maker("方形锂电芯")
    start = partnering.from_node(node("pack"))
    wish = partnering.Wish(upstream=True)

    def seen_by_a_visitor() -> list[int]:
        return firms(partnering.find(start=start, wish=wish, user=AnonymousUser(), firm=None))

    assert seen_by_a_visitor() == [cell.enterprise_id]
    Post.objects.filter(pk=cell.pk).update(visibility=visibility)
    assert seen_by_a_visitor() == []
    known(cell)
    assert seen_by_a_visitor() == []
    # A member of a verified firm sees what is for verified firms.
    expected = [cell.enterprise_id] if visibility == Visibility.VERIFIED else []
    assert firms(partners(pack.enterprise, upstream=True)) == expected


def test_a_hidden_demand_never_shows(chain: Chain) -> None:
    salt = maker("电池级碳酸锂", text="")
    buyer = maker("磷酸铁锂正极材料", text="")
    wanted = post(buyer.enterprise, demand=True, product="电池级碳酸锂", visibility=Visibility.INVITED)
    only = maker("电池级碳酸锂", demand=True, text="用于磷酸铁锂正极材料", visibility=Visibility.INVITED)
    known(wanted)
    (row,) = partners(salt.enterprise, upstream=False).partners
    assert (row.firm_id, row.demand) == (buyer.enterprise_id, None)
    only.invited_firms.add(salt.enterprise)
    assert [row.demand for row in partners(salt.enterprise, upstream=False).partners] == [only.pk, None]


def test_ended_posts_and_suspended_firms_go_at_once(chain: Chain) -> None:
    pack, cell, other = maker("动力电池包"), maker("方形锂电芯"), maker("方形锂电芯")
    Post.objects.filter(pk=cell.pk).update(status="withdrawn", ended_at=timezone.now())
    Enterprise.objects.filter(pk=other.enterprise_id).update(status="suspended")
    assert partners(pack.enterprise, upstream=True).partners == []


def test_another_firm_is_known_by_what_one_may_see_of_it(chain: Chain) -> None:
    hidden = maker("动力电池包", visibility=Visibility.INVITED)
    maker("方形锂电芯")
    assert partnering.from_firm(firm=hidden.enterprise, user=UserFactory()).positions == ()
    own = partnering.from_firm(firm=hidden.enterprise, user=owner_of(hidden.enterprise))
    assert [place.node.slug for place in own.positions] == ["pack"]
    assert len(partners(hidden.enterprise, upstream=True).partners) == 1


def test_an_operator_sees_no_drafts_and_no_ended_posts_here(chain: Chain) -> None:
    pack = maker("动力电池包")
    draft = post(pack.enterprise, product="方形锂电芯")
    Post.objects.filter(pk=draft.pk).update(status="withdrawn", ended_at=timezone.now())
    operator = UserFactory(is_operator=True)
    assert [p.node.slug for p in partnering.from_firm(firm=pack.enterprise, user=operator).positions] == ["pack"]


# --- where one looks from ----------------------------------------------------------------------------------------


def test_a_product_looks_from_the_node_where_its_maker_would_stand(chain: Chain) -> None:
    salt = maker("电池级碳酸锂")
    start = partnering.from_product("磷酸铁锂正极材料")
    assert [place.node.slug for place in start.positions] == ["cathode"]
    found = partnering.find(start=start, wish=partnering.Wish(upstream=True), user=AnonymousUser(), firm=None)
    assert firms(found) == [salt.enterprise_id]
    assert partnering.from_product("红富士苹果").positions == ()
    assert partnering.from_product("").positions == ()


def test_a_node_finds_whoever_asks_for_its_product_without_knowing_certificates(chain: Chain) -> None:
    wanted = maker("电池级碳酸锂", demand=True, text="生产磷酸铁锂正极材料用", quantity=500, unit="t")
    start = partnering.from_node(node("salt"))
    found = partnering.find(start=start, wish=partnering.Wish(upstream=False), user=AnonymousUser(), firm=None)
    assert [(row.firm_id, row.demand) for row in found.partners] == [(wanted.enterprise_id, wanted.pk)]


def test_new_words_of_a_node_count_at_once(chain: Chain) -> None:
    pack = maker("动力电池包")
    Node.objects.filter(slug="pack").update(terms=["储能柜"])
    assert partnering.from_firm(firm=pack.enterprise, user=owner_of(pack.enterprise)).positions == ()


def test_looking_from_one_of_several_positions(chain: Chain) -> None:
    pack = maker("动力电池包")
    known(post(pack.enterprise, product="磷酸铁锂正极材料"))
    cell, salt = maker("方形锂电芯"), maker("电池级碳酸锂")
    user = owner_of(pack.enterprise)
    start = partnering.from_firm(firm=pack.enterprise, user=user)
    wish = partnering.Wish(upstream=True, links=1)

    def seen(at: str) -> list[int]:
        chosen = start.only_at(node(at).pk)
        return firms(partnering.find(start=chosen, wish=wish, user=user, firm=pack.enterprise))

    assert seen("pack") == [cell.enterprise_id]
    assert seen("cathode") == [salt.enterprise_id]
    # A node at which the firm does not stand is no position.
    assert sorted(seen("salt")) == sorted([cell.enterprise_id, salt.enterprise_id])


def test_the_plain_order_is_the_same_list_by_date(chain: Chain) -> None:
    pack = maker("动力电池包")
    rows = [maker("方形锂电芯"), maker("磷酸铁锂正极材料"), maker("电池级碳酸锂")]
    for days, row in enumerate(rows):
        Post.objects.filter(pk=row.pk).update(published_at=timezone.now() - timedelta(days=9 - days))
    best = firms(partners(pack.enterprise, upstream=True))
    plain = firms(partners(pack.enterprise, upstream=True, plain=True))
    assert best == [row.enterprise_id for row in rows]
    assert plain == best[::-1]


def test_the_board_of_a_chain_and_the_partners_agree_on_who_stands_where(chain: Chain) -> None:
    pack = maker("动力电池包")
    for product in ("方形锂电芯", "磷酸铁锂正极材料", "电池级碳酸锂", "碳酸锂", "铁", "红富士苹果"):
        maker(product)
    leadership.place_firms(chain)
    placed = set(NodeMembership.objects.exclude(node=node("pack")).values_list("enterprise_id", flat=True))
    assert placed == set(firms(partners(pack.enterprise, upstream=True)))
    assert len(placed) == 4
