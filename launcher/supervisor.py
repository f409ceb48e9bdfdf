"""Keeps servers and services going, says when one falls, and stops them in order."""

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

from launcher import places, processes
from launcher.talk import PlainError, Talk

RESTARTS_ALLOWED = 8
RESTART_WINDOW = 60.0
PROBLEM = re.compile(r"\b(ERROR|CRITICAL|FATAL|PANIC)\b")
LOG_LIMIT = 5_000_000


class StopAskedError(BaseException):
    """Ctrl-C or SIGTERM arrived. Not an Exception: nothing may swallow it by accident."""


class Part(Protocol):
    """A server or service: what a supervisor has to know of it."""

    log: Path
    process: "subprocess.Popen[bytes] | None"

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Service:
    """A process of the application: web, worker or beat."""

    def __init__(
        self, *, name: str, command: Sequence[str], env: Mapping[str, str], log: Path, grace: float = 8
    ) -> None:
        self.name, self.command, self.env, self.log, self.grace = name, command, env, log, grace
        self.process: subprocess.Popen[bytes] | None = None
        self.log_start = 0
        self.asked = False

    def start(self) -> None:
        self.asked = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = processes.spawn(self.command, log=self.log, env=self.env, cwd=places.ROOT)

    def ask(self) -> None:
        """Ask it to end, and do not wait."""
        if self.process is not None and not processes.has_ended(self.process):
            self.process.terminate()
            self.asked = True

    def stop(self) -> None:
        if self.process is not None:
            # Celery takes a second SIGTERM for impatience, so it is sent once.
            processes.stop(self.process, first=None if self.asked else signal.SIGTERM, grace=self.grace)

    def has_said(self, words: str) -> bool:
        """Whether the log of this start holds `words`."""
        with contextlib.suppress(OSError), self.log.open("rb") as stream:
            stream.seek(self.log_start)
            return words.encode() in stream.read()
        return False


class LogWatch:
    """New lines of a log that name a problem."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0

    def problems(self) -> list[str]:
        with contextlib.suppress(OSError), self.path.open("rb") as stream:
            stream.seek(self.offset)
            text = stream.read(1_000_000)
            whole = text.rfind(b"\n") + 1
            self.offset += whole
            lines = text[:whole].decode(errors="replace").splitlines()
            return [line for line in lines if PROBLEM.search(line)]
        return []


def trim_log(path: Path) -> None:
    """Put a long log aside before a new run writes to it."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(path.suffix + ".old"))


class Supervisor:
    """Owns every child of a launcher. A watchdog ends them if the launcher itself is killed."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.parts: dict[str, Part] = {}
        self.watches: dict[str, LogWatch] = {}
        self.falls: dict[str, deque[float]] = {}
        self.first_signals: dict[str, int] = {}
        self.reported: deque[float] = deque(maxlen=10)
        self.stopping = False
        self._watchdog: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # As nohup leaves it.
                signal.signal(number, self._asked)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-P", "-m", "launcher.watchdog"],
            stdin=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(places.ROOT), "PATH": "/usr/bin:/bin"},
            cwd="/",
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:  # Asked twice: no more patience.
            for part in self.parts.values():
                if part.process is not None and not processes.has_ended(part.process):
                    processes.kill_session(part.process)
            return
        self.stopping = True
        raise StopAskedError

    def tell_watchdog(self, line: str) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with contextlib.suppress(OSError):
                self._watchdog.stdin.write(line + "\n")
                self._watchdog.stdin.flush()

    def add(self, name: str, part: Part, *, first_signal: int = signal.SIGTERM) -> None:
        """Take over a part that has been started."""
        self.parts[name] = part
        self.watches[name] = LogWatch(part.log)
        self.falls[name] = deque(maxlen=RESTARTS_ALLOWED)
        self.first_signals[name] = first_signal
        if part.process is not None:
            self.tell_watchdog(f"group {part.process.pid} {int(first_signal)}")

    def start(self, name: str, part: Part) -> None:
        trim_log(part.log)
        part.start()
        self.add(name, part)

    def look(self) -> None:
        """Start again what has fallen; report what the logs complain about.

        Raises PlainError when a part falls again and again.
        """
        for name, part in self.parts.items():
            if part.process is not None and processes.has_ended(part.process):
                self._raise_again(name, part)
            for line in self.watches[name].problems():
                self._report(name, line)

    def _raise_again(self, name: str, part: Part) -> None:
        now, falls = time.monotonic(), self.falls[name]
        ended = part.process
        falls.append(now)
        if len(falls) == RESTARTS_ALLOWED and now - falls[0] < RESTART_WINDOW:
            raise PlainError(f"{name} keeps falling; see {part.log}.")
        if ended is not None:
            # Its children may outlive it (PostgreSQL's and Celery's do for a moment).
            processes.kill_session(ended)
            ended.wait()
            self.tell_watchdog(f"ended {ended.pid}")
        code = None if ended is None else ended.returncode
        self.talk.say(f"  ! {name} ended ({_how(code)}); starting it again. Log: {part.log}")
        # Each fall waits longer: what is left of the old one may hold memory or a socket for a moment.
        time.sleep(min(0.1 * 2 ** (len(falls) - 1), 3.0))
        part.start()
        if part.process is not None:
            self.tell_watchdog(f"group {part.process.pid} {int(self.first_signals[name])}")

    def _report(self, name: str, line: str) -> None:
        now = time.monotonic()
        if len(self.reported) == self.reported.maxlen and now - self.reported[0] < 60:
            return  # A flood belongs in the log.
        self.reported.append(now)
        self.talk.say(f"  ! {name}: {line[:300]}")

    def wait(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Look after everything until `ready`. Raises PlainError when it takes too long."""
        end = time.monotonic() + seconds
        while not ready():
            self.look()
            if time.monotonic() > end:
                raise PlainError(f"{what} did not become ready within {seconds:.0f} s.")
            time.sleep(0.1)

    def run_forever(self) -> None:
        while True:
            self.look()
            time.sleep(0.3)

    def stop(self) -> None:
        """Stop all: the application first, the servers it needs last. Safe to call twice."""
        self.stopping = True
        parts = list(self.parts.values())
        for part in parts:
            if isinstance(part, Service):
                part.ask()
        for part in reversed(parts):
            part.stop()
        self.parts.clear()
        self.tell_watchdog("done")
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with contextlib.suppress(OSError):
                self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
