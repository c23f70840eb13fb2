"""The part of the hall that makes patients: asks `physics.phantom` for anatomy and camera, writes by `io`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yttria.data import table
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.modules import uid_of
from yttria.io.dicom.nm import write_planar, write_tomo
from yttria.io.dicom.rtstruct import write_rtstruct
from yttria.physics.phantom.camera import PlanarCamera, SpectCamera, seen_activity, share_within
from yttria.physics.phantom.patient import DigitalPatient, digital_patient
from yttria.physics.phantom.uptake import Uptake, lodged
from yttria.values.errors import IntakeError, require_not_negative, require_positive
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage
from yttria.values.nuclide import Nuclide
from yttria.values.patient import Luggage
from yttria.values.planar import PlanarScan
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Share

NUCLIDE = "Y-90"
CASE = """\
# The digital patient: nobody's data. Roles of its structures follow from their names.
[case]
path = "dicom"

[patient]
disease = "HCC"
scenario = "lobectomy"
bilirubin_mg_dl = 0.8
child_pugh = "A5"
digestive_shunt = false

[product]
name = "glass"
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be simulated; None takes the number of the built-in table.

    Parameters
    ----------
    seed
        Decides all noise and every identifier.
    lung_shunt
        0..1.
    tumour_to_normal
        Uptake per mL of living tumour against normal perfused liver.
    fwhm_mm
        Resolution of the reconstructed SPECT.
    counts
        Effective counts of the SPECT.
    """

    seed: int = 1
    lung_shunt: float | None = None
    tumour_to_normal: float | None = None
    fwhm_mm: float | None = None
    counts: float | None = None

    def __post_init__(self) -> None:
        require_not_negative(self.seed, what="seed")
        if self.tumour_to_normal is not None:
            require_positive(self.tumour_to_normal, what="tumour-to-normal ratio")

    def uptake(self, name: str) -> float:
        """Return a wished number of the uptake, or the table's."""
        given = getattr(self, name, None)
        return float(table("phantom")["uptake"][name] if given is None else given)

    @property
    def spect(self) -> SpectCamera:
        """Return the SPECT camera that is wished for."""
        return SpectCamera.usual(fwhm_mm=self.fwhm_mm, counts=self.counts)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the cameras saw, and what they would have seen without noise.

    Parameters
    ----------
    spect, planar
        As they are written.
    within
        Share of the activity that lies within each role once blur, or blur and residual scatter, have acted.
    attenuated_shunt
        The lung shunt that planar views would show by attenuation alone.
    """

    spect: CountMap
    planar: PlanarScan
    within: Mapping[str, Mapping[str, float]]
    attenuated_shunt: Share


def emission_grid(ct: Grid) -> Grid:
    """Return the SPECT's grid: as wide as its camera, centred near the CT but off its planes, in its frame of reference."""
    row = table("phantom")["spect"]
    count, pixel = int(row["matrix"]), float(row["pixel_mm"])
    low, high = ct.bounds_lps_mm()
    off = np.array([1.3, -0.9, 2.1])
    first = (low + high) / 2 - pixel * (count - 1) / 2 + off
    return Grid.aligned(
        (count, count, count),
        spacing_zyx_mm=(pixel, pixel, pixel),
        origin_lps_mm=tuple(round(float(v), 2) for v in first),  # type: ignore[arg-type]
        frame_uid=ct.frame_uid,
    )


def seen(uptake: Uptake, ct: CtImage, wish: Wish) -> Seen:
    """Return what SPECT and planar camera see of an uptake."""
    grid = emission_grid(ct.grid)
    activity = seen_activity(uptake, grid)
    camera = wish.spect
    spect = camera.image(activity, grid, np.random.default_rng((wish.seed, 1_000_001)))
    planar, attenuated = PlanarCamera.usual().scan(uptake, ct, np.random.default_rng((wish.seed, 1_000_002)))
    blurred = camera.blurred(activity, grid)
    mean = (1 - camera.scatter_share) * blurred + camera.scattered(activity, grid)
    within = {
        "blur": {role: share_within(blurred, uptake, grid, role) for role in uptake.roles},
        "blur_and_scatter": {role: share_within(mean, uptake, grid, role) for role in uptake.roles},
    }
    return Seen(spect, planar, within, attenuated)


