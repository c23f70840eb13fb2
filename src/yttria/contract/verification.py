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
    site: Path | None = None
    """Site file: limits, aims, recovery and which doses judge. [default: the file named by $YTTRIA_SITE]"""
    out: Path | None = None
    """Folder for verify.json, report.pdf, report.html and dose.dcm. Default: nothing is written but the answer."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class GivenRecord(Contract):
    """What was delivered."""

    activity_gbq: float
    """Activity, GBq."""
    at: str | None
    """Instant with its zone; of several injections the one at which their sum would show the same today."""


class ImageRecord(Contract):
    """What the image after treatment holds."""

    activity_gbq: Number
    """Inside the body, at `at_instant`; null where the image holds counts."""
    at_instant: str | None
    """Instant that the image is corrected to; null where it is not known."""
    of_given_fraction: Number
    """The same at the administration, over what was given."""
    outside_body_fraction: Number
    """Positive activity outside the body over all positive activity; null where nothing tells the body."""
    elsewhere_fraction: float
    """Activity in the body outside liver and lungs over that in the body."""
    negative_fraction: float
    """Absolute sum of negative voxels over the sum of positive ones, before they are set to zero."""


class AimResultRecord(Contract):
    """An aim beside what was found."""

    name: str
    """Dose name: TD, TD_2, PLD."""
    wanted_gy: float
    """Dose that is aimed at, Gy."""
    found_gy: float
    """Dose that was delivered, Gy: by the convention that judges (`judged_doses`)."""
    recovered_found_gy: Number
    """The same corrected for blur, Gy; null where that is not possible."""
    met: bool
    """Whether it reaches the aim."""
    source: str
    """Paper, label or site that sets the aim."""


class DoseComparisonRecord(Contract):
    """One dose as planned, as the plan predicts it of what was given, and as the image shows it, all as `judged_doses` says."""

    planned_gy: Number
    """At the activity of the plan, Gy."""
    predicted_gy: float
    """By the plan, at the activity that was given, Gy."""
    delivered_gy: float
    """By the image, Gy."""
    difference_gy: float
    """Delivered less predicted, Gy."""
    ratio: Number
    """Delivered over predicted; null where nothing is predicted."""


class PredictedDeliveredRecord(Contract):
    """A number of the plan beside that of the image."""

    predicted: Number
    """By the plan."""
    delivered: Number
    """By the image."""


class ResolutionRecord(Contract):
    """Resolution of either dose, mm FWHM, before the sharper one was blurred to the other's."""

    predicted: float
    """Of the plan's dose."""
    delivered: float
    """Of the image's dose."""


class GammaRecord(Contract):
    """The gamma index with its criteria: global dose difference in per cent of the largest predicted dose in the liver."""

    dose_percent: float
    """Dose criterion, per cent."""
    distance_mm: float
    """Distance criterion, mm."""
    threshold_percent: float
    """Voxels below this share of the largest predicted dose are left out."""
    n: int
    """Voxels that are judged."""
    pass_fraction: Number
    """Share of them with a gamma of at most one, 0 to 1."""


class VoxelsRecord(Contract):
    """Delivered minus predicted, voxel by voxel of the plan's image, at one resolution."""

    n: int
    """Voxels."""
    fwhm_mm: ResolutionRecord
    """Resolution of either dose."""
    bias_gy: float
    """Mean difference, Gy."""
    sd_gy: float
    """Standard deviation of the difference, Gy."""
    low_gy: float
    """Lower limit of agreement, Gy."""
    high_gy: float
    """Upper limit of agreement, Gy."""
    lin_ccc: Number
    """Lin's concordance correlation."""
    gamma: GammaRecord
    """Gamma index."""


class RegistrationRecord(Contract):
    """How the plan's frame of reference was brought to the image's."""

    method: str
    """same-frame, registration-object, stated or registered."""
    moved_mm: float
    """How far the centre of the liver moved."""
    turned_deg: float
    """Angle of its rotation, degrees."""
    correlation: Number
    """Of both CTs after a registration made here; null otherwise."""


class AgainstPlanRecord(Contract):
    """The plan beside what was delivered."""

    approach: str
    """The plan's option that is compared with."""
    activity_fraction: float
    """Activity given over that planned."""
    doses: dict[str, DoseComparisonRecord]
    """By name of the dose."""
    tumour_to_normal: PredictedDeliveredRecord
    """Ratio of tumour to normal concentration."""
    lung_shunt: PredictedDeliveredRecord
    """Share of the activity in the lungs."""
    registration: RegistrationRecord | None
    """How the two frames of reference were joined; null where voxels are not compared."""
    voxels: VoxelsRecord | None
    """Voxel by voxel; null where it was not possible."""


class VerifyResult(DosimetryResult):
    """The result of `yttria verify`."""

    given: GivenRecord
    """What was delivered."""
    image: ImageRecord
    """What the image holds."""
    doses_gy: dict[str, float]
    """Mean dose by name, Gy."""
    recovered_gy: dict[str, float | None]
    """The same with the scanner's blur undone, Gy; null where that is not possible."""
    uncertainty: dict[str, EstimatedRecord]
    """Doses with their limits, by name."""
    dvh: dict[str, dict[str, float]]
    """By volume: D and V of the dose."""
    limits: list[LimitRecord]
    """Limits beside the doses."""
    aims: list[AimResultRecord]
    """Aims beside the doses."""
    headroom: dict[str, float | None]
    """By limit: activity that could still be given, GBq; null where it cannot be told."""
    against_plan: Absent[AgainstPlanRecord] = None
    """Beside the plan, where one is named."""
