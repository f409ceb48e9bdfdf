"""Who leads a chain, who stands at its nodes, and what a leader sees."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chains import leadership, matching
from chains.models import Chain, Leadership, Link, Match, Node, NodeMembership
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Notice, User
from tests.factories import EnterpriseFactory, PostFactory, UserFactory, owner_of, province

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return UserFactory(is_operator=True)


@pytest.fixture
def chain() -> Chain:
    chain = Chain.objects.create(slug="robots", name="工业机器人", name_en="Industrial robots")
    bearing = Node.objects.create(chain=chain, slug="bearing", name="轴承", layer=0, terms=["深沟球轴承"])
    reducer = Node.objects.create(chain=chain, slug="reducer", name="减速器", layer=1, terms=["谐波减速器"])
    Link.objects.create(
        upstream=bearing, downstream=reducer, evidence="拆解", source="示例", observed_on=timezone.localdate()
    )
    return chain


def supply(product: str, where: str, **fields: Any) -> Any:
    firm = EnterpriseFactory(verified=True, region=province(where))
    post = PostFactory(enterprise=firm, published=True, product=product, **fields)
    matching.keep(post_ids=[post.pk])
    return post


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_firms_stand_where_their_supplies_say(chain: Chain) -> None:
    post = supply("深沟球轴承 6204", "山东")
    supply("轴承加工设备", "江苏")
    assert leadership.place_firms(chain) == 1
    member = NodeMembership.objects.get()
    assert (member.enterprise_id, member.evidence_post_id, member.node.slug) == (post.enterprise_id, post.pk, "bearing")


def test_placing_twice_is_placing_once_and_leavers_leave(chain: Chain) -> None:
    post = supply("深沟球轴承 6204", "山东")
    leadership.place_firms(chain)
    leadership.place_firms(chain)
    assert NodeMembership.objects.count() == 1
    type(post).objects.filter(pk=post.pk).update(status="withdrawn", ended_at=timezone.now())
    matching.keep(post_ids=[post.pk])
    leadership.place_firms(chain)
    assert not NodeMembership.objects.exists()


def test_a_post_for_invited_firms_is_no_public_evidence(chain: Chain) -> None:
    supply("深沟球轴承 6204", "山东", visibility="invited")
    supply("深沟球轴承 6205", "山东", visibility="verified")
    assert leadership.place_firms(chain) == 0


def test_the_job_places_all_chains(chain: Chain) -> None:
    supply("谐波减速器", "江苏")
    job = jobs.enqueue(kind="chains.place_firms", key="all")
    claimed = jobs.claim("bulk", holder=jobs.holder_name())
    assert claimed is not None
    jobs.work(claimed)
    job.refresh_from_db()
    assert job.result == {"chains": 1, "placed": 1}


@pytest.mark.parametrize(
    ("firms", "provinces", "state"), [(0, 0, "gap"), (1, 1, "single"), (3, 1, "narrow"), (3, 2, "open")]
)
def test_the_state_of_a_node(firms: int, provinces: int, state: str) -> None:
    assert leadership.node_state(firms=firms, provinces=provinces) == state


def test_an_operator_appoints_a_verified_firm_and_it_is_told(chain: Chain, operator: User) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    leadership.appoint(enterprise=firm, chain=chain, by=operator, basis="省工信厅公布")
    assert Notice.objects.filter(user=owner_of(firm)).exists()
    assert AuditEntry.objects.get(action="leadership.appointed").reason == "省工信厅公布"
    with pytest.raises(RefusedError, match="已是本链链主"):
        leadership.appoint(enterprise=firm, chain=chain, by=operator, basis="再来一次")


def test_nobody_else_appoints_and_no_draft_leads(chain: Chain, operator: User) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    with pytest.raises(RefusedError):
        leadership.appoint(enterprise=firm, chain=chain, by=owner_of(firm), basis="自荐")
    with pytest.raises(RefusedError):
        leadership.appoint(enterprise=EnterpriseFactory(), chain=chain, by=operator, basis="草稿")
    assert not Leadership.objects.exists()


def test_an_ended_leader_loses_the_desk_at_once(chain: Chain, operator: User) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    row = leadership.appoint(enterprise=firm, chain=chain, by=operator, basis="公布")
    client = browser(owner_of(firm))
    assert client.get(f"/leader/{chain.pk}/").status_code == 200
    with pytest.raises(RefusedError, match="理由"):
        leadership.end(leadership=row, by=operator, reason=" ")
    leadership.end(leadership=row, by=operator, reason="任期届满")
    assert client.get(f"/leader/{chain.pk}/").status_code == 404


def test_a_leader_of_another_chain_has_no_desk_here(chain: Chain, operator: User) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    other = Chain.objects.create(slug="ships", name="船舶")
    leadership.appoint(enterprise=firm, chain=other, by=operator, basis="公布")
    client = browser(owner_of(firm))
    assert client.get(f"/leader/{chain.pk}/").status_code == client.get("/leader/999999/").status_code == 404
    assert Client().get(f"/leader/{chain.pk}/").status_code == 302


def test_the_desk_shows_gaps_and_the_own_demands_with_partners(chain: Chain, operator: User) -> None:
    firm = EnterpriseFactory(verified=True, owner=True)
    leadership.appoint(enterprise=firm, chain=chain, by=operator, basis="公布")
    bearing = supply("深沟球轴承 6204", "山东")
    demand = PostFactory(enterprise=firm, published=True, demand=True, product="深沟球轴承")
    matching.keep(post_ids=[demand.pk])
    matching.match_demands([demand.pk])
    leadership.place_firms(chain)
    page = browser(owner_of(firm)).get(f"/leader/{chain.pk}/")
    assert [(row["node"].slug, row["state"]) for row in page.context["gaps"]] == [
        ("bearing", "single"),
        ("reducer", "gap"),
    ]
    assert Match.objects.live().count() == 1
    assert bearing.enterprise.name in page.content.decode()


def test_public_pages_show_links_with_their_evidence(chain: Chain, client: Client) -> None:
    supply("深沟球轴承 6204", "山东")
    leadership.place_firms(chain)
    assert "工业机器人" in client.get("/chains/").content.decode()
    page = client.get("/chains/robots/").content.decode()
    assert "拆解" in page
    assert "山东" in page
    node = chain.nodes.get(slug="bearing")
    assert "深沟球轴承 6204" in client.get(f"/chains/robots/nodes/{node.pk}/").content.decode()
    assert client.get(f"/chains/ships/nodes/{node.pk}/").status_code == 404


def test_a_chain_costs_the_same_with_ten_and_forty_nodes(
    chain: Chain, client: Client, django_assert_max_num_queries: Any
) -> None:
    Node.objects.bulk_create(
        [Node(chain=chain, slug=f"n{n}", name=f"环节 {n}", layer=n % 5, terms=["电机"]) for n in range(40)]
    )
    with django_assert_max_num_queries(9):
        assert client.get("/chains/robots/").status_code == 200
