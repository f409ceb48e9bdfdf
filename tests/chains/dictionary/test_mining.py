"""What posts propose: other names, unknown things, neighbours; always with evidence, never twice, never unreviewed."""

import pytest
from django.utils import timezone

from chains import matching
from chains.dictionary import current, freezing, mining, publishing, reviewing
from chains.engine import Dictionary
from chains.models import Alias, Concept, ConceptLink, Match, Recommendation
from enterprises.models import Post
from foundation.errors import RefusedError
from foundation.models import Job, User
from foundation.tasks import drain, periodic
from tests.chains.dictionary.small import concept, small_dictionary
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


def mine() -> dict[str, int]:
    matching.keep(post_ids=list(Post.objects.values_list("pk", flat=True)))
    return mining.mine(progress=lambda *_: None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("聚四氟乙烯(FEPX)", {("聚四氟乙烯", "fepx")}),
        ("供应聚四氟乙烯（俗称塑料皇帝），现货", {("聚四氟乙烯", "塑料皇帝")}),
        ("聚四氟乙烯又称氟塑王", {("聚四氟乙烯", "氟塑王")}),
        ("聚四氟乙烯，简称：fepx", {("聚四氟乙烯", "fepx")}),
        ("氟塑王(PTFE)", {("聚四氟乙烯", "氟塑王")}),
        ("聚四氟乙烯(PTFE)", set()),  # known already
        ("聚四氟乙烯(四氟料)", {("聚四氟乙烯", "四氟料")}),
        ("聚四氟乙烯(悬浮法)", set()),  # which one, not what it is called
        ("聚四氟乙烯(四氟料、四氟粉)", set()),
        ("聚四氟乙烯(20kg)", set()),  # a quantity
        ("聚四氟乙烯(国标)", set()),
        ("聚四氟乙烯(进口)", set()),  # a word that is no product
        ("聚四氟乙烯(含税)", set()),
        ("聚四氟乙烯(聚乙烯)", set()),  # two things
        ("氟塑王(fepx)", set()),  # nothing known
        ("设备(XYZ)", set()),  # says too little to have another name
        ("(((", set()),
        ("", set()),
    ],
)
def test_a_text_names_a_thing_twice(text: str, found: set[tuple[str, str]]) -> None:
    names = mining.names_in(text, dictionary=Dictionary.load())
    assert {(concept, form) for concept, form, _pattern in names} == found


def test_other_names_are_proposed_with_their_evidence_and_do_not_count() -> None:
    small_dictionary()
    posts = [PostFactory(published=True, product="轴承（俗称转轮子）") for _ in range(2)]
    assert mine()["aliases"] == 1
    alias = Alias.objects.get(status="proposed")
    assert (alias.concept.name, alias.text, alias.source) == ("轴承", "转轮子", "mining")
    assert alias.evidence == {
        "pattern": "called", "count": 2, "firms": 2, "posts": [post.pk for post in posts],
    }  # fmt: skip
    assert "转轮子" not in freezing.draft().concepts["轴承"].aliases
    assert "转 轮 子" not in current().surfaces


def test_a_second_run_proposes_nothing_twice_and_renews_the_evidence(by: User) -> None:
    small_dictionary()
    PostFactory(published=True, product="轴承（俗称转轮子）")
    mine()
    PostFactory(published=True, product="轴承（俗称转轮子）")
    assert mine()["aliases"] == 0
    assert Alias.objects.get(status="proposed").evidence["firms"] == 2


def test_what_was_rejected_is_not_proposed_again(by: User) -> None:
    small_dictionary()
    PostFactory(published=True, product="轴承（俗称转轮子）")
    mine()
    reviewing.reject(by=by, proposals=list(reviewing.aliases()), reason="不是一回事")
    assert mine()["aliases"] == 0
    assert not reviewing.aliases()


def test_unknown_things_of_several_firms_are_proposed_and_what_is_known_is_not(by: User) -> None:
    small_dictionary()
    publishing.publish(by=by, reason="初版")
    for _ in range(2):
        PostFactory(published=True, product="磨辊体")
        PostFactory(published=True, product="关节轴承")
    PostFactory(published=True, product="独一件")
    assert mine()["concepts"] == 1
    row = Concept.objects.get(status="proposed")
    assert (row.name, row.kind, row.evidence["firms"]) == ("磨辊体", "unknown", 2)
    assert mine()["concepts"] == 0


def test_things_that_people_accept_for_each_other_are_proposed_as_neighbours(by: User) -> None:
    small_dictionary()
    publishing.publish(by=by, reason="初版")
    for _ in range(2):
        offer = PostFactory(published=True, product="轴承")
        wanted = PostFactory(published=True, demand=True, product="螺栓")
        match = Match.objects.create(
            demand=wanted, supply=offer, demand_version=1, supply_version=1, rank=1, score=50, parts={}, reasons=[]
        )
        Recommendation.objects.create(
            match=match,
            enterprise=wanted.enterprise,
            rank=1,
            score=50,
            parts={},
            feedback="useful",
            feedback_at=timezone.now(),
        )
    assert mine()["links"] == 1
    link = ConceptLink.objects.get(status="proposed")
    assert (link.concept.name, link.other.name, link.kind) == ("螺栓", "轴承", "near")
    assert concept("螺栓").links.filter(kind="near", status="approved").count() == 1


def test_it_runs_once_a_week_and_when_an_operator_asks(by: User) -> None:
    small_dictionary()
    now = timezone.now()
    for _ in range(3):
        periodic.send(sender=None, window="nightly", at=now)
    assert Job.objects.filter(kind=mining.KIND).count() == 1
    job = mining.ask(by=by, reason="新数据")
    assert mining.ask(by=by, reason="再问").pk == job.pk
    while drain("bulk") or drain("matching"):
        pass
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"aliases": 0, "concepts": 0, "links": 0})


def test_only_operators_start_it() -> None:
    with pytest.raises(RefusedError) as refused:
        mining.ask(by=UserFactory(), reason="试试")
    assert refused.value.code == "not_allowed"
