"""io.ground.regular_files: only regular files are opened, and what is not opened is named."""

import os
from pathlib import Path

import pytest

from yttria.io.ground.regular_files import (
    DANGLING,
    NOT_REGULAR,
    REPEATED_FOLDER,
    UnopenedFile,
    folder_files,
    require_regular,
    text_within,
)
from yttria.values.errors import IntakeError


def _why(root: Path) -> dict[str, str]:
    return {f.path.name: f.why for f in folder_files(root) if isinstance(f, UnopenedFile)}


def test_a_linked_folder_is_followed_once_and_a_loop_ends(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "a.dcm").write_bytes(b"x")
    (tmp_path / "archive" / "loop").symlink_to(tmp_path / "case")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "dicom").symlink_to(tmp_path / "archive")
    (tmp_path / "case" / "dicom2").symlink_to(tmp_path / "archive")
    assert [p.name for p in folder_files(tmp_path / "case") if isinstance(p, Path)] == ["a.dcm"]
    assert _why(tmp_path / "case") == {"dicom2": REPEATED_FOLDER, "loop": REPEATED_FOLDER}


def test_a_pipe_a_device_and_a_link_to_nothing_are_named_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert _why(tmp_path) == {"gone": DANGLING, "pipe": NOT_REGULAR, "zero": NOT_REGULAR}


@pytest.mark.parametrize("name", ["pipe", "zero"])
def test_what_has_no_end_is_refused_by_name(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(IntakeError, match=f"{name} must be a regular file"):
        require_regular(tmp_path / name)


@pytest.mark.parametrize("size", [4, 5, 6])
def test_text_is_read_up_to_its_limit(tmp_path: Path, size: int) -> None:
    (tmp_path / "t").write_text("x" * size)
    if size <= 5:
        assert text_within(tmp_path / "t", 5) == "x" * size
        return
    with pytest.raises(IntakeError, match="at most 5 bytes"):
        text_within(tmp_path / "t", 5)
