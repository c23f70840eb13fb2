"""io.ground.writable_folder: caches lie where only their user can write."""

import sys
import tempfile
from pathlib import Path

import pytest

from yttria.io.ground.writable_folder import writable_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YTTRIA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "home"


def test_the_data_folder_holds_it_where_it_can(home: Path) -> None:
    assert writable_folder("compiled") == home / "compiled"
    assert (home / "compiled").is_dir()


def test_a_home_that_cannot_hold_it_gives_a_temporary_folder_the_same_each_time(home: Path) -> None:
    home.write_text("a file in its place")
    folder = writable_folder("compiled")
    assert writable_folder("compiled") == folder
    assert writable_folder("matplotlib") != folder
    assert folder.parent == home.parent
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("how", ["open to all", "open to a group", "a link"])
def test_a_temporary_folder_that_others_may_write_is_never_used(home: Path, how: str) -> None:
    home.write_text("a file in its place")
    known = writable_folder("compiled")
    if how == "a link":
        known.rmdir()
        (home.parent / "trap").mkdir(mode=0o700)
        known.symlink_to(home.parent / "trap")
    else:
        known.chmod(0o702 if how == "open to all" else 0o720)
    alone = writable_folder("compiled")
    assert alone != known
    assert alone.parent == home.parent
    assert alone.stat().st_mode & 0o777 == 0o700
