"""What blur carries between neighbouring volumes, and the mean doses that it would have left alone.

A sphere's recovery knows one lesion in an even surrounding; here the volumes are those of the case, with their own shapes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.values.aims_limits import DoseName
from yttria.values.errors import Finding, Value, require_positive
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, DensityMap, Voi
from yttria.values.units import G_PER_KG, Gy

SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))
LEAST_RECOVERY = 0.3  # of itself: what keeps less is not undone
MOST_CONDITION = 1e3
SLIVER_SHARE = 1e-3  # of a volume: less is rounding, no region
OVERLAP_SHARE = 0.01  # of the smaller lesion: from there on two lesions overlap
OWN_SHARE = 0.5  # of a lesion that must be left for it to be a region
COPY_SHARE = 0.5  # of the smaller lesion, in voxels that neither fills: small lesions given twice
MARGIN_FWHM = 2.0
LESION_NEIGHBOURS = ("necrosis", "thrombus")
"""Volumes drawn inside or beside lesions that are neither lesion nor normal liver: each a region of its own, after the lesions."""
Numbers = NDArray[np.float64]
Box = tuple[slice, slice, slice]
Spacing = tuple[float, float, float]
Recovered = Mapping[DoseName, Gy]


def spill_matrix(shares: Sequence[Numbers], spacing_zyx_mm: Spacing, fwhm_mm: float) -> Numbers:
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
    return _means(shares, [blurred(s, spacing_zyx_mm, fwhm_mm) for s in shares])


def recovered_doses(
    activity: ActivityMap, density: DensityMap, volumes: Mapping[str, Voi], *, fwhm_mm: float, relative: bool
) -> tuple[Recovered, tuple[Finding, ...]]:
    """Return the named doses with what blur carried between the volumes put back, and findings for those that cannot be.

    The means seen, m, are a mixture of the true ones, t: m = W t, so t = W^-1 m. Lesions, drawn necrosis and thrombus, normal perfused
    liver, the rest of the liver and the lungs are the regions; shares make the blur of the voxels themselves part of W. Of lesions that overlap the smallest
    comes first and the others are what it leaves of them; one that is cut by that is solved for once more with itself first, so that
    a lesion given twice has the dose of the one that it repeats.

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
    tuple
        As `dose.named_doses` without TD and LD; absent is a volume that keeps less than 30 % of itself and every dose where the
        regions cannot be told apart, each with a note.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; a resolution that is not above zero.

    Notes
    -----
    Each volume is taken as even: a dead core that is not drawn by itself stays mixed with its rim, whose mean is still right.
    As good as the contours and the FWHM: 1 mm of FWHM moves a 4 cm lesion by about 2 %. A small volume counts as seen in the
    doses of those that hold it (TD_all, PLD, WLD).

    Source
    ------
    Rousset et al., J Nucl Med 1998;39:904. 30 %: a choice of this program.
    """
    require_same_grid(activity.grid, density.grid, what="activity and density")
    lesions = {r: v for r, v in volumes.items() if r.startswith("tumour-")}
    image = LiverImage.around(volumes, activity, density, fwhm_mm, relative=relative)
    groups = _groups(lesions)
    lesion_parts = {role: image.part(lesion) for role, lesion in lesions.items()}
    shared_out = [_territories(g, lesion_parts) for g in groups]
    territories = {name: share for shares in shared_out for name, share in shares.items()}
    regions = _regions(territories, volumes, image)
    solution = image.solved(regions)
    if solution is None:
        message = f"volumes cannot be told apart at {fwhm_mm:g} mm FWHM, so no dose is stated with blur undone; doses as seen stand"
        return {}, (Finding("note", "blur-not-undone", message, {"fwhm_mm": fwhm_mm}),)
    doses: dict[DoseName, Gy] = {}
    findings: list[Finding] = []
    for group, mine in zip(groups, shared_out, strict=True):
        findings += [] if len(group) == 1 else [_overlap_note([lesions[r] for r in group])]
        for role in group:
            own: _Solution | None = solution
            name = role
            if len(group) > 1 and not _is_whole(solution.shares.get(role), lesion_parts[role]):
                others = {n: s for n, s in regions.items() if n not in mine}
                own, name = image.solved({**_territories(group, lesion_parts, first=role), **others}), f"{role} first"
            if own is None or name not in own.mean or name in own.own_shares:
                findings.append(_not_undone(lesions[role], fwhm_mm, None if own is None else own.own_shares.get(name)))
            else:
                doses[role.replace("tumour-", "TD_")] = image.dose(own, [name], lesions[role])
    findings += _audit_necrosis(volumes, solution)
    inside = [*territories, *LESION_NEIGHBOURS, "normal-perfused"]
    if "thrombus" in solution.own_shares:
        findings.append(_not_undone(volumes["thrombus"], fwhm_mm, solution.own_shares["thrombus"]))
    composites: Mapping[DoseName, tuple[str, Sequence[str]]] = {
        "TD_all": ("tumour", list(territories)),
        "PLD": ("perfused", inside),
        "NPLD": ("normal-perfused", ["normal-perfused"]),
        "WNLD": ("normal-liver", ["normal-perfused", "rest"]),
        "WLD": ("liver", [*inside, "rest"]),
        "thrombus": ("thrombus", ["thrombus"]),
    }
    for name, (role, parts) in composites.items():
        if role in volumes and any(p in regions and p not in solution.own_shares for p in parts):
            doses[name] = image.dose(solution, parts, volumes[role])
    return doses, tuple(findings)


@dataclass(frozen=True, slots=True)
class _Solution:
    """Regions, their true means, and of those left as seen the part of itself that each keeps."""

    shares: Mapping[str, Numbers]
    mean: Mapping[str, float]
    own_shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LiverImage:
    """The part of activity and density that blur connects with the liver."""

    box: Box
    counts: Numbers
    rho: Numbers
    liver: Numbers
    spacing: Spacing
    fwhm_mm: float
    relative: bool
    gy_per_count: float
    blurred: dict[str, Numbers] = field(default_factory=dict)

    @classmethod
    def around(
        cls,
        volumes: Mapping[str, Voi],
        activity: ActivityMap,
        density: DensityMap,
        fwhm_mm: float,
        *,
        relative: bool,
    ) -> "LiverImage":
        """Return activity and density around the liver, its lesions and what is drawn beside them."""
        organs = [v for r, v in volumes.items() if r in {"liver", *LESION_NEIGHBOURS} or r.startswith("tumour-")]
        box = _box(organs, fwhm_mm)
        arrays = (activity.bq_per_ml, density.g_per_ml, volumes["liver"].share)
        counts, rho, share = (a[box].astype(np.float64) for a in arrays)
        energy = activity.nuclide.joule_per_bq * G_PER_KG
        return cls(box, counts, rho, share, activity.grid.spacing_zyx_mm, fwhm_mm, relative, energy)

    def part(self, voi: Voi) -> Numbers:
        """Return a volume's shares around the liver."""
        return np.asarray(voi.share[self.box], dtype=np.float64)

    def solved(self, regions: Mapping[str, Numbers]) -> _Solution | None:
        """Return the true means of regions that do not overlap; None where this resolution cannot tell them apart.

        A region that keeps less than 30 % of itself stays as seen.
        """
        for name, share in regions.items():
            if name not in self.blurred:
                self.blurred[name] = blurred(share, self.spacing, self.fwhm_mm)
        names, shares = list(regions), list(regions.values())
        means = _means(shares, [*(self.blurred[n] for n in names), self.counts])
        spill, image_means = means[:, :-1], means[:, -1]
        free = np.diag(spill) >= LEAST_RECOVERY
        if not free.any() or np.linalg.cond(spill[np.ix_(free, free)]) > MOST_CONDITION:
            return None
        concentrations = image_means.copy()
        concentrations[free] = np.linalg.solve(
            spill[np.ix_(free, free)], image_means[free] - spill[np.ix_(free, ~free)] @ image_means[~free]
        )
        concentrations = np.maximum(concentrations, 0.0)
        if self.relative:
            after = sum(c * float(np.minimum(s, self.liver).sum()) for c, s in zip(concentrations, shares, strict=True))
            concentrations *= float(np.vdot(self.liver, self.counts)) / after if after > 0 else 0.0
        own_shares = {n: float(w) for n, w, is_free in zip(names, np.diag(spill), free, strict=True) if not is_free}
        return _Solution(regions, dict(zip(names, concentrations.tolist(), strict=True)), own_shares)

    def dose(self, solution: _Solution, parts: Sequence[str], voi: Voi) -> Gy:
        """Return energy over mass of a volume that consists of regions."""
        whole = self.part(voi)
        total = sum(
            solution.mean[p] * float(np.minimum(solution.shares[p], whole).sum()) for p in parts if p in solution.mean
        )
        return Gy(total * self.gy_per_count / float(np.vdot(whole, self.rho)))


