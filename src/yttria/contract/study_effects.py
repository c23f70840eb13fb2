"""Parts of the answer of `yttria analyse` beyond curves and Cox models: endpoints, splines, weights, flow, matching, safety."""

from yttria.contract.base import Floats, Number, Result
from yttria.contract.response import ArmRates
from yttria.contract.study_models import ChiSquaredTest, CoxModel, SurvivalCurve


class EndpointRates(ArmRates):
    """A yes/no endpoint: how many responded, of all and by arm; limits are Wilson's, the difference has Newcombe's."""


class SplineTests(Result):
    """Wald tests of a spline."""

    overall: ChiSquaredTest
    """That the number has no effect."""
    nonlinear: ChiSquaredTest
    """That its effect is a straight line."""


class SplineCurve(Result):
    """A restricted cubic spline in a Cox model; empty where it could not be fitted."""

    n: int
    """Rows of the model."""
    knots: Floats
    """Where the curve bends, in the column's unit."""
    reference: Number
    """Where the ratio is 1."""
    x: Floats
    """From the smallest to the largest value of the model's rows."""
    hr: Floats
    """Hazard ratio against the reference at each."""
    low: Floats
    """Lower 95 % limit."""
    high: Floats
    """Upper 95 % limit."""
    tests: SplineTests
    """Of any effect, and of a bent one."""


class CovariateBalance(Result):
    """Standardised difference of means, treated less control."""

    before: Number
    """Of the rows as they are."""
    after: Number
    """Of the weighted rows, over the same spread."""


class WeightedComparison(Result):
    """Treated against control by inverse-probability weights."""

    model: CoxModel
    """Cox model of the arm alone, with weights and robust errors."""
    n: int
    """Rows in either arm that know every covariate."""
    ess: dict[str, float]
    """Effective sample size by arm: (sum of weights) squared over the sum of squares."""
    balance: dict[str, CovariateBalance]
    """By covariate; every level of a factor as factor[level]."""
    max_weight: Number
    """Largest weight."""


class WeightedTest(Result):
    """A weighted log-rank test."""

    rho: float
    """Power of S(t-)."""
    gamma: float
    """Power of 1 - S(t-)."""
    z: Number
    """Above zero: more events than expected in the treated (of another factor, in its second level)."""
    p: Number
    """Two-sided."""


class WeightedTests(Result):
    """Fleming and Harrington's tests of two groups."""

    tests: list[WeightedTest]
    """With weights (0, 0), (0, 1), (1, 0), (1, 1)."""
    maxcombo_p: Number
    """Two-sided P of the largest |z|, by the joint normal law of the four."""


class PairComparison(Result):
    """Two levels of a factor alone."""

    a: str
    """Level that is compared with."""
    b: str
    """Level whose hazard ratio is given."""
    hr: Number
    """Hazard ratio of b against a."""
    low: Number
    """Lower 95 % limit."""
    high: Number
    """Upper 95 % limit."""
    p: Number
    """Of the log-rank test of these two levels."""
    p_holm: Number
    """Corrected for all pairs of the factor (Holm)."""


class PooledCoefficient(Result):
    """One coefficient over all completed tables, by Rubin's rules."""

    coef: Number
    """Mean log hazard ratio."""
    se: Number
    """Square root of within + (1 + 1/m) between."""
    hr: Number
    """Hazard ratio."""
    low: Number
    """Lower 95 % limit, by Student's t."""
    high: Number
    """Upper 95 % limit."""
    df: Number
    """Degrees of freedom (Barnard and Rubin)."""
    p: Number
    """Two-sided P, by Student's t."""
    fmi: Number
    """Fraction of information that is missing, 0 to 1."""
    within: Number
    """Mean variance of the tables."""
    between: Number
    """Variance of the means of the tables."""


class PooledModel(Result):
    """A model over all completed tables."""

    terms: dict[str, PooledCoefficient]
    """Coefficients by the name of the covariate."""
    imputations: int
    """Completed tables."""


class ImputedModels(Result):
    """The models with missing covariates imputed, beside those of complete cases."""

    models: dict[str, PooledModel]
    """By name."""


class FlowStep(Result):
    """One step of the flow of patients."""

    label: str
    """What the step is called."""
    n: int
    """Rows left after it."""
    arms: dict[str, int]
    """Of each arm."""
    lost: dict[str, int]
    """What it left out, by reason."""


class MatchedCovariate(Result):
    """A covariate beside what was printed of the other study."""

    target: float
    """Printed mean."""
    before: float
    """Our mean."""
    after: float
    """Our weighted mean."""
    sd_target: Number = None
    """Printed standard deviation; null where none is."""
    sd_before: Number = None
    """Ours."""
    sd_after: Number = None
    """Ours, weighted."""


class MatchedCurves(Result):
    """Curves of a matched comparison."""

    before: SurvivalCurve
    """Ours as they are."""
    after: SurvivalCurve
    """Ours, weighted."""
    outside: SurvivalCurve
    """The published arm, reconstructed."""


class MatchedComparison(Result):
    """Our treated patients against a published arm, weighted to its printed means."""

    n: int
    """Rows of both."""
    ess: float
    """Effective sample size of ours."""
    weight_range: Floats
    """Least and greatest weight; their mean is 1."""
    balance: dict[str, MatchedCovariate]
    """By covariate."""
    model: CoxModel
    """Cox model of ours against outside, robust errors."""
    km: MatchedCurves
    """Curves."""


class AdverseEventTotals(Result):
    """Patients of an arm with at least one event of a kind."""

    patients: int
    """Any event."""
    grade3: int
    """Grade 3 or more."""
    serious: int
    """Serious."""
    related: int
    """Related."""
    fatal: int
    """Grade 5."""


class AdverseEventCounts(Result):
    """Patients of an arm with a term, each by the worst grade."""

    patients: int
    """With the term."""
    grade3: int
    """With grade 3 or more."""
    worst: dict[str, int]
    """By worst grade."""


class AdverseEventTerm(Result):
    """One term."""

    term: str
    """As the table writes it."""
    group: str
    """Group of terms; empty where none is given."""
    arms: dict[str, AdverseEventCounts]
    """By arm."""
    p_fisher_grade3: Number
    """Exact two-sided P of grade 3 or more between two arms; null without two."""


class AdverseEvents(Result):
    """Safety of all patients of the cohort, with or without events."""

    n: dict[str, int]
    """Patients of each arm."""
    any: dict[str, AdverseEventTotals]
    """By arm."""
    terms: list[AdverseEventTerm]
    """The most frequent first."""
