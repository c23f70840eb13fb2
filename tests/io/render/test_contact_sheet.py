"""io.contact: a picture of every series on which a flip is seen at a glance."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.scan import scan
from yttria.io.dicom.seg_writer import write_seg
from yttria.io.render.contact_sheet import rows_of, write_contact_sheet
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.patient import PatientIdentity

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
    ((_, cut),) = row.views[1].outlines
    assert (cut[:, 1].min(), cut[:, 1].max()) == pytest.approx((1.5, 6.5), abs=0.1)
    assert (cut[:, 0].min(), cut[:, 0].max()) == pytest.approx((19, 31), abs=0.1)
    assert row.roles == ("liver",)
    assert row.facts == "40 × 40 × 9 voxels of 2 × 2 × 3 mm"
    assert [v.caption for v in row.views] == ["slice 5 of 9, z = 0 mm", "row 18 of 40, y = -6 mm"]


def _segmented(folder: Path, frame_uid: str) -> Grid:
    """Write a liver and a tumour as a segmentation on a grid of its own: oblong voxels, columns to the right, rows forwards."""
    affine = np.diag([-1.5, -1.5, 2.0, 1.0])
    affine[:3, 3] = (45, 45, -20)
    grid = Grid.of((20, 60, 60), affine, frame_uid)
    k, j, i = np.indices(grid.shape_zyx)
    points = grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    balls = []
    for name, centre, radius in (("Liver", (10, -6, 0), 16), ("GTV", (14, -2, 3), 6)):
        away = np.linalg.norm(points - centre, axis=1).reshape(grid.shape_zyx)
        balls.append(Voi(name, "", grid, np.clip((radius - away) / 1.5 + 0.5, 0, 1)))
    write_seg(folder / "seg.dcm", balls, PatientIdentity(study_uid="1.2", frame_uid=frame_uid), label="x")
    return grid


def test_segments_are_outlined_where_they_lie(make_ct: Maker, tmp_path: Path, frame_uid: str) -> None:
    make_ct(tmp_path / "ct", np.full((15, 40, 40), 1000, np.int16), spacing=(3, 2, 2), origin=(-40, -40, -21))
    _segmented(tmp_path, frame_uid)
    (row,) = rows_of(scan(tmp_path))
    assert row.roles == ("liver", "tumour")
    for view, low, high in zip(row.views, ((17, 9), (17, 1.67)), ((33, 25), (33, 12.33)), strict=True):
        (_, liver), (_, tumour) = view.outlines
        assert liver.min(axis=0) == pytest.approx(low, abs=0.3)
        assert liver.max(axis=0) == pytest.approx(high, abs=0.3)
        assert tumour.mean(axis=0)[0] == pytest.approx(27, abs=0.3)


def test_an_emission_shows_silhouettes_of_segments(make_tomo: Maker, tmp_path: Path, frame_uid: str) -> None:
    make_tomo(tmp_path / "t.dcm", np.ones((30, 24, 24), np.uint16), spacing=(3, 4, 4), position=(-46, -46, -45))
    _segmented(tmp_path, frame_uid)
    (row,) = rows_of(scan(tmp_path))
    (_, liver), (_, tumour) = row.views[1].outlines
    assert (liver[:, 0].min(), liver[:, 0].max()) == pytest.approx((10, 18), abs=0.2)
    assert (liver[:, 1].min(), liver[:, 1].max()) == pytest.approx((14 - 16 / 3, 14 + 16 / 3), abs=0.2)
    assert tumour.mean(axis=0) == pytest.approx((15, 13), abs=0.2)


def test_without_a_liver_the_hottest_slice_is_shown(make_tomo: Maker, tmp_path: Path) -> None:
    stored = np.ones((9, 5, 6), np.uint16)
    stored[7] = 5
    make_tomo(tmp_path / "t.dcm", stored)
    (row,) = rows_of(scan(tmp_path))
    assert row.views[0].caption.startswith("slice 8 of 9")


def test_a_mask_is_shown_where_it_holds_most(make_ct: Maker, tmp_path: Path) -> None:
    stored = np.zeros((9, 6, 8), np.uint8)
    stored[7, 1:3, 3] = 255
    make_ct(tmp_path / "mask", stored, RescaleIntercept=0)
    (row,) = rows_of(scan(tmp_path))
    assert [v.caption.partition(",")[0] for v in row.views] == ["slice 8 of 9", "row 2 of 6"]


def test_a_hole_and_a_gap_between_planes_are_not_drawn_over(
    make_ct: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    make_ct(tmp_path / "ct", np.full((15, 40, 40), 1000, np.int16), spacing=(3, 2, 2), origin=(-40, -40, -12))
    heights = [-6.0, -3, 0, 12, 15, 18]
    rings = [circle((0, 0), r, z) for z in heights for r in (24, 10)]
    make_rtstruct(tmp_path / "s.dcm", {"Liver": rings})
    (row,) = rows_of(scan(tmp_path))
    cuts = [line for _, line in row.views[1].outlines]
    assert len(cuts) == 4  # left and right of the hole, below and above the gap
    assert len(row.views[0].outlines) in {0, 2}


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
