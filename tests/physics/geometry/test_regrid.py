"""Volumes, mass and shares on the way to the emission grid."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.physics.geometry.shape_contours import CT, EMISSION, oblique, prism, sphere, square

from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.regrid import (
    audit_coverage,
    audit_overlap,
    bounding_subgrid,
    coarse_ct,
    ct_density_on_grid,
    ct_share_on_grid,
    density_on_grid,
    dose_on_grid,
    organ_density_on_grid,
    resample_voi,
    trimmed,
)
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DensityMap, DoseMap, Voi


@pytest.mark.parametrize(
    "grid", [EMISSION, oblique((0, 0, 0), count=80, step=1.1), oblique((180, 0, 0)), oblique((0, 90, 0))]
)
def test_a_volume_keeps_its_millilitres_on_every_grid_along_its_axes(grid: Grid) -> None:
    voi = rasterise_contour(sphere(15, 1.5), CT)
    assert resample_voi(voi, grid).ml == pytest.approx(voi.ml, rel=1e-6)


def test_a_volume_keeps_its_millilitres_on_an_oblique_grid_within_half_a_per_cent() -> None:
    voi = rasterise_contour(sphere(15, 1.5), CT)
    assert resample_voi(voi, oblique((20, -35, 50))).ml == pytest.approx(voi.ml, rel=5e-3)


def test_mass_is_conserved_from_ct_to_emission_grid() -> None:
    rng = np.random.default_rng(3)
    density = DensityMap(CT, rng.uniform(0.2, 1.8, CT.shape_zyx))
    moved, covered = density_on_grid(density, EMISSION)
    before = float(density.g_per_ml.sum(dtype=np.float64)) * CT.voxel_ml
    after = float(np.vdot(moved.g_per_ml.astype(np.float64), covered)) * EMISSION.voxel_ml
    assert after == pytest.approx(before, rel=1e-5)


def test_density_is_the_mean_over_the_box() -> None:
    fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_on_grid(DensityMap(fine, np.array([[[0.2, 0.4, 1.0, 1.4]]])), coarse)
    assert moved.g_per_ml[0, 0] == pytest.approx([0.3, 1.2, 0.001205])
    assert covered[0, 0] == pytest.approx([1, 1, 0])


def test_a_partly_covered_voxel_takes_the_mean_of_what_covers_it() -> None:
    fine = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 2), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_on_grid(DensityMap(fine, np.array([[[1.0, 1.0, 0.5]]])), coarse)
    assert moved.g_per_ml[0, 0, 1] == pytest.approx(0.5)
    assert covered[0, 0] == pytest.approx([1, 0.5])


def test_a_trimmed_volume_is_the_same_volume() -> None:
    voi = rasterise_contour(sphere(9, 1), CT)
    small = trimmed(voi)
    assert small.ml == pytest.approx(voi.ml)
    assert small.grid.shape_zyx < voi.grid.shape_zyx
    assert np.allclose(resample_voi(small, EMISSION).share, resample_voi(voi, EMISSION).share, atol=1e-6)


@pytest.mark.parametrize(
    "grid", [CT, oblique((20, -35, 50), count=90, step=1.1), oblique((180, 0, 0), count=90, step=1.1)]
)
def test_a_part_of_a_grid_holds_all_of_what_it_is_made_around(grid: Grid) -> None:
    contours = [sphere(9, 1, (-8, 0, 3)), sphere(7, 2, (12, -9, 0))]
    part = bounding_subgrid(contours, grid)
    assert np.prod(part.shape_zyx) < 0.5 * np.prod(grid.shape_zyx)
    for contour in contours:
        assert rasterise_contour(contour, part).ml == pytest.approx(rasterise_contour(contour, grid).ml, rel=1e-6)
        coarse = rasterise_contour(contour, EMISSION)
        assert resample_voi(coarse, bounding_subgrid([coarse], grid)).ml == pytest.approx(coarse.ml, rel=5e-3)


# ---- doubts and refusals


def test_a_contour_half_outside_is_cut_with_a_warning() -> None:
    contour = sphere(20, 2, (-87, 0, 0))
    found = rasterise_contour(contour, EMISSION)
    (finding,) = audit_coverage(contour, found)
    assert finding.code == "volume-cut"
    lost = 100 * (1 - found.ml / contour.ml)
    assert 30 < lost < 60
    assert f"{lost:.1f} %" in finding.message


def test_a_volume_that_lies_inside_raises_no_doubt() -> None:
    contour = sphere(20, 2)
    assert audit_coverage(contour, rasterise_contour(contour, EMISSION)) == ()
    voi = rasterise_contour(contour, CT)
    assert audit_coverage(voi, resample_voi(voi, EMISSION)) == ()


def test_planes_that_stand_closer_than_said_raise_a_doubt() -> None:
    contour = prism(square(10), planes=10, spacing=1.0)
    thick = Contour("prism", "tumour", "", contour.polygons, 2.0)
    (finding,) = audit_coverage(thick, rasterise_contour(thick, EMISSION))
    assert finding.code == "volume-cut"


def test_counts_beyond_the_ct_raise_a_doubt() -> None:
    _, covered = density_on_grid(DensityMap(CT, np.ones(CT.shape_zyx)), EMISSION)
    assert audit_overlap(covered, rasterise_contour(sphere(20, 2), EMISSION).share) == ()
    (finding,) = audit_overlap(covered, np.ones(EMISSION.shape_zyx))
    assert finding.code == "ct-too-short"


def test_a_volume_wholly_outside_is_refused() -> None:
    far = Grid.aligned((4, 4, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(900, 0, 0))
    with pytest.raises(GeometryError, match="wholly outside"):
        resample_voi(Voi("far", "liver", far, np.ones((4, 4, 4))), EMISSION)
    with pytest.raises(GeometryError, match="wholly outside"):
        bounding_subgrid([sphere(9, 1, (900, 0, 0))], EMISSION)
    with pytest.raises(GeometryError, match="must overlap"):
        density_on_grid(DensityMap(far, np.ones((4, 4, 4))), EMISSION)


def test_another_frame_of_reference_is_refused_and_an_absent_one_is_not() -> None:
    here = Grid.of(EMISSION.shape_zyx, EMISSION.affine_lps_mm, "1.2.3")
    there = sphere(10, 2)
    with pytest.raises(GeometryError, match=r"one frame of reference.*1\.2\.4 and 1\.2\.3"):
        rasterise_contour(Contour("sphere", "tumour", "1.2.4", there.polygons, 2), here)
    with pytest.raises(GeometryError, match="one frame of reference"):
        resample_voi(
            Voi("liver", "liver", Grid.of(CT.shape_zyx, CT.affine_lps_mm, "1.2.4"), np.ones(CT.shape_zyx)), here
        )
    assert rasterise_contour(there, here).grid.frame_uid == "1.2.3"


@pytest.mark.parametrize(("outside", "told"), [(9, False), (10, False), (11, True)])
def test_counts_beyond_the_ct_are_told_above_half_a_per_cent(outside: int, told: bool) -> None:
    covered, weight = np.ones((10, 20, 10), np.float32), np.ones((10, 20, 10), np.float32)
    covered.ravel()[:outside] = 0
    assert [f.code for f in audit_overlap(covered, weight)] == ["ct-too-short"] * told


@pytest.mark.parametrize(("spacing", "steps"), [(4.0, 2), (5.9, 1), (6.0, 1), (9.0, 1)])
def test_a_ct_for_registration_keeps_voxels_that_are_coarse_already(spacing: float, steps: int) -> None:
    fine = Grid.aligned((4, 4, 4), spacing_zyx_mm=(spacing,) * 3, origin_lps_mm=(1, 2, 3))
    hu = np.arange(64, dtype=np.int16).reshape(4, 4, 4)
    found = coarse_ct(CtImage(fine, hu))
    assert found.grid.spacing_zyx_mm == pytest.approx((spacing * steps,) * 3)
    assert found.hu.shape == (4 // steps,) * 3
    if steps == 1:
        assert np.array_equal(found.hu, hu)


def test_planes_that_follow_in_steps_longer_than_a_voxel_are_averaged_from_their_own_slices() -> None:
    values = np.zeros((6, 1, 1), dtype=np.float32)
    values[:, 0, 0] = [1, 2, 4, 8, 16, 32]
    out = np.zeros((4, 1, 1), dtype=np.float32)
    first, one = np.array([4, 0, 1, 3]), np.ones((1, 1), dtype=np.float32)
    weights = np.array([[0.25, 0.75], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]], dtype=np.float32)
    nil = np.zeros(1, dtype=np.int64)
    box_average(out, values, np.zeros(0, dtype=np.float32), first, weights, nil, one, nil, one)
    assert out[:, 0, 0].tolist() == [28.0, 1.5, 3.0, 16.0]


# ---- organs, doses and shares on a grid

LINE = Grid.aligned((1, 1, 8), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 0, 0), frame_uid="1.2.3")
WIDE = Grid.aligned((1, 1, 4), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 0, 0))
SAME = np.array([-10.0, 10.0, 0.0, 1.0, 10.0, 9.0, 0.0], dtype=np.float32)
"""A curve by which a CT number stands for itself."""


def ct_line(*hu: int) -> CtImage:
    return CtImage(LINE, np.array([[hu]], dtype=np.int16))


def test_an_organs_part_of_a_voxel_has_the_organs_density() -> None:
    """Organ: cells 2 to 6 of 8, the last by a quarter; the CT is read where they lie."""
    part = Grid.aligned((1, 1, 5), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(2.5, 0, 0))
    organ = Voi("liver", "liver", part, np.array([[[1.0, 0.5, 1, 1, 0.25]]]))
    density, share = organ_density_on_grid(ct_line(9, 9, 1, 4, 2, 3, 8, 9), SAME, organ, WIDE)
    assert share.ravel() == pytest.approx([0, 0.75, 1, 0.125])
    assert density.ravel() == pytest.approx([0.001205, (1 + 0.5 * 4) / 1.5, 2.5, 8])


def test_an_organ_is_read_on_its_part_of_the_ct_along_every_axis() -> None:
    ct = Grid.aligned((5, 6, 7), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    hu = np.arange(210, dtype=np.int16).reshape(5, 6, 7) % 9
    part = Grid.aligned((2, 3, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(4, 2, 1))
    organ = Voi("liver", "liver", part, np.ones((2, 3, 2)))
    density, share = organ_density_on_grid(CtImage(ct, hu), SAME, organ, ct)
    inside = np.zeros(ct.shape_zyx, dtype=bool)
    inside[1:3, 2:5, 4:6] = True
    assert np.array_equal(share, inside)
    assert density == pytest.approx(np.where(inside, np.maximum(hu, 0.001205), 0.001205))


@pytest.mark.parametrize(("held", "known"), [(0.9e-4, False), (1.1e-4, True)])
def test_less_than_a_ten_thousandth_of_a_voxel_is_no_organ_and_no_ct(held: float, known: bool) -> None:
    organ = Voi("liver", "liver", LINE, np.array([[[1, 1, 1, 1, 2 * held, 0, 0, 0]]]))
    density, share = organ_density_on_grid(ct_line(1, 1, 1, 1, 5, 5, 5, 5), SAME, organ, WIDE)
    assert (share[0, 0, 2] > 0) == known
    assert density[0, 0, 2] == pytest.approx(5 if known else 0.001205, rel=1e-3)
    beyond = Grid.aligned((1, 1, 2), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(7, 0, 0))
    edge = Grid.of((1, 1, 2), beyond.matrix + _shift_x(-2 * held))
    moved, covered = density_on_grid(DensityMap(LINE, np.full(LINE.shape_zyx, 5.0)), edge)
    assert (covered[0, 0, 1] > 0) == known
    assert moved.g_per_ml[0, 0, 1] == pytest.approx(5 if known else 0.001205, rel=1e-3)
    share, _ = ct_share_on_grid(ct_line(*[50] * 8), 0.0, edge)
    assert share[0, 0, 1] == pytest.approx(float(known))


def _shift_x(mm: float) -> NDArray[np.float64]:
    found = np.zeros((4, 4))
    found[0, 3] = mm
    return found


def test_a_dose_on_a_grid_is_its_mean_and_nothing_where_it_does_not_reach() -> None:
    dose = DoseMap(LINE, np.array([[[1, 3, 5, 7, 2, 2, 8, 0]]]))
    assert dose_on_grid(dose, WIDE).gy.ravel().tolist() == [2, 6, 2, 4]
    further = Grid.aligned((1, 1, 2), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(8, 0, 0))
    assert dose_on_grid(dose, further).gy.ravel().tolist() == [0, 0]
    other = Grid.of(WIDE.shape_zyx, WIDE.affine_lps_mm, "9.9")
    with pytest.raises(
        GeometryError, match=r"dose and grid must lie in one frame of reference, but frame_uid is 1\.2\.3 and 9\.9"
    ):
        dose_on_grid(dose, other)


def test_the_density_of_a_ct_is_the_mean_of_what_its_numbers_stand_for() -> None:
    """Numbers above the corner stand for more: the curve comes before the mean."""
    kinked = np.array([0.5, 20.0, 1.0, 0.0, 1.0, 4.0, 2.0], dtype=np.float32)  # 1 up to 4, then 2 a number
    density, covered = ct_density_on_grid(ct_line(0, 8, 4, 4, 6, 5, -9, 3), kinked, WIDE)
    assert density.g_per_ml.ravel() == pytest.approx([(1 + 9) / 2, 1, (5 + 3) / 2, 1])
    assert covered.min() == 1
    for call in (
        lambda grid: ct_density_on_grid(ct_line(*[0] * 8), kinked, grid),
        lambda grid: ct_share_on_grid(ct_line(*[0] * 8), 0.0, grid),
    ):
        with pytest.raises(GeometryError, match="CT and emission image must lie in one frame"):
            call(Grid.of(WIDE.shape_zyx, WIDE.affine_lps_mm, "9.9"))


@pytest.mark.parametrize(("hu", "above"), [(-301, 0.0), (-300, 0.0), (-299, 1.0)])
def test_a_ct_number_counts_above_the_one_asked_for(hu: int, above: float) -> None:
    share, covered = ct_share_on_grid(ct_line(*[hu] * 6, 0, 0), -300.0, WIDE)
    assert share.ravel().tolist() == [above] * 3 + [1.0]
    assert covered.ravel().tolist() == [1.0] * 4


def test_a_share_is_that_of_what_the_ct_covers() -> None:
    edge = Grid.aligned((1, 1, 1), spacing_zyx_mm=(2, 2, 4), origin_lps_mm=(8, 0, 0))
    share, covered = ct_share_on_grid(ct_line(0, 0, 0, 0, 0, 0, -900, 40), -300.0, edge)
    assert (share.item(), covered.item()) == (0.5, 0.5)


def test_a_coarse_ct_is_the_rounded_mean_of_whole_voxels_in_their_middle() -> None:
    fine = Grid.aligned((2, 5, 7), spacing_zyx_mm=(6, 3, 2), origin_lps_mm=(10, 20, 30), frame_uid="1.2.3")
    hu = np.arange(70, dtype=np.int16).reshape(2, 5, 7) ** 2
    found = coarse_ct(CtImage(fine, hu))
    assert found.grid.frame_uid == "1.2.3"
    assert found.grid.origin_lps_mm == pytest.approx((12, 21.5, 30))
    assert found.grid.spacing_zyx_mm == pytest.approx((6, 6, 6))
    expected = hu[:, :4, :6].astype(float).reshape(2, 2, 2, 2, 3).mean(axis=(2, 4))
    assert np.array_equal(found.hu, np.rint(expected))
    assert np.array_equal(coarse_ct(CtImage(fine, hu), 2.0).hu, hu)
    assert coarse_ct(CtImage(fine, hu), 13.0).hu.shape == (1, 1, 1)
    assert coarse_ct(CtImage(fine, hu), 16.0).hu.shape == hu.shape  # a voxel of 16 mm is larger than it


# ---- sentences and bounds


@pytest.mark.parametrize(
    ("held", "code"), [(0.9949, "volume-cut"), (0.9951, None), (1.0049, None), (1.0051, "volume-changed")]
)
def test_a_volume_that_came_with_half_a_per_cent_less_or_more_is_told(held: float, code: str | None) -> None:
    drawn = prism(square(10), planes=10, spacing=1.0)  # 4 mL
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(40 * held, 10, 10), origin_lps_mm=(0, 0, 0))
    found = audit_coverage(drawn, Voi("GTV", "", grid, np.ones((1, 1, 1))))
    assert [(f.level, f.code) for f in found] == ([] if code is None else [("warning", code)])
    for finding in found:
        assert finding.values == {
            "volume": "GTV",
            "drawn_ml": pytest.approx(4),
            "on_grid_ml": pytest.approx(4 * held),
            "change_fraction": pytest.approx(held - 1),
        }


def test_a_loss_and_a_gain_are_told_with_their_figures() -> None:
    drawn = prism(square(10), planes=10, spacing=1.0)
    less, more = (
        Voi(
            "GTV",
            "tumour-1",
            Grid.aligned((1, 1, 1), spacing_zyx_mm=(h, 10, 10), origin_lps_mm=(0, 0, 0)),
            np.ones((1, 1, 1)),
        )
        for h in (34.0, 46.0)
    )
    assert audit_coverage(drawn, less)[0].message.startswith(
        "tumour-1 lies with 15.0 % of its 4.0 mL outside the image"
    )
    assert audit_coverage(drawn, more)[0].message.startswith(
        "tumour-1 holds 4.6 mL on the image's grid, but 4.0 mL as drawn"
    )


def test_counts_beyond_the_ct_are_told_by_their_share() -> None:
    covered, weight = np.array([1.0, 0.5, 0.0], np.float32), np.array([0.5, 0.2, 0.1], np.float32)
    (finding,) = audit_overlap(covered, weight)
    assert finding.message.startswith("25.0 % of the counts lie where the CT does not reach")
    assert finding.values == {"outside_fraction": pytest.approx(0.25)}
    assert audit_overlap(covered, np.zeros(3)) == ()


def test_a_grid_that_just_meets_a_structure_holds_it_and_one_beside_it_is_refused() -> None:
    grid = Grid.aligned((9, 9, 9), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))

    def around(x: float) -> Grid:
        cube = Grid.aligned((2, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(x, 4, 4))
        return bounding_subgrid([Voi("cube", "tumour", cube, np.ones((2, 2, 2)))], grid)

    assert (around(4).shape_zyx, around(4).origin_lps_mm) == ((4, 4, 4), (3.0, 3.0, 3.0))
    assert (around(0).shape_zyx, around(0).origin_lps_mm) == ((4, 4, 3), (0.0, 3.0, 3.0))
    assert (around(8).shape_zyx, around(8).origin_lps_mm) == ((4, 4, 2), (7.0, 3.0, 3.0))
    assert around(-1).shape_zyx == (4, 4, 2)
    for beside in (-5, 12):
        with pytest.raises(GeometryError, match="tumour must lie in the image, but lie wholly outside it"):
            around(beside)


def test_the_same_grid_gives_the_same_volume() -> None:
    voi = rasterise_contour(sphere(9, 2), EMISSION)
    assert resample_voi(voi, EMISSION) is voi
    found = resample_voi(Voi("GTV", "tumour-1", LINE, np.ones(LINE.shape_zyx)), WIDE)
    assert (found.name, found.role, found.share.max()) == ("GTV", "tumour-1", 1)
    with pytest.raises(GeometryError, match="volume far must lie in the image, but lies wholly outside"):
        resample_voi(
            Voi(
                "far",
                "",
                Grid.aligned((1, 1, 1), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(99, 0, 0)),
                np.ones((1, 1, 1)),
            ),
            WIDE,
        )
