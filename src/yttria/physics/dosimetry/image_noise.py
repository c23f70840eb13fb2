"""How much of a mean dose is noise of the image: few of the counts of a 90Y image come from any one lesion."""

import math
from collections.abc import Mapping

import numpy as np
from scipy.ndimage import binary_erosion

from yttria.values.aims_limits import DoseName
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.units import MM3_PER_ML

LEAST_VOXELS = 50
"""Voxels without an edge that a spread is read from (house)."""
CELL = (math.pi / (2 * math.log(2))) ** 1.5
"""Volume over which a Gaussian of 1 mm FWHM makes noise of neighbours alike, mm3: (4 pi sigma^2)^(3/2)."""
WHOLE = 0.999
DEEPEST = 2


def voxel_spread(image: CountMap | ActivityMap, region: Voi) -> float | None:
    """Return the relative standard deviation of the voxels well inside an even region; None where too few are.

    Parameters
    ----------
    region
        Normal perfused liver, which takes up most evenly.

    Notes
    -----
    What is uneven in the liver itself counts as noise: the spread is an upper bound.
    """
    whole = region.share >= WHOLE
    for depth in range(DEEPEST, -1, -1):
        inner = binary_erosion(whole, iterations=depth) if depth else whole
        if np.count_nonzero(inner) >= LEAST_VOXELS:
            values = image.numbers[inner].astype(np.float64)
            mean = float(values.mean())
            return float(values.std(ddof=1)) / mean if mean > 0 else None
    return None


def noise_of_means(
    image: CountMap | ActivityMap, volumes: Mapping[str, Voi], roles: Mapping[DoseName, str], *, fwhm_mm: float
) -> dict[DoseName, float]:
    """Return the relative standard uncertainty of each mean that noise alone makes.

    u = s sqrt(max(V_cell, V_voxel) / V), s the relative spread of voxels in normal perfused liver, V_cell = (4 pi sigma^2)^(3/2) the volume
    over which the image's blur makes noise of neighbours alike, at most the volume V itself.

    Parameters
    ----------
    roles
        The volume that each dose is the mean of.
    fwhm_mm
        Resolution of the image: all of its blur is taken as smoothing of noise, which is the most that it can be.

    Returns
    -------
    dict
        By dose name; empty where no even region tells the noise.

    Notes
    -----
    OSEM's noise goes with its signal, so one relative spread holds for hot and warm regions; cold ones have a bias that no spread shows.

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456 (counts as a component); the form is a choice of this program.
    """
    region = volumes.get("normal-perfused") or volumes.get("normal-liver")
    spread = None if region is None else voxel_spread(image, region)
    if spread is None:
        return {}
    cell = max(CELL * fwhm_mm**3 / MM3_PER_ML, image.grid.voxel_ml)
    return {
        name: spread * math.sqrt(min(cell / volumes[role].ml, 1.0)) for name, role in roles.items() if role in volumes
    }
