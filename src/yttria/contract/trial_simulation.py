"""What `yttria trial simulate` is asked and answers: trials simulated many times.

Times are in one unit, months or another; shares are fractions.
"""

from typing import Annotated

from yttria.contract.base import Absent, Number, OptionName, Result, StatedKeys
from yttria.contract.trial_design import GroupSequentialRequest
from yttria.contract.trial_power import Endpoint


class SimulationRequest(GroupSequentialRequest):
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
    power: float = 0.8
    """Power for which a boundary for futility spends beta."""
    shown_hr: float | None = None
    """Follow the trials that show this ratio at the first look."""
    trials: int = 10_000
    """Trials to draw."""
    seed: int = 1
    """Of the random numbers."""


class ObservedRatios(Result):
    """Geometric means of the ratio at a look, and of the same patients at the end; null where no trial is counted."""

    shown_hr: Number
    """Hazard ratio at the look."""
    later_hr: Number
    """Hazard ratio of the same patients at the end."""


class SimulatedLook(ObservedRatios):
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
    stopped_early: ObservedRatios
    """Of the trials that stop before the end."""
    all: ObservedRatios
    """Of all trials."""


class ObservedRatio(Result):
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
    shown: Absent[ObservedRatio] = None
    """Trials that showed one ratio at the first look."""
