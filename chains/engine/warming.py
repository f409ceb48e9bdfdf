"""Where the compiled kernel is kept, and compiling it ahead of time, so that no first search waits for a compiler."""

import hashlib
import logging
import os
import stat
import sys
import tempfile
import time
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = "NUMBA_CACHE_DIR"


def warm() -> float:
    """Compile the kernel, or find it compiled; the seconds that took (about twenty, or under one)."""
    begun = time.perf_counter()
    from . import searching  # noqa: F401

    return time.perf_counter() - begun


def prepare_folder() -> None:
    """Before numba is imported: name a folder that only this user can write to.

    Whoever can write there can have us run what they like, so a folder of somebody else is not used; nor is one that
    cannot be written to. Then the kernel is kept in a folder of our own among the temporary files, and compiled again
    when that is gone.
    """
    if "numba" in sys.modules:
        return
    named = os.environ.get(FOLDER)
    if named and is_ours(Path(named)):
        # A child of a process that was here already inherits the folder of the edition.
        if Path(named).name != _edition():
            os.environ[FOLDER] = str(Path(named) / _edition())
        return
    ours = Path(tempfile.gettempdir()) / f"xielian-kernel-{os.geteuid()}"
    if not is_ours(ours):
        ours = Path(tempfile.mkdtemp(prefix="xielian-kernel-"))
    if named:
        log.warning("%s cannot be used, or others can write to it: the compiled kernel is kept in %s", named, ours)
    os.environ[FOLDER] = str(ours / _edition())


def _edition() -> str:
    """One folder for each state of the kernel: numba itself looks only at the file with the compiled functions."""
    sources = (Path(__file__).with_name(name).read_bytes() for name in ("kernel.py", "rules.py", "layout.py"))
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]


def is_ours(folder: Path) -> bool:
    """Whether the folder (made if it is absent) is there for us to write to and for nobody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    is_private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
    return is_private and os.access(folder, os.W_OK | os.X_OK)
