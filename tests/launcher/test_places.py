import os
import stat
from pathlib import Path

import pytest

from launcher import places


def test_a_folder_is_made_private_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = places.private_folder(tmp_path / "data")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_strict_umask_does_not_shut_servers_out(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = places.private_folder(tmp_path / "data", mode=0o755)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o755


def test_a_folder_others_may_write_to_is_refused(tmp_path: Path) -> None:
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(places.PlaceError, match="written to by others"):
        places.private_folder(open_to_all)


def test_a_link_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(places.PlaceError, match="not a folder"):
        places.private_folder(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir(mode=0o755)
    os.chown(foreign, 65534, 65534)
    with pytest.raises(places.PlaceError, match="belongs to another user"):
        places.private_folder(foreign)


def test_two_checkouts_have_two_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = []
    for folder in ("one", "two", "one"):
        monkeypatch.setattr(places, "ROOT", tmp_path / folder)
        names.append(places.checkout_name())
    assert names[0] == names[2] != names[1]


def test_sockets_get_a_short_folder_though_tmpdir_is_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("x" * 120)))
    folder = places.socket_folder()
    try:
        assert len(str(folder / ".s.PGSQL.5432.lock")) < 107
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()
