"""What `yttria trial boundaries` is asked and answers: where a trial stops, look by look.

Times are in one unit, months or another; shares are fractions.
"""

from typing import Annotated, Literal

from yttria.contract.base import Absent, Number, Numbers, OptionName, Result
from yttria.contract.trial_design import Futility, GroupSequentialRequest

Kind = Literal[
    "pocock", "obrien-fleming", "haybittle-peto", "ld-obrien-fleming", "ld-pocock", "power", "hwang-shih-decani"
]


class BoundariesRequest(GroupSequentialRequest):
    """Group-sequential boundaries of a plan."""

    looks: int | None = None
    """Number of looks, evenly spaced."""
    information: str | None = None
    """In place of --looks: shares of the events at each, as 0.5,1."""
    power: float | None = None
    """Power the trial is planned with. [with --efficacy or --futility: 0.8]"""
    hr: Annotated[float | None, OptionName("--hr")] = None
    """Hazard ratio it is planned for: what each look would show."""


class BoundaryLook(Result):
    """One look of a design, in the words of a protocol."""

    information: float
    """Share of the events or patients planned."""
    z_efficacy: Number
    """From here on the trial stops as positive; null where nothing is spent."""
    z_futility: Number
    """Here and below the trial stops as futile; null without futility, that of efficacy at the last look."""
    alpha_spent: float
    """Up to this look."""
    beta_spent: Number
    """Up to this look; null without futility."""
    p_one_sided: Number
    """1 - Phi(z_efficacy)."""


class ExpectedSize(Result):
    """Patients or events used on average, over those of a fixed design with the same power."""

    h0: float
    """Without the effect."""
    h1: float
    """With it."""


class BoundariesResult(Result):
    """Where to stop, look by look; null where no trial stops."""

    kind: str
    """Kind of the boundary."""
    alpha: float
    """Chance of a false positive, 0 to 1."""
    sides: int
    """Sides of the test."""
    futility: Futility
    """When to stop for futility."""
    binding: bool
    """Whether alpha counts on stops for futility."""
    information: list[float]
    """Share of the events at each look."""
    z: Numbers
    """z at which the trial stops, look by look."""
    nominal_p: Numbers
    """P of that z at each look."""
    alpha_spent: list[float]
    """Chance of a false positive spent up to each look."""
    looks: list[BoundaryLook]
    """Look by look."""
    power: Absent[float] = None
    """Power that the trial is planned with, 0 to 1."""
    inflation: Absent[float] = None
    """Greatest patients or events over those of a fixed design with the same power."""
    expected_n: Absent[ExpectedSize] = None
    """Patients or events used on average."""
    expected_information: Absent[float] = None
    """Expected information under the planned effect, over that of a trial without looks."""
    expected_information_null: Absent[float] = None
    """The same without an effect."""
    stopping: Absent[list[float]] = None
    """Chance to stop at each look under the planned effect."""
    hr: Absent[float] = None
    """Hazard ratio that it is planned for."""
    events: Absent[int] = None
    """Events at the end."""
    shown_hr: Absent[list[float | None]] = None
    """Hazard ratio that trials show that stop at each look; null where none does."""
