"""What a PET scanner would see of a treatment: asks `physics.phantom` for image and CT in another frame of reference, writes by `io`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.data import table
from yttria.io.dicom.common_modules import uid_of
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.pt_writer import PetScan, write_pt
from yttria.physics.phantom.pet_scanner import PetScanner, couch_motion, moved_ct, pet_ct_grid, pet_grid
from yttria.physics.phantom.uptake import Uptake, uptake_of
from yttria.values.errors import require_not_negative, require_positive, require_share
from yttria.values.maps import ActivityMap, CtImage, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.patient import PatientIdentity
from yttria.values.treatment import Administration, require_activity
from yttria.values.units import BQ_PER_GBQ, Bq, Share

NUCLIDE = "Y-90"
DAYS_AFTER_PLANNING = 14
GIVEN_AT_H = 14
FALLBACK_DATE = "20260115"


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """What was delivered and how it is imaged; None takes the number of the built-in table.

    Parameters
    ----------
    given_gbq
        In the patient.
    tumour_to_normal
        Uptake per mL by role of a lesion ("tumour", "tumour-2"), where it is another than planned.
    lung_shunt
        0..1.
    hours_after
        From the administration to the start of the scan.
    moved_mm, turned_deg
        How the patient lies on the scanner's couch, against the planning CT.
    """

    given_gbq: float
    lung_shunt: float
    tumour_to_normal: Mapping[str, float]
    seed: int = 1
    hours_after: float | None = None
    minutes: float | None = None
    fwhm_mm: float | None = None
    moved_mm: float | None = None
    turned_deg: float | None = None

    def __post_init__(self) -> None:
        require_activity(self.given_gbq * BQ_PER_GBQ, what="activity delivered")
        require_share(self.lung_shunt, what="lung shunt delivered")
        require_positive(self.hours, what="hours from the administration to the scan")
        require_not_negative(self.shift_mm, what="how far the patient is moved (mm)")
        PetScanner.usual(fwhm_mm=self.fwhm_mm, minutes=self.minutes)

    @property
    def hours(self) -> float:
        """Return the hours from the administration to the scan."""
        return float(table("phantom")["pet"]["hours_after"] if self.hours_after is None else self.hours_after)

    @property
    def shift_mm(self) -> float:
        """Return how far the patient is moved, mm."""
        usual = float(np.linalg.norm(table("phantom")["pet"]["moved_mm"]))
        return usual if self.moved_mm is None else self.moved_mm

    @property
    def turn_deg(self) -> float:
        """Return by how much the patient is turned, degrees."""
        return float(table("phantom")["pet"]["turned_deg"] if self.turned_deg is None else self.turned_deg)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedDelivery:
    """What the PET scanner saw, and what is true of it."""

    pet: ActivityMap
    ct: CtImage
    scan: PetScan
    identity: PatientIdentity
    truth: Mapping[str, Any]


def simulate_delivery(
    planned: Uptake, ct: CtImage, identity: PatientIdentity, settings: DeliverySettings, *, moves: bool = True
) -> SimulatedDelivery:
    """Return the PET and CT of a delivery that differs from what was planned, in a frame of reference of their own.

    Parameters
    ----------
    planned
        Where MAA lodged, in the frame of the planning CT.
    ct, identity
        Of the planning study.
    moves
        Whether the scanner has a frame of reference of its own.
    """
    uptake = delivered_uptake(planned, settings)
    nuclide = Nuclide.named(NUCLIDE)
    scanner = PetScanner.usual(fwhm_mm=settings.fwhm_mm, minutes=settings.minutes)
    at = given_at(identity)
    start = at + timedelta(hours=settings.hours)
    administration = Administration(Bq(settings.given_gbq * BQ_PER_GBQ), at)
    there = Bq(administration.activity_bq * nuclide.remaining(hours=settings.hours))
    later = _later(identity, start)
    later = later if moves else replace(later, frame_uid=ct.grid.frame_uid)
    motion = couch_motion(_liver_centre(planned), _shift(settings.shift_mm), settings.turn_deg)
    grid = pet_grid(ct.grid, later.frame_uid)
    rng = np.random.default_rng((settings.seed, 1_000_003))
    pet = scanner.look(uptake, ct.grid, motion, grid, there, rng)
    own_ct = moved_ct(
        ct, motion, pet_ct_grid(ct.grid, later.frame_uid), np.random.default_rng((settings.seed, 1_000_004))
    )
    truth = _truth(uptake, settings, scanner, motion, administration, start, there)
    return SimulatedDelivery(
        replace(pet, reference=start), own_ct, PetScan(start, scanner.minutes, administration), later, truth
    )


def delivered_uptake(planned: Uptake, settings: DeliverySettings) -> Uptake:
    """Return where the activity lodged: as planned, but for lesions whose uptake is another, and the lung shunt."""
    parts = []
    for part in planned.parts:
        ratios = [settings.tumour_to_normal[role] for role in reversed(part.roles) if role in settings.tumour_to_normal]
        parts.append(replace(part, avidity=ratios[0]) if ratios else part)
    return uptake_of(parts, lung_shunt=Share(settings.lung_shunt))


def write_delivery(pet: Path, ct: Path, delivery: SimulatedDelivery, *, description: str) -> None:
    """Write PET and CT as DICOM into two folders that exist, or into one."""
    write_ct(ct, delivery.ct, delivery.identity, description=f"CT of the PET, {description}")
    write_pt(pet, delivery.pet, delivery.scan, delivery.identity, description=f"90Y PET, {description}")


def given_words(delivery: SimulatedDelivery) -> dict[str, Any]:
    """Return [given] of a case file."""
    administration = delivery.scan.given
    return {
        "activity_gbq": administration.activity_bq / BQ_PER_GBQ,
        "at": administration.at.isoformat() if administration.at else "",
    }


def given_at(identity: PatientIdentity) -> datetime:
    """Return when the activity is given: two weeks after the planning study, at two in the afternoon, in its zone."""
    try:
        day = datetime.strptime(identity.study_date, "%Y%m%d")  # noqa: DTZ007  its zone is put in below
    except ValueError:
        day = datetime.strptime(FALLBACK_DATE, "%Y%m%d")  # noqa: DTZ007
    return day.replace(tzinfo=_zone(identity.zone)) + timedelta(days=DAYS_AFTER_PLANNING, hours=GIVEN_AT_H)


def _zone(text: str) -> timezone:
    """Return a zone as DICOM writes it, +0100; UTC where none is stated."""
    if len(text) != 5 or text[0] not in "+-" or not text[1:].isdigit():
        return timezone.utc  # noqa: UP017  one kind of zone for both
    away = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return timezone(-away if text[0] == "-" else away)


def _later(identity: PatientIdentity, start: datetime) -> PatientIdentity:
    """Return the same patient in the study after treatment, with a frame of reference of its own."""
    study = str(uid_of(identity.study_uid, "after treatment"))
    return replace(
        identity,
        study_uid=study,
        study_id=f"{identity.study_id}-2"[:16],
        study_date=start.strftime("%Y%m%d"),
        study_time=start.strftime("%H%M%S"),
        zone=start.strftime("%z"),
        accession="",
        frame_uid=str(uid_of(study, "frame")),
        ct_series_uid="",
        ct_sop_uids=(),
    )


def _shift(length_mm: float) -> tuple[float, float, float]:
    usual = np.asarray(table("phantom")["pet"]["moved_mm"], dtype=float)
    x, y, z = usual / np.linalg.norm(usual) * length_mm
    return float(x), float(y), float(z)


def _liver_centre(uptake: Uptake) -> tuple[float, float, float]:
    """Return the centre of the liver's parts, LPS mm."""
    liver = [p for p in uptake.parts if "liver" in p.roles and p.share.any()]
    places = [Voi(p.name, "liver", p.grid, np.clip(p.share, 0, 1)).centroid_lps_mm for p in liver]
    x, y, z = np.average(places, axis=0, weights=[p.ml for p in liver])
    return float(x), float(y), float(z)


def _truth(
    uptake: Uptake,
    settings: DeliverySettings,
    scanner: PetScanner,
    motion: NDArray[np.float64],
    administration: Administration,
    start: datetime,
    there: Bq,
) -> dict[str, Any]:
    nuclide = Nuclide.named(NUCLIDE)
    return {
        "given_gbq": settings.given_gbq,
        "given_at": administration.at.isoformat() if administration.at else None,
        "scan_start": start.isoformat(),
        "activity_at_scan_gbq": there / BQ_PER_GBQ,
        "lung_shunt_fraction": settings.lung_shunt,
        "tumour_to_normal": dict(settings.tumour_to_normal),
        "doses_gy": {name: dose * settings.given_gbq for name, dose in uptake.doses_per_gbq(nuclide).items()},
        "moved_mm": settings.shift_mm,
        "turned_deg": settings.turn_deg,
        "planning_to_pet_lps_mm": motion.tolist(),
        "pet": {
            "fwhm_mm": scanner.fwhm_mm,
            "minutes": scanner.minutes,
            "effective_counts": scanner.effective_counts(there, nuclide),
        },
    }
