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
