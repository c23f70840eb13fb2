"""Outlines in planes that the contour was not drawn on."""

import numpy as np
import pytest

from yttria.report.plan.contour_sections import across, along, is_axial
from yttria.values.contour import Contour, Polygon


def _disc(radius: float, z: float, centre: tuple[float, float] = (0, 0)) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    return np.stack(
        [centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle), np.full_like(angle, z)], axis=1
    )


def _contour(*polygons: Polygon, spacing: float = 5.0) -> Contour:
    return Contour("one", "liver", "1.2", polygons, spacing)


PLACES = np.arange(-60, 60.1, 0.5)


def test_a_cylinder_is_cut_to_its_width_and_height() -> None:
    cylinder = _contour(*(_disc(30, z) for z in np.arange(-20, 21, 5.0)))
    share = across(cylinder, 1, 0.0, PLACES, PLACES)
    inside = share > 0.5
    assert inside[len(PLACES) // 2].sum() * 0.5 == pytest.approx(60, abs=1)
    assert inside[:, len(PLACES) // 2].sum() * 0.5 == pytest.approx(45, abs=1.5)  # nine planes, each a slab of 5 mm


def test_a_cone_is_cut_with_straight_flanks() -> None:
    cone = _contour(*(_disc(30 - abs(z), z) for z in np.arange(-20, 21, 5.0)))
    inside = across(cone, 1, 0.0, PLACES, PLACES) > 0.5
    for z in (-12.5, -7.0, 3.0, 17.5):
        width = inside[int((z + 60) / 0.5)].sum() * 0.5
        assert width == pytest.approx(2 * (30 - abs(z)), abs=1.5)


def test_a_hole_stays_a_hole() -> None:
    ring = _contour(*(p for z in (0.0, 5.0) for p in (_disc(40, z), _disc(15, z))))
    row = across(ring, 1, 0.0, PLACES, np.array([2.5]))[0] > 0.5
    assert row.sum() * 0.5 == pytest.approx(50, abs=1.5)
    assert not row[len(PLACES) // 2]


def test_a_gap_between_two_parts_is_not_bridged() -> None:
    parts = _contour(_disc(20, -30.0), _disc(20, -25.0), _disc(20, 25.0), _disc(20, 30.0))
    middle = across(parts, 1, 0.0, PLACES, np.array([0.0]))[0]
    assert not (middle > 0.5).any()


def test_an_axial_plane_takes_the_nearest_drawing_and_none_beyond_it() -> None:
    contour = _contour(_disc(10, 0.0), _disc(20, 5.0), _disc(3, 5.0, (30, 0)))
    assert len(along(contour, 4.0)) == 2
    assert len(along(contour, 1.0)) == 1
    assert along(contour, 8.0) == []


def test_an_oblique_drawing_is_known_as_such() -> None:
    tilted = _disc(10, 0.0)
    tilted[:, 2] = 0.3 * tilted[:, 0]
    assert is_axial(_contour(_disc(10, 0.0)))
    assert not is_axial(_contour(tilted))
