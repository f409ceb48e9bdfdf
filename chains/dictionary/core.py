"""Load the tables that the platform ships, over whatever operators changed meanwhile.

Three sides: what the core last said (`core` of a row), what it says now, and what the row says. What the core changed
is taken over; what was changed here stays, field by field, and in lists word by word; both are reported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chains.dictionary import editions, freezing, publishing, states
from chains.dictionary.freezing import Frozen, entry_from
from chains.engine import Concept as Entry
from chains.engine import Dictionary
from chains.engine.dictionary import surface_key
from chains.models import Concept, ContradictionGroup, LexiconWord, Need
from enterprises.sorting import pinyin_key
from foundation import audit
from foundation.errors import RefusedError

LISTS = ("parents", "aliases", "near")
MOST_NAMED = 200


@dataclass
class Loaded:
    """kept: sentences, what was not taken over because it was changed here. problem: why nothing was loaded."""

    read: int = 0
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problem: str = ""
    edition: int | None = None

    @property
    def has_changed(self) -> bool:
        return bool(self.added or self.changed or self.retired)


def load(*, core: Dictionary | None = None) -> Loaded:
    """Bring the shipped core into the draft. Idempotent; deletes nothing.

    Where no operator's change waits for publication, the new state is put in force at once; otherwise it waits with
    theirs. A core that does not go together with what was changed here is not loaded at all, and the answer says why.
    """
    shipped = freezing.frozen_of(core or Dictionary.load())
    loaded = Loaded(read=len(shipped.concepts) + len(shipped.words) + len(shipped.contradictions) + len(shipped.needs))
    with freezing.drafting():
        before = freezing.draft()
        now = editions.edition()
        is_clean = not before.concepts if now.number == 0 else not publishing.unpublished()
        try:
            with transaction.atomic():
                names = _load_concepts(shipped, before, loaded)
                _load_words(shipped, loaded)
                _load_contradictions(shipped, loaded, names=names)
                _load_needs(shipped, loaded, names=names)
                if loaded.has_changed:
                    states.check()
        except RefusedError as problem:
            return Loaded(read=loaded.read, problem=str(problem))
        if loaded.has_changed or loaded.kept:
            audit.record(
                action="dictionary.core_loaded",
                actor=None,
                changes={
                    "added": [None, len(loaded.added)],
                    "changed": [None, len(loaded.changed)],
                    "retired": [None, len(loaded.retired)],
                    "kept": [None, loaded.kept[:MOST_NAMED]],
                },
            )
        if is_clean and (now.number == 0 or loaded.has_changed):
            try:
                loaded.edition = publishing.issue(by=None, reason=_("随平台更新的基础词典")).number
            except RefusedError as refused:
                if refused.code != "nothing_changed":
                    raise
    return loaded


def _load_concepts(shipped: Frozen, before: Frozen, loaded: Loaded) -> dict[str, str]:
    """The answer maps the core's names to today's; names that are gone here are missing in it."""
    rows = list(Concept.objects.select_related("merged_into"))
    by_core = {row.core["name"]: row for row in rows if row.core}
    by_surface = {row.surface: row for row in rows}
    here = {name: by_core.get(name) or by_surface.get(surface_key(name)) for name in shipped.concepts}
    names = {name: _name_today(row, name) for name, row in here.items()}
    today = {name: own for name, own in names.items() if own}
    wanted: dict[str, Entry] = {}
    ids: dict[str, int] = {}
    cores: dict[str, dict[str, Any]] = {}
    for name, said in shipped.concepts.items():
        row, new = here[name], _renamed(said, today)
        if row is not None and row.core == _plain(said):
            continue
        cores[name] = _plain(said)
        if row is None:
            wanted[name] = new
        elif row.status != "approved":
            loaded.kept.append(_("“%(name)s”在此处是“%(state)s”") % {"name": name, "state": row.get_status_display()})
        else:
            own = before.concepts[row.name]
            base = _renamed(entry_from(row.core), today) if row.core else replace(new, parents=(), aliases=(), near=())
            wanted[row.name] = _merged(base=base, own=own, new=new, loaded=loaded)
            ids[row.name] = row.pk
    gone = _gone(by_core.values(), shipped, before, loaded)
    _drop_taken(wanted, before, gone={row.name for row in gone}, loaded=loaded)
    if gone:
        states_without = {
            name: replace(
                entry,
                parents=tuple(p for p in entry.parents if p not in {row.name for row in gone}),
                near=tuple(n for n in entry.near if n not in {row.name for row in gone}),
            )
            for name, entry in {**before.concepts, **wanted}.items()
            if name not in {row.name for row in gone}
        }
        for name, entry in states_without.items():
            if entry != wanted.get(name, before.concepts.get(name)):
                wanted[name] = entry
                if name in before.ids:
                    ids[name] = before.ids[name]
        for row in gone:
            row.status = "retired"
            row.aliases.filter(status="approved").update(status="retired")
            row.links.filter(status="approved").update(status="retired")
            loaded.retired.append(row.name)
        Concept.objects.bulk_update(gone, ["status"])
    written = states.save(wanted.values(), source="core", ids=ids)
    loaded.added.extend(written.created)
    loaded.changed.extend(written.changed)
    _note_core(cores, here)
    return today


def _name_today(row: Concept | None, name: str) -> str:
    if row is None:
        return name
    while row.merged_into is not None:
        row = row.merged_into
    return row.name if row.status == "approved" else ""


def _renamed(entry: Entry, today: Mapping[str, str]) -> Entry:
    """With links to concepts by the names they have here."""

    def names(old: Iterable[str]) -> tuple[str, ...]:
        found = dict.fromkeys(today[name] for name in old if name in today)
        found.pop(today.get(entry.name, entry.name), None)
        return tuple(found)

    return replace(entry, parents=names(entry.parents), near=names(entry.near))


def _merged(*, base: Entry, own: Entry, new: Entry, loaded: Loaded) -> Entry:
    values: dict[str, Any] = {}
    for one in fields(Entry):
        was, here, said = (getattr(entry, one.name) for entry in (base, own, new))
        if one.name in LISTS:
            dropped = set(was) - set(said)
            values[one.name] = tuple(
                dict.fromkeys([*(v for v in here if v not in dropped), *(v for v in said if v not in was)])
            )
            missing = [v for v in said if v in was and v not in here]
        elif here in (was, said):
            values[one.name] = said
            missing = []
        else:
            values[one.name] = here
            missing = [said] if said != was else []
        if missing:
            loaded.kept.append(
                _("“%(name)s”保留了此处的改动，未采用：%(values)s")
                % {"name": own.name, "values": "、".join(map(str, missing))}
            )
    return Entry(**values)


def _gone(rows: Iterable[Concept], shipped: Frozen, before: Frozen, loaded: Loaded) -> list[Concept]:
    """Rows that the core no longer knows: retired if nobody changed them here, else they become our own."""
    gone = []
    for row in rows:
        if row.core is None or row.core["name"] in shipped.concepts:
            continue
        if row.status == "approved":
            if states.same(before.concepts[row.name], entry_from(row.core)):
                gone.append(row)
            else:
                loaded.kept.append(_("“%(name)s”已不在基础词典中，因此处改过而保留") % {"name": row.name})
        Concept.objects.filter(pk=row.pk).update(core=None)
    return gone


def _drop_taken(wanted: dict[str, Entry], before: Frozen, *, gone: set[str], loaded: Loaded) -> None:
    """A form that means something else here is not taken over from the core."""
    owners: dict[str, str] = {}
    for entry in before.concepts.values():
        if entry.name in gone:
            continue
        for form in (entry.name, *entry.aliases):
            if entry.name not in wanted or form in (entry.name, *wanted[entry.name].aliases):
                owners.setdefault(surface_key(states.alias_text(form)), entry.name)
    owners |= dict.fromkeys(LexiconWord.objects.filter(status="approved").values_list("surface", flat=True), "")
    for name in list(wanted):
        if owners.get(surface_key(name), name) != name:
            del wanted[name]
            loaded.kept.append(_("“%(name)s”在此处另有所指，未作为概念载入") % {"name": name})
    for name, entry in wanted.items():
        owners.setdefault(surface_key(name), name)
        free = []
        for alias in entry.aliases:
            if owners.setdefault(surface_key(states.alias_text(alias)), name) == name:
                free.append(alias)
            else:
                loaded.kept.append(
                    _("别名“%(alias)s”在此处另有所指，未载入“%(name)s”") % {"alias": alias, "name": name}
                )
        wanted[name] = replace(entry, aliases=tuple(free))
    for name, entry in wanted.items():
        known = before.concepts.keys() | wanted.keys()
        wanted[name] = replace(
            entry,
            parents=tuple(p for p in entry.parents if p in known),
            near=tuple(n for n in entry.near if n in known),
        )


def _note_core(cores: Mapping[str, dict[str, Any]], here: Mapping[str, Concept | None]) -> None:
    new = {surface_key(name): name for name in cores if here[name] is None}
    rows = []
    for row in Concept.objects.filter(surface__in=new):
        row.core = cores[new[row.surface]]
        rows.append(row)
    for name, core in cores.items():
        known = here[name]
        if known is not None:
            known.core = core
            rows.append(known)
    # An upsert that never inserts: many times faster than an UPDATE with a case for each row.
    Concept.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=["core"], batch_size=1000
    )


def _plain(entry: Entry) -> dict[str, Any]:
    """As JSON gives it back."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(entry).items()}


