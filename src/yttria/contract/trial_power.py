"""What `yttria trial power` is asked and answers: events and patients of a trial.

Times are in one unit, months or another; shares are fractions.
"""

from typing import Annotated, Literal

from yttria.contract.base import Absent, OptionName, Result
from yttria.contract.trial_design import TrialDesignRequest

Endpoint = Literal["survival", "response"]


Method = Literal["normal", "continuity", "fisher"]


class PowerRequest(TrialDesignRequest):
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
