"""Parts of lesions that take up less than the perfused normal liver: dead, or fed by an artery that was not injected."""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import label, sum_labels

from yttria.values.grid import require_same_grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.units import Gy, Ml, Share
from yttria.values.uptake import ColdPart

LEAST_ML = 10.0
LEAST_SHARE = 0.1
"""A cold part is told above both: 10 mL and a tenth of its lesion (house)."""
MINE = 0.5


def cold_parts(
    dose: DoseMap, density: DensityMap, volumes: Mapping[str, Voi], *, normal_gy: Gy | None
) -> Mapping[str, ColdPart]:
    """Return by role of the lesion what of it is cold: connected voxels below the mean dose of the perfused normal liver.

    Voxels that lie at least half in the lesion, and touch by a face, are connected; a part counts above 10 mL and above a tenth of the
    lesion's volume. The rest of the lesion has its own mean, energy over mass.

    Parameters
    ----------
    dose, density
        On the emission grid.
    volumes
        By role; those of lesions are tumour-1, tumour-2 …
    normal_gy
        Mean dose of the perfused normal liver (NPLD); None where nothing normal is perfused: then nothing is cold.

    Raises
    ------
    GeometryError
        Volumes on several grids.

    Notes
    -----
    Blur of a hot rim hides a cold core of less than about its FWHM, and makes a larger one smaller.

    Source
    ------
    10 mL, a tenth and the mean of the perfused normal liver: house.
    """
    results: dict[str, ColdPart] = {}
    if normal_gy is None:
        return results
    for role, lesion in volumes.items():
        if role.startswith("tumour-") and (part := _cold_part(dose, density, lesion, normal_gy)) is not None:
            results[role] = part
    return results


def _cold_part(dose: DoseMap, density: DensityMap, lesion: Voi, normal_gy: Gy) -> ColdPart | None:
    require_same_grid(dose.grid, lesion.grid, what=f"dose and {lesion.role}")
    require_same_grid(density.grid, lesion.grid, what=f"density and {lesion.role}")
    share, gy = lesion.own_part.astype(np.float64), dose.gy[lesion.box].astype(np.float64)
    marked, many = label((share >= MINE) & (gy < normal_gy))
    sizes = sum_labels(share, marked, np.arange(1, many + 1)) * lesion.grid.voxel_ml
    large = 1 + np.flatnonzero((sizes > LEAST_ML) & (sizes > LEAST_SHARE * lesion.ml))
    if not len(large):
        return None
    cold = np.isin(marked, large)
    weight = np.where(cold, 0.0, share * density.g_per_ml[lesion.box])
    rest = Gy(float(np.vdot(weight, gy) / weight.sum())) if weight.any() else None
    ml = float(share[cold].sum()) * lesion.grid.voxel_ml
    return ColdPart(Ml(ml), Share(min(ml / lesion.ml, 1.0)), rest)
