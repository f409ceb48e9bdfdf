import os
import socket
import subprocess
from pathlib import Path

import pytest

from launcher import doctor, running
from launcher.profiles import Profile


def test_an_old_python_is_a_problem() -> None:
    assert doctor.python_version((3, 10, 13)).level == doctor.BAD
    assert doctor.python_version((3, 11, 0)).level == doctor.FINE


def test_a_full_disk_is_a_problem() -> None:
    found = doctor.disk(Path("/"), 300_000_000)
    assert found.level == doctor.BAD
    assert "0.3 GB free" in found.what
    assert doctor.disk(Path("/"), 30_000_000_000).level == doctor.FINE


def test_a_taken_port_is_a_problem_unless_it_is_ours() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert doctor.ports(port, used=[]).level == doctor.BAD
        assert doctor.ports(port, used=[f"http://127.0.0.1:{port}"]).level == doctor.FINE


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("unix:///tmp/x/valkey.sock", "/tmp/x/valkey.sock"),
        ("postgresql://a@/b?host=/tmp/x", "/tmp/x/.s.PGSQL.5432"),
        ("postgresql://a:b@db:5433/c", ("db", 5433)),
        ("postgresql://db/c", ("db", 5432)),
        ("redis://cache", ("cache", 6379)),
    ],
)
def test_the_place_of_a_server_is_read_from_its_address(url: str, where: tuple[str, int] | str) -> None:
    assert doctor.address_of(url) == where


def test_a_silent_server_is_a_problem_and_its_password_stays_unsaid() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found = doctor.server(f"postgresql://app:hush@127.0.0.1:{port}/x")
    assert found.level == doctor.BAD
    assert "hush" not in " ".join(found.lines())


def test_the_servers_of_this_test_run_answer() -> None:
    for variable in ("DATABASE_URL", "REDIS_URL"):
        assert doctor.server(os.environ[variable]).level == doctor.FINE


def test_half_a_pair_of_servers_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert [found.level for found in doctor.given()] == [doctor.BAD]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    made = Profile("demo", "hub.settings.demo", tmp_path / "var", tmp_path / "data")
    monkeypatch.setattr(doctor, "profile", lambda name: made)
    return made


def stale(demo: Profile, pid: int) -> None:
    folder = demo.data / "servers" / "postgresql"
    folder.mkdir(parents=True)
    (folder / "postmaster.pid").write_text(f"{pid}\n/data\n")


def test_a_stale_lock_is_explained(demo: Profile) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    stale(demo, gone.pid)
    (found,) = doctor.instance("demo", running.current(demo))
    assert found.level == doctor.WARM
    assert "did not stop in order" in found.what


def test_a_server_without_its_launcher_is_a_problem(demo: Profile) -> None:
    stale(demo, os.getpid())
    (found,) = doctor.instance("demo", None)
    assert found.level == doctor.BAD
    assert str(os.getpid()) in found.what


def test_a_product_that_does_not_answer_is_a_problem(demo: Profile) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    note = {"pid": 1, "address": f"http://127.0.0.1:{port}", "environment": {"REDIS_URL": "unix:///nonexistent"}}
    levels = [found.level for found in doctor.instance("demo", note)]
    assert levels == [doctor.FINE, doctor.BAD, doctor.BAD]
