"""`dev.py test`: every check this repository has, each with its time, and one verdict."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher import catalogues, places, processes
from launcher.stack import ThrowawayStack
from launcher.talk import Talk

PACKAGES = (
    "dev.py",
    "manage.py",
    "launcher",
    "platform",
    "regions",
    "enterprises",
    "chains",
    "bench",
    "tests",
    "deploy",
)


@dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float
    said: str = ""

    def line(self) -> str:
        return (
            f"  {'✓' if self.passed else '✗'} {self.name} ({self.seconds:.1f} s){f': {self.said}' if self.said else ''}"
        )


def environment(settings: str, **more: str) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    env["PYTHONPATH"] = os.pathsep.join((str(places.ROOT), str(places.ROOT / "platform")))
    env["DJANGO_SETTINGS_MODULE"] = settings
    env.setdefault("NUMBA_CACHE_DIR", str(places.KERNEL))
    return {**env, **more}


def production_environment(servers: dict[str, str]) -> dict[str, str]:
    """A safe production environment that lives for one check only."""
    return environment(
        "hub.settings.production",
        SECRET_KEY=secrets.token_urlsafe(64),
        ALLOWED_HOSTS="xielian.example",
        SITE_URL="https://xielian.example",
        XIELIAN_VAR=str(places.VAR / "check"),
        **servers,
    )


def tool(name: str, *arguments: str) -> list[str]:
    """A console script of the virtual environment."""
    return [str(Path(sys.executable).with_name(name)), *arguments]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(places.ROOT / "manage.py"), *arguments]


def timed(name: str, command: Sequence[str], env: dict[str, str], *, live: bool = False) -> Result:
    """Run one check. Its output is shown when it fails, or as it comes with `live`."""
    begun = time.monotonic()
    said = subprocess.run(
        command,
        cwd=places.ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=None if live else subprocess.PIPE,
        stderr=None if live else subprocess.STDOUT,
        text=True,
        check=False,
        preexec_fn=processes.die_with_parent(),
    )
    if said.returncode != 0 and not live:
        print(said.stdout, flush=True)
    return Result(name, said.returncode == 0, time.monotonic() - begun)


def linters() -> list[Result]:
    env = environment("hub.settings.test")
    results = [
        timed("ruff", tool("ruff", "check", *PACKAGES), env),
        timed("mypy", tool("mypy"), env),
        timed("import contracts", tool("lint-imports"), env),
    ]
    with ThrowawayStack() as stack:
        servers = stack.environment
        results.append(
            timed(
                "migrations are complete",
                manage("makemigrations", "--check", "--dry-run"),
                environment("hub.settings.test", **servers),
            )
        )
        results.append(
            timed(
                "production settings",
                manage("check", "--deploy", "--fail-level", "WARNING", "--database", "default"),
                production_environment(servers),
            )
        )
    return results


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """pytest on two processes, unless the caller says otherwise."""
    own = [argument for argument in arguments if argument in {"-n", "-s", "--pdb"} or argument.startswith("-n")]
    spread = [] if own else ["-n", "2", "--dist", "worksteal"]
    return [sys.executable, "-m", "pytest", *spread, *arguments]


def run(arguments: Sequence[str], *, fast: bool, talk: Talk) -> int:
    """Returns 0 when all passed. Steps after a failed one still run: one run names everything."""
    results: list[Result] = []

    def keep(result: Result) -> None:
        results.append(result)
        talk.say(result.line())

    begun = time.monotonic()
    keep(_catalogues())
    if not fast:
        for result in linters():
            keep(result)
    # Before two processes of pytest would both do it.
    compiler = [sys.executable, "-c", "from chains.engine import warming; warming.warm()"]
    keep(timed("matching engine compiles", compiler, environment("hub.settings.test")))
    keep(timed("pytest", pytest_command(arguments), environment("hub.settings.test"), live=True))
    failed = [result.name for result in results if not result.passed]
    talk.say("")
    for result in results:
        talk.say(result.line())
    verdict = f"failed: {', '.join(failed)}" if failed else "all passed"
    talk.say(f"\n{verdict} ({time.monotonic() - begun:.0f} s)")
    return 1 if failed else 0


def _catalogues() -> Result:
    begun = time.monotonic()
    said = ""
    compiler: Callable[[], int] = catalogues.compile_all
    try:
        compiler()
    except (OSError, ValueError, ImportError) as error:
        said = str(error)
    return Result("message catalogues compile", not said, time.monotonic() - begun, said)
