"""What was delivered, as an image after treatment shows it, beside what was planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yttria.values.aims_limits import Aim, DoseName
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding, require_positive
from yttria.values.maps import CtImage, DoseMap
from yttria.values.patient import AbsorbedDose, PatientCase
from yttria.values.plan import Option
from yttria.values.treatment import Administration
from yttria.values.units import Bq, Gy, Share

AlignmentMethod = Literal["same-frame", "registration-object", "stated", "registered"]
Z_95 = 1.96
"""Limits of agreement: bias and 1.96 standard deviations either way (Bland and Altman, Lancet 1986;1:307)."""


@dataclass(frozen=True, slots=True)
class GammaCriteria:
    """What counts as agreement.

    Parameters
    ----------
    dose_percent
        Dose difference that a point may have, in per cent.
    distance_mm
        How far away its dose may lie.
    local
        Whether the per cent are of the point's own reference dose, or of the largest reference dose ("global").
    threshold_percent
        Points below this share of the largest reference dose are left out.
    """

    dose_percent: float
    distance_mm: float
    local: bool = False
    threshold_percent: float = 10.0

    def __post_init__(self) -> None:
        require_positive(self.dose_percent, what="dose difference of gamma (%)")
        require_positive(self.distance_mm, what="distance of gamma (mm)")


@dataclass(frozen=True, slots=True)
class ImageActivity:
    """How much activity the image after treatment shows, and where.

    Parameters
    ----------
    activity_bq
        Inside the body, at `at`; None where the image holds counts.
    at
        Instant that the image's numbers hold at.
    of_given
        The same at the administration, over what was given; None where the image holds counts.
    outside_body
        Positive activity outside the body over all positive activity; None where no CT and no drawing tell the body.
    negative
        Absolute sum of negative voxels over the sum of positive ones, before they are set to zero.
    elsewhere
        Activity in the body outside liver and lungs over that in the body.
    """

    activity_bq: Bq | None
    at: datetime | None
    of_given: float | None
    outside_body: Share | None
    negative: float
    elsewhere: Share


@dataclass(frozen=True, slots=True)
class AimResult:
    """An aim beside what was delivered.

    Parameters
    ----------
    found_gy
        The dose that judges.
    corrected_gy
        The same corrected for blur; None where that is not possible.
    uncorrected_gy
        As the image has it, where the corrected one judges.
    """

    aim: Aim
    found_gy: Gy
    corrected_gy: Gy | None = None
    uncorrected_gy: Gy | None = None

    @property
    def met(self) -> bool:
        """Tell whether the dose that was found reaches the aim itself, to a rounding error."""
        return self.found_gy >= self.aim.dose_gy * (1 - 1e-9)


@dataclass(frozen=True, slots=True)
class DoseComparison:
    """One named dose three times: as the plan's option has it, as the plan predicts it of what was given, as the image shows it."""

    planned_gy: Gy | None
    predicted_gy: Gy
    delivered_gy: Gy

    @property
    def difference_gy(self) -> float:
        """Return delivered minus predicted, Gy."""
        return self.delivered_gy - self.predicted_gy

    @property
    def ratio(self) -> float | None:
        """Return delivered over predicted; None where nothing was predicted."""
        return self.delivered_gy / self.predicted_gy if self.predicted_gy > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class DoseDifference:
    """Predicted dose and what was delivered less it, at one resolution, where the image has the patient.

    Parameters
    ----------
    predicted
        By the plan, of what was given; around the liver.
    difference_gy
        Delivered minus predicted, Gy, on its grid.
    """

    predicted: DoseMap
    difference_gy: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VoxelAgreement:
    """How two dose distributions agree voxel by voxel, delivered minus predicted, at one resolution.

    Parameters
    ----------
    n
        Voxels of the plan's image with their centre in the liver.
    predicted_fwhm_mm, delivered_fwhm_mm
        Resolution of either dose before the sharper one was blurred.
    bias_gy, sd_gy
        Mean and standard deviation of the differences.
    lin_ccc
        Lin's concordance coefficient; None where neither varies.
    gamma
        Criteria and the share of points that pass; None where no point has dose.
    """

    n: int
    predicted_fwhm_mm: float
    delivered_fwhm_mm: float
    bias_gy: float
    sd_gy: float
    lin_ccc: float | None
    gamma: GammaCriteria
    gamma_n: int
    gamma_pass: float | None

    @property
    def low_gy(self) -> float:
        """Return the lower limit of agreement, Gy."""
        return self.bias_gy - Z_95 * self.sd_gy

    @property
    def high_gy(self) -> float:
        """Return the upper limit of agreement, Gy."""
        return self.bias_gy + Z_95 * self.sd_gy


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the plan's frame of reference came to the image's.

    Parameters
    ----------
    method
        same-frame; registration-object (REG); stated ([frames] same); registered (CT to CT, here).
    moved_mm, turned_deg
        How far the centre of the liver moves, and the angle of the turn.
    correlation
        Of both CTs after a registration made here; None otherwise.
    """

    method: AlignmentMethod
    moved_mm: float
    turned_deg: float
    correlation: float | None = None


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """The plan beside what was found.

    Parameters
    ----------
    approach
        The option that is compared with.
    activity_fraction
        Given over planned activity.
    doses
        By dose name.
    tumour_to_normal, lung_shunt
        (predicted, delivered); None where a plan or an image does not tell.
    alignment, voxels, difference
        None where plan and image could not be brought together, which a finding says.
    """

    approach: str
    activity_fraction: float
    doses: Mapping[DoseName, DoseComparison]
    tumour_to_normal: tuple[float | None, float | None]
    lung_shunt: tuple[float | None, float | None]
    alignment: Alignment | None = None
    voxels: VoxelAgreement | None = None
    difference: DoseDifference | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """One verified treatment.

    Parameters
    ----------
    patient_case
        The case with the image after treatment.
    absorbed
        Dose that the image shows, of `absorbed.activity_bq`.
    option
        The same at the activity that was given: doses, DVHs, intervals, limits.
    given
        Activity in the patient, and when.
    image
        What the image itself holds.
    aims
        Aims of the rules beside what was found.
    headroom_bq
        By limit name: what could still be given.
    plan
        The plan beside it; None where none was named.
    predicted_dvh
        By role, the plan's dose of what was given; empty without a plan, or where plan and image could not be brought together.
    plan_ct
        The plan's CT, coarse, where the image has the patient: to be looked at; None where nothing was registered.
    """

    patient_case: PatientCase
    absorbed: AbsorbedDose
    option: Option
    given: Administration
    image: ImageActivity
    aims: tuple[AimResult, ...]
    headroom_bq: Mapping[str, Bq | None]
    plan: PlanComparison | None
    predicted_dvh: Mapping[str, Dvh] = field(default_factory=dict)
    plan_ct: CtImage | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def recovered_gy(self) -> Mapping[DoseName, Gy]:
        """Return the doses with blur undone, of what was given."""
        ratio = self.given.activity_bq / self.absorbed.activity_bq
        return {name: Gy(dose * ratio) for name, dose in self.absorbed.recovered_gy.items()}
