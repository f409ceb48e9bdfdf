"""Runs the product: servers, migrations, reference data, demo data, web, worker and beat."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from launcher import binaries, catalogues, places, processes, running
from launcher.profiles import Profile, given_servers, profile
from launcher.stack import FolderInUseError, Stack, StackError, tail
from launcher.supervisor import Service, StopAskedError, Supervisor
from launcher.talk import PlainError, Talk

QUEUES = "default,matching,bulk"
WORKER_CHILDREN = 2
SETUP_LOG = "setup.log"
STARTING = "The product is being started, or another command runs on its own; try again when it is ready."


class Product:
    """One profile being run under a supervisor."""

    def __init__(self, chosen: Profile, *, talk: Talk, supervisor: Supervisor) -> None:
        self.profile, self.talk, self.supervisor = chosen, talk, supervisor
        self.env = chosen.environment()
        self.stack: Stack | None = None
        self.address = ""

    def start_servers(self) -> None:
        """Start the embedded servers, or take the ones named in the environment."""
        given = given_servers()
        if given is not None:
            self.env |= given
            self.talk.say("  ✓ Servers: those of DATABASE_URL and REDIS_URL")
            return
        with self.talk.step("PostgreSQL and Valkey"):
            folder = places.private_folder(self.profile.data, mode=0o755 if places.is_root() else 0o700)
            self.stack = Stack(folder=folder, logs=self.profile.logs)
            try:
                self.stack.start()
            except (StackError, binaries.BinaryError, places.PlaceError) as error:
                raise PlainError(str(error)) from error
            for part in self.stack.parts:
                self.supervisor.add(type(part).__name__, part, first_signal=part.stop_signal)
            self.supervisor.tell_watchdog(f"remove {self.stack.sockets}")
            self.env |= self.stack.environment

    def manage(self, *arguments: str, what: str) -> str:
        """Run a management command to its end; what it printed on stdout."""
        self.profile.logs.mkdir(parents=True, exist_ok=True)
        log = self.profile.logs / SETUP_LOG
        with log.open("a") as errors:
            print(f"$ manage.py {' '.join(arguments)}", file=errors, flush=True)
            said = subprocess.run(
                manage_command(*arguments),
                env=self.env,
                cwd=places.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                check=False,
                preexec_fn=processes.die_with_parent(),
            )
            errors.write(said.stdout)
        if said.returncode != 0:
            raise PlainError(f"{what} failed; the end of {log}:\n{tail(log, lines=20)}")
        return said.stdout

    def prepare(self, *, demo: bool) -> None:
        with self.talk.step("Message catalogues"):
            catalogues.compile_all()
        with self.talk.step("Matching engine (compiled on the first run)"):
            self.manage("compile_engine", what="Compiling the matching engine")
        with self.talk.step("Database tables"):
            self.manage("migrate", "--no-input", what="Making the tables")
        with self.talk.step("Reference data: regions and industries"):
            self.manage("load_reference", what="Loading the reference data")
        if demo:
            with self.talk.step("Demo firms and posts"):
                self.manage("load_demo", what="Loading the demo")

    def start_services(self, port: int) -> None:
        """Start web, worker and beat, and wait until all of them are ready."""
        (self.profile.var / "static").mkdir(parents=True, exist_ok=True)
        # Nobody holds the lock in it when the product runs once only, but beat keeps its schedule there.
        self.profile.run.mkdir(parents=True, exist_ok=True)
        self.address = f"http://127.0.0.1:{port}"
        self.env["SITE_URL"] = self.address
        logs, python = self.profile.logs, sys.executable
        web = Service(name="web", command=web_command(python, port), env=self.env, log=logs / "web.log")
        worker = Service(name="worker", command=worker_command(python), env=self.env, log=logs / "worker.log")
        schedule = self.profile.run / "beat-schedule"
        beat = Service(name="beat", command=beat_command(python, schedule), env=self.env, log=logs / "beat.log")
        with self.talk.step("Web, worker and beat"):
            for service in (web, worker, beat):
                self.supervisor.start(service.name, service)
            self.supervisor.wait(lambda: is_healthy(port), what="The web server", seconds=60)
            self.supervisor.wait(lambda: worker.has_said(" ready."), what="The worker", seconds=60)
            kept = f"{schedule.name}*"  # the ending is the data base's affair
            self.supervisor.wait(lambda: any(schedule.parent.glob(kept)), what="Beat", seconds=60)

    def close(self) -> None:
        self.supervisor.stop()
        if self.stack is not None:
            self.stack.stop()


def manage_command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", str(places.ROOT / "manage.py"), *arguments]


def web_command(python: str, port: int) -> list[str]:
    """gunicorn with threads, on loopback only."""
    command = [python, "-P", "-m", "gunicorn", "hub.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "120"]
    # Its control socket would go to the user's home, and collide between two checkouts.
    return [*command, "--graceful-timeout", "5", "--no-control-socket"]


def worker_command(python: str) -> list[str]:
    command = [python, "-P", "-m", "celery", "-A", "hub", "worker", "--pool", "prefork"]
    command += ["--concurrency", str(WORKER_CHILDREN), "--queues", QUEUES, "--loglevel", "INFO"]
    return [*command, "--without-gossip", "--without-mingle"]


def beat_command(python: str, schedule: Path) -> list[str]:
    command = [python, "-P", "-m", "celery", "-A", "hub", "beat", "--loglevel", "INFO"]
    return [*command, "--schedule", str(schedule), "--pidfile="]


def is_healthy(port: int) -> bool:
    """Whether /healthz/ answers 200."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz/")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