def _load_words(shipped: Frozen, loaded: Loaded) -> None:
    rows = {row.surface: row for row in LexiconWord.objects.all()}
    concepts = dict(Concept.objects.filter(status="approved").values_list("surface", "name"))
    write: list[LexiconWord] = []
    said_here: set[str] = set()
    for word in shipped.words.values():
        surface = surface_key(word.text)
        said_here.add(surface)
        core = {"text": word.text, "role": word.role, "english": word.english}
        row = rows.get(surface)
        if row is None:
            if surface in concepts:
                loaded.kept.append(_("用词“%(text)s”在此处是概念，未载入") % {"text": word.text})
                continue
            row = LexiconWord(text=word.text, surface=surface, source="core", pinyin=pinyin_key(word.text))
            row.role, row.english = word.role, word.english
            loaded.added.append(word.text)
        elif row.core == core:
            continue
        elif row.core is None or _differs(row, row.core):
            loaded.kept.append(_("用词“%(text)s”保留了此处的改动") % {"text": word.text})
        else:
            row.role, row.english, row.text = word.role, word.english, word.text
            loaded.changed.append(word.text)
        row.core = core
        write.append(row)
    for surface, row in rows.items():
        if surface not in said_here and row.core is not None:
            if row.status == "approved" and not _differs(row, row.core):
                row.status = "retired"
                loaded.retired.append(row.text)
            row.core = None
            write.append(row)
    LexiconWord.objects.bulk_create([row for row in write if row.pk is None], batch_size=1000)
    LexiconWord.objects.bulk_update(
        [row for row in write if row.pk is not None], ["text", "role", "english", "core", "status"], batch_size=500
    )


