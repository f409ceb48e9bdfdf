import subprocess
import sys

import pytest

from launcher import checks, commands, places


def test_what_test_does_not_know_goes_to_pytest() -> None:
    chosen, rest = commands.parse(["test", "--fast", "tests/regions", "-k", "sichuan"])
    assert chosen.fast
    assert rest == ["tests/regions", "-k", "sichuan"]


@pytest.mark.parametrize(
    "arguments", [["demo", "--what"], ["demo", "--json"], ["demo", "--port", "0"], ["up", "--port", "70000"], []]
)
def test_a_wrong_command_line_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        commands.parse(arguments)
    assert refused.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_management_command_keeps_its_own_options() -> None:
    chosen, rest = commands.parse(["manage", "import_listed", "folder", "--json"])
    assert chosen.arguments == ["import_listed", "folder", "--json"]
    assert rest == []


def test_own_servers_need_no_server_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert commands.needed_packages("demo") == "embedded"
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("REDIS_URL", "redis://cache")
    assert commands.needed_packages("demo") == "base"
    assert commands.needed_packages("test") == "dev"
    assert commands.needed_packages("doctor") is None


def test_an_old_python_is_told_so_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['dev.py', 'demo'];"
        "runpy.run_path('dev.py', run_name='__main__')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=places.ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "Python 3.11 or later" in said.stderr
    assert "Traceback" not in said.stderr


def test_tests_run_on_two_processes_unless_told_otherwise() -> None:
    assert checks.pytest_command(["tests/regions"])[3:5] == ["-n", "2"]
    assert "-n" not in checks.pytest_command(["-n0"])
    assert "worksteal" not in checks.pytest_command(["--pdb"])


def test_a_failed_check_shows_what_it_said(capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "print('here is why'); raise SystemExit(3)"]
    result = checks.timed("a check", command, {})
    assert not result.passed
    assert "here is why" in capfd.readouterr().out
    assert result.line().startswith("  ✗ a check (")


def test_the_production_check_gets_a_fresh_key_and_a_public_name() -> None:
    one = checks.production_environment({"DATABASE_URL": "postgresql://x"})
    two = checks.production_environment({"DATABASE_URL": "postgresql://x"})
    assert one["SECRET_KEY"] != two["SECRET_KEY"]
    assert len(one["SECRET_KEY"]) >= 50
    assert one["DJANGO_SETTINGS_MODULE"] == "hub.settings.production"
