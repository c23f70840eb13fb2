"""How sure each dose is: relative standard uncertainties by component, after the EANM guidance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from yttria.data import table
from yttria.physics.dosimetry.partial_volume import recovery_corrected_dose
from yttria.physics.quantification.recovery_coefficient import count_slope, diameter_of, recovery, recovery_slope
from yttria.values.aims_limits import DoseName
from yttria.values.errors import Finding, require_not_negative, require_positive
from yttria.values.maps import Voi
from yttria.values.treatment import LungShunt
from yttria.values.units import Gy, Ml, Mm

Components = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Edge:
    """How well the edge of a contour is known, from the image that it was drawn on.

    Parameters
    ----------
    voxel_mm
        a, the image's voxel.
    fwhm_mm
        Its resolution.
    operator_mm
        Standard deviation of a diameter between operators.

    Examples
    --------
    >>> round(Edge(4.42, 12.0, 0.0).diameter_mm, 2), round(Edge(1.0, 1.0, 1.7).diameter_mm, 2)
    (7.43, 1.85)
    """

    voxel_mm: float
    fwhm_mm: float
    operator_mm: float

    def __post_init__(self) -> None:
        require_positive(self.voxel_mm, what="voxel of the image drawn on (mm)")
        require_not_negative(self.fwhm_mm, what="resolution of the image drawn on (mm)")
        require_not_negative(self.operator_mm, what="spread between operators (mm)")

    @property
    def diameter_mm(self) -> float:
        """Return the standard uncertainty of a diameter: u^2 = a^2/6 + FWHM^2/(4 ln 2) + u_op^2, two edges.

        Source
        ------
        After Gear et al., EJNMMI 2018;45:2456: voxel and resolution of both edges.
        """
        return math.sqrt(self.voxel_mm**2 / 6 + self.fwhm_mm**2 / (4 * math.log(2)) + self.operator_mm**2)

    def volume_relative(self, volume: Ml) -> float:
        """Return u(V)/V = 3 u(d)/d of the sphere of that volume."""
        return 3 * self.diameter_mm / diameter_of(volume)

    @classmethod
    def on_ct(cls, voxel_mm: float) -> "Edge":
        """Return the edge of contours drawn on CT."""
        row = table("uncertainty")["contour"]
        return cls(voxel_mm, row["image_fwhm_mm"], row["operator_mm"])

    @classmethod
    def on_emission(cls, voxel_mm: float, fwhm_mm: float) -> "Edge":
        """Return the edge of contours drawn on the emission image itself: its blur is the largest part."""
        return cls(voxel_mm, fwhm_mm, 0.0)


def combined(parts: Components) -> float:
    """Return the root of the sum of squares."""
    return math.sqrt(sum(u * u for u in parts.values()))


def sphere_uncertainty(
    diameter: Mm, fwhm_mm: float, edge: Edge, *, activity: float, recovery_fit: float
) -> tuple[float, float]:
    """Return the relative standard uncertainties of the volume and of the dose, corrected for recovery, of a sphere in cold surrounding.

    u(V)/V = 3 u(d)/d; (u(D)/D)^2 = [phi/(2 RC) - d ln RC/d ln V - 1]^2 (u(V)/V)^2 + u_A^2 + u_RC^2: counts, recovery and mass follow one
    contour, so that their covariances are in the bracket.

    Parameters
    ----------
    diameter, fwhm_mm
        Of the sphere, and the resolution of the emission image, mm.
    edge
        Of the contour.
    activity, recovery_fit
        Relative uncertainty of the activity (or the calibration) and of the recovery curve.

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456.

    Examples
    --------
    >>> volume, dose = sphere_uncertainty(Mm(30), 12, Edge.on_ct(1.0), activity=0.05, recovery_fit=0.05)
    >>> round(100 * volume, 1), round(100 * dose)
    (18.5, 13)
    """
    volume = 3 * edge.diameter_mm / require_positive(diameter, what="diameter (mm)")
    bracket = count_slope(diameter, fwhm_mm) - recovery_slope(diameter, fwhm_mm) - 1
    require_not_negative(activity, what="uncertainty of the activity")
    require_not_negative(recovery_fit, what="uncertainty of the recovery curve")
    return volume, math.hypot(bracket * volume, activity, recovery_fit)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the budget of a case stands on.

    Parameters
    ----------
    edge
        Of the contours.
    fwhm_mm
        Resolution of the emission image.
    has_ct
        Whether density comes from CT.
    relative
        Whether the liver's counts share out the activity (else: measured Bq/mL).
    activity
        Relative uncertainty of the administered (or the calibrated) activity.
    fwhm_uncertainty_mm
        Standard uncertainty of `fwhm_mm`.
    scatter_share
        Standard uncertainty of the share of the counts that is scatter.
    """

    edge: Edge
    fwhm_mm: float
    has_ct: bool
    relative: bool
    activity: float
    fwhm_uncertainty_mm: float
    scatter_share: float


