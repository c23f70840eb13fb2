"""What a study asks of its cohort: the sections of a protocol as frozen values (CONTRACT: analyse)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Conf = Literal["log", "log-log", "plain", "logit", "arcsin", "none"]
Ties = Literal["efron", "breslow", "exact"]
Transform = Literal["km", "rank", "identity", "log"]
Steps = Literal["aic-both", "aic-backward", "aic-forward"]
Word = str | float
Scale = float | Literal["log2", "log10"]
EVERYBODY = "all"
"""Name of the factor that has one level: all patients."""


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """Where the table holds the outcome; `event_is` is None where the column itself is 0 or 1."""

    time: str
    event: str
    event_is: tuple[Word, ...] | None = None
    unit: str = ""
    entry: str | None = None
    weight: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Arms:
    """Which column tells the arms apart, and which of its values is treated and which control."""

    column: str
    treated: Word
    control: Word


@dataclass(frozen=True, slots=True)
class Cut:
    """A yes/no factor made from a number: value >= at."""

    column: str
    at: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves, rates and tests by factor."""

    by: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    conf: Conf = "log"
    level: float = 0.95
    rho: float = 0.0
    strata: tuple[str, ...] = ()
    tau: float | None = None
    quantiles: tuple[float, ...] = ()
    trend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One Cox model; `over_time` asks for its coefficients at each event, for a figure; `predict` describes patients by column."""

    terms: tuple[str, ...]
    ties: Ties = "efron"
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    robust: bool = False
    offset: str | None = None
    zph: Transform = "km"
    over_time: bool = False
    residuals: bool = False
    predict: Mapping[str, Mapping[str, Word]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """One dose-response curve: the columns, the link and scale, and the shares whose doses are asked for."""

    dose: str
    response: str
    response_is: tuple[Word, ...] | None = None
    link: Literal["logit", "probit"] = "logit"
    scale: Literal["dose", "log"] = "dose"
    shares: tuple[float, ...] = (0.5, 0.8)


@dataclass(frozen=True, slots=True)
class SelectionSpec:
    """Stepwise choice among candidates that pass a univariable test."""

    candidates: tuple[str, ...]
    p_enter: float = 0.15
    p_test: Literal["wald", "logrank"] = "wald"
    method: Steps = "aic-both"


@dataclass(frozen=True, slots=True)
class CurvePanel:
    """One panel of a figure: curves by a factor, of the whole study or of a further analysis (censored, populations.NAME)."""

    by: str
    of: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """A figure that a study asks for: panels of curves with their hazard ratios, or the forest of its subgroups.

    Parameters
    ----------
    title
        The finding.
    panels
        Curves, a panel each.
    forest
        Whether it draws the subgroups instead.
    printed
        Of a study that reproduces a publication: the levels of each factor whose ratio is printed there, and `all` where that of all patients is.
        Where it is given, the forest says of every ratio whether it is printed or the cohort's own.
    """

    title: str
    panels: tuple[CurvePanel, ...] = ()
    forest: bool = False
    printed: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """A yes/no endpoint: its column, and the values that are responses."""

    column: str
    responders: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class SplineSpec:
    """A spline: `knots` of them, or where they stand; `reference` None is the median."""

    column: str
    knots: int = 4
    at: tuple[float, ...] | None = None
    reference: float | None = None
    adjust: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """Inverse-probability weights of the arm."""

    covariates: tuple[str, ...]
    estimand: Literal["ATE", "ATT", "ATO"] = "ATE"
    stabilised: bool = True


@dataclass(frozen=True, slots=True)
class MissingSpec:
    """How many completed tables, and the seed."""

    imputations: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FlowSpec:
    """Steps of the flow of patients: label, and the values that each column must have."""

    steps: tuple[tuple[str, Mapping[str, tuple[Word, ...]]], ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MatchedSpec:
    """A published arm: a file of reconstructed times, printed means and standard deviations."""

    patients: str
    means: Mapping[str, float]
    sd: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeSpec:
    """A further outcome with its own causes, and the words that stand for nothing in its cells."""

    columns: OutcomeColumns
    cause_column: str | None = None
    causes: Sequence[tuple[Word, str]] = ()


@dataclass(frozen=True, slots=True)
class AdverseEventsSpec:
    """The file of adverse events (empty: given beside the protocol), and the column that names the patient."""

    table: str
    id: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """A whole study as asked for; absent sections are None or empty.

    Parameters
    ----------
    outcome
        The only section that must be there.
    levels
        Order of levels by column, reference first.
    time_varying
        Column of the time from which a factor is true, by factor.
    censor_at
        Column at which a second analysis cuts follow-up.
    populations
        For each part of the cohort, the values that each of its columns must have.
    cause_column, causes
        Which column tells the causes of the event, and their names in order.
    missing
        Texts of a cell that stand for nothing, besides an empty cell.
    label
        What must stand on every page, figure and table of the study.
    titles
        What people call a column, by name.
    baseline
        Columns of Table 1 in order; all that the analyses stand on where empty.
    figures
        By name; curves by each factor of `km` where empty.
    labels
        What people call a level, by column and by level as the table writes it.
    registration, ethics, sponsor, data_cut
        Number in a registry, ethics vote, sponsor and day of the data, as printed on the first page.
    outcomes, responses, splines, weights, matched
        Further outcomes, yes/no endpoints, splines, weights and published arms, by name.
    scale
        Units of a ratio by column, or its logarithm.
    weighted_tests, pairwise
        Factors that are tested so.
    imputation, flow, adverse_events
        [missing], [consort] and [adverse_events]; None where absent.
    """

    outcome: OutcomeColumns
    title: str = ""
    note: str = ""
    arms: Arms | None = None
    cuts: Mapping[str, Cut] = field(default_factory=dict)
    km: Curves = field(default_factory=Curves)
    univariable: tuple[str, ...] = ()
    models: Mapping[str, ModelSpec] = field(default_factory=dict)
    levels: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    selection: SelectionSpec | None = None
    subgroups: tuple[str, ...] = ()
    landmark: tuple[float, ...] = ()
    time_varying: Mapping[str, str] = field(default_factory=dict)
    censor_at: str | None = None
    populations: Mapping[str, Mapping[str, tuple[Word, ...]]] = field(default_factory=dict)
    cause_column: str | None = None
    causes: Sequence[tuple[Word, str]] = ()
    missing: tuple[str, ...] = ()
    dose_response: Mapping[str, ResponseSpec] = field(default_factory=dict)
    label: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    baseline: tuple[str, ...] = ()
    figures: Mapping[str, FigureSpec] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    registration: str = ""
    ethics: str = ""
    sponsor: str = ""
    data_cut: str = ""
    outcomes: Mapping[str, OutcomeSpec] = field(default_factory=dict)
    responses: Mapping[str, EndpointSpec] = field(default_factory=dict)
    scale: Mapping[str, Scale] = field(default_factory=dict)
    splines: Mapping[str, SplineSpec] = field(default_factory=dict)
    weights: Mapping[str, WeightsSpec] = field(default_factory=dict)
    weighted_tests: tuple[str, ...] = ()
    pairwise: tuple[str, ...] = ()
    imputation: MissingSpec | None = None
    flow: FlowSpec | None = None
    matched: Mapping[str, MatchedSpec] = field(default_factory=dict)
    adverse_events: AdverseEventsSpec | None = None
