"""Sections of a protocol that ask for more than curves and Cox models: endpoints, scales, splines, weights, flow, matching, safety."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from yttria.contract.protocol_section import Positive, ProtocolSection, Word
from yttria.values.protocol import EndpointSpec, FlowSpec, MatchedSpec, MissingSpec, SplineSpec, WeightsSpec

Factor = Annotated[float, Field(gt=0)] | Literal["log2", "log10"]


class EndpointSection(ProtocolSection):
    """[responses.NAME]: a yes/no endpoint by arm."""

    column: str
    """Column of the answer; an empty cell or NE is counted, is not evaluable and is no responder."""
    responders: Annotated[list[Word], Field(min_length=1)]
    """Values that are responses, as ["CR", "PR"]."""

    def value(self) -> EndpointSpec:
        """Return the endpoint as values that cannot change."""
        return EndpointSpec(self.column, tuple(self.responders))


class SplineSection(ProtocolSection):
    """[splines.NAME]: a restricted cubic spline in a Cox model."""

    column: str
    """Column of the number."""
    knots: Annotated[int, Field(ge=3, le=7)] = 4
    """Knots at Harrell's quantiles, as R's rcs places them."""
    at: Annotated[list[float], Field(min_length=3)] | None = None
    """In place of knots: where they stand."""
    reference: float | None = None
    """Where the ratio is 1; the median of the model's rows where absent."""
    adjust: list[str] = Field(default_factory=list)
    """Terms that the ratio is adjusted for."""

    def value(self) -> SplineSpec:
        """Return the spline as values that cannot change."""
        at = None if self.at is None else tuple(self.at)
        return SplineSpec(self.column, self.knots, at, self.reference, tuple(self.adjust))


class WeightsSection(ProtocolSection):
    """[weights.NAME]: inverse-probability weights of the arm."""

    covariates: Annotated[list[str], Field(min_length=1)]
    """Main effects of a logistic model of treated; text as factors."""
    estimand: Literal["ATE", "ATT", "ATO"] = "ATE"
    """Effect in all, in the treated, in the overlap."""
    stabilised: bool = True
    """ATE times the arm's share of the rows."""

    def value(self) -> WeightsSpec:
        """Return the weights as values that cannot change."""
        return WeightsSpec(tuple(self.covariates), self.estimand, self.stabilised)


class FactorsSection(ProtocolSection):
    """Factors by which something is asked."""

    by: Annotated[list[str], Field(min_length=1)]
    """Columns or cuts."""


class MissingSection(ProtocolSection):
    """[missing]: covariates missing at random, by chained equations; [models] pooled by Rubin's rules."""

    imputations: Annotated[int, Field(ge=2, le=1000)] = 20
    """Completed tables."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Of the random numbers: the same seed gives the same result."""

    def value(self) -> MissingSpec:
        """Return the imputation as values that cannot change."""
        return MissingSpec(self.imputations, self.seed)


class FlowStepSection(ProtocolSection):
    """One step of the flow of patients."""

    label: str
    """What the step is called."""
    where: Annotated[dict[str, Annotated[list[Word], Field(min_length=1)]], Field(min_length=1)]
    """Values that each column must have for a row to stay."""


class FlowSection(ProtocolSection):
    """[consort]: the flow of patients."""

    steps: Annotated[list[FlowStepSection], Field(min_length=1)]
    """Each keeps, of the rows so far, those where its condition holds."""
    reason: str | None = None
    """Column that tells why a row was left out."""

    def value(self) -> FlowSpec:
        """Return the flow as values that cannot change."""
        steps = tuple((s.label, {c: tuple(v) for c, v in s.where.items()}) for s in self.steps)
        return FlowSpec(steps, self.reason)


class MatchedSection(ProtocolSection):
    """[matched.NAME]: a matching-adjusted comparison with an arm of which means are printed and a curve was reconstructed."""

    patients: str
    """CSV beside the protocol, as `yttria reconstruct` writes it: time, event."""
    means: Annotated[dict[str, float], Field(min_length=1)]
    """Printed mean of each covariate; a share for a column of 0 and 1."""
    sd: dict[str, Positive] = Field(default_factory=dict)
    """Printed standard deviations; the mean of squares is matched too."""

    @model_validator(mode="after")
    def _means_of_spreads(self) -> "MatchedSection":
        for name in self.sd:
            if name not in self.means:
                raise ValueError(f"sd has {name}, of which means has none")
        return self

    def value(self) -> MatchedSpec:
        """Return the comparison as values that cannot change."""
        return MatchedSpec(self.patients, dict(self.means), dict(self.sd))


class AdverseEventsSection(ProtocolSection):
    """[adverse_events]: a table of adverse events."""

    table: str = ""
    """CSV beside the protocol (patient, term, grade, serious, related, day; optional group); or --adverse FILE."""
    id: str
    """The cohort's column that names the patient."""
