"""Who is running: a lock that ends with its holder, and a note that says where the product is."""

import contextlib
import fcntl
import json
import os
import socket
from pathlib import Path
from typing import IO, Any

from launcher import processes
from launcher.profiles import Profile
from launcher.talk import PlainError

FIRST_PORT = 8000
PORTS_TRIED = 60


class AlreadyRunningError(Exception):
    """Another launcher runs this profile; `note` is what it wrote down."""

    def __init__(self, note: dict[str, Any]) -> None:
        super().__init__("already running")
        self.note = note


def _lock_path(profile: Profile) -> Path:
    return profile.run / "launcher.lock"


def _note_path(profile: Profile) -> Path:
    return profile.run / "launcher.json"


def claim(profile: Profile) -> IO[str]:
    """Hold the profile until the returned file is closed or the process ends, however it ends.

    Raises AlreadyRunningError.
    """
    profile.run.mkdir(parents=True, exist_ok=True)
    holder = _lock_path(profile).open("a+")

    def is_ours() -> bool:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    # `current` holds it for an instant only; a launcher holds it for good.
    if not processes.wait_until(is_ours, seconds=0.3):
        holder.close()
        raise AlreadyRunningError(read_note(profile))
    write_note(profile)
    return holder


def write_note(profile: Profile, **values: Any) -> None:
    path = _note_path(profile)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump({"pid": os.getpid(), **values}, stream)
    os.replace(fresh, path)


def read_note(profile: Profile) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(_note_path(profile).read_text())
        if isinstance(found, dict):
            return found
    return {}


def current(profile: Profile) -> dict[str, Any] | None:
    """The note of the launcher that runs this profile, or None when none does."""
    if not _lock_path(profile).exists():
        return None
    with _lock_path(profile).open("a+") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return read_note(profile)
    return None


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the web server does: a connection that has just ended does not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted: int | None) -> int:
    """The port asked for, or the first free one from 8000 on. Raises PlainError when there is none."""
    if wanted is not None:
        if not is_free(wanted):
            raise PlainError(f"Port {wanted} is taken or not allowed; choose another with --port.")
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(port):
            return port
    raise PlainError(f"Ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are all taken; use --port.")
