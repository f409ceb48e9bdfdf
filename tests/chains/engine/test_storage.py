"""What is left of an index whose writer was killed, and where the compiled kernel is kept."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chains.engine import FormatError, Index, warming
from tests.chains.engine.worlds import DICTIONARY, market, wish

_KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from chains.engine import Index
from tests.chains.engine.worlds import DICTIONARY, offer

write, left = np.save, int(sys.argv[2])
def save(path, array):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, array)
np.save = save
Index.build([offer("轴承", number) for number in range(1, 50)], dictionary=DICTIONARY).save(Path(sys.argv[1]))
"""


@pytest.mark.kill
@pytest.mark.parametrize("files", [0, 20])
def test_an_index_whose_writer_was_killed_is_no_index_and_can_be_written_again(tmp_path: Path, files: int) -> None:
    folder = tmp_path / "epoch"
    said = subprocess.run([sys.executable, "-c", _KILLED_WHILE_SAVING, str(folder), str(files)], check=False)
    assert said.returncode == -signal.SIGKILL
    with pytest.raises(FileNotFoundError):
        Index.load(folder, dictionary=DICTIONARY)
    whole = Index.build(market(60), dictionary=DICTIONARY)
    whole.save(folder)
    assert Index.load(folder, dictionary=DICTIONARY).search(wish("轴承")) == whole.search(wish("轴承"))


@pytest.mark.parametrize("name", ["posts.record.npy", "texts.words.raw.npy", "lists.json"])
def test_an_index_with_a_file_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    Index.build(market(60), dictionary=DICTIONARY).save(tmp_path)
    path = tmp_path / "segment0" / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match="not written to its end"):
        Index.load(tmp_path, dictionary=DICTIONARY)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        Index.load(tmp_path, dictionary=DICTIONARY)


def test_an_open_index_answers_after_its_folder_is_deleted(tmp_path: Path) -> None:
    whole = Index.build(market(200), dictionary=DICTIONARY)
    whole.save(tmp_path)
    opened = Index.load(tmp_path, dictionary=DICTIONARY)
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert opened.search(wish("螺纹钢")) == whole.search(wish("螺纹钢"))
    assert opened.document(10_000) == whole.document(10_000)


def test_the_compiled_kernel_is_kept_where_only_its_owner_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, shared, file = tmp_path / "private", tmp_path / "shared", tmp_path / "file"
    shared.mkdir()
    shared.chmod(0o777)
    file.write_text("")
    assert warming.is_ours(private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert not warming.is_ours(shared)
    assert not warming.is_ours(file)
    link = tmp_path / "link"
    link.symlink_to(private)
    assert not warming.is_ours(link)

    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.setattr(warming.tempfile, "tempdir", str(tmp_path))
    for named, kept_in in ((private, private), (shared, tmp_path / f"xielian-kernel-{os.geteuid()}")):
        monkeypatch.setenv(warming.FOLDER, str(named))
        warming.prepare_folder()
        assert Path(os.environ[warming.FOLDER]).parent == kept_in


def test_a_process_that_does_not_search_does_not_load_the_kernel() -> None:
    """The web's processes do without its memory until somebody previews."""
    code = (
        "import sys; from chains.engine import Dictionary, Index, analyse\n"
        "from tests.chains.engine.worlds import offer\n"
        "index = Index.build([offer('轴承')], dictionary=Dictionary.load())\n"
        "assert index.with_changes([offer('螺栓', 2)]).size == 2\n"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
