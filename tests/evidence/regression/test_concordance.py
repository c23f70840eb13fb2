"""Harrell's C against all pairs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.evidence.regression.concordance import concordance
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]


def by_pairs(outcome: TimeToEvent, prediction: NDArray[np.float64], stratum: Any) -> tuple[float, float, float]:
    """Return weighted concordant, discordant and tied pairs, one pair at a time."""
    entry = np.full(len(outcome), -1.0) if outcome.entry is None else outcome.entry
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    counts = [0.0, 0.0, 0.0]
    for i in np.flatnonzero(outcome.observed):
        t = outcome.time[i]
        for j in range(len(outcome)):
            longer = outcome.time[j] > t or (outcome.time[j] == t and not outcome.observed[j])
            if longer and entry[j] < t and stratum[i] == stratum[j]:
                kind = 0 if prediction[j] > prediction[i] else 1 if prediction[j] < prediction[i] else 2
                counts[kind] += weight[i] * weight[j]
    return counts[0], counts[1], counts[2]


@pytest.mark.parametrize("name", ["plain", "late"])
@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("column", [None, "centre"])
def test_it_counts_every_pair_once(
    name: str, weight: str | None, column: str | None, outcome: Make, patients: Any
) -> None:
    rows = outcome(name, weight)
    stratum = None if column is None else patients[column].astype(int)
    found = concordance(rows, patients["age"], stratum=stratum)
    wanted = by_pairs(rows, patients["age"], np.zeros(len(rows)) if stratum is None else stratum)
    np.testing.assert_allclose((found.concordant, found.discordant, found.tied), wanted, rtol=1e-12)


def test_turning_the_prediction_round_turns_the_concordance_round(outcome: Make, patients: Any) -> None:
    here, there = concordance(outcome(), patients["age"]), concordance(outcome(), -patients["age"])
    assert here.c + there.c == pytest.approx(1)
    assert here.se == pytest.approx(there.se)


def test_a_constant_prediction_is_worth_one_half(outcome: Make) -> None:
    assert concordance(outcome(), np.ones(48)).c == 0.5


def test_without_an_event_there_is_nothing_to_compare(outcome: Make) -> None:
    assert np.isnan(concordance(outcome("none"), np.arange(3.0)).c)