def make_patient(folder: Path, wish: Wish) -> dict[str, Any]:
    """Write the digital patient under `folder`/patient as DICOM with its case.toml, and the truth as truth.json beside it.

    Returns
    -------
    dict
        The truth as written.

    Raises
    ------
    IntakeError
        `folder`/patient holds something already that is not a digital patient.
    """
    patient = folder / "patient"
    dicom = patient / "dicom"
    _require_ours(patient)
    luggage = luggage_of(wish.seed)
    phantom = digital_patient(
        seed=wish.seed,
        tumour_to_normal=wish.uptake("tumour_to_normal"),
        core_to_normal=wish.uptake("core_to_normal"),
        frame_uid=luggage.frame_uid,
    )
    uptake = lodged(phantom.parts, lung_shunt=Share(wish.uptake("lung_shunt")))
    sight = seen(uptake, phantom.ct, wish)
    dicom.mkdir(parents=True, exist_ok=True)
    drawn = write_ct(dicom, phantom.ct, luggage, description="CT, phantom")
    write_tomo(dicom / "spect.dcm", sight.spect, drawn, description="99mTc-MAA SPECT, phantom")
    write_planar(dicom / "planar.dcm", sight.planar, drawn, description="99mTc-MAA whole body, phantom")
    first, step = phantom.ct.grid.origin_lps_mm[2], phantom.ct.grid.spacing_zyx_mm[0]
    write_rtstruct(
        dicom / "structures.dcm", phantom.contours, drawn, label="PHANTOM", ct_first_z_mm=first, ct_step_mm=step
    )
    (patient / "case.toml").write_text(CASE, encoding="utf-8")
    truth = truth_of(uptake, sight, wish, phantom)
    (folder / "truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return truth


def _require_ours(patient: Path) -> None:
    """Refuse to write a patient over files that are not a digital patient's."""
    if patient.exists() and any(patient.iterdir()) and not (patient / "dicom" / "ct-001.dcm").exists():
        raise IntakeError(
            f"the digital patient must be written into a folder of its own, but {patient.name} holds other files; name another --out"
        )


def luggage_of(seed: int) -> Luggage:
    """Return an identity that nobody can take for a person's; identifiers follow from the seed, the date is fixed."""
    study = uid_of("yttria digital patient", seed)
    return Luggage(
        patient_name="Phantom^Yttria",
        patient_id="YTTRIA-DP-1",
        birth_date="19600101",
        sex="O",
        study_uid=str(study),
        study_id=f"DP{seed}"[:16],
        study_date="20260115",
        study_time="093000",
        accession="",
        referring="",
        frame_uid=str(uid_of(study, "frame")),
        zone="+0100",
    )


def truth_of(uptake: Uptake, sight: Seen, wish: Wish, phantom: DigitalPatient | None = None) -> dict[str, Any]:
    """Return everything that was simulated, with units in the keys."""
    nuclide = Nuclide.named(NUCLIDE)
    volumes = {}
    for role in uptake.roles:
        share, mass, ml = uptake.of(role)
        volumes[role] = {"ml": ml, "mass_g": mass, "g_per_ml": mass / ml, "activity_bq_per_gbq": share * BQ_PER_GBQ}
    liver, perfused = volumes["liver"]["ml"], volumes["perfused"]["ml"]
    truth: dict[str, Any] = {
        "note": NOTE,
        "seed": wish.seed,
        "nuclide": NUCLIDE,
        "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
        "lung_shunt_fraction": wish.uptake("lung_shunt"),
        "tumour_to_normal": wish.uptake("tumour_to_normal"),
        "hepatic_reserve_fraction": (liver - perfused) / liver,
        "volumes": volumes,
        "per_gbq": uptake.doses_per_gbq(nuclide),
        "parts": [
            {
                "name": part.name,
                "roles": list(part.roles),
                "ml": ml,
                "mass_g": mass,
                "activity_bq_per_gbq": share * BQ_PER_GBQ,
                "gy_per_gbq": share * nuclide.dose_constant_gy_kg_per_gbq * G_PER_KG / mass,
            }
            for part, share, mass, ml in zip(uptake.parts, uptake.activity, uptake.mass_g, uptake.ml, strict=True)
            if mass > 0
        ],
        "without_noise": {name: _seen_doses(uptake, within, nuclide) for name, within in sight.within.items()},
        "spect": _spect_truth(wish, sight),
        "planar": _planar_truth(sight),
    }
    if phantom is not None:
        truth["contour_ml"] = dict(phantom.contour_ml)
    return truth


NOTE = (
    "A phantom, nobody's data. per_gbq: dose of each named volume for 1 GBq administered, energy over mass, every electron "
    "stopping where it started. TD and TD_n are means over the whole contoured lesion, its dead core included; parts holds "
    "the living tissue and the core apart. without_noise: the same doses from activity that the camera has blurred, counts "
    "scaled so that liver and lungs hold what they truly hold (patient-relative calibration)."
)


def _seen_doses(uptake: Uptake, within: Mapping[str, float], nuclide: Nuclide) -> dict[str, Any]:
    """Return doses per GBq from blurred activity, the liver's total being known, and the shunt that SPECT would show."""
    scale = {role: uptake.of("liver")[0] / within["liver"] for role in uptake.roles}
    if "lungs" in scale and within["lungs"] > 0:
        scale["lungs"] = uptake.of("lungs")[0] / within["lungs"]
    doses = {}
    for name, role in uptake.role_of_dose().items():
        mass = uptake.of(role)[1]
        if mass > 0:
            doses[name] = within[role] * scale[role] * nuclide.dose_constant_gy_kg_per_gbq * G_PER_KG / mass
    return {
        "per_gbq": doses,
        "spect_lung_shunt_fraction": within.get("lungs", 0.0) / (within.get("lungs", 0.0) + within["liver"]),
    }


def _spect_truth(wish: Wish, sight: Seen) -> dict[str, float]:
    camera = wish.spect
    return {
        "fwhm_mm": camera.fwhm_mm,
        "filter_fwhm_mm": camera.filter_fwhm_mm,
        "residual_scatter_fraction": camera.scatter_share,
        "scatter_fwhm_mm": camera.scatter_fwhm_mm,
        "effective_counts": camera.counts,
        "stored_sum": sight.spect.total,
    }


def _planar_truth(sight: Seen) -> dict[str, float]:
    camera, scan = PlanarCamera.usual(), sight.planar
    return {
        "water_per_cm": camera.water_per_mm * 10,
        "scatter_to_primary": camera.scatter_to_primary,
        "counts_anterior": float(scan.anterior.sum(dtype=np.float64)),
        "counts_posterior": float(scan.posterior.sum(dtype=np.float64)),
        "shunt_by_attenuation_alone_fraction": sight.attenuated_shunt,
    }
