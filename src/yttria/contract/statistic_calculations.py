"""What the kinds of `yttria calc` are asked and answer that compare shares and check claims (CONTRACT: calc)."""

from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import Number, OptionName, Request, Result

Level = Annotated[float, Field(description="Coverage of the limits.")]


class TwoByTwoRequest(Request):
    """Two groups with and without an event."""

    a: str
    """First group: events,n."""
    b: str
    """Second group: events,n."""
    level: Level = 0.95


class TwoByTwoResult(Result):
    """Two proportions compared; a limit that is infinite or undefined is null."""

    kind: Literal["two-by-two"]
    """Which formula."""
    percent_a: Number
    """Share of the first group, with Wilson's limits."""
    percent_a_low: Number
    """Its lower limit."""
    percent_a_high: Number
    """Its upper limit."""
    percent_b: Number
    """Share of the second group, with Wilson's limits."""
    percent_b_low: Number
    """Its lower limit."""
    percent_b_high: Number
    """Its upper limit."""
    pearson_chi2: Number
    """Pearson's chi-squared without continuity correction."""
    df: int
    """Degrees of freedom."""
    p: Number
    """Its P."""
    p_test: str
    """The test that P is of."""
    yates_chi2: Number
    """Chi-squared with Yates' correction."""
    yates_p: Number
    """Its P."""
    fisher_p: Number
    """P of Fisher's exact test."""
    odds_ratio_conditional: Number
    """Conditional maximum-likelihood odds ratio, with exact limits."""
    odds_ratio_conditional_low: Number
    """Its lower limit."""
    odds_ratio_conditional_high: Number
    """Its upper limit."""
    risk_difference: Number
    """Share of the first less that of the second."""
    risk_difference_low: Number
    """Its lower limit."""
    risk_difference_high: Number
    """Its upper limit."""
    risk_ratio: Number
    """Share of the first over that of the second."""
    risk_ratio_low: Number
    """Its lower limit."""
    risk_ratio_high: Number
    """Its upper limit."""
    least_expected: float
    """Smallest expected count."""
    level: float
    """Coverage of the limits."""


class ProportionRequest(Request):
    """A share with its limits."""

    events: float
    """How many had the event."""
    n: Annotated[float, OptionName("--n")]
    """Of how many."""
    level: Level = 0.95


class ProportionResult(Result):
    """A share in per cent with Wilson's and with exact limits."""

    kind: Literal["proportion"]
    """Which formula."""
    percent: float
    """The share."""
    wilson_low: float
    """Wilson's lower limit."""
    wilson_high: float
    """Wilson's upper limit."""
    exact_low: float
    """Lower limit of Clopper and Pearson."""
    exact_high: float
    """Upper limit of Clopper and Pearson."""
    level: float
    """Coverage of the limits."""


class ConsistencyRequest(Request):
    """Claimed underdoses and the activities that they are said of."""

    delivered_mci: str
    """Activities delivered, with commas, as printed."""
    prescribed_mci: str
    """Activities prescribed, in the same order and unit."""
    claimed_underdose_percent: str
    """Underdoses claimed, per cent, in the same order."""
    tolerance: float = 0.02
    """Relative difference let pass beyond what rounding explains."""


class ConsistencyResult(Result):
    """Whether claimed underdoses follow from their activities, one entry a row."""

    kind: Literal["consistency"]
    """Which formula."""
    consistent: list[bool]
    """Whether they follow."""
    computed_underdose_percent: list[float]
    """What the activities give."""
    possible_low_percent: list[float]
    """Least that their rounding lets be."""
    possible_high_percent: list[float]
    """Most that their rounding lets be."""
    tolerance: float
    """Relative difference let pass."""
