"""Competing risks: Aalen-Johansen cumulative incidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.influence import incidence_variance
from yttria.evidence.riskset import tally
from yttria.values.cohort import Numbers, TimeToEvent

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """Cumulative incidence of each cause at each end of follow-up, with robust standard errors.

    Parameters
    ----------
    time
        Distinct ends of follow-up, ascending.
    estimate, std_err
        Shape (times, causes).
    """

    time: Numbers
    estimate: Matrix
    std_err: Matrix


def cumulative_incidence(outcome: TimeToEvent, cause: NDArray[np.int64], causes: int) -> Incidence:
    """Return the probability to have had each cause by each time, other causes taken for what they are.

    F_k(t) = sum over t_j <= t of S(t_j-) d_kj / n_j, with S of any cause.

    Parameters
    ----------
    outcome
        Times, and whether any cause ended the follow-up.
    cause
        0 where censored, otherwise 1 … `causes`.
    causes
        How many.

    Examples
    --------
    >>> months = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]))
    >>> cumulative_incidence(months, np.array([1, 2, 0, 1]), 2).estimate[-1]
    array([0.75, 0.25])

    Source
    ------
    Aalen and Johansen 1978. Referee: R survival, survfit of a multi-state outcome (infinitesimal jackknife).
    """
    table = tally(outcome)
    place = np.searchsorted(table.time, outcome.time)
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    by_cause = np.zeros((len(table.time), causes))
    died = outcome.observed
    np.add.at(by_cause, (place[died], cause[died] - 1), weight[died])
    before = np.concatenate([[1.0], np.cumprod((table.at_risk - table.events) / table.at_risk)[:-1]])
    estimate = np.cumsum(before[:, None] * by_cause / table.at_risk[:, None], axis=0)
    variance = incidence_variance(outcome, table, cause, by_cause)
    return Incidence(table.time, estimate, np.sqrt(variance))


def cause_codes(causes: Sequence[str | None], names: Sequence[str]) -> NDArray[np.int64]:
    """Return 0 for no cause and 1 … K by the order of `names`."""
    place = {name: k + 1 for k, name in enumerate(names)}
    return np.array([0 if cause is None else place[cause] for cause in causes], dtype=np.int64)
