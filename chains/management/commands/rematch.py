"""Match everything anew: analyses of today's dictionary, a fresh index, all demands."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import jobs
from foundation.models import Job
from foundation.tasks import drain

POLL_SECONDS = 1.0
QUEUES = ("bulk", "matching")


class Command(BaseCommand):
    help = "Enqueue the matching of everything; --wait shows its progress to the end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wait", action="store_true", help="Wait for the workers and show progress.")
        parser.add_argument("--here", action="store_true", help="Do the work in this process; needs no worker.")

    def handle(self, *args: Any, **options: Any) -> None:
        job = jobs.enqueue(kind="chains.rematch", key="all")
        self.stdout.write(f"Job {job.pk}.")
        if not (options["wait"] or options["here"]):
            return
        shown = ""
        while True:
            if options["here"]:
                for queue in QUEUES:
                    drain(queue)
            job.refresh_from_db()
            text = f"{job.stage} {job.done_count}/{job.total_count if job.total_count is not None else '?'}"
            if text != shown:
                self.stdout.write(text)
                shown = text
            if not job.is_live:
                break
            time.sleep(POLL_SECONDS)
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} ended as {job.state}: {job.error}")
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in sorted(job.result.items())))
