"""What an image after treatment says of what was delivered, beside what was planned."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.delivery.gamma_index import gamma_index, pass_fraction
from yttria.values.aims_limits import DoseName, LimitCheck
from yttria.values.errors import Finding, QuantityError
from yttria.values.units import Bq, Gy, Share
from yttria.values.verification import AimResult, DoseComparison, GammaCriteria, ImageActivity, VoxelAgreement

SIGMA_PER_FWHM = 1 / math.sqrt(8 * math.log(2))
GAMMA_DOSE_PERCENT = 10.0
LEAST_GAMMA_MM = 5.0
"""House: no gamma criterion for nuclear medicine was found; a tenth of the largest predicted dose, 5 mm or one voxel."""
OUTSIDE_SHARE = 0.05
ELSEWHERE_SHARE = 0.10
"""House: from here on activity outside the body, or in it outside liver and lungs, is a warning."""
OF_GIVEN = (0.8, 1.2)
"""House, after 10 CFR 35.3045: an image that shows 20 % more or less than what was given is a warning."""


def headroom(checks: Sequence[LimitCheck], delivered: Mapping[DoseName, Gy], activity: Bq) -> dict[str, Bq | None]:
    """Return how much more could be given in the same distribution before each limit is reached, Bq administered.

    A = (limit - received before - delivered) given / delivered, never below zero; None where the volume got nothing.

    Examples
    --------
    >>> from yttria.values.aims_limits import Limit
    >>> check = LimitCheck(Limit("lung", "LD", Gy(30), "label"), Gy(10))
    >>> headroom([check], {"LD": Gy(10)}, Bq(2e9))
    {'lung': 4000000000.0}
    """
    rooms: dict[str, Bq | None] = {}
    for check in checks:
        limit, dose = check.limit, delivered.get(check.limit.volume, Gy(0))
        room = limit.limit_gy - check.value_gy
        rooms[limit.name] = Bq(max(room, 0.0) * activity / dose) if dose > 0 else None
    return rooms


def ratio_of(doses: Mapping[DoseName, Gy]) -> float | None:
    """Return the tumour-to-normal ratio: TD over NPLD; None where either is absent or nothing reached the normal liver."""
    tumour, normal = doses.get("TD"), doses.get("NPLD")
    return None if tumour is None or not normal else tumour / normal


def dose_comparisons(
    planned: Mapping[DoseName, Gy], predicted: Mapping[DoseName, Gy], delivered: Mapping[DoseName, Gy]
) -> dict[DoseName, DoseComparison]:
    """Return each dose that was delivered and predicted; the planned one where the plan's option has it."""
    return {
        name: DoseComparison(planned.get(name), predicted[name], delivered[name])
        for name in delivered
        if name in predicted
    }


def lin_ccc(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return Lin's concordance coefficient: 2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2); None where neither varies nor differs.

    Source
    ------
    Lin, Biometrics 1989;45:255, doi:10.2307/2532051 (variances over n).

    Examples
    --------
    >>> lin_ccc(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]))
    0.571...
    """
    x, y = one - one.mean(), other - other.mean()
    spread = float(x @ x + y @ y) / len(one) + float(one.mean() - other.mean()) ** 2
    return None if spread <= 0 else 2 * float(x @ y) / len(one) / spread


def blur_between(sharper_mm: float, coarser_mm: float) -> float:
    """Return the FWHM of the Gaussian that brings one resolution to a coarser one: sqrt(F2^2 - F1^2).

    Examples
    --------
    >>> blur_between(6.0, 10.0), blur_between(10.0, 6.0)
    (8.0, 0.0)
    """
    return math.sqrt(max(coarser_mm**2 - sharper_mm**2, 0.0))


def blurred(
    dose: NDArray[np.floating], fwhm_mm: float, spacing_zyx_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return a dose blurred by a Gaussian; nothing lies beyond its grid."""
    wide = np.asarray(dose, dtype=np.float64)
    if fwhm_mm <= 0:
        return wide
    sigma = [fwhm_mm * SIGMA_PER_FWHM / step for step in spacing_zyx_mm]
    return np.asarray(gaussian_filter(wide, sigma, mode="constant", truncate=4.0))


