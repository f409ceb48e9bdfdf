"""Where things lie: the checkout, caches, data, logs and sockets.

A server refuses to run as root, so root's launcher starts servers as `nobody`; what they read then has to
lie outside root's home. A Unix socket's path holds at most 107 bytes, so sockets get a short folder.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
LOGS = VAR / "log"
KERNEL = VAR / "kernel"  # The matching engine, compiled.
SHORT = Path("/tmp")  # A user's TMPDIR may be longer than a socket path can be.


class PlaceError(Exception):
    """A folder cannot be used; the message says why in plain words."""


def is_root() -> bool:
    return os.geteuid() == 0


def server_account() -> pwd.struct_passwd | None:
    """The account servers run under when the launcher is root; None means: as ourselves."""
    return pwd.getpwnam("nobody") if is_root() else None


def checkout_name() -> str:
    """A short name, the same on each run, that no other checkout on this machine has."""
    digest = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:10]
    return f"xielian-{digest}"


def private_folder(path: Path, *, mode: int = 0o700) -> Path:
    """Make `path` if it is absent; refuse one that another user owns or may write to.

    /var/tmp and /tmp are open to everybody, so a folder found there proves nothing by its name.
    """
    if not path.exists():
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        path.chmod(mode)  # Whatever the umask says.
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise PlaceError(f"{path} is not a folder.")
    if found.st_uid != os.geteuid():
        raise PlaceError(f"{path} belongs to another user; remove it or run as its owner.")
    if found.st_mode & 0o022:
        raise PlaceError(f"{path} can be written to by others; make it private (chmod go-w) and try again.")
    return path


def hand_to_servers(path: Path) -> Path:
    """Give a folder to the account the servers run under."""
    account = server_account()
    if account is not None:
        os.chown(path, account.pw_uid, account.pw_gid)
    return path


def machine_folder() -> Path:
    """A folder outside every home that `nobody` can pass through: root's home is closed to it."""
    return private_folder(Path("/var/tmp") / f"xielian-{os.geteuid()}", mode=0o755)


def cache_folder() -> Path:
    """Unpacked server binaries, shared by all checkouts of this user."""
    if is_root():
        return private_folder(machine_folder() / "cache", mode=0o755)
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return private_folder(base / "xielian")
    except (OSError, RuntimeError):  # An account without a home, or with one it cannot write to.
        return private_folder(machine_folder() / "cache", mode=0o755)


def data_folder() -> Path:
    """Data of this checkout's servers: in var/, or where `nobody` can reach it when we are root."""
    if is_root():
        return private_folder(machine_folder() / checkout_name(), mode=0o755)
    return private_folder(VAR / "data")


def socket_folder(prefix: str = "xielian-") -> Path:
    """A new short folder (mode 0700) that only the servers' account can enter."""
    return hand_to_servers(Path(tempfile.mkdtemp(prefix=prefix, dir=SHORT)))
