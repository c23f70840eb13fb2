"""What `yttria analyse` answers: the result of a study. Numbers that do not exist are null."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Absent, Argument, Counts, Floats, Number, Request, Result, StatedKeys
from yttria.contract.study_effects import (
    AdverseEventCounts,
    AdverseEvents,
    AdverseEventTerm,
    AdverseEventTotals,
    CovariateBalance,
    EndpointRates,
    FlowStep,
    ImputedModels,
    MatchedComparison,
    MatchedCovariate,
    MatchedCurves,
    PairComparison,
    PooledCoefficient,
    PooledModel,
    SplineCurve,
    SplineTests,
    WeightedComparison,
    WeightedTest,
    WeightedTests,
)
from yttria.contract.study_models import (
    ArmComparison,
    ArmContrast,
    ArmCounts,
    ChiSquaredTest,
    Coefficient,
    CoefficientsOverTime,
    Concordance,
    CoxModel,
    CumulativeIncidence,
    CurveColumns,
    FollowUp,
    Interaction,
    MeanDifference,
    ModelTests,
    PenalisedCoefficient,
    PenalisedModel,
    PredictedCurve,
    Residuals,
    RestrictedMean,
    Selection,
    SelectionStep,
    Subgroup,
    Subgroups,
    SurvivalCurve,
    SurvivalQuantile,
    SurvivalRate,
)

__all__ = [
    "AdverseEventCounts",
    "AdverseEventTerm",
    "AdverseEventTotals",
    "AdverseEvents",
    "AnalyseRequest",
    "AnalysisResult",
    "ArmComparison",
    "ArmContrast",
    "ArmCounts",
    "BaselineColumn",
    "BaselineTest",
    "ChiSquaredTest",
    "Coefficient",
    "CoefficientsOverTime",
    "Concordance",
    "CovariateBalance",
    "CoxModel",
    "CumulativeIncidence",
    "CurveColumns",
    "DoseForShare",
    "DoseResponse",
    "EndpointRates",
    "FlowStep",
    "FollowUp",
    "ImputedModels",
    "Incidences",
    "Interaction",
    "Landmark",
    "LaterEvent",
    "LevelCounts",
    "Line",
    "LongColumns",
    "MatchedComparison",
    "MatchedCovariate",
    "MatchedCurves",
    "MeanDifference",
    "ModelTests",
    "NumberByArm",
    "NumberSummary",
    "PairComparison",
    "PenalisedCoefficient",
    "PenalisedModel",
    "PooledCoefficient",
    "PooledModel",
    "PredictedCurve",
    "Residuals",
    "ResponseData",
    "ResponseFit",
    "RestrictedMean",
    "RocCurve",
    "Selection",
    "SelectionStep",
    "ShareCurve",
    "SplineCurve",
    "SplineTests",
    "StudyResult",
    "Subgroup",
    "Subgroups",
    "SurvivalCurve",
    "SurvivalQuantile",
    "SurvivalRate",
    "WeightedComparison",
    "WeightedTest",
    "WeightedTests",
]


class AnalyseRequest(Request):
    """A survival study: what is asked, and of whom."""

    protocol: Annotated[Path, Argument()]
    """TOML: what the columns mean and what is asked."""
    cohort: Annotated[Path, Argument()]
    """CSV: one row a patient, or an interval with late entry."""
    adverse: Path | None = None
    """CSV or .xlsx of adverse events, in place of the one that [adverse_events] names."""
    out: Path
    """Folder for result.json, analysis.R, report.pdf, report.html, figures and tables; with --json for the first two alone. Columns of a very large study go to columns/ in it."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this study."""


Incidences = dict[str, dict[str, dict[str, CumulativeIncidence]]]


