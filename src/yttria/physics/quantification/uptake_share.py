"""Do the counts lie where the volumes were drawn? Shares of counts beside those of even uptake, blurred as the image is."""

import numpy as np
from scipy.ndimage import gaussian_filter

from yttria.physics.quantification.spill_over import SIGMA_PER_FWHM
from yttria.values.errors import Finding, Level, QuantityError, Value, require_positive
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.units import Share
from yttria.values.uptake import UptakeShares

OF_BLUR_WARNING, OF_BLUR_STOP = 0.8, 0.5
"""Counts share over blur share below which a perfused volume is doubted, and not planned on (house)."""
LIVER_WARNING, LIVER_STOP = 0.8, 0.5
"""Share of all counts in the liver below which its contour is doubted, and not planned on (house)."""
OF_LIVER_BLUR = 0.95
"""Of what blurred even uptake in the perfused volume leaves in the liver: from there on blur alone explains what lies outside (house)."""
ROUNDING = 1e-9
MARGIN_FWHM = 2.0


def uptake_shares(
    counts: CountMap | ActivityMap, *, liver: Voi, perfused: Voi, lungs: Voi | None = None, fwhm_mm: float
) -> UptakeShares:
    """Return the share of the liver's counts in the perfused volume, the liver's of all counts, and both of blurred even uptake.

    c = sum p n / sum l n and b = sum p (h * p) / sum l (h * p), with n the counts, l the liver, p the perfused volume inside it and h the
    Gaussian of the image; of all counts the liver holds sum l n / sum n, and of blurred even uptake sum l (h * p) / sum p. Counts of the lungs are left out of all counts; what both claim is the liver's.

    Parameters
    ----------
    counts
        Counts or Bq/mL: only their proportions are used.
    liver, perfused, lungs
        On the emission grid; lungs None where they are not drawn.
    fwhm_mm
        Resolution of the image.

    Raises
    ------
    GeometryError, QuantityError
        Another grid; a liver without counts; a perfused volume with nothing inside the liver; a resolution that is not above zero.

    Notes
    -----
    A small volume has a low counts share by blur alone: a segment of 66 mL shows half of its counts outside, and one at the liver's edge
    a quarter outside the liver. The ratio of both shares is above 1 where the perfused volume takes up more towards its middle.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((8, 8, 8), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> lobe = np.zeros(grid.shape_zyx)
    >>> lobe[:, :, :4] = 1
    >>> liver, perfused = Voi("l", "liver", grid, np.ones(grid.shape_zyx)), Voi("p", "perfused", grid, lobe)
    >>> found = uptake_shares(CountMap(grid, lobe), liver=liver, perfused=perfused, fwhm_mm=12.0)
    >>> found.perfused, round(found.perfused_blur, 2)
    (1.0, 0.97)
    """
    for voi in (liver, perfused, *(() if lungs is None else (lungs,))):
        require_same_grid(counts.grid, voi.grid, what=f"emission image and {voi.role or voi.name}")
    numbers = counts.numbers
    in_liver, treated = liver.total_of(numbers), _held_in_both(perfused, liver.share, numbers)
    total = float(numbers.sum(dtype=np.float64))
    if in_liver <= 0:
        raise QuantityError(
            "the liver must hold counts, but holds none; check that image and liver belong together",
            code="liver-without-counts",
        )
    in_lungs = 0.0 if lungs is None else _held_in_both(lungs, 1 - liver.share, numbers)
    box = _box(liver, fwhm_mm)
    even = np.minimum(perfused.share[box], liver.share[box]).astype(np.float64)
    organ = liver.share[box].astype(np.float64)
    sigma = [
        require_positive(fwhm_mm, what="resolution FWHM (mm)") * SIGMA_PER_FWHM / d for d in liver.grid.spacing_zyx_mm
    ]
    blurred = gaussian_filter(even, sigma, mode="constant")
    organ_counts = float(np.vdot(organ, blurred))
    if organ_counts <= 0:
        raise QuantityError(
            "the perfused volume must lie in the liver, but none of it does; check both contours",
            code="perfused-outside-liver",
        )
    return UptakeShares(
        Share(min(treated / in_liver, 1.0)),
        Share(min(float(np.vdot(even, blurred)) / organ_counts, 1.0)),
        Share(min(in_liver / (total - in_lungs), 1.0)),
        Share(min(organ_counts / float(even.sum()), 1.0)),
    )


def is_open(uptake: UptakeShares, *, confirmed: bool | None) -> bool:
    """Tell whether the counts do not fit the perfused volume and nobody has confirmed it."""
    return not confirmed and uptake.of_blur < OF_BLUR_WARNING - ROUNDING


