"""What the checks of one claim find out, and the numbers of a claim as they are printed."""

import math
from dataclasses import dataclass, field

from yttria.evidence.published.claim import Claim, PrintedP
from yttria.evidence.published.reported_ratio import Span
from yttria.evidence.published.rounding import Printed, PrintedBound


@dataclass(slots=True)
class Reading:
    """What the checks found out about one claim.

    Parameters
    ----------
    claim
        The row.
    flagged
        Codes of the flags that stand on it.
    p_is
        Tests whose P it can be, the nearest first: "wald", "logrank", "pearson" …; empty where no P is printed.
    least_events
        Fewest events with which its limits can be so narrow; None where that is not asked.
    prints
        How each number became its print, where the exact one is known: "rounded" or "truncated".
    checked
        Checks that could be made.
    scales
        Scales of the limits that fit the printed numbers: of a rate log, log-log, plain, logit, arcsin (or a binomial interval by
        its name), of a ratio log, plain, profile.
    """

    claim: Claim
    flagged: list[str] = field(default_factory=list)
    p_is: tuple[str, ...] = ()
    least_events: int | None = None
    prints: dict[str, str] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    scales: tuple[str, ...] = ()


def printed_number(claim: Claim, part: str) -> Printed | PrintedBound | PrintedP | None:
    """Return a number of a claim as printed: the value may be a bound."""
    result: Printed | PrintedBound | PrintedP | None = getattr(claim, part)
    return claim.bound if result is None and part == "value" else result


def printed_text(claim: Claim, part: str) -> str:
    """Return a number of a claim as it is printed; empty where it is not."""
    result = printed_number(claim, part)
    return "" if result is None else result.text


def printed_span(claim: Claim, part: str) -> Span:
    """Return what a printed number of a claim can have been."""
    result = printed_number(claim, part)
    return (-math.inf, math.inf) if result is None else result.span
