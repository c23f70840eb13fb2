"""A study's protocol as it is written: its sections and keys, each with what it means. docs/analyse.md is made from it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from yttria.contract.protocol_effects import (
    AdverseEventsSection,
    EndpointSection,
    Factor,
    FactorsSection,
    FlowSection,
    MatchedSection,
    MissingSection,
    SplineSection,
    WeightsSection,
)
from yttria.contract.protocol_section import Positive, ProtocolSection, Unit, Word
from yttria.values.protocol import (
    EVERYBODY,
    Conf,
    CurvePanel,
    FigureSpec,
    OutcomeColumns,
    ResponseSpec,
    Steps,
    Ties,
    Transform,
)


class StudySection(ProtocolSection):
    """[study]: what the study is called and identified by."""

    title: str = ""
    """Title of the report."""
    note: str = ""
    """Words beneath the verdict."""
    label: str = ""
    """Words that must never be lost, as *simulated, not patient data*: on each page, each figure, the first line of each CSV."""
    registration: str = ""
    """Number in a registry, as NCT02582034; printed on the first page."""
    ethics: str = ""
    """Ethics vote; printed on the first page."""
    sponsor: str = ""
    """Who runs the study; printed on the first page."""
    data_cut: str | date = ""
    """Day up to which the data go, as 2024-03-31; printed on the first page."""


class EventSection(ProtocolSection):
    """A column that holds a fact, and the values that count as yes."""

    column: str
    """Column that holds it."""
    is_: Annotated[list[Word], Field(alias="is", min_length=1)]
    """Values that count as yes."""


class OutcomeSection(ProtocolSection):
    """[outcome]: follow-up and event."""

    time: str
    """Column of the follow-up."""
    event: str | EventSection
    """Column of 0 and 1; or a column with the values that are events."""
    unit: str = ""
    """Unit of the times."""
    entry: str | None = None
    """Column of the time of entry, where it is late."""
    weight: str | None = None
    """Column of case weights."""
    id: str | None = None
    """Column that names the patient; a repeated one is refused unless `entry` makes its rows intervals."""
    missing: list[str] = Field(default_factory=list)
    """Words that stand for nothing, besides an empty cell and NA."""

    def value(self) -> OutcomeColumns:
        """Return the outcome as values that cannot change."""
        name, values = (self.event, None) if isinstance(self.event, str) else (self.event.column, tuple(self.event.is_))
        return OutcomeColumns(self.time, name, values, self.unit, self.entry, self.weight, self.id)


class CompetingSection(ProtocolSection):
    """[competing]: cumulative incidence by cause."""

    column: str
    """Column that tells the causes apart."""
    causes: Annotated[dict[str, str], Field(min_length=1)]
    """Name of each cause by its value."""


class FurtherOutcomeSection(OutcomeSection):
    """[outcomes.NAME]: a further outcome, for which the whole analysis is made again."""

    competing: CompetingSection | None = None
    """Causes of this outcome."""


class ArmsSection(ProtocolSection):
    """[arms]: the two arms that are compared."""

    column: str
    """Column that tells the arms apart."""
    treated: Word
    """Its value for the treated arm."""
    control: Word
    """Its value for the control arm."""


class CutSection(ProtocolSection):
    """[cuts.NAME]: a factor of two levels made from a number."""

    column: str
    """Column of the number."""
    at: float
    """The factor is 1 from this number on."""
    label: str = ""
    """What people call it, as *tumour dose ≥ 205 Gy*; its sign names both sides."""


MOST_TIMES, MOST_LANDMARKS = 1000, 100  # that are asked for: each is a row of a table, and each landmark an analysis


class CurvesSection(ProtocolSection):
    """[km]: curves, rates, medians and tests."""

    by: list[str] = Field(default_factory=list)
    """Columns or cuts whose levels have curves."""
    at: Annotated[list[Positive], Field(max_length=MOST_TIMES)] = Field(default_factory=list)
    """Times at which rates are printed."""
    conf: Conf = "log"
    """Scale of the limits."""
    level: Unit = 0.95
    """Coverage of the limits of curves and follow-up."""
    rho: Annotated[float, Field(ge=0)] = 0.0
    """Power of S(t−) in the tests; 0 is the log-rank test."""
    strata: list[str] = Field(default_factory=list)
    """Columns that stratify the tests."""
    tau: Positive | None = None
    """Restricted means are compared up to here."""
    quantiles: list[Unit] = Field(default_factory=list)
    """Shares of patients: when they have had the event."""
    trend: list[str] = Field(default_factory=list)
    """Columns for a log-rank test for trend, over their numbers or the order of their levels."""


class UnivariableSection(ProtocolSection):
    """[univariable]: one model a term."""

    terms: Annotated[list[str], Field(min_length=1)]
    """A Cox model of each alone."""


class ModelSection(ProtocolSection):
    """[models.NAME]: a Cox model."""

    terms: Annotated[list[str], Field(min_length=1)]
    """Columns and cuts; `a:b` is an interaction."""
    ties: Ties = "efron"
    """Rule for ties."""
    strata: list[str] = Field(default_factory=list)
    """Columns with a baseline hazard for each level."""
    cluster: str | None = None
    """Column of rows that belong together: robust errors."""
    robust: bool = False
    """Robust errors without clusters."""
    offset: str | None = None
    """Column that enters with coefficient 1."""
    zph: Transform = "km"
    """Transform of time in the test of proportionality."""
    residuals: bool = False
    """Martingale, deviance, score, dfbeta and Schoenfeld residuals in the result."""
    predict: dict[str, dict[str, Word]] = Field(default_factory=dict)
    """Patients by name, described by column: their predicted curves; nothing said is the baseline."""


class SelectionSection(ProtocolSection):
    """[selection]: a univariable screen, then a stepwise choice."""

    candidates: Annotated[list[str], Field(min_length=1)]
    """Terms to choose among."""
    p_enter: Annotated[float, Field(gt=0, le=1)] = 0.15
    """Univariable P up to which a candidate enters."""
    p_test: Literal["wald", "logrank"] = "wald"
    """Test that this P is of."""
    method: Steps = "aic-both"
    """Direction of the steps."""


class SubgroupsSection(ProtocolSection):
    """[subgroups]: the effect of the arm in the levels of factors."""

    factors: Annotated[list[str], Field(min_length=1)]
    """Columns or cuts in whose levels the effect of the arm is asked."""


class LandmarkSection(ProtocolSection):
    """[landmark]: analyses of those still followed at a time."""

    at: Annotated[list[Positive], Field(min_length=1, max_length=MOST_LANDMARKS)]
    """Landmarks, in the unit of the outcome."""


class ColumnSection(ProtocolSection):
    """A section that names the column of a time."""

    column: str
    """Column of the time; empty where it never happened."""


class PopulationSection(ProtocolSection):
    """[populations.NAME]: a part of the cohort."""

    where: Annotated[dict[str, Annotated[list[Word], Field(min_length=1)]], Field(min_length=1)]
    """Values that each column must have."""


class ResponseSection(ProtocolSection):
    """[dose_response.NAME]: response over dose."""

    dose: str
    """Column of the dose."""
    response: str | EventSection
    """Column of 0 and 1; or a column with the values that are responses."""
    link: Literal["logit", "probit"] = "logit"
    """Link of the binomial regression."""
    scale: Literal["dose", "log"] = "dose"
    """The dose itself or its logarithm."""
    shares: Annotated[list[Unit], Field(min_length=1, default_factory=lambda: [0.5, 0.8])]
    """Shares of responders whose doses are asked."""

    def value(self) -> ResponseSpec:
        """Return the dose-response as values that cannot change."""
        response = self.response
        name, values = (response, None) if isinstance(response, str) else (response.column, tuple(response.is_))
        return ResponseSpec(self.dose, name, values, self.link, self.scale, tuple(self.shares))


class BaselineSection(ProtocolSection):
    """[baseline]: the columns of Table 1."""

    columns: Annotated[list[str], Field(min_length=1)]
    """Columns of Table 1, in order."""


class PanelSection(ProtocolSection):
    """One panel of a figure."""

    by: str
    """A factor of `[km] by`."""
    of: str = ""
    """Nothing, `censored` or `populations.NAME`."""
    title: str = ""
    """Above the panel."""


class FigureSection(ProtocolSection):
    """[figures.NAME]: a figure of the study's own."""

    title: str
    """What the figure shows."""
    panels: list[PanelSection] = Field(default_factory=list)
    """Curves side by side, with their hazard ratios."""
    forest: bool = False
    """The subgroups instead of curves."""
    printed: dict[str, Annotated[list[Word], Field(min_length=1)]] = Field(default_factory=dict)
    """Levels by column (`all` for everybody) whose ratio a reproduced publication prints; every other one is marked as ours."""

    @model_validator(mode="after")
    def _one_kind(self) -> "FigureSection":
        if self.forest == bool(self.panels):
            raise ValueError("a figure has panels, or forest = true, and not both")
        if self.printed and not self.forest:
            raise ValueError("printed says which ratios of a forest are printed elsewhere: it needs forest = true")
        return self

    def value(self) -> FigureSpec:
        """Return the figure as values that cannot change."""
        panels = tuple(CurvePanel(**dict(panel)) for panel in self.panels)
        return FigureSpec(self.title, panels, self.forest, {name: tuple(v) for name, v in self.printed.items()})


