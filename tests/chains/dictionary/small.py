"""A dictionary of a few concepts, in rows: enough to see what a change does, compiled in no time."""

from dataclasses import replace
from typing import Any

from chains.dictionary import freezing, states
from chains.engine import Concept as Entry
from chains.models import Concept, ContradictionGroup, LexiconWord

ENTRIES = (
    Entry("部件", "part", weight=2),
    Entry("轴承", "part", parents=("部件",), aliases=("bearing",), english="bearing"),
    Entry("滚动轴承", "part", parents=("轴承",), english="rolling bearing"),
    Entry("深沟球轴承", "part", parents=("滚动轴承",), aliases=("dgbb?",)),
    Entry("紧固件", "part", parents=("部件",)),
    Entry("螺栓", "part", parents=("紧固件",), aliases=("bolt",), near=("螺母",)),
    Entry("螺母", "part", parents=("紧固件",)),
)


def small_dictionary(*, source: str = "operator") -> None:
    with freezing.drafting():
        LexiconWord.objects.bulk_create(
            LexiconWord(text=text, surface=" ".join(text), role=role, source=source)
            for text, role in (("高强", "modifier"), ("业务", "noise"), ("求购", "demand"), ("用", "for"))
        )
        states.save(ENTRIES, source=source)
        ContradictionGroup.objects.create(name="件", strength=500, values=[["螺栓"], ["螺母"]], source=source)


def concept(name: str) -> Concept:
    return Concept.objects.get(name=name)


def state(of: str, /, **more: Any) -> Entry:
    """The concept as it stands, with changes."""
    return replace(states.state_of(concept(of)), **more)
