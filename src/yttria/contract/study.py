"""The shape of a study's record: what `yttria schema analyse` publishes. Numbers that do not exist are null."""

from typing import NotRequired

from typing_extensions import TypedDict

Maybe = float | None


class FollowUp(TypedDict):
    """Median follow-up by reverse Kaplan-Meier, and the span of all times."""

    median: Maybe
    low: Maybe
    high: Maybe
    min: float
    max: float


class RateResult(TypedDict):
    """Survival at one time."""

    time: float
    at_risk: float
    survival: float
    std_err: Maybe
    low: Maybe
    high: Maybe


class CurveColumns(TypedDict):
    """A curve by columns, one entry a distinct time."""

    time: list[float]
    at_risk: list[float]
    events: list[float]
    censored: list[float]
    survival: list[float]
    std_err: list[Maybe]
    low: list[Maybe]
    high: list[Maybe]


class MeanShape(TypedDict):
    """A restricted mean up to tau; as in R its error is 0 where nothing varies up to there."""

    tau: float
    mean: float
    se: float


class QuantileShape(TypedDict):
    """When a share has had the event."""

    share: float
    time: Maybe
    low: Maybe
    high: Maybe


class CurveShape(TypedDict):
    """One curve with its median, rates and restricted mean."""

    n: int
    patients: NotRequired[int]
    events: int
    median: Maybe
    median_low: Maybe
    median_high: Maybe
    rates: list[RateResult]
    curve: CurveColumns
    rmst: MeanShape
    quantiles: NotRequired[list[QuantileShape]]


class TestShape(TypedDict):
    """A chi-squared test."""

    chi2: Maybe
    df: int | None
    p: Maybe


class Coefficients(TypedDict):
    """One coefficient."""

    coef: Maybe
    se: Maybe
    robust_se: Maybe
    hr: Maybe
    low: Maybe
    high: Maybe
    z: Maybe
    p: Maybe


class ModelTests(TypedDict):
    """The three tests of a whole model."""

    lr: TestShape
    wald: TestShape
    score: TestShape


class ConcordanceShape(TypedDict):
    """Harrell's C with its error."""

    c: Maybe
    se: Maybe


class PenalisedShape(TypedDict):
    """One coefficient with Firth's penalty."""

    coef: float
    se: float
    hr: float
    low: Maybe
    high: Maybe
    p: Maybe


class FirthShape(TypedDict):
    """The penalised fit beside an infinite coefficient."""

    terms: dict[str, PenalisedShape]


class OverTimeShape(TypedDict):
    """Coefficients at each event: scaled Schoenfeld residuals around the fitted value."""

    time: list[float]
    g: list[float]
    beta: dict[str, list[float]]


class ResidualsShape(TypedDict):
    """Residuals of a model; `row` counts the rows of the cohort from 1; by covariate, and `schoenfeld` by event with its time."""

    row: list[int]
    martingale: list[Maybe]
    deviance: list[Maybe]
    score: dict[str, list[Maybe]]
    dfbeta: dict[str, list[Maybe]]
    schoenfeld: dict[str, list[Maybe]]


class PredictedCurve(TypedDict):
    """The curve that a model foretells for one patient in one stratum, with its cumulative hazard."""

    time: list[float]
    hazard: list[Maybe]
    hazard_se: list[Maybe]
    survival: list[Maybe]
    low: list[Maybe]
    high: list[Maybe]


class ModelShape(TypedDict):
    """A Cox model; what could not be estimated is absent or null."""

    n: NotRequired[int]
    patients: NotRequired[int]
    events: int
    dropped: int
    terms: dict[str, Coefficients]
    tests: NotRequired[ModelTests]
    loglik_null: NotRequired[float]
    loglik: NotRequired[float]
    aic: NotRequired[float]
    bic: NotRequired[float]
    concordance: NotRequired[ConcordanceShape]
    zph: NotRequired[dict[str, TestShape] | None]
    firth: NotRequired[FirthShape | None]
    over_time: NotRequired[OverTimeShape]
    residuals: NotRequired[ResidualsShape]
    predicted: NotRequired[dict[str, dict[str, PredictedCurve] | None]]


class StepShape(TypedDict):
    """One step of a stepwise choice."""

    action: str
    term: str
    aic: float


class SelectionShape(TypedDict):
    """A stepwise choice."""

    entered: list[str]
    steps: list[StepShape]
    chosen: list[str]
    model: ModelShape | None


class ArmCounts(TypedDict):
    """Rows and events of one arm."""

    n: int
    patients: NotRequired[int]
    events: int


