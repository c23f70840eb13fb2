"""What the commands of `yttria trial` are asked and answer: designing a trial.

Times are in one unit, months or another; shares are fractions.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import Absent, Number, Numbers, OptionName, Request, Result, StatedKeys

Endpoint = Literal["survival", "response"]
Method = Literal["normal", "continuity", "fisher"]
Efficacy = Literal["obf", "pocock", "haybittle", "spending:obf", "spending:pocock"]
Futility = Literal["none", "beta:obf", "beta:pocock", "conditional"]
YesNo = Literal["true", "false"]
Kind = Literal[
    "pocock", "obrien-fleming", "haybittle-peto", "ld-obrien-fleming", "ld-pocock", "power", "hwang-shih-decani"
]


class PowerRequest(Request):
    """How many events and patients a power needs, or which power a number of events has; or how many patients two response rates need."""

    endpoint: Endpoint = "survival"
    """survival (log-rank test) or response (two rates)."""
    hr: Annotated[float | None, OptionName("--hr")] = None
    """Hazard ratio of treated against control."""
    rate_control: float | None = None
    """Response: rate of the control arm, as 0.36."""
    rate_treated: float | None = None
    """Response: rate of the treated arm."""
    allocation: float | None = None
    """Treated patients for one control, as 2 for 2:1. [default: 1]"""
    method: Method = "normal"
    """Response: normal, continuity (Fleiss' correction) or fisher (exact power by enumeration)."""
    power: float | None = None
    """Power wanted. [response: 0.8]"""
    events: int | None = None
    """In place of --power: events that there will be."""
    alpha: float = 0.05
    """Chance of a false positive."""
    sides: int = 2
    """Sides of the test: 1 or 2."""
    treated_share: float = 0.5
    """Share of patients in the treated arm."""
    control_median: float | None = None
    """Median survival of the control arm, for the number of patients."""
    accrual: float = 0.0
    """Time over which patients enter (with --control-median)."""
    follow_up: float = 0.0
    """Time from the last entry to the analysis (with --control-median)."""
    lost: float = 0.0
    """Share of patients lost to follow-up by --lost-by."""
    lost_by: float = 12.0
    """Time after entry by which that share is lost."""
    out: Path | None = None
    """Folder for design.json, report.pdf and report.html; made when it is not there."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for a design."""


class SimulationRequest(Request):
    """A trial to be simulated many times."""

    patients: int
    """Patients in all."""
    endpoint: Endpoint = "survival"
    """survival (log-rank test and MaxCombo) or response (two rates)."""
    control_median: float | None = None
    """Median survival of the control arm, without surgery."""
    hr: Annotated[float | None, OptionName("--hr")] = None
    """Hazard ratio of treated against control."""
    rate_control: float | None = None
    """Response: rate of the control arm, as 0.36."""
    rate_treated: float | None = None
    """Response: rate of the treated arm."""
    treated_share: float = 0.5
    """Share of patients in the treated arm."""
    allocation: float | None = None
    """In place of --treated-share: treated patients for one control, as 2 for 2:1."""
    delay: float = 0.0
    """Time after entry before the effect begins."""
    cure: float = 0.0
    """Share of both arms that never has the event; median and ratio are those of the others."""
    accrual: float = 0.0
    """Time over which patients enter, evenly."""
    pace: str | None = None
    """In place of --accrual: stretches as length:pace, 6:1,20:3 for six slow months."""
    follow_up: float = 60.0
    """Time from the last entry to the last analysis."""
    lost: float = 0.0
    """Share of patients lost to follow-up by --lost-by."""
    lost_by: float = 12.0
    """Time after entry by which that share is lost."""
    resection_at: float | None = None
    """Time after entry of crossover to surgery."""
    resected_treated: float = 0.0
    """Share resected of the treated alive then."""
    resected_control: float = 0.0
    """The same in the control arm."""
    resection_hr: float = 1.0
    """Hazard after surgery over that without."""
    look_events: str | None = None
    """Events at each look, with commas; the last is the planned end."""
    looks: int | None = None
    """Response: number of looks, evenly spaced."""
    information: str | None = None
    """Response: in place of --looks, shares of the patients at each, as 0.5,1."""
    efficacy: Efficacy | None = None
    """In place of --kind: obf, pocock, haybittle, spending:obf or spending:pocock."""
    futility: Futility = "none"
    """none, beta:obf, beta:pocock or conditional; then the design is one-sided at alpha / sides."""
    binding: YesNo = "false"
    """true where alpha may count on stops for futility."""
    power: float = 0.8
    """Power for which a boundary for futility spends beta."""
    conditional_power: float = 0.2
    """Of --futility conditional: stop below it."""
    kind: str = "ld-obrien-fleming"
    """pocock, obrien-fleming, haybittle-peto, ld-obrien-fleming, ld-pocock, power, hwang-shih-decani."""
    shape: float | None = None
    """Of power (3 unless given) and hwang-shih-decani (-4)."""
    shown_hr: float | None = None
    """Follow the trials that show this ratio at the first look."""
    alpha: float = 0.05
    """Chance of a false positive."""
    sides: int = 2
    """Sides of the test: 1 or 2."""
    trials: int = 10_000
    """Trials to draw."""
    seed: int = 1
    """Of the random numbers."""
    out: Path | None = None
    """Folder for design.json, report.pdf and report.html; made when it is not there."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for a design."""


class BoundariesRequest(Request):
    """Group-sequential boundaries of a plan."""

    looks: int | None = None
    """Number of looks, evenly spaced."""
    information: str | None = None
    """In place of --looks: shares of the events at each, as 0.5,1."""
    kind: str = "ld-obrien-fleming"
    """pocock, obrien-fleming, haybittle-peto, ld-obrien-fleming, ld-pocock, power, hwang-shih-decani."""
    shape: float | None = None
    """Of power (3 unless given) and hwang-shih-decani (-4)."""
    alpha: float = 0.05
    """Chance of a false positive."""
    sides: int = 2
    """Sides of the test: 1 or 2."""
    efficacy: Efficacy | None = None
    """In place of --kind: obf, pocock, haybittle, spending:obf or spending:pocock."""
    futility: Futility = "none"
    """none, beta:obf, beta:pocock or conditional; then the design is one-sided at alpha / sides."""
    binding: YesNo = "false"
    """true where alpha may count on stops for futility."""
    conditional_power: float = 0.2
    """Of --futility conditional: stop below it."""
    power: float | None = None
    """Power the trial is planned with. [with --efficacy or --futility: 0.8]"""
    hr: Annotated[float | None, OptionName("--hr")] = None
    """Hazard ratio it is planned for: what each look would show."""
    out: Path | None = None
    """Folder for design.json, report.pdf and report.html; made when it is not there."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write for a design."""


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


class RandomiseRequest(Request):
    """A randomisation list behind a sealed seed."""

    out: Path
    """Folder for list.csv, commitment.json (to publish) and sealed.json (to lock away)."""
    arms: str | None = None
    """Names of the arms, with commas. [default: PDA,SDA]"""
    ratio: str | None = None
    """Parts of each arm, with commas. [default: equal]"""
    patients: int | None = None
    """Patients of each stratum, at least."""
    block: str | None = None
    """Block sizes to draw from, with commas. [default: 4,6]"""
    stratum: list[str] = Field(default_factory=list)
    """factor=level,level …; may be given again."""
    minimise: Path | None = None
    """In place of blocks: CSV of patients in order of arrival, one column a factor."""
    probability: float | None = None
    """Of the balancing arm in minimisation. [default: 0.8]"""
    sealed: Path | None = None
    """sealed.json of an earlier list: make the same list again, and check it."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write; never over another list."""


class PowerResult(Result):
    """Events and patients for a power, or the power of a number of events."""

    endpoint: Endpoint
    """What the trial is judged by."""
    hr: Absent[float] = None
    """Hazard ratio of treated against control."""
    rate_control: Absent[float] = None
    """Response rate of the control arm, 0 to 1."""
    rate_treated: Absent[float] = None
    """Response rate of the treated arm, 0 to 1."""
    method: Absent[Method] = None
    """How two rates are compared."""
    alpha: float
    """Chance of a false positive, 0 to 1."""
    sides: int
    """Sides of the test."""
    treated_share: float
    """Share of patients in the treated arm, 0 to 1."""
    n_treated: Absent[int] = None
    """Patients of the treated arm."""
    n_control: Absent[int] = None
    """Patients of the control arm."""
    events: Absent[int] = None
    """Events that were given."""
    schoenfeld_power: Absent[float] = None
    """Power of those events (Schoenfeld), 0 to 1."""
    power: Absent[float] = None
    """Power that was wanted, 0 to 1."""
    schoenfeld_events: Absent[int] = None
    """Events for that power (Schoenfeld 1981)."""
    freedman_events: Absent[int] = None
    """Events for that power (Freedman 1982)."""
    schoenfeld_patients: Absent[int] = None
    """Patients for those events (Schoenfeld)."""
    freedman_patients: Absent[int] = None
    """Patients for those events (Freedman)."""
    event_chance_control: Absent[float] = None
    """Chance of an event by the analysis, control arm, 0 to 1."""
    event_chance_treated: Absent[float] = None
    """Chance of an event by the analysis, treated arm, 0 to 1."""


class ShownRatios(Result):
    """Geometric means of the ratio at a look, and of the same patients at the end; null where no trial is counted."""

    shown_hr: Number
    """Hazard ratio at the look."""
    later_hr: Number
    """Hazard ratio of the same patients at the end."""


class SimulatedLook(ShownRatios):
    """One look; `stopped` is the share of trials that stop there for efficacy."""

    events: int
    """Events at the look."""
    critical_z: float
    """z at which the trial stops."""
    stopped: float
    """Share of trials that stop here, 0 to 1."""


class SimulatedLooks(Result):
    """What looks do to simulated trials."""

    kind: str
    """Kind of the boundary."""
    power: float
    """Share of trials that cross the boundary, 0 to 1."""
    stages: list[SimulatedLook]
    """Look by look."""
    stopped_early: ShownRatios
    """Of the trials that stop before the end."""
    all: ShownRatios
    """Of all trials."""


class ShownRatio(Result):
    """What became of trials that showed one ratio at the first look."""

    hr: float
    """Ratio that is followed."""
    look_events: int
    """Events at the first look."""
    trials: int
    """Trials that showed it."""
    share: float
    """Their share, 0 to 1."""
    shown_hr: float
    """Geometric mean of their ratio at the look."""
    later_hr: float
    """Geometric mean of their ratio at the end."""
    later_nearer_to_one: float
    """Share whose ratio is nearer to one at the end, 0 to 1."""


class SequentialLook(Result):
    """Shares of simulated trials that stop at a look."""

    information: float
    """Share of the events or patients planned."""
    efficacy: float
    """Share of all trials that stop here because the treated do better."""
    futility: float
    """Share of all trials that stop here as futile; at the last look of a design with futility, all that are not positive."""


class SequentialTest(Result):
    """What one test does at the looks of a design."""

    power: float
    """Share of trials that are positive at some look."""
    expected_n: float
    """Patients entered at the stop, on average."""
    expected_months: Number
    """From the first entry to the stop, on average, in the unit of the times; null where no calendar was drawn."""
    looks: list[SequentialLook]
    """Look by look."""


class SimulatedTests(Result):
    """Each test at the looks of a design; in favour of the treated arm."""

    logrank: Absent[SequentialTest] = None
    """The log-rank test."""
    maxcombo: Absent[SequentialTest] = None
    """The largest of four weighted log-rank statistics; its two-sided P is held against twice the one-sided P of a look, without futility."""
    rates: Absent[SequentialTest] = None
    """The z of two response rates with one common rate under no difference."""


class TrialSimulationResult(StatedKeys):
    """Simulated trials; shares are fractions."""

    endpoint: Endpoint
    """What the trial is judged by."""
    trials: int
    """Trials that were drawn."""
    patients: int
    """Patients of each."""
    power: float
    """At the end of follow-up, without looks."""
    power_low: float
    """Lower 95 % limit of that share."""
    power_high: float
    """Upper 95 % limit of that share."""
    events_mean: float | None = None
    """Mean number of events."""
    hr_geometric_mean: Number = None
    """Geometric mean of the hazard ratio."""
    hr_median: Number = None
    """Median hazard ratio."""
    hr_p05: Number = None
    """5th percentile of the hazard ratio."""
    hr_p95: Number = None
    """95th percentile of the hazard ratio."""
    not_estimable: int | None = None
    """Trials without a finite ratio."""
    seed: int
    """Of the random numbers."""
    tests: SimulatedTests
    """Each test at the looks of the design."""
    looks: Absent[SimulatedLooks] = None
    """What interim looks do."""
    shown: Absent[ShownRatio] = None
    """Trials that showed one ratio at the first look."""


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


class RandomiseResult(Result):
    """A list as it was written; `block` and `allocated` are for the office, not for publication."""

    commitment_sha256: str
    """Commitment to publish: a hash of the seed."""
    made_of: str
    """What that hash is made of."""
    list_sha256: str | None
    """Hash of the list; null in minimisation, where it grows."""
    list_made_of: str
    """What that hash is made of."""
    method: Literal["minimisation", "permuted blocks"]
    """How the list was made."""
    arms: list[str]
    """Names of the arms."""
    ratio: list[int]
    """Parts of each arm."""
    strata: list[str]
    """Factors with their levels."""
    probability: float | None
    """Probability of the balancing arm; null with blocks."""
    block: str | None
    """Block sizes; null in minimisation."""
    allocated: dict[str, int]
    """Rows by arm."""
    rows: int
    """Rows of the list."""
