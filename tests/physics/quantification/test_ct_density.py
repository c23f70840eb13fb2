"""CT numbers to mass density."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.physics.geometry.regrid import bounding_subgrid, density_on_grid, resample_voi
from yttria.physics.quantification.ct_density import (
    audit_contrast,
    curve,
    density,
    density_of,
    density_on,
    require_soft_tissue,
    uniform_density,
    with_liver_density,
    with_organ_density,
)
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DensityMap, Voi

GRID = Grid.aligned((6, 8, 10), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(0, 0, 0))


@given(st.floats(-1024, 4000), st.floats(-1024, 4000))
def test_density_never_falls_as_hu_rises(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert density_of(low) <= density_of(high)


@given(st.floats(-1024, 3999))
def test_density_has_no_steps(hu: float) -> None:
    assert abs(float(density_of(hu + 0.5) - density_of(hu))) < 1e-3


@pytest.mark.parametrize(
    ("hu", "g_per_ml"),
    [
        (-1024, 0.001205),
        (-1000, 0.001205),
        (-740, 0.26),
        (0, 1.0),
        (55, 1.055),
        (60, 1.06),
        (101, 1.0768),
        (1000, 1.609),
    ],
)
def test_density_of_known_tissues(hu: float, g_per_ml: float) -> None:
    assert float(density_of(hu)) == pytest.approx(g_per_ml, abs=2e-4)


@pytest.mark.parametrize(
    ("hu", "schneider"), [(-740, 0.269), (14, 1.03), (23, 1.031), (48, 1.059), (200, 1.1354), (1600, 1.9642)]
)
def test_density_lies_within_three_per_cent_of_the_stoichiometric_fit(hu: float, schneider: float) -> None:
    # Schneider et al., Phys Med Biol 2000;45:459, as tabulated with GATE (Schneider2000DensitiesTable)
    assert float(density_of(hu)) == pytest.approx(schneider, rel=0.035)


def test_whole_numbers_and_fractions_of_hu_give_one_density() -> None:
    rng = np.random.default_rng(1)
    whole = rng.integers(-1024, 3071, GRID.shape_zyx).astype(np.int16)
    one, other = density(CtImage(GRID, whole)), density(CtImage(GRID, whole.astype(np.float32)))
    assert np.allclose(one.g_per_ml, other.g_per_ml, atol=1e-6)


def test_hu_beyond_the_table_keep_its_ends() -> None:
    hu = np.full(GRID.shape_zyx, -32768, dtype=np.int16)
    hu[0] = 32767
    found = density(CtImage(GRID, hu)).g_per_ml
    assert found[1].max() == np.float32(0.001205)
    assert found[0].min() == pytest.approx(float(density_of(4095)), abs=1e-3)


def test_one_pass_to_another_grid_equals_density_first_and_mean_then() -> None:
    rng = np.random.default_rng(2)
    ct = CtImage(GRID, rng.integers(-1000, 900, GRID.shape_zyx).astype(np.int16))
    coarse = Grid.aligned((4, 3, 4), spacing_zyx_mm=(4.4, 4.4, 4.4), origin_lps_mm=(0, 0, 0))
    one, covered = density_on(ct, coarse)
    other, also = density_on_grid(density(ct), coarse)
    assert np.allclose(one.g_per_ml, other.g_per_ml, atol=1e-6)
    assert np.array_equal(covered, also)


def test_a_case_without_ct_is_liver_with_a_warning() -> None:
    found, finding = uniform_density(GRID)
    assert np.unique(found.g_per_ml).tolist() == [np.float32(1.06)]
    assert finding.level == "warning"
    assert "6 %" in finding.message


def liver_of(hu: int) -> tuple[DensityMap, Voi]:
    share = np.zeros(GRID.shape_zyx)
    share[1:5, 2:6, 2:8] = 1
    share[1:5, 1, 2:8] = 0.5
    return density(CtImage(GRID, np.full(GRID.shape_zyx, hu, dtype=np.int16))), Voi("Liver", "liver", GRID, share)


def test_iodine_in_the_liver_raises_a_warning_and_an_unenhanced_liver_does_not() -> None:
    assert audit_contrast(*liver_of(55)) == ()
    assert audit_contrast(*liver_of(75)) == ()
    (finding,) = audit_contrast(*liver_of(115))
    assert finding.code == "ct-contrast"
    assert "115 HU" in finding.message
    read = finding.values["read_g_per_ml"]
    assert isinstance(read, float)
    assert f"liver doses would come out {100 * (read / 1.06 - 1):.1f} % too low" in finding.message


def test_iodine_is_taken_off_and_what_is_less_dense_stays() -> None:
    found, liver = liver_of(115)
    numbers = found.g_per_ml.copy()
    numbers[2, 4, 4] = 1.03
    cut, finding = with_liver_density(DensityMap(GRID, numbers), liver)
    assert cut.g_per_ml[2, 4, 4] == np.float32(1.03)
    assert cut.g_per_ml[3, 4, 4] == pytest.approx(1.06, abs=1e-6)
    assert cut.g_per_ml[liver.share == 0.5] == pytest.approx(1.06, abs=1e-6)
    assert np.array_equal(cut.g_per_ml[liver.share == 0], numbers[liver.share == 0])
    assert "ICRU" in finding.message


def test_a_liver_density_of_another_unit_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"0\.9 to 1\.2 g/mL, but is 1060"):
        with_liver_density(*liver_of(115), 1060)


@pytest.mark.parametrize("hu", [-1000, -200, 700])
def test_a_liver_of_air_fat_or_bone_is_refused(hu: int) -> None:
    ct = CtImage(GRID, np.full(GRID.shape_zyx, hu, dtype=np.int16))
    liver = Voi("Liver", "liver", GRID, np.ones(GRID.shape_zyx))
    with pytest.raises(QuantityError, match="the liver must have the density of soft tissue"):
        require_soft_tissue(density(ct), liver)


# ---- an organ's own density


FINE = Grid.aligned((60, 60, 60), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
EMISSION = {
    "along": Grid.aligned((14, 14, 14), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(1.3, -0.9, 2.1)),
    "against": Grid.of(
        (14, 14, 14), np.array([[-4.42, 0, 0, 57], [0, -4.42, 0, 58], [0, 0, 4.42, 1], [0, 0, 0, 1]]), ""
    ),
}


def ball(centre: tuple[float, float, float], radius: float, grid: Grid, role: str = "liver") -> Voi:
    """Return a ball by its voxels' centres, shares of one or none."""
    z, y, x = np.indices(grid.shape_zyx)
    points = grid.points_of(np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1))
    inside = (((points - np.array(centre)) ** 2).sum(axis=1) < radius**2).reshape(grid.shape_zyx)
    return Voi(role, role, grid, inside.astype(np.float32))


