"""The layout guards itself: what would break imports, set-up or reading fails here."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("foundation", "hub", "regions", "enterprises", "chains", "launcher", "bench")
LOCKS = ("base", "embedded", "dev", "bench")
LONGEST = 650
# A file longer than LONGEST lines needs a reason here.
LONG_FOR_A_REASON = {
    "platform/foundation/static/foundation/app.css": "one style sheet in labelled blocks, no build step",
}
LOOKED_AT = {".py", ".html", ".css", ".js", ".md", ".sh", ".yml", ".toml"}


def tracked_files() -> list[Path]:
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in said.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_platform_is_a_source_folder_and_holds_no_module() -> None:
    # With one, `import platform` would find it instead of the standard library's.
    assert [path.name for path in (ROOT / "platform").glob("*.py")] == []


def test_package_names_collide_with_no_standard_library_module() -> None:
    assert set(PACKAGES).isdisjoint(sys.stdlib_module_names)


def test_package_names_collide_with_no_installed_package() -> None:
    installed = importlib.metadata.packages_distributions()
    assert {name: installed[name] for name in PACKAGES if name in installed} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    assert re.findall(r"\S*://\S*|^--\S*index\S*|@ \S+", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_is_pinned_and_hashed(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) > 30
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_what_its_source_asks_for(lock: str) -> None:
    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    source = (ROOT / "requirements" / f"{lock}.in").read_text().splitlines()
    wanted = {normal(re.split(r"[\[<>=!~; ]", line)[0]) for line in source if line and line[0].isalpha()}
    locked = {
        normal(line.split("==")[0].split("[")[0])
        for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    }
    assert wanted - locked == set()


def test_no_file_is_too_long_to_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked_files()
        if path.suffix in LOOKED_AT and "vendor" not in path.parts and "migrations" not in path.parts
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert {name: count for name, count in long.items() if name not in LONG_FOR_A_REASON} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [str(path) for path in tracked_files() if path.name in drawers] == []


def test_the_engine_is_imported_without_django() -> None:
    # import-linter reads the sources; this shows that it holds when the module is loaded.
    code = "import sys, chains.engine; print('django' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip()) == (0, "False"), said.stderr


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    allowed = {"launcher", "babel", "pytest", *sys.stdlib_module_names}
    foreign = {
        f"{path.name}: {name}"
        for path in [*(ROOT / "launcher").glob("*.py"), ROOT / "dev.py"]
        for name in re.findall(r"^\s*(?:from|import) ([a-zA-Z0-9_]+)", path.read_text(), re.MULTILINE)
        if name not in allowed
    }
    assert foreign == set()
