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
    """One kill -9: of what, when (Unix time), and the jobs that were being worked on by what was killed or with it."""

    what: str
    at: float
    done: int
    held: list[int]


@dataclass
class Drill:
    folder: Path
    stack: Stack
    supervisor: Supervisor
    env: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    # Leases that a fault has ended: a job that still shows one is not being worked on.
    broken_leases: list[str] = field(default_factory=list)

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

    def watch_jobs(self, count: int) -> None:
        """Let `count` more jobs be done."""
        query = "SELECT count(*) FROM foundation_job WHERE state = 'done'"
        enough = self.number(query) + count
        self.watch(lambda: self.number(query) >= enough, what=f"{count} more jobs", seconds=120)

    def is_idle(self) -> bool:
        return not self.number("SELECT count(*) FROM foundation_job WHERE state IN ('queued', 'running', 'waiting')")

    # --- faults ----------------------------------------------------------------------------------

    def kill(self, what: str, *, kinds: Sequence[str] = ()) -> None:
        """Kill -9 "child", "worker", "Valkey" or "PostgreSQL" as soon as a job of one of the `kinds` (of any kind
        without them) is being worked on. A child is one that holds such a job."""
        running = self._running(kinds)
        if what == "child":
            running = running[:1]
            os.kill(running[0][1], signal.SIGKILL)
        else:
            kill_tree(self.process(what).pid)
        now = time.time()
        if what != "Valkey":
            self.broken_leases += [token for _job, _process, token in running]
        done = self.number("SELECT count(*) FROM foundation_job WHERE finished_at <= to_timestamp(%s)", now)
        self.faults.append(Fault(what, now, done, [job for job, _process, _token in running]))

    def _running(self, kinds: Sequence[str]) -> list[tuple[int, int, str]]:
        """(job, process, lease) of what is being worked on; waits until there is something."""
        found: list[tuple[Any, ...]] = []

        def look() -> bool:
            found[:] = self.rows(
                "SELECT id, split_part(lease_holder, ':', 2)::int, lease_token::text FROM foundation_job"
                " WHERE state = 'running' AND (%s::text[] = '{}' OR kind = ANY(%s)) AND lease_token::text <> ALL(%s)"
                " ORDER BY id DESC",
                list(kinds),
                list(kinds),
                self.broken_leases,
            )
            return bool(found)

        self.watch(look, what=f"a job of {kinds or 'any kind'} being worked on", seconds=120)
        return [(job, process, token) for job, process, token in found]

    def recovery(self, fault: Fault) -> tuple[float, float]:
        """Seconds from a fault until the next job ended, and until all ended that it had interrupted."""
        resumed, held = self.rows(
            "SELECT min(finished_at), max(finished_at) FILTER (WHERE id = ANY(%s)) FROM foundation_job"
            " WHERE finished_at > to_timestamp(%s)",
            fault.held,
            fault.at,
        )[0]
        return round(resumed.timestamp() - fault.at, 1), round(held.timestamp() - fault.at, 1) if held else 0.0

    def report(self, name: str, figures: dict[str, Any]) -> None:
        """Print the figures and keep them in var/, so that they can be quoted."""
        faults = []
        for fault in self.faults:
            resumed, held = self.recovery(fault)
            faults.append({"killed": fault.what, "jobs_done": fault.done, "next_job_s": resumed, "held_jobs_s": held})
        lines = [", ".join(f"{key} {value}" for key, value in fault.items()) for fault in faults]
        lines += [f"{key}: {value}" for key, value in figures.items()]
        sys.stdout.write("".join(f"  {line}\n" for line in lines))
        kept = places.VAR / "drill"
        kept.mkdir(parents=True, exist_ok=True)
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
def running(*, durable: bool = True) -> Iterator[Drill]:
    """Servers and migrated tables; no worker yet. All of it is gone afterwards. What is to be killed is durable."""
    base = places.machine_folder() if places.is_root() else None
    folder = Path(tempfile.mkdtemp(prefix="drill-", dir=base))
    folder.chmod(0o755 if places.is_root() else 0o700)
    profile = Profile("drill", "hub.settings.demo", folder / "var", folder / "data")
    profile.data.mkdir()
    # Not entered: its signal handlers would take Ctrl-C from pytest. Its rounds are made by `Drill.watch`.
    supervisor = Supervisor(Talk(StringIO()))
    stack = Stack(folder=profile.data, logs=folder / "log", durable=durable)
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
