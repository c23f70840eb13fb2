"""io.ground.compiled_functions: compiled functions are kept where only their user can write."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

import yttria
from yttria.io.ground import compiled_functions
from yttria.io.ground.compiled_functions import FOLDERS, VARIABLE, set_compiled_folder

PACKAGE = Path(yttria.__file__).parent
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("YTTRIA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / "home"


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compiled_functions, "_may_be_written", lambda _: False)
    return PACKAGE


def test_every_module_that_compiles_lies_in_a_folder_that_is_looked_at() -> None:
    compile_something = {p.parent.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py") if "@njit" in p.read_text()}  # fmt: skip
    assert compile_something == set(FOLDERS)


def test_an_installation_that_may_be_written_keeps_its_own(home: Path) -> None:
    set_compiled_folder(PACKAGE)
    assert VARIABLE not in os.environ
    assert not home.exists()


def test_a_read_only_installation_keeps_them_in_the_data_folder(home: Path, read_only: Path) -> None:
    set_compiled_folder(read_only)
    assert os.environ.pop(VARIABLE) == str(home / "compiled")


def test_a_place_that_the_user_named_stays(home: Path, read_only: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/elsewhere")
    set_compiled_folder(read_only)
    assert os.environ[VARIABLE] == "/elsewhere"
    assert not home.exists()
