"""The bulk door of registration: firms that somebody has vetted elsewhere."""

from collections.abc import Sequence
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from enterprises.models import Enterprise, VerificationEvent
from enterprises.registration.verification import a_year_after
from enterprises.sorting import pinyin_key
from foundation import audit
from foundation.models import User

BATCH: Final = 1000
_LOCK: Final = 7_231_002


def register_many(*, firms: Sequence[Enterprise], by: User | None, reason: str) -> int:
    """Register unsaved firms as verified; the answer is how many were new.

    For loaders of a named source: a firm whose (source, external_id) is already here is passed over, so a loader can
    be run again. Sort key and dates are filled in. One audit entry for all on the platform's chain. Takes an advisory
    lock, so that two loaders do not both count a firm as theirs.
    """
    if not firms:
        return 0
    now = timezone.now()
    keys = {(firm.source, firm.external_id) for firm in firms}
    sources = {source for source, _external in keys}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        there = Enterprise.objects.filter(source__in=sources, external_id__in={external for _source, external in keys})
        before = set(there.values_list("source", "external_id"))
        for firm in firms:
            firm.pinyin = pinyin_key(firm.name)
            firm.status = Enterprise.Status.VERIFIED
            firm.submitted_at = firm.submitted_at or now
            firm.verified_at = firm.verified_at or now
            firm.recheck_due_on = firm.recheck_due_on or a_year_after(timezone.localdate(now))
        Enterprise.objects.bulk_create(firms, batch_size=BATCH, ignore_conflicts=True)
        made = [
            (pk, external)
            for pk, source, external in there.values_list("pk", "source", "external_id")
            if (source, external) in keys - before
        ]
        VerificationEvent.objects.bulk_create(
            [
                VerificationEvent(enterprise_id=pk, kind=VerificationEvent.Kind.VERIFIED, note=reason, by=by, at=now)
                for pk, _external in made
            ],
            batch_size=BATCH,
        )
        if made:
            audit.record(
                action="firm.registered_many",
                actor=by,
                reason=reason,
                changes={"count": len(made), "external_ids": [external for _pk, external in made]},
            )
    return len(made)
