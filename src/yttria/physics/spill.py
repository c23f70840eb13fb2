"""What blur carries between neighbouring volumes, and the mean doses that it would have left alone.

A sphere's recovery knows one lesion in an even surrounding; here the volumes are those of the case, with their own shapes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.values.errors import QuantityError, require_positive
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, DensityMap, Voi
from yttria.values.treatment import DoseName
from yttria.values.units import G_PER_KG, Gy

SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))
LEAST_KEPT = 0.3
MARGIN_FWHM = 2.0
Numbers = NDArray[np.float64]


def spill_matrix(shares: Sequence[Numbers], spacing_zyx_mm: tuple[float, float, float], fwhm_mm: float) -> Numbers:
    """Return which part of the mean seen in each volume comes from each: w_ij = sum s_i (h * s_j) / sum s_i.

    Parameters
    ----------
    shares
        Volumes on one grid, not overlapping.
    fwhm_mm
        Of the Gaussian h.

    Source
    ------
    Rousset et al., J Nucl Med 1998;39:904 (geometric transfer matrix).
    """
    sigma = [require_positive(fwhm_mm, what="resolution FWHM (mm)") * SIGMA_PER_FWHM / d for d in spacing_zyx_mm]
    blurred = [gaussian_filter(s, sigma, mode="constant") for s in shares]
    return np.array([[float(np.vdot(s, b)) / float(s.sum()) for b in blurred] for s in shares])


def recovered_doses(
    activity: ActivityMap, density: DensityMap, volumes: Mapping[str, Voi], *, fwhm_mm: float, relative: bool
) -> Mapping[DoseName, Gy]:
    """Return the named doses with what blur carried between the volumes put back.

    The means seen, m, are a mixture of the true ones, t: m = W t, so t = W^-1 m. Lesions, normal perfused liver, the rest of the
    liver and the lungs are the volumes; shares make the blur of the voxels themselves part of W.

    Parameters
    ----------
    activity, density
        On the emission grid, as the doses were made of.
    volumes
        By role, from `segment.named_volumes`.
    fwhm_mm
        Resolution of the image.
    relative
        Patient-relative calibration: the liver keeps its activity. Otherwise what blur carried out of it comes back.

    Returns
    -------
    Mapping
        As `dose.named_doses` without LD; a lesion that keeps less than 30 % of itself is left as seen.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; volumes that cannot be told apart at this resolution.

    Notes
    -----
    Each volume is taken as even: a dead core that is not drawn by itself stays mixed with its rim, whose mean is still right.
    As good as the contours and the FWHM: 1 mm of FWHM moves a 4 cm lesion by about 2 %.

    Source
    ------
    Rousset et al., J Nucl Med 1998;39:904.
    """
    require_same_grid(activity.grid, density.grid, what="activity and density")
    box = _box(volumes["liver"], fwhm_mm)
    regions = _apart(volumes, box)
    shares = list(regions.values())
    spill = spill_matrix(shares, activity.grid.spacing_zyx_mm, fwhm_mm)
    if not np.isfinite(spill).all() or np.linalg.cond(spill) > 1e3:
        raise QuantityError(
            f"volumes must be told apart at {fwhm_mm:g} mm FWHM to undo its blur, but cannot; check for volumes drawn twice"
        )
    here = activity.bq_per_ml[box].astype(np.float64)
    seen = np.array([float(np.vdot(s, here)) / float(s.sum()) for s in shares])
    known = dict(zip(regions, _solved(spill, seen, list(regions)), strict=True))
    if relative:
        before = float(np.vdot(volumes["liver"].share[box].astype(np.float64), here))
        after = sum(known[r] * float(np.minimum(s, volumes["liver"].share[box]).sum()) for r, s in regions.items())
        known = {r: c * before / after for r, c in known.items()}
    return _doses(known, regions, volumes, density.g_per_ml[box].astype(np.float64), box, activity.nuclide.joule_per_bq)


def _box(liver: Voi, fwhm_mm: float) -> tuple[slice, slice, slice]:
    """Return the part of the grid that blur connects with the liver."""
    ranges = []
    for axis in range(3):
        marked = np.flatnonzero(liver.share.any(axis=tuple(a for a in range(3) if a != axis)))
        more = int(np.ceil(MARGIN_FWHM * fwhm_mm / liver.grid.spacing_zyx_mm[axis]))
        ranges.append(slice(max(int(marked[0]) - more, 0), int(marked[-1]) + more + 1))
    z, y, x = ranges
    return z, y, x


def _apart(volumes: Mapping[str, Voi], box: tuple[slice, slice, slice]) -> Mapping[str, Numbers]:
    """Return volumes that do not overlap: lesions first, then normal perfused liver, the rest of the liver, lungs."""
    left = np.ones_like(volumes["liver"].share[box], dtype=np.float64)
    found: dict[str, Numbers] = {}
    order = [r for r in volumes if r.startswith("tumour-")]
    wanted = {**{r: r for r in order}, "normal-perfused": "perfused", "rest": "liver", "lungs": "lungs"}
    for name, role in wanted.items():
        if role not in volumes:
            continue
        taken = sum(found.values(), np.zeros_like(left)) if name in {"normal-perfused", "rest"} else 0
        share = np.clip(np.minimum(volumes[role].share[box] - taken, left), 0, 1).astype(np.float64)
        if share.sum() * volumes[role].grid.voxel_ml > 1e-3 * volumes[role].ml:
            found[name] = share
            left = left - share
    return found


def _solved(spill: Numbers, seen: Numbers, names: Sequence[str]) -> Numbers:
    """Return the true means; a lesion that blur leaves too little of keeps what is seen of it."""
    free = [n for n, name in enumerate(names) if spill[n, n] >= LEAST_KEPT or not name.startswith("tumour-")]
    held = [n for n in range(len(names)) if n not in free]
    found = seen.copy()
    found[free] = np.linalg.solve(spill[np.ix_(free, free)], seen[free] - spill[np.ix_(free, held)] @ seen[held])
    return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def _doses(
    known: Mapping[str, float],
    regions: Mapping[str, Numbers],
    volumes: Mapping[str, Voi],
    rho: Numbers,
    box: tuple[slice, slice, slice],
    joule_per_bq: float,
) -> Mapping[DoseName, Gy]:
    lesions = {r: r.replace("tumour-", "TD_") for r in regions if r.startswith("tumour-")}
    asked: dict[DoseName, tuple[str, Sequence[str]]] = {name: (role, [role]) for role, name in lesions.items()}
    inside = [*lesions, "normal-perfused"]
    asked |= {
        "TD_all": ("tumour", list(lesions)),
        "PLD": ("perfused", inside),
        "NPLD": ("normal-perfused", ["normal-perfused"]),
        "WNLD": ("normal-liver", ["normal-perfused", "rest"]),
        "WLD": ("liver", [*inside, "rest"]),
    }
    found: dict[DoseName, Gy] = {}
    for name, (role, parts) in asked.items():
        if role not in volumes or not any(p in regions for p in parts):
            continue
        whole = volumes[role].share[box].astype(np.float64)
        held = sum(known[p] * float(np.minimum(regions[p], whole).sum()) for p in parts if p in regions)
        found[name] = Gy(held * joule_per_bq * G_PER_KG / float(np.vdot(whole, rho)))
    return found
