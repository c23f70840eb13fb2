"""physics.sample: doses under contours between the centres of voxels, against spheres in a dose that climbs evenly."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.dose_sampling import _cut, _parts, dvh_within, values_at
from yttria.physics.geometry.regrid import resample_voi
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap, Voi
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


@pytest.mark.parametrize(
    ("spacing", "mm3", "parts"),
    [
        ((4.0, 2.0, 0.4), 10.0, (8, 4, 1)),  # half a millimetre each
        ((4.5, 4.51, 9.0), 10.0, (9, 9, 9)),  # never more than nine
        ((2.0, 4.0, 4.1), 8 * 200_000.0, (1, 2, 3)),  # 200 000 parts of 2 mm
        ((2.4, 0.8, 0.81), 0.512 * 200_000.0, (3, 1, 2)),
    ],
)
def test_a_voxel_is_cut_so_that_a_structure_has_200_000_parts_of_half_a_millimetre_or_more(
    spacing: tuple[float, float, float], mm3: float, parts: tuple[int, int, int]
) -> None:
    grid = Grid.aligned((3, 3, 3), spacing_zyx_mm=spacing, origin_lps_mm=(0, 0, 0))
    assert _parts(grid, mm3) == parts


def test_a_cut_grid_fills_the_same_box() -> None:
    grid = Grid.of((2, 3, 4), np.array([[3.0, 0, 0, 5], [0, 2, 0, 6], [0, 0, 8, 7], [0, 0, 0, 1]]), "1.2.3")
    fine = _cut(grid, (4, 1, 3))
    assert (fine.shape_zyx, fine.frame_uid) == ((8, 3, 12), "1.2.3")
    assert fine.spacing_zyx_mm == pytest.approx((2, 2, 1))
    assert fine.origin_lps_mm == pytest.approx((5 - 1.5 + 0.5, 6, 7 - 4 + 1))


def test_a_linear_image_is_read_exactly_between_its_centres_along_every_axis() -> None:
    grid = Grid.aligned((3, 4, 5), spacing_zyx_mm=(4, 2, 1), origin_lps_mm=(1, 2, 3), frame_uid="1.2.3")
    k, j, i = np.indices(grid.shape_zyx)
    values = 7 + 100.0 * k + 10.0 * j + i
    wanted = Grid.aligned((2, 2, 3), spacing_zyx_mm=(4, 1, 1.5), origin_lps_mm=(1.25, 2.5, 4), frame_uid="")
    k, j, i = np.indices(wanted.shape_zyx)
    expected = 7 + 100 * (0.25 + k) + 10 * (0.25 + 0.5 * j) + (0.25 + 1.5 * i)
    assert values_at(values, grid, wanted) == pytest.approx(expected)


@pytest.mark.parametrize(("beyond", "read"), [(0.0, 4.0), (0.9e-6, 4.0), (-0.9e-6, 4.0), (1.1e-6, 0.0), (0.3, 0.0)])
def test_a_place_is_a_centre_within_a_millionth_of_a_voxel_and_beyond_the_outer_centres_nothing_is(
    beyond: float, read: float
) -> None:
    grid = Grid.aligned((1, 1, 3), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    wanted = Grid.aligned((1, 1, 1), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(2 + beyond, 0, 0))
    assert values_at(np.array([[[1.0, 2, 4]]]), grid, wanted).item() == pytest.approx(read, abs=1e-9)


def test_two_frames_of_reference_are_refused() -> None:
    one, other = (
        Grid.aligned((2, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0), frame_uid=u)
        for u in ("1.2.3", "1.2.4")
    )
    with pytest.raises(GeometryError, match=r"one frame of reference, but frame_uid is 1\.2\.3 and 1\.2\.4; register"):
        values_at(np.zeros((2, 2, 2)), one, other)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_dose_of_one_slice_is_even_across_it_and_climbs_along_the_others(axis: int) -> None:
    shape, spacing = [12, 12, 12], [3.0, 3.0, 3.0]
    shape[axis], spacing[axis] = 1, 36.0
    origin = [-16.5, -16.5, -16.5]
    origin[2 - axis] = 0.0
    grid = Grid.aligned(
        (shape[0], shape[1], shape[2]),
        spacing_zyx_mm=(spacing[0], spacing[1], spacing[2]),
        origin_lps_mm=(origin[0], origin[1], origin[2]),
    )
    k, j, i = np.indices(grid.shape_zyx)
    at = grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    climb = np.array([1.0, 2.0, 4.0])
    climb[2 - axis] = 0.0
    dose = DoseMap(grid, (200 + at @ climb).reshape(grid.shape_zyx))
    ball = _sphere(9, (1.0, -2.0, 0.0))
    dvh = dvh_within(dose, ball, rasterise_contour(ball, grid))
    steep = float(np.linalg.norm(climb))
    middle = 200 + float(climb @ [1, -2, 0])
    assert dvh.mean == pytest.approx(middle, abs=0.15)
    assert dvh.dose_covering(Share(0.98)) == pytest.approx(middle - 9 * steep * CAP_2_PERCENT, abs=0.15 * steep)


def test_a_mask_on_a_grid_of_its_own_is_read_like_the_contour_of_its_box() -> None:
    dose = _climbing(np.array([0.6, 0.48, 0.64]), 4.0, 20)
    own = Grid.aligned((12, 14, 16), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(-7.5, -6.5, -5.5))
    box = Voi("box", "tumour", own, np.ones(own.shape_zyx))
    dvh = dvh_within(dose, box, resample_voi(box, dose.grid))
    assert dvh.ml == pytest.approx(12 * 14 * 16 / 1000, rel=1e-4)
    assert dvh.mean == pytest.approx(200, abs=0.05)
    assert dvh.maximum == pytest.approx(200 + 0.6 * 8 + 0.48 * 7 + 0.64 * 6, abs=0.4)
    assert dvh.minimum == pytest.approx(200 - 0.6 * 8 - 0.48 * 7 - 0.64 * 6, abs=0.4)
