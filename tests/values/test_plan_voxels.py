"""What a plan keeps of its voxels lies on its grid."""

import numpy as np
import pytest

from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.plan_voxels import PlanVoxels

GRID = Grid.aligned((2, 3, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))


@pytest.mark.parametrize(("dose", "liver", "fits"), [((2, 3, 4), (2, 3, 4), True), ((2, 3, 5), (2, 3, 4), False), ((2, 3, 4), (4, 3, 2), False)])  # fmt: skip
def test_every_array_lies_on_the_grid(dose: tuple[int, ...], liver: tuple[int, ...], fits: bool) -> None:
    def made() -> PlanVoxels:
        return PlanVoxels(GRID, {"": np.ones(dose, np.float32)}, np.ones(liver, bool), 12.0, None, "")

    if fits:
        assert made().gy_per_gbq[""].sum() == 24
    else:
        with pytest.raises(GeometryError, match=r"must lie on its grid of \(2, 3, 4\)"):
            made()
