"""Load real listed firms, their products and the links between products, and match everything."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from chains import listed_import
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import Job

POLL_SECONDS = 0.3
# A job that nobody takes for so long: no worker is running, so this process does it.
PATIENCE_SECONDS = 20
# A database that stays away for longer ends the command, not the import.
OUTAGE_SECONDS = 120


class Command(BaseCommand):
    help = (
        "Load firms.csv, products.csv and links.csv from FOLDER as verified firms, supply posts and demands, then "
        "match everything through the worker. Safe to repeat; a run that was killed goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="folder that the worker can read too")
        parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
        parser.add_argument("--chunk", type=int, default=1000, help="products in one job (default 1000)")
        parser.add_argument("--inline", action="store_true", help="do the jobs in this process, without a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 10 <= options["chunk"] <= 5000:
            raise CommandError(_("--chunk 应在 10 到 5000 之间。"))
        # With --json the figures are alone on standard output.
        self.say = self.stderr.write if options["json"] else self.stdout.write
        self.step: Callable[[], None] = _work_here if options["inline"] else _wait
        begun = time.monotonic()
        try:
            job = listed_import.start(folder=options["folder"], chunk=options["chunk"])
            self._follow(job)
            self._follow(Job.objects.get(pk=job.result["rematch"]))
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        found = {**listed_import.figures(job), "seconds": round(time.monotonic() - begun, 1)}
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            self._tell(found)

    def _follow(self, job: Job) -> None:
        """Show a job's progress until it ends."""
        said, idle_since = "", time.monotonic()
        while True:
            _refresh(job)
            if not job.is_live:
                break
            line = _progress(job)
            if line != said:
                self.say(line)
                said, idle_since = line, time.monotonic()
            elif job.state == Job.State.QUEUED and time.monotonic() - idle_since > PATIENCE_SECONDS:
                # Safe beside a worker that comes late: jobs are claimed one by one.
                self.say(_("没有后台工作进程领取任务，改在本进程内进行。"))
                self.step, idle_since = _work_here, time.monotonic()
            self.step()
        if job.state != Job.State.DONE:
            raise CommandError(
                _("任务 %(job)s 没有完成：%(state)s。%(error)s")
                % {"job": job.pk, "state": job.get_state_display(), "error": job.error[-2000:]}
            )

    def _tell(self, found: dict[str, Any]) -> None:
        read, loaded, refused = found["rows_read"], found["loaded"], found["refused"]
        rows = [
            (_("读取"), _("企业 %(firms)s 行，产品 %(products)s 行，上下游关系 %(links)s 行"), _thousands(read)),
            (_("新装入"), _("企业 %(firms)s 家，供应 %(posts)s 条，需求 %(demands)s 条"), _thousands(loaded)),
            (
                _("合计可用"),
                _("企业 %(firms)s 家，供应 %(posts)s 条，需求 %(demands)s 条"),
                _thousands({name: found[name] for name in ("firms", "posts", "demands")}),
            ),
            (_("清理名称"), _("%(count)s 行"), _thousands({"count": found["cleaned"]})),
            (_("未装入"), _("企业 %(firms)s 行，产品 %(products)s 行，上下游关系 %(links)s 行"), _thousands(refused)),
            (
                _("没有卖方的需求"),
                _("%(count)s 条，由代发企业发布"),
                _thousands({"count": found["demands_without_seller"]}),
            ),
            (_("匹配"), _("%(count)s 对"), _thousands({"count": found["matches"]})),
            (
                _("找到伙伴的需求"),
                _("%(all)s 条，其中 %(good)s 条有较好的匹配"),
                _thousands({"all": found["demands_with_partners"], "good": found["demands_with_good_partners"]}),
            ),
            (
                _("找到外省伙伴的需求"),
                _("%(all)s 条，其中 %(good)s 条有较好的匹配"),
                _thousands(
                    {
                        "all": found["demands_with_partners_of_another_province"],
                        "good": found["demands_with_good_partners_of_another_province"],
                    }
                ),
            ),
            (_("用时"), _("%(seconds)s 秒"), {"seconds": found["seconds"]}),
            (_("逐行报告"), "%(path)s", {"path": found["report"]}),
        ]
        for name, text, values in rows:
            self.stdout.write(_("%(name)s：%(text)s") % {"name": name, "text": text % values})


def _progress(job: Job) -> str:
    stage = _(job.stage) if job.stage else job.get_state_display()
    if job.total_count:
        return f"{stage} {job.done_count:,} / {job.total_count:,}"
    return str(stage)


def _thousands(values: dict[str, int]) -> dict[str, str]:
    return {name: f"{value:,}" for name, value in values.items()}


def _refresh(job: Job) -> None:
    """What the table says now. The job outlives a restart of the database, so its watcher does too."""
    end = time.monotonic() + OUTAGE_SECONDS
    while True:
        try:
            return job.refresh_from_db()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > end:
                raise
            connection.close()
            time.sleep(POLL_SECONDS)


def _wait() -> None:
    time.sleep(POLL_SECONDS)


def _work_here() -> None:
    """Do one due job in this process; if there is none, give back what dead processes held and wait a little."""
    holder = jobs.holder_name()
    for queue in ("bulk", "matching", "default"):
        job = jobs.claim(queue, holder=holder)
        if job is not None:
            jobs.work(job)
            return
    jobs.return_lost_jobs()
    time.sleep(0.02)
