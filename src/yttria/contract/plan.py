"""What `yttria plan` is asked and answers: every key with its unit."""

from pathlib import Path
from typing import Annotated, Literal

from yttria.contract.base import Absent, Argument, Contract, Request, Result


class PlanRequest(Request):
    """A patient to be planned."""

    case: Annotated[Path, Argument()]
    """A folder (DICOM and optional case.toml) or a case.toml."""
    site: Path | None = None
    """Site file: limits, aims and judgements of this hospital. [default: the file named by $YTTRIA_SITE]"""
    out: Path | None = None
    """Folder for plan.json, report.pdf, report.html and dose.dcm. Default: nothing is written but the answer."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this case."""


class ShuntRecord(Contract):
    """The lung shunt and the mass its dose stands on."""

    fraction: float
    """Share of the activity that reaches the lungs, 0 to 1."""
    method: str
    """How it was measured: planar, spect or given."""
    lung_mass_kg: float
    """Mass of the lungs, kg."""
    lung_mass_source: str
    """Where that mass is from."""
    standard_uncertainty: float
    """Standard uncertainty of the fraction."""
    detail: dict[str, float]
    """Named numbers of the method, as the geometric mean of counts."""


class VolumeRecord(Contract):
    """A volume of interest."""

    name: str
    """Name as drawn."""
    ml: float
    """Volume, mL."""
    mass_kg: float
    """Mass by the density image, kg."""


class EstimatedRecord(Contract):
    """A dose with its 95 % interval and relative standard uncertainties by component."""

    value: float
    """Dose, Gy."""
    low: float
    """Lower 95 % limit, Gy."""
    high: float
    """Upper 95 % limit, Gy."""
    budget: dict[str, float]
    """Relative standard uncertainty by component."""


class LimitRecord(Contract):
    """A limit beside the value that it judges."""

    name: str
    """Name of the limit."""
    volume: str
    """Volume that it protects."""
    value_gy: float | None
    """Dose of the option, Gy; null where it is not known."""
    recovered_value_gy: float | None
    """The same corrected for blur, Gy; null where that is not possible."""
    limit_gy: float
    """Highest dose that is allowed, Gy."""
    holds: bool | None
    """Whether the dose stays within it; null where the dose is not known."""
    source: str
    """Paper, label or site that sets it."""
    condition: str
    """For whom it is."""
    state: Literal["holds", "assumed"]
    """holds: the condition is known to be met; assumed: a fact of it is missing."""
    missing: list[str]
    """Facts that are missing."""


class AimRecord(Contract):
    """What an option pursues."""

    volume: str
    """Volume that is aimed at."""
    dose_gy: float
    """Dose that is aimed at, Gy."""
    wished_gy: float | None
    """Desired dose, Gy; null where none is beyond the aim."""
    source: str
    """Paper, label or site that sets it."""


class ProbabilityRecord(Contract):
    """How probable aims and limits are at an option's activity, from the budget (normal)."""

    aim: dict[str, float]
    """P(dose at or above the aim), by dose name."""
    limits: dict[str, float]
    """P(dose at or below the limit), by limit's name; a limit whose dose is not known is absent."""
    all_aims: float | None
    """All aims at once, from joint draws; null without an aim."""
    all_targets: float
    """All aims and all limits at once, as far as their doses are known."""


class WindowRecord(Contract):
    """One place on the activity axis."""

    at: str
    """TD, PLD or NPLD with a dose in Gy; SDA; label; limit:NAME."""
    activity_gbq: float
    """Where it lies, GBq."""
    probability: float
    """That the plan's aim is reached and every limit kept at that activity, at once."""


class OptionRecord(Contract):
    """One way to treat."""

    approach: str
    """Name of the approach."""
    activity_gbq: float
    """Activity administered, GBq."""
    activities_gbq: dict[str, float]
    """By injection, GBq; `activity_gbq` is their sum. Empty without [[injections]]."""
    aim: AimRecord | None
    """What it pursues; null where it follows no dose."""
    reached: bool
    """Whether the aim is reached."""
    doses_gy: dict[str, float]
    """Mean dose by name (TD, NPLD …), Gy."""
    dvh: dict[str, dict[str, float]]
    """By volume: D and V of the dose."""
    uncertainty: dict[str, EstimatedRecord]
    """Doses with their limits, by name."""
    limits: list[LimitRecord]
    """Limits beside the doses."""
    binding: str | list[str] | None
    """Name of the limit that holds the activity down; null where none does. With several injections every one that does."""
    wished_activity_gbq: float | None
    """Activity for the desired dose, GBq."""
    wished_doses_gy: dict[str, float]
    """Doses at that activity, Gy."""
    note: str
    """A sentence on the option; may be empty."""
    recovered_gy: dict[str, float | None]
    """Doses corrected for blur, Gy; null where that is not possible."""
    uncorrected_gy: dict[str, float]
    """Doses as the image has them, Gy."""
    probability: ProbabilityRecord | None
    """How probable aims and limits are at this activity; null where no budget is known."""
    tcp: None
    """Probability of tumour control: not computed."""
    ntcp: None
    """Probability of complication: not computed."""