@contextlib.contextmanager
def _started(chosen: Profile, talk: Talk) -> Iterator[Product]:
    """A product whose children are gone when the block ends, whatever ends it."""
    with Supervisor(talk) as supervisor:
        product = Product(chosen, talk=talk, supervisor=supervisor)
        try:
            yield product
        finally:
            product.close()


def run(name: str, *, port: int | None, talk: Talk) -> int:
    """`dev.py demo` and `dev.py up`: start everything and stay until Ctrl-C."""
    chosen = profile(name)
    try:
        lock = running.claim(chosen)
    except running.AlreadyRunningError as error:
        return _say_running(error.note, talk)
    begun = time.monotonic()
    with lock, contextlib.suppress(StopAskedError), _started(chosen, talk) as product:
        picked = running.choose_port(port)
        product.start_servers()
        product.prepare(demo=name == "demo")
        product.start_services(picked)
        running.write_note(
            chosen,
            address=product.address,
            environment={} if given_servers() else product.stack.environment if product.stack else {},
        )
        _greet(product, seconds=time.monotonic() - begun)
        product.supervisor.run_forever()
    talk.say("\nStopped.")
    return 0


def _say_running(note: dict[str, Any], talk: Talk) -> int:
    if note.get("address"):
        talk.say(f"It is running already: {note['address']}/ (process {note['pid']}).")
    else:
        talk.say("Another launcher is starting it right now; give it a few seconds.")
    talk.say("Stop that one with Ctrl-C in its terminal, or with: python3 dev.py stop")
    return 1  # nothing was started


def _greet(product: Product, *, seconds: float) -> None:
    talk, chosen = product.talk, product.profile
    talk.say(f"\n协链 Xielian: {product.address}/   (ready in {seconds:.0f} s)")
    if chosen.name == "demo":
        accounts = demo_accounts(chosen)
        if accounts:
            talk.say("\nLog in with one click on the first page, or as:")
            width = max(len(account["email"]) for account in accounts)
            for account in accounts:
                talk.say(f"  {account['email']:<{width}}  {account['password']}  {account['role']}")
    else:
        talk.say("\nThe first operator: python3 dev.py manage --data up createsuperuser")
    talk.say(f"\nLogs: {chosen.logs}   Stop: Ctrl-C")


