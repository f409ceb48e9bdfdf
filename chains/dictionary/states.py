"""Bring concepts to a wanted state: the one way by which concepts, aliases and links are written.

A state is the engine's Concept (an alias with "?" is ambiguous). Rows are kept when they go out of use, so that what
was rejected or retired is known as such and comes back under its own id.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from chains.dictionary.freezing import draft, entries
from chains.engine import Concept as Entry
from chains.engine import DictionaryError
from chains.engine.dictionary import surface_key
from chains.models import Alias, Concept, ConceptLink, LexiconWord
from enterprises.sorting import pinyin_key
from foundation.errors import RefusedError

SCALARS = ("name", "surface", "kind", "english", "weight", "made_of", "empty_after", "implies", "is_form", "pinyin")
LONGEST_NAME = 80


@dataclass
class Written:
    """Names, by what became of their concepts."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0


def state_of(row: Concept) -> Entry:
    return entries([row])[row.pk]


def save(wanted: Collection[Entry], *, source: str, ids: Mapping[str, int] | None = None) -> Written:
    """Make the approved dictionary say this of these concepts. Inside `freezing.drafting`.

    ids: the row of each, by name, where the name alone does not say it (a renaming). Rows of that form that were
    rejected, proposed or retired are taken up again. Parents and near concepts must be approved or among `wanted`.
    Refuses with form_taken, unknown_concept; leaves compiling to `check`.
    """
    states = {entry.name: entry for entry in wanted}
    rows = _rows(states, ids or {})
    before = entries(row for row in rows.values() if row.status == "approved")
    written = Written()
    new: list[Concept] = []
    old: list[Concept] = []
    for name, entry in states.items():
        row = rows.get(name)
        if row is None:
            row = rows[name] = Concept(source=source)
            new.append(row)
            written.created.append(name)
        elif row.status != "approved":
            old.append(row)
            written.created.append(name)
        elif same(before[row.pk], entry):
            written.unchanged += 1
            continue
        else:
            old.append(row)
            written.changed.append(name)
        _set(row, entry)
    Concept.objects.bulk_create(new, batch_size=1000)
    Concept.objects.bulk_update(old, [*SCALARS, "status", "merged_into"], batch_size=500)
    touched = {rows[name].pk: states[name] for name in (*written.created, *written.changed)}
    _save_links(touched, source=source)
    _save_aliases(touched, source=source)
    return written


def check() -> None:
    """Refuse (does_not_compile) a draft that contradicts itself. At the end of every writer's transaction."""
    try:
        draft().dictionary  # noqa: B018 (compiles)
    except DictionaryError as problem:
        raise RefusedError(_("词典无法编译：%(problem)s") % {"problem": problem}, code="does_not_compile") from problem


def alias_text(alias: str) -> str:
    return alias.rstrip("?")


def same(before: Entry, wanted: Entry) -> bool:
    """Nothing that the engine reads differs: neither the order of lists nor the same form twice."""

    def plain(entry: Entry) -> tuple[Any, ...]:
        forms = {surface_key(alias_text(a)): a.endswith("?") for a in reversed(entry.aliases)}
        forms.pop(surface_key(entry.name), None)
        return (
            entry.name, entry.kind, set(entry.parents), forms, entry.english, entry.weight, tuple(entry.made_of),
            set(entry.near), entry.implies, entry.is_form, tuple(entry.empty_after),
        )  # fmt: skip

    return plain(before) == plain(wanted)


def _rows(states: Mapping[str, Entry], ids: Mapping[str, int]) -> dict[str, Concept]:
    by_id = Concept.objects.in_bulk(list(ids.values()))
    found = {name: by_id[pk] for name, pk in ids.items() if name in states and pk in by_id}
    surfaces = {surface_key(name): name for name in states if name not in found}
    for row in Concept.objects.filter(surface__in=surfaces):
        found.setdefault(surfaces[row.surface], row)
    return found


def _set(row: Concept, entry: Entry) -> None:
    surface = surface_key(entry.name)
    if not surface or len(entry.name) > LONGEST_NAME:
        raise RefusedError(_("名称为空、过长或没有可识别的文字。"), code="bad_name", field="name")
    row.name, row.surface, row.pinyin = entry.name, surface, pinyin_key(entry.name)
    row.kind, row.english, row.weight = entry.kind, entry.english, entry.weight
    row.made_of, row.empty_after = list(entry.made_of), list(entry.empty_after)
    row.implies, row.is_form = entry.implies, entry.is_form
    row.status, row.merged_into = "approved", None