class ProtocolFile(ProtocolSection):
    """A protocol as it is written: its sections and keys, each with what it means. docs/analyse.md is made from it."""

    study: StudySection = StudySection()
    """What the study is called and identified by."""
    outcome: OutcomeSection
    """The only section that must be there."""
    arms: ArmsSection | None = None
    """The two arms that are compared."""
    cuts: dict[str, CutSection] = Field(default_factory=dict)
    """A factor of two levels made from a number."""
    km: CurvesSection = CurvesSection()
    """Curves, rates, medians, tests."""
    univariable: UnivariableSection | None = None
    """One model a term."""
    models: dict[str, ModelSection] = Field(default_factory=dict)
    """Cox models by name."""
    levels: dict[str, Annotated[list[Word], Field(min_length=1)]] = Field(default_factory=dict)
    """Order of the levels of a column, the reference first."""
    selection: SelectionSection | None = None
    """Univariable screen, then stepwise choice."""
    subgroups: SubgroupsSection | None = None
    """Forest of the effect of the arm."""
    landmark: LandmarkSection | None = None
    """Analyses of those still followed at a time, by what was known then."""
    time_varying: dict[str, ColumnSection] = Field(default_factory=dict)
    """A factor that becomes true at a time."""
    censor_at: ColumnSection | None = None
    """A second analysis with follow-up cut at a time."""
    populations: dict[str, PopulationSection] = Field(default_factory=dict)
    """Everything again on a part of the cohort."""
    competing: CompetingSection | None = None
    """Cumulative incidence by cause."""
    dose_response: dict[str, ResponseSection] = Field(default_factory=dict)
    """Dose and response by name."""
    outcomes: dict[str, FurtherOutcomeSection] = Field(default_factory=dict)
    """A further outcome, for which the whole analysis is made again."""
    responses: dict[str, EndpointSection] = Field(default_factory=dict)
    """A yes/no endpoint by arm."""
    scale: dict[str, Factor] = Field(default_factory=dict)
    """Ratio per so many units of a column, or "log2" or "log10": in univariable, models, selection, subgroups, imputed."""
    splines: dict[str, SplineSection] = Field(default_factory=dict)
    """A restricted cubic spline in a Cox model."""
    weights: dict[str, WeightsSection] = Field(default_factory=dict)
    """Inverse-probability weights of the arm."""
    weighted_tests: FactorsSection | None = None
    """Fleming and Harrington's tests, and MaxCombo."""
    pairwise: FactorsSection | None = None
    """Every pair of levels alone, with Holm's P."""
    missing: MissingSection | None = None
    """Covariates missing at random: multiple imputation."""
    consort: FlowSection | None = None
    """The flow of patients."""
    matched: dict[str, MatchedSection] = Field(default_factory=dict)
    """A matching-adjusted comparison with a published arm."""
    adverse_events: AdverseEventsSection | None = None
    """A table of adverse events."""
    titles: dict[str, str] = Field(default_factory=dict)
    """What people call a column or cut."""
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)
    """What people call a level, by level as the table writes it."""
    baseline: BaselineSection | None = None
    """Table 1; all that the analyses stand on where absent."""
    figures: dict[str, FigureSection] = Field(default_factory=dict)
    """Figures of the study’s own."""

    @model_validator(mode="after")
    def _figures_name_analyses(self) -> "ProtocolFile":
        """Refuse a panel of curves that the study does not make."""
        known = {"": True, "censored": self.censor_at is not None} | {
            f"populations.{n}": True for n in self.populations
        }
        for name, figure in self.figures.items():
            if figure.forest and self.subgroups is None:
                raise ValueError(f"figure {name} draws the subgroups, but there is no [subgroups]")
            for factor in figure.printed:
                if self.subgroups is not None and factor not in (EVERYBODY, *self.subgroups.factors):
                    raise ValueError(
                        f"figure {name} says that {factor} is printed, which is not in [subgroups] factors"
                    )
            for panel in figure.panels:
                if panel.by not in self.km.by:
                    raise ValueError(f"figure {name} draws curves by {panel.by}, which is not in [km] by")
                if not known.get(panel.of):
                    raise ValueError(f"figure {name} draws {panel.of}, which the protocol does not ask for")
        return self

    @model_validator(mode="after")
    def _two_arms(self) -> "ProtocolFile":
        if self.arms is not None and self.arms.treated == self.arms.control:
            raise ValueError(f"[arms] treated and control must be two values, but both are {self.arms.treated!r}")
        return self

    @model_validator(mode="after")
    def _arms_for_subgroups(self) -> "ProtocolFile":
        if self.subgroups is not None and self.arms is None:
            raise ValueError("[subgroups] needs [arms]: the effect whose subgroups are asked for")
        return self

    @model_validator(mode="after")
    def _arms_for_effects(self) -> "ProtocolFile":
        for name, request in (("responses", self.responses), ("weights", self.weights)):
            if request and self.arms is None:
                raise ValueError(f"[{name}] needs [arms]: the two arms that are compared")
        return self
