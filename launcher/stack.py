"""Real PostgreSQL and Valkey on Unix sockets, without root and without a port.

`Stack` owns both servers: data in one folder (guarded by a lock), sockets in a short private folder. The
application connects as `xielian_app`, which is no superuser, so what it may not do in production it may not
do here either.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

from launcher import binaries, places, processes

ADMIN = "xielian"
APP = "xielian_app"
DATABASE = "xielian"
SOCKET_LIMIT = 107
THROWAWAY = "xielian-test-"


class StackError(Exception):
    """The servers cannot run; the message says why in plain words."""


class FolderInUseError(StackError):
    """Another launcher holds this data folder."""


def lock_folder(folder: Path) -> IO[str]:
    """Hold the data folder until the returned file is closed or this process ends, however it ends.

    Raises FolderInUseError when another process holds it.
    """
    holder = (folder / "owner.lock").open("a+")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder.close()
        raise FolderInUseError(f"{folder} is in use by another launcher.") from error
    holder.seek(0)
    holder.truncate()
    holder.write(f"{os.getpid()}\n")
    holder.flush()
    return holder


class PostgreSQL:
    """One cluster: `data` belongs to it; `sockets` is where it listens."""

    def __init__(self, *, data: Path, sockets: Path, log: Path, durable: bool) -> None:
        self.data, self.sockets, self.log, self.durable = data, sockets, log, durable
        self.process: subprocess.Popen[bytes] | None = None
        self.folder = binaries.postgresql()
        self.env = binaries.postgresql_env(self.folder)
        self.account = places.server_account()

    def _program(self, name: str) -> Path:
        return self.folder / "bin" / name

    @property
    def url(self) -> str:
        return f"postgresql://{APP}@/{DATABASE}?host={quote(str(self.sockets))}"

    def initialise(self) -> None:
        """Make the cluster, its role and its database, unless they are there; all or nothing.

        The sources of truth for text are UTF-8 and the built-in C.UTF-8: with plain C, pg_trgm silently finds
        no trigram in 中文.
        """
        version = self.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            return
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.parent.chmod(0o755)
        places.hand_to_servers(self.data.parent)
        staging = places.hand_to_servers(Path(tempfile.mkdtemp(prefix="new-", dir=self.data.parent)))
        try:
            command = [self._program("initdb"), "-D", staging, "-U", ADMIN, "-E", "UTF8", "-A", "trust"]
            command += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            command += ["--no-sync", "--no-instructions"] if not self.durable else ["--no-instructions"]
            said = processes.run_as([str(part) for part in command], env=self.env, account=self.account)
            if said.returncode != 0:
                raise StackError(f"initdb failed: {said.stderr.strip()}")
            self._bootstrap(staging)
            staging.rename(self.data)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _check_version(self, found: str) -> None:
        said = processes.run_as([self._program("postgres"), "--version"], env=self.env)
        ours = said.stdout.split()[-1].split(".")[0]
        if found != ours:
            raise StackError(
                f"{self.data} was made by PostgreSQL {found}, this is {ours}. "
                "Dump it with the old version first, or start afresh: python3 dev.py reset"
            )

    def _bootstrap(self, data: Path) -> None:
        """Role, database and extension by the single-user server: no socket and no password are needed.

        A throwaway cluster's role may create databases, which the tests do; a lasting one's may not.
        """
        may_create = "NOCREATEDB" if self.durable else "CREATEDB"
        self._single_user(
            data,
            "template1",
            "CREATE EXTENSION pg_trgm;",
            f"CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {may_create};",
            f"CREATE DATABASE {DATABASE} OWNER {APP};",
        )
        said = self._single_user(data, DATABASE, "SELECT array_length(show_trgm('轴承'), 1) AS trigrams;")
        if 'trigrams = "' not in said:
            raise StackError("pg_trgm finds no trigram in 中文: the cluster has the wrong locale.")

    def _single_user(self, data: Path, database: str, *statements: str) -> str:
        command = [self._program("postgres"), "--single", "-D", data, "-c", "exit_on_error=on"]
        if not self.durable:
            command += ["-c", "fsync=off"]
        said = processes.run_as(
            [*[str(part) for part in command], database],
            env=self.env,
            account=self.account,
            stdin="".join(f"{statement}\n" for statement in statements),
        )
        if said.returncode != 0 or "ERROR:" in said.stderr or "FATAL:" in said.stderr:
            raise StackError(f"PostgreSQL could not be prepared: {said.stderr.strip()}")
        return said.stdout

    def start(self) -> None:
        command: list[str | Path] = [self._program("postgres"), "-D", self.data]
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "120",
            "log_min_messages": "warning",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings |= {"autovacuum": "off", "jit": "off"}
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self.process = processes.spawn(
            command,
            log=self.log,
            death_signal=self.stop_signal,
            env=self.env,
            cwd=Path("/"),
            account=self.account,
        )

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise StackError(f"PostgreSQL ended at once; the last lines of {self.log}:\n{tail(self.log)}")
        command: list[str | Path] = [self._program("pg_isready"), "-q", "-h", self.sockets]
        return processes.run_as([str(part) for part in command], env=self.env).returncode == 0

    @property
    def stop_signal(self) -> signal.Signals:
        """Fast shutdown for data that matters; no checkpoint for data that is thrown away."""
        return signal.SIGINT if self.durable else signal.SIGQUIT

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, first=self.stop_signal, grace=20)


class Valkey:
    """One Valkey server; everything it knows lies in `data`."""

    def __init__(self, *, data: Path, sockets: Path, log: Path, durable: bool) -> None:
        self.data, self.log, self.durable = data, log, durable
        self.socket = sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self.program = binaries.valkey()

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        places.hand_to_servers(self.data)
        command: list[str | Path] = [self.program, "--port", "0", "--unixsocket", self.socket]
        command += ["--unixsocketperm", "700", "--dir", self.data, "--daemonize", "no"]
        # A queue may refuse new work when it is full; it may not forget old work.
        command += ["--maxmemory-policy", "noeviction", "--save", "", "--loglevel", "warning"]
        command += ["--appendfsync", "everysec", "--appendonly", "yes" if self.durable else "no"]
        self.process = processes.spawn(
            command,
            log=self.log,
            death_signal=self.stop_signal,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/"},
            cwd=Path("/"),
            account=places.server_account(),
        )

    def answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise StackError(f"Valkey ended at once; the last lines of {self.log}:\n{tail(self.log)}")
        return ping(self.socket)

    @property
    def stop_signal(self) -> signal.Signals:
        return signal.SIGTERM if self.durable else signal.SIGKILL

    def stop(self) -> None:
        if self.process is not None:
            processes.stop(self.process, first=self.stop_signal, grace=10)


def ping(path: Path) -> bool:
    """Whether a Redis-speaking server answers PING on a Unix socket."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
        line.settimeout(2)
        line.connect(str(path))
        line.sendall(b"PING\r\n")
        return line.recv(16).startswith(b"+PONG")
    return False