def audit_shares(
    uptake: UptakeShares, *, fwhm_mm: float, has_perfused_contour: bool, confirmed: bool | None
) -> tuple[Finding, ...]:
    """Return what the shares say of the drawing: stops and warnings by the house's thresholds, both shares in any case.

    Parameters
    ----------
    fwhm_mm
        Resolution that the blur share stands on.
    has_perfused_contour
        Whether a perfused volume is drawn.
    confirmed
        A person has confirmed the perfused volume.
    """
    liver = _audit_liver(uptake, fwhm_mm)
    return (*_audit_perfused(uptake, fwhm_mm, confirmed=confirmed), *liver) if has_perfused_contour else liver


def _audit_perfused(uptake: UptakeShares, fwhm_mm: float, *, confirmed: bool | None) -> tuple[Finding, ...]:
    ratio = uptake.of_blur
    sentence = (
        f"the perfused volume holds {100 * uptake.perfused:.0f} % of the liver's counts, where even uptake in it would show "
        f"{100 * uptake.perfused_blur:.0f} % at {fwhm_mm:g} mm FWHM"
    )
    values: dict[str, Value] = {
        "counts_fraction": uptake.perfused,
        "blur_fraction": uptake.perfused_blur,
        "of_blur_fraction": ratio,
        "fwhm_mm": fwhm_mm,
    }
    level: Level = "note"
    if ratio < OF_BLUR_STOP - ROUNDING:
        level = "stop"
        sentence += f": {100 * ratio:.0f} % of that, below the {100 * OF_BLUR_STOP:g} % (house) that a plan may stand on; the counts lie elsewhere: draw what the injection treats"
    elif is_open(uptake, confirmed=confirmed):
        level = "warning"
        values["missing"] = "perfused_confirmed"
        sentence += (
            f": {100 * ratio:.0f} % of that, below {100 * OF_BLUR_WARNING:g} % (house); until a person has looked no rule's reserve is met; "
            "draw what the injection treats, or confirm it in case.toml:\n[case]\nperfused_confirmed = true"
        )
    elif ratio < OF_BLUR_WARNING - ROUNDING:
        sentence += f": {100 * ratio:.0f} % of that; confirmed by the case"
    return (Finding(level, "perfused-counts", sentence, values),)


def _audit_liver(uptake: UptakeShares, fwhm_mm: float) -> tuple[Finding, ...]:
    """Return a warning below 80 % of all counts and a stop below 50 %, each one level lower where blur alone explains it."""
    if uptake.liver >= LIVER_WARNING - ROUNDING:
        return ()
    stop = uptake.liver < LIVER_STOP - ROUNDING
    values: dict[str, Value] = {
        "liver_counts_fraction": uptake.liver,
        "blur_fraction": uptake.liver_blur,
        "below_fraction": LIVER_STOP if stop else LIVER_WARNING,
        "fwhm_mm": fwhm_mm,
    }
    sentence = (
        f"the liver contour holds {100 * uptake.liver:.0f} % of all counts (those of the lungs left out), below {100 * (LIVER_STOP if stop else LIVER_WARNING):g} % "
        f"(house), where even uptake in the perfused volume would leave {100 * uptake.liver_blur:.0f} % in it at {fwhm_mm:g} mm FWHM"
    )
    if uptake.liver >= OF_LIVER_BLUR * uptake.liver_blur - ROUNDING:
        message = f"{sentence}: a small volume at the liver's edge, whose counts lie outside by blur alone"
        return (Finding("warning" if stop else "note", "liver-counts", message, values),)
    message = f"{sentence}; look for free pertechnetate, stomach, thyroid, another organ, or a contour that misses part of the liver"
    return (Finding("stop" if stop else "warning", "liver-counts", message, values),)


def _held_in_both(
    voi: Voi,
    other: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> float:
    """Return the sum of numbers where a volume and other shares both are, each voxel by the smaller share."""
    both = np.minimum(voi.own_part, other[voi.box])
    return float(np.vdot(both.astype(np.float64), numbers[voi.box]))


def _box(voi: Voi, fwhm_mm: float) -> tuple[slice, ...]:
    """Return the part of the grid that blur connects with a volume."""
    more = [int(np.ceil(MARGIN_FWHM * fwhm_mm / spacing)) for spacing in voi.grid.spacing_zyx_mm]
    return tuple(slice(max(part.start - n, 0), part.stop + n) for part, n in zip(voi.box, more, strict=True))
