"""Falls, restarts and ends, with real processes."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from launcher import processes, watchdog
from launcher.supervisor import LogWatch, Service, Supervisor, trim_log
from launcher.talk import PlainError, Talk

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('set', flush=True); time.sleep(60)"
)


def service(tmp_path: Path, code: str, *, grace: float = 2) -> Service:
    command = [sys.executable, "-c", code]
    return Service(name="thing", command=command, env={}, log=tmp_path / "thing.log", grace=grace)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(Talk(StringIO()))  # Not entered: signals and watchdog stay out of the test run.
    yield made
    made.stop()


def told(supervisor: Supervisor) -> str:
    stream = supervisor.talk.stream
    assert isinstance(stream, StringIO)
    return stream.getvalue()


def test_what_falls_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    thing = service(tmp_path, "import time; time.sleep(60)")
    supervisor.start("thing", thing)
    assert thing.process is not None
    first = thing.process.pid
    thing.process.kill()
    thing.process.wait()
    supervisor.look()
    assert thing.process.pid != first
    assert processes.alive(thing.process.pid)
    assert "thing ended (killed by SIGKILL)" in told(supervisor)


def test_what_keeps_falling_is_given_up(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.supervisor.time.sleep", lambda seconds: None)
    thing = service(tmp_path, "raise SystemExit(4)")
    supervisor.start("thing", thing)

    def fall_until_given_up() -> None:
        for _ in range(20):
            assert thing.process is not None
            thing.process.wait()
            supervisor.look()

    with pytest.raises(PlainError, match="thing keeps falling"):
        fall_until_given_up()


def test_errors_in_a_log_are_shown_and_a_flood_is_not(supervisor: Supervisor, tmp_path: Path) -> None:
    thing = service(tmp_path, "import time; time.sleep(60)")
    supervisor.start("thing", thing)
    with thing.log.open("a") as log:
        log.write("INFO all well\n" + "".join(f"ERROR number {number}\n" for number in range(50)))
    supervisor.look()
    said = told(supervisor)
    assert "ERROR number 0" in said
    assert "all well" not in said
    assert said.count("ERROR") <= 10


def test_a_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR old\n")
    watch = LogWatch(log)
    with log.open("a") as stream:
        stream.write("ERROR ne")
        stream.flush()
        assert watch.problems() == []
        stream.write("w\n")
    assert watch.problems() == ["ERROR new"]


def test_a_stubborn_service_is_killed_after_its_grace(tmp_path: Path) -> None:
    thing = service(tmp_path, STUBBORN, grace=0.3)
    thing.start()
    assert thing.process is not None
    assert processes.wait_until(lambda: thing.has_said("set"), seconds=10)
    thing.stop()
    assert thing.process.returncode == -signal.SIGKILL


def test_words_of_an_earlier_run_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "thing.log").write_text("ready.\n")
    thing = service(tmp_path, "import time; time.sleep(60)")
    thing.start()
    try:
        assert not thing.has_said("ready.")
    finally:
        thing.stop()


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launcher.supervisor.LOG_LIMIT", 10)
    log = tmp_path / "web.log"
    log.write_text("x" * 11)
    trim_log(log)
    assert not log.exists()
    assert (tmp_path / "web.log.old").read_text() == "x" * 11


def test_a_zombie_counts_as_dead() -> None:
    child = subprocess.Popen(["true"])
    assert processes.wait_until(lambda: not processes.alive(child.pid), seconds=5)
    assert child.returncode is None  # Nobody has reaped it: it is a zombie, not gone.
    child.wait()


def test_the_watchdog_kills_a_whole_group(tmp_path: Path) -> None:
    grandchild = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN!r}])"
    log = tmp_path / "log"
    child = processes.spawn([sys.executable, "-c", grandchild], log=log)
    assert processes.wait_until(lambda: "set" in log.read_text(), seconds=10)
    thrown_away = tmp_path / "folder"
    thrown_away.mkdir()
    begun = time.monotonic()
    watchdog.clean_up({child.pid: signal.SIGTERM}, [str(thrown_away)], patience=0.5)
    child.wait()
    assert time.monotonic() - begun < 5
    assert processes.wait_until(lambda: not watchdog._group_lives(child.pid), seconds=5)
    assert not thrown_away.exists()
