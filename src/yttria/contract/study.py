"""What `yttria analyse` answers: the result of a study. Numbers that do not exist are null."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Absent, Argument, Counts, Floats, Number, Numbers, Request, Result, StatedKeys


class AnalyseRequest(Request):
    """A survival study: what is asked, and of whom."""

    protocol: Annotated[Path, Argument()]
    """TOML: what the columns mean and what is asked."""
    cohort: Annotated[Path, Argument()]
    """CSV: one row a patient, or an interval with late entry."""
    out: Path
    """Folder for result.json, report.pdf, report.html, figures and tables; with --json for result.json alone."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for this study."""


class FollowUp(Result):
    """Median follow-up by reverse Kaplan-Meier, and the span of all times."""

    median: Number
    low: Number
    high: Number
    min: float
    max: float


class SurvivalRate(Result):
    """Survival at one time."""

    time: float
    at_risk: float
    survival: float
    std_err: Number
    low: Number
    high: Number


class CurveColumns(Result):
    """A curve by columns, one entry a distinct time."""

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    survival: Floats
    std_err: Numbers
    low: Numbers
    high: Numbers


class RestrictedMean(Result):
    """A restricted mean up to tau; as in R its error is 0 where nothing varies up to there."""

    tau: float
    mean: float
    se: float


class SurvivalQuantile(Result):
    """When a share has had the event."""

    share: float
    time: Number
    low: Number
    high: Number


class SurvivalCurve(Result):
    """One curve with its median, rates and restricted mean."""

    n: int
    patients: Absent[int] = None
    events: int
    median: Number
    median_low: Number
    median_high: Number
    rates: list[SurvivalRate]
    curve: CurveColumns
    rmst: RestrictedMean
    quantiles: Absent[list[SurvivalQuantile]] = None


class ChiSquaredTest(Result):
    """A chi-squared test."""

    chi2: Number
    df: int | None
    p: Number


class Coefficient(Result):
    """One coefficient."""

    coef: Number
    se: Number
    robust_se: Number
    hr: Number
    low: Number
    high: Number
    z: Number
    p: Number


class ModelTests(Result):
    """The three tests of a whole model."""

    lr: ChiSquaredTest
    wald: ChiSquaredTest
    score: ChiSquaredTest


class Concordance(Result):
    """Harrell's C with its error."""

    c: Number
    se: Number


class PenalisedCoefficient(Result):
    """One coefficient with Firth's penalty."""

    coef: float
    se: float
    hr: float
    low: Number
    high: Number
    p: Number


class PenalisedModel(Result):
    """The penalised fit beside an infinite coefficient."""

    terms: dict[str, PenalisedCoefficient]


class CoefficientsOverTime(Result):
    """Coefficient at each event: scaled Schoenfeld residuals around the fitted value."""

    time: Floats
    g: Floats
    beta: dict[str, Floats]


class Residuals(Result):
    """Residuals of a model; `row` counts the rows of the cohort from 1; by covariate, and `schoenfeld` by event with its time."""

    row: Counts
    martingale: Numbers
    deviance: Numbers
    score: dict[str, Numbers]
    dfbeta: dict[str, Numbers]
    schoenfeld: dict[str, Numbers]


class PredictedCurve(Result):
    """The curve that a model foretells for one patient in one stratum, with its cumulative hazard."""

    time: Floats
    hazard: Numbers
    hazard_se: Numbers
    survival: Numbers
    low: Numbers
    high: Numbers


class CoxModel(StatedKeys):
    """A Cox model; what could not be estimated is absent or null."""

    n: Absent[int] = None
    patients: Absent[int] = None
    events: int
    dropped: int
    terms: dict[str, Coefficient]
    tests: Absent[ModelTests] = None
    loglik_null: Absent[float] = None
    loglik: Absent[float] = None
    aic: Absent[float] = None
    bic: Absent[float] = None
    concordance: Absent[Concordance] = None
    zph: dict[str, ChiSquaredTest] | None = None
    firth: PenalisedModel | None = None
    over_time: Absent[CoefficientsOverTime] = None
    residuals: Absent[Residuals] = None
    predicted: dict[str, dict[str, PredictedCurve] | None] = Field(default_factory=dict)


class SelectionStep(Result):
    """One step of a stepwise choice."""

    action: str
    term: str
    aic: float


class Selection(Result):
    """A stepwise choice."""

    entered: list[str]
    steps: list[SelectionStep]
    chosen: list[str]
    model: CoxModel | None


class ArmCounts(Result):
    """Rows and events of one arm."""

    n: int
    patients: Absent[int] = None
    events: int


class Subgroup(Result):
    """The effect in one subgroup."""

    n: int
    patients: Absent[int] = None
    events: int
    hr: Number
    low: Number
    high: Number
    treated: ArmCounts
    control: ArmCounts


class Interaction(Result):
    """P that the effect is the same in all subgroups."""

    lr_p: Number
    wald_p: Number


class Subgroups(Result):
    """A factor's subgroups."""

    levels: dict[str, Subgroup]
    interaction: Interaction


