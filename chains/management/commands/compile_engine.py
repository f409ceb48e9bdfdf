"""Compile the matching engine's kernel for this machine, so that the first search need not."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from chains.engine import warming


class Command(BaseCommand):
    help = "Compile the matching engine's kernel for this machine (once after an installation or an update)."

    def handle(self, *args: Any, **options: Any) -> None:
        seconds = warming.warm()
        self.stdout.write(f"The kernel is ready after {seconds:.1f} s: {os.environ[warming.FOLDER]}")
