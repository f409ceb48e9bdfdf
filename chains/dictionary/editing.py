"""Change the draft: by operators, with a reason, on the record, one at a time, and never so that it does not compile.

Every function refuses with not_allowed and reason_missing, with what chains.dictionary.states refuses, and with the
codes it names. The locks: the writers' lock of `freezing.drafting`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from chains.dictionary import freezing, records, states
from chains.dictionary.freezing import entry_from
from chains.dictionary.rights import require_operator
from chains.engine import Concept as Entry
from chains.engine.dictionary import surface_key
from chains.models import Alias, Concept, ConceptLink, ContradictionGroup
from foundation.errors import RefusedError
from foundation.models import AuditEntry, User


def create(*, by: User, entry: Entry, reason: str) -> Concept:
    """A new concept, or one that was retired or rejected. Refuses with concept_exists."""
    require_operator(by, reason=reason)
    with freezing.drafting():
        surface = surface_key(entry.name)
        known = Concept.objects.filter(surface=surface).first()
        if known is not None and known.status == "approved":
            raise RefusedError(_("词典里已有这个概念。"), code="concept_exists", field="name")
        before = records.snapshot([known.pk] if known else [])
        states.save([entry], source="operator")
        row = Concept.objects.get(surface=surface)
        _finish("dictionary.concept_created", by=by, target=row, reason=reason, before=before, pks=[row.pk])
    return row


def edit(*, by: User, concept: Concept, entry: Entry, reason: str) -> Concept:
    """Bring a concept to another state. Of a renaming the old name stays as an alias. Refuses with not_in_use,
    concept_exists."""
    require_operator(by, reason=reason)
    with freezing.drafting():
        row = _in_use(concept)
        before = records.snapshot([row.pk])
        if row.name != entry.name:
            surface = surface_key(entry.name)
            if Concept.objects.filter(surface=surface).exclude(pk=row.pk).exists():
                raise RefusedError(_("词典里已有这个概念。"), code="concept_exists", field="name")
            if surface != row.surface:
                entry = replace(entry, aliases=(*entry.aliases, row.name))
        states.save([entry], source="operator", ids={entry.name: row.pk})
        _rename_in_contradictions({row.name: entry.name})
        _finish("dictionary.concept_edited", by=by, target=row, reason=reason, before=before, pks=[row.pk])
    return Concept.objects.get(pk=row.pk)


def add_alias(*, by: User, concept: Concept, text: str, is_ambiguous: bool, reason: str) -> None:
    """Another name for a concept. Refuses with alias_known where it has it already."""
    require_operator(by, reason=reason)
    text = " ".join(text.rstrip("?").split())
    with freezing.drafting():
        row = _in_use(concept)
        if Alias.objects.filter(concept=row, surface=surface_key(text), status="approved").exists():
            raise RefusedError(_("这个概念已有这个别名。"), code="alias_known", field="text")
        before = records.snapshot([row.pk])
        said = states.state_of(row)
        try:
            states.save([replace(said, aliases=(*said.aliases, text + "?" * is_ambiguous))], source="operator")
        except RefusedError as refused:
            raise RefusedError(str(refused), code=refused.code, field="text") from refused
        _finish("dictionary.alias_added", by=by, target=row, reason=reason, before=before, pks=[row.pk])


def retire_alias(*, by: User, alias: Alias, reason: str) -> None:
    """Refuses with not_in_use."""
    require_operator(by, reason=reason)
    with freezing.drafting():
        here = Alias.objects.select_related("concept").get(pk=alias.pk)
        if here.status != "approved":
            raise RefusedError(_("这个别名已不在用。"), code="not_in_use")
        row = _in_use(here.concept)
        before = records.snapshot([row.pk])
        said = states.state_of(row)
        kept = tuple(text for text in said.aliases if surface_key(states.alias_text(text)) != here.surface)
        states.save([replace(said, aliases=kept)], source="operator")
        _finish("dictionary.alias_retired", by=by, target=row, reason=reason, before=before, pks=[row.pk])


def retire(*, by: User, concept: Concept, reason: str) -> None:
    """Take a concept out of use. Refuses with has_children, in_contradiction, not_in_use; what was near it is not."""
    require_operator(by, reason=reason)
    with freezing.drafting():
        row = _in_use(concept)
        below = ConceptLink.objects.filter(other=row, kind="is_a", status="approved").select_related("concept")[:5]
        if below:
            raise RefusedError(
                _("还有概念属于它：%(names)s。请先把它们移到别处，或改用合并。")
                % {"names": "、".join(link.concept.name for link in below)},
                code="has_children",
            )
        for group in ContradictionGroup.objects.filter(status="approved"):
            if any(row.name in value for value in group.values):
                raise RefusedError(
                    _("互斥组“%(group)s”提到它，不能停用。") % {"group": group.name}, code="in_contradiction"
                )
        near = list(ConceptLink.objects.filter(other=row, kind="near", status="approved"))
        pks = [row.pk, *(link.concept_id for link in near)]
        before = records.snapshot(pks)
        ConceptLink.objects.filter(pk__in=[link.pk for link in near]).update(status="retired")
        _take_out([row], status="retired")
        _finish("dictionary.concept_retired", by=by, target=row, reason=reason, before=before, pks=pks)


def merge(*, by: User, concept: Concept, into: Concept, reason: str) -> None:
    """Two concepts are one thing: aliases, children and neighbours go to `into`, the name becomes an alias.

    Refuses with merged_into_itself, not_in_use, contradictory.
    """
    require_operator(by, reason=reason)
    if concept.pk == into.pk:
        raise RefusedError(_("不能把概念合并到它自己。"), code="merged_into_itself", field="into")
    with freezing.drafting():
        gone, heir = _in_use(concept), _in_use(into)
        links = ConceptLink.objects.filter(other=gone, status="approved")
        others = set(links.values_list("concept_id", flat=True)) - {heir.pk}
        pks = [gone.pk, heir.pk, *others]
        before = records.snapshot(pks)
        said = freezing.entries(Concept.objects.filter(pk__in=pks).order_by("pk"))
        old, new = said[gone.pk], said[heir.pk]
        parents = [*new.parents, *(old.parents if gone.name in new.parents else ())]
        english = [old.english] if old.english and new.english and _is_free(old.english) else []
        _take_out([gone], status="retired", merged_into=heir)
        wanted = [
            replace(
                new,
                parents=_without(parents, gone.name, heir.name),
                near=_without([*new.near, *old.near], gone.name, heir.name),
                aliases=(*new.aliases, gone.name, *old.aliases, *english),
                english=new.english or old.english,
            )
        ]
        for pk in others:
            entry = said[pk]
            wanted.append(
                replace(
                    entry,
                    parents=_renamed(entry.parents, gone.name, heir.name),
                    near=_without(_renamed(entry.near, gone.name, heir.name), entry.name),
                )
            )
        states.save(wanted, source="operator")
        _rename_in_contradictions({gone.name: heir.name})
        _finish(
            "dictionary.concepts_merged",
            by=by,
            target=heir,
            reason=reason,
            before=before,
            pks=pks,
            note=f"{gone.name} → {heir.name}",
        )


def undo(*, by: User, entry: AuditEntry, reason: str) -> None:
    """Take back what an entry of the history tells. Refuses with not_undoable, changed_since."""
    require_operator(by, reason=reason)
    if not can_be_undone(entry):
        raise RefusedError(_("这条记录不能撤销。"), code="not_undoable")
    was, became = entry.changes["concepts"]
    groups_were, groups_became = entry.changes.get("contradictions", ({}, {}))
    with freezing.drafting():
        pks = [int(pk) for pk in {**was, **became}]
        before = records.snapshot(pks)
        now = {pk: before["concepts"].get(pk) for pk in became}
        groups_now = {name: before["contradictions"].get(name) for name in groups_became}
        if now != became or groups_now != groups_became:
            raise RefusedError(_("这些概念后来又有改动，请先撤销较新的改动。"), code="changed_since")
        rows = Concept.objects.in_bulk(pks)
        out = [row for pk, row in rows.items() if was.get(str(pk), {}).get("status") != "approved"]
        for row in out:
            state = was.get(str(row.pk), {"status": "retired", "merged_into": None})
            heir = rows.get(state["merged_into"]) if state["merged_into"] else None
            _take_out([row], status=state["status"], merged_into=heir)
        wanted = {int(pk): entry_from(state["entry"]) for pk, state in was.items() if state["status"] == "approved"}
        states.save(wanted.values(), source="operator", ids={said.name: pk for pk, said in wanted.items()})
        for name, values in groups_were.items():
            ContradictionGroup.objects.filter(name=name).update(values=values)
        target = rows[int(entry.target_id)]
        _finish(
            "dictionary.undone",
            by=by,
            target=target,
            reason=reason,
            before=before,
            pks=pks,
            note=f"{entry.action} #{entry.sequence}",
        )


def can_be_undone(entry: AuditEntry) -> bool:
    is_ours = entry.action in records.UNDOABLE and entry.target_type == records.TARGET
    return is_ours and any(entry.changes.get("concepts", ()))


def _finish(
    action: str, *, by: User, target: Concept, reason: str, before: records.Snapshot, pks: Collection[int], **more: str
) -> None:
    states.check()
    records.record(
        action=action,
        by=by,
        target=target,
        reason=reason.strip(),
        before=before,
        after=records.snapshot(pks),
        **more,
    )


def _in_use(concept: Concept) -> Concept:
    row = Concept.objects.get(pk=concept.pk)
    if row.status != "approved":
        raise RefusedError(
            _("“%(name)s”是“%(state)s”，不能这样做。") % {"name": row.name, "state": row.get_status_display()},
            code="not_in_use",
        )
    return row


def _take_out(rows: Collection[Concept], *, status: str, merged_into: Concept | None = None) -> None:
    pks = [row.pk for row in rows]
    Concept.objects.filter(pk__in=pks).update(status=status, merged_into=merged_into)
    Alias.objects.filter(concept__in=pks, status="approved").update(status="retired")
    ConceptLink.objects.filter(concept__in=pks, status="approved").update(status="retired")


def _is_free(form: str) -> bool:
    surface = surface_key(form)
    return not (
        Concept.objects.filter(surface=surface).exists()
        or Alias.objects.filter(surface=surface, status="approved").exists()
    )


def _without(names: Collection[str], *gone: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name not in gone))


def _renamed(names: Collection[str], old: str, new: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(new if name == old else name for name in names))


def _rename_in_contradictions(names: Mapping[str, str]) -> None:
    rename: Callable[[str], str] = lambda name: names.get(name, name)  # noqa: E731
    for group in ContradictionGroup.objects.filter(status="approved"):
        values: list[list[Any]] = [list(dict.fromkeys(map(rename, value))) for value in group.values]
        if values == group.values:
            continue
        if any(sum(new in value for value in values) > 1 for new in names.values()):
            raise RefusedError(
                _("互斥组“%(group)s”把两者列为互斥，不能合并。") % {"group": group.name}, code="contradictory"
            )
        group.values = values
        group.save(update_fields=["values"])