@pytest.mark.parametrize("way", ["along", "against"])
def test_a_liver_in_the_lung_weighs_what_liver_weighs(way: str) -> None:
    grid = EMISSION[way]
    liver = ball((29, 29, 29), 18, FINE)
    ct = CtImage(FINE, np.where(liver.share > 0, 55, -740).astype(np.int16))
    mean, _ = density_on(ct, grid)
    own, share = with_organ_density(mean, ct, liver)
    there = resample_voi(liver, grid)
    assert there.mass(own) == pytest.approx(liver.ml * 1.055, rel=1e-3)
    assert there.mass(mean) < 0.93 * liver.ml * 1.055
    assert own.g_per_ml[share > 0] == pytest.approx(1.055, rel=1e-3)
    assert np.array_equal(own.g_per_ml[share == 0], mean.g_per_ml[share == 0])


def test_a_liver_keeps_the_density_of_each_of_its_own_parts() -> None:
    liver, fat = ball((29, 29, 29), 20, FINE), ball((29, 29, 29), 8, FINE)
    ct = CtImage(FINE, np.where(fat.share > 0, -80, np.where(liver.share > 0, 55, -740)).astype(np.int16))
    own, _ = with_organ_density(density_on(ct, EMISSION["along"])[0], ct, liver)
    by_hand = (liver.ml - fat.ml) * 1.055 + fat.ml * 0.92
    assert resample_voi(liver, EMISSION["along"]).mass(own) == pytest.approx(by_hand, rel=1e-3)


def test_an_organ_on_a_part_of_the_ct_is_read_at_its_place() -> None:
    liver = ball((40, 20, 30), 9, FINE)
    ct = CtImage(FINE, np.where(liver.share > 0, 55, -740).astype(np.int16))
    small = resample_voi(liver, bounding_subgrid([liver], FINE))
    one, _ = with_organ_density(density_on(ct, EMISSION["along"])[0], ct, liver)
    other, _ = with_organ_density(density_on(ct, EMISSION["along"])[0], ct, small)
    assert np.allclose(one.g_per_ml, other.g_per_ml, atol=1e-6)


def test_an_organ_in_another_frame_is_refused() -> None:
    liver = ball((29, 29, 29), 18, FINE)
    ct = CtImage(Grid.of(FINE.shape_zyx, FINE.matrix, "1.2"), np.zeros(FINE.shape_zyx, np.int16))
    elsewhere = Grid.of((14, 14, 14), EMISSION["along"].matrix, "1.3")
    with pytest.raises(GeometryError, match="one frame of reference"):
        with_organ_density(uniform_density(elsewhere)[0], ct, liver)


