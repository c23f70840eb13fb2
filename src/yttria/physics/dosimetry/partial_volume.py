"""What blur takes from a lesion and gives to its surroundings, and the doses corrected for it."""

from collections.abc import Mapping
from dataclasses import replace

from yttria.physics.quantification.recovery_coefficient import diameter_of, recovery
from yttria.physics.quantification.spill_over import LEAST_RECOVERY
from yttria.values.aims_limits import DoseName
from yttria.values.errors import Finding, require_positive
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.recovery import RecoveryCurve
from yttria.values.units import Gram, Gy, Share

WORTH_SAYING = 0.03


def audit_partial_volume(
    volumes: Mapping[str, Voi],
    doses_gy: Mapping[DoseName, Gy],
    *,
    fwhm_mm: float,
    recovered: Mapping[DoseName, Gy] | None = None,
) -> tuple[Finding, ...]:
    """Return for each lesion what blur takes away: a bias that stands beside the interval, not in it.

    Without `recovered`, a lesion is taken as a sphere in even normal liver: D = B + (D_seen - B) / RC.

    Parameters
    ----------
    volumes, doses_gy
        By role and by dose name.
    fwhm_mm
        Resolution of the emission image.
    recovered
        Doses with the blur between the case's own volumes undone, from `spill.recovered_doses`.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> import numpy as np
    >>> grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(24.2, 24.2, 24.2), origin_lps_mm=(0, 0, 0))
    >>> lesion = Voi("GTV", "tumour-1", grid, np.ones((1, 1, 1)))
    >>> audit_partial_volume({"tumour-1": lesion}, {"TD_1": Gy(200), "NPLD": Gy(40)}, fwhm_mm=12.0)[0].code
    'partial-volume'
    """
    findings = []
    for role, voi in volumes.items():
        name = role.replace("tumour-", "TD_")
        dose = doses_gy.get(name, Gy(0.0))
        has_own_finding = recovered is not None and name not in recovered  # a finding of its own says so
        if not role.startswith("tumour-") or dose <= 0 or has_own_finding:
            continue
        coefficient = recovery(diameter_of(voi.ml), fwhm_mm)
        true = recovery_corrected_dose(dose, doses_gy.get("NPLD", Gy(0.0)), coefficient)
        how = f"as a sphere that keeps {100 * coefficient:.0f} % of its contrast"
        if recovered is not None:
            true, how = recovered[name], "from the shapes of all volumes"
        if abs(true / dose - 1) > WORTH_SAYING:
            more = "higher" if true > dose else "lower"
            message = f'{role} ("{voi.name}", {voi.ml:.1f} mL): blur of {fwhm_mm:g} mm FWHM hides that its mean dose is likely {100 * abs(true / dose - 1):.0f} % {more} ({how}); doses are not corrected'
            findings.append(
                Finding(
                    "note",
                    "partial-volume",
                    message,
                    {
                        "role": role,
                        "volume_ml": voi.ml,
                        "fwhm_mm": fwhm_mm,
                        "true_over_stated": true / dose,
                        "kept_fraction": coefficient,
                    },
                )
            )
    if recovered is not None and "NPLD" in recovered and doses_gy.get("NPLD", Gy(0.0)) > 0:
        change = recovered["NPLD"] / doses_gy["NPLD"] - 1
        if abs(change) > WORTH_SAYING:
            more = "lower" if change < 0 else "higher"
            message = f"normal perfused liver holds counts that blur carried out of its neighbours: its mean dose is likely {100 * abs(change):.0f} % {more} than stated; doses are not corrected"
            findings.append(Finding("note", "partial-volume-normal", message, {"change_fraction": change}))
    return tuple(findings)


def recovery_corrected_dose(dose: Gy, background: Gy, coefficient: Share) -> Gy:
    """Return the mean dose that blur would turn into `dose` in a background: D = B + (D_seen - B) / RC.

    Examples
    --------
    >>> recovery_corrected_dose(Gy(140), Gy(40), Share(0.5))
    240.0
    """
    return Gy(background + (dose - background) / require_positive(coefficient, what="recovery coefficient"))


