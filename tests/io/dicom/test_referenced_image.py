"""Which slice of an image is which instance: on a slice, between two, outside; planes at one height; axes at right angles."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.dicom.referenced_image import (
    ON_SLICE,
    SAME_SLICE_MM,
    Slices,
    Source,
    levels_of,
    on_axis,
    slices_of,
    source_of,
)
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.values.grid import Grid

Maker = Callable[..., Path]
IMAGE = np.zeros((4, 3, 3), dtype=np.int16)
GRID = Grid.aligned((4, 3, 3), spacing_zyx_mm=(3.0, 1.0, 1.0), origin_lps_mm=(0, 0, 10))


def series(folder: Path) -> Series:
    (found,) = scan(folder).series
    return found


def test_slices_are_named_from_the_lowest_whatever_the_order_of_files(make_ct: Maker, tmp_path: Path) -> None:
    found = source_of(series(make_ct(tmp_path / "ct", IMAGE, shuffle=True)), what="CT")
    assert found is not None
    assert (len(found.uids), found.by_slice, found.instances) == (4, True, found.uids)
    headers = {h.numbers("ImagePositionPatient")[2]: h.text("SOPInstanceUID") for h in series(tmp_path / "ct").headers}
    assert found.uids == tuple(headers[z] for z in sorted(headers))
    for k, uid in enumerate(found.uids):
        assert found.slice_at((0, 0, -30 + 3 * k)) == uid


@pytest.mark.parametrize("change", [{"SOPClassUID": ""}, {"SeriesInstanceUID": ""}])
def test_an_image_without_identifiers_cannot_be_named(make_ct: Maker, tmp_path: Path, change: dict[str, str]) -> None:
    assert source_of(series(make_ct(tmp_path / "ct", IMAGE, **change)), what="CT") is None


@pytest.mark.parametrize(
    ("z", "slice_number"),
    [
        (10, 0),
        (10.29, 0),
        (10.3, 0),
        (10.31, None),
        (11.5, None),
        (12.69, None),
        (12.7, 1),
        (19, 3),
        (22, None),
        (7, None),
        (9.71, 0),
    ],
)
def test_a_point_lies_on_the_slice_that_is_a_tenth_of_a_step_away_at_the_most(
    z: float, slice_number: int | None
) -> None:
    assert ON_SLICE == 0.1
    source = Source(GRID, "1.2", "1.3", ("a", "b", "c", "d"))
    found = source.slice_at((0, 0, z + (1e-9 if z == 12.7 else -1e-9 if z == 10.3 else 0)))
    assert found == (None if slice_number is None else "abcd"[slice_number])


def test_a_multi_frame_image_is_one_instance_and_has_no_slices_of_its_own() -> None:
    source = Source(GRID, "1.2", "1.3", ("a",))
    assert (source.by_slice, source.slice_at((0, 0, 10)), source.instances) == (False, None, ("a",))
    assert Source(GRID, "1.2", "1.3", ("a", "b", "a", "b")).instances == ("a", "b")


@pytest.mark.parametrize(("gap", "planes"), [(0.009, 1), (0.0099, 1), (0.0101, 2), (0.02, 2)])
def test_planes_nearer_than_a_hundredth_of_a_millimetre_are_one(gap: float, planes: int) -> None:
    assert SAME_SLICE_MM == 0.01
    assert len(levels_of(np.array([gap, 0.0]))) == planes


def test_a_distance_is_told_along_the_normal_and_to_neither_side_of_it() -> None:
    points = np.array([[0, 0, 3.0 * k] for k in (2, 0, 1, 3)])
    found = Slices("CT", points, np.array([0.0, 0.0, 1.0]))
    assert found.distance_along(np.array([0.0, 0.0, 1.0])) == 3.0
    assert found.distance_along(np.array([0.0, 0.0, -1.0])) == 3.0
    heights = found.heights_along(np.array([0.0, 0.0, 1.0]))
    assert heights is not None
    assert heights.tolist() == [0, 3, 6, 9]
    assert found.distance_along(np.array([1.0, 0.0, 0.0])) is None


@pytest.mark.parametrize(("degrees", "parallel"), [(0.0, True), (0.80, True), (0.82, False), (10, False)])
def test_planes_within_eight_tenths_of_a_degree_are_parallel(degrees: float, parallel: bool) -> None:
    """arccos 0.9999 is 0.8103 degrees."""
    turn = np.radians(degrees)
    found = Slices("CT", np.array([[0, 0, 0.0], [0, 0, 3.0]]), np.array([0.0, 0.0, 1.0]))
    assert (found.heights_along(np.array([0, np.sin(turn), np.cos(turn)])) is not None) is parallel


def test_slices_lie_where_their_positions_say(make_ct: Maker, tmp_path: Path) -> None:
    found = slices_of(series(make_ct(tmp_path / "ct", IMAGE, orientation=(0, 1, 0, 0, 0, -1))))
    assert found is not None
    assert found.normal == pytest.approx([-1, 0, 0])
    assert found.distance_along(np.array([1.0, 0.0, 0.0])) == 3.0
    assert found.name.startswith('CT "')


def test_frames_of_a_tomogram_lie_a_step_apart(make_tomo: Maker, tmp_path: Path) -> None:
    make_tomo(tmp_path / "nm.dcm", np.zeros((5, 3, 3), dtype=np.uint16), spacing=(4.4, 4.4, 4.4), position=(0, 0, -10))
    found = slices_of(series(tmp_path))
    assert found is not None
    assert found.points_lps_mm[:, 2] == pytest.approx(-10 + 4.4 * np.arange(5), abs=1e-6)
    assert found.distance_along(np.array([0.0, 0.0, 1.0])) == pytest.approx(4.4)


def test_one_slice_alone_or_without_a_place_says_nothing(make_ct: Maker, tmp_path: Path) -> None:
    assert slices_of(series(make_ct(tmp_path / "one", IMAGE[:1]))) is None
    assert slices_of(series(make_ct(tmp_path / "two", IMAGE, each=_lost))) is None


def _lost(ds: Dataset, k: int) -> None:
    if k == 1:
        del ds.ImagePositionPatient


@pytest.mark.parametrize(("shear", "straight"), [(0.0, True), (0.9e-4, True), (1.1e-4, False), (0.1, False)])
def test_axes_are_at_right_angles_to_a_ten_thousandth(shear: float, straight: bool) -> None:
    rows = ((1.0, 0.0, 0.0, 0.0), (shear, 1.0, 0.0, 0.0), (0.0, 0.0, 3.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    assert on_axis(Grid((2, 2, 2), rows, "1.2")) is straight