@pytest.mark.parametrize(("hu", "read", "told"), [(80, 80, False), (81, 81, True), (200, 200, True)])
def test_iodine_is_told_above_80_hu_with_what_it_does_to_doses(hu: int, read: int, told: bool) -> None:
    found = audit_contrast(*liver_of(hu))
    assert bool(found) is told
    if told:
        dense = 1.017 + 0.592e-3 * hu
        assert found[0].message.startswith(
            f"the liver has about {read} HU in the mean, above 80 HU: iodine reads as {dense:.3f} g/mL where liver has 1.06,"
        )
        assert f"{100 * (dense / 1.06 - 1):.1f} % too low" in found[0].message
        assert found[0].values == {
            "liver_hu": pytest.approx(hu, abs=0.01),
            "highest_hu": 80.0,
            "read_g_per_ml": pytest.approx(dense, rel=1e-5),
            "true_g_per_ml": 1.06,
        }
        assert found[0].level == "warning"


@pytest.mark.parametrize(("g_per_ml", "refused"), [(0.8499, True), (0.8501, False), (1.3499, False), (1.3501, True)])
def test_a_liver_has_the_density_of_soft_tissue(g_per_ml: float, refused: bool) -> None:
    liver = Voi("Liver", "liver", GRID, np.ones(GRID.shape_zyx))
    even = DensityMap(GRID, np.full(GRID.shape_zyx, g_per_ml))
    if refused:
        with pytest.raises(
            QuantityError, match=r"soft tissue, 0\.85 to 1\.35 g/mL, but has .* g/mL in the mean"
        ) as error:
            require_soft_tissue(even, liver)
        assert error.value.values == {"mean": pytest.approx(g_per_ml)}
    else:
        require_soft_tissue(even, liver)


@pytest.mark.parametrize(("g_per_ml", "refused"), [(0.8999, True), (0.9, False), (1.2, False), (1.2001, True)])
def test_a_density_that_is_given_is_that_of_soft_tissue(g_per_ml: float, refused: bool) -> None:
    found, liver = liver_of(500)  # 1.313 g/mL
    if refused:
        with pytest.raises(QuantityError, match=r"0\.9 to 1\.2 g/mL, but is"):
            with_liver_density(found, liver, g_per_ml)
        return
    cut, finding = with_liver_density(found, liver, g_per_ml)
    assert cut.g_per_ml[liver.share > 0] == pytest.approx(g_per_ml)
    assert (
        finding.message
        == f"liver density is taken as {g_per_ml:g} g/mL at most (given): {g_per_ml:.3f} g/mL in the mean in place of 1.313 from CT"
    )
    assert finding.values == {
        "g_per_ml": g_per_ml,
        "mean_g_per_ml": pytest.approx(g_per_ml),
        "ct_g_per_ml": pytest.approx(1.313),
    }
    assert (finding.level, finding.code) == ("note", "liver-density")


def test_a_mean_is_that_of_voxels_wholly_in_the_liver_and_of_its_shares_where_none_is() -> None:
    line = Grid.aligned((1, 1, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    numbers = DensityMap(line, np.array([[[1.0, 1.2, 1.6, 0.3]]]))

    def mean(*share: float) -> object:
        cut = with_liver_density(numbers, Voi("Liver", "liver", line, np.array([[share]])), 1.2)
        return cut[1].values["ct_g_per_ml"]

    assert mean(1.0, 0.99, 0.98, 0.2) == pytest.approx(1.1)
    assert mean(0.5, 0.25, 0.25, 0.0) == pytest.approx(0.5 * 1.0 + 0.25 * 1.2 + 0.25 * 1.6)


def test_the_curve_turns_at_the_plateau_and_where_bone_leaves_it() -> None:
    least, most, start, slope, plateau, corner, beyond = curve().astype(float)
    assert (start, slope, plateau, beyond) == pytest.approx((1.0, 1e-3, 1.06, 0.592e-3))
    assert corner == pytest.approx((1.06 - 1.017) / 0.592e-3, rel=1e-6)
    assert (least, most) == pytest.approx((0.001205, 1.017 + 0.592e-3 * 4095), abs=5e-4)
    assert float(density_of(72.0)) == pytest.approx(1.06, abs=1e-6)
    assert float(density_of(73.6351)) == pytest.approx(1.06 + 0.592e-3, abs=1e-6)


def test_a_density_by_default_says_what_it_leaves_out() -> None:
    _, finding = uniform_density(GRID)
    assert finding.message.startswith("no CT: density is 1.06 g/mL everywhere (1.06 g/mL, liver in GATE")