def tail(path: Path, *, lines: int = 12) -> str:
    """The last lines of a log, for a message to a person."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


class Stack:
    """PostgreSQL and Valkey together; use as a context manager, or start() and stop()."""

    def __init__(self, *, folder: Path, logs: Path, durable: bool = True, sockets: Path | None = None) -> None:
        """`folder` keeps the data. Not durable: no fsync, and the role may make databases; for tests only."""
        self.folder, self.logs, self.durable = folder, logs, durable
        self._own_sockets = sockets is None
        self._sockets = sockets
        self._lock: IO[str] | None = None
        self.postgresql: PostgreSQL | None = None
        self.valkey: Valkey | None = None

    def start(self) -> None:
        """Raises StackError, FolderInUseError, binaries.BinaryError or places.PlaceError."""
        self._lock = lock_folder(self.folder)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        sockets = self._sockets = self._sockets or places.socket_folder()
        if len(os.fsencode(sockets / ".s.PGSQL.5432.lock")) > SOCKET_LIMIT:
            raise StackError(f"{sockets} is too long a path for a socket (at most {SOCKET_LIMIT} bytes).")
        self.logs.mkdir(parents=True, exist_ok=True)
        self.postgresql = PostgreSQL(
            data=self.folder / "servers" / "postgresql",
            sockets=sockets,
            log=self.logs / "postgresql.log",
            durable=self.durable,
        )
        self.valkey = Valkey(
            data=self.folder / "valkey", sockets=sockets, log=self.logs / "valkey.log", durable=self.durable
        )
        self.valkey.start()
        self.postgresql.initialise()
        self.postgresql.start()
        # After a kill -9 PostgreSQL first replays its journal, which takes as long as it takes.
        for server in (self.postgresql, self.valkey):
            if not processes.wait_until(server.answers, seconds=120):
                raise StackError(f"{type(server).__name__} does not answer; see {server.log}.")

    @property
    def environment(self) -> dict[str, str]:
        """What the application needs to find the servers."""
        if self.postgresql is None or self.valkey is None:
            raise StackError("The servers are not started.")
        return {"DATABASE_URL": self.postgresql.url, "REDIS_URL": self.valkey.url}

    @property
    def parts(self) -> "list[PostgreSQL | Valkey]":
        """The servers that have been started."""
        return [server for server in (self.postgresql, self.valkey) if server is not None]

    @property
    def sockets(self) -> Path | None:
        return self._sockets

    @staticmethod
    def check_unused(folder: Path) -> None:
        """Raises FolderInUseError while servers run on `folder`."""
        lock_folder(folder).close()

    def stop(self) -> None:
        """Stop both, remove the sockets, give the folder back. Safe to call twice."""
        for server in self.parts:
            server.stop()
        if self._own_sockets and self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class ThrowawayStack(Stack):
    """Servers for one test run: everything in one folder under /tmp, gone afterwards."""

    def __init__(self) -> None:
        sweep()
        folder = Path(tempfile.mkdtemp(prefix=THROWAWAY, dir=places.SHORT))
        folder.chmod(0o711)  # `nobody` passes through to the folders that are its own.
        sockets = folder / "s"
        sockets.mkdir(mode=0o700)
        places.hand_to_servers(sockets)
        super().__init__(folder=folder, logs=folder / "log", durable=False, sockets=sockets)

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def sweep(*, base: Path = places.SHORT, older_than: float = 120.0) -> None:
    """Remove what test runs that were killed left behind: folders whose lock nobody holds.

    A younger folder (`older_than`, in seconds) may belong to a run that has not taken its lock yet.
    """
    for folder in base.glob(f"{THROWAWAY}*"):
        with contextlib.suppress(OSError, StackError):
            found = folder.lstat()
            if found.st_uid != os.geteuid() or time.time() - found.st_mtime < older_than:
                continue
            lock_folder(folder).close()
            shutil.rmtree(folder, ignore_errors=True)
