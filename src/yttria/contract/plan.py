"""What `yttria plan` is asked and answers: every key with its unit."""

from pathlib import Path
from typing import Annotated, Literal

from yttria.contract.base import Absent, Argument, Contract, Request, Result


class PlanRequest(Request):
    """A patient to be planned."""

    case: Annotated[Path, Argument()]
    """A folder (DICOM and optional case.toml) or a case.toml."""
    out: Path | None = None
    """Folder for plan.json, report.pdf, report.html and dose.dcm. Default: nothing is written but the answer."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class ShuntRecord(Contract):
    """The lung shunt and the mass its dose stands on."""

    fraction: float
    method: str
    lung_mass_kg: float
    lung_mass_source: str
    standard_uncertainty: float
    detail: dict[str, float]


class VolumeRecord(Contract):
    """A volume of interest."""

    name: str
    ml: float
    mass_kg: float


class EstimatedRecord(Contract):
    """A dose with its 95 % interval and relative standard uncertainties by component."""

    value: float
    low: float
    high: float
    budget: dict[str, float]


class LimitRecord(Contract):
    """A limit beside the value that it judges."""

    name: str
    volume: str
    value_gy: float
    limit_gy: float
    holds: bool
    source: str
    condition: str
    state: Literal["holds", "assumed"]
    missing: list[str]


class AimRecord(Contract):
    """What an option pursues."""

    volume: str
    dose_gy: float
    wished_gy: float | None
    source: str


class OptionRecord(Contract):
    """One way to treat."""

    approach: str
    activity_gbq: float
    aim: AimRecord | None
    reached: bool
    doses_gy: dict[str, float]
    dvh: dict[str, dict[str, float]]
    uncertainty: dict[str, EstimatedRecord]
    limits: list[LimitRecord]
    binding: str | None
    wished_activity_gbq: float | None
    wished_doses_gy: dict[str, float]
    note: str
    tcp: None
    ntcp: None


class CriterionRecord(Contract):
    """One criterion of eligibility; `met` is null where the case does not say."""

    name: str
    asked: str
    found: str
    met: bool | None
    source: str


class ContraindicationRecord(Contract):
    """A rule against treating; "open" while a fact is missing, "none" where it falls away."""

    name: str
    found: str
    judgement: Literal["stop", "warning", "open", "none"]
    source: str
    missing: list[str]


class SourceRecord(Contract):
    """One input with its hash."""

    role: str
    description: str
    files: int
    sha256: str


class DosimetryResult(Result):
    """What plan and verification share: constants, volumes, shunt and dose per GBq administered."""

    nuclide: str
    product: str
    k_gy_kg_per_gbq: float
    k_source: str
    method: str
    calibration: str
    lung_shunt: ShuntRecord
    volumes: dict[str, VolumeRecord]
    index: str
    sampling: Literal["voxels"]
    mean_weighting: Literal["mass"]
    hepatic_reserve_fraction: float
    per_gbq: dict[str, float]
    recovered_per_gbq: dict[str, float | None]
    inputs: list[SourceRecord]


class PlanResult(DosimetryResult):
    """The result of `yttria plan`."""

    eligibility: list[CriterionRecord]
    contraindications: list[ContraindicationRecord]
    options: list[OptionRecord]
    recommended: str | None
    reason: str
    files: Absent[dict[str, str]] = None