class CriterionRecord(Contract):
    """One criterion of eligibility; `met` is null where the case does not say."""

    name: str
    """Name of the criterion."""
    asked: str
    """What is asked for."""
    found: str
    """What the case says."""
    met: bool | None
    """Whether it is met."""
    source: str
    """Paper that sets it."""


class ContraindicationRecord(Contract):
    """A rule against treating; "open" while a fact is missing, "none" where it falls away."""

    name: str
    """Name of the rule."""
    found: str
    """What the case says."""
    judgement: Literal["stop", "warning", "open", "none"]
    """What follows."""
    source: str
    """Paper, label or guideline that sets it."""
    missing: list[str]
    """Facts that are missing."""


class FocusRecord(Contract):
    """Activity outside liver and lungs: its centre, its share of all counts but the lungs', its volume."""

    centre_lps_mm: tuple[float, float, float]
    """Centre, weighted by counts, LPS mm."""
    share: float
    """Share of all counts, those of the lungs left out, 0 to 1."""
    ml: float
    """Volume."""


class LungRecord(Contract):
    """The lungs by both conventions: shunts found, masses, and the dose of each pair of both; `judged` names the pair that LD is of."""

    shunt_spect: float | None
    """Shunt by SPECT/CT, 0 to 1; null where it shows none."""
    shunt_planar: float | None
    """Shunt by planar views, 0 to 1; null where they show none."""
    mass_ct_kg: float | None
    """Mass on CT; null where the CT does not hold both lungs wholly."""
    mass_default_kg: float
    """The convention's mass."""
    doses_gy: dict[str, float]
    """Lung dose by pair, as planar-default or spect-ct, of the recommended option; without one of the first."""
    judged: str
    """The pair that LD stands on."""


class LesionPartRecord(Contract):
    """The part of a lesion that one of several injections treats."""

    injection: str
    """Name of the injection."""
    ml: float
    """Volume of the part, mL."""
    dose_gy: float
    """Mean dose of the part, Gy."""


class LesionRecord(Contract):
    """A lesion by the recommended option, without one by the first; `recovered_gy` has blur undone, `rest_gy` is without the cold part."""

    role: str
    """Role of its volume."""
    name: str
    """As it is drawn."""
    ml: float
    """Volume, without what is drawn as dead."""
    aim_gy: float | None
    """What it should reach; null where lesions have no aim."""
    dose_gy: float
    """Mean dose."""
    treated: bool
    """Whether a perfused volume reaches it."""
    below_aim: bool
    """Whether its dose stays below the aim itself."""
    cold_ml: float
    """What of it takes up less than the perfused normal liver, above 10 mL and a tenth of it; else 0."""
    rest_gy: float | None
    """Mean dose without the cold part; null without one."""
    recovered_gy: float | None
    """Mean dose with the camera's blur undone; null where that is not possible."""
    parts: list[LesionPartRecord]
    """With several injections its parts; an aim is reached only when every part reaches it. Empty with one injection."""
    activity_fraction: float | None
    """Its share of the liver's activity, 0 to 1; null where the liver has none."""
    tumour_to_normal: float | None
    """Its mean dose over that of the perfused normal liver; null where nothing normal is perfused."""
    d95_gy: float | None
    """Dose that 95 % of it receive at the least, as the image has it."""
    d70_gy: float | None
    """Dose that 70 % of it receive at the least, as the image has it."""
    v205_fraction: float | None
    """Its share above 205 Gy, 0 to 1, as the image has it."""
    aim_probability: float | None
    """That its mean dose reaches its aim; null where no budget is known."""


class SourceRecord(Contract):
    """One input with its hash."""

    role: str
    """Role of the input."""
    description: str
    """Its description, without what names a patient."""
    files: int
    """How many files."""
    sha256: str
    """SHA-256 of the file; of several, that of their sorted hashes."""


