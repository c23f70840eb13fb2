"""io.contact: a picture of every series on which a flip is seen at a glance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.contact import rows_of, write_contact_sheet
from yttria.io.dicom.series import scan
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]


@pytest.mark.parametrize(
    ("orientation", "axial", "coronal"),
    [
        ((1, 0, 0, 0, 1, 0), ("R", "L", "A", "P"), ("R", "L", "H", "F")),
        ((-1, 0, 0, 0, -1, 0), ("L", "R", "P", "A"), ("L", "R", "H", "F")),
        ((1, 0, 0, 0, -1, 0), ("R", "L", "P", "A"), ("R", "L", "F", "H")),
    ],
)
def test_letters_follow_the_tags(
    make_ct: Maker, tmp_path: Path, orientation: tuple[int, ...], axial: tuple[str, ...], coronal: tuple[str, ...]
) -> None:
    make_ct(tmp_path / "ct", np.full((4, 6, 8), 1000, np.int16), orientation=orientation)
    (row,) = rows_of(scan(tmp_path))
    assert [v.letters for v in row.views] == [axial, coronal]


def test_a_hot_voxel_stands_where_its_letters_say(make_tomo: Maker, tmp_path: Path) -> None:
    stored = np.zeros((4, 6, 8), np.uint16)
    stored[3, 1, 6] = 100  # high slice, front, patient's left
    make_tomo(tmp_path / "t.dcm", stored)
    (row,) = rows_of(scan(tmp_path))
    coronal = row.views[1]
    assert coronal.letters == ("R", "L", "H", "F")
    assert np.argwhere(coronal.pixels < 0.5).tolist() == [[0, 6]]


def test_outlines_are_drawn_in_the_pixels_of_the_series(
    make_ct: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    make_ct(tmp_path / "ct", np.full((9, 40, 40), 1000, np.int16), spacing=(3, 2, 2), origin=(-40, -40, -12))
    make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((10, -6), 12, -6.0 + 3 * k) for k in range(5)]})
    (row,) = rows_of(scan(tmp_path))
    ((role, outline),) = row.views[0].outlines
    assert role == "liver"
    assert outline.mean(axis=0) == pytest.approx((25, 17), abs=0.2)
    assert np.ptp(outline[:, 0]) == pytest.approx(12, abs=0.1)
    ((_, shadow),) = row.views[1].outlines
    assert (shadow[:, 1].min(), shadow[:, 1].max()) == (2, 6)


def test_what_cannot_be_shown_says_why(make_ct: Maker, make_tomo: Maker, tmp_path: Path, absent: object) -> None:
    make_ct(tmp_path / "ct", np.full((4, 6, 8), 1000, np.int16), ImageOrientationPatient="")
    make_tomo(tmp_path / "t.dcm", np.ones((4, 5, 6), np.uint16), ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"])
    reasons = {row.title[:2]: row.reason for row in rows_of(scan(tmp_path))}
    assert "six numbers" in reasons["CT"]
    assert "TOMO" in reasons["NM"]


def test_the_same_files_give_the_same_picture(make_ct: Maker, make_planar: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "study" / "ct", np.full((4, 6, 8), 1000, np.int16))
    make_planar(tmp_path / "study" / "p.dcm", np.ones((2, 8, 6), np.uint16))
    for name in ("a.png", "b.png"):
        write_contact_sheet(tmp_path / name, tmp_path / "study")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_to_see_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(IntakeError, match="expected images for a contact sheet, found none"):
        write_contact_sheet(tmp_path / "a.png", tmp_path / "x")
