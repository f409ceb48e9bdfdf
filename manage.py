#!/usr/bin/env python3
"""Django's command line. `python3 dev.py` is the friendlier door."""

import os
import sys
from pathlib import Path


def main() -> None:
    # An installed package knows its own paths; a bare checkout learns them here.
    root = Path(__file__).resolve().parent
    for folder in (root / "platform", root):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings.demo")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
