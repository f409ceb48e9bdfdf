"""A whole file, as a job: resumable chunk by chunk, with the errors back as a file."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from enterprises import exporting
from enterprises.importing.columns import Lookups, Table, table_of
from enterprises.importing.guard import check_upload, clean_name
from enterprises.importing.parsing import read_rows
from enterprises.importing.rows import Outcome, Row, lock_firm, mark_twins, process
from enterprises.models import Enterprise, ImportRun
from foundation import audit, jobs, notices
from foundation.errors import RefusedError
from foundation.models import Job, User

CHUNK: Final = 100
# Errors kept in all, and those shown in the page.
MOST_ERRORS: Final = 2000
SHOWN_ERRORS: Final = 100
HEAD_WITHIN: Final = 20
# Runs of one person that are not done yet, checks among them: each is a file to read and a worker's time.
MOST_AT_ONCE: Final = 3
COUNTS: Final = ("created", "updated", "unchanged", "review")


def start(
    *,
    by: User,
    kind: str,
    enterprise: Enterprise | None,
    upload: "UploadedFile[bytes]",
    dry_run: bool = True,
    publish: bool = True,
) -> ImportRun:
    """Take a file in and enqueue its reading. Firms are for operators, the rest for editors of `enterprise`.

    Locks the person, so that files sent side by side are counted. Refuses with not_allowed, or with field "file" and
    too_many_at_once or a code of `check_upload`.
    """
    _require_right(by=by, kind=kind, enterprise=enterprise, publish=publish)
    name = clean_name(upload.name or "")
    ending = check_upload(upload, name=name, size=upload.size)
    with transaction.atomic():
        _require_place(by)
        record = ImportRun(kind=kind, enterprise=enterprise, file_name=name, dry_run=dry_run, started_by=by)
        upload.seek(0)
        # Storage puts random letters behind a name that is taken; what people called it stays in file_name.
        record.file.save(f"{kind}.{ending}", upload, save=False)
        record.save()
        return _enqueue(record, by=by, publish=publish)


def confirm(*, record: ImportRun, by: User, publish: bool = True) -> ImportRun:
    """After a dry run, the same file for good. Locks the run; a second confirmation returns the first one's run.

    Refuses with not_allowed, not_checked, nothing_to_import, file_gone (see `forget_old`), too_many_at_once.
    """
    with transaction.atomic():
        row = ImportRun.objects.select_for_update(of=("self",)).select_related("enterprise").get(pk=record.pk)
        if row.started_by_id != by.pk:
            raise RefusedError(_("只有上传者可以确认导入。"), code="not_allowed")
        _require_right(by=by, kind=row.kind, enterprise=row.enterprise, publish=publish)
        if not row.dry_run or row.finished_at is None:
            raise RefusedError(_("请等检查完成后再导入。"), code="not_checked")
        if not row.ok_count:
            raise RefusedError(_("没有可导入的行，请按提示改正后重新上传。"), code="nothing_to_import")
        if not row.file:
            raise RefusedError(_("文件已按期删除，请重新上传。"), code="file_gone", field="file")
        done = ImportRun.objects.filter(file=row.file.name, dry_run=False, started_by=by).first()
        if done is not None:
            return done
        _require_place(by)
        real = ImportRun.objects.create(
            kind=row.kind,
            enterprise=row.enterprise,
            file=row.file.name,
            file_name=row.file_name,
            dry_run=False,
            started_by=by,
        )
        return _enqueue(real, by=by, publish=publish)


def apply(*, record: ImportRun, job: jobs.Run, publish: bool) -> dict[str, Any]:
    """Do the work of a run, from where an earlier attempt stopped. Each chunk is written together with the note that
    it was written, so that a killed worker neither loses nor doubles a row."""
    by = record.started_by
    if record.finished_at is not None or by is None:
        return {}
    with override(by.language):
        try:
            table, rows, ignored = _load(record, job)
        except RefusedError as refusal:
            return _finish(record, by=by, state=_new_state(), rows=[], fatal=str(refusal))
        state = {**_new_state(), **{k: v for k, v in job.job.result.items() if k in _new_state()}}
        state["ignored"] = ignored
        lookups = Lookups(record.enterprise)
        stage = gettext_noop("检查") if record.dry_run else gettext_noop("导入")
        while state["next"] < len(rows):
            part = rows[state["next"] : state["next"] + CHUNK]
            with transaction.atomic():
                try:
                    lock_firm(record)
                    _require_right(by=by, kind=record.kind, enterprise=record.enterprise, publish=publish)
                except RefusedError as refusal:
                    return _finish(record, by=by, state=state, rows=rows, fatal=str(refusal))
                outcome = process(part, table=table, record=record, by=by, publish=publish, lookups=lookups)
                _add(state, outcome, len(part))
                job.checkpoint(**state)
            job.progress(done=state["next"], total=len(rows), stage=stage)
        return _finish(record, by=by, state=state, rows=rows)


def forget_old(*, days: int = 30) -> int:
    """Delete the files of runs that ended so long ago; what they did stays on record. The answer is how many."""
    before = timezone.now() - timedelta(days=days)
    count = 0
    for record in ImportRun.objects.filter(finished_at__lt=before).exclude(file="")[:500]:
        with transaction.atomic():
            names = {str(name) for name in (record.file.name, record.errors_file.name) if name}
            ImportRun.objects.filter(pk=record.pk).update(file="", errors_file="")
            # A dry run and its import share one file: the last to go takes it along.
            kept = set(ImportRun.objects.filter(file__in=names).values_list("file", flat=True))
        for name in names - kept:
            record.file.storage.delete(name)
        count += 1
    return count


def head_of(rows: Sequence[Sequence[str]], table: Table) -> tuple[int, dict[int, Any]]:
    """(position of the head's row, columns by position). Refuses with field "file", code head_missing."""
    best: dict[int, Any] = {}
    for position, cells in enumerate(rows[:HEAD_WITHIN]):
        found = table.recognise(cells)
        if all(column.key in {c.key for c in found.values()} for column in table.columns if column.required):
            return position, found
        best = max(best, found, key=len)
    missing = [
        str(column.label)
        for column in table.columns
        if column.required and column.key not in {c.key for c in best.values()}
    ]
    raise RefusedError(
        _("没有找到表头，缺少列：%(columns)s。请使用模板中的列名。") % {"columns": "、".join(missing)},
        code="head_missing",
        field="file",
    )


def _load(record: ImportRun, job: jobs.Run) -> tuple[Table, list[Row], list[str]]:
    job.progress(stage=gettext_noop("读取文件"))
    table = table_of(record.kind)
    with record.file.open("rb") as file:
        raw = read_rows(file, kind=_ending(record))
    position, columns = head_of(raw, table)
    rows = [
        Row(number=number, cells={c.key: cells[at] if at < len(cells) else "" for at, c in columns.items()})
        for number, cells in enumerate(raw[position + 1 :], position + 2)
        if any(cells[at].strip() for at in columns if at < len(cells))
    ]
    if not rows:
        raise RefusedError(_("表头下面没有数据。"), code="no_rows", field="file")
    mark_twins(rows, record.kind)
    ignored = [cell.strip()[:40] for at, cell in enumerate(raw[position]) if cell.strip() and at not in columns]
    return table, rows, ignored


def _new_state() -> dict[str, Any]:
    return {"next": 0, **dict.fromkeys(COUNTS, 0), "bad_rows": 0, "errors": [], "ignored": []}


def _add(state: dict[str, Any], outcome: Outcome, rows: int) -> None:
    counts = asdict(outcome)
    for name in COUNTS:
        state[name] += counts[name]
    state["bad_rows"] += len({number for number, _label, _message in outcome.errors})
    room = MOST_ERRORS - len(state["errors"])
    state["errors"] = state["errors"] + [list(error) for error in outcome.errors[:room]]
    state["next"] += rows


def _finish(
    record: ImportRun, *, by: User, state: dict[str, Any], rows: Sequence[Row], fatal: str = ""
) -> dict[str, Any]:
    errors = [{"row": row, "field": label, "message": message} for row, label, message in state["errors"]]
    if fatal:
        errors.insert(0, {"row": 0, "field": "", "message": fatal})
    with transaction.atomic():
        record = ImportRun.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if record.finished_at is None:
            record.row_count = len(rows)
            record.ok_count = state["created"] + state["updated"] + state["unchanged"]
            record.error_count = state["bad_rows"] + bool(fatal)
            record.errors = errors[:SHOWN_ERRORS]
            record.finished_at = timezone.now()
            if state["errors"]:
                ending = _ending(record)
                record.errors_file.save(
                    f"errors.{ending}", ContentFile(_errors_file(record, state["errors"], rows, ending)), save=False
                )
            record.save()
            if not record.dry_run:
                audit.record(
                    action=f"{record.kind}.imported",
                    actor=by,
                    target=record,
                    firm_id=record.enterprise_id,
                    changes={name: state[name] for name in (*COUNTS, "bad_rows")},
                )
            notices.notify(
                [by],
                kind="import.finished",
                text=gettext_noop("“%(name)s”没有读入：%(why)s")
                if fatal and not rows
                else gettext_noop("“%(name)s”检查完成：%(ok)s 行可导入，%(bad)s 行有误")
                if record.dry_run
                else gettext_noop("“%(name)s”导入完成：%(ok)s 行成功，%(bad)s 行有误"),
                values={"name": record.file_name, "ok": record.ok_count, "bad": record.error_count, "why": fatal},
                url=reverse("enterprises:import-show", args=[record.pk]),
                key=f"import:{record.pk}",
            )
    return {**{name: state[name] for name in (*COUNTS, "bad_rows")}, "ignored": state["ignored"], "errors": []}


def _errors_file(record: ImportRun, errors: Sequence[Sequence[Any]], rows: Sequence[Row], ending: str) -> bytes:
    """The rows that failed, as they were, with what is wrong in a last column: to be mended and sent again."""
    table = table_of(record.kind)
    messages: dict[int, list[str]] = {}
    for number, label, message in errors:
        messages.setdefault(number, []).append(f"{label}：{message}" if label else message)
    by_number = {row.number: row for row in rows}
    head = [*(column.label for column in table.columns), _("行号"), _("错误")]
    body = [
        [*(by_number[number].cells.get(column.key, "") for column in table.columns), number, "\n".join(texts)]
        for number, texts in messages.items()
        if number in by_number
    ]
    if ending == "csv":
        return b"".join(exporting.csv_lines(head, body))
    with exporting.xlsx_file(head, body, title=_("错误")) as file:
        return file.read()


def _ending(record: ImportRun) -> str:
    return str(record.file.name).rpartition(".")[2]


def _enqueue(record: ImportRun, *, by: User, publish: bool) -> ImportRun:
    record.job = jobs.enqueue(
        kind="enterprises.import_rows",
        payload={"run_id": record.pk, "publish": publish},
        once_key=f"import:{record.pk}",
        owner=by,
        firm_id=record.enterprise_id,
    )
    record.save(update_fields=["job"])
    return record


def _require_place(by: User) -> None:
    """Locks the person till the end of the transaction."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if ImportRun.objects.filter(started_by=by, finished_at=None, job__in=Job.objects.live()).count() >= MOST_AT_ONCE:
        raise RefusedError(
            _("您已有 %(count)s 个导入在进行中。请等其中一个完成，或在“批量导入”中取消一个，再上传。")
            % {"count": MOST_AT_ONCE},
            code="too_many_at_once",
            field="file",
        )


def _require_right(*, by: User, kind: str, enterprise: Enterprise | None, publish: bool) -> None:
    if kind == ImportRun.Kind.FIRMS:
        if not by.is_operator:
            raise RefusedError(_("只有平台运营可以导入企业。"), code="not_allowed")
        return
    firm = Enterprise.objects.editable_by(by).filter(pk=enterprise.pk).first() if enterprise is not None else None
    if firm is None:
        raise RefusedError(_("您没有这家企业的编辑权限。"), code="not_allowed")
    if kind == ImportRun.Kind.POSTS and publish and not firm.is_public:
        raise RefusedError(
            _("企业通过核验后才能直接发布；请选择“存为草稿”。"), code="firm_not_verified", field="publish"
        )
