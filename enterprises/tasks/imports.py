"""Uploaded tables, row by row."""

from typing import Any

from enterprises import importing
from enterprises.models import ImportRun
from foundation import jobs


@jobs.handler("enterprises.import_rows", lease=180)
def import_rows(run: jobs.Run, *, run_id: int, publish: bool) -> dict[str, Any]:
    """Idempotent: a run that has finished is left alone, one that was cut off goes on behind its last chunk."""
    record = ImportRun.objects.select_related("enterprise", "started_by").get(pk=run_id)
    return importing.apply(record=record, job=run, publish=publish)


@jobs.handler("enterprises.forget_imports")
def forget_imports(run: jobs.Run) -> dict[str, int]:
    """Uploaded files are not kept longer than people need them."""
    forgotten = 0
    while count := importing.forget_old():
        forgotten += count
        run.progress(done=forgotten)
    return {"forgotten": forgotten}
