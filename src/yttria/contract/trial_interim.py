"""What `yttria trial interim` is asked and answers: what an interim ratio is worth.

Times are in one unit, months or another; shares are fractions.
"""

from typing import Annotated

from yttria.contract.base import Absent, OptionName, Request, Result


class InterimRequest(Request):
    """The hazard ratio of an interim look."""

    hr: Annotated[float, OptionName("--hr")]
    """Hazard ratio shown at the look."""
    events: int
    """Events in both arms by then."""
    later_hr: Annotated[float | None, OptionName("--later-hr")] = None
    """Ratio of the same trial later."""
    later_events: int | None = None
    """Events by then."""
    look_events: str | None = None
    """Events of every planned look, with commas: correct the ratio for the looks."""
    kind: str = "ld-obrien-fleming"
    """pocock, obrien-fleming, haybittle-peto, ld-obrien-fleming, ld-pocock, power, hwang-shih-decani."""
    shape: float | None = None
    """Of power (3 unless given) and hwang-shih-decani (-4)."""
    alpha: float = 0.05
    """Chance of a false positive."""
    sides: int = 2
    """Sides of the test: 1 or 2."""
    true_hr: Annotated[float | None, OptionName("--true-hr")] = None
    """What would a stop at this look show if this were the truth?"""
    treated_share: float = 0.5
    """Share of patients in the treated arm."""


class LaterLook(Result):
    """A later look at the same trial."""

    hr: float
    """Hazard ratio of the later look."""
    events: int
    """Events by then."""
    predicted_low: float
    """Lower 95 % limit of what the first look predicts."""
    predicted_high: float
    """Upper 95 % limit of what the first look predicts."""
    as_predicted: bool
    """Whether the later ratio lies between them."""
    between_events: int
    """Events between the looks."""
    between_hr: float
    """Hazard ratio of those events alone."""
    between_low: float
    """Lower 95 % limit of that ratio."""
    between_high: float
    """Upper 95 % limit of that ratio."""
    agreement_p: float
    """P that the events before and between have one ratio."""


class BiasAdjusted(Result):
    """The ratio corrected for the looks of its plan."""

    look: int
    """Number of the look, from 1."""
    kind: str
    """Kind of the boundary."""
    critical_z: float
    """z at which the trial stops there."""
    crossed: bool
    """Whether the ratio crosses it."""
    median_unbiased_hr: float
    """Median-unbiased hazard ratio (stagewise ordering)."""
    median_unbiased_low: float
    """Its lower 95 % limit."""
    median_unbiased_high: float
    """Its upper 95 % limit."""
    mean_unbiased_hr: float
    """Hazard ratio less its mean bias (Whitehead 1986)."""
    true_hr: Absent[float] = None
    """Hazard ratio that is taken for true."""
    stops_here: Absent[float] = None
    """Chance to stop at this look if it is true."""
    shows_when_stopped_hr: Absent[float | None] = None
    """Hazard ratio that trials show that stop here if it is true."""


class InterimResult(Result):
    """What an interim ratio is worth."""

    hr: float
    """Hazard ratio of the look."""
    events: int
    """Events by then."""
    low: float
    """Lower 95 % limit."""
    high: float
    """Upper 95 % limit."""
    z: float
    """Log ratio over its standard error."""
    later: Absent[LaterLook] = None
    """Beside a later look of the same trial."""
    corrected: Absent[BiasAdjusted] = None
    """Corrected for the looks of the plan."""
