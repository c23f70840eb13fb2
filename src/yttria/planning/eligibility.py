"""Would this patient have been eligible for the trial whose aims the plan pursues? Each criterion is judged or left open."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from yttria.planning.possible_facts import known_disease
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Criterion
from yttria.values.units import Gy, Mm

TRIAL = "DOSISPHERE-01: Garin et al., J Nucl Med 2024;65:264, doi:10.2967/jnumed.123.266211"
LARGEST_MM = 70.0
RESERVE = 0.30
LUNG_GY = 30.0
AIM_GY = 205.0


def longest_diameter_mm(voi: Voi) -> Mm:
    """Return the longest straight line inside a volume's hull, mm: its largest extent in three dimensions.

    The surface lies where the share crosses one half between neighbouring voxels (half of the largest share where none
    reaches one), so that a voxel's size adds nothing.

    Notes
    -----
    Right within half a voxel. A reader measures the largest diameter in the axial plane; this one is never shorter.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((3, 3, 9), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    >>> share = np.zeros(grid.shape_zyx, np.float32)
    >>> share[1, 1, 2:7] = 1
    >>> round(longest_diameter_mm(Voi("rod", "tumour-1", grid, share)), 1)
    20.0
    """
    level = min(0.5, float(voi.share.max()) / 2)
    points = voi.grid.points_of(_crossings(voi.share, level))
    return Mm(float(pdist(points[ConvexHull(points).vertices]).max()))


def _crossings(share: NDArray[np.float32], level: float) -> NDArray[np.float64]:
    """Return fractional indices (i, j, k), from a corner of the volume's box on, where the share crosses `level` between neighbours; outside the grid it is 0."""
    inside = np.argwhere(share >= level)
    low, high = inside.min(axis=0), inside.max(axis=0) + 1
    box = np.pad(share, 1)[tuple(slice(a, b + 2) for a, b in zip(low, high, strict=True))].astype(np.float64)
    results = []
    for axis in range(3):
        here, there = (np.take(box, range(*ends), axis=axis) for ends in ((box.shape[axis] - 1,), (1, box.shape[axis])))
        at = np.argwhere((here >= level) != (there >= level))
        a, b = here[tuple(at.T)], there[tuple(at.T)]
        points = at.astype(np.float64)
        points[:, axis] += (a - level) / (a - b)
        results.append(points)
    return np.asarray(np.concatenate(results)[:, ::-1])


def criteria(absorbed: AbsorbedDose, *, facts: ClinicalFacts, choices: PlanningOptions) -> tuple[Criterion, ...]:
    """Return the trial's criteria, each met, not met or open; "not applicable" to a patient who could not have been in the trial.

    They are judged before any limit acts: lung dose at the activity of the trial's aim, 205 Gy to the index lesion.

    Parameters
    ----------
    absorbed
        Volumes, reserve and doses.

    Source
    ------
    DOSISPHERE-01: Garin et al., J Nucl Med 2024;65:264 (study population).
    """
    population = _population(facts, choices)
    results = (
        population,
        _size(absorbed),
        _reserve(absorbed),
        _lungs(absorbed),
        _digestive(facts),
        _targeting(absorbed),
        _vein(absorbed),
    )
    if population.met is not False:
        return results
    words = f"not applicable: {population.found}"
    return tuple(replace(criterion, met=None, found=words) for criterion in results)


def _population(facts: ClinicalFacts, choices: PlanningOptions) -> Criterion:
    disease, glass = known_disease(facts), choices.product.key == "glass"
    other = disease not in {None, "HCC"} or not glass or facts.scenario == "segmentectomy"
    met = False if other else None if disease is None or facts.scenario is None else True
    text = f"{disease or 'disease not given'}, {choices.product.key}, {facts.scenario or 'scenario not given'}"
    criterion = "hepatocellular carcinoma, glass microspheres, not segmentectomy"
    return Criterion("population", criterion, text, met, TRIAL)


def _size(absorbed: AbsorbedDose) -> Criterion:
    criterion = "a lesion larger than 7 cm"
    index = absorbed.volumes.get(absorbed.index)
    if index is None:
        return Criterion("lesion size", criterion, "no lesion", None, TRIAL)
    longest = longest_diameter_mm(index)
    return Criterion("lesion size", criterion, f"{longest / 10:.1f} cm", longest > LARGEST_MM, TRIAL)


def _reserve(absorbed: AbsorbedDose) -> Criterion:
    without = absorbed.reserve if absorbed.reserve_without_tumour is None else absorbed.reserve_without_tumour
    text = f"{without:.1%} untreated"
    return Criterion("hepatic reserve", "at least 30 % of the liver untreated", text, without >= RESERVE, TRIAL)


def _lungs(absorbed: AbsorbedDose) -> Criterion:
    criterion = "at most 30 Gy at the activity of 205 Gy to the index lesion"
    tumour, lungs = absorbed.doses_gy.get("TD", Gy(0)), absorbed.doses_gy.get("LD")
    if tumour <= 0 or lungs is None or (lungs <= 0 and not absorbed.shunt_known):
        return Criterion("lung dose", criterion, "not known", None, TRIAL)
    dose = AIM_GY * lungs / tumour
    return Criterion("lung dose", criterion, f"{dose:.1f} Gy", dose <= LUNG_GY * (1 + 1e-9), TRIAL)


def _vein(absorbed: AbsorbedDose) -> Criterion:
    criterion = "a tumour thrombus of the portal vein takes up"
    thrombus, normal = absorbed.doses_gy.get("thrombus"), absorbed.doses_gy.get("NPLD")
    if thrombus is None or normal is None or normal <= 0:
        return Criterion("vein targeting", criterion, "no thrombus is drawn", None, TRIAL)
    text = f"thrombus to normal {thrombus / normal:.2g}"
    return Criterion("vein targeting", criterion, text, thrombus > normal, TRIAL)


def _digestive(facts: ClinicalFacts) -> Criterion:
    words = {None: "not given", True: "present", False: "absent"}
    met = None if facts.digestive_shunt is None else not facts.digestive_shunt
    return Criterion("digestive shunt", "none", words[facts.digestive_shunt], met, TRIAL)


def _targeting(absorbed: AbsorbedDose) -> Criterion:
    """Judge only what the image can say: below the liver around it, a tumour is not targeted."""
    criterion = "a tumour that takes up more than the perfused liver around it"
    tumour, normal = absorbed.doses_gy.get("TD"), absorbed.doses_gy.get("NPLD")
    if tumour is None or normal is None or normal <= 0:
        return Criterion("tumour targeting", criterion, "not known", None, TRIAL)
    ratio = tumour / normal
    return Criterion("tumour targeting", criterion, f"tumour to normal {ratio:.2g}", ratio > 1, TRIAL)
