"""What `yttria claims`, `reconstruct` and `trial …` answer: every key with its unit; what does not exist is null."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class IntervalRecord(TypedDict):
    """What happened between two printed times."""

    time: float | None
    deaths: int
    censored: int
    at_risk: int
    rate_percent: float
    low_percent: float | None
    high_percent: float | None


class SolutionRecord(TypedDict):
    """Whole patients that give every printed number; in `order`, d died and c was censored, "|" is a printed time."""

    n: int
    deaths: int
    order: str
    orders: int
    scales: list[str]
    intervals: list[IntervalRecord]


class GroupRecord(TypedDict):
    """The whole patients behind the printed rates of a group; `scales` are those of the limits that fit."""

    searched: bool
    scales: list[str]
    n_possible: list[int]
    n_undecided: list[int]
    solutions: list[SolutionRecord]


class FlagRecord(TypedDict):
    """A contradiction that the printed numbers show by themselves."""

    code: str
    lines: list[int]
    subject: str
    printed: str
    why: str
    agrees: str
    do: str


class RowRecord(TypedDict):
    """What the checks found out about one row of the table."""

    line: int
    place: str
    kind: Literal["hr", "or", "rr", "rate", "median", "mean_sd", "percent", "count", "two_by_two"]
    subject: str
    time: float | None
    printed: str
    checked: list[str]
    flags: list[str]
    p_is: list[str]
    least_events: int | None
    scales: list[str]
    prints: dict[str, Literal["rounded", "truncated"]]


class AuditRecord(TypedDict):
    """A table of claims, checked against itself."""

    claims: int
    flagged: int
    agree: int
    not_checkable: int
    flags: list[FlagRecord]
    rows: list[RowRecord]
    groups: dict[str, GroupRecord]


class CellRecord(TypedDict):
    """One printed number beside the cohort's."""

    line: int
    place: str
    subject: str
    time: float | None
    part: str
    printed: str
    ours: float | None
    verdict: Literal["agrees", "truncated", "differs"]
    why: str
    unit: str


class CohortComparisonRecord(TypedDict):
    """Printed numbers beside those of a cohort (`--beside`)."""

    numbers: int
    agrees: int
    truncated: int
    differs: int
    cells: list[CellRecord]


ClaimsRecord = AuditRecord | CohortComparisonRecord


class RiskRecord(TypedDict):
    """Numbers at risk, published and reconstructed."""

    time: float
    published: int
    reconstructed: int


class FitRecord(TypedDict):
    """How well reconstructed patients give the published curve; survival as a fraction."""

    rmse: float
    max_deviation: float
    published_events: int | None
    at_risk: list[RiskRecord]


class PatientsRecord(TypedDict):
    """Times in `unit`, and 1 for an event."""

    time: list[float]
    event: list[int]


class RebuiltRecord(TypedDict):
    """One group rebuilt from its curve."""

    label: Literal["reconstructed, not patient data"]
    unit: str
    n: int
    events: int
    censored: int
    median: float | None
    median_low: float | None
    median_high: float | None
    fit: FitRecord
    patients: PatientsRecord


class ComparisonRecord(TypedDict):
    """The first group against the second; means and their difference in `unit`, up to `tau`."""

    hr: float | None
    low: float | None
    high: float | None
    wald_p: float | None
    redraws: int
    log_hr_sd_of_redraws: float | None
    low_whole: float | None
    high_whole: float | None
    logrank_chi2: float
    logrank_p: float
    proportionality_p: float | None
    published_hr: float | None
    hr_over_published: float | None
    hr_censored_early: float | None
    hr_censored_late: float | None
    tau: float
    restricted_mean: float
    restricted_mean_against: float
    difference: float
    difference_low: float
    difference_high: float
    difference_p: float | None
    medians: list[float | None]
    assumptions: list[str]


class CurveRecord(RebuiltRecord):
    """A reconstruction, with the second group and the comparison where they were asked for."""

    against: NotRequired[RebuiltRecord]
    comparison: NotRequired[ComparisonRecord]


class ExactRecord(GroupRecord):
    """All whole patients behind printed rates (`--exact`)."""

    label: Literal["reconstructed, not patient data"]
    unit: str
    n: int


ReconstructRecord = CurveRecord | ExactRecord


class PowerRecord(TypedDict):
    """Events and patients for a power, or the power of a number of events."""

    hr: float
    alpha: float
    sides: int
    treated_share: float
    events: NotRequired[int]
    schoenfeld_power: NotRequired[float]
    power: NotRequired[float]
    schoenfeld_events: NotRequired[int]
    freedman_events: NotRequired[int]
    schoenfeld_patients: NotRequired[int]
    freedman_patients: NotRequired[int]
    event_chance_control: NotRequired[float]
    event_chance_treated: NotRequired[float]


class NowAndLaterRecord(TypedDict):
    """Geometric means of the ratio at a look, and of the same patients at the end; null where no trial is counted."""

    shown_hr: float | None
    later_hr: float | None


class StageRecord(NowAndLaterRecord):
    """One look; `stopped` is the share of trials that stop there for efficacy."""

    events: int
    critical_z: float
    stopped: float


class LooksRecord(TypedDict):
    """What looks do to simulated trials."""

    kind: str
    power: float
    stages: list[StageRecord]
    stopped_early: NowAndLaterRecord
    all: NowAndLaterRecord


class ShownRecord(TypedDict):
    """What became of trials that showed one ratio at the first look."""

    hr: float
    look_events: int
    trials: int
    share: float
    shown_hr: float
    later_hr: float
    later_nearer_to_one: float


class SimulatedTrialsRecord(TypedDict):
    """Simulated trials; shares are fractions."""

    trials: int
    patients: int
    power: float
    power_low: float
    power_high: float
    events_mean: float
    hr_geometric_mean: float | None
    hr_median: float | None
    hr_p05: float | None
    hr_p95: float | None
    not_estimable: int
    seed: int
    looks: NotRequired[LooksRecord]
    shown: NotRequired[ShownRecord]


class BoundariesRecord(TypedDict):
    """Where to stop, look by look; null where no trial stops."""

    kind: str
    alpha: float
    sides: int
    information: list[float]
    z: list[float]
    nominal_p: list[float]
    alpha_spent: list[float]
    power: NotRequired[float]
    inflation: NotRequired[float]
    expected_information: NotRequired[float]
    expected_information_null: NotRequired[float]
    stopping: NotRequired[list[float]]
    hr: NotRequired[float]
    events: NotRequired[int]
    shown_hr: NotRequired[list[float | None]]


class LaterRecord(TypedDict):
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


class BiasAdjustedRecord(TypedDict):
    """The ratio corrected for the looks of its plan."""

    look: int
    kind: str
    critical_z: float
    crossed: bool
    median_unbiased_hr: float
    median_unbiased_low: float
    median_unbiased_high: float
    mean_unbiased_hr: float
    true_hr: NotRequired[float]
    stops_here: NotRequired[float]
    shows_when_stopped_hr: NotRequired[float | None]


class InterimRecord(TypedDict):
    """What an interim ratio is worth."""

    hr: float
    events: int
    low: float
    high: float
    z: float
    later: NotRequired[LaterRecord]
    corrected: NotRequired[BiasAdjustedRecord]


class RandomiseRecord(TypedDict):
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
