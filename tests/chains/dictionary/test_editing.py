"""Changing the draft: who may, what is refused, what is written, and taking it back."""

from typing import Any

import pytest

from chains.dictionary import editing, freezing, records, reviewing, states
from chains.engine import Concept as Entry
from chains.models import Alias, Concept, ConceptLink, ContradictionGroup
from foundation.errors import RefusedError
from foundation.models import AuditEntry, User
from tests.chains.dictionary.small import concept, small_dictionary, state
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dictionary() -> None:
    small_dictionary()


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


def draft() -> dict[str, Entry]:
    return freezing.draft().concepts


def last(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("id")


def refused(call: Any, **values: Any) -> RefusedError:
    with pytest.raises(RefusedError) as problem:
        call(**values)
    return problem.value


def test_a_new_concept_is_part_of_the_draft_and_on_the_record(by: User) -> None:
    entry = Entry("圆锥滚子轴承", "part", parents=("滚动轴承",), aliases=("taper bearing", "trb?"))
    row = editing.create(by=by, entry=entry, reason="常见品类")
    assert draft()["圆锥滚子轴承"].parents == ("滚动轴承",)
    assert set(draft()["圆锥滚子轴承"].aliases) == {"taper bearing", "trb?"}
    said = last("dictionary.concept_created")
    assert (said.actor, said.reason, said.target_id) == (by, "常见品类", str(row.pk))


def test_only_operators_with_a_reason_may_change_anything(by: User) -> None:
    bearing, bolt = concept("轴承"), concept("螺栓")
    alias = bearing.aliases.get()
    calls: list[tuple[Any, dict[str, Any]]] = [
        (editing.create, {"entry": Entry("新", "part")}),
        (editing.edit, {"concept": bearing, "entry": state("轴承", english="x")}),
        (editing.add_alias, {"concept": bearing, "text": "x", "is_ambiguous": False}),
        (editing.retire_alias, {"alias": alias}),
        (editing.retire, {"concept": bolt}),
        (editing.merge, {"concept": bolt, "into": bearing}),
        (reviewing.accept, {"proposals": []}),
        (reviewing.reject, {"proposals": []}),
    ]
    before, entries = draft(), AuditEntry.objects.count()
    for call, values in calls:
        assert refused(call, by=UserFactory(), reason="试试", **values).code == "not_allowed"
        assert refused(call, by=by, reason=" ", **values).code == "reason_missing"
    assert draft() == before
    assert AuditEntry.objects.count() == entries


@pytest.mark.parametrize(
    ("entry", "code", "field"),
    [
        (Entry("轴承", "part"), "concept_exists", "name"),
        (Entry("bearing", "part"), "form_taken", "name"),
        (Entry("新轴承", "part", aliases=("BOLT",)), "form_taken", "aliases"),
        (Entry("新轴承", "part", aliases=("螺栓",)), "form_taken", "aliases"),
        (Entry("新轴承", "part", aliases=("高强",)), "form_taken", "aliases"),
        (Entry("业务", "part"), "form_taken", "name"),
        (Entry("新轴承", "part", parents=("没有的",)), "unknown_concept", "parents"),
        (Entry("——", "part"), "bad_name", "name"),
        (Entry("长" * 81, "part"), "bad_name", "name"),
        (Entry("新轴承", "part", aliases=("，",)), "bad_alias", "aliases"),
    ],
)
def test_what_cannot_be_a_concept_is_refused_beside_its_field(by: User, entry: Entry, code: str, field: str) -> None:
    before = draft()
    problem = refused(editing.create, by=by, entry=entry, reason="试")
    assert (problem.code, problem.field) == (code, field)
    assert draft() == before


def test_a_circle_of_is_a_is_refused(by: User) -> None:
    before = draft()
    problem = refused(
        editing.edit, by=by, concept=concept("轴承"), entry=state("轴承", parents=("深沟球轴承",)), reason="试"
    )
    assert problem.code == "does_not_compile"
    assert draft() == before


def test_a_concept_that_is_renamed_keeps_its_old_name_as_an_alias_and_its_contradictions(by: User) -> None:
    bolt = concept("螺栓")
    editing.edit(by=by, concept=bolt, entry=state("螺栓", name="螺丝栓"), reason="统一名称")
    assert "螺栓" in draft()["螺丝栓"].aliases
    assert concept("螺丝栓").pk == bolt.pk
    assert ContradictionGroup.objects.get().values == [["螺丝栓"], ["螺母"]]


def test_an_alias_comes_goes_and_comes_back_under_its_own_row(by: User) -> None:
    bearing = concept("轴承")
    editing.add_alias(by=by, concept=bearing, text="brg", is_ambiguous=True, reason="常见缩写")
    alias = Alias.objects.get(text="brg")
    assert "brg?" in draft()["轴承"].aliases
    editing.retire_alias(by=by, alias=alias, reason="歧义太大")
    assert "brg?" not in draft()["轴承"].aliases
    assert refused(editing.retire_alias, by=by, alias=alias, reason="再").code == "not_in_use"
    editing.add_alias(by=by, concept=bearing, text="BRG", is_ambiguous=False, reason="还是要")
    assert Alias.objects.get(surface="brg").pk == alias.pk
    assert (
        refused(editing.add_alias, by=by, concept=bearing, text="brg", is_ambiguous=False, reason="x").code
        == "alias_known"
    )


def test_a_form_of_another_concept_is_no_alias(by: User) -> None:
    problem = refused(editing.add_alias, by=by, concept=concept("轴承"), text="bolt", is_ambiguous=False, reason="试")
    assert (problem.code, problem.field) == ("form_taken", "text")
    assert "螺栓" in str(problem)


def test_merging_moves_aliases_children_and_contradictions(by: User) -> None:
    gone, heir = concept("滚动轴承"), concept("轴承")
    ContradictionGroup.objects.create(name="摩擦", strength=300, values=[["滚动轴承"], ["部件"]])
    editing.merge(by=by, concept=gone, into=heir, reason="同一件东西")
    now = draft()
    assert "滚动轴承" not in now
    assert {"滚动轴承", "bearing", "rolling bearing"} <= set(now["轴承"].aliases)
    assert now["深沟球轴承"].parents == ("轴承",)
    assert ContradictionGroup.objects.get(name="摩擦").values == [["轴承"], ["部件"]]
    gone.refresh_from_db()
    assert (gone.status, gone.merged_into) == ("retired", heir)


def test_merging_is_undone_from_the_history(by: User) -> None:
    before = draft()
    groups = list(ContradictionGroup.objects.values_list("name", "values"))
    editing.merge(by=by, concept=concept("滚动轴承"), into=concept("轴承"), reason="同一件东西")
    editing.undo(by=by, entry=last("dictionary.concepts_merged"), reason="弄错了")
    assert draft() == before
    assert list(ContradictionGroup.objects.values_list("name", "values")) == groups
    editing.undo(by=by, entry=last("dictionary.undone"), reason="没有弄错")
    assert "滚动轴承" not in draft()


@pytest.mark.parametrize("what", ["create", "edit", "rename", "alias", "retire"])
def test_each_change_can_be_taken_back(by: User, what: str) -> None:
    before = draft()
    bolt = concept("深沟球轴承")
    match what:
        case "create":
            editing.create(by=by, entry=Entry("新", "part"), reason="试")
        case "edit":
            editing.edit(by=by, concept=bolt, entry=state("深沟球轴承", english="x", parents=()), reason="试")
        case "rename":
            editing.edit(by=by, concept=bolt, entry=state("深沟球轴承", name="球轴承"), reason="试")
        case "alias":
            editing.retire_alias(by=by, alias=bolt.aliases.get(), reason="试")
        case "retire":
            editing.retire(by=by, concept=bolt, reason="试")
    assert draft() != before
    editing.undo(by=by, entry=AuditEntry.objects.latest("id"), reason="撤回")
    assert draft() == before


def test_what_was_changed_since_is_not_undone_over_it(by: User) -> None:
    bearing = concept("轴承")
    editing.add_alias(by=by, concept=bearing, text="甲", is_ambiguous=False, reason="一")
    first = last("dictionary.alias_added")
    editing.add_alias(by=by, concept=bearing, text="乙", is_ambiguous=False, reason="二")
    assert refused(editing.undo, by=by, entry=first, reason="撤").code == "changed_since"
    editing.undo(by=by, entry=last("dictionary.alias_added"), reason="撤")
    editing.undo(by=by, entry=first, reason="撤")
    assert draft()["轴承"].aliases == ("bearing",)


def test_two_that_contradict_each_other_are_not_merged(by: User) -> None:
    before = draft()
    problem = refused(editing.merge, by=by, concept=concept("螺母"), into=concept("螺栓"), reason="试")
    assert problem.code == "contradictory"
    assert draft() == before


def test_a_concept_is_not_merged_into_itself_or_into_what_is_not_in_use(by: User) -> None:
    bearing = concept("轴承")
    assert refused(editing.merge, by=by, concept=bearing, into=bearing, reason="试").code == "merged_into_itself"
    ball = concept("深沟球轴承")
    editing.retire(by=by, concept=ball, reason="不用")
    assert refused(editing.merge, by=by, concept=bearing, into=ball, reason="试").code == "not_in_use"


def test_what_others_stand_on_is_not_retired(by: User) -> None:
    assert refused(editing.retire, by=by, concept=concept("轴承"), reason="试").code == "has_children"
    assert refused(editing.retire, by=by, concept=concept("螺栓"), reason="试").code == "in_contradiction"


def test_a_retired_name_can_be_taken_up_again(by: User) -> None:
    ball = concept("深沟球轴承")
    editing.retire(by=by, concept=ball, reason="不用")
    editing.create(by=by, entry=Entry("深沟球轴承", "part", parents=("轴承",)), reason="又用")
    assert concept("深沟球轴承").pk == ball.pk
    assert draft()["深沟球轴承"].parents == ("轴承",)


def test_the_history_of_a_merged_concept_is_that_of_its_heir_too(by: User) -> None:
    gone, heir = concept("滚动轴承"), concept("轴承")
    editing.merge(by=by, concept=gone, into=heir, reason="同一件东西")
    gone.refresh_from_db()
    assert [entry.reason for entry in records.history_of(gone)] == ["同一件东西"]


# --- review ------------------------------------------------------------------------------------------


def proposed_alias(text: str, name: str = "轴承") -> Alias:
    return Alias.objects.create(
        concept=concept(name), text=text, surface=" ".join(text), status="proposed", source="mining"
    )


def test_a_proposal_does_not_count_before_it_is_accepted(by: User) -> None:
    alias = proposed_alias("转动件")
    assert "转动件" not in draft()["轴承"].aliases
    assert reviewing.accept(by=by, proposals=[alias], reason="核对过").done == 1
    assert "转动件" in draft()["轴承"].aliases
    assert reviewing.accept(by=by, proposals=[alias], reason="再来").done == 0
    editing.undo(by=by, entry=last("dictionary.proposal_accepted"), reason="看错了")
    assert "转动件" not in draft()["轴承"].aliases


def test_a_rejected_proposal_stays_known_and_leaves_the_queue(by: User) -> None:
    alias = proposed_alias("转动件")
    assert list(reviewing.aliases()) == [alias]
    reviewing.reject(by=by, proposals=[alias], reason="不是一回事")
    assert not reviewing.aliases()
    assert Alias.objects.get(pk=alias.pk).status == "rejected"
    assert last("dictionary.proposal_rejected").reason == "不是一回事"


def test_of_many_accepted_at_once_one_that_cannot_be_is_named(by: User) -> None:
    good, bad = proposed_alias("转动件"), proposed_alias("螺栓")
    reviewed = reviewing.accept(by=by, proposals=[good, bad], reason="核对过")
    assert reviewed.done == 1
    assert "螺栓" in reviewed.problems[0]
    assert Alias.objects.get(pk=bad.pk).status == "proposed"


def test_a_proposed_concept_brings_its_parent(by: User) -> None:
    row = Concept.objects.create(
        name="关节轴承", surface="关 节 轴 承", kind="part", status="proposed", source="mining", pinyin="guan jie"
    )
    ConceptLink.objects.create(concept=row, other=concept("轴承"), kind="is_a", status="proposed", source="mining")
    assert "关节轴承" not in draft()
    reviewing.accept(by=by, proposals=[row], reason="常见")
    assert draft()["关节轴承"].parents == ("轴承",)


def test_a_neighbour_is_proposed_and_taken(by: User) -> None:
    link = ConceptLink.objects.create(
        concept=concept("螺栓"), other=concept("轴承"), kind="near", status="proposed", source="mining"
    )
    reviewing.accept(by=by, proposals=[link], reason="常一起买")
    assert "轴承" in draft()["螺栓"].near


def test_a_row_says_where_it_came_from(by: User) -> None:
    editing.add_alias(by=by, concept=concept("轴承"), text="甲", is_ambiguous=False, reason="一")
    assert Alias.objects.get(text="甲").source == "operator"
    assert states.state_of(concept("轴承")).aliases
