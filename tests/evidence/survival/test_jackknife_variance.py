"""Robust variances: the running sums against the definition."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from yttria.evidence.survival.jackknife_variance import survival_variance
from yttria.evidence.survival.risk_set import tally
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]


def by_definition(outcome: TimeToEvent, cluster: Any) -> Any:
    """Return the sum over clusters of squared weighted derivatives of log S, row by row."""
    table = tally(outcome)
    entry = np.full(len(outcome), -1.0) if outcome.entry is None else outcome.entry
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    shift = np.zeros((len(outcome), len(table.time)))
    for j, (t, n, d) in enumerate(zip(table.time, table.at_risk, table.events, strict=True)):
        if n - d <= 0:
            shift[:, j:] = np.nan
            break
        at_risk = (entry < t) & (outcome.time >= t)
        shift[:, j] = at_risk * d / (n * (n - d)) - (outcome.observed & (outcome.time == t)) / (n - d)
    moved = np.cumsum(shift, axis=1) * weight[:, None]
    grouped = np.stack([moved[cluster == c].sum(axis=0) for c in np.unique(cluster)])
    return (grouped**2).sum(axis=0)


@pytest.mark.parametrize("name", ["plain", "late"])
@pytest.mark.parametrize("column", [None, "site"])
def test_running_sums_are_the_sum_of_squared_derivatives(
    name: str, column: str | None, outcome: Make, patients: Any
) -> None:
    rows = outcome(name, "weight")
    cluster = np.arange(len(rows)) if column is None else patients[column]
    found = survival_variance(rows, tally(rows), None if column is None else cluster)
    np.testing.assert_allclose(found, by_definition(rows, cluster), rtol=1e-9, atol=1e-15)


def test_without_weights_and_clusters_it_is_greenwood(outcome: Make) -> None:
    rows = outcome()
    table = tally(rows)
    alive = table.survival > 0
    np.testing.assert_allclose(survival_variance(rows, table)[alive], table.greenwood[alive], rtol=1e-9)
