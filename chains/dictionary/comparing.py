"""What two contents of the dictionary say differently."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.utils.translation import gettext_lazy as _

from chains.dictionary.freezing import Frozen
from chains.engine import Concept as Entry
from chains.models import Concept, LexiconWord

FIELDS: Mapping[str, Any] = {
    "name": _("名称"),
    "kind": _("种类"),
    "english": _("英文名"),
    "parents": _("属于"),
    "aliases": _("别名"),
    "near": _("相近"),
    "weight": _("分量"),
    "made_of": _("组成"),
    "empty_after": _("在其后无义"),
    "implies": _("隐含所加工之物"),
    "is_form": _("材料的形态"),
    "role": _("作用"),
    "strength": _("强度"),
    "values": _("取值"),
    "concepts": _("所需"),
}


@dataclass(frozen=True)
class Difference:
    """One field. For lists what came and what went, else the old and the new value; all in words."""

    label: Any
    before: str = ""
    after: str = ""
    is_list: bool = False


@dataclass(frozen=True)
class Change:
    """about: concept, word, contradiction or need. kind: added, removed or changed. pk: row of a concept."""

    about: str
    kind: str
    name: str
    pk: int | None = None
    differences: list[Difference] = field(default_factory=list)


def changes(before: Frozen, after: Frozen) -> list[Change]:
    """Concepts first, each by name; a concept that was renamed is recognised by its row."""
    return [
        *_of_concepts(before, after),
        *_of_others("word", before.words, after.words),
        *_of_others("contradiction", before.contradictions, after.contradictions),
        *_of_others("need", before.needs, after.needs),
    ]


def differences(before: Any, after: Any) -> list[Difference]:
    """Two entries of one kind (engine's Concept, LexiconWord or Contradiction), field by field."""
    found = []
    for one in fields(after):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if one.name not in FIELDS or old == new:
            continue
        if one.name in ("parents", "aliases", "near"):
            gone = [_words(one.name, value) for value in old if value not in new]
            come = [_words(one.name, value) for value in new if value not in old]
            if gone or come:
                found.append(Difference(FIELDS[one.name], "、".join(gone), "、".join(come), is_list=True))
        else:
            found.append(Difference(FIELDS[one.name], _words(one.name, old), _words(one.name, new)))
    return found


def _of_concepts(before: Frozen, after: Frozen) -> Iterator[Change]:
    old_names = {pk: name for name, pk in before.ids.items()}
    seen: set[str] = set()
    for name in sorted(after.concepts):
        entry, pk = after.concepts[name], after.ids.get(name)
        old_name = old_names.get(pk, name) if pk is not None else name
        old = before.concepts.get(old_name)
        if old is None:
            yield Change("concept", "added", name, pk, differences(Entry(name=name, kind=""), entry))
            continue
        seen.add(old_name)
        if found := differences(old, entry):
            yield Change("concept", "changed", name, pk, found)
    for name in sorted(before.concepts.keys() - seen):
        yield Change("concept", "removed", name, before.ids.get(name))


def _of_others(about: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None:
            yield Change(about, "added", name)
        elif new is None:
            yield Change(about, "removed", name)
        elif found := differences(old, new):
            yield Change(about, "changed", name, None, found)


def _words(name: str, value: Any) -> str:
    if name == "kind":
        return str(Concept.Kind(value).label) if value else ""
    if name == "role":
        return str(LexiconWord.Role(value).label)
    if name == "aliases":
        return str(_("%(text)s（有歧义）") % {"text": value[:-1]}) if value.endswith("?") else str(value)
    if name == "empty_after":
        return "、".join(str(Concept.Kind(kind).label) for kind in value)
    if name == "values":
        return " | ".join("/".join(names) for names in value)
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, tuple):
        return " + ".join(value)
    return str(value)
