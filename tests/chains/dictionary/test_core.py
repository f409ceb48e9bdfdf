"""The shipped core in the tables: equal to the shipped one, and a newer one leaves alone what was changed here."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command

from chains.dictionary import core, current, editing, freezing, publishing
from chains.engine import Concept as Entry
from chains.engine import Contradiction, Dictionary, LexiconWord
from chains.models import Concept, DictionaryEdition
from foundation.models import User
from tests.chains.dictionary.small import ENTRIES, concept, state
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WORDS = (LexiconWord("高强", "modifier", "high-strength"), LexiconWord("业务", "noise"))


def shipped(
    entries: Sequence[Entry] = ENTRIES, words: Sequence[LexiconWord] = WORDS, values: Any = (("螺栓",), ("螺母",))
) -> Dictionary:
    return Dictionary.build(concepts=entries, words=words, contradictions=[Contradiction("件", 500, values)])


def changed(name: str, **values: Any) -> list[Entry]:
    return [replace(entry, **values) if entry.name == name else entry for entry in ENTRIES]


@pytest.fixture
def by() -> User:
    user: User = UserFactory(is_operator=True)
    return user


def test_the_core_in_the_tables_says_what_the_shipped_core_says() -> None:
    loaded = core.load()
    assert not loaded.problem
    assert loaded.edition == 1
    own, ours = current(), Dictionary.load()
    assert own.surfaces == ours.surfaces
    assert own._ancestors == ours._ancestors
    assert own._values == ours._values
    assert {c: replace(e, aliases=(), near=()) for c, e in own.concepts.items()} == {
        c: replace(e, aliases=(), near=()) for c, e in ours.concepts.items()
    }
    assert {c: set(e.near) for c, e in own.concepts.items()} == {c: set(e.near) for c, e in ours.concepts.items()}
    assert own.needs == ours.needs
    assert (own.words, {g.group: g for g in own.contradictions}) == (
        ours.words,
        {g.group: g for g in ours.contradictions},
    )
    again = core.load()
    assert not again.has_changed
    assert again.edition is None


def test_the_first_core_is_in_force_at_once_and_a_second_load_changes_nothing() -> None:
    assert core.load(core=shipped()).edition == 1
    again = core.load(core=shipped())
    assert (again.added, again.changed, again.retired, again.kept, again.edition) == ([], [], [], [], None)


def test_a_newer_core_is_taken_over_where_nothing_was_changed_here() -> None:
    core.load(core=shipped())
    entries = [*changed("轴承", english="ball or roller bearing", aliases=("bearing", "brg")), Entry("衬套", "part")]
    loaded = core.load(core=shipped(entries))
    assert (loaded.added, loaded.changed, loaded.edition) == (["衬套"], ["轴承"], 2)
    assert current().concepts["轴承"].english == "ball or roller bearing"
    assert "brg" in current().concepts["轴承"].aliases


def test_what_was_changed_here_wins_field_by_field_and_is_listed(by: User) -> None:
    core.load(core=shipped())
    bearing = concept("轴承")
    editing.edit(by=by, concept=bearing, entry=state("轴承", english="our word"), reason="行业叫法")
    editing.retire_alias(by=by, alias=bearing.aliases.get(text="bearing"), reason="太宽")
    editing.add_alias(by=by, concept=bearing, text="转动件", is_ambiguous=False, reason="常用")
    publishing.publish(by=by, reason="改好")
    loaded = core.load(core=shipped(changed("轴承", english="their word", aliases=("bearing", "brg"), weight=3)))
    own = freezing.draft().concepts["轴承"]
    assert own.english == "our word"
    assert set(own.aliases) == {"brg", "转动件"}
    assert own.weight == 3
    assert any("their word" in sentence for sentence in loaded.kept)
    assert any("bearing" in sentence for sentence in loaded.kept)
    assert not core.load(core=shipped(changed("轴承", english="their word", aliases=("bearing", "brg"), weight=3))).kept


def test_a_concept_that_was_renamed_merged_or_retired_here_stays_so(by: User) -> None:
    core.load(core=shipped())
    editing.edit(by=by, concept=concept("紧固件"), entry=state("紧固件", name="连接件"), reason="统一名称")
    editing.merge(by=by, concept=concept("滚动轴承"), into=concept("轴承"), reason="同一件东西")
    editing.retire(by=by, concept=concept("深沟球轴承"), reason="不用")
    entries = [replace(e, english=f"{e.english} new") for e in ENTRIES] + [
        Entry("垫圈", "part", parents=("紧固件",)),
        Entry("推力轴承", "part", parents=("滚动轴承",)),
    ]
    loaded = core.load(core=shipped(entries))
    now = freezing.draft().concepts
    assert not loaded.problem
    assert now["垫圈"].parents == ("连接件",)
    assert now["推力轴承"].parents == ("轴承",)
    assert now["连接件"].english == " new", "what was not changed here follows the core"
    assert "深沟球轴承" not in now
    assert "滚动轴承" not in now


def test_while_changes_wait_for_publication_a_newer_core_waits_with_them(by: User) -> None:
    core.load(core=shipped())
    editing.add_alias(by=by, concept=concept("轴承"), text="转动件", is_ambiguous=False, reason="常用")
    loaded = core.load(core=shipped([*ENTRIES, Entry("衬套", "part")]))
    assert loaded.added == ["衬套"]
    assert loaded.edition is None
    assert "衬套" not in current().concepts
    assert "转 动 件" not in current().surfaces


def test_what_left_the_core_is_retired_unless_it_was_changed_here(by: User) -> None:
    core.load(core=shipped())
    editing.edit(by=by, concept=concept("螺母"), entry=state("螺母", english="nut"), reason="补英文")
    entries = [replace(e, near=()) for e in ENTRIES if e.name not in ("螺母", "深沟球轴承")]
    loaded = core.load(core=shipped(entries, values=(("螺栓",), ("紧固件",))))
    assert loaded.retired == ["深沟球轴承"]
    assert "螺母" in freezing.draft().concepts
    assert any("螺母" in sentence for sentence in loaded.kept)


def test_a_form_that_means_something_else_here_is_left_to_us(by: User) -> None:
    core.load(core=shipped())
    editing.add_alias(by=by, concept=concept("螺栓"), text="brg", is_ambiguous=False, reason="本地叫法")
    editing.add_alias(by=by, concept=concept("螺栓"), text="衬套", is_ambiguous=False, reason="本地叫法")
    loaded = core.load(core=shipped([*changed("轴承", aliases=("bearing", "brg")), Entry("衬套", "part")]))
    now = freezing.draft().concepts
    assert "brg" in now["螺栓"].aliases
    assert "brg" not in now["轴承"].aliases
    assert "衬套" not in now
    assert len(loaded.kept) == 2


def test_words_and_contradictions_are_loaded_the_same_way() -> None:
    core.load(core=shipped())
    words = [LexiconWord("高强", "weak", "strong"), LexiconWord("求购", "demand")]
    loaded = core.load(core=shipped(words=words, values=(("螺栓",), ("螺母",), ("轴承",))))
    assert (loaded.added, loaded.changed, loaded.retired) == (["求购"], ["高强", "件"], ["业务"])
    assert current().words["高强"].role == "weak"


def test_a_core_that_does_not_go_together_with_ours_is_not_loaded_and_says_why(by: User) -> None:
    core.load(core=shipped())
    editing.edit(by=by, concept=concept("螺母"), entry=state("螺母", parents=("螺栓",)), reason="试")
    before = freezing.draft().concepts
    loaded = core.load(core=shipped(changed("螺栓", parents=("紧固件", "螺母"))))
    assert loaded.problem
    assert freezing.draft().concepts == before
    assert DictionaryEdition.objects.count() == 1


def test_the_command_loads_it_and_says_so() -> None:
    out = io.StringIO()
    call_command("load_reference", stdout=out)
    assert "词典第 1 版已生效" in out.getvalue()
    assert Concept.objects.filter(source="core", status="approved").count() == len(Dictionary.load().concepts)