class AnalysisResult(StatedKeys):
    """Every analysis that needs no other outcome."""

    n: int
    """Rows of the cohort."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events."""
    followup: FollowUp
    """Follow-up."""
    km: dict[str, dict[str, SurvivalCurve]]
    """Curves by factor and level; `all` of `all` is the whole cohort."""
    comparison: Absent[ArmComparison] = None
    """Treated against control."""
    logrank: dict[str, ChiSquaredTest] = Field(default_factory=dict)
    """Log-rank tests by factor."""
    trend: dict[str, ChiSquaredTest] = Field(default_factory=dict)
    """Tests for trend by factor."""
    rmst_difference: dict[str, MeanDifference] = Field(default_factory=dict)
    """Differences of restricted means by factor of two levels."""
    univariable: dict[str, CoxModel] = Field(default_factory=dict)
    """One model a term."""
    models: dict[str, CoxModel] = Field(default_factory=dict)
    """Models by name."""
    selection: Absent[Selection] = None
    """The stepwise choice."""
    subgroups: dict[str, Subgroups] = Field(default_factory=dict)
    """Effect of the arm by factor and level."""
    cif: Incidences = Field(default_factory=dict)
    """Cumulative incidence by factor, level and cause; `all` of `all` is the whole cohort."""
    gray: dict[str, dict[str, ChiSquaredTest]] = Field(default_factory=dict)
    """Gray's tests by factor and cause."""
    fine_gray: dict[str, CoxModel] = Field(default_factory=dict)
    """Fine-Gray models by cause."""
    responses: dict[str, EndpointRates] = Field(default_factory=dict)
    """Yes/no endpoints by name."""
    splines: dict[str, SplineCurve] = Field(default_factory=dict)
    """Restricted cubic splines by name."""
    weights: dict[str, WeightedComparison | None] = Field(default_factory=dict)
    """Comparisons by inverse-probability weights, by name; null where they cannot be made."""
    weighted_tests: dict[str, WeightedTests | None] = Field(default_factory=dict)
    """Fleming and Harrington's tests and MaxCombo by factor; null where it has not two groups."""
    pairwise: dict[str, list[PairComparison]] = Field(default_factory=dict)
    """Every pair of levels by factor."""
    imputed: Absent[ImputedModels] = None
    """The models with missing covariates imputed."""


class LaterEvent(Result):
    """Something that happened after baseline, analysed by time-dependent groups and naively."""

    model: CoxModel
    """With the event as a covariate that changes with time; its rows are intervals."""
    logrank: ChiSquaredTest
    """Log-rank test by intervals."""
    km: dict[str, SurvivalCurve]
    """Curves by intervals."""
    naive: CoxModel
    """As if the event had been known from the start."""
    naive_km: dict[str, SurvivalCurve]
    """Curves as if it had been known from the start."""


class Landmark(Result):
    """What was known at a landmark against the time after it."""

    n: int
    """Rows still followed at the landmark."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events after the landmark."""
    model: CoxModel
    """Of what was known at the landmark."""
    logrank: dict[str, ChiSquaredTest]
    """Log-rank tests by factor."""
    km: dict[str, dict[str, SurvivalCurve]]
    """Curves by factor and level, from the landmark on."""


class DoseForShare(Result):
    """The dose at which a share responds; null where no slope is shown."""

    share: float
    """Share that responds, 0 to 1."""
    dose: Number
    """Dose, in the unit of its column (as all doses here)."""
    se: Number
    """Standard error of the dose."""
    low: Number
    """Lower limit of the dose (Fieller)."""
    high: Number
    """Upper limit of the dose."""


class Line(Result):
    """Intercept and slope on the scale of the link."""

    intercept: float
    """At dose zero, or at the logarithm zero."""
    slope: float
    """For one unit of dose, or of its natural logarithm."""


class ShareCurve(Result):
    """The share that responds at each dose."""

    dose: Floats
    """Doses, in the unit of their column."""
    share: Floats
    """Share that responds at each, 0 to 1."""
    low: Floats
    """Lower limit of the share."""
    high: Floats
    """Upper limit of the share."""


class ResponseFit(Result):
    """A fitted dose-response curve; `test` is the likelihood ratio against a constant."""

    link: str
    """logit or probit."""
    scale: str
    """dose, or log for its natural logarithm."""
    coef: Line
    """Intercept and slope."""
    se: Line
    """Their standard errors."""
    deviance: float
    """Of the fit."""
    null_deviance: float
    """Of a constant."""
    test: ChiSquaredTest
    """Likelihood-ratio test against a constant."""
    aic: float
    """Akaike's criterion."""
    needed: list[DoseForShare]
    """Doses for the shares asked for."""
    curve: ShareCurve
    """The curve with its limits."""


