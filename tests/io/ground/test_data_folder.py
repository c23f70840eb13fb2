"""The data folder: where the user says, else where the platform keeps a user's data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yttria.io.ground.data_folder import data_folder


def test_the_users_word_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YTTRIA_HOME", str(tmp_path))
    assert data_folder() == tmp_path


@pytest.mark.parametrize(
    ("platform", "tail"),
    [
        ("linux", ".local/share/yttria"),
        ("darwin", "Library/Application Support/yttria"),
        ("win32", "AppData/Local/yttria"),
    ],
)
def test_each_platform_has_its_place(platform: str, tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YTTRIA_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert data_folder().as_posix().endswith(tail)


def test_drawing_writes_its_cache_into_the_data_folder_alone(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "MPLCONFIGDIR"}
    env |= {
        "YTTRIA_HOME": str(tmp_path / "data"),
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    code = "from yttria.io.render.figure import png_of; from yttria.values.document import Figure, Panel; png_of(Figure('f', '', '', (Panel((), 'x', 'y'),)))"
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert list((tmp_path / "data").rglob("fontlist*.json"))
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "cache").exists()
