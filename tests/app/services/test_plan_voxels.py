"""What a plan keeps of its voxels: the dose of what was given, moved with the patient, and how a second image agrees with it."""

from typing import Any

import numpy as np
import pytest

from yttria.app.services.plan_voxels import agreement, predicted_dose
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.plan_voxels import PlanVoxels

GRID = Grid.aligned((12, 12, 12), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0), frame_uid="1.2")
INSIDE = np.zeros((12, 12, 12), dtype=np.bool_)
INSIDE[3:9, 3:9, 3:9] = True


def kept(*, fwhm_mm: float = 10.0, **per_gbq: Any) -> PlanVoxels:
    return PlanVoxels(
        GRID,
        {k.replace("one", ""): np.asarray(v, dtype=np.float32) for k, v in per_gbq.items()},
        INSIDE,
        fwhm_mm,
        None,
        "",
    )


def test_the_dose_of_what_was_given_is_the_sum_over_the_injections() -> None:
    plan = kept(right=np.full(GRID.shape_zyx, 40.0), left=np.full(GRID.shape_zyx, 25.0))
    found = predicted_dose(plan, {"right": 2.0, "left": 0.5, "elsewhere": 9.0}, np.eye(4), "1.9")
    assert found.gy == pytest.approx(np.full(GRID.shape_zyx, 92.5))
    assert predicted_dose(plan, {"right": 2.0}, np.eye(4), "1.9").gy == pytest.approx(np.full(GRID.shape_zyx, 80.0))


def test_the_dose_lies_where_the_motion_takes_it() -> None:
    motion = np.eye(4)
    motion[:3, 3] = (10, -20, 30)
    found = predicted_dose(kept(one=np.ones(GRID.shape_zyx)), {"": 1.0}, motion, "1.9")
    assert found.grid.points_of([(0, 0, 0)])[0] == pytest.approx((10, -20, 30))
    assert found.grid.frame_uid == "1.9"


def test_the_same_dose_at_the_same_resolution_agrees_in_every_voxel_of_the_liver() -> None:
    dose = DoseMap(GRID, np.random.default_rng(2).uniform(50, 200, GRID.shape_zyx).astype(np.float32))
    found, difference = agreement(kept(one=dose.gy), dose, dose, delivered_fwhm_mm=10.0)
    assert (found.n, found.gamma_pass) == (216, 1.0)
    assert (found.bias_gy, found.sd_gy) == pytest.approx((0.0, 0.0), abs=1e-4)
    assert np.abs(difference.difference_gy).max() < 1e-3


def test_what_was_delivered_more_is_the_bias_and_the_difference() -> None:
    dose = DoseMap(GRID, np.full(GRID.shape_zyx, 100.0, dtype=np.float32))
    found, difference = agreement(
        kept(one=dose.gy), dose, DoseMap(GRID, dose.gy * np.float32(1.25)), delivered_fwhm_mm=10.0
    )
    assert found.bias_gy == pytest.approx(25.0, rel=1e-5)
    assert difference.difference_gy[6, 6, 6] == pytest.approx(25.0, rel=1e-5)
    assert found.gamma_pass == 0.0


@pytest.mark.parametrize(("plan_mm", "image_mm"), [(6.0, 12.0), (12.0, 6.0)])
def test_the_sharper_of_both_is_blurred_to_the_other(plan_mm: float, image_mm: float) -> None:
    """A point of 6 mm and the same of 12 mm agree once the first is blurred by sqrt(12^2 - 6^2); the other way round too."""
    grid = Grid.aligned((25, 25, 25), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(0, 0, 0), frame_uid="1.2")
    z, y, x = (np.indices(grid.shape_zyx) - 12) * 2.0
    square = z**2 + y**2 + x**2

    def point(fwhm_mm: float) -> DoseMap:
        sigma = fwhm_mm / np.sqrt(8 * np.log(2))
        return DoseMap(grid, (1e5 * np.exp(-square / (2 * sigma**2)) / sigma**3).astype(np.float32))

    inside = square <= 12**2
    plan = PlanVoxels(grid, {"": point(plan_mm).gy}, inside, plan_mm, None, "")
    found, _ = agreement(plan, point(plan_mm), point(image_mm), delivered_fwhm_mm=image_mm)
    assert found.lin_ccc == pytest.approx(1.0, abs=2e-3)
    assert (found.predicted_fwhm_mm, found.delivered_fwhm_mm) == (plan_mm, image_mm)
