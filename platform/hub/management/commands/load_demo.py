"""Load the demo's firms, posts, chains and log-ins. The matching is left to the worker, in front of the user."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from foundation.errors import RefusedError
from hub.demo import loading


class Command(BaseCommand):
    help = "Load the demo. Idempotent: a second run says that it is there. Only in demo and test settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--firms", type=int, default=2000, help="how many firms (default 2000)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same demo (default 1)")
        parser.add_argument("--force", action="store_true", help="load even outside demo settings, without log-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 200 <= options["firms"] <= 50_000:
            raise CommandError(_("--firms 应在 200 到 50000 之间。"))
        start = time.monotonic()
        try:
            outcome = loading.load(
                firms=options["firms"], seed=options["seed"], force=options["force"], say=self.stdout.write
            )
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        if settings.DEMO:
            loading.write_accounts()
        if not outcome.is_new:
            self.stdout.write(_("演示数据已经装好：%(firms)s 家企业，%(posts)s 条供需。") % _figures(outcome))
            return
        self.stdout.write(
            _(
                "演示数据已装好：%(firms)s 家企业，%(provinces)s 个省份，%(chains)s 条产业链，%(posts)s 条供需"
                "（其中在线需求 %(demands)s 条），用时 %(seconds).1f 秒。"
            )
            % {**_figures(outcome), "seconds": time.monotonic() - start}
        )
        self.stdout.write(_("匹配由后台任务进行，可在“任务”页看进度。"))


def _figures(outcome: loading.Outcome) -> dict[str, str]:
    names = ("firms", "provinces", "chains", "posts", "demands")
    return {name: f"{getattr(outcome, name):,}" for name in names}
