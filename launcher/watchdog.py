"""Ends what a launcher that was killed left behind: `python -m launcher.watchdog`, fed on stdin.

The launcher writes `group PID SIGNAL` for each session it starts and `remove PATH` for each throwaway
folder, and `done` when it has stopped them itself. When its end of the pipe closes without `done`, it is
dead: every group gets its signal, five seconds, and then kill -9.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE = 5.0


def _group_lives(group: int) -> bool:
    """Whether anything in the group still works; the zombies of a dead parent do not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def clean_up(groups: dict[int, int], folders: Iterable[str], *, patience: float = PATIENCE) -> None:
    for group, number in groups.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(group, number)
    end = time.monotonic() + patience
    while any(_group_lives(group) for group in groups) and time.monotonic() < end:
        time.sleep(0.1)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, int] = {}
    folders: list[str] = []
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "group":
            pid, number = rest.split()
            groups[int(pid)] = int(number)
        elif word == "ended":
            groups.pop(int(rest), None)
        elif word == "remove":
            folders.append(rest)
        elif word == "done":
            return
    clean_up(groups, folders)


if __name__ == "__main__":
    main()
