"""Cold parts of lesions: above 10 mL and a tenth of the lesion, connected, below the perfused normal liver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.physics.dosimetry.cold_part import cold_parts
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.units import Gy

GRID = Grid.aligned((12, 12, 12), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))  # voxels of 1 mL
DENSITY = DensityMap(GRID, np.full(GRID.shape_zyx, 1.05, np.float32))
NORMAL = Gy(40.0)


def lesion(voxels: int) -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share.ravel()[:voxels] = 1
    return Voi("GTV", "tumour-1", GRID, share)


def dose(cold: int, level: float = 10.0, *, start: int = 0) -> NDArray[np.float32]:
    gy = np.full(GRID.shape_zyx, 200.0, np.float32)
    gy.ravel()[start : start + cold] = level
    return gy


def told(gy: NDArray[np.float32], voi: Voi) -> tuple[float, float | None] | None:
    part = cold_parts(DoseMap(GRID, gy), DENSITY, {"tumour-1": voi}, normal_gy=NORMAL).get("tumour-1")
    return None if part is None else (float(part.ml), part.rest_gy)


@pytest.mark.parametrize(
    ("cold", "voxels", "is_told"), [(11, 100, True), (10, 60, False), (11, 110, False), (12, 110, True)]
)
def test_a_part_is_told_above_10_ml_and_above_a_tenth_of_its_lesion(cold: int, voxels: int, is_told: bool) -> None:
    found = told(dose(cold), lesion(voxels))
    assert (found is not None) == is_told
    if found is not None:
        assert list(found) == pytest.approx([cold, 200])


@pytest.mark.parametrize(("level", "is_told"), [(39.9, True), (40.0, False), (40.1, False)])
def test_cold_is_below_the_mean_of_the_perfused_normal_liver(level: float, is_told: bool) -> None:
    assert (told(dose(30, level), lesion(100)) is not None) == is_told


def test_voxels_that_do_not_touch_are_no_part() -> None:
    gy = np.full(GRID.shape_zyx, 200.0, np.float32)
    gy[::2, ::2, ::2] = 10
    assert told(gy, lesion(12**3)) is None


def test_two_parts_that_are_each_large_enough_are_told_together() -> None:
    gy = dose(24)
    gy.ravel()[144 : 144 + 24] = 200
    gy[3, :2] = 10
    assert told(gy, lesion(200 + 240)) is None  # 24 of 440 mL are no tenth
    both = np.minimum(dose(40), dose(40, start=432))
    found = told(both, lesion(480))
    assert found is None
    found = told(np.minimum(dose(60), dose(48, start=432)), lesion(480))
    assert list(found or ()) == pytest.approx([60, (200 * 372 + 10 * 48) / 420])


def test_cold_tissue_outside_the_lesion_is_no_part_of_it() -> None:
    assert told(dose(200, start=100), lesion(100)) is None


def test_a_lesion_that_is_cold_altogether_has_no_rest() -> None:
    assert told(dose(100), lesion(100)) == (100.0, None)


def test_without_normal_liver_nothing_is_cold() -> None:
    assert cold_parts(DoseMap(GRID, dose(50)), DENSITY, {"tumour-1": lesion(100)}, normal_gy=None) == {}


@settings(max_examples=25, deadline=None)
@given(st.integers(12, 99), st.floats(0.1, 10))
def test_the_cold_part_does_not_depend_on_the_activity(cold: int, times: float) -> None:
    gy = dose(cold)
    one = cold_parts(DoseMap(GRID, gy), DENSITY, {"tumour-1": lesion(100)}, normal_gy=NORMAL)
    more = cold_parts(
        DoseMap(GRID, gy * np.float32(times)), DENSITY, {"tumour-1": lesion(100)}, normal_gy=Gy(NORMAL * times)
    )
    assert one["tumour-1"].ml == more["tumour-1"].ml == pytest.approx(cold)
    assert (more["tumour-1"].rest_gy or 0) == pytest.approx((one["tumour-1"].rest_gy or 0) * times, rel=1e-5)


@pytest.mark.parametrize(("share", "ml"), [(0.5, 20.0), (0.49, None), (0.51, 20.4)])
def test_a_voxel_takes_part_from_half_in_the_lesion_on_and_counts_by_its_share(share: float, ml: float | None) -> None:
    held = np.zeros(GRID.shape_zyx, np.float32)
    held.ravel()[:100] = 1
    held.ravel()[:40] = share
    found = told(dose(40), Voi("GTV", "tumour-1", GRID, held))
    assert (None if found is None else found[0]) == (None if ml is None else pytest.approx(ml, rel=1e-6))


def test_a_cold_part_is_a_share_of_its_lesion_and_the_rest_is_weighted_by_mass_wherever_the_lesion_lies() -> None:
    share, gy, rho = (np.full(GRID.shape_zyx, v, np.float32) for v in (0.0, 10.0, 1.0))
    share[3:7, 2:7, 4:9] = 1  # 100 mL in the middle of cold tissue
    gy[4:7, 2:7, 4:9] = 100
    gy[6, 2:7, 4:9] = 200
    rho[6, 2:7, 4:9] = 3
    lesions = {"tumour-1": Voi("GTV", "tumour-1", GRID, share), "liver": Voi("liver", "liver", GRID, share)}
    found = cold_parts(DoseMap(GRID, gy), DensityMap(GRID, rho), lesions, normal_gy=NORMAL)
    assert set(found) == {"tumour-1"}
    assert found["tumour-1"].ml == pytest.approx(25)
    assert found["tumour-1"].share == pytest.approx(0.25)
    assert found["tumour-1"].rest_gy == pytest.approx((50 * 100 + 25 * 3 * 200) / (50 + 25 * 3))


def test_a_part_is_measured_in_millilitres_of_the_grid() -> None:
    fine = Grid.aligned((12, 12, 12), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0))
    density = DensityMap(fine, np.ones(fine.shape_zyx, np.float32))
    whole = Voi("GTV", "tumour-1", fine, lesion(100).share)
    assert cold_parts(DoseMap(fine, dose(20)), density, {"tumour-1": whole}, normal_gy=NORMAL) == {}  # 10 mL
    found = cold_parts(DoseMap(fine, dose(21)), density, {"tumour-1": whole}, normal_gy=NORMAL)
    assert found["tumour-1"].ml == pytest.approx(10.5)


@pytest.mark.parametrize("what", ["dose", "density"])
def test_a_lesion_on_another_grid_is_refused(what: str) -> None:
    other = Grid.aligned(GRID.shape_zyx, spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(3, 0, 0))
    gy = DoseMap(other if what == "dose" else GRID, dose(50))
    rho = DensityMap(other if what == "density" else GRID, DENSITY.g_per_ml)
    with pytest.raises(GeometryError, match=f"{what} and tumour-1 must lie on one grid, but they lie 3 mm apart"):
        cold_parts(gy, rho, {"tumour-1": lesion(100)}, normal_gy=NORMAL)


def test_two_parts_that_are_both_large_enough_are_one_volume_and_no_more() -> None:
    found = told(np.minimum(dose(60), dose(58, start=432)), lesion(500))
    assert list(found or ()) == pytest.approx([118, 200])