def conditions(
    *,
    ct_voxel_mm: float | None,
    emission_voxel_mm: float,
    relative: bool,
    fwhm_mm: float | None = None,
    modality: str = "",
) -> tuple[Conditions, tuple[Finding, ...]]:
    """Return the conditions of a case, with a note that names every assumption.

    Parameters
    ----------
    ct_voxel_mm
        Cube root of the CT's voxel; None without a CT: contours are then taken as drawn on the emission image.
    emission_voxel_mm
        Cube root of the emission image's voxel.
    relative
        Patient-relative calibration.
    fwhm_mm
        Measured resolution; None: the default of the modality, flagged.
    modality
        PT for a PET; anything else is taken as SPECT.
    """
    rows = table("uncertainty")
    usual, usual_source = resolution_of(modality)
    width = usual if fwhm_mm is None else fwhm_mm
    edge = Edge.on_emission(emission_voxel_mm, width) if ct_voxel_mm is None else Edge.on_ct(ct_voxel_mm)
    spread = rows["resolution"]["standard_uncertainty_mm"]
    result = Conditions(
        edge, width, ct_voxel_mm is not None, relative, rows["activity"]["relative"], spread, rows["scatter"]["share"]
    )
    origin = usual_source if fwhm_mm is None else "measured"
    image_words = "the emission image" if ct_voxel_mm is None else "CT"
    message = (
        f"uncertainties stand on: resolution {width:g} +/- {spread:g} mm FWHM ({origin}); contours drawn on {image_words}, diameter +/- {edge.diameter_mm:.1f} mm"
        f" ({rows['contour']['source']}); activity +/- {100 * result.activity:g} % ({rows['activity']['source']}); scatter +/- {100 * result.scatter_share:g} % of the counts ({rows['scatter']['source']})"
    )
    return result, (
        Finding(
            "note",
            "uncertainty-assumed",
            message,
            {
                "width": width,
                "spread": spread,
                "diameter_mm": edge.diameter_mm,
                "activity_fraction": result.activity,
                "scatter_fraction": result.scatter_share,
            },
        ),
    )


def resolution_of(modality: str) -> tuple[float, str]:
    """Return the resolution, mm FWHM, that an image of a modality is taken to have, and where the number comes from.

    Examples
    --------
    >>> resolution_of("PT")[0], resolution_of("NM")[0]
    (6.5, 12.0)
    """
    row = table("uncertainty")["pet_resolution" if modality == "PT" else "resolution"]
    return float(row["fwhm_mm"]), str(row["source"])


def relative_uncertainty(
    volumes: Mapping[str, Voi],
    doses_gy: Mapping[DoseName, Gy],
    *,
    shunt: LungShunt,
    index: str,
    basis: Conditions,
    sensitivities: Mapping[DoseName, Components] | None = None,
) -> Mapping[DoseName, Components]:
    """Return the relative standard uncertainty of each named dose by cause, signed: a cause of one name is one error in every dose.

    Causes: "contour ROLE" for each drawn volume, resolution, activity, shunt, density, constant; lung-mass for LD. Contours and
    resolution come from the shapes of the case (`sensitivities`); a dose that these do not know has the closed form of spheres, its
    contours' names ending in its own, and a lesion "blur": all that the sphere of its volume would lose, not corrected.

    Parameters
    ----------
    volumes, doses_gy
        By role and by dose name, from `segment` and `dose`.
    shunt
        That the liver's activity follows, with its own uncertainty; the lung dose stands on its judged pair.
    index
        Role of the index lesion.
    basis
        What the case is known by.
    sensitivities
        From `spill_sensitivity.dose_sensitivities`.

    Notes
    -----
    That MAA may lodge elsewhere than microspheres is in no budget.

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456.
    """
    shapes = sensitivities or {}
    shared = _shared(shunt, basis)
    results: dict[DoseName, Components] = {}
    for name, role in _roles(volumes, index).items():
        if name not in doses_gy:
            continue
        own = shapes.get(name)
        if own is None:
            own = _sphere_edges(name, role, volumes, doses_gy, basis) | _blur(name, role, volumes, doses_gy, basis)
        results[name] = {**own, **shared}
    if index and index.replace("tumour-", "TD_") in results and "TD" in doses_gy:
        results["TD"] = results[index.replace("tumour-", "TD_")]
    if "LD" in doses_gy and shunt.lung_pair.fraction > 0:
        results["LD"] = _lung(shunt.lung_pair, basis)
    return results