def contour_regions(volumes: Mapping[str, Voi], image: LiverImage) -> tuple[Mapping[str, Numbers], tuple[str, ...]]:
    """Return the regions of a case, which do not overlap, and the names of those that are lesions or parts of lesions."""
    lesions = {role: image.part(voi) for role, voi in volumes.items() if role.startswith("tumour-")}
    groups = _groups({role: volumes[role] for role in lesions})
    territories = {name: share for group in groups for name, share in _territories(group, lesions).items()}
    return _regions(territories, volumes, image), tuple(territories)


def blurred(share: Numbers, spacing_zyx_mm: Spacing, fwhm_mm: float) -> Numbers:
    """Return shares blurred by a Gaussian of that resolution."""
    sigma = [require_positive(fwhm_mm, what="resolution FWHM (mm)") * SIGMA_PER_FWHM / d for d in spacing_zyx_mm]
    return np.asarray(gaussian_filter(share, sigma, mode="constant"), dtype=np.float64)


def _means(shares: Sequence[Numbers], fields: Sequence[Numbers]) -> Numbers:
    """Return the mean of each field in each volume: sum s f / sum s."""
    rows = []
    for share in shares:
        voxels = np.flatnonzero(share)  # lesions fill a small part of the box
        weight = share.ravel()[voxels]
        rows.append([float(weight @ b.ravel()[voxels]) / float(weight.sum()) for b in fields])
    return np.array(rows)


