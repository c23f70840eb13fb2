"""What `yttria claims` is asked and answers: whether the printed numbers of a paper agree with themselves, and with a cohort."""

from pathlib import Path
from typing import Annotated, Literal

from yttria.contract.base import Argument, Number, Request, Result


class ClaimsRequest(Request):
    """A table of printed numbers."""

    table: Annotated[Path, Argument()]
    """CSV, one printed number a row; or the word dosisphere."""
    beside: Path | None = None
    """Cohort CSV whose numbers are printed beside; or the word dosisphere, for the reconstructed one."""
    protocol: Path | None = None
    """Protocol (TOML) of that cohort."""


class PublishedInterval(Result):
    """What happened between two printed times."""

    time: Number
    """The later of the two, in the claim's unit."""
    deaths: int
    """Patients who died between them."""
    censored: int
    """Patients censored between them."""
    at_risk: int
    """Patients at risk at its end."""
    rate_percent: float
    """Survival at its end, exact."""
    low_percent: Number
    """Lower limit of it."""
    high_percent: Number
    """Upper limit of it."""


class WholePatients(Result):
    """Whole patients that give every printed number of a group."""

    n: int
    """Patients."""
    deaths: int
    """Deaths among them."""
    order: str
    """d died and c was censored, in order of time; "|" is a printed time."""
    orders: int
    """How many orders of the same counts give the same prints."""
    scales: list[str]
    """Scales of the limits that fit."""
    intervals: list[PublishedInterval]
    """Each interval between printed times."""


class GroupSolutions(Result):
    """The whole patients behind the printed rates of a group."""

    searched: bool
    """Whether the search was begun."""
    scales: list[str]
    """Scales of the limits that fit."""
    n_possible: list[int]
    """Numbers of patients that can be."""
    n_undecided: list[int]
    """Numbers of patients whose search was not finished."""
    solutions: list[WholePatients]
    """All that give the printed numbers."""


class Contradiction(Result):
    """A contradiction that the printed numbers show by themselves."""

    code: str
    """Stable name of its kind."""
    lines: list[int]
    """Lines of the table that it stands on."""
    subject: str
    """What it is about."""
    printed: str
    """The numbers as printed."""
    why: str
    """What is impossible about them."""
    agrees: str
    """What would agree."""
    do: str
    """What to do."""


class CheckedClaim(Result):
    """What the checks found out about one row of the table."""

    line: int
    """Line of the table."""
    place: str
    """Where it is printed."""
    kind: Literal["hr", "or", "rr", "rate", "median", "mean_sd", "percent", "count", "two_by_two"]
    """Kind of statistic."""
    subject: str
    """Group or contrast."""
    time: Number
    """Time of a rate."""
    printed: str
    """As printed."""
    checked: list[str]
    """Checks that could be made."""
    flags: list[str]
    """Codes of the contradictions that stand on it."""
    p_is: list[str]
    """Tests whose P it can be, the nearest first."""
    least_events: int | None
    """Fewest events with which its limits can be so narrow."""
    prints: dict[str, Literal["rounded", "truncated"]]
    """How each number became its print, where the exact one is known."""
    scales: list[str]
    """Scales of the limits that fit."""


class AuditResult(Result):
    """A table of claims, checked against itself."""

    claims: int
    """Printed claims."""
    flagged: int
    """How many stand in a contradiction."""
    agree: int
    """How many agree with what they were checked against."""
    not_checkable: int
    """How many no number in the table can decide."""
    flags: list[Contradiction]
    """Contradictions, in order of the table."""
    rows: list[CheckedClaim]
    """Each row of the table."""
    groups: dict[str, GroupSolutions]
    """Whole patients behind the rates, by group."""


class NumberComparison(Result):
    """One printed number beside the cohort's."""

    line: int
    """Line of the table."""
    place: str
    """Where it is printed."""
    subject: str
    """Group or contrast."""
    time: Number
    """Time of a rate."""
    part: str
    """value, low, high, sd, p or events."""
    printed: str
    """As printed."""
    ours: Number
    """From the cohort; null where it does not exist."""
    verdict: Literal["agrees", "truncated", "differs"]
    """agrees (rounded, or exactly), truncated, or differs."""
    why: str
    """Why it differs, or of which test an agreeing P is."""
    unit: str
    """Unit of time."""


class CohortComparisonResult(Result):
    """Printed numbers beside those of a cohort (`--beside`)."""

    numbers: int
    """Printed numbers that the cohort has too."""
    agrees: int
    """How many agree."""
    truncated: int
    """How many agree by truncation."""
    differs: int
    """How many differ."""
    cells: list[NumberComparison]
    """Each of them."""


ClaimsResult = AuditResult | CohortComparisonResult
