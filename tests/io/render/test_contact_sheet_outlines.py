"""What a structure looks like in a picture of a series: squares and boxes whose outlines are known by hand."""

from typing import Any

import numpy as np
import pytest

from yttria.io.render.contact_sheet_outlines import FLAT_PIXELS, GAP, axial, coronal, silhouette
from yttria.values.contour import Contour
from yttria.values.grid import Grid
from yttria.values.maps import Voi

GRID = Grid.aligned((20, 30, 40), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(0, 0, 0), frame_uid="1.2")


def square(z: float, low: float = 10.0, high: float = 20.0) -> Any:
    """Return a square from low to high in x and from 5 to 15 in y."""
    return np.array([(low, 5, z), (high, 5, z), (high, 15, z), (low, 15, z)], dtype=float)


def contour(*polygons: Any) -> Contour:
    return Contour("liver", "liver", "1.2", tuple(polygons), 3.0)


def box() -> Voi:
    """Return a box of columns 10 to 19, rows 5 to 14, slices 4 to 8."""
    share = np.zeros(GRID.shape_zyx, dtype=np.float32)
    share[4:9, 5:15, 10:20] = 1
    return Voi("liver", "liver", GRID, share)


def bounds(lines: list[Any]) -> tuple[float, float, float, float]:
    """Return least and greatest of both coordinates of all lines."""
    points = np.concatenate(lines)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(right), float(top), float(bottom)


@pytest.mark.parametrize(("k", "seen"), [(3, 0), (4, 1), (5, 1), (6, 0)])
def test_a_contour_is_seen_on_the_slices_that_it_was_drawn_on(k: int, seen: int) -> None:
    lines = list(axial(contour(square(12.0), square(15.0)), GRID, k))
    assert len(lines) == seen
    for line in lines:
        assert bounds([line]) == (10, 20, 5, 15)
        assert (line[0] == line[-1]).all()


def test_a_box_is_cut_half_a_voxel_beyond_its_centres() -> None:
    assert bounds(list(axial(box(), GRID, 6))) == pytest.approx((9.5, 19.5, 4.5, 14.5), abs=0.02)
    assert list(axial(box(), GRID, 12)) == []


def test_the_plane_of_a_row_cuts_columns_and_slices() -> None:
    assert bounds(list(coronal(box(), GRID, 10))) == pytest.approx((9.5, 19.5, 3.5, 8.5), abs=0.3)
    assert list(coronal(box(), GRID, 25)) == []
    drawn = contour(*(square(3.0 * k) for k in range(4, 9)))
    assert bounds(list(coronal(drawn, GRID, 10))) == pytest.approx((10, 20, 3.5, 8.5), abs=0.3)
    assert list(coronal(drawn, GRID, 25)) == []


@pytest.mark.parametrize(("missing", "pieces"), [((), 1), ((6,), 2)])
def test_planes_that_lie_further_apart_than_a_step_and_a_half_are_not_joined(
    missing: tuple[int, ...], pieces: int
) -> None:
    assert GAP == 1.5
    drawn = contour(*(square(3.0 * k) for k in range(4, 9) if k not in missing))
    assert len(list(coronal(drawn, GRID, 10))) == pieces


def test_a_silhouette_is_the_widest_of_each_slice() -> None:
    drawn = contour(square(12.0), square(15.0, 8.0, 25.0))
    (line,) = silhouette(drawn, GRID)
    assert bounds([line]) == (8, 25, 4, 5)
    assert (line[0] == line[-1]).all()
    assert bounds(list(silhouette(box(), GRID))) == pytest.approx((9.5, 19.5, 3.5, 8.5), abs=0.02)


@pytest.mark.parametrize(("tilt", "seen"), [(0.0, 1), (1.49, 1), (1.51, 0)])
def test_a_polygon_half_a_slice_off_its_plane_lies_in_none(tilt: float, seen: int) -> None:
    """Half a slice of 3 mm is 1.5 mm from one end of the polygon to the other."""
    assert FLAT_PIXELS == 0.5
    leaning = square(12.0)
    leaning[2:, 2] += tilt
    assert len(list(silhouette(contour(leaning), GRID))) == seen


def test_a_hole_is_not_drawn_over() -> None:
    """Row 10 crosses a ring from 10 to 13 and from 17 to 20."""
    hole = np.array([(13, 8, 12.0), (17, 8, 12.0), (17, 12, 12.0), (13, 12, 12.0)])
    lines = list(coronal(contour(square(12.0), hole), GRID, 10))
    assert np.array(sorted(bounds([line])[:2] for line in lines)) == pytest.approx(
        np.array([(10, 13), (17, 20)]), abs=0.5
    )
