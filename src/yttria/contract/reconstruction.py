"""What `yttria reconstruct` is asked and answers: individual times from a published curve."""

from pathlib import Path
from typing import Annotated, Literal

from yttria.contract.base import Absent, Argument, Number, Numbers, OptionName, Request, Result
from yttria.contract.claims import GroupSolutions

Label = Literal["reconstructed, not patient data"]
LABEL: Label = "reconstructed, not patient data"


class ReconstructRequest(Request):
    """A published Kaplan-Meier curve, and what stands beside it."""

    curve: Annotated[Path, Argument()]
    """CSV of clicks: time, survival (fraction or per cent)."""
    at_risk: Path | None = None
    """CSV: time, number at risk; the first time is 0."""
    risk_times: Path | None = None
    """CSV of the times alone, where --at-risk holds numbers only."""
    n: Annotated[int | None, OptionName("--n")] = None
    """Patients, where no number at risk is published."""
    events: int | None = None
    """Published events in all."""
    exact: bool = False
    """CURVE holds printed rates with limits: find all whole patients."""
    against: Path | None = None
    """A second group: individual times (time,event), a cohort with --against-protocol, the word dosisphere for the shipped one, or a curve with --against-at-risk."""
    against_protocol: Path | None = None
    """Protocol (TOML) of the second group's cohort."""
    against_where: str | None = None
    """Part of the second group's rows, as arm=PDA."""
    against_at_risk: Path | None = None
    """Numbers at risk of the second curve."""
    against_risk_times: Path | None = None
    """Their times, as --risk-times."""
    against_events: int | None = None
    """Published events of the second group."""
    hr: float | None = None
    """Published hazard ratio of this group against the second."""
    printed: str | None = None
    """What this group's publication prints of its patients, as pvt=0.38,age=64: compared with the columns of the second group's cohort."""
    one_trial: bool = False
    """Both curves are arms of one randomised trial: nothing is indirect."""
    redraws: int = 100
    """Reconstructions that show what the picture leaves open."""
    click_error: float = 0.005
    """Standard deviation of reading a click, as a fraction of survival."""
    unit: str = "months"
    """Unit of time."""
    out: Path | None = None
    """CSV to write: time,event, one row a patient."""
    replace: bool = False
    """Write over a file that Yttria did not write for this input."""


class NumberAtRisk(Result):
    """A number at risk, published and reconstructed."""

    time: float
    """When."""
    published: int
    """As printed."""
    reconstructed: int
    """Of the reconstructed patients."""


class CurveFit(Result):
    """How well reconstructed patients give the published curve; survival as a fraction."""

    rmse: float
    """Root mean square difference at the clicks."""
    max_deviation: float
    """Greatest difference at a click."""
    published_events: int | None
    """Events in all, where they are printed."""
    at_risk: list[NumberAtRisk]
    """Numbers at risk."""


class IndividualTimes(Result):
    """One entry a patient."""

    time: Numbers
    """Time, in `unit`."""
    event: list[int]
    """1 for an event, 0 for a censored time."""


class ReconstructedGroup(Result):
    """One group reconstructed from its curve."""

    label: Label
    """What these patients are."""
    unit: str
    """Unit of time."""
    n: int
    """Patients."""
    events: int
    """Events."""
    censored: int
    """Patients without event."""
    median: Number
    """Median time, in `unit`."""
    median_low: Number
    """Its lower limit."""
    median_high: Number
    """Its upper limit."""
    fit: CurveFit
    """How well they give the curve."""
    patients: IndividualTimes
    """The patients."""


class PublishedPopulation(Result):
    """What a publication prints of its patients, beside a cohort."""

    printed: float
    """Mean, or share of a column of 0 and 1."""
    against: Number
    """The cohort's."""
    n: int
    """Patients of the cohort with a value."""
    standardised_difference: Number
    """Cohort less printed, in standard deviations."""


class GroupComparison(Result):
    """The first group against the second; means and their difference in `unit`, up to `tau`."""

    hr: Number
    """Hazard ratio."""
    low: Number
    """Its lower limit."""
    high: Number
    """Its upper limit."""
    wald_p: Number
    """P of Wald's test."""
    redraws: int
    """Redraws of the picture that gave a finite ratio."""
    log_hr_sd_of_redraws: Number
    """Standard deviation of the log ratio between redraws."""
    low_whole: Number
    """Lower limit with the error of the picture too."""
    high_whole: Number
    """Upper limit with the error of the picture too."""
    logrank_chi2: Number
    """Log-rank test."""
    logrank_p: Number
    """Its P."""
    proportionality_p: Number
    """P of the test of proportional hazards."""
    published_hr: Number
    """The ratio that is printed."""
    hr_over_published: Number
    """Ours over the printed one."""
    hr_censored_early: Number
    """Ratio with the censored put early."""
    hr_censored_late: Number
    """Ratio with the censored put late."""
    tau: float
    """Up to when means are taken."""
    restricted_mean: float
    """Of the first group."""
    restricted_mean_against: float
    """Of the second group."""
    difference: Number
    """The first mean less the second."""
    difference_low: Number
    """Its lower limit."""
    difference_high: Number
    """Its upper limit."""
    difference_p: Number
    """Its P."""
    medians: Numbers
    """Of the first and of the second group."""
    assumptions: list[str]
    """What must hold for the comparison to mean anything."""
    populations: Absent[dict[str, PublishedPopulation]] = None
    """By column: what is printed of the first group beside the second group's cohort."""


class CurveReconstruction(ReconstructedGroup):
    """A reconstruction, with the second group and the comparison where they were asked for."""

    against: Absent[ReconstructedGroup] = None
    """The second group, where it is a curve."""
    comparison: Absent[GroupComparison] = None
    """The first group against the second."""


class RateReconstruction(GroupSolutions):
    """All whole patients behind printed rates (`--exact`)."""

    label: Label
    """What these patients are."""
    unit: str
    """Unit of time."""
    n: int
    """Patients."""


ReconstructResult = CurveReconstruction | RateReconstruction
