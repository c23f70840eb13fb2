"""ActivityMap -> DoseMap -> named doses. Everything here is linear in activity."""

from collections.abc import Mapping

import numpy as np

from yttria.values.aims_limits import DoseName
from yttria.values.errors import QuantityError
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, DensityMap, DoseMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import LungShunt
from yttria.values.units import G_PER_KG, Bq, Gram, Gy

ROLE_OF: Mapping[DoseName, str] = {
    "TD_all": "tumour",
    "PLD": "perfused",
    "NPLD": "normal-perfused",
    "WNLD": "normal-liver",
    "WLD": "liver",
    "thrombus": "thrombus",
}
"""Which volume each named dose is the mean of; TD and TD_1 … are those of the lesions, LD stands on the shunt."""


OF_INJECTION: Mapping[str, DoseName] = {"perfused": "PLD", "normal-perfused": "NPLD"}
"""Doses that several injections have each of their own volume: PLD[NAME] of perfused[NAME]."""


AIR_BELOW_G_PER_ML = 0.1
"""Below this a voxel is air: inflated lung has 0.26 g/mL (GATE's GateMaterials.db); the bound is a choice of this program."""


def local_deposition(activity: ActivityMap, density: DensityMap) -> DoseMap:
    """Return the absorbed dose when every electron stops in the voxel of its decay.

    D = C * e / rho, with e = E * T / ln 2 the energy that 1 Bq releases in all.
    Microspheres stay where they lodge: decay is the only clearance.

    Parameters
    ----------
    activity
        C, shape (nz, ny, nx), Bq/mL, at the instant the decay is counted from.
    density
        rho on the same grid, g/mL.

    Returns
    -------
    DoseMap
        On the same grid, Gy.

    Raises
    ------
    GeometryError
        The two maps do not lie on the same grid.

    Notes
    -----
    Right where the image is blurred beyond the electron range (about 4.5 mm FWHM); on sharp activity it is not
    (+13 % in a 3 cm sphere). Energy is conserved per voxel.

    Source
    ------
    Chiesa et al., EJNMMI Phys 2021;8:77 (EANM: local energy deposition); Bolch et al., J Nucl Med 1999;40:11S (MIRD 17).

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> activity = ActivityMap(grid, np.full((1, 1, 1), 1e6), Nuclide.named("Y-90"))
    >>> local_deposition(activity, DensityMap(grid, np.ones((1, 1, 1))))
    DoseMap(Grid(1 x 1 x 1 zyx, 10 x 10 x 10 mm, origin (0.0, 0.0, 0.0) mm LPS), max 49.67 Gy)
    """
    require_same_grid(activity.grid, density.grid, what="activity and density")
    gy_ml_per_bq_g = np.float32(activity.nuclide.joule_per_bq * G_PER_KG)
    gy = activity.bq_per_ml * gy_ml_per_bq_g
    gy /= density.g_per_ml
    gy.flags.writeable = False
    return DoseMap(grid=activity.grid, gy=gy)


def activity_of_dose(dose: DoseMap, density: DensityMap, nuclide: Nuclide) -> ActivityMap:
    """Return the activity that deposits a dose locally: C = D rho / e, what `local_deposition` turns back into it.

    Raises
    ------
    GeometryError
        The two maps do not lie on the same grid.
    """
    require_same_grid(dose.grid, density.grid, what="dose and density")
    return ActivityMap(dose.grid, dose.gy * density.g_per_ml / np.float32(nuclide.joule_per_bq * G_PER_KG), nuclide)


def in_tissue(dose: DoseMap, density: DensityMap) -> DoseMap:
    """Return the dose with nothing where there is only air: what scatter shows there has no mass to be absorbed in.

    Raises
    ------
    GeometryError
        Another grid.
    """
    require_same_grid(dose.grid, density.grid, what="dose and density")
    return DoseMap(dose.grid, np.where(density.g_per_ml < AIR_BELOW_G_PER_ML, np.float32(0), dose.gy))


def mean_dose(dose: DoseMap, density: DensityMap, voi: Voi) -> Gy:
    """Return energy over mass of a volume: sum of s D rho over sum of s rho.

    Raises
    ------
    GeometryError
        The three do not lie on one grid.
    """
    require_same_grid(dose.grid, density.grid, what="dose and density")
    require_same_grid(dose.grid, voi.grid, what=f"dose and {voi.role or voi.name}")
    share = voi.own_part
    inside = share > 0
    weight = share[inside].astype(np.float64) * density.g_per_ml[voi.box][inside]
    return Gy(float(weight @ dose.gy[voi.box][inside].astype(np.float64)) / float(weight.sum()))


def masses(volumes: Mapping[str, Voi], density: DensityMap) -> Mapping[str, Gram]:
    """Return the mass of each volume, g, by role."""
    return {role: voi.mass(density) for role, voi in volumes.items()}


def lung_dose(administered: Bq, shunt: LungShunt, nuclide: Nuclide) -> Gy:
    """Return the mean lung dose: LD = k A LSF / m_lung, never from blurred counts voxel by voxel.

    Source
    ------
    Ho et al., Eur J Nucl Med 1996;23:947; Chiesa et al., EJNMMI Phys 2021;8:77.

    Examples
    --------
    >>> from yttria.values.units import Share
    >>> shunt = LungShunt(Share(0.05), "given", Gram(1000.0), "default 1000 g")
    >>> round(lung_dose(Bq(2e9), shunt, Nuclide.named("Y-90")), 3)
    4.967
    """
    return nuclide.mean_dose(Bq(administered * shunt.lung_pair.fraction), shunt.lung_pair.lung_mass_g)


def named_doses(
    dose: DoseMap,
    density: DensityMap,
    volumes: Mapping[str, Voi],
    *,
    administered: Bq,
    shunt: LungShunt,
    nuclide: Nuclide,
    index: str = "tumour-1",
) -> Mapping[DoseName, Gy]:
    """Return every named dose that the volumes allow, each energy over mass.

    TD index lesion, TD_all all tumours, TD_n lesion n; PLD, NPLD, WNLD, WLD; thrombus; LD from the shunt. Shares and masses are the
    same throughout, so PLD m_perf = TD_all m_T + NPLD m_NP holds where the tumours lie in the perfused volume.

    Parameters
    ----------
    dose, density
        On the emission grid, of the activity `administered`.
    volumes
        By role, from `segment.named_volumes`.
    administered
        Activity that `dose` stands for, Bq.
    shunt, nuclide
        For the lung dose.
    index
        Role of the index lesion.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; an index lesion that is not among the volumes.
    """
    lesions = [role for role in volumes if role.startswith("tumour-")]
    if lesions and index not in lesions:
        raise QuantityError(
            f"the index lesion must be one of {', '.join(lesions)}, but is {index}; name one of them",
            code="index-lesion-unknown",
        )
    results: dict[DoseName, Gy] = {}
    if lesions:
        results["TD"] = mean_dose(dose, density, volumes[index])
    for name, role in ROLE_OF.items():
        if role in volumes:
            results[name] = mean_dose(dose, density, volumes[role])
    for role in lesions:
        results[role.replace("tumour-", "TD_")] = mean_dose(dose, density, volumes[role])
    for role in volumes:
        kind, bracket, injection = role.partition("[")
        if bracket and kind in OF_INJECTION:
            results[f"{OF_INJECTION[kind]}[{injection}"] = mean_dose(dose, density, volumes[role])
    results["LD"] = lung_dose(administered, shunt, nuclide)
    return results