class DosimetryResult(Result):
    """What plan and verification share: constants, volumes, shunt and dose per GBq administered."""

    nuclide: str
    """Nuclide that treats."""
    product: str
    """Microspheres."""
    k_gy_kg_per_gbq: float
    """Dose constant, Gy kg/GBq."""
    k_source: str
    """Where the dose constant is from."""
    method: str
    """Dose engine."""
    calibration: str
    """relative: by the share of counts; absolute: by calibrated activity."""
    lung_shunt: ShuntRecord
    """Lung shunt."""
    volumes: dict[str, VolumeRecord]
    """Volumes by role."""
    index: str
    """Role of the index lesion."""
    sampling: Literal["voxels"]
    """Whole voxels by their shares."""
    mean_weighting: Literal["mass"]
    """Mean doses are weighted by mass."""
    hepatic_reserve_fraction: float
    """Share of the liver that is not treated, 0 to 1."""
    hepatic_reserve_without_tumour_fraction: float
    """Share of the liver that is neither treated nor tumour, 0 to 1."""
    tumour_involvement_fraction: float
    """Share of the liver that is tumour, thrombus or dead, 0 to 1."""
    perfused_tumour_involvement_fraction: float
    """The same of the perfused volume, 0 to 1."""
    tumour_to_normal: float | None
    """Mean dose of the index lesion over that of the perfused normal liver; null without one of them."""
    perfused_counts_fraction: float | None
    """Share of the liver's counts in the perfused volume, 0 to 1."""
    perfused_counts_blur_fraction: float | None
    """The same of even uptake in the perfused volume, blurred as the image is, 0 to 1."""
    liver_counts_fraction: float | None
    """Share of all counts in the liver, those of the lungs left out, 0 to 1."""
    liver_counts_blur_fraction: float | None
    """The same of even uptake in the perfused volume, blurred as the image is, 0 to 1."""
    foci: list[FocusRecord]
    """Activity outside liver and lungs, the hottest first."""
    lung: LungRecord | None
    """The lungs by both conventions."""
    per_gbq: dict[str, float]
    """Mean dose by name for 1 GBq administered, Gy/GBq."""
    recovered_per_gbq: dict[str, float | None]
    """The same with the camera's blur undone, Gy/GBq; null where that is not possible."""
    judged_doses: Literal["uncorrected", "corrected"]
    """Doses that aims and limits are judged by: as the image has them, or corrected for blur (the site's word)."""
    uncorrected_per_gbq: dict[str, float]
    """Mean dose by name as the image has it, Gy/GBq."""
    partition_per_gbq: dict[str, float]
    """Second reckoning of the doses as the image has them, by counts and masses alone, Gy/GBq; empty for several injections with an image on another grid."""
    recovery_source: str
    """How doses are corrected for blur."""
    inputs: list[SourceRecord]
    """Inputs with their hashes."""


class InjectionRecord(Contract):
    """One injection: the doses of 1 GBq of it and nothing else, its lung shunt, its share of counts."""

    name: str
    """Name of the injection."""
    per_gbq: dict[str, float]
    """Mean dose by name for 1 GBq of this injection and nothing of the others, Gy/GBq."""
    lung_shunt: ShuntRecord
    """Its lung shunt."""
    counts_fraction: float
    """One image for all: its share of the liver's counts; own image: the share of the liver's counts inside its own volume."""
    session: str
    """Name of its session."""
    given_gbq: float | None
    """What is given or decided, GBq; null where it is planned."""
    least_gbq: float | None
    """The smallest activity that can be given, GBq; null where none is stated."""


class ClashRecord(Contract):
    """Limits that stand against the aim, and what each would have to give at the least."""

    limits: list[str]
    """Names of the limits."""
    least: dict[str, float]
    """What each would have to give, Gy: the sum, each as a share of its limit, is smallest."""


class PlanResult(DosimetryResult):
    """The result of `yttria plan`."""

    eligibility: list[CriterionRecord]
    """Criteria of eligibility."""
    contraindications: list[ContraindicationRecord]
    """Rules against treating."""
    injections: list[InjectionRecord]
    """Injections, each by itself; empty without [[injections]]."""
    options: list[OptionRecord]
    """Ways to treat."""
    clash: ClashRecord | None
    """With several injections: limits that stand against the tumour aim; null where none does."""
    window: list[WindowRecord]
    """What lies on the activity axis, ascending."""
    lesions: list[LesionRecord]
    """Every lesion, the largest first."""
    recommended: str | None
    """Approach that is recommended; null where none is."""
    reason: str
    """Why."""
    files: Absent[dict[str, str]] = None
    """Names of the files of the report."""
