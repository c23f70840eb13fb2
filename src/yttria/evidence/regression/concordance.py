"""Harrell's concordance with its infinitesimal-jackknife error, O(n log n)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.survival.risk_set import RiskOrder, RiskTables, risk_order
from yttria.values.cohort import Numbers, TimeToEvent

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the higher prediction lives longer; ties in the prediction count one half."""

    c: float
    se: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    outcome: TimeToEvent,
    prediction: Numbers,
    *,
    stratum: NDArray[Any] | None = None,
    cluster: NDArray[Any] | None = None,
) -> Concordance:
    """Return Harrell's C of a prediction of survival: higher means longer.

    A pair counts when one had the event while the other was at risk and was not gone at the same time with the event too.

    Parameters
    ----------
    outcome
        Times and events; weights multiply pairs, late entry limits them.
    prediction
        One a row; minus the linear predictor of a Cox model.
    stratum
        Pairs are taken within strata.
    cluster
        Rows that belong together, for the error.

    Returns
    -------
    Concordance
        NaN where no pair can be compared.

    Examples
    --------
    >>> months = TimeToEvent(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))
    >>> concordance(months, np.array([0.1, 0.2, 0.3])).c
    1.0

    Source
    ------
    Harrell et al. 1982, doi:10.1001/jama.1982.03320430047030. Referee: R survival, concordance.
    """
    rows = risk_order(outcome, stratum)
    rank = np.unique(prediction, return_inverse=True)[1].astype(np.int64)[rows.order]
    if rows.few is not None:
        counts, pull = _few_pairs(rows, rows.few, rank)
    else:
        from yttria.evidence.regression.concordant_pairs import concordant_pairs  # noqa: PLC0415  half a second that few rows do not need

        counts, pull = concordant_pairs(
            rank, rows.observed, rows.weight, rows.start, rows.begins, rows.leaving, rows.leave, rows.stays
        )
    pairs = counts.sum()
    if (
        not pairs > 4 * np.finfo(np.float64).eps * rows.weight.sum() ** 2
    ):  # less is what rounding leaves of weights that came and went
        return Concordance(*(float("nan"),) * 2, 0.0, 0.0, 0.0)
    somers = (counts[0] - counts[1]) / pairs
    moved: Numbers = np.empty(len(rank))
    moved[rows.order] = rows.weight * ((pull[:, 0] - pull[:, 1]) - somers * pull.sum(axis=1)) / pairs
    if cluster is not None:
        moved = np.asarray(np.bincount(np.unique(cluster, return_inverse=True)[1], weights=moved))
    se = 0.5 * float(np.sqrt(np.sum(moved**2)))
    return Concordance(float((somers + 1) / 2), se, *(float(c) for c in counts))


def _few_pairs(rows: RiskOrder, few: RiskTables, rank: Whole) -> tuple[Numbers, Matrix]:
    """Return weighted concordant, discordant and tied pairs, and each row's share in them, from tables of few rows."""
    dead = few.dead.nonzero()[1]
    met = (few.at_risk - few.dead)[few.step]
    own = rank[dead][:, None]
    counts, pull = np.zeros(3), np.zeros((len(rank), 3))
    for kind, how in enumerate((rank > own, rank < own, rank == own)):
        pairs = met * how
        pull[:, kind] = rows.weight[dead] @ pairs
        mine = pairs @ rows.weight
        pull[dead, kind] += mine
        counts[kind] = rows.weight[dead] @ mine
    return counts, pull
