"""Curves, tests and models as the answer of `yttria analyse` states them; a number that does not exist is null."""

from pydantic import Field

from yttria.contract.base import Absent, Counts, Floats, Number, Numbers, Result, StatedKeys


class FollowUp(Result):
    """Median follow-up by reverse Kaplan-Meier, and the span of all times."""

    median: Number
    """When half of the patients had been followed, in the outcome's unit; null where fewer than half are censored."""
    low: Number
    """Lower limit of the median, at the level of `[km]`."""
    high: Number
    """Upper limit of the median."""
    min: float
    """Shortest follow-up, in the outcome's unit."""
    max: float
    """Longest follow-up, in the outcome's unit."""


class SurvivalRate(Result):
    """Survival at one time."""

    time: float
    """Time asked for, in the outcome's unit."""
    at_risk: float
    """Patients (sum of weights) at risk at that time."""
    survival: float
    """Share alive, 0 to 1."""
    std_err: Number
    """Standard error of the share (Greenwood)."""
    low: Number
    """Lower limit of the share."""
    high: Number
    """Upper limit of the share."""


class CurveColumns(Result):
    """A curve by columns, one entry a distinct time."""

    time: Floats
    """Distinct times, in the outcome's unit, ascending."""
    at_risk: Floats
    """At risk just before each time."""
    events: Floats
    """Events at each time."""
    censored: Floats
    """Censored at each time."""
    survival: Floats
    """Share alive after each time, 0 to 1."""
    std_err: Numbers
    """Standard error of the share."""
    low: Numbers
    """Lower limit of the share."""
    high: Numbers
    """Upper limit of the share."""


class RestrictedMean(Result):
    """A restricted mean up to tau; as in R its error is 0 where nothing varies up to there."""

    tau: float
    """End of the integral, in the outcome's unit."""
    mean: float
    """Area beneath the curve up to tau, in the outcome's unit."""
    se: float
    """Standard error of the mean."""


class SurvivalQuantile(Result):
    """When a share has had the event."""

    share: float
    """Share of patients, 0 to 1."""
    time: Number
    """When that share has had the event, in the outcome's unit; null where the curve does not fall so far."""
    low: Number
    """Lower limit of the time."""
    high: Number
    """Upper limit of the time."""


class SurvivalCurve(Result):
    """One curve with its median, rates and restricted mean."""

    n: int
    """Rows in the curve."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events."""
    median: Number
    """Median survival, in the outcome's unit; null where the curve stays above one half."""
    median_low: Number
    """Lower limit of the median."""
    median_high: Number
    """Upper limit of the median."""
    rates: list[SurvivalRate]
    """Survival at the times of `[km] at`."""
    curve: CurveColumns
    """The curve by columns."""
    rmst: RestrictedMean
    """Restricted mean."""
    quantiles: Absent[list[SurvivalQuantile]] = None
    """Times by which the shares of `[km] quantiles` have had the event."""


class ChiSquaredTest(Result):
    """A chi-squared test."""

    chi2: Number
    """Statistic."""
    df: int | None
    """Degrees of freedom."""
    p: Number
    """P of a statistic so large or larger, 0 to 1."""


class Coefficient(Result):
    """One coefficient."""

    coef: Number
    """Log hazard ratio for one unit of the covariate; null where it is infinite or cannot be estimated."""
    se: Number
    """Standard error from the information."""
    robust_se: Number
    """Robust (sandwich) standard error; null unless asked for."""
    hr: Number
    """Hazard ratio."""
    low: Number
    """Lower 95 % limit of the hazard ratio."""
    high: Number
    """Upper 95 % limit of the hazard ratio."""
    z: Number
    """Coefficient over its standard error."""
    p: Number
    """Two-sided P of the Wald test."""


class ModelTests(Result):
    """The three tests of a whole model."""

    lr: ChiSquaredTest
    """Likelihood-ratio test."""
    wald: ChiSquaredTest
    """Wald test."""
    score: ChiSquaredTest
    """Score test; of one factor without ties, the log-rank test."""


class Concordance(Result):
    """Harrell's C with its error."""

    c: Number
    """Share of comparable pairs in the right order, 0 to 1."""
    se: Number
    """Standard error (infinitesimal jackknife)."""


class PenalisedCoefficient(Result):
    """One coefficient with Firth's penalty."""

    coef: float
    """Log hazard ratio with Firth's penalty."""
    se: float
    """Standard error."""
    hr: float
    """Hazard ratio."""
    low: Number
    """Lower 95 % limit of the profile likelihood."""
    high: Number
    """Upper 95 % limit of the profile likelihood."""
    p: Number
    """P of the penalised likelihood-ratio test."""


class PenalisedModel(Result):
    """The penalised fit beside an infinite coefficient."""

    terms: dict[str, PenalisedCoefficient]
    """Coefficients by name."""


class CoefficientsOverTime(Result):
    """Coefficient at each event: scaled Schoenfeld residuals around the fitted value."""

    time: Floats
    """Times of events, in the outcome's unit."""
    g: Floats
    """Those times on the scale of the test of proportionality."""
    beta: dict[str, Floats]
    """By covariate: its coefficient at each event."""


