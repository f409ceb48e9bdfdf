"""The embedded servers, started for real."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from launcher import places, processes, stack
from launcher.supervisor import Service

pytestmark = pytest.mark.kill

LAUNCHER = """
import sys, time
from pathlib import Path
from launcher import processes
from launcher.stack import Stack
from launcher.supervisor import Service, Supervisor
from launcher.talk import Talk

folder = Path(sys.argv[1])
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
with Supervisor(Talk(sys.stderr)) as supervisor:
    servers = Stack(folder=folder, logs=folder / "log")
    servers.start()
    for part in servers.parts:
        supervisor.add(type(part).__name__, part, first_signal=part.stop_signal)
    supervisor.tell_watchdog(f"remove {servers.sockets}")
    worker = Service(name="worker", command=[sys.executable, "-c", parent], env={}, log=folder / "worker.log")
    supervisor.start("worker", worker)
    try:
        print("up", servers.sockets, worker.process.pid, *[part.process.pid for part in servers.parts], flush=True)
        supervisor.run_forever()
    finally:
        supervisor.stop()
        servers.stop()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that `nobody` can reach, as the launcher gives it to servers."""
    made = stack.ThrowawayStack().folder
    yield made
    for path in sorted(made.rglob("*"), reverse=True):
        path.unlink() if not path.is_dir() or path.is_symlink() else path.rmdir()
    made.rmdir()


def run_launcher(folder: Path) -> "tuple[subprocess.Popen[str], Path, list[int]]":
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", LAUNCHER, str(folder)],
        env={"PYTHONPATH": str(places.ROOT), "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        words = child.stdout.readline().split()
    assert words[:1] == ["up"], child.wait()
    return child, Path(words[1]), [int(pid) for pid in words[2:]]


def members(sessions: list[int]) -> set[int]:
    """Every living process of these sessions, and every child of their leaders."""
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parent, session = int(fields[1]), int(fields[3])
            if fields[0] not in "ZX" and (session in sessions or parent in sessions):
                found.add(int(entry.name))
    return found


def test_a_killed_launcher_leaves_no_process_and_no_socket(folder: Path) -> None:
    child, sockets, leaders = run_launcher(folder)
    assert processes.wait_until(lambda: len(members(leaders[:1])) >= 2, seconds=10)
    everyone = members(leaders)
    child.kill()
    child.wait()
    gone = processes.wait_until(lambda: not any(map(processes.alive, everyone)), seconds=20, pause=0.1)
    assert gone, [pid for pid in everyone if processes.alive(pid)]
    assert processes.wait_until(lambda: not sockets.exists(), seconds=10)
    stack.Stack.check_unused(folder)


def test_a_launcher_asked_to_stop_leaves_no_process(folder: Path) -> None:
    child, sockets, leaders = run_launcher(folder)
    # The worker has a child that does not listen to SIGTERM.
    assert processes.wait_until(lambda: len(members(leaders[:1])) >= 2, seconds=10)
    everyone = members(leaders)
    child.send_signal(signal.SIGTERM)
    child.wait(30)
    assert not sockets.exists()
    assert processes.wait_until(lambda: not any(map(processes.alive, everyone)), seconds=10)


def test_what_was_written_is_there_after_every_server_was_killed(folder: Path) -> None:
    logs = folder / "log"
    with stack.Stack(folder=folder, logs=logs) as servers:
        address = servers.environment["DATABASE_URL"]
        with psycopg.connect(address, autocommit=True) as line:
            line.execute("CREATE TABLE kept (number int)")
            line.execute("INSERT INTO kept SELECT generate_series(1, 500)")
        for part in servers.parts:
            assert part.process is not None
            part.process.kill()
            part.process.wait()
    time.sleep(0.3)  # The children of a killed PostgreSQL need a moment to notice.
    with (
        stack.Stack(folder=folder, logs=logs) as servers,
        psycopg.connect(servers.environment["DATABASE_URL"]) as line,
    ):
        row = line.execute("SELECT count(*) FROM kept").fetchone()
    assert row == (500,)


def test_two_launchers_never_share_a_data_folder(tmp_path: Path) -> None:
    with stack.lock_folder(tmp_path), pytest.raises(stack.FolderInUseError):
        stack.lock_folder(tmp_path)
    stack.Stack.check_unused(tmp_path)


def test_the_application_role_is_bound_by_rules_and_text_is_chinese() -> None:
    with stack.ThrowawayStack() as servers, psycopg.connect(servers.environment["DATABASE_URL"]) as line:
        row = line.execute(
            "SELECT rolsuper, rolbypassrls, current_setting('server_encoding'), show_trgm('轴承') <> '{}'"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, "UTF8", True)
    assert not servers.folder.exists()


def test_a_socket_path_that_is_too_long_is_said_so(folder: Path) -> None:
    long = folder / ("x" * 120)
    servers = stack.Stack(folder=folder, logs=folder / "log", sockets=long)
    with pytest.raises(stack.StackError, match="too long"):
        servers.start()


def test_data_of_another_postgresql_is_not_touched(folder: Path) -> None:
    data = folder / "servers" / "postgresql"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    servers = stack.Stack(folder=folder, logs=folder / "log")
    with pytest.raises(stack.StackError, match="made by PostgreSQL 9"):
        servers.start()
    assert (data / "PG_VERSION").read_text() == "9\n"


def test_leftovers_of_killed_test_runs_are_swept_and_live_ones_are_not(tmp_path: Path) -> None:
    dead, live, young = (tmp_path / f"{stack.THROWAWAY}{name}" for name in ("dead", "live", "young"))
    for path in (dead, live, young):
        path.mkdir()
    with stack.lock_folder(live):
        for path in (dead, live):
            os.utime(path, (0, 0))
        stack.sweep(base=tmp_path)
    assert [path.exists() for path in (dead, live, young)] == [False, True, True]


def test_what_a_part_leaves_behind_ends_with_it_also_when_it_ended_first(tmp_path: Path) -> None:
    lonely = "sleep 77 & trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done"
    service = Service(name="x", command=["sh", "-c", lonely], env={"PATH": os.environ["PATH"]}, log=tmp_path / "x.log")
    service.start()
    assert service.process is not None
    assert processes.wait_until(lambda: service.has_said("ready"), seconds=10)
    session = [service.process.pid]
    everyone = members(session)
    service.ask()
    assert processes.wait_until(lambda: processes.has_ended(service.process), seconds=10)
    service.stop()
    assert len(everyone) >= 2
    assert processes.wait_until(lambda: not any(map(processes.alive, everyone)), seconds=5)
