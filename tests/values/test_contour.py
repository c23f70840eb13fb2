"""Contours as drawn: volume and centre by planimetry, planes told apart, refusals."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.values.contour import Contour, in_plane_axes, vector_areas
from yttria.values.errors import GeometryError, QuantityError

SQUARE = np.array([[0.0, 0, 0], [10, 0, 0], [10, 20, 0], [0, 20, 0]])
Points = NDArray[np.float64]


def contour(*polygons: Points, spacing: float = 3.0) -> Contour:
    return Contour("GTV", "tumour-1", "1.2", polygons, spacing)


def at(z: float, shape: Points = SQUARE) -> Points:
    moved: Points = shape + np.array([0, 0, z])
    return moved


def test_a_volume_is_area_times_distance_of_planes() -> None:
    assert float(contour(at(0), at(3), at(6)).ml) == pytest.approx(200 * 3 * 3 / 1000)


def test_a_hole_drawn_within_counts_out_and_a_part_drawn_beside_counts_in() -> None:
    hole = SQUARE / 2 + np.array([2.0, 5, 0])
    assert float(contour(SQUARE, hole, at(3)).ml) == pytest.approx((200 - 50 + 200) * 3 / 1000)
    assert float(contour(SQUARE, SQUARE + np.array([30.0, 0, 0]), at(3)).ml) == pytest.approx(600 * 3 / 1000)


def test_the_centre_is_that_of_the_volume_however_many_points_a_side_has() -> None:
    side = np.linspace(0, 10, 50)[:, None] * [1.0, 0, 0]
    dense = np.concatenate([side, SQUARE[2:]])
    assert contour(dense, at(3, dense)).centroid_lps_mm == pytest.approx((5, 10, 1.5))
    assert contour(at(0), at(3), at(6, SQUARE[:3])).centroid_lps_mm[2] == pytest.approx((0 + 200 * 3 + 100 * 6) / 500)


@pytest.mark.parametrize(("rise", "planes"), [(0.44, 1), (0.45, 1), (0.46, 2)])
def test_polygons_nearer_than_15_per_cent_of_the_distance_of_planes_lie_on_one(rise: float, planes: int) -> None:
    inner = SQUARE / 2 + np.array([2.0, 5, 0])
    assert len(contour(SQUARE, at(rise, inner), at(3.0)).planes.largest) == planes + 1


@pytest.mark.parametrize("turn", [0.0, 30.0, 90.0])
def test_turning_a_contour_turns_its_normal_and_keeps_its_volume(turn: float) -> None:
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    found = contour(*(at(z) @ about_x.T for z in (0, 3, 6)))
    assert float(found.ml) == pytest.approx(1.8)
    wanted = about_x @ [0, 0, 1]
    assert found.normal == pytest.approx(wanted if wanted[np.abs(wanted).argmax()] > 0 else -wanted)


def test_axes_of_a_plane_are_at_right_angles() -> None:
    for normal in ([0, 0, 1.0], [0.6, 0, 0.8], [1 / 3, 2 / 3, 2 / 3]):
        axes = in_plane_axes(np.array(normal))
        assert axes.T @ axes == pytest.approx(np.eye(3))
        assert axes[:, 2] == pytest.approx(np.array(normal))


def test_the_sign_of_an_area_is_its_way_round() -> None:
    assert vector_areas([SQUARE, SQUARE[::-1]])[:, 2].tolist() == [200, -200]


@pytest.mark.parametrize(
    ("polygons", "spacing", "error", "words"),
    [
        ((), 3.0, QuantityError, "contour GTV must hold a closed polygon, but is empty"),
        ((SQUARE,), 0.0, QuantityError, "contour GTV needs a plane distance above zero, but it is 0"),
        ((SQUARE[:2],), 3.0, GeometryError, "three or more finite points"),
        ((SQUARE[:, :2],), 3.0, GeometryError, r"but is \(4, 2\)"),
        ((SQUARE * [np.nan, 1, 1],), 3.0, GeometryError, "three or more finite points"),
    ],
)
def test_what_encloses_nothing_is_refused(polygons: Any, spacing: float, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        contour(*polygons, spacing=spacing)


def test_a_contour_of_flat_polygons_has_no_normal() -> None:
    with pytest.raises(GeometryError, match="must enclose an area, but all its polygons are flat"):
        _ = contour(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])).normal
