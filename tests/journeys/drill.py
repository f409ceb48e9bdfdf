"""A durable stack of its own with a real worker, whose parts are killed with -9 and raised as the launcher does it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg

from launcher import places, processes, product
from launcher.profiles import Profile
from launcher.stack import Stack, tail
from launcher.supervisor import Service, Supervisor
from launcher.talk import Talk


@dataclass
class Fault:
    """One kill, and how long it took until work went on."""

    what: str
    # Jobs done when it happened.
    done: int
    # Seconds until any job ended that was not done before.
    resumed: float = 0.0
    # Seconds until the jobs ended that were being worked on by what was killed, or with it.
    held: float = 0.0


@dataclass
class Drill:
    folder: Path
    stack: Stack
    supervisor: Supervisor
    env: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    # --- the product -----------------------------------------------------------------------------

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end; what it printed."""
        said = subprocess.run(
            product.manage_command(*arguments),
            env=self.env,
            cwd=places.ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=processes.die_with_parent(),
        )
        assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
        return said.stdout

    def spawn(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a management command beside the worker; standard output is a pipe, complaints go to its log."""
        with (self.folder / "command.log").open("a") as log:
            return subprocess.Popen(
                product.manage_command(*arguments),
                env=self.env,
                cwd=places.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=processes.die_with_parent(),
            )

    def start_worker(self, *, include: str = "") -> None:
        command = product.worker_command(sys.executable) + (["--include", include] if include else [])
        logs, schedule = self.folder / "log", self.folder / "beat-schedule"
        worker = Service(name="worker", command=command, env=self.env, log=logs / "worker.log")
        beat = product.beat_command(sys.executable, schedule)
        self.supervisor.start("worker", worker)
        self.supervisor.start("beat", Service(name="beat", command=beat, env=self.env, log=logs / "beat.log"))
        self.supervisor.wait(lambda: worker.has_said(" ready."), what="The worker", seconds=60)

    def process(self, name: str) -> "subprocess.Popen[bytes]":
        process = self.supervisor.parts[name].process
        assert process is not None
        return process

    # --- what the database says ------------------------------------------------------------------

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Ask the database, which may just be getting up (60 s at most)."""
        end = time.monotonic() + 60
        while True:
            try:
                with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as line:
                    return line.execute(query, arguments or None).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                self.supervisor.look()
                time.sleep(0.05)

    def run(self, statement: str) -> None:
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as line:
            line.execute(statement)

    def number(self, query: str, *arguments: Any) -> Any:
        return self.rows(query, *arguments)[0][0]

    def states(self) -> dict[str, int]:
        return dict(self.rows("SELECT state, count(*) FROM foundation_job GROUP BY state ORDER BY state"))

    def watch(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Do the supervisor's rounds until `ready`; say how things stand when it takes too long."""
        end = time.monotonic() + seconds
        while not ready():
            self.supervisor.look()
            if time.monotonic() > end:
                stuck = self.rows(
                    "SELECT id, kind, state, attempts, lease_holder, lease_until, right(error, 300) FROM foundation_job"
                    " WHERE state <> 'done' ORDER BY id LIMIT 10"
                )
                worker = tail(self.folder / "log" / "worker.log", lines=30)
                raise AssertionError(f"{what}: not within {seconds:.0f} s.\n{self.states()}\n{stuck}\n{worker}")
            time.sleep(0.05)

    def is_idle(self) -> bool:
        return not self.number("SELECT count(*) FROM foundation_job WHERE state IN ('queued', 'running', 'waiting')")

    # --- faults ----------------------------------------------------------------------------------

    def kill(self, what: str, *, kinds: Sequence[str] = ()) -> Fault:
        """Kill -9 "child", "worker", "Valkey" or "PostgreSQL" while a job of one of the `kinds` (of any kind without
        them) is being worked on; wait until work goes on. A child is one that holds such a job."""
        before = self._running(kinds)
        if what == "child":
            before = before[:1]
            os.kill(before[0][1], signal.SIGKILL)
        else:
            kill_tree(self.process(what).pid)
        begun = time.time()
        held = [job for job, _process in before]
        fault = Fault(what, self._done(begun))
        self.watch(lambda: self._done() > fault.done or self.is_idle(), what=f"work after {what} fell", seconds=120)
        fault.resumed = round(time.time() - begun, 1)
        self.watch(lambda: self._have_ended(held), what=f"jobs {held} after {what} fell", seconds=400)
        fault.held = round(time.time() - begun, 1)
        self.faults.append(fault)
        return fault

    def _done(self, until: float | None = None) -> int:
        """Jobs done, until a moment (Unix time)."""
        query = "SELECT count(*) FROM foundation_job WHERE state = 'done'"
        if until is None:
            return int(self.number(query))
        return int(self.number(query + " AND finished_at <= to_timestamp(%s)", until))

    def _have_ended(self, jobs: Sequence[int]) -> bool:
        going = "SELECT count(*) FROM foundation_job WHERE id = ANY(%s) AND state IN ('queued', 'running')"
        return not self.number(going, list(jobs))

    def _running(self, kinds: Sequence[str]) -> list[tuple[int, int]]:
        """(job, process) of what is being worked on; waits until there is something."""
        found: list[tuple[Any, ...]] = []

        def look() -> bool:
            found[:] = self.rows(
                "SELECT id, split_part(lease_holder, ':', 2)::int FROM foundation_job"
                " WHERE state = 'running' AND (%s::text[] = '{}' OR kind = ANY(%s)) ORDER BY started_at DESC",
                list(kinds),
                list(kinds),
            )
            return bool(found)

        self.watch(look, what=f"a job of {kinds or 'any kind'} being worked on", seconds=120)
        return [(job, process) for job, process in found]

    def report(self, name: str, figures: dict[str, Any]) -> None:
        """Print the figures and keep them in var/, so that they can be quoted."""
        lines = [
            f"kill -9 {fault.what} at {fault.done} jobs done: the next ended after {fault.resumed} s,"
            f" those in hand after {fault.held} s"
            for fault in self.faults
        ]
        lines += [f"{key}: {value}" for key, value in figures.items()]
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
        kept = places.VAR / "drill"
        kept.mkdir(parents=True, exist_ok=True)
        faults = [vars(fault) for fault in self.faults]
        text = json.dumps({"faults": faults, **figures}, ensure_ascii=False, indent=1)
        (kept / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def kill_tree(pid: int) -> None:
    """Kill -9 a process and all below it, the parent first so that it cannot mend anything."""
    family = [pid]
    for member in family:
        family.extend(_children(member))
    for member in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                if int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


@contextlib.contextmanager
def running() -> Iterator[Drill]:
    """Servers with durable settings and migrated tables; no worker yet. All of it is gone afterwards."""
    base = places.machine_folder() if places.is_root() else None
    folder = Path(tempfile.mkdtemp(prefix="drill-", dir=base))
    folder.chmod(0o755 if places.is_root() else 0o700)
    profile = Profile("drill", "hub.settings.demo", folder / "var", folder / "data")
    profile.data.mkdir()
    # Not entered: its signal handlers would take Ctrl-C from pytest. Its rounds are made by `Drill.watch`.
    supervisor = Supervisor(Talk(StringIO()))
    stack = Stack(folder=profile.data, logs=folder / "log")
    try:
        stack.start()
        for part in stack.parts:
            supervisor.add(type(part).__name__, part, first_signal=part.stop_signal)
        drill = Drill(folder=folder, stack=stack, supervisor=supervisor, env=profile.environment() | stack.environment)
        drill.manage("migrate", "--no-input", "--verbosity", "0")
        yield drill
    finally:
        supervisor.stop()
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
