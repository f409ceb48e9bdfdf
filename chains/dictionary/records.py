"""What concepts looked like before and after a change: written to the audit log, read to undo it."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet

from chains.dictionary.freezing import entries
from chains.models import Concept, ContradictionGroup
from foundation import audit
from foundation.models import AuditEntry, User

TARGET = "chains.concept"
# Changes of concepts that can be taken back from their entry.
UNDOABLE = (
    "dictionary.alias_added",
    "dictionary.alias_retired",
    "dictionary.concept_created",
    "dictionary.concept_edited",
    "dictionary.concept_retired",
    "dictionary.concepts_merged",
    "dictionary.proposal_accepted",
    "dictionary.undone",
)

Snapshot = dict[str, Any]


def snapshot(pks: Collection[int]) -> Snapshot:
    """These concepts as JSON, by id, and all groups of contradictions (they name concepts)."""
    rows = Concept.objects.filter(pk__in=pks).order_by("pk")
    said = entries(rows)
    return {
        "concepts": {
            str(row.pk): {
                "status": row.status,
                "merged_into": row.merged_into_id,
                "entry": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(said[row.pk]).items()},
            }
            for row in rows
        },
        "contradictions": dict(ContradictionGroup.objects.filter(status="approved").values_list("name", "values")),
    }


def record(
    *, action: str, by: User | None, target: Concept, reason: str, before: Snapshot, after: Snapshot, note: str = ""
) -> None:
    """Only what differs is written."""
    changes: dict[str, Any] = {"concepts": _differing(before["concepts"], after["concepts"])}
    groups = _differing(before["contradictions"], after["contradictions"])
    if any(groups):
        changes["contradictions"] = groups
    if note:
        changes["note"] = [None, note]
    audit.record(action=action, actor=by, target=target, reason=reason, changes=changes)


def history_of(concept: Concept) -> QuerySet[AuditEntry]:
    """Newest first; of a concept that was merged away also what its heir has to say of it."""
    pks = [concept.pk] + ([concept.merged_into_id] if concept.merged_into_id else [])
    return AuditEntry.objects.filter(target_type=TARGET, target_id__in=[str(pk) for pk in pks]).order_by("-id")


def history() -> QuerySet[AuditEntry]:
    """Everything that was done to the dictionary, newest first."""
    return AuditEntry.objects.filter(action__startswith="dictionary.").order_by("-id")


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return [
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    ]