def _differs(row: LexiconWord, core: Mapping[str, Any]) -> bool:
    return row.status != "approved" or any(getattr(row, name) != core[name] for name in ("text", "role", "english"))


def _load_contradictions(shipped: Frozen, loaded: Loaded, *, names: Mapping[str, str]) -> None:
    rows = {row.name: row for row in ContradictionGroup.objects.all()}
    words = set(LexiconWord.objects.filter(status="approved").values_list("text", flat=True))
    for group in shipped.contradictions.values():
        core = {"strength": group.strength, "values": [list(value) for value in group.values]}
        # By the names that the concepts have here; what is gone here cannot contradict anything.
        values = [
            found
            for value in group.values
            if (found := [names.get(name, name) for name in value if name in names or name in words])
        ]
        row = rows.pop(group.group, None)
        if row is None:
            row = ContradictionGroup(name=group.group, source="core", pinyin=pinyin_key(group.group))
            row.strength, row.values = group.strength, values
            loaded.added.append(group.group)
        elif row.core == core:
            continue
        elif row.core is None or row.status != "approved" or (row.strength, row.values) != _as_loaded(row.core, names):
            loaded.kept.append(_("互斥组“%(name)s”保留了此处的改动") % {"name": row.name})
        else:
            row.strength, row.values = group.strength, values
            loaded.changed.append(group.group)
        row.core = core
        row.save()
    for row in rows.values():
        if row.core is not None:
            if row.status == "approved" and (row.strength, row.values) == _as_loaded(row.core, names):
                row.status = "retired"
                loaded.retired.append(row.name)
            row.core = None
            row.save()


def _as_loaded(core: Mapping[str, Any], names: Mapping[str, str]) -> tuple[int, list[list[str]]]:
    return core["strength"], [[names.get(name, name) for name in value] for value in core["values"]]


def _load_needs(shipped: Frozen, loaded: Loaded, *, names: Mapping[str, str]) -> None:
    """A need names concepts by name or alias; one that is gone here is left out of it."""
    rows = {row.key: row for row in Need.objects.all()}
    known = {surface_key(form) for entry in freezing.draft().concepts.values() for form in _forms(entry)}
    write: list[Need] = []
    for key, need in shipped.needs.items():
        core = list(need.concepts)
        concepts = [name for name in core if surface_key(name) in known]
        row = rows.pop(key, None)
        if row is None:
            if not concepts:
                continue
            row = Need(key=key, words=[list(group) for group in need.words], concepts=concepts, source="core")
            loaded.added.append(key)
        elif row.core == core:
            continue
        elif row.core is None or row.status != "approved" or not set(row.concepts) <= set(row.core):
            loaded.kept.append(_("需求说法“%(name)s”保留了此处的改动") % {"name": key})
        elif concepts:
            row.concepts = concepts
            loaded.changed.append(key)
        row.core = core
        write.append(row)
    for row in rows.values():
        if row.core is not None:
            if row.status == "approved":
                row.status = "retired"
                loaded.retired.append(row.key)
            row.core = None
            write.append(row)
    Need.objects.bulk_create([row for row in write if row.pk is None], batch_size=1000)
    Need.objects.bulk_update([row for row in write if row.pk is not None], ["concepts", "core", "status"])


def _forms(entry: Entry) -> Iterable[str]:
    yield entry.name
    yield from map(states.alias_text, entry.aliases)
    if entry.english:
        yield entry.english
