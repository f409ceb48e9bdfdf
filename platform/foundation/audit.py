"""Write to the audit log, inside the transaction of what it records."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from foundation.models import AuditEntry, User


def record(
    *,
    action: str,
    actor: User | None,
    target: models.Model | None = None,
    firm_id: int | None = None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry to the firm's chain (or the platform's, without a firm).

    `action` reads `thing.happened`, e.g. `post.published`. `changes` must be JSON: `{"field": [old, new]}`.
    The database computes sequence and hashes under an advisory lock of that chain.
    """
    AuditEntry.objects.bulk_create(
        [entry(action=action, actor=actor, target=target, firm_id=firm_id, reason=reason, changes=changes)]
    )


def entry(
    *,
    action: str,
    actor: User | None,
    target: models.Model | None = None,
    firm_id: int | None = None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """An unsaved entry, for stages that write many at once with `record_many`."""
    return AuditEntry(
        chain=firm_id or 0,
        at=timezone.now(),
        actor=actor,
        actor_name=str(actor)[:120] if actor else "",
        firm_id=firm_id,
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        target_label=str(target)[:200] if target is not None else "",
        reason=reason,
        changes=dict(changes or {}),
    )


def record_many(entries: list[AuditEntry]) -> None:
    """Append many entries. Sorted by chain, so that two writers take the chains' locks in one order."""
    AuditEntry.objects.bulk_create(sorted(entries, key=lambda e: e.chain), batch_size=1000)
