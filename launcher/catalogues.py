"""Compiles message catalogues (.po to .mo) with Babel, so that no gettext tools are needed.

Runs inside the virtual environment; a catalogue that is newer than its source is left alone.
"""

import os
import tempfile
from pathlib import Path

from launcher import places

FOLDERS = ("platform/foundation", "platform/hub", "regions", "enterprises", "chains")


def sources() -> list[Path]:
    """Every catalogue of the checkout."""
    return sorted(
        path for folder in FOLDERS for path in (places.ROOT / folder / "locale").glob("*/LC_MESSAGES/django.po")
    )


def is_compiled(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns


def compile_all() -> int:
    """Compile what has changed; the number of catalogues written."""
    return sum(compile_one(source) for source in sources() if not is_compiled(source))


def compile_one(source: Path) -> bool:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as stream:
        catalogue = read_po(stream)
    handle, name = tempfile.mkstemp(prefix=".django-", suffix=".mo", dir=source.parent)
    with os.fdopen(handle, "wb") as target:
        write_mo(target, catalogue)
    os.chmod(name, 0o644)
    # Renamed into place: several test runs may compile the same catalogue at once.
    os.replace(name, source.with_suffix(".mo"))
    return True


if __name__ == "__main__":
    compile_all()
