"""A table uploaded by an operator: read, checked as a job, and on confirmation taken into the draft."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chains.dictionary import freezing, tables
from chains.dictionary.rights import require_operator
from chains.models import DictionaryImport
from foundation import audit, jobs
from foundation.errors import RefusedError
from foundation.models import User

KIND = "chains.import_dictionary"


def start(*, by: User, table: str, file_name: str, lines: Sequence[Sequence[str]], reason: str) -> DictionaryImport:
    """Keep the rows and have them checked. Refuses with not_allowed, reason_missing, head_missing, no_rows."""
    require_operator(by, reason=reason)
    rows = tables.read(lines, table)
    if rows is None:
        raise RefusedError(
            _("没有找到表头，应有这些列：%(columns)s。") % {"columns": "、".join(tables.COLUMNS[table])},
            code="head_missing",
            field="file",
        )
    if not rows:
        raise RefusedError(_("表头下面没有数据。"), code="no_rows", field="file")
    with transaction.atomic():
        return _enqueue(_kept(by=by, table=table, file_name=file_name, rows=rows, reason=reason), by=by)


def take(*, by: User, table: str, file_name: str, lines: Sequence[Sequence[str]], reason: str) -> DictionaryImport:
    """Check and import at once, here: for the command line. Refuses as `start` and `confirm` do."""
    with transaction.atomic():
        record = start(by=by, table=table, file_name=file_name, lines=lines, reason=reason)
        work(record)
        record = confirm(by=by, record=record)
        work(record)
    record.refresh_from_db()
    return record


def confirm(*, by: User, record: DictionaryImport) -> DictionaryImport:
    """After the check, take the rows that are right into the draft. Locks the record; twice is once.

    Refuses with not_allowed, not_checked, nothing_to_import.
    """
    require_operator(by, reason=record.reason)
    with transaction.atomic():
        row = DictionaryImport.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if row.confirmed_at is not None:
            return row
        if row.checked_at is None or row.report is None:
            raise RefusedError(_("请等检查完成后再导入。"), code="not_checked")
        if not row.report["created"] + row.report["changed"]:
            raise RefusedError(_("没有可导入的行，请按提示改正后重新上传。"), code="nothing_to_import")
        row.confirmed_at = timezone.now()
        row.save(update_fields=["confirmed_at"])
        return _enqueue(row, by=by)


def work(record: DictionaryImport) -> None:
    """Check, or apply what was confirmed; one transaction, so that a repeated run finds all of it or nothing."""
    if record.confirmed_at is None:
        DictionaryImport.objects.filter(pk=record.pk, checked_at=None).update(
            report=tables.check(record.table, record.rows).as_dict(), checked_at=timezone.now()
        )
        return
    with freezing.drafting():
        row = DictionaryImport.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if row.applied_at is not None:
            return
        report = tables.apply(row.table, row.rows).as_dict()
        row.report, row.applied_at = report, timezone.now()
        row.save(update_fields=["report", "applied_at"])
        audit.record(
            action="dictionary.imported",
            actor=row.asked_by,
            target=row,
            reason=row.reason,
            changes={name: [None, report[name]] for name in ("created", "changed", "unchanged", "bad_rows")},
        )


def _kept(*, by: User, table: str, file_name: str, rows: list[dict[str, Any]], reason: str) -> DictionaryImport:
    return DictionaryImport.objects.create(
        table=table, file_name=file_name[:200], rows=rows, reason=reason.strip(), asked_by=by
    )


def _enqueue(record: DictionaryImport, *, by: User) -> DictionaryImport:
    record.job = jobs.enqueue(kind=KIND, payload={"import_id": record.pk}, key=str(record.pk), owner=by)
    record.save(update_fields=["job"])
    return record
