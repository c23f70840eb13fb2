"""Firth's penalty: against a maximiser that knows nothing of ours."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.firth import penalised
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def three() -> TimeToEvent:
    """Return the example of R coxphf: times 1, 2, 3, all dead, x = 1, 1, 0."""
    return TimeToEvent(np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=bool))


def hill(b: float) -> float:
    """Return its penalised log-likelihood by hand: 2b - ln(2e^b + 1) - ln(e^b + 1) + ln(I) / 2."""
    e = np.exp(b)
    information = 2 * e / (2 * e + 1) ** 2 + e / (e + 1) ** 2
    return float(2 * b - np.log(2 * e + 1) - np.log(e + 1) + 0.5 * np.log(information))


def test_the_smallest_monotone_example_has_its_maximum_where_calculus_puts_it() -> None:
    fit = cox(three(), np.array([[1.0], [1.0], [0.0]]), ["x"])
    assert fit.endless.all()
    top = minimize_scalar(lambda b: -hill(b), bracket=(0, 2), options={"xtol": 1e-12})
    found = penalised(fit)["x"]
    assert found.coef == pytest.approx(top.x, abs=1e-6)
    fall = hill(top.x) - 3.841458820694124 / 2
    low = brentq(lambda b: hill(b) - fall, -20, top.x, xtol=1e-12)
    assert np.log(found.low) == pytest.approx(low, abs=1e-6)


def test_it_agrees_with_a_blind_maximiser_in_two_dimensions() -> None:
    rng = np.random.default_rng(3)
    time, x = np.arange(1.0, 25.0), rng.normal(size=24)
    treated = np.repeat([1.0, 0.0], 12)
    observed = np.concatenate([np.ones(12, dtype=bool), np.zeros(12, dtype=bool)])
    fit = cox(TimeToEvent(time, observed), np.column_stack([x, treated]), ["x", "treated"])

    def down(b: np.ndarray) -> float:
        eta = x * b[0] + treated * b[1]
        value, information = 0.0, np.zeros((2, 2))
        design = np.column_stack([x, treated])
        for i in np.flatnonzero(observed):
            w = np.exp(eta[i:])
            mean = w @ design[i:] / w.sum()
            value += eta[i] - np.log(w.sum())
            information += (design[i:].T * w) @ design[i:] / w.sum() - np.outer(mean, mean)
        return -value - 0.5 * float(np.linalg.slogdet(information)[1])

    wanted = minimize(
        down, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 4000}
    ).x
    found = penalised(fit)
    assert [found["x"].coef, found["treated"].coef] == pytest.approx(wanted, abs=1e-5)


def test_a_finite_estimate_is_drawn_towards_zero() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=40)
    outcome = TimeToEvent(rng.exponential(np.exp(-x)), np.ones(40, dtype=bool))
    fit = cox(outcome, x[:, None], ["x"])
    assert 0 < penalised(fit)["x"].coef < fit.coef[0]


def test_exact_ties_are_refused() -> None:
    with pytest.raises(EvidenceError, match="Efron's and Breslow's"):
        penalised(cox(three(), np.array([[1.0], [1.0], [0.0]]), ties="exact"))