def _roles(volumes: Mapping[str, Voi], index: str) -> Mapping[DoseName, str]:
    """Return the volume of each dose of the liver, as far as it is there."""
    lesions = {role.replace("tumour-", "TD_"): role for role in volumes if role.startswith("tumour-")}
    fixed = {"TD": index, "TD_all": "tumour", "PLD": "perfused", "WLD": "liver"}
    normal = {"NPLD": "normal-perfused", "WNLD": "normal-liver"}
    whole = {name: role for name, role in normal.items() if {"NPLD": "perfused", "WNLD": "liver"}[name] in volumes}
    return {name: role for name, role in {**lesions, **fixed, **whole}.items() if role in volumes or name in normal}


def _sphere_edges(
    name: DoseName, role: str, volumes: Mapping[str, Voi], doses_gy: Mapping[DoseName, Gy], basis: Conditions
) -> dict[str, float]:
    """Return what the contours do to a dose by the closed form, as if each volume were a sphere."""
    result = {f"liver-contour {name}": -_liver_counts(volumes, basis)} if basis.relative and name != "WLD" else {}
    if name in {"NPLD", "WNLD"}:
        parts = _normal(name, volumes, doses_gy, {"NPLD": "perfused", "WNLD": "liver"}[name], basis)
        return result | {f"{part} {name}": u for part, u in parts.items()}
    return result | {f"contour {name}": -_own_edge(volumes[role].ml, role, basis)}


def _liver_counts(volumes: Mapping[str, Voi], basis: Conditions) -> float:
    """Return how the liver's contour moves every dose, because its counts share out the activity."""
    liver = volumes["liver"].ml
    return count_slope(diameter_of(liver), basis.fwhm_mm) * basis.edge.volume_relative(liver)


def _blur(
    name: DoseName, role: str, volumes: Mapping[str, Voi], doses_gy: Mapping[DoseName, Gy], basis: Conditions
) -> dict[str, float]:
    """Return what blur may hide of a lesion that is too small to be undone: as much as the sphere of its volume loses."""
    dose = doses_gy[name]
    if not role.startswith("tumour-") or dose <= 0:
        return {}
    coefficient = recovery(diameter_of(volumes[role].ml), basis.fwhm_mm)
    true = recovery_corrected_dose(dose, doses_gy.get("NPLD", Gy(0.0)), coefficient)
    return {f"blur {name}": true / dose - 1}


def _shared(shunt: LungShunt, basis: Conditions) -> dict[str, float]:
    """Return the causes that every dose of the liver has: more activity raises all, more mass and more shunt lower all."""
    rows = table("uncertainty")
    parts = {
        "activity": basis.activity,
        "density": -rows["density"]["ct_relative" if basis.has_ct else "uniform_relative"],
        "constant": rows["constant"]["relative"],
    }
    if basis.relative:
        parts["shunt"] = -shunt.uncertainty / max(1 - shunt.fraction, 1e-6)
    return parts


def _own_edge(volume: Ml, role: str, basis: Conditions) -> float:
    """Return |d ln D / d ln V| u(V) / V of a volume taken as a sphere: the counts follow its contour by phi / (2 RC), the mass by 1.

    Doses are not corrected for recovery, so that its term of the guidance, - d ln RC / d ln V, is absent.
    """
    slope = count_slope(diameter_of(volume), basis.fwhm_mm) - 1
    if role == "liver" and basis.relative:
        slope = 1.0
    return abs(slope) * basis.edge.volume_relative(volume)


def _normal(
    name: str, volumes: Mapping[str, Voi], doses_gy: Mapping[DoseName, Gy], whole: str, basis: Conditions
) -> dict[str, float]:
    """Return the parts of a volume less its tumours: its outer edge, and the tumours' edge that moves counts across.

    tumour-contour = (V_T / V_N) |1 - (phi / 2 RC) TD / ND| u(V_T) / V_T.
    """
    parts = {"contour": _own_edge(volumes[whole].ml, whole, basis)}
    normal = volumes.get({"NPLD": "normal-perfused", "WNLD": "normal-liver"}[name])
    tumour = volumes.get("tumour")
    if normal is not None and tumour is not None and doses_gy[name] > 0:
        slope = count_slope(diameter_of(tumour.ml), basis.fwhm_mm)
        moved = abs(1 - slope * doses_gy.get("TD_all", Gy(0.0)) / doses_gy[name])
        parts["tumour-contour"] = tumour.ml / normal.ml * moved * basis.edge.volume_relative(tumour.ml)
    return parts


def _lung(shunt: LungShunt, basis: Conditions) -> Components:
    rows = table("uncertainty")["lung_mass"]
    return {
        "shunt": shunt.uncertainty / shunt.fraction,
        "lung-mass": -rows["default_relative" if shunt.lung_mass_source.startswith("default") else "ct_relative"],
        "activity": basis.activity,
        "constant": table("uncertainty")["constant"]["relative"],
    }