def _save_links(touched: Mapping[int, Entry], *, source: str) -> None:
    names = {name for entry in touched.values() for name in (*entry.parents, *entry.near)}
    ids = dict(Concept.objects.filter(name__in=names, status="approved").values_list("name", "pk"))
    if missing := sorted(names - ids.keys()):
        raise RefusedError(
            _("词典里没有已采用的概念“%(name)s”。") % {"name": "”“".join(missing[:5])},
            code="unknown_concept",
            field="parents",
        )
    known: dict[int, dict[tuple[int, str], ConceptLink]] = defaultdict(dict)
    for link in ConceptLink.objects.filter(concept__in=touched):
        known[link.concept_id][link.other_id, link.kind] = link
    new: list[ConceptLink] = []
    old: list[ConceptLink] = []
    for pk, entry in touched.items():
        wanted = [(ids[name], "is_a") for name in entry.parents] + [(ids[name], "near") for name in entry.near]
        if any(other == pk for other, _kind in wanted):
            raise RefusedError(
                _("“%(name)s”不能属于或相近于自己。") % {"name": entry.name}, code="linked_to_itself", field="parents"
            )
        for key in dict.fromkeys(wanted):
            there = known[pk].get(key)
            if there is None:
                new.append(ConceptLink(concept_id=pk, other_id=key[0], kind=key[1], source=source))
            elif there.status != "approved":
                there.status = "approved"
                old.append(there)
        for key, link in known[pk].items():
            if link.status == "approved" and key not in wanted:
                link.status = "retired"
                old.append(link)
    ConceptLink.objects.bulk_update(old, ["status"], batch_size=1000)
    ConceptLink.objects.bulk_create(new, batch_size=1000)


def _save_aliases(touched: Mapping[int, Entry], *, source: str) -> None:
    known: dict[int, dict[str, Alias]] = defaultdict(dict)
    for alias in Alias.objects.filter(concept__in=touched):
        known[alias.concept_id][alias.surface] = alias
    retire: list[Alias] = []
    change: list[Alias] = []
    new: list[Alias] = []
    forms: dict[str, str] = {}
    for pk, entry in touched.items():
        own = surface_key(entry.name)
        wanted: dict[str, tuple[str, bool]] = {}
        for text in entry.aliases:
            surface = surface_key(alias_text(text))
            if not surface or len(alias_text(text)) > LONGEST_NAME:
                raise RefusedError(
                    _("别名“%(text)s”过长或没有可识别的文字。") % {"text": text[:LONGEST_NAME]},
                    code="bad_alias",
                    field="aliases",
                )
            if surface != own:
                wanted.setdefault(surface, (alias_text(text), text.endswith("?")))
        for surface, form in wanted.items():
            if forms.setdefault(surface, entry.name) != entry.name:
                raise _taken(form[0], by=forms[surface])
            there = known[pk].get(surface)
            if there is None:
                new.append(Alias(concept_id=pk, text=form[0], surface=surface, is_ambiguous=form[1], source=source))
            elif (there.status, there.text, there.is_ambiguous) != ("approved", *form):
                there.status, there.text, there.is_ambiguous = "approved", *form
                change.append(there)
        for surface, alias in known[pk].items():
            if alias.status == "approved" and surface not in wanted:
                alias.status = "retired"
                retire.append(alias)
    # First out, then in: a form that moves from one concept to another names one at every moment.
    Alias.objects.bulk_update(retire, ["status"], batch_size=1000)
    _check_forms({alias.surface: alias for alias in (*change, *new)}, touched)
    Alias.objects.bulk_update(change, ["status", "text", "is_ambiguous"], batch_size=1000)
    Alias.objects.bulk_create(new, batch_size=1000)


def _check_forms(aliases: Mapping[str, Alias], touched: Mapping[int, Entry]) -> None:
    """No form may mean two things: another concept's name or alias, or a word of the lexicon."""
    names = {surface_key(entry.name): entry.name for entry in touched.values()}
    for surface, name in Concept.objects.filter(surface__in=aliases, status="approved").values_list("surface", "name"):
        raise _taken(aliases[surface].text, by=name)
    others = Alias.objects.filter(surface__in=[*aliases, *names], status="approved")
    for alias in others.select_related("concept"):
        mine = aliases.get(alias.surface)
        if mine is None or mine.concept_id != alias.concept_id:
            raise _taken(alias.text, by=alias.concept.name, field="aliases" if mine else "name")
    for word in LexiconWord.objects.filter(surface__in=[*aliases, *names], status="approved"):
        raise RefusedError(
            _("“%(text)s”已是用词（%(role)s），不能再作概念或别名。")
            % {"text": word.text, "role": word.get_role_display()},
            code="form_taken",
            field="aliases" if word.surface in aliases else "name",
        )


def _taken(text: str, *, by: str, field: str = "aliases") -> RefusedError:
    return RefusedError(
        _("“%(text)s”已指概念“%(name)s”，一个写法只能指一个概念。") % {"text": text, "name": by},
        code="form_taken",
        field=field,
    )
