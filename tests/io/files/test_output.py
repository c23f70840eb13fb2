"""All files of a command, or none."""

from pathlib import Path

import pytest

from yttria.io.files.output import whole_or_nothing
from yttria.values.errors import IntakeError


def test_files_and_folders_move_when_everything_is_written_and_older_ones_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / "figures" / "old.svg").write_text("old")
    (out / "figures" / "a.svg").write_text("old")
    with whole_or_nothing(out) as draft:
        (draft / "figures").mkdir()
        (draft / "figures" / "a.svg").write_text("new")
        (draft / "result.json").write_text("{}")
        assert not (out / "result.json").exists()
    assert (out / "figures" / "a.svg").read_text() == "new"
    assert (out / "figures" / "old.svg").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write() -> None:
        with whole_or_nothing(out) as draft:
            (draft / "result.json").write_text("{}")
            raise MemoryError("full")

    with pytest.raises(MemoryError, match="full"):
        write()
    assert not list(tmp_path.iterdir())


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(IntakeError, match="must name a folder, but out is a file"), whole_or_nothing(tmp_path / "out"):
        pass
