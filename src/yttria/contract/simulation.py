"""What `yttria simulate` and `yttria demo` are asked and answer."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Absent, Argument, Contract, Request, Result


class SimulateRequest(Request):
    """An anatomy to be imaged by simulated cameras."""

    case: Annotated[Path, Argument()]
    """A folder or a case.toml with CT and volumes."""
    out: Path
    """Folder for SPECT, planar scan, truth.json and case.toml."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Decides the noise."""
    tumour_to_normal: float = 5.0
    """Uptake per mL of lesions against normal perfused liver."""
    lung_shunt: float = 0.05
    """Share of the activity in the lungs, 0 to 1."""
    fwhm_mm: float = 12.0
    """Resolution of the reconstructed SPECT, mm."""
    counts: float = 3e6
    """Effective counts of the SPECT: its noise."""
    delivered_gbq: float | None = None
    """Activity that was delivered, GBq: also writes after/, a 90Y PET with its CT in another frame of reference. Default: no treatment."""
    delivered_tumour_to_normal: float | None = None
    """Uptake of lesions as delivered. Default: as planned."""
    delivered_lung_shunt: float | None = None
    """Share of the activity in the lungs as delivered, 0 to 1. Default: as planned."""
    hours_after: float = 20.0
    """From the administration to the PET, h."""
    pet_minutes: float = 30.0
    """Length of the PET scan: its noise."""
    pet_fwhm_mm: float = 6.5
    """Resolution of the reconstructed PET, mm."""
    moved_mm: float = 12.0
    """How far the patient lies from where he lay, in the PET's frame of reference, mm."""
    turned_deg: float = 4.0
    """By how much he is turned there, degrees."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class SimulateResult(Result):
    """What `yttria simulate` answers: where it wrote, and what is true of it."""

    case: str
    """Where case.toml was written."""
    truth: str
    """Where truth.json was written."""
    lung_shunt_fraction: float
    """True share of the activity in the lungs, 0 to 1."""
    hepatic_reserve_fraction: float
    """True share of the liver that is not treated, 0 to 1."""
    per_gbq: dict[str, float]
    """True mean dose by name for 1 GBq, Gy/GBq."""
    after: Absent[str] = None
    """Where case.toml of the treatment was written."""
    delivered_gy: Absent[dict[str, float]] = None
    """True mean dose by name of what was delivered, Gy."""


class DemoRequest(Request):
    """Where the demonstration goes."""

    out: Path = Path("demo")
    """Folder for course/, patient/, truth.json, plan/ and trial/."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Decides all noise and every identifier."""
    injections: bool = False
    """Also treats the patient through two arteries: injections/, with an image each and one for both, planned both ways."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this patient."""


class DifferingNumber(Contract):
    """A printed number that the reconstructed trial does not give."""

    place: str
    """Where it is printed."""
    of: str
    """Of what and when."""
    part: str
    """value, low, high, sd, p or events."""
    printed: str
    """As the paper prints it."""
    why: str | None
    """Why it differs."""


class CourseRecord(Contract):
    """The course of the second digital patient: planned, ordered, given, delivered, answered."""

    folder: str
    """Folder of the course: before/, plan/, order/, after/, verify/, response/, truth.json."""
    recommended: str | None
    """Recommended option; null where nothing is."""
    planned_gbq: float
    """Its activity, GBq."""
    planned_td_gy: float
    """Its dose to the index lesion, Gy."""
    standard_gbq: float
    """Activity of standard dosimetry, GBq."""
    standard_td_gy: float
    """Its dose to the index lesion, Gy."""
    vials_gbq: list[float]
    """Vials that were ordered, GBq at calibration."""
    given_gbq: float
    """Activity that was given, GBq."""
    delivered_gy: dict[str, float]
    """Doses that verification found, Gy by dose name."""
    true_gy: dict[str, float]
    """Doses that were truly delivered, Gy by dose name."""
    best_response_easl: str
    """Best response by EASL."""


class FeederRecord(Contract):
    """The digital patient treated through two arteries, planned on an image each and on one for both."""

    folder: str
    """Folder of it: the territories, simulated/, plan/ and plan-own-images/."""
    activities_gbq: dict[str, float]
    """Planned activity of each injection on one image for both, GBq."""
    own_images_activities_gbq: dict[str, float]
    """Planned activity of each injection on an image each, GBq."""
    planned_per_gbq: dict[str, dict[str, float]]
    """By injection: mean dose of 1 GBq of it by name, on an image each, Gy/GBq."""
    true_per_gbq: dict[str, dict[str, float]]
    """By injection: the true one."""


class DemoResult(Result):
    """What `yttria demo` answers: where it wrote, and planned numbers beside true ones."""

    course: CourseRecord
    """The course of the second digital patient."""
    injections: Absent[FeederRecord] = None
    """The digital patient treated through two arteries, where that is asked for."""
    patient: str
    """Folder of the digital patient."""
    truth: str
    """File of what is true of it."""
    plan: str
    """Folder of its plan."""
    true_per_gbq: dict[str, float]
    """True mean dose by name, Gy/GBq."""
    planned_per_gbq: dict[str, float]
    """Planned mean dose by name, Gy/GBq."""
    true_lung_shunt_fraction: float
    """True lung shunt, 0 to 1."""
    planned_lung_shunt_fraction: float
    """Planned lung shunt, 0 to 1."""
    trial: str
    """Folder of the reconstructed trial."""
    printed_numbers: dict[str, int]
    """How many printed numbers agree, are truncated and differ."""
    differing: list[DifferingNumber]
    """Printed numbers that the reconstructed trial does not give."""
