"""physics.sample: doses under contours between the centres of voxels, against spheres in a dose that climbs evenly."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.dose_sampling import dvh_within
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.units import Share

CAP_2_PERCENT = 0.832258  # t of the cap above t r that holds 2 % of a sphere: t^3 - 3 t + 2 = 0.08


def _sphere(radius: float, centre: tuple[float, float, float] = (0.0, 0.0, 0.0), step: float = 1.0) -> Contour:
    x, y, z = centre
    turn = np.linspace(0, 2 * np.pi, 361)[:-1]
    heights = np.arange(-50, 50 + step, step)
    rings = [(h, radius**2 - (h - z) ** 2) for h in heights if radius**2 - (h - z) ** 2 > 0.01]
    return Contour(
        "sphere",
        "",
        "",
        tuple(
            np.stack([x + s**0.5 * np.cos(turn), y + s**0.5 * np.sin(turn), np.full(360, h)], axis=1) for h, s in rings
        ),
        spacing_mm=step,
    )


def _climbing(direction: NDArray[np.float64], spacing: float, count: int = 48) -> DoseMap:
    """Return a dose of 200 Gy at the origin that climbs by 1 Gy a mm."""
    first = -spacing * (count - 1) / 2 + 0.3
    grid = Grid.aligned((count,) * 3, spacing_zyx_mm=(spacing,) * 3, origin_lps_mm=(first,) * 3)
    at = first + spacing * np.arange(count)
    gy = 200 + direction[0] * at + direction[1] * at[:, None] + direction[2] * at[:, None, None]
    return DoseMap(grid, gy.astype(np.float32))


@pytest.mark.parametrize("spacing", [2.5, 4.42])
@pytest.mark.parametrize("radius", [6.0, 10.0, 20.0, 40.0])
def test_a_sphere_in_a_climbing_dose_has_its_known_doses(radius: float, spacing: float) -> None:
    for direction in (np.array([1.0, 0, 0]), np.array([0, 0, -1.0]), np.array([0.6, 0.48, 0.64])):
        dose, sphere = _climbing(direction, spacing), _sphere(radius, (0.31, 0.47, 0.4))
        dvh = dvh_within(dose, sphere, rasterise_contour(sphere, dose.grid))
        middle = 200 + float(direction @ np.array([0.31, 0.47, 0.4]))
        assert dvh.mean == pytest.approx(middle, abs=0.06)
        assert dvh.dose_covering(Share(0.98)) == pytest.approx(middle - radius * CAP_2_PERCENT, abs=0.2)
        assert dvh.dose_covering(Share(0.02)) == pytest.approx(middle + radius * CAP_2_PERCENT, abs=0.2)
        assert dvh.ml == pytest.approx(sphere.ml, rel=1e-3)


def test_voxels_alone_would_be_wrong_by_half_a_step() -> None:
    dose, sphere = _climbing(np.array([1.0, 0, 0]), 4.42), _sphere(20)
    by_voxels = Dvh.of(dose, rasterise_contour(sphere, dose.grid)).dose_covering(Share(0.98))
    finer = dvh_within(dose, sphere, rasterise_contour(sphere, dose.grid)).dose_covering(Share(0.98))
    true = 200 - 20 * CAP_2_PERCENT
    assert abs(finer - true) < 0.1
    assert abs(by_voxels - true) > 0.5


def test_an_even_dose_stays_what_it_is_up_to_the_edge() -> None:
    grid = Grid.aligned((9, 9, 9), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(-16, -16, -16))
    dose, sphere = DoseMap(grid, np.full(grid.shape_zyx, 7.0)), _sphere(20)
    dvh = dvh_within(dose, sphere, rasterise_contour(sphere, grid))
    assert dvh.minimum == pytest.approx(7)
    assert dvh.maximum == pytest.approx(7)
    assert dvh.ml == pytest.approx(float(rasterise_contour(sphere, grid).ml), rel=1e-5)


def test_no_dose_lies_outside_the_voxels_around() -> None:
    rng = np.random.default_rng(4)
    grid = Grid.aligned((12, 12, 12), spacing_zyx_mm=(3, 4, 5), origin_lps_mm=(-27, -22, -16))
    dose, sphere = DoseMap(grid, rng.gamma(2.0, 30.0, grid.shape_zyx)), _sphere(12)
    dvh = dvh_within(dose, sphere, rasterise_contour(sphere, grid))
    assert dose.gy.min() <= dvh.minimum < dvh.mean < dvh.maximum <= dose.gy.max()
    assert dvh.mean == pytest.approx(Dvh.of(dose, rasterise_contour(sphere, grid)).mean, rel=0.05)


def test_a_grid_that_lies_turned_reads_the_same_doses() -> None:
    dose, sphere = _climbing(np.array([0.0, 0, 1]), 3.0, 40), _sphere(15, (2, -1, 0.5))
    turned = np.ascontiguousarray(dose.gy.transpose(2, 1, 0)[:, ::-1])
    matrix = dose.grid.matrix
    affine = matrix.copy()
    affine[:3, :3] = matrix[:3, :3][:, [2, 1, 0]] * [1, -1, 1]
    affine[:3, 3] = dose.grid.points_of([(0, 39, 0)])[0]
    same = DoseMap(Grid.of(turned.shape, affine, ""), turned)
    one = dvh_within(dose, sphere, rasterise_contour(sphere, dose.grid))
    other = dvh_within(same, sphere, rasterise_contour(sphere, same.grid))
    assert other.mean == pytest.approx(one.mean, abs=0.02)
    assert other.dose_covering(Share(0.98)) == pytest.approx(one.dose_covering(Share(0.98)), abs=0.1)


def test_a_contour_outside_the_dose_is_refused() -> None:
    dose, sphere = _climbing(np.array([1.0, 0, 0]), 2.0, 10), _sphere(5, (40, 40, 40))
    inside = _sphere(5)
    with pytest.raises(GeometryError, match="wholly outside"):
        dvh_within(dose, sphere, rasterise_contour(inside, dose.grid))