def curve_corrected_doses(
    volumes: Mapping[str, Voi], mass_g: Mapping[str, Gram], doses_gy: Mapping[DoseName, Gy], curve: RecoveryCurve
) -> tuple[Mapping[DoseName, Gy], tuple[Finding, ...]]:
    """Return the named doses corrected by a measured recovery curve, and a note for each lesion that it cannot correct.

    TD_n = B + (D_n - B) / RC(V_n), B the perfused normal liver as seen; what a lesion gains the normal liver loses, so that the energy in
    the liver stays: NPLD' = NPLD - sum (TD' - TD) m / m_N. PLD and WLD stay as they are.

    Parameters
    ----------
    volumes, mass_g
        By role.
    doses_gy
        As seen, by name.
    curve
        Of the site.

    Raises
    ------
    QuantityError
        A volume that is not above zero.

    Notes
    -----
    A curve of spheres in cold surrounding, applied above the background; neighbours that shine into a lesion stay in it.
    """
    background = doses_gy.get("NPLD", Gy(0.0))
    results: dict[DoseName, Gy] = {}
    findings = []
    moved = 0.0
    for role, voi in volumes.items():
        name = role.replace("tumour-", "TD_")
        if not role.startswith("tumour-") or name not in doses_gy:
            continue
        coefficient = curve.at(voi.ml)
        if coefficient < LEAST_RECOVERY:
            message = f'{role} ("{voi.name}", {voi.ml:.1f} mL) keeps {100 * coefficient:.0f} % of its contrast by the measured curve (30 % is the least), so its corrected dose is not stated'
            findings.append(Finding("note", "blur-not-undone", message, {"ml": voi.ml, "kept": coefficient}))
            continue
        results[name] = Gy(max(recovery_corrected_dose(doses_gy[name], background, coefficient), 0.0))
        moved += (results[name] - doses_gy[name]) * mass_g[role]
    for name, role in (("NPLD", "normal-perfused"), ("WNLD", "normal-liver")):
        if name in doses_gy and mass_g.get(role, 0.0) > 0:
            results[name] = Gy(max(doses_gy[name] - moved / mass_g[role], 0.0))
    if "TD_all" in doses_gy and mass_g.get("tumour", 0.0) > 0:
        results["TD_all"] = Gy(max(doses_gy["TD_all"] + moved / mass_g["tumour"], 0.0))
    results |= {name: doses_gy[name] for name in ("PLD", "WLD") if name in doses_gy}
    return results, tuple(findings)


def with_corrected_doses(absorbed: AbsorbedDose) -> AbsorbedDose:
    """Return the absorbed dose with corrected doses in the place of those as seen, where they are known; the latter stay beside.

    Masses, DVHs and voxels stay as the image has them.
    """
    own = absorbed.index.replace("tumour-", "TD_")
    corrections = {
        **absorbed.recovered_gy,
        **({"TD": absorbed.recovered_gy[own]} if own in absorbed.recovered_gy else {}),
    }
    judged = {name: corrections.get(name, dose) for name, dose in absorbed.doses_gy.items()}
    return replace(absorbed, doses_gy=judged, uncorrected_gy=absorbed.doses_gy)


def judging_dose(choices: PlanningOptions, absorbed: AbsorbedDose) -> Finding:
    """Return which doses aims and limits are judged by, and how they are corrected."""
    how = (
        "by the geometric transfer matrix"
        if choices.recovery is None
        else f"by the site's measured curve ({choices.recovery.source})"
    )
    if not choices.corrected_judges:
        words = f"aims and limits are judged by doses as the image has them, not corrected for blur; doses corrected {how} stand beside"
        return Finding("note", "doses-uncorrected", words)
    left = [name for name in absorbed.doses_gy if name not in {"TD", "LD"} and name not in absorbed.recovered_gy]
    rest = f"; {', '.join(left)} could not be corrected and are judged as seen" if left else ""
    words = f"aims and limits are judged by doses corrected for blur {how}, as the site says; the guideline's aims and limits were found on uncorrected doses, and DVHs and RTDOSE stay as the image has them{rest}"
    return Finding("warning", "doses-corrected", words)
