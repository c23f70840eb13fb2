"""The planes of a structure: their direction and distance, and the contours that fit neither."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom import contour_planes
from yttria.io.dicom.referenced_image import Slices
from yttria.io.dicom.rtstruct import StructureSet, examine_rtstruct

Points = NDArray[np.float64]
Read = Callable[..., StructureSet]
HEIGHTS = [3.0 * k for k in range(20)]
CT = Slices("CT", np.array([(0.0, 0, 2.5 * k) for k in range(40)]), np.array([0.0, 0, 1]))


def square(side: float, z: float, x: float = 0.0, y: float = 0.0) -> Points:
    return np.array([(x, y, z), (x + side, y, z), (x + side, y + side, z), (x, y + side, z)])


def tower(heights: Sequence[float] = HEIGHTS, side: float = 10.0, x: float = 0.0) -> list[Points]:
    return [square(side, z, x) for z in heights]


@pytest.fixture
def read(make_rtstruct: Callable[..., Path], tmp_path: Path) -> Read:
    """Return what is read of a set with one structure."""

    def reading(polygons: Sequence[Any], image: Slices | None = None) -> StructureSet:
        return examine_rtstruct(make_rtstruct(tmp_path / "s.dcm", {"Liver": polygons}), image=image)

    return reading


def told(found: StructureSet) -> list[tuple[str, str]]:
    return [(f.level, f.code) for f in found.findings]


TURNS = [np.eye(3), np.eye(3)[[1, 2, 0]], np.eye(3)[[2, 0, 1]], np.linalg.qr(np.arange(9.0).reshape(3, 3) ** 1.3)[0]]


@pytest.mark.parametrize("turn", TURNS, ids=["axial", "sagittal", "coronal", "oblique"])
@pytest.mark.parametrize("offset", [0.02, 0.05, 0.3, 0.45, 1.0, 1.4])
def test_islands_at_heights_of_their_own_do_not_change_the_distance_of_planes(
    read: Read, offset: float, turn: Points
) -> None:
    other = [p + np.array([0, 0, offset]) for p in tower(x=30)]
    found = read([p @ turn.T for p in (*tower(), *other)])
    assert found.contours[0].spacing_mm == pytest.approx(3, rel=1e-4)
    assert found.contours[0].ml == pytest.approx(12, rel=1e-4)


def test_islands_whose_bounds_overlap_do_not_change_the_distance_of_planes(read: Read) -> None:
    corner = np.array([(-30, -30), (30, -30), (30, 0), (0, 0), (0, 30), (-30, 30)], dtype=float)
    around = [np.column_stack([corner, np.full(6, z)]) for z in HEIGHTS]
    found = read([*around, *(square(20, z + 0.05, 5, 5) for z in HEIGHTS)])
    assert found.contours[0].spacing_mm == pytest.approx(3)
    assert found.contours[0].ml == pytest.approx((2700 + 400) * 60 / 1000)


@pytest.mark.parametrize(
    ("offset", "ml", "codes"),
    [
        (0.3, 6 - 0.012, []),
        (0.45, 6 - 0.012, []),
        (0.46, 6, [("note", "contour-leftover")]),
        (1.5, 6, [("note", "contour-leftover")]),
    ],
)
def test_a_speck_within_15_per_cent_of_the_distance_lies_on_the_plane_and_is_told_and_left_out_between_planes(
    read: Read, offset: float, ml: float, codes: list[tuple[str, str]]
) -> None:
    found = read([*tower(), square(2, HEIGHTS[5] + offset, 4, 4)])
    assert found.contours[0].spacing_mm == 3
    assert found.contours[0].ml == pytest.approx(ml)
    assert told(found) == codes


@pytest.mark.parametrize(("area", "level"), [(20.0, "note"), (20.5, "warning")])
def test_a_contour_left_between_planes_is_a_warning_from_a_hundredth_of_all_area(
    read: Read, area: float, level: str
) -> None:
    found = read([*tower(), square(area**0.5, 7.5)])
    assert told(found) == [(level, "contour-leftover")]
    assert "lie 3 mm apart (at 7.50 mm along their normal" in found.findings[0].message
    assert found.contours[0].ml == pytest.approx(6)


@pytest.mark.parametrize("turn", TURNS, ids=["axial", "sagittal", "coronal", "oblique"])
def test_a_contour_across_the_planes_is_told_and_left_out(read: Read, turn: Points) -> None:
    across = square(9, 0)[:, [2, 0, 1]]
    found = read([p @ turn.T for p in (*tower(), across)])
    assert found.contours[0].ml == pytest.approx(6)
    assert told(found) == [("warning", "contour-across")]
    assert "1 of its 21 contours stands across" in found.findings[0].message


@pytest.mark.parametrize(("side", "usable"), [(25.8, True), (25.9, False)])
def test_a_structure_of_two_directions_is_refused_by_name_from_a_quarter_of_its_area(
    read: Read, side: float, usable: bool
) -> None:
    found = read([*tower(), square(side, 0)[:, [2, 0, 1]]])  # a quarter of all: 666.7 mm2, beside 2000
    assert len(found.contours) == usable
    if not usable:
        assert "contours of structure Liver must lie in parallel planes" in found.empty[0].reason


@pytest.mark.parametrize("planes", [10, 80, 120, 400])
def test_a_plane_left_out_is_a_warning_with_its_z_however_large_the_structure(read: Read, planes: int) -> None:
    heights = [3.0 * k for k in range(planes) if k != 7]
    found = read(tower(heights))
    assert found.contours[0].spacing_mm == 3
    assert told(found) == [("warning", "contour-gaps")]
    assert "1 plane between its contours is empty, at z 21.0 mm" in found.findings[0].message


@pytest.mark.parametrize(("planes", "level"), [(2, "warning"), (3, "note")])
def test_up_to_two_planes_left_out_are_a_warning_and_more_are_parts_above_each_other(
    read: Read, planes: int, level: str
) -> None:
    found = read(tower([3.0 * k for k in range(40) if not 7 <= k < 7 + planes]))
    assert told(found) == [(level, "contour-gaps")]
    assert f"{planes} planes between its contours are empty, at z 21.0, 24.0" in found.findings[0].message


@pytest.mark.parametrize(("limit", "read_at_all"), [(19, False), (20, True), (21, True)])
def test_more_contours_than_anybody_draws_are_refused_by_name(
    read: Read, monkeypatch: pytest.MonkeyPatch, limit: int, read_at_all: bool
) -> None:
    monkeypatch.setattr(contour_planes, "MOST_CONTOURS", limit)
    found = read(tower())
    assert len(found.contours) == read_at_all
    if not read_at_all:
        assert "structure Liver must have at most 19 contours in all, but has 20" in found.empty[0].reason


@pytest.mark.parametrize(("limit", "read_at_all"), [(2, False), (3, True), (4, True)])
def test_more_contours_in_one_plane_than_anybody_draws_are_refused_by_name(
    read: Read, monkeypatch: pytest.MonkeyPatch, limit: int, read_at_all: bool
) -> None:
    monkeypatch.setattr(contour_planes, "MOST_IN_ONE_PLANE", limit)
    beside = [square(2, HEIGHTS[4], x=x) for x in (40, 60)]
    found = read([*tower(), *beside])
    assert len(found.contours) == read_at_all
    if not read_at_all:
        assert "at most 2 contours in one plane, but has 3" in found.empty[0].reason


def test_where_two_distances_hold_the_warning_states_what_is_at_stake(read: Read) -> None:
    found = read(tower([0.0, 4, 8, 12, 16, 20, 24, 32, 40, 48]))
    assert found.contours[0].spacing_mm == 4
    assert told(found) == [("warning", "contour-gaps")]
    assert "lie 4 mm apart, some 8 mm: filled in, it would hold about 30 % more, 1.2 mL" in found.findings[0].message


def test_parts_far_above_each_other_are_no_planes_left_out(read: Read) -> None:
    found = read(tower([*HEIGHTS[:6], *(z + 60 for z in HEIGHTS[:6])]))
    assert told(found) == [("note", "contour-gaps")]
    assert found.contours[0].ml == pytest.approx(3.6)


def test_drawn_on_every_second_slice_a_contour_stands_for_two(read: Read) -> None:
    found = read(tower([5.0 * k for k in range(6)]), CT)
    assert found.contours[0].ml == pytest.approx(6 * 100 * 5 / 1000)
    assert told(found) == [("note", "planes-sparse")]
    assert told(read(tower([10.0 * k for k in range(4)]), CT)) == [("warning", "planes-sparse")]


def test_rounded_heights_are_made_even_and_no_slab_overlaps(read: Read) -> None:
    found = read(tower([round(1.25 * k + 1e-9, 1) for k in range(41)]))
    (contour,) = found.contours
    steps = np.diff([p[0, 2] for p in contour.polygons])
    assert contour.spacing_mm == pytest.approx(1.25, rel=1e-3)
    assert steps == pytest.approx(contour.spacing_mm, rel=1e-4)
    assert told(found) == [("note", "planes-rounded")]


def test_uneven_planes_stand_for_their_mean_distance_with_a_warning(read: Read) -> None:
    found = read(tower([0.0, 4, 8, 12, 16, 21.6, 27.2, 32.8]))
    assert found.contours[0].spacing_mm == pytest.approx(32.8 / 7)
    assert told(found) == [("warning", "planes-uneven")]


def test_contours_of_which_none_lies_over_another_are_as_thick_as_the_slices_of_their_image(read: Read) -> None:
    apart = [square(10, 0), square(10, 20, 40), square(10, 50, 80)]
    assert read(apart, CT).contours[0].spacing_mm == 2.5
    assert told(read(apart, CT)) == [("note", "planes-isolated")]
    assert told(read(apart)) == [("warning", "planes-isolated")]