def _box(volumes: Sequence[Voi], fwhm_mm: float) -> Box:
    """Return the part of the grid that blur connects with the volumes."""
    ranges = []
    for axis, spacing in enumerate(volumes[0].grid.spacing_zyx_mm):
        more = int(np.ceil(MARGIN_FWHM * fwhm_mm / spacing))
        first, last = min(v.box[axis].start for v in volumes), max(v.box[axis].stop for v in volumes)
        ranges.append(slice(max(first - more, 0), last + more))
    z, y, x = ranges
    return z, y, x


def _overlap(one: Voi, other: Voi) -> bool:
    """Tell whether two lesions overlap, rather than touch in the voxels that their edges share."""
    mine = one.share > 0
    first, second = one.share[mine], other.share[mine]
    if not second.any():
        return False
    smaller = min(float(first.sum(dtype=np.float64)), float(other.share.sum(dtype=np.float64)))
    twice = float(np.maximum(first + second - 1, 0).sum(dtype=np.float64))
    common = float(np.minimum(first, second).sum(dtype=np.float64))
    return twice > OVERLAP_SHARE * smaller or common > COPY_SHARE * smaller


def _groups(lesions: Mapping[str, Voi]) -> Sequence[Sequence[str]]:
    """Return lesions in groups that overlap, directly or by others between them."""
    groups: list[list[str]] = []
    for role, lesion in lesions.items():
        met = [g for g in groups if any(_overlap(lesion, lesions[r]) for r in g)]
        groups = [*(g for g in groups if g not in met), [*(r for g in met for r in g), role]]
    return groups


