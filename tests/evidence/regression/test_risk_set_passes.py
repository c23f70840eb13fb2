"""The compiled passes of many rows and the tables of few rows say the same."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.evidence.regression.partial_likelihood import event_table, partial_likelihood
from yttria.evidence.survival.risk_set import FEW_CELLS, RiskOrder, risk_order
from yttria.values.cohort import TimeToEvent

Rows = tuple[RiskOrder, np.ndarray, np.ndarray]


def made(seed: int, *, late: bool, weighted: bool, strata: int) -> Rows:
    """Return rows in risk order with two covariates and a predictor: ties, and where asked late entries, weights and strata."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    time = rng.integers(2, 12, n).astype(float)
    observed = rng.random(n) < 0.6
    observed[0] = True
    entry = time - rng.integers(1, 9, n).astype(float) if late else None
    outcome = TimeToEvent(time, observed, entry=entry, weight=rng.uniform(0.4, 3, n) if weighted else None)
    rows = risk_order(outcome, rng.integers(0, strata, n) if strata > 1 else None)
    return rows, rng.normal(size=(2, n)), rng.normal(size=n)


cases = given(seed=st.integers(0, 10_000), late=st.booleans(), weighted=st.booleans(), strata=st.integers(1, 3))


@settings(deadline=None, max_examples=60)
@cases
def test_value_score_and_information_are_the_same_by_tables_and_by_passes(
    *, seed: int, late: bool, weighted: bool, strata: int
) -> None:
    rows, x, eta = made(seed, late=late, weighted=weighted, strata=strata)
    assert rows.few is not None
    pull = 1.0 + rows.time / 10
    for efron in (True, False):
        for factor in (None, pull):
            few = partial_likelihood(rows, x, eta, efron=efron, pull=factor)
            many = partial_likelihood(replace(rows, few=None), x, eta, efron=efron, pull=factor)
            assert few.value == pytest.approx(many.value, rel=1e-10, abs=1e-10)
            assert few.score == pytest.approx(many.score, rel=1e-9, abs=1e-9)
            assert few.information == pytest.approx(many.information, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=40)
@cases
def test_hazards_and_means_at_risk_are_the_same_by_tables_and_by_passes(
    *, seed: int, late: bool, weighted: bool, strata: int
) -> None:
    rows, x, eta = made(seed, late=late, weighted=weighted, strata=strata)
    few, many = event_table(rows, x, eta, efron=True), event_table(replace(rows, few=None), x, eta, efron=True)
    for name in ("time", "stratum", "deaths", "hazard", "hazard_own", "pulled", "pulled_own", "mean", "square"):
        assert getattr(few, name) == pytest.approx(getattr(many, name), rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize(("more", "tables"), [(-1, True), (0, True), (1, False)])
def test_tables_are_made_up_to_their_limit_of_rows_times_events(*, more: int, tables: bool) -> None:
    events = 100
    n = FEW_CELLS // events + more
    outcome = TimeToEvent(np.arange(1.0, n + 1), np.arange(n) < events)
    assert (risk_order(outcome).few is not None) == tables


@pytest.mark.parametrize("shift", [-30.0, -20.0, 20.0, 30.0])
def test_a_constant_in_the_predictor_changes_nothing_however_many_die_at_once(shift: float) -> None:
    # the product of sixty risks leaves the range of a double, its logarithm does not
    outcome = TimeToEvent(np.repeat([1.0, 2.0], [60, 80]), np.repeat([True, False], [60, 80]))
    rows = replace(risk_order(outcome), few=None)
    draw = np.random.default_rng(4)
    x, eta = draw.normal(size=(1, 140)), draw.normal(size=140)
    for efron in (True, False):
        plain, moved = (partial_likelihood(rows, x, eta + by, efron=efron) for by in (0.0, shift))
        assert moved.value == pytest.approx(plain.value, rel=1e-9)
        assert moved.score == pytest.approx(plain.score, rel=1e-8)