class RocCurve(Result):
    """How well the dose tells responses apart; `best` has the highest Youden index in this very sample."""

    threshold: Floats
    """Doses from which on a response is expected, descending."""
    sensitivity: Floats
    """Share of responses at or above each dose."""
    specificity: Floats
    """Share of the others below each dose."""
    auc: float
    """Area beneath the curve, 0 to 1."""
    se: Number
    """Standard error of the area (DeLong 1988)."""
    best: float
    """Dose of the highest Youden index in this very sample."""
    youden: float
    """That index, 0 to 1."""


class ResponseData(Result):
    """What a curve was fitted to: at each dose how many there were and how many responded."""

    dose: Floats
    """Distinct doses, in the unit of their column."""
    n: Counts
    """How many received each."""
    responses: Counts
    """How many of them responded."""


class DoseResponse(Result):
    """One dose-response; null where it could not be fitted."""

    n: int
    """Patients with dose and response."""
    dropped: int
    """Patients without one of them."""
    responses: int
    """How many responded."""
    data: ResponseData
    """What the curve is fitted to."""
    fit: ResponseFit | None
    """The fitted curve; null where it could not be fitted."""
    roc: RocCurve | None
    """The ROC curve; null where there is none."""


class NumberSummary(Result):
    """A measured column of some patients."""

    n: int
    """Patients with a number."""
    missing: int
    """Patients without."""
    mean: Number
    """Mean, in the column's unit."""
    sd: Number
    """Standard deviation (n - 1)."""
    median: Number
    """Median."""
    q1: Number
    """First quartile (R: type 7)."""
    q3: Number
    """Third quartile."""
    low: Number
    """Least."""
    high: Number
    """Largest."""


class BaselineTest(Result):
    """A test between the arms; it decides nothing."""

    name: str
    """Name of the test."""
    statistic: Number
    """Its statistic; null for an exact test."""
    p: Number
    """Two-sided P."""


class NumberByArm(Result):
    """A measured column, of all and by arm."""

    all: NumberSummary
    """Of all patients."""
    by: dict[str, NumberSummary]
    """By arm."""
    tests: list[BaselineTest]
    """Tests between the arms."""
    difference: Number
    """Standardised difference of two arms."""


class LevelCounts(Result):
    """How many have one level, of all and by arm."""

    all: int
    """Of all patients."""
    by: dict[str, int]
    """By arm."""


class BaselineColumn(StatedKeys):
    """One column of Table 1: a number, or levels, or both."""

    label: str
    """Title of the column."""
    missing: int
    """Patients without a value."""
    number: NumberByArm | None = None
    """As a number, where it is one."""
    levels: dict[str, LevelCounts] = Field(default_factory=dict)
    """By level, where it has few."""
    tests: list[BaselineTest] = Field(default_factory=list)
    """Tests between the arms by level."""
    difference: Number = None
    """Standardised difference of two arms by level."""


class LongColumns(Result):
    """Columns of more rows than a JSON text should hold: whole in Parquet files, in the record a part of them."""

    files: dict[str, int]
    """Rows by Parquet file; its column `at` is the JSON pointer of the table in this record."""
    kept: int
    """Rows of each such table in this record, evenly spread over the whole."""


class StudyResult(AnalysisResult):
    """The whole result of `yttria analyse`."""

    baseline: dict[str, BaselineColumn] = Field(default_factory=dict)
    """Table 1 by column."""
    dose_response: dict[str, DoseResponse] = Field(default_factory=dict)
    """Dose-responses by name."""
    censored: Absent[AnalysisResult] = None
    """The same analyses with follow-up cut at another event."""
    populations: dict[str, AnalysisResult] = Field(default_factory=dict)
    """The same analyses of parts of the cohort, by name."""
    time_varying: dict[str, LaterEvent] = Field(default_factory=dict)
    """By later event."""
    landmark: dict[str, Landmark] = Field(default_factory=dict)
    """By landmark, in the outcome's unit."""
    outcomes: dict[str, AnalysisResult] = Field(default_factory=dict)
    """The same analyses of further outcomes, by name."""
    consort: list[FlowStep] = Field(default_factory=list)
    """The flow of patients."""
    matched: dict[str, MatchedComparison] = Field(default_factory=dict)
    """Matching-adjusted comparisons by name."""
    adverse_events: Absent[AdverseEvents] = None
    """Safety."""
    long_columns: Absent[LongColumns] = None
    """Where the columns are whole, for a study whose curves have more than 250,000 rows."""
