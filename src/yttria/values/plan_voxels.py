"""What a plan keeps of its voxels, so that an image after treatment can be held against it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage

Doses = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PlanVoxels:
    """The plan's dose per GBq around the liver, and the CT that it lies in.

    Parameters
    ----------
    grid
        The part of the plan's emission grid that holds the liver and a margin.
    gy_per_gbq
        By injection, Gy per GBq administered of it, shape of the grid; one without a name where the plan knows one injection.
    in_liver
        Voxels with their centre in the liver (half of the voxel or more).
    fwhm_mm
        Resolution that the plan's image was taken to have.
    ct
        The plan's CT on coarse voxels, for a registration; None without a CT.
    patient
        Hash of the patient's identifier; empty where there is none.
    """

    grid: Grid
    gy_per_gbq: Mapping[str, Doses]
    in_liver: NDArray[np.bool_]
    fwhm_mm: float
    ct: CtImage | None
    patient: str

    def __post_init__(self) -> None:
        for array in (*self.gy_per_gbq.values(), self.in_liver):
            if array.shape != self.grid.shape_zyx:
                raise GeometryError(
                    f"what a plan keeps must lie on its grid of {self.grid.shape_zyx}, but an array of it is {array.shape}; plan the case again",
                    code="plan-voxels-shape",
                )
