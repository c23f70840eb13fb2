"""How much of the activity lodges in the lungs, and the mass it is spread over."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from yttria.data import table
from yttria.physics.geometry.grid_average import overlaps
from yttria.physics.geometry.regrid import CT_OUTSIDE, trimmed
from yttria.physics.geometry.volume_algebra import farther_than
from yttria.physics.quantification.ct_density import density_on
from yttria.values.errors import Finding, GeometryError, QuantityError, require_not_negative
from yttria.values.grid import Grid, require_same_grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.planar import Image, PlanarScan
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Ml, Share

DOME_MM = 20.0
WHOLE_VOXEL = 0.999
LUNG_DENSITY = (0.05, 0.85)  # g/mL; from the emptiest to where soft tissue begins: choices of this program
SPECT_RELATIVE = 0.13 / math.sqrt(3)
SPECT_SOURCE = "SPECT/CT within 13 % in phantoms, taken as the half-width of a uniform distribution: Allred et al., EJNMMI Res 2018"
PLANAR_RELATIVE = 0.44 / math.sqrt(3)
PLANAR_SOURCE = "planar up to 44 % off in phantoms, taken as the half-width of a uniform distribution: Allred et al., EJNMMI Res 2018"
FEW_SHARE, LITTLE_SHARE, WHOLE_SHARE = 0.6, 0.25, 0.995
LEAST_LUNG = 0.5  # of the whole lungs: a shunt measured on less is not used (house)
PLANES = 64
"""Planes of a CT that are turned to density together."""
LungMass = tuple[Gram, str]


def lung_mass(ct: CtImage | None, lungs: Voi | None) -> tuple[LungMass, tuple[Finding, ...]]:
    """Return the mass of the lungs, g, and where it comes from: the sum of volume times density on CT, or 1000 g with a warning.

    m = sum V rho(HU) over the lungs' voxels, rho = 1 + HU / 1000; a voxel that they share with chest wall or heart counts its
    part of them with the mean density of the whole voxels.

    Parameters
    ----------
    ct
        The CT, or None.
    lungs
        Both lungs on any grid in the CT's frame (best the CT's own), or None.

    Returns
    -------
    tuple
        (mass, "CT" or "default 1000 g") and doubts.

    Notes
    -----
    Vessels and fissures inside the contour are lung and count. Blur of the CT itself at the edge stays in: the digital patient's lungs
    come out 4.4 % too heavy, and their dose as much too low.

    Source
    ------
    Kao et al., EJNMMI Res 2014;4:33 (CT densitovolumetry).
    """
    default = Gram(table("tissue")["lungs"]["mass_g"])
    if ct is None or lungs is None:
        missing = "no CT" if ct is None else "no lungs are drawn"
        message = f"{missing}: lung mass is the {default:g} g default ({table('tissue')['lungs']['source']}); the lung dose goes with its inverse; draw the lungs on CT or give [lungs] mass_kg"
        return (default, f"default {default:g} g"), (
            Finding("warning", "lung-mass-default", message, {"default_g": default}),
        )
    small = trimmed(lungs)
    mean, share_in_ct = _density_within(ct, small)
    mass = Gram(small.ml * mean)
    findings = []
    if not LUNG_DENSITY[0] <= mean <= LUNG_DENSITY[1]:
        message = (
            f"the lungs have {mean:.3g} g/mL in the mean on CT, which no lung full of air has ({LUNG_DENSITY[0]:g} to {LUNG_DENSITY[1]:g}): "
            "check the rescale of the CT, and that the lungs were drawn on it; the lung dose goes with the inverse of their mass"
        )
        findings.append(Finding("warning", "lungs-density", message, {"mean_g_per_ml": mean}))
    if share_in_ct < WHOLE_SHARE:
        findings.append(
            Finding(
                "warning",
                "lungs-cut-by-ct",
                f"{100 * (1 - share_in_ct):.1f} % of the lungs lie outside the CT; they count with the mean density of the rest",
                {"outside_fraction": 1 - share_in_ct},
            )
        )
    return (mass, "CT"), tuple(findings)


def _density_within(ct: CtImage, lungs: Voi) -> tuple[float, float]:
    """Return the mean density of a volume's whole voxels on a CT (of all its voxels where none is whole), g/mL, and which share of it the CT holds.

    Some planes at a time: lungs on a CT of a thousand slices have a hundred million voxels.
    """
    sums = np.zeros((2, 2))  # of whole voxels, and of all: sum of densities, number
    inside = 0.0
    for first in range(0, len(lungs.share), PLANES):
        share = lungs.share[first : first + PLANES]
        affine = lungs.grid.matrix
        affine[:3, 3] = lungs.grid.points_of([(0, 0, first)])[0]
        try:
            density, covered = density_on(ct, Grid.of(share.shape, affine, lungs.grid.frame_uid))
        except GeometryError as error:  # these planes lie outside the CT; what of the others?
            if error.code != CT_OUTSIDE or (not inside and first + PLANES >= len(lungs.share)):
                raise
            continue
        weight = share if covered.min() >= 1 else share * covered
        inside += float(weight.sum(dtype=np.float64))
        for row, voxels in enumerate((weight >= WHOLE_VOXEL, weight > 0)):
            sums[row] += float(density.g_per_ml[voxels].sum(dtype=np.float64)), np.count_nonzero(voxels)
    total, number = sums[0] if sums[0, 1] else sums[1]
    return float(total / number), inside / float(lungs.share.sum(dtype=np.float64))


def spect_shunt(
    image: CountMap | ActivityMap,
    *,
    lungs: Voi,
    liver: Voi,
    lung_mass: LungMass,
    lungs_ml: Ml | None = None,
    dome_mm: float = DOME_MM,
    least_share: float = LEAST_LUNG,
) -> tuple[LungShunt, tuple[Finding, ...]]:
    """Return the lung shunt from SPECT/CT: LSF = L / (L + V), lungs over lungs and liver.

    Lung voxels within `dome_mm` of the liver are left out: there, breathing and blur bring liver counts into the lungs.
    L = mean concentration in the rest times the whole lung volume, so that what was left out and what the field cuts off
    count with the mean of the rest. Voxels that both claim count to the liver.

    Parameters
    ----------
    image
        Attenuation- and scatter-corrected counts or Bq/mL.
    lungs, liver
        On the emission grid.
    lung_mass
        Mass, g, and its source, for the lung dose.
    lungs_ml
        Whole volume of the lungs, mL; the part on the grid where absent.
    dome_mm
        Width of the exclusion, mm; 20 or more is asked for.
    least_share
        Of the whole lungs that must lie in the image.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; no lung left after the exclusion; less lung than `least_share`; no counts in lungs and liver.

    Source
    ------
    LSF by SPECT/CT: Allred et al., EJNMMI Res 2018. Lungs apart from the liver, never voxel by voxel: Chiesa et al., EJNMMI Phys
    2021;8:77. The width at the dome is a usual choice, 20 mm or more; no publication was checked for it.
    """
    require_same_grid(image.grid, lungs.grid, what="emission image and lungs")
    require_same_grid(image.grid, liver.grid, what="emission image and liver")
    numbers = image.numbers[lungs.box]
    alone = np.minimum(lungs.own_part, 1 - liver.share[lungs.box])
    far = farther_than(liver.share >= 0.5, image.grid.spacing_zyx_mm, dome_mm)[lungs.box]
    apart = np.where(far, alone, 0)
    apart_ml = float(apart.sum(dtype=np.float64)) * image.grid.voxel_ml
    if apart_ml <= 0:
        raise QuantityError(
            f"lungs must reach farther than {dome_mm:g} mm from the liver to measure a shunt, but none of them does; draw the lungs, or give [shunt] fraction",
            code="lungs-too-short",
            values={"dome_mm": dome_mm},
        )
    mean = float(np.vdot(apart.astype(np.float64), numbers)) / float(apart.sum(dtype=np.float64))
    whole = max(lungs_ml or 0.0, float(alone.sum(dtype=np.float64)) * image.grid.voxel_ml)
    _require_lung(lungs.ml, whole, "the emission image", least_share)
    lung_counts = mean * whole / image.grid.voxel_ml
    liver_counts = liver.total_of(image.numbers)
    if lung_counts + liver_counts <= 0:
        raise QuantityError(
            "lungs and liver must hold counts, but hold none; check that image and volumes belong together",
            code="lungs-without-counts",
        )
    fraction = lung_counts / (lung_counts + liver_counts)
    detail = {
        "lung_ml": float(whole),
        "measured_lung_ml": apart_ml,
        "in_field_ml": float(lungs.ml),
        "lung_counts": lung_counts,
        "liver_counts": liver_counts,
    }
    result = LungShunt(
        Share(fraction), "spect", *lung_mass, uncertainty=SPECT_RELATIVE * fraction * (1 - fraction), detail=detail
    )
    return result, _spect_findings(apart_ml, lungs.ml, whole, dome_mm)


def _require_lung(part: Ml, whole: float, image: str, least_share: float) -> None:
    if part < least_share * WHOLE_SHARE * whole:
        raise QuantityError(
            f"{image} must show half of the lungs or more, but shows {100 * part / whole:.0f} % of {whole:.0f} mL; draw both lungs whole, or give [shunt] fraction",
            code="lungs-cut-off",
            values={"whole": whole},
        )


def _spect_findings(apart_ml: float, in_field: float, whole: float, dome_mm: float) -> tuple[Finding, ...]:
    message = f"lung shunt by SPECT/CT: {dome_mm:g} mm beside the liver are left out; {100 * apart_ml / whole:.0f} % of {whole:.0f} mL of lung were measured, the rest counts with their mean"
    findings = [
        Finding(
            "note",
            "shunt-dome",
            message,
            {"dome_mm": dome_mm, "measured_fraction": apart_ml / whole, "lungs_ml": whole},
        )
    ]
    if in_field < WHOLE_SHARE * whole:
        findings.append(
            Finding(
                "warning" if in_field < FEW_SHARE * whole else "note",
                "lungs-truncated",
                f"{100 * (1 - in_field / whole):.0f} % of the lungs lie outside the emission image; they count with the mean of the rest",
                {"outside_fraction": 1 - in_field / whole},
            )
        )
    if apart_ml < LITTLE_SHARE * whole:
        findings.append(
            Finding(
                "warning",
                "shunt-few-lung",
                f"only {100 * apart_ml / whole:.0f} % of the lungs could be measured; the shunt is uncertain beyond its stated interval",
                {"measured_fraction": apart_ml / whole},
            )
        )
    return tuple(findings)


def planar_shunt(
    scan: PlanarScan,
    *,
    lungs: Voi,
    liver: Voi,
    lung_mass: LungMass,
    lungs_ml: Ml | None = None,
    background: tuple[float, float] = (0.0, 0.0),
    least_share: float = LEAST_LUNG,
) -> tuple[LungShunt, tuple[Finding, ...]]:
    """Return the lung shunt from conjugate planar views: LSF = L / (L + V), each the geometric mean of both views.

    Regions are the volumes projected from front to back; a pixel that the liver touches counts to the liver. With a scatter window,
    C = C_main - C_low (W_main / W_low) / 2.

    Parameters
    ----------
    scan
        Both views with their place.
    lungs, liver
        On any grid along the patient's axes, in the scan's frame.
    lung_mass
        Mass, g, and its source.
    lungs_ml
        Whole volume of the lungs, mL: counts of a drawn part of them are scaled to it; as drawn where absent.
    background
        Counts a pixel to take off, anterior and posterior.
    least_share
        Of the whole lungs that must be drawn.

    Raises
    ------
    GeometryError, QuantityError
        A scan without place or in another frame; oblique volumes; no counts in lungs and liver.

    Notes
    -----
    Planar shunts are mostly too high: liver scatter and breathing bring counts into the lungs, and lungs attenuate less
    (median +4.4 points against SPECT/CT, 0.9 to 11.9; JACMP e13734).

    Source
    ------
    Geometric mean as manufacturers advise; dual window: BMC Cancer, doi:10.1186/s12885-022-10392-y.
    """
    touches_liver = projected(liver, scan) > 0
    in_lungs = ((projected(lungs, scan) > 0) & ~touches_liver).astype(np.float64)
    in_liver = touches_liver.astype(np.float64)
    views = (
        _scatter_free(scan.anterior, scan.scatter_anterior, scan),
        _scatter_free(scan.posterior, scan.scatter_posterior, scan),
    )
    for value in background:
        require_not_negative(value, what="background (counts a pixel)")
    lung_views = [_counts(v, in_lungs, b) for v, b in zip(views, background, strict=True)]
    liver_views = [_counts(v, in_liver, b) for v, b in zip(views, background, strict=True)]
    whole = max(lungs_ml or 0.0, lungs.ml)
    _require_lung(lungs.ml, whole, "the drawing", least_share)
    lung, organ = math.sqrt(math.prod(lung_views)) * whole / lungs.ml, math.sqrt(math.prod(liver_views))
    if lung + organ <= 0:
        raise QuantityError(
            "lungs and liver must hold counts in both views, but hold none; check the scan and its place",
            code="lungs-without-counts",
        )
    fraction = lung / (lung + organ)
    counted = sum(0.25 / max(c, 1.0) for c in (*lung_views, *liver_views))
    relative = math.hypot(PLANAR_RELATIVE, math.sqrt(counted))
    detail: Mapping[str, float] = dict(
        zip(
            ("lung_anterior", "lung_posterior", "liver_anterior", "liver_posterior"),
            (*lung_views, *liver_views),
            strict=True,
        )
    )
    result = LungShunt(
        Share(fraction), "planar", *lung_mass, uncertainty=relative * fraction * (1 - fraction), detail=detail
    )
    scatter = (
        "scatter taken off by the lower window"
        if scan.scatter_anterior is not None and scan.window_ratio
        else "no scatter correction"
    )
    message = f"lung shunt by planar geometric mean ({scatter}): mostly too high, by 4.4 points in the median against SPECT/CT (JACMP e13734)"
    return result, (Finding("note", "shunt-planar", message),)


def projected(voi: Voi, scan: PlanarScan) -> NDArray[np.float64]:
    """Return which share of each pixel a volume covers when seen from the front.

    Raises
    ------
    GeometryError
        A scan that does not say where it lies, or lies in another frame; a volume on an oblique grid; one outside the view.
    """
    if scan.origin_xz_mm is None:
        raise GeometryError(
            'a planar scan must say where it lies to measure a shunt on it, but its header does not; give [shunt] fraction = … and method = "planar", or use SPECT/CT',
            code="planar-position-absent",
        )
    if scan.frame_uid and voi.grid.frame_uid and scan.frame_uid != voi.grid.frame_uid:
        raise GeometryError(
            'planar scan and volumes must lie in one frame of reference, but do not; give [shunt] fraction = … and method = "planar", or use SPECT/CT',
            code="frame-contradiction",
        )
    if not voi.grid.is_axis_aligned:
        raise GeometryError(
            f"{voi.role} must lie along the patient's axes to be projected, but its grid is oblique; bring it onto the emission grid first",
            code="grid-oblique",
        )
    shadow = voi.share.max(axis=1).astype(np.float64)
    dz, dx = scan.pixel_mm
    x0, z0 = scan.origin_xz_mm
    step, start = np.diag(voi.grid.matrix)[:3], voi.grid.origin_lps_mm
    across = _weights(shadow.shape[1], scan.anterior.shape[1], scale=dx / step[0], shift=(x0 - start[0]) / step[0])
    down = _weights(shadow.shape[0], scan.anterior.shape[0], scale=-dz / step[2], shift=(z0 - start[2]) / step[2])
    projection = down @ shadow @ across.T
    if not projection.any():
        raise GeometryError(
            f"{voi.role} must lie in the planar view, but lies outside it; check the scan's place",
            code="volume-outside-planar-view",
        )
    return np.asarray(projection)


def _weights(source: int, target: int, *, scale: float, shift: float) -> NDArray[np.float64]:
    first, part = overlaps(source, target, scale=scale, shift=shift)
    dense = np.zeros((target, source + part.shape[1]))
    rows = np.arange(target)[:, None]
    dense[rows, first[:, None] + np.arange(part.shape[1])] = part
    return dense[:, :source]


def _scatter_free(main: Image, low: Image | None, scan: PlanarScan) -> NDArray[np.float64]:
    counts = main.astype(np.float64)
    if low is None or scan.window_ratio is None:
        return counts
    return counts - low.astype(np.float64) * scan.window_ratio / 2


def _counts(view: NDArray[np.float64], region: NDArray[np.float64], background: float) -> float:
    """Return the counts of a region in a view, at least zero."""
    return max(float(np.vdot(region, view)) - background * float(region.sum()), 0.0)