class SubgroupShape(TypedDict):
    """The effect in one subgroup."""

    n: int
    patients: NotRequired[int]
    events: int
    hr: Maybe
    low: Maybe
    high: Maybe
    treated: ArmCounts
    control: ArmCounts


class InteractionShape(TypedDict):
    """P that the effect is the same in all subgroups."""

    lr_p: Maybe
    wald_p: Maybe


class SubgroupsShape(TypedDict):
    """A factor's subgroups."""

    levels: dict[str, SubgroupShape]
    interaction: InteractionShape


class IncidenceShape(TypedDict):
    """A cumulative incidence."""

    time: list[float]
    estimate: list[float]
    std_err: list[float]


class MeanDifference(TypedDict):
    """Restricted mean of the second level minus the first."""

    tau: float
    difference: Maybe
    se: Maybe
    low: Maybe
    high: Maybe
    p: Maybe


class ArmContrast(TypedDict):
    """Treated against control: how many rows and events, the ratio, and the log-rank test of these two arms alone."""

    n: int
    events: int
    effect: Coefficients
    logrank: TestShape


class ArmComparison(ArmContrast):
    """Both by the strata that `[km]` names; then `unstratified` beside it."""

    treated: str
    control: str
    strata: list[str]
    unstratified: NotRequired[ArmContrast]


Incidences = dict[str, dict[str, dict[str, IncidenceShape]]]


class AnalysisShape(TypedDict):
    """Every analysis that needs no other outcome."""

    n: int
    patients: NotRequired[int]
    events: int
    followup: FollowUp
    km: dict[str, dict[str, CurveShape]]
    comparison: NotRequired[ArmComparison]
    logrank: NotRequired[dict[str, TestShape]]
    trend: NotRequired[dict[str, TestShape]]
    rmst_difference: NotRequired[dict[str, MeanDifference]]
    univariable: NotRequired[dict[str, ModelShape]]
    models: NotRequired[dict[str, ModelShape]]
    selection: NotRequired[SelectionShape]
    subgroups: NotRequired[dict[str, SubgroupsShape]]
    cif: NotRequired[Incidences]
    gray: NotRequired[dict[str, dict[str, TestShape]]]
    fine_gray: NotRequired[dict[str, ModelShape]]


class LaterShape(TypedDict):
    """Something that happened after baseline, looked at honestly and naively."""

    model: ModelShape
    logrank: TestShape
    km: dict[str, CurveShape]
    naive: ModelShape
    naive_km: dict[str, CurveShape]


class LandmarkShape(TypedDict):
    """What was known at a landmark against the time after it."""

    n: int
    patients: NotRequired[int]
    events: int
    model: ModelShape
    logrank: dict[str, TestShape]
    km: dict[str, dict[str, CurveShape]]


class NeededShape(TypedDict):
    """The dose at which a share responds; null where no slope is shown."""

    share: float
    dose: Maybe
    se: Maybe
    low: Maybe
    high: Maybe


class LineShape(TypedDict):
    """Intercept and slope on the scale of the link."""

    intercept: float
    slope: float


class ShareCurve(TypedDict):
    """The share that responds at each dose."""

    dose: list[float]
    share: list[float]
    low: list[float]
    high: list[float]


class ResponseFit(TypedDict):
    """A fitted dose-response curve; `test` is the likelihood ratio against a constant."""

    link: str
    scale: str
    coef: LineShape
    se: LineShape
    deviance: float
    null_deviance: float
    test: TestShape
    aic: float
    needed: list[NeededShape]
    curve: ShareCurve


class RocShape(TypedDict):
    """How well the dose tells responses apart; `best` has the highest Youden index in this very sample."""

    threshold: list[float]
    sensitivity: list[float]
    specificity: list[float]
    auc: float
    se: Maybe
    best: float
    youden: float


class ResponseData(TypedDict):
    """What a curve was fitted to: at each dose how many there were and how many responded."""

    dose: list[float]
    n: list[int]
    responses: list[int]


class ResponseShape(TypedDict):
    """One dose-response; null where it could not be fitted."""

    n: int
    dropped: int
    responses: int
    data: ResponseData
    fit: ResponseFit | None
    roc: RocShape | None


class StudyResult(AnalysisShape):
    """The whole result of `yttria analyse`."""

    baseline: NotRequired[dict[str, dict[str, object]]]
    dose_response: NotRequired[dict[str, ResponseShape]]
    censored: NotRequired[AnalysisShape]
    populations: NotRequired[dict[str, AnalysisShape]]
    time_varying: NotRequired[dict[str, LaterShape]]
    landmark: NotRequired[dict[str, LandmarkShape]]
