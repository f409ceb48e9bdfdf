#!/usr/bin/env python3
"""The door to everything: `python3 dev.py demo`, `python3 dev.py test`, `python3 dev.py --help`.

It needs Python 3.11 or later with pip (or uv), and nothing else. The work is done in launcher/; this file
stays readable for older Pythons, so that they can say what is wrong.
"""

import os
import shutil
import sys

OLDEST = (3, 11)


def main():  # type: ignore[no-untyped-def]
    if sys.version_info < OLDEST:
        for name in ("python3.13", "python3.12", "python3.11"):
            newer = shutil.which(name)
            if newer:
                os.execv(newer, [newer, os.path.abspath(__file__)] + sys.argv[1:])  # noqa: RUF005
        sys.stderr.write(
            "Xielian needs Python %d.%d or later; this is %s, and no newer one is on the PATH.\n"  # noqa: UP031
            % (OLDEST[0], OLDEST[1], sys.version.split()[0])
        )
        return 1
    from launcher.commands import main as command

    return command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