def _regions(lesions: Mapping[str, Numbers], volumes: Mapping[str, Voi], image: LiverImage) -> Mapping[str, Numbers]:
    """Return regions that do not overlap: lesions first, then necrosis, thrombus, normal perfused liver, the rest of the liver, lungs."""
    candidates = [(name, share, False) for name, share in lesions.items()]
    whole_of = {**{name: name for name in LESION_NEIGHBOURS}, "normal-perfused": "perfused", "rest": "liver"}
    for name, role in {**whole_of, "lungs": "lungs"}.items():
        if role in volumes:
            candidates.append(
                (name, image.part(volumes[role]), name != role)
            )  # perfused and liver hold those before them
    left, regions = np.ones_like(image.counts), dict[str, Numbers]()
    for name, whole, less in candidates:
        total = sum(regions.values(), np.zeros_like(left)) if less else 0.0
        share = np.clip(np.minimum(whole - total, left), 0, 1)
        if float(share.sum()) > SLIVER_SHARE * float(whole.sum()):
            regions[name], left = share, left - share
    return regions


def _territories(group: Sequence[str], lesion_parts: Mapping[str, Numbers], first: str = "") -> Mapping[str, Numbers]:
    """Return lesions that overlap as regions that do not: `first`, then the smallest, each less those before it.

    A lesion of which less than half is left is no region of its own: with what else is left it belongs to the rest of the group.
    Names tell regions of one order from those of another.
    """
    end = f" beside {first}" if first else ""
    left = np.minimum(np.maximum.reduce([lesion_parts[r] for r in group]), 1.0)
    parts: dict[str, Numbers] = {}
    for role in sorted(group, key=lambda r: (r != first, float(lesion_parts[r].sum()))):
        share = np.minimum(lesion_parts[role], left)
        if float(share.sum()) >= OWN_SHARE * float(lesion_parts[role].sum()):
            parts[f"{role} first" if role == first else role + end] = share
            left = left - share
    if float(left.sum()) > SLIVER_SHARE * min(float(lesion_parts[r].sum()) for r in group):
        parts["rest of " + "+".join(group) + end] = left
    return parts


def _is_whole(region: Numbers | None, part: Numbers) -> bool:
    """Tell whether a region holds all of the lesion that it is named after."""
    return region is not None and float(region.sum()) >= (1 - SLIVER_SHARE) * float(part.sum())


def _audit_necrosis(volumes: Mapping[str, Voi], solution: _Solution) -> tuple[Finding, ...]:
    """Return a warning where drawn necrosis takes up more than the perfused normal liver, with blur undone: it is not dead, or drawn elsewhere."""
    dead, normal = solution.mean.get("necrosis"), solution.mean.get("normal-perfused")
    if dead is None or normal is None or {"necrosis", "normal-perfused"} & solution.own_shares.keys() or dead <= normal:
        return ()
    voi = volumes["necrosis"]
    message = (
        f'what is drawn as necrosis ("{voi.name}", {voi.ml:.0f} mL) takes up {dead / normal:.1f} times as much as the perfused normal liver with blur '
        "undone: what is dead takes up nothing. It counts neither as lesion nor as normal liver, so that no dose of it is judged; check that it is not "
        "drawn larger than the dead part, or on another image"
    )
    return (Finding("warning", "necrosis-takes-up", message, {"ratio": dead / normal, "volume_ml": voi.ml}),)


def _overlap_note(lesions: Sequence[Voi]) -> Finding:
    names = " and ".join(f'{v.role} ("{v.name}")' for v in lesions)
    message = (
        f"{names} overlap: with blur undone each is a region of its own, so that neither takes the other's activity"
    )
    return Finding("note", "lesions-overlap", message)


def _not_undone(lesion: Voi, fwhm_mm: float, coefficient: float | None) -> Finding:
    who = f'{lesion.role} ("{lesion.name}", {lesion.ml:.1f} mL)'
    why = (
        "cannot be told from its neighbours"
        if coefficient is None
        else f"keeps {100 * coefficient:.0f} % of its own counts inside (30 % is the least)"
    )
    message = f"{who} {why} at {fwhm_mm:g} mm FWHM, so its dose with blur undone is not stated; its dose as seen stands"
    values: dict[str, Value] = {
        "lesion": lesion.role,
        "volume_ml": lesion.ml,
        "fwhm_mm": fwhm_mm,
        "kept_fraction": coefficient,
    }
    return Finding("note", "blur-not-undone", message, values)
