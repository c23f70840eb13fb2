"""What a case leaves out: a slice lost by one wrong tag, a damaged file, a copy: none goes without a word."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from yttria.io.case.unused_files import audit_left_out
from yttria.io.dicom.scan import scan
from yttria.values.errors import Finding

Maker = Callable[..., Path]
CT = np.random.default_rng(2).integers(0, 2000, (6, 5, 5)).astype(np.int16)


def left_out(folder: Path, used: int = 1) -> dict[str, Finding]:
    """Return the findings by code where the largest series are used."""
    found = scan(folder)
    largest = sorted(found.series, key=lambda s: -len(s.paths))[:used]
    return {f.code: f for f in audit_left_out(found, largest)}


def test_where_everything_is_used_nothing_is_told(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    assert left_out(tmp_path) == {}


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("SeriesInstanceUID", "1.2.3"), ("Rows", 4), ("ImageOrientationPatient", [0, 1, 0, 1, 0, 0]), ("Modality", "OT")],
)
def test_one_slice_with_one_wrong_tag_is_missed(make_ct: Maker, tmp_path: Path, keyword: str, value: object) -> None:
    make_ct(tmp_path / "ct", CT)
    one = tmp_path / "ct" / "0002.dcm"
    ds = pydicom.dcmread(one)
    setattr(ds, keyword, value)
    ds.save_as(one)
    found = left_out(tmp_path)
    assert found["slices-left-out"].level == "warning"
    assert found["slices-left-out"].message.startswith("1 file that may belong to the CT is left out")


def test_a_lone_image_of_another_folder_is_no_lost_slice_but_plays_no_part(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    make_ct(tmp_path / "scout", CT[:1], SeriesDescription="Scout")
    found = left_out(tmp_path)
    assert list(found) == ["series-unused"]
    assert found["series-unused"].message == '1 image series play no part (files): CT "Scout" (1)'


@pytest.mark.parametrize(("more", "words"), [(6, None), (7, " and 1 more")])
def test_six_unused_series_are_named_and_the_rest_counted(
    make_ct: Maker, tmp_path: Path, more: int, words: str | None
) -> None:
    make_ct(tmp_path / "ct", CT)
    for k in range(more):
        make_ct(tmp_path / f"extra{k}", CT[:2], SeriesDescription=f"Extra {k}")
    message = left_out(tmp_path)["series-unused"].message
    assert message.startswith(f"{more} image series")
    assert message.count("Extra") == 6
    assert message.endswith(words or "(2)")


def test_structures_and_doses_that_are_not_used_are_no_unused_images(
    make_ct: Maker, make_rtstruct: Maker, tmp_path: Path
) -> None:
    make_ct(tmp_path / "ct", CT)
    make_rtstruct(tmp_path / "set.dcm", {"Liver": [[(0, 0, 0), (9, 0, 0), (9, 9, 0)]]})
    assert left_out(tmp_path) == {}


@pytest.mark.parametrize(
    ("files", "words"), [(1, "1 damaged file cannot be read and is"), (2, "2 damaged files cannot be read and are")]
)
def test_damaged_images_are_counted(make_ct: Maker, tmp_path: Path, files: int, words: str) -> None:
    make_ct(tmp_path / "ct", CT)
    for k in range(files):
        path = tmp_path / "ct" / f"{k:04d}.dcm"
        path.write_bytes(path.read_bytes()[:300])
    assert words in left_out(tmp_path)["damaged-files"].message


@pytest.mark.parametrize(
    ("length", "code"),
    [
        (131, None),
        (140, "damaged-files"),
        (250, "damaged-files"),
        (330, "damaged-files"),
        (400, "slices-left-out"),
        (600, "slices-left-out"),
    ],
)
def test_a_slice_is_missed_wherever_it_was_cut(make_ct: Maker, tmp_path: Path, length: int, code: str | None) -> None:
    """Before its first word (131 bytes) it is no DICOM; later it is damaged; later still it does not say what it is of."""
    make_ct(tmp_path / "ct", CT)
    path = tmp_path / "ct" / "0002.dcm"
    path.write_bytes(path.read_bytes()[:length])
    found = left_out(tmp_path)
    assert list(found) == ([] if code is None else [code])
    assert all(f.level == "warning" for f in found.values())


def test_a_text_that_never_was_an_image_is_not_damaged(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    (tmp_path / "readme.txt").write_text("hello", encoding="utf-8")
    assert left_out(tmp_path) == {}


def test_copies_are_a_note_and_an_identifier_of_two_contents_a_warning(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    first = tmp_path / "ct" / "0000.dcm"
    (tmp_path / "copy.dcm").write_bytes(first.read_bytes())
    ds = pydicom.dcmread(tmp_path / "ct" / "0001.dcm")
    ds.PixelData = bytes(len(ds.PixelData))
    ds.save_as(tmp_path / "changed.dcm")
    found = left_out(tmp_path)
    assert found["copies"].level == "note"
    assert found["copies"].message.startswith("1 file is a copy of others here")
    assert found["contents-differ"].level == "warning"
    assert found["contents-differ"].message.startswith("1 file")


def test_what_is_no_regular_file_is_a_note(make_ct: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "ct", CT)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    found = left_out(tmp_path)
    assert found["files-not-regular"].level == "note"
    assert found["files-not-regular"].message.startswith(
        "2 files here are a pipe, a device or a link to nothing and are"
    )
    assert found["files-not-regular"].values == {"files": 2}
