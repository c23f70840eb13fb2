"""What `yttria verify` is asked and answers: every key with its unit."""

from pathlib import Path
from typing import Annotated

from yttria.contract.base import Absent, Argument, Contract, Number, Request
from yttria.contract.plan import DosimetryResult, EstimatedRecord, LimitRecord


class VerifyRequest(Request):
    """A treatment to be verified by its image."""

    case: Annotated[Path, Argument()]
    """A folder (DICOM and case.toml) or a case.toml with the image after treatment; [given] says what was delivered."""
    plan: Path | None = None
    """The plan.json of this treatment, or its folder. Default: nothing is compared."""
    approach: str | None = None
    """The plan's option to compare with. Default: the recommended one, else the nearest in activity."""
    out: Path | None = None
    """Folder for verify.json, report.pdf, report.html and dose.dcm. Default: nothing is written but the answer."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class GivenRecord(Contract):
    """What was delivered."""

    activity_gbq: float
    at: str | None
    """Instant with its zone; of several injections the one at which their sum would show the same today."""


class ImageRecord(Contract):
    """What the image after treatment holds."""

    activity_gbq: Number
    """Inside the body, at `at_instant`; null where the image holds counts."""
    at_instant: str | None
    of_given_fraction: Number
    """The same at the administration, over what was given."""
    outside_body_fraction: Number
    """Positive activity outside the body over all positive activity; null where nothing tells the body."""
    elsewhere_fraction: float
    """Activity in the body outside liver and lungs over that in the body."""
    negative_fraction: float
    """Absolute sum of negative voxels over the sum of positive ones, before they are set to zero."""


class AimFoundRecord(Contract):
    """An aim beside what was found."""

    name: str
    """Dose name: TD, TD_2, PLD."""
    wanted_gy: float
    found_gy: float
    met: bool
    source: str


class DoseComparisonRecord(Contract):
    """One dose as planned, as the plan predicts it of what was given, and as the image shows it."""

    planned_gy: Number
    predicted_gy: float
    delivered_gy: float
    difference_gy: float
    ratio: Number


class PredictedDeliveredRecord(Contract):
    """A number of the plan beside that of the image."""

    predicted: Number
    delivered: Number


class ResolutionRecord(Contract):
    """Resolution of either dose, mm FWHM, before the sharper one was blurred to the other's."""

    predicted: float
    delivered: float


class GammaRecord(Contract):
    """The gamma index with its criteria: global dose difference in per cent of the largest predicted dose in the liver."""

    dose_percent: float
    distance_mm: float
    threshold_percent: float
    """Voxels below this share of the largest predicted dose are left out."""
    n: int
    pass_fraction: Number


class VoxelsRecord(Contract):
    """Delivered minus predicted, voxel by voxel of the plan's image, at one resolution."""

    n: int
    fwhm_mm: ResolutionRecord
    bias_gy: float
    sd_gy: float
    low_gy: float
    high_gy: float
    lin_ccc: Number
    gamma: GammaRecord


class RegistrationRecord(Contract):
    """How the plan's frame of reference was brought to the image's."""

    method: str
    """same-frame, registration-object, stated or registered."""
    moved_mm: float
    """How far the centre of the liver moved."""
    turned_deg: float
    correlation: Number
    """Of both CTs after a registration made here; null otherwise."""


class AgainstPlanRecord(Contract):
    """The plan beside what was delivered."""

    approach: str
    activity_fraction: float
    doses: dict[str, DoseComparisonRecord]
    tumour_to_normal: PredictedDeliveredRecord
    lung_shunt: PredictedDeliveredRecord
    registration: RegistrationRecord | None
    voxels: VoxelsRecord | None


class VerifyResult(DosimetryResult):
    """The result of `yttria verify`."""

    given: GivenRecord
    image: ImageRecord
    doses_gy: dict[str, float]
    recovered_gy: dict[str, float | None]
    uncertainty: dict[str, EstimatedRecord]
    dvh: dict[str, dict[str, float]]
    limits: list[LimitRecord]
    aims: list[AimFoundRecord]
    headroom: dict[str, float | None]
    against_plan: Absent[AgainstPlanRecord] = None