class CumulativeIncidence(Result):
    """A cumulative incidence."""

    time: Floats
    estimate: Floats
    std_err: Floats


class MeanDifference(Result):
    """Restricted mean of the second level minus the first."""

    tau: float
    difference: Number
    se: Number
    low: Number
    high: Number
    p: Number


class ArmContrast(Result):
    """Treated against control: how many rows and events, the ratio, and the log-rank test of these two arms alone."""

    n: int
    events: int
    effect: Coefficient
    logrank: ChiSquaredTest


class ArmComparison(ArmContrast):
    """Both by the strata that `[km]` names; then `unstratified` beside it."""

    treated: str
    control: str
    strata: list[str]
    unstratified: Absent[ArmContrast] = None


Incidences = dict[str, dict[str, dict[str, CumulativeIncidence]]]


class AnalysisResult(StatedKeys):
    """Every analysis that needs no other outcome."""

    n: int
    patients: Absent[int] = None
    events: int
    followup: FollowUp
    km: dict[str, dict[str, SurvivalCurve]]
    comparison: Absent[ArmComparison] = None
    logrank: dict[str, ChiSquaredTest] = Field(default_factory=dict)
    trend: dict[str, ChiSquaredTest] = Field(default_factory=dict)
    rmst_difference: dict[str, MeanDifference] = Field(default_factory=dict)
    univariable: dict[str, CoxModel] = Field(default_factory=dict)
    models: dict[str, CoxModel] = Field(default_factory=dict)
    selection: Absent[Selection] = None
    subgroups: dict[str, Subgroups] = Field(default_factory=dict)
    cif: Incidences = Field(default_factory=dict)
    gray: dict[str, dict[str, ChiSquaredTest]] = Field(default_factory=dict)
    fine_gray: dict[str, CoxModel] = Field(default_factory=dict)


class LaterEvent(Result):
    """Something that happened after baseline, looked at honestly and naively."""

    model: CoxModel
    logrank: ChiSquaredTest
    km: dict[str, SurvivalCurve]
    naive: CoxModel
    naive_km: dict[str, SurvivalCurve]


class Landmark(Result):
    """What was known at a landmark against the time after it."""

    n: int
    patients: Absent[int] = None
    events: int
    model: CoxModel
    logrank: dict[str, ChiSquaredTest]
    km: dict[str, dict[str, SurvivalCurve]]


class DoseForShare(Result):
    """The dose at which a share responds; null where no slope is shown."""

    share: float
    dose: Number
    se: Number
    low: Number
    high: Number


class Line(Result):
    """Intercept and slope on the scale of the link."""

    intercept: float
    slope: float


class ShareCurve(Result):
    """The share that responds at each dose."""

    dose: Floats
    share: Floats
    low: Floats
    high: Floats


class ResponseFit(Result):
    """A fitted dose-response curve; `test` is the likelihood ratio against a constant."""

    link: str
    scale: str
    coef: Line
    se: Line
    deviance: float
    null_deviance: float
    test: ChiSquaredTest
    aic: float
    needed: list[DoseForShare]
    curve: ShareCurve


class RocCurve(Result):
    """How well the dose tells responses apart; `best` has the highest Youden index in this very sample."""

    threshold: Floats
    sensitivity: Floats
    specificity: Floats
    auc: float
    se: Number
    best: float
    youden: float


class ResponseData(Result):
    """What a curve was fitted to: at each dose how many there were and how many responded."""

    dose: Floats
    n: Counts
    responses: Counts


class DoseResponse(Result):
    """One dose-response; null where it could not be fitted."""

    n: int
    dropped: int
    responses: int
    data: ResponseData
    fit: ResponseFit | None
    roc: RocCurve | None


class NumberSummary(Result):
    """A measured column of some patients."""

    n: int
    missing: int
    mean: Number
    sd: Number
    median: Number
    q1: Number
    q3: Number
    low: Number
    high: Number


class BaselineTest(Result):
    """A test between the arms; it decides nothing."""

    name: str
    statistic: Number
    p: Number


class NumberByArm(Result):
    """A measured column, of all and by arm."""

    all: NumberSummary
    by: dict[str, NumberSummary]
    tests: list[BaselineTest]
    difference: Number


class LevelCounts(Result):
    """How many have one level, of all and by arm."""

    all: int
    by: dict[str, int]


class BaselineColumn(StatedKeys):
    """One column of Table 1: a number, or levels, or both."""

    label: str
    missing: int
    number: NumberByArm | None = None
    levels: dict[str, LevelCounts] = Field(default_factory=dict)
    tests: list[BaselineTest] = Field(default_factory=list)
    difference: Number = None


class StudyResult(AnalysisResult):
    """The whole result of `yttria analyse`."""

    baseline: dict[str, BaselineColumn] = Field(default_factory=dict)
    dose_response: dict[str, DoseResponse] = Field(default_factory=dict)
    censored: Absent[AnalysisResult] = None
    populations: dict[str, AnalysisResult] = Field(default_factory=dict)
    time_varying: dict[str, LaterEvent] = Field(default_factory=dict)
    landmark: dict[str, Landmark] = Field(default_factory=dict)
