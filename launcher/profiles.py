"""What is being run: the demo, an empty platform, or one measured run of the demo."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from launcher import places
from launcher.talk import PlainError


@dataclass(frozen=True)
class Profile:
    """`var` holds logs and what the application writes; `data` belongs to the servers."""

    name: str
    settings: str
    var: Path
    data: Path

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    def environment(self) -> dict[str, str]:
        """What every process of this profile is started with, beside the servers' addresses."""
        env = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "PYTHON"))}
        env |= {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "PYTHONPATH": os.pathsep.join(str(folder) for folder in (places.ROOT, places.ROOT / "platform")),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "XIELIAN_VAR": str(self.var),
            # One for all profiles: compiling takes longer than everything else.
            "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR") or str(places.KERNEL),
        }
        if self.settings.endswith(".local"):
            env["SECRET_KEY"] = self._secret()
        return env

    def _secret(self) -> str:
        """A key of this installation's own, made on first use."""
        path = self.var / "secret-key"
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_urlsafe(64))
        return path.read_text().strip()


NAMES = ("demo", "up")


def profile(name: str) -> Profile:
    """The lasting profiles. Each has its own data: an empty platform never meets the demo's firms."""
    if name == "demo":
        return Profile("demo", "hub.settings.demo", places.VAR, places.data_folder() / "demo")
    if name == "up":
        return Profile("up", "hub.settings.local", places.VAR / "up", places.data_folder() / "up")
    raise PlainError(f"There is no data set called {name}; choose from {', '.join(NAMES)}.")


def given_servers() -> dict[str, str] | None:
    """The servers named by DATABASE_URL and REDIS_URL, or None when we are to start our own."""
    database, cache = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if database and cache:
        return {"DATABASE_URL": database, "REDIS_URL": cache}
    if database or cache:
        missing = "REDIS_URL" if database else "DATABASE_URL"
        raise PlainError(f"Set both DATABASE_URL and REDIS_URL, or neither; {missing} is missing.")
    return None
