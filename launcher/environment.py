"""The virtual environment: made from a hashed lock file, by uv when it is there, by pip otherwise."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher import places
from launcher.talk import PlainError, Talk

VENV = places.ROOT / ".venv"
STAMP = "xielian.json"
PTH = "xielian.pth"
SOURCES = (places.ROOT, places.ROOT / "platform")
# Which sets of requirements contain which: a development environment runs the demo as well.
CONTAINED_IN = {
    "base": ("base", "embedded", "dev", "bench"),
    "embedded": ("embedded", "dev", "bench"),
    "dev": ("dev", "bench"),
    "bench": ("bench",),
}


def lock_file(kind: str) -> Path:
    return places.ROOT / "requirements" / f"{kind}.txt"


def lock_digest(kind: str) -> str:
    return hashlib.sha256(lock_file(kind).read_bytes()).hexdigest()


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def site_packages(venv: Path) -> Path:
    return venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def base_python() -> str:
    """The interpreter outside any virtual environment; one may not build itself anew."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def wanted_stamp(kind: str) -> dict[str, str]:
    return {
        "kind": kind,
        "lock": lock_digest(kind),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "root": str(places.ROOT),
    }


def read_stamp(venv: Path) -> dict[str, str]:
    try:
        found = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_current(kind: str, *, venv: Path = VENV) -> bool:
    """Whether the environment holds what `kind` needs, exactly as the lock file says."""
    stamp = read_stamp(venv)
    held = stamp.get("kind", "")
    return (
        held in CONTAINED_IN[kind]
        and stamp == wanted_stamp(held)
        and python_of(venv).exists()
        and (site_packages(venv) / PTH).exists()
    )


def managed_elsewhere(venv: Path = VENV) -> bool:
    """A linked environment belongs to whoever made it; we use it and write nothing into it."""
    return venv.is_symlink() and python_of(venv).exists()


def uv() -> str | None:
    """A uv that works; on some machines the name on the PATH is an empty shell."""
    if os.environ.get("XIELIAN_INSTALLER") == "pip":
        return None
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return found
    return None


def ensure(kind: str, talk: Talk) -> Path:
    """Make or mend the environment, and return its interpreter.

    Raises PlainError with the installer's last words when it fails.
    """
    if managed_elsewhere():
        return python_of(VENV)
    if is_current(kind):
        return python_of(VENV)
    places.VAR.mkdir(exist_ok=True)
    with (places.VAR / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(kind):  # Another launcher made it while we waited.
            return python_of(VENV)
        held = read_stamp(VENV).get("kind", kind)
        chosen = held if held in CONTAINED_IN[kind] else kind
        installer = uv()
        with talk.step(f"Python packages ({chosen}, by {'uv' if installer else 'pip'})"):
            _build(chosen, installer)
    return python_of(VENV)


def _build(kind: str, installer: str | None) -> None:
    stamp = VENV / STAMP
    stamp.unlink(missing_ok=True)
    if not _usable():
        if VENV.is_symlink():
            VENV.unlink()
        shutil.rmtree(VENV, ignore_errors=True)
        _create(installer)
    _install(kind, installer)
    (site_packages(VENV) / PTH).write_text("".join(f"{folder}\n" for folder in SOURCES))
    stamp.write_text(json.dumps(wanted_stamp(kind)))


def _usable() -> bool:
    """Whether the environment's interpreter starts and is the version we run."""
    python = python_of(VENV)
    if not python.exists():
        return False
    said = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2], sys.prefix)"],
        capture_output=True,
        text=True,
        check=False,
    )
    # A moved folder still starts, but its scripts name the old place.
    return said.stdout.strip() == f"{sys.version_info[0]} {sys.version_info[1]} {VENV}"


def _run(command: list[str], *, what: str) -> None:
    env = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    env["PIP_REQUIRE_VIRTUALENV"] = "0"
    said = subprocess.run(
        command, env=env, cwd=places.ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if said.returncode != 0:
        last = "\n".join((said.stderr.strip() or said.stdout.strip()).splitlines()[-15:])
        raise PlainError(f"{what} failed:\n{last}")


def _create(installer: str | None) -> None:
    if installer:
        _run([installer, "venv", "--quiet", "--python", base_python(), str(VENV)], what="Making .venv")
        return
    # Debian splits ensurepip off into python3-venv; pip can install into an environment from outside.
    outside = importlib.util.find_spec("pip") is not None
    without = ["--without-pip"] if outside else []
    if not outside and importlib.util.find_spec("ensurepip") is None:
        raise PlainError(
            "Neither pip nor uv is here. Install one of them (Debian: apt install python3-pip) and try again."
        )
    _run([base_python(), "-m", "venv", *without, str(VENV)], what="Making .venv")


def _install(kind: str, installer: str | None) -> None:
    python, lock = str(python_of(VENV)), str(lock_file(kind))
    if installer:
        command = [installer, "pip", "sync", "--quiet", "--python", python, "--require-hashes", lock]
    else:
        inside = importlib.util.find_spec("pip", None) is None
        pip = [python, "-m", "pip"] if inside else [base_python(), "-m", "pip", "--python", python]
        command = [*pip, "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
        command += ["--root-user-action=ignore", "--require-hashes", "-r", lock]
    _run(command, what="Installing the Python packages")
