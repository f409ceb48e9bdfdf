import socket
import stat
from pathlib import Path

import pytest

from launcher import product, profiles, running
from launcher.profiles import Profile
from launcher.talk import PlainError, Talk


@pytest.fixture
def demo(tmp_path: Path) -> Profile:
    return Profile("demo", "hub.settings.demo", tmp_path / "var", tmp_path / "data")


def test_a_second_launcher_learns_where_the_first_one_is(demo: Profile) -> None:
    with running.claim(demo):
        running.write_note(demo, address="http://127.0.0.1:8123")
        with pytest.raises(running.AlreadyRunningError) as refused:
            running.claim(demo)
        assert refused.value.note["address"] == "http://127.0.0.1:8123"
        note = running.current(demo)
        assert note is not None
        assert note["address"] == "http://127.0.0.1:8123"


def test_a_note_left_by_a_dead_launcher_is_not_believed(demo: Profile) -> None:
    running.claim(demo).close()
    running.write_note(demo, address="http://127.0.0.1:8123")
    assert running.current(demo) is None
    with running.claim(demo):
        assert "address" not in running.read_note(demo)


def test_nothing_runs_where_nothing_ever_ran(demo: Profile) -> None:
    assert running.current(demo) is None


def test_a_command_beside_a_product_that_is_still_starting_is_told_so(
    demo: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not wait for servers that nobody has named yet."""
    monkeypatch.setattr(product, "profile", lambda name: demo)
    monkeypatch.setattr(product, "given_servers", lambda: None)
    with running.claim(demo), pytest.raises(PlainError, match="being started"):
        product.manage(["check"], name="demo", talk=Talk())


def test_a_second_one_beside_it_started_nothing_and_says_so(
    demo: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(product, "profile", lambda name: demo)
    with running.claim(demo):
        assert product.run("demo", port=None, talk=Talk()) == 1
        running.write_note(demo, address="http://127.0.0.1:8123")
        assert product.run("demo", port=None, talk=Talk()) == 1
    assert "It is running already: http://127.0.0.1:8123/" in capsys.readouterr().out


def test_a_note_is_for_its_owner_only(demo: Profile) -> None:
    with running.claim(demo):
        assert stat.S_IMODE((demo.run / "launcher.json").stat().st_mode) == 0o600


@pytest.fixture
def taken() -> "socket.socket":
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener  # type: ignore[misc]


def test_a_taken_port_is_named(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with pytest.raises(PlainError, match=f"Port {port} is taken"):
        running.choose_port(port)


def test_the_next_free_port_is_used(taken: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    port = taken.getsockname()[1]
    monkeypatch.setattr(running, "FIRST_PORT", port)
    assert port < running.choose_port(None) < port + running.PORTS_TRIED


def test_no_free_port_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "is_free", lambda port: False)
    with pytest.raises(PlainError, match="all taken"):
        running.choose_port(None)


def test_servers_come_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(PlainError, match="REDIS_URL is missing"):
        profiles.given_servers()
    monkeypatch.delenv("DATABASE_URL")
    assert profiles.given_servers() is None


def test_a_platform_of_ones_own_keeps_its_secret(tmp_path: Path) -> None:
    own = Profile("up", "hub.settings.local", tmp_path / "var", tmp_path / "data")
    first, second = own.environment()["SECRET_KEY"], own.environment()["SECRET_KEY"]
    assert first == second
    assert len(first) > 60
    assert stat.S_IMODE((own.var / "secret-key").stat().st_mode) == 0o600


def test_settings_of_the_callers_shell_do_not_reach_the_product(demo: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "somebody.elses")
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    env = demo.environment()
    assert env["DJANGO_SETTINGS_MODULE"] == "hub.settings.demo"
    assert "PYTHONSTARTUP" not in env


def test_figures_are_the_last_json_line() -> None:
    assert product.last_json('12 %\n{"firms": 1}\n{"firms": 2}\nbye\n') == {"firms": 2}
    with pytest.raises(PlainError, match="no figures"):
        product.last_json("12\n[1]\n")


def test_web_listens_on_loopback_only() -> None:
    command = product.web_command("python", 8000)
    assert command[command.index("--bind") + 1] == "127.0.0.1:8000"


@pytest.mark.parametrize("text", ["", "[1]", '{"email": 1}', '[{"email": "a@b"}]'])
def test_a_demo_without_accounts_is_greeted_all_the_same(demo: Profile, text: str) -> None:
    demo.var.mkdir()
    (demo.var / "demo-accounts.json").write_text(text)
    assert product.demo_accounts(demo) == []