def demo_accounts(chosen: Profile) -> list[dict[str, str]]:
    """The log-ins that `manage.py load_demo` wrote down."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((chosen.var / "demo-accounts.json").read_text())
        return [{key: str(row[key]) for key in ("email", "password", "role")} for row in found]
    return []


def run_once(*, as_json: bool) -> int:
    """`dev.py demo --once`: the whole job on fresh data, its figures, and an end.

    Durable settings as in the demo, so that the times are honest; all data is thrown away.
    """
    talk = Talk(sys.stderr if as_json else sys.stdout)
    begun = time.monotonic()
    folder = _once_folder()
    chosen = Profile("once", "hub.settings.demo", folder / "var", folder / "data")
    try:
        with _started(chosen, talk) as product:
            product.supervisor.tell_watchdog(f"remove {folder}")
            product.start_servers()
            product.prepare(demo=True)
            product.start_services(running.choose_port(None))
            with talk.step("Matching through the worker, and measuring it"):
                figures = last_json(product.manage("demo_figures", "--json", what="Measuring"))
    except PlainError:
        kept = places.LOGS / "once"
        shutil.rmtree(kept, ignore_errors=True)
        with contextlib.suppress(OSError):
            shutil.copytree(chosen.logs, kept)
        raise
    except StopAskedError:
        talk.say("\nStopped.")
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["seconds"] = round(time.monotonic() - begun, 1)
    if as_json:
        print(json.dumps(figures, ensure_ascii=False), flush=True)
    else:
        for key, value in figures.items():
            talk.say(f"  {key}: {value}")
    return 0


def _once_folder() -> Path:
    base = places.machine_folder() if places.is_root() else places.private_folder(places.VAR / "data")
    folder = Path(tempfile.mkdtemp(prefix="once-", dir=base))
    folder.chmod(0o755 if places.is_root() else 0o700)
    return folder


def last_json(text: str) -> dict[str, Any]:
    """The last line of `text` that is a JSON object. Raises PlainError when there is none."""
    for line in reversed(text.splitlines()):
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
    raise PlainError(f"demo_figures printed no figures:\n{text[-800:]}")


def manage(arguments: Sequence[str], *, name: str | None, talk: Talk) -> int:
    """`dev.py manage` and `dev.py shell`: a management command beside a running product, or on its own.

    On its own it starts the servers only: work for the worker waits until the next `demo` or `up`.
    """
    chosen, note = _running_profile(name)
    env = chosen.environment()
    if note is not None:
        given = given_servers()
        if not note.get("address") and given is None:  # written last, with where the servers are
            raise PlainError(STARTING)
        env |= given or note.get("environment", {})
        if note.get("address"):
            env["SITE_URL"] = note["address"]
        return in_foreground(manage_command(*arguments), env)
    try:
        lock = running.claim(chosen)
    except running.AlreadyRunningError as error:
        raise PlainError(STARTING) from error
    with lock, contextlib.suppress(StopAskedError), _started(chosen, talk) as product:
        product.start_servers()
        catalogues.compile_all()
        if list(arguments[:1]) != ["migrate"]:
            product.manage("migrate", "--no-input", what="Making the tables")
        return in_foreground(manage_command(*arguments), product.env)
    return 130


def in_foreground(command: Sequence[str], env: dict[str, str]) -> int:
    """Run a command on the terminal; Ctrl-C is the command's own affair (a shell only clears its line)."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        death = processes.die_with_parent()
        return subprocess.run(command, env=env, check=False, preexec_fn=death).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _running_profile(name: str | None) -> tuple[Profile, dict[str, Any] | None]:
    if name is not None:
        chosen = profile(name)
        return chosen, running.current(chosen)
    for candidate in ("demo", "up"):
        chosen = profile(candidate)
        note = running.current(chosen)
        if note is not None:
            return chosen, note
    return profile("demo"), None


def stop(talk: Talk) -> int:
    """`dev.py stop`: ask whatever runs from this checkout to stop, and wait for it."""
    stopped = False
    for name in ("demo", "up"):
        chosen = profile(name)
        note = running.current(chosen)
        if note is None:
            continue
        with talk.step(f"Stopping {name} (process {note['pid']})"):
            os.kill(int(note["pid"]), signal.SIGTERM)
            end = time.monotonic() + 60
            while running.current(chosen) is not None:
                if time.monotonic() > end:
                    raise PlainError(f"{name} does not stop; see {chosen.logs}.")
                time.sleep(0.2)
        stopped = True
    if not stopped:
        talk.say("Nothing runs from this checkout.")
    return 0


def reset(name: str, *, sure: bool, talk: Talk) -> int:
    """`dev.py reset`: delete the servers' data and what the application wrote. Refuses while it runs."""
    chosen = profile(name)
    try:
        lock = running.claim(chosen)
    except running.AlreadyRunningError as error:
        raise PlainError("It is running; stop it first: python3 dev.py stop") from error
    with lock:
        if not sure:
            if not sys.stdin.isatty():
                raise PlainError("This deletes data; say so with --yes.")
            answer = input(f"Delete all data of '{name}' in {chosen.data}? Type yes: ")
            if answer.strip().lower() != "yes":
                talk.say("Nothing was deleted.")
                return 1
        with talk.step(f"Deleting the data of {name}"):
            try:
                if chosen.data.exists():
                    Stack.check_unused(chosen.data)
            except FolderInUseError as error:
                raise PlainError(str(error)) from error
            shutil.rmtree(chosen.data, ignore_errors=True)
            for entry in chosen.var.iterdir() if chosen.var.exists() else ():
                if entry.name in {"data", "run", "up", "log", "kernel", "setup.lock"}:
                    continue
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    return 0