class Residuals(Result):
    """Residuals of a model; `row` counts the rows of the cohort from 1; by covariate, and `schoenfeld` by event with its time."""

    row: Counts
    """Row of the cohort, from 1."""
    martingale: Numbers
    """Events less those expected, a row."""
    deviance: Numbers
    """Deviance residual, a row."""
    score: dict[str, Numbers]
    """By covariate: contribution to the score, a row."""
    dfbeta: dict[str, Numbers]
    """By covariate: change of the coefficient without the row."""
    schoenfeld: dict[str, Numbers]
    """By covariate, and `time`: covariate less its expectation, an event."""


class PredictedCurve(Result):
    """The curve that a model predicts for one patient in one stratum, with its cumulative hazard."""

    time: Floats
    """Times of events, in the outcome's unit."""
    hazard: Numbers
    """Cumulative hazard."""
    hazard_se: Numbers
    """Standard error of the cumulative hazard."""
    survival: Numbers
    """Predicted share alive, 0 to 1."""
    low: Numbers
    """Lower 95 % limit of the share."""
    high: Numbers
    """Upper 95 % limit of the share."""


class CoxModel(StatedKeys):
    """A Cox model; what could not be estimated is absent or null."""

    n: Absent[int] = None
    """Rows that the model is fitted to."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events."""
    dropped: int
    """Rows left out for a missing covariate."""
    terms: dict[str, Coefficient]
    """Coefficients by the name of the covariate (`factor[level]`)."""
    tests: Absent[ModelTests] = None
    """The three tests of the whole model."""
    loglik_null: Absent[float] = None
    """Log partial likelihood at zero."""
    loglik: Absent[float] = None
    """Log partial likelihood at its maximum."""
    aic: Absent[float] = None
    """Akaike's criterion."""
    bic: Absent[float] = None
    """Schwarz's criterion, by the number of events."""
    concordance: Absent[Concordance] = None
    """Harrell's C."""
    zph: dict[str, ChiSquaredTest] | None = None
    """Tests of proportional hazards by term, and `GLOBAL`; null where they cannot be made."""
    firth: PenalisedModel | None = None
    """The fit with Firth's penalty where a coefficient is infinite; null where it cannot be made."""
    over_time: Absent[CoefficientsOverTime] = None
    """Coefficients over time, for the figure of proportionality."""
    residuals: Absent[Residuals] = None
    """Residuals, where asked for."""
    predicted: dict[str, dict[str, PredictedCurve] | None] = Field(default_factory=dict)
    """By described patient and stratum: the predicted curve; null where nothing can be predicted."""


class SelectionStep(Result):
    """One step of a stepwise choice."""

    action: str
    """start, drop or add."""
    term: str
    """Term dropped or added."""
    aic: float
    """Akaike's criterion after the step."""


class Selection(Result):
    """A stepwise choice."""

    entered: list[str]
    """Candidates that passed the univariable screen."""
    steps: list[SelectionStep]
    """The steps in their order."""
    chosen: list[str]
    """Terms that are kept."""
    model: CoxModel | None
    """The chosen model; null where no term is kept."""


class ArmCounts(Result):
    """Rows and events of one arm."""

    n: int
    """Rows."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events."""


class Subgroup(Result):
    """The effect in one subgroup."""

    n: int
    """Rows of both arms."""
    patients: Absent[int] = None
    """Patients, where rows are intervals of patients."""
    events: int
    """Events."""
    hr: Number
    """Hazard ratio of treated against control."""
    low: Number
    """Lower 95 % limit of the hazard ratio."""
    high: Number
    """Upper 95 % limit of the hazard ratio."""
    treated: ArmCounts
    """Of the treated arm."""
    control: ArmCounts
    """Of the control arm."""


class Interaction(Result):
    """P that the effect is the same in all subgroups."""

    lr_p: Number
    """Of the likelihood-ratio test."""
    wald_p: Number
    """Of the Wald test."""


class Subgroups(Result):
    """A factor's subgroups."""

    levels: dict[str, Subgroup]
    """By level of the factor."""
    interaction: Interaction
    """Tests that the effect is the same in all levels."""


class CumulativeIncidence(Result):
    """A cumulative incidence."""

    time: Floats
    """Distinct times, in the outcome's unit."""
    estimate: Floats
    """Share that has had the event of this cause, 0 to 1 (Aalen-Johansen)."""
    std_err: Floats
    """Standard error of the share."""


class MeanDifference(Result):
    """Restricted mean of the second level minus the first."""

    tau: float
    """End of both integrals, in the outcome's unit."""
    difference: Number
    """Second restricted mean less the first, in the outcome's unit; null where neither varies."""
    se: Number
    """Standard error of the difference."""
    low: Number
    """Lower limit of the difference."""
    high: Number
    """Upper limit of the difference."""
    p: Number
    """Two-sided P of no difference."""


class ArmContrast(Result):
    """Treated against control: how many rows and events, the ratio, and the log-rank test of these two arms alone."""

    n: int
    """Rows of both arms."""
    events: int
    """Events."""
    effect: Coefficient
    """Hazard ratio of treated against control."""
    logrank: ChiSquaredTest
    """Log-rank test between the two arms."""


class ArmComparison(ArmContrast):
    """Both by the strata that `[km]` names; then `unstratified` beside it."""

    treated: str
    """Level of the treated arm."""
    control: str
    """Level of the control arm."""
    strata: list[str]
    """Columns that stratify."""
    unstratified: Absent[ArmContrast] = None
    """The same without strata, where there are any."""
