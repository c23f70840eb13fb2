"""How each mean dose, with blur undone, follows the contours and the resolution: derivatives by the shapes of the case's own volumes.

The closed form of the guidance knows one sphere in an even surrounding; here an edge moves counts and mass between the volumes that
meet at it, and every dose feels it: the same error with its sign.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from yttria.physics.quantification.spill_over import (
    LEAST_RECOVERY,
    LESION_NEIGHBOURS,
    MOST_CONDITION,
    LiverImage,
    Numbers,
    blurred,
    contour_regions,
)
from yttria.values.aims_limits import DoseName
from yttria.values.errors import require_not_negative
from yttria.values.maps import ActivityMap, DensityMap, Voi

Factors = Mapping[str, float]
NEIGHBOURS = 3  # voxels along an edge of the cube that tells what lies beside a contour
LEAST_NEIGHBOUR_SHARE = 1e-3
BOTH = 0.5**0.5
"""Where two contours end together the one that lies farther in counts: the square of the smaller of two equal errors has the mean of one."""
DOSES = {"tumour": "TD_all", "perfused": "PLD", "normal-perfused": "NPLD", "normal-liver": "WNLD", "liver": "WLD"}


def dose_sensitivities(
    activity: ActivityMap,
    density: DensityMap,
    volumes: Mapping[str, Voi],
    *,
    fwhm_mm: float,
    fwhm_uncertainty_mm: float,
    diameter_mm: float,
    scatter_share: float,
    relative: bool,
) -> Mapping[DoseName, Factors]:
    """Return the relative change of each dose by one standard uncertainty of each contour and of the resolution, signed.

    An edge that lies dr = u(d)/2 farther out takes dr * |grad s| from the regions beside it: dV = dr A. The moments of the regions
    (counts, mass, volume, what blur carries between them) change by their integrals over that layer, and the means are solved again:
    t = W^-1 m. Causes: "contour ROLE" for each drawn volume, independent of each other, "resolution", and "scatter": counts that a
    scatter correction has left or taken too much, spread evenly over the liver.

    Parameters
    ----------
    activity, density
        On the emission grid, as the doses were made of.
    volumes
        By role.
    fwhm_mm, fwhm_uncertainty_mm
        Resolution of the image and its standard uncertainty.
    diameter_mm
        u(d), standard uncertainty of a diameter between contours of two hands.
    scatter_share
        Standard uncertainty of the share of the counts that is scatter.
    relative
        Patient-relative calibration: the liver's counts share out the activity, so that its contour moves every dose.

    Returns
    -------
    Mapping
        By dose name (TD_n, TD_all, PLD, NPLD, WNLD, WLD); empty where the regions cannot be told apart at this resolution. A lesion
        that is no region of its own, or that keeps less than 30 % of itself, is absent.

    Notes
    -----
    First order in the distance: right while u(d)/2 is small against the radius. Where the perfused volume ends at the liver's edge, its
    part inside the liver ends at whichever contour lies farther in: each moves it by the root of a half, together as much as one.

    Source
    ------
    The covariance of counts, volume and recovery: Gear et al., EJNMMI 2018;45:2456. The model of blur: Rousset et al., J Nucl Med
    1998;39:904.
    """
    require_not_negative(diameter_mm, what="uncertainty of a diameter (mm)")
    image = LiverImage.around(volumes, activity, density, fwhm_mm, relative=relative)
    regions, territories = contour_regions(volumes, image)
    model = _Model.of(image, regions, volumes, territories)
    nominal = model.means(model.moments)
    if nominal is None:
        return {}
    factors_by_dose: dict[DoseName, dict[str, float]] = {name: {} for name, dose in nominal.items() if dose > 0}
    for cause, moved in model.edges(volumes, diameter_mm / 2):
        change = model.moments_of(moved)
        above, below = model.means(model.moments.plus(change, 1.0)), model.means(model.moments.plus(change, -1.0))
        _record(factors_by_dose, cause, above, below)
    softer = model.means(model.at_resolution(fwhm_mm + fwhm_uncertainty_mm))
    _record(factors_by_dose, "resolution", softer, nominal, times=2.0)
    even = model.scattered(scatter_share)
    _record(
        factors_by_dose,
        "scatter",
        model.means(model.moments.plus(even, 1.0)),
        model.means(model.moments.plus(even, -1.0)),
    )
    return factors_by_dose


def _record(
    factors_by_dose: Mapping[DoseName, dict[str, float]],
    cause: str,
    above: Mapping[DoseName, float] | None,
    below: Mapping[DoseName, float] | None,
    times: float = 1.0,
) -> None:
    """Write half the difference of both sides over their mean under the cause; all of it for a volume that is gone on one side."""
    if above is None or below is None:
        return
    for name, factors in factors_by_dose.items():
        if name not in above or name not in below:
            factors[cause] = 1.0
            continue
        middle = (above[name] + below[name]) / 2
        factors[cause] = times * (above[name] - below[name]) / (2 * middle) if middle > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Moments:
    """Sums over regions: what blur carries between each two, counts, volume, mass."""

    spill: Numbers
    counts: Numbers
    volume: Numbers
    mass: Numbers

    def plus(self, other: "_Moments", times: float) -> "_Moments":
        return _Moments(
            self.spill + times * other.spill,
            self.counts + times * other.counts,
            self.volume + times * other.volume,
            self.mass + times * other.mass,
        )


@dataclass(frozen=True, slots=True)
class _Model:
    """Regions with their blurred shares, and which part of each belongs to the volume of each dose."""

    image: LiverImage
    names: Sequence[str]
    shares: Sequence[Numbers]
    soft: Sequence[Numbers]
    parts: Mapping[DoseName, Numbers]
    in_liver: Numbers
    moments: _Moments

    @classmethod
    def of(
        cls,
        image: LiverImage,
        regions: Mapping[str, Numbers],
        volumes: Mapping[str, Voi],
        territories: Sequence[str],
    ) -> "_Model":
        """Return the model of a case; a lesion that is a region of its own has its own dose."""
        names, shares = list(regions), list(regions.values())
        soft = [blurred(s, image.spacing, image.fwhm_mm) for s in shares]
        volume = np.array([float(s.sum()) for s in shares])

        def part_of(role: str) -> Numbers:
            whole = image.part(volumes[role])
            return np.asarray(np.array([float(np.minimum(s, whole).sum()) for s in shares]) / volume)

        parts = {name: part_of(role) for role, name in DOSES.items() if role in volumes}
        for name in ("NPLD", "WNLD"):  # lesions and their edges are no normal liver
            if name in parts:
                roles = {"NPLD": ("normal-perfused",), "WNLD": ("normal-perfused", "rest")}[name]
                parts[name] = np.array([1.0 if n in roles else 0.0 for n in names])
        if "TD_all" in parts:
            parts["TD_all"] = np.array([1.0 if n in territories else 0.0 for n in names])
        for role in territories:
            if role.startswith("tumour-") and role in volumes:
                parts[role.replace("tumour-", "TD_")] = np.array([1.0 if n == role else 0.0 for n in names])
        spill = np.array([[float(np.vdot(s, b)) for b in soft] for s in shares])
        moments = _Moments(
            spill,
            np.array([float(np.vdot(s, image.counts)) for s in shares]),
            volume,
            np.array([float(np.vdot(s, image.rho)) for s in shares]),
        )
        return cls(image, names, shares, soft, parts, part_of("liver"), moments)

    def means(self, moments: _Moments) -> Mapping[DoseName, float] | None:
        """Return each dose, in counts per gram (of all in the liver: relative), with blur undone; None where regions cannot be told apart."""
        spill, image_means = moments.spill / moments.volume[:, None], moments.counts / moments.volume
        free = np.diag(self.moments.spill) / self.moments.volume >= LEAST_RECOVERY
        if not free.any() or np.linalg.cond(spill[np.ix_(free, free)]) > MOST_CONDITION:
            return None
        true = image_means.copy()
        true[free] = np.linalg.solve(
            spill[np.ix_(free, free)], image_means[free] - spill[np.ix_(free, ~free)] @ image_means[~free]
        )
        counts = np.maximum(true, 0.0) * moments.volume
        whole = float(self.in_liver @ counts) if self.image.relative else 1.0
        own = {name for n, ok in zip(self.names, free, strict=True) if not ok and (name := n.replace("tumour-", "TD_"))}
        return {
            name: float(part @ counts) / float(part @ moments.mass) / whole
            for name, part in self.parts.items()
            if name not in own and float(part @ moments.mass) > 0 and whole > 0
        }

    def moments_of(self, moved: Mapping[int, Numbers]) -> _Moments:
        """Return the change of the moments where shares move: what blur carries changes on both sides, to first order."""
        n = len(self.names)
        spill = np.zeros((n, n))
        counts, volume, mass = np.zeros(n), np.zeros(n), np.zeros(n)
        for i, change in moved.items():
            at = np.flatnonzero(change)
            layer = change.ravel()[at]
            across = np.array([float(layer @ b.ravel()[at]) for b in self.soft])
            spill[i, :] += across
            spill[:, i] += across
            counts[i] = float(layer @ self.image.counts.ravel()[at])
            volume[i] = float(layer.sum())
            mass[i] = float(layer @ self.image.rho.ravel()[at])
        return _Moments(spill, counts, volume, mass)

    def at_resolution(self, fwhm_mm: float) -> _Moments:
        """Return the moments where the image is taken to be blurred by another width."""
        soft = [blurred(s, self.image.spacing, fwhm_mm) for s in self.shares]
        spill = np.array([[float(np.vdot(s, b)) for b in soft] for s in self.shares])
        return _Moments(spill, self.moments.counts, self.moments.volume, self.moments.mass)

    def scattered(self, share: float) -> _Moments:
        """Return the change of the moments where a share of the liver's counts lies evenly over it instead of where it belongs."""
        volume, counts = self.in_liver * self.moments.volume, self.in_liver * self.moments.counts
        moved = share * (float(counts.sum()) * volume / float(volume.sum()) - counts)
        nothing = np.zeros_like(moved)
        return _Moments(np.zeros_like(self.moments.spill), moved, nothing, nothing)

    def edges(self, volumes: Mapping[str, Voi], out_mm: float) -> Iterator[tuple[str, Mapping[int, Numbers]]]:
        """Yield for each contour how the shares of the regions change where it lies that much farther out."""
        neighbours = [uniform_filter(s, NEIGHBOURS, mode="constant") for s in self.shares]
        dead = [n for n, name in enumerate(self.names) if name == "necrosis"]
        lesions = [n for n, name in enumerate(self.names) if name.startswith(("tumour-", "rest of"))]
        own = [n for n, name in enumerate(self.names) if name in LESION_NEIGHBOURS]
        liver = [n for n, name in enumerate(self.names) if name in {"normal-perfused", "rest"}]
        for n in (*lesions, *own):
            inside = [n, *(q for q in dead if n in lesions)]  # the contour of a lesion holds its dead core
            whole = sum((self.shares[q] for q in inside), np.zeros_like(self.image.counts))
            layer = out_mm * _gradient(whole, self.image.spacing) * (neighbours[n] > 0)
            free = np.maximum(1 - sum((neighbours[q] for q in inside), np.zeros_like(layer)), LEAST_NEIGHBOUR_SHARE)
            moved = {q: -layer * np.clip(neighbours[q] / free, 0, 1) for q in range(len(self.names)) if q not in inside}
            yield f"contour {self.names[n]}", {n: layer, **moved}
        layer = out_mm * _gradient(self.image.liver, self.image.spacing)
        every = np.maximum(sum((neighbours[n] for n in liver), np.zeros_like(layer)), LEAST_NEIGHBOUR_SHARE)
        outer = {n: layer * np.clip(neighbours[n] / every, 0, 1) for n in liver}
        if "normal-perfused" in self.names and "rest" in self.names:
            perfused, rest = (self.names.index(name) for name in ("normal-perfused", "rest"))
            within = np.clip(2 * uniform_filter(self.image.liver, NEIGHBOURS, mode="constant") - 1, 0, 1)
            weight = BOTH + (1 - BOTH) * within
            edge = weight * out_mm * _gradient(self.image.part(volumes["perfused"]), self.image.spacing)
            yield "contour perfused", {perfused: edge, rest: -edge}
            shared = outer[perfused] * BOTH
            outer = {perfused: shared, rest: outer[rest] + outer[perfused] - shared}
        yield "contour liver", outer


def _gradient(share: Numbers, spacing_zyx_mm: Sequence[float]) -> Numbers:
    """Return |grad s|, per mm: its integral over the grid is the area of the surface; along an axis of one voxel nothing is seen of it."""
    square = np.zeros_like(share)
    for axis, step in enumerate(spacing_zyx_mm):
        if share.shape[axis] > 1:
            square += np.gradient(share, step, axis=axis) ** 2
    return np.asarray(np.sqrt(square))
