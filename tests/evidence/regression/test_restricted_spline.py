"""Restricted cubic splines: the knots, curves and tests of R's rms."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.restricted_spline import harrell_knots, spline_basis, spline_model
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

CASES = [("four", 4, 140, False), ("five", 5, 140, True), ("three", 3, 80, False), ("six", 6, 140, False), ("seven", 7, 140, False)]  # fmt: skip


@pytest.mark.parametrize(("name", "count", "rows", "adjusted"), CASES)
def test_knots_curve_and_tests_are_those_of_rms(
    effects: dict[str, Any], name: str, count: int, rows: int, adjusted: bool
) -> None:
    table = {k: np.array(v[:rows]) for k, v in effects["table"].items()}
    expected, dose = effects["spline"][name], table["dose"].astype(float)
    knots = harrell_knots(dose, count)
    assert knots == pytest.approx(expected["knots"], rel=1e-12)
    outcome = TimeToEvent(table["time"], table["event"] == 1)
    model = spline_model(outcome, dose, knots, adjust=table["pvt"][:, None].astype(float) if adjusted else None)
    assert model.overall is not None
    assert model.nonlinear is not None
    assert model.overall.chi2 == pytest.approx(expected["overall"], rel=1e-7)
    assert model.nonlinear.chi2 == pytest.approx(expected["nonlinear"], rel=1e-6)
    assert (model.overall.df, model.nonlinear.df) == (count - 1, count - 2)
    x, hr, low, high = model.curve()
    assert (x[0], x[-1], len(x) >= 100) == (dose.min(), dose.max(), True)
    for k, end in ((0, 0), (-1, -1)):
        found = (hr[k], low[k], high[k])
        assert found == pytest.approx([expected[key][end] for key in ("hr", "low", "high")], rel=1e-6)


def test_below_a_hundred_values_the_outer_knots_are_the_fifth_from_each_end() -> None:
    values = np.arange(1.0, 201)
    assert harrell_knots(values[:99], 4)[::3] == (5.0, 95.0)
    assert harrell_knots(values[:100], 4)[::3] == pytest.approx((5.95, 95.05))
    assert harrell_knots(values[:101], 4)[::3] == pytest.approx((6.0, 96.0))


def test_the_ratio_is_one_at_the_reference_and_straight_beyond_the_outer_knots(effects: dict[str, Any]) -> None:
    table = {k: np.array(v) for k, v in effects["table"].items()}
    outcome = TimeToEvent(table["time"], table["event"] == 1)
    model = spline_model(outcome, table["dose"].astype(float), (100, 205, 300), reference=205)
    x, hr, low, high = model.curve()
    at = int(np.argmin(np.abs(x - 205)))
    assert (low[at] <= hr[at], hr[at] <= high[at]) == (True, True)
    beyond = np.log(hr[x > 300])
    assert np.abs(np.diff(beyond, 2)).max() < 1e-12
    basis = spline_basis(np.array([50.0, 80, 100]), (100, 205, 300))
    assert (basis[:, 1] == 0).all()


def test_a_straight_truth_is_seldom_called_curved() -> None:
    random = np.random.default_rng(8)
    curved, trials = 0, 400
    for _ in range(trials):
        x = random.normal(size=150)
        time = random.exponential(np.exp(-0.4 * x))
        model = spline_model(TimeToEvent(time, np.ones(150, dtype=bool)), x, harrell_knots(x, 4))
        assert model.nonlinear is not None
        curved += model.nonlinear.p < 0.05
    assert curved / trials < 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)


@pytest.mark.parametrize(("knots", "match"), [(2, "3 to 7"), (8, "3 to 7")])
def test_other_numbers_of_knots_are_refused(knots: int, match: str) -> None:
    with pytest.raises(EvidenceError, match=match):
        harrell_knots(np.arange(200.0), knots)


def test_ties_few_values_and_few_events_are_refused() -> None:
    with pytest.raises(EvidenceError, match="ties"):
        harrell_knots(np.array([1.0] * 90 + [2.0] * 90), 5)
    with pytest.raises(EvidenceError, match="at least 9"):
        harrell_knots(np.arange(8.0), 3)
    with pytest.raises(EvidenceError, match="ascending"):
        spline_basis(np.arange(5.0), (3, 2, 1))
    with pytest.raises(EvidenceError, match="fewer knots"):
        spline_model(TimeToEvent(np.arange(1.0, 10), np.arange(9) < 3), np.arange(9.0), (1, 3, 5, 7))
