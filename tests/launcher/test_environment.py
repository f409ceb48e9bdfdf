import json
from pathlib import Path

import pytest

from launcher import environment


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    made = tmp_path / ".venv"
    python = environment.python_of(made)
    python.parent.mkdir(parents=True)
    python.touch()
    packages = environment.site_packages(made)
    packages.mkdir(parents=True)
    (packages / environment.PTH).touch()
    return made


def stamp(venv: Path, kind: str, changed: dict[str, str] | None = None) -> None:
    (venv / environment.STAMP).write_text(json.dumps(environment.wanted_stamp(kind) | (changed or {})))


def test_a_development_environment_also_runs_the_demo(venv: Path) -> None:
    stamp(venv, "dev")
    assert environment.is_current("embedded", venv=venv)
    assert environment.is_current("base", venv=venv)


def test_a_demo_environment_does_not_run_the_tests(venv: Path) -> None:
    stamp(venv, "embedded")
    assert not environment.is_current("dev", venv=venv)


@pytest.mark.parametrize("changed", [{"lock": "0" * 64}, {"python": "3.10"}, {"root": "/moved"}, {"kind": "nonsense"}])
def test_an_environment_made_otherwise_is_out_of_date(venv: Path, changed: dict[str, str]) -> None:
    stamp(venv, "dev", changed)
    assert not environment.is_current("dev", venv=venv)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_a_broken_stamp_means_out_of_date(venv: Path, text: str) -> None:
    (venv / environment.STAMP).write_text(text)
    assert not environment.is_current("base", venv=venv)


def test_an_environment_without_its_interpreter_is_out_of_date(venv: Path) -> None:
    stamp(venv, "dev")
    environment.python_of(venv).unlink()
    assert not environment.is_current("dev", venv=venv)


def test_a_linked_environment_is_left_to_its_owner(venv: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(venv)
    assert environment.managed_elsewhere(link)
    assert not environment.managed_elsewhere(venv)


def test_pip_can_be_asked_for_though_uv_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIELIAN_INSTALLER", "pip")
    assert environment.uv() is None


def test_a_uv_that_does_not_run_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shell = tmp_path / "uv"
    shell.write_text("#!/bin/sh\nexit 127\n")
    shell.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XIELIAN_INSTALLER", raising=False)
    assert environment.uv() is None