def voxel_agreement(
    predicted: NDArray[np.floating],
    delivered: NDArray[np.floating],
    inside: NDArray[np.bool_],
    spacing_zyx_mm: tuple[float, float, float],
    *,
    fwhm_mm: tuple[float, float],
) -> VoxelAgreement:
    """Return how two doses on one grid, each at its own resolution but for the blur already applied, agree within a mask.

    Parameters
    ----------
    predicted, delivered
        Gy, shape (nz, ny, nx), at one resolution.
    inside
        Voxels to compare.
    fwhm_mm
        Resolution of predicted and delivered before the sharper was blurred: stated, not used.

    Raises
    ------
    QuantityError
        No voxel inside.
    """
    n = int(np.count_nonzero(inside))
    if n == 0:
        raise QuantityError(
            "a comparison needs voxels inside the liver, but none lies there; check liver and plan",
            code="liver-voxels-absent",
        )
    one, other = predicted[inside].astype(np.float64), delivered[inside].astype(np.float64)
    difference = other - one
    criteria = GammaCriteria(GAMMA_DOSE_PERCENT, max(LEAST_GAMMA_MM, *spacing_zyx_mm))
    gamma = np.full(predicted.shape, np.nan)
    if one.max() > 0:
        largest = np.where(inside, predicted, 0.0)
        gamma = gamma_index(largest, delivered, spacing_zyx_mm, criteria, within=inside)
    return VoxelAgreement(
        n=n,
        predicted_fwhm_mm=fwhm_mm[0],
        delivered_fwhm_mm=fwhm_mm[1],
        bias_gy=float(difference.mean()),
        sd_gy=float(difference.std(ddof=1)) if n > 1 else 0.0,
        lin_ccc=lin_ccc(one, other),
        gamma=criteria,
        gamma_n=int(np.isfinite(gamma).sum()),
        gamma_pass=pass_fraction(gamma),
    )


def audit_image(image: ImageActivity) -> tuple[Finding, ...]:
    """Return what the image says of where the activity lies: elsewhere in the body, outside it, more or less than was given."""
    findings = [_elsewhere(image.elsewhere)]
    if image.outside_body is None:
        message = "no CT and no structure with the role body tell where the body ends: what lies outside it is counted with the rest"
        findings.append(Finding("note", "body-unknown", message))
    else:
        findings.append(_outside(image.outside_body))
    if image.of_given is not None and not OF_GIVEN[0] < image.of_given < OF_GIVEN[1]:
        message = f"the image shows {100 * image.of_given:.0f} % of what was given inside the body; check instants, residual, calibration and the field of view before any dose is believed"
        findings.append(Finding("warning", "activity-not-found", message, {"of_given_fraction": image.of_given}))
    return tuple(findings)


def _elsewhere(share: Share) -> Finding:
    message = f"{100 * share:.1f} % of the activity in the body lies outside liver and lungs (blur over their edges counts with it)"
    values = {"elsewhere_fraction": float(share)}
    if share > ELSEWHERE_SHARE:
        more = "; look for stomach, bowel, gall bladder or another organ that was reached"
        return Finding("warning", "activity-elsewhere", message + more, values)
    return Finding("note", "activity-elsewhere", message, values)


def _outside(share: Share) -> Finding:
    message = f"{100 * share:.1f} % of all positive activity lies outside the body: noise or scatter of the reconstruction; it enters no dose"
    values = {"outside_body_fraction": float(share)}
    return Finding("warning" if share > OUTSIDE_SHARE else "note", "activity-outside-body", message, values)


def audit_aims(aims: Sequence[AimResult]) -> tuple[Finding, ...]:
    """Return a warning for each aim that what was delivered does not meet."""
    return tuple(
        Finding(
            "warning",
            "aim-not-met",
            f"{a.aim.volume} received {a.found_gy:.1f} Gy, below its aim of {a.aim.dose_gy:g} Gy ({a.aim.source})",
            {"volume": a.aim.volume, "found_gy": float(a.found_gy), "wanted_gy": float(a.aim.dose_gy)},
        )
        for a in aims
        if not a.met
    )


def audit_limits(checks: Sequence[LimitCheck]) -> tuple[Finding, ...]:
    """Return a warning for each limit that what was delivered exceeds: it cannot be taken back, so no stop."""
    return tuple(
        Finding(
            "warning",
            "limit-exceeded",
            f"{c.limit.volume} received {c.value_gy:.1f} Gy, above its limit {c.limit.name} of {c.limit.limit_gy:g} Gy ({c.limit.source}); follow this organ",
            {"limit": c.limit.name, "value_gy": float(c.value_gy), "limit_gy": float(c.limit.limit_gy)},
        )
        for c in checks
        if not c.holds
    )
