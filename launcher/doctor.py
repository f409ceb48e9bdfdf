"""`dev.py doctor`: what is wrong with this machine or checkout, in plain words, and what to do.

Works before anything is installed, so it needs nothing.
"""

import importlib.util
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from launcher import catalogues, environment, places, processes, running
from launcher.profiles import NAMES, given_servers, profile
from launcher.stack import ping
from launcher.talk import PlainError, Talk

DISK_NEEDED = 2_000_000_000
WARM, BAD, FINE = "note", "problem", "ok"
SIGNS = {FINE: "✓", WARM: "·", BAD: "✗"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHINESE_FONTS = ("wqy", "noto", "source-han", "droid")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `level`: ok, note (works without it) or problem."""

    level: str
    what: str
    advice: str = ""

    def lines(self) -> list[str]:
        return [f"  {SIGNS[self.level]} {self.what}"] + ([f"      {self.advice}"] if self.advice else [])


def examine(*, port: int | None, talk: Talk) -> int:
    """Prints every finding; 1 when there is a problem."""
    problems = 0
    for finding in findings(port):
        problems += finding.level == BAD
        for line in finding.lines():
            talk.say(line)
    talk.say("\nNothing is wrong." if not problems else f"\n{problems} problem(s) to mend.")
    return 1 if problems else 0


def findings(port: int | None) -> Iterator[Finding]:
    yield python_version(sys.version_info[:3])
    yield machine()
    yield installer()
    for folder in disk_folders():
        yield disk(folder, shutil.disk_usage(folder).free)
    yield writable(places.ROOT)
    yield packages()
    yield messages()
    notes = {name: _current(name) for name in NAMES}
    for name, note in notes.items():
        yield from instance(name, note)
    yield ports(port, used=[str(note.get("address", "")) for note in notes.values() if note])
    yield from given()
    yield browser()
    yield font()


def _current(name: str) -> dict[str, object] | None:
    try:
        return running.current(profile(name))
    except (OSError, places.PlaceError) as error:
        return {"trouble": str(error)}


def python_version(found: tuple[int, ...]) -> Finding:
    text = ".".join(str(part) for part in found)
    if found < (3, 11):
        return Finding(BAD, f"Python {text} is too old", "Install Python 3.11 or later.")
    return Finding(FINE, f"Python {text}")


def machine() -> Finding:
    name = f"{platform.system()} on {platform.machine()}"
    if platform.system() != "Linux":
        return Finding(
            WARM, name, "Developed and tested on Linux; elsewhere kill -9 of the launcher is cleaned up more slowly."
        )
    return Finding(FINE, name)


def installer() -> Finding:
    if environment.uv():
        return Finding(FINE, "uv installs the packages")
    if importlib.util.find_spec("pip"):
        return Finding(FINE, "pip installs the packages")
    if importlib.util.find_spec("ensurepip"):
        return Finding(FINE, "ensurepip brings pip along")
    return Finding(BAD, "Neither pip nor uv is here", "Install one, on Debian: apt install python3-pip")


def disk_folders() -> list[Path]:
    """Where packages, server data and sockets go; one folder per file system."""
    seen: dict[int, Path] = {}
    for folder in (places.ROOT, Path("/var/tmp") if places.is_root() else places.ROOT, places.SHORT):
        if folder.exists():
            seen.setdefault(folder.stat().st_dev, folder)
    return list(seen.values())


def disk(folder: Path, free: int) -> Finding:
    text = f"{free / 1e9:.1f} GB free at {folder}"
    if free < DISK_NEEDED:
        return Finding(BAD, f"Disk nearly full: {text}", f"Free some space; {DISK_NEEDED / 1e9:.0f} GB are enough.")
    return Finding(FINE, text)


def writable(folder: Path) -> Finding:
    if os.access(folder, os.W_OK):
        return Finding(FINE, f"{folder} can be written to")
    return Finding(BAD, f"{folder} cannot be written to", "Clone it as your own user, or mend its owner.")


def packages() -> Finding:
    venv = environment.VENV
    if environment.managed_elsewhere():
        return Finding(WARM, f".venv is a link to {venv.resolve()}", "It is used as it is and never updated.")
    if not venv.exists():
        return Finding(WARM, "No .venv yet", "The first `demo` or `test` makes it.")
    if environment.is_current("base"):
        kind = environment.read_stamp(venv).get("kind")
        return Finding(FINE, f".venv is up to date ({kind})")
    return Finding(WARM, ".venv is out of date or half made", "The next `demo` or `test` mends it.")


def messages() -> Finding:
    waiting = [source for source in catalogues.sources() if not catalogues.is_compiled(source)]
    if waiting:
        return Finding(
            WARM, f"{len(waiting)} message catalogue(s) not compiled", "The next `demo` or `test` compiles them."
        )
    return Finding(FINE, "Message catalogues are compiled")


def instance(name: str, note: dict[str, object] | None) -> Iterator[Finding]:
    """What runs from this checkout, and whether its servers answer."""
    if note is None:
        yield from leftovers(name)
        return
    if "trouble" in note:
        yield Finding(BAD, f"The data folder of {name} cannot be used", str(note["trouble"]))
        return
    address = note.get("address")
    if not address:
        yield Finding(FINE, f"{name} is being started (process {note.get('pid')})")
        return
    yield Finding(FINE, f"{name} runs at {address}/ (process {note.get('pid')})")
    host = urlsplit(str(address))
    try:
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=3):
            yield Finding(FINE, f"{name}: the web server answers")
    except OSError:
        yield Finding(BAD, f"{name}: the web server does not answer", "See var/log/web.log; stop and start again.")
    servers = note.get("environment")
    if isinstance(servers, dict):
        for variable in ("DATABASE_URL", "REDIS_URL"):
            if variable in servers:
                yield server(str(servers[variable]))


def leftovers(name: str) -> Iterator[Finding]:
    """A data folder still locked, or a PostgreSQL that outlived its launcher."""
    data = profile(name).data / "servers" / "postgresql" / "postmaster.pid"
    try:
        pid = int(data.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if processes.alive(pid):
        yield Finding(
            BAD,
            f"PostgreSQL of {name} runs without its launcher (process {pid})",
            f"Wait a moment; if it stays, end it with: kill -INT {pid}",
        )
    else:
        yield Finding(
            WARM,
            f"{name} did not stop in order last time (stale {data.name})",
            "Nothing to do: the next start recovers the data from its journal.",
        )


def address_of(url: str) -> tuple[str, int] | str:
    """(host, port), or the path of a socket, for a DATABASE_URL or REDIS_URL."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return f"{folder}/.s.PGSQL.{parts.port or 5432}"
    default = 6379 if parts.scheme.startswith("redis") else 5432
    return parts.hostname or "localhost", parts.port or default


def server(url: str) -> Finding:
    """Whether something listens where a URL points; the URL itself may hold a password and is not shown."""
    where = address_of(url)
    name = "PostgreSQL" if url.startswith("postgres") else "Valkey"
    if isinstance(where, str):
        if name == "Valkey":
            answers = ping(Path(where))
        else:
            with socket.socket(socket.AF_UNIX) as line:
                answers = line.connect_ex(where) == 0
    else:
        try:
            socket.create_connection(where, timeout=3).close()
            answers = True
        except OSError:
            answers = False
    shown = where if isinstance(where, str) else f"{where[0]}:{where[1]}"
    if answers:
        return Finding(FINE, f"{name} answers at {shown}")
    return Finding(BAD, f"{name} does not answer at {shown}", "Is it running, and may you connect to it?")


def given() -> Iterator[Finding]:
    try:
        servers = given_servers()
    except PlainError as error:
        yield Finding(BAD, "Only one of DATABASE_URL and REDIS_URL is set", str(error))
        return
    for url in (servers or {}).values():
        yield server(url)


def ports(wanted: int | None, *, used: list[str]) -> Finding:
    if wanted is not None:
        if running.is_free(wanted):
            return Finding(FINE, f"Port {wanted} is free")
        if any(address.endswith(f":{wanted}") for address in used):
            return Finding(FINE, f"Port {wanted} is ours")
        return Finding(BAD, f"Port {wanted} is taken", "Choose another with --port, or leave it out.")
    try:
        port = running.choose_port(None)
    except PlainError as error:
        return Finding(BAD, "No free port", str(error))
    if port == running.FIRST_PORT or any(used):
        return Finding(FINE, f"Port {port} is free")
    return Finding(WARM, f"Port {running.FIRST_PORT} is taken; {port} would be used", "Or choose with --port.")


def browser() -> Finding:
    found = next((path for path in map(shutil.which, CHROMIUM) if path), None)
    if found:
        return Finding(FINE, f"Browser tests use {found}")
    return Finding(WARM, "No Chromium", "Browser tests are skipped. On Debian: apt install chromium")


def font() -> Finding:
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    for folder in folders:
        for path in folder.rglob("*.[to]t[fc]") if folder.is_dir() else ():
            if any(name in str(path).lower() for name in CHINESE_FONTS):
                return Finding(FINE, f"Chinese font: {path.name}")
    return Finding(WARM, "No Chinese font", "Only screenshots need one. On Debian: apt install fonts-wqy-zenhei")
