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
    hr: Absent[float] = None
    rate_control: Absent[float] = None
    rate_treated: Absent[float] = None
    method: Absent[Method] = None
    alpha: float
    sides: int
    treated_share: float
    n_treated: Absent[int] = None
    """Patients of the treated arm."""
    n_control: Absent[int] = None
    """Patients of the control arm."""
    events: Absent[int] = None
    schoenfeld_power: Absent[float] = None
    power: Absent[float] = None
    schoenfeld_events: Absent[int] = None
    freedman_events: Absent[int] = None
    schoenfeld_patients: Absent[int] = None
    freedman_patients: Absent[int] = None
    event_chance_control: Absent[float] = None
    event_chance_treated: Absent[float] = None


class ShownRatios(Result):
    """Geometric means of the ratio at a look, and of the same patients at the end; null where no trial is counted."""

    shown_hr: Number
    later_hr: Number


class SimulatedLook(ShownRatios):
    """One look; `stopped` is the share of trials that stop there for efficacy."""

    events: int
    critical_z: float
    stopped: float


class SimulatedLooks(Result):
    """What looks do to simulated trials."""

    kind: str
    power: float
    stages: list[SimulatedLook]
    stopped_early: ShownRatios
    all: ShownRatios


class ShownRatio(Result):
    """What became of trials that showed one ratio at the first look."""

    hr: float
    look_events: int
    trials: int
    share: float
    shown_hr: float
    later_hr: float
    later_nearer_to_one: float


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


class SimulatedTests(Result):
    """Each test at the looks of a design; in favour of the treated arm."""

    logrank: Absent[SequentialTest] = None
    maxcombo: Absent[SequentialTest] = None
    """The largest of four weighted log-rank statistics; its two-sided P is held against twice the one-sided P of a look, without futility."""
    rates: Absent[SequentialTest] = None
    """The z of two response rates with one common rate under no difference."""


class TrialSimulationResult(StatedKeys):
    """Simulated trials; shares are fractions."""

    endpoint: Endpoint
    trials: int
    patients: int
    power: float
    """At the end of follow-up, without looks."""
    power_low: float
    power_high: float
    events_mean: float | None = None
    hr_geometric_mean: Number = None
    hr_median: Number = None
    hr_p05: Number = None
    hr_p95: Number = None
    not_estimable: int | None = None
    seed: int
    tests: SimulatedTests
    looks: Absent[SimulatedLooks] = None
    shown: Absent[ShownRatio] = None


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
    alpha: float
    sides: int
    futility: Futility
    binding: bool
    information: list[float]
    z: Numbers
    nominal_p: Numbers
    alpha_spent: list[float]
    looks: list[BoundaryLook]
    power: Absent[float] = None
    inflation: Absent[float] = None
    """Greatest patients or events over those of a fixed design with the same power."""
    expected_n: Absent[ExpectedSize] = None
    expected_information: Absent[float] = None
    expected_information_null: Absent[float] = None
    stopping: Absent[list[float]] = None
    hr: Absent[float] = None
    events: Absent[int] = None
    shown_hr: Absent[list[float | None]] = None


class LaterLook(Result):
    """A later look at the same trial."""

    hr: float
    events: int
    predicted_low: float
    predicted_high: float
    as_predicted: bool
    between_events: int
    between_hr: float
    between_low: float
    between_high: float
    agreement_p: float


class BiasAdjusted(Result):
    """The ratio corrected for the looks of its plan."""

    look: int
    kind: str
    critical_z: float
    crossed: bool
    median_unbiased_hr: float
    median_unbiased_low: float
    median_unbiased_high: float
    mean_unbiased_hr: float
    true_hr: Absent[float] = None
    stops_here: Absent[float] = None
    shows_when_stopped_hr: Absent[float | None] = None


class InterimResult(Result):
    """What an interim ratio is worth."""

    hr: float
    events: int
    low: float
    high: float
    z: float
    later: Absent[LaterLook] = None
    corrected: Absent[BiasAdjusted] = None


class RandomiseResult(Result):
    """A list as it was written; `block` and `allocated` are for the office, not for publication."""

    commitment_sha256: str
    made_of: str
    list_sha256: str | None
    list_made_of: str
    method: Literal["minimisation", "permuted blocks"]
    arms: list[str]
    ratio: list[int]
    strata: list[str]
    probability: float | None
    block: str | None
    allocated: dict[str, int]
    rows: int
