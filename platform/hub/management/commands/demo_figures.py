"""Measure the demo with the real worker: how much is matched, and how fast a new demand finds its partners."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from foundation.errors import RefusedError
from hub.demo import measuring


class Command(BaseCommand):
    help = (
        "Wait until the worker has matched the demo, publish some demands through the real door, time them from "
        "publication to their first match, and withdraw them. Needs a running worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
        parser.add_argument("--posts", type=int, default=40, help="how many demands to publish (default 40)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["posts"] <= 500:
            raise CommandError(_("--posts 应在 1 到 500 之间。"))
        say = self.stderr.write if options["json"] else self.stdout.write
        try:
            found = measuring.measure(count=options["posts"], say=say)
        except RefusedError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        for name, value in found.items():
            self.stdout.write(f"{name}: {value}")
