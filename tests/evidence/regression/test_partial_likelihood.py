"""The partial likelihood beside its definition written out row by row, for few rows (tables) and for many (one pass)."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.partial_likelihood import (
    BLOCK,
    Likelihood,
    event_table,
    exact_likelihood,
    partial_likelihood,
    predictor,
)
from yttria.evidence.survival.risk_set import RiskOrder, risk_order
from yttria.values.cohort import TimeToEvent

DRAW = np.random.default_rng(4)
N = 14
TIME = np.array([3, 3, 3, 5, 5, 6, 7, 7, 7, 8, 9, 9, 4, 10], dtype=float)  # three, two and two die at one time
DIED = np.array([1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0], dtype=bool)
ENTRY = np.array([0, 0, 1, 0, 3, 5, 0, 2, 0, 7, 0, 8, 3.5, 0])
WEIGHT = DRAW.uniform(0.5, 2.0, N)
STRATUM = np.arange(N) % 2
X = np.round(DRAW.normal(size=(2, N)), 2)
BETA = np.array([0.7, -0.4])
PULL = np.round(TIME / 4, 2)

Case = tuple[TimeToEvent, Any]
CASES: dict[str, Case] = {
    "plain": (TimeToEvent(TIME, DIED), None),
    "late": (TimeToEvent(TIME, DIED, entry=ENTRY), None),
    "weights": (TimeToEvent(TIME, DIED, weight=WEIGHT), None),
    "strata": (TimeToEvent(TIME, DIED), STRATUM),
    "all": (TimeToEvent(TIME, DIED, entry=ENTRY, weight=WEIGHT), STRATUM),
    "no ties": (TimeToEvent(np.arange(1.0, N + 1), DIED), None),
}


def events(outcome: TimeToEvent, stratum: Any) -> list[tuple[list[int], list[int]]]:
    """Return who dies and who is at risk at each event time of each stratum, by the definition: entry < t <= time."""
    groups = np.zeros(N, dtype=int) if stratum is None else stratum
    entry = np.full(N, -1.0) if outcome.entry is None else outcome.entry
    found = []
    for group, time in sorted({(g, t) for g, t, d in zip(groups, outcome.time, outcome.observed, strict=True) if d}):
        at_risk = [i for i in range(N) if groups[i] == group and entry[i] < time <= outcome.time[i]]
        found.append(([i for i in at_risk if outcome.observed[i] and outcome.time[i] == time], at_risk))
    return found


def by_definition(case: Case, *, efron: bool, pull: Any = None) -> Callable[[Any], float]:
    outcome, stratum = case
    w = np.ones(N) if outcome.weight is None else outcome.weight

    def value(beta: Any) -> float:
        eta, total = np.asarray(beta) @ X, 0.0
        for dead, at_risk in events(outcome, stratum):
            mean = sum(w[i] for i in dead) / len(dead)
            own = sum(w[i] * eta[i] for i in dead)
            for k in range(len(dead)):
                left = k / len(dead) if efron else 0.0
                own -= mean * math.log(
                    sum(w[i] * math.exp(eta[i]) for i in at_risk) - left * sum(w[i] * math.exp(eta[i]) for i in dead)
                )
            total += own * (1.0 if pull is None else pull[dead[0]])
        return total

    return value


def derivatives(f: Callable[[Any], float]) -> tuple[Any, Any]:
    """Return gradient and minus the Hessian at BETA by central differences."""
    h, unit = 1e-4, np.eye(2)
    score = [(f(BETA + h * e) - f(BETA - h * e)) / (2 * h) for e in unit]
    information = [
        [-(f(BETA + h * (a + b)) - f(BETA + h * (a - b)) - f(BETA - h * (a - b)) + f(BETA - h * (a + b))) / (4 * h * h) for b in unit]
        for a in unit
    ]  # fmt: skip
    return np.array(score), np.array(information)


def rows_of(case: Case, *, few: bool) -> RiskOrder:
    rows = risk_order(*case)
    assert rows.few is not None
    return rows if few else replace(rows, few=None)


def require_definition(found: Likelihood, f: Callable[[Any], float]) -> None:
    score, information = derivatives(f)
    assert found.value == pytest.approx(f(BETA), rel=1e-12)
    assert found.score == pytest.approx(score, abs=1e-6)
    assert found.information == pytest.approx(information, abs=1e-5)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_value_score_and_information_are_those_of_the_definition(case: Case, efron: bool, few: bool) -> None:
    rows = rows_of(case, few=few)
    x = np.ascontiguousarray(X[:, rows.order])
    require_definition(partial_likelihood(rows, x, BETA @ x, efron=efron), by_definition(case, efron=efron))


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("case", [CASES["plain"], CASES["all"]])
def test_a_pull_multiplies_what_each_event_time_contributes(case: Case, few: bool) -> None:
    rows = rows_of(case, few=few)
    x = np.ascontiguousarray(X[:, rows.order])
    found = partial_likelihood(rows, x, BETA @ x, efron=True, pull=PULL[rows.order])
    require_definition(found, by_definition(case, efron=True, pull=PULL))


@pytest.mark.parametrize("few", [True, False])
def test_a_predictor_too_large_for_a_float_gives_no_number_and_no_warning(few: bool) -> None:
    rows = rows_of(CASES["plain"], few=few)
    found = partial_likelihood(rows, X[:, rows.order], np.full(N, 1e4), efron=True)
    assert not math.isfinite(found.value)


@pytest.mark.parametrize("n", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
def test_the_predictor_is_the_product_whatever_the_block(n: int) -> None:
    x = DRAW.normal(size=(3, n))
    beta = np.array([1.0, -2.0, 0.5])
    assert predictor(beta, x) == pytest.approx(x[0] - 2 * x[1] + 0.5 * x[2], abs=1e-12)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("efron", [True, False])
@pytest.mark.parametrize(
    "case", [CASES["late"], CASES["strata"], CASES["all"], CASES["no ties"]], ids=["late", "strata", "all", "no ties"]
)
def test_the_event_table_holds_hazards_means_and_variances_of_each_event_time(
    case: Case, efron: bool, few: bool
) -> None:
    outcome, stratum = case
    rows = rows_of(case, few=few)
    x = np.ascontiguousarray(X[:, rows.order])
    found = event_table(rows, x, BETA @ x, efron=efron)
    w = np.ones(N) if outcome.weight is None else outcome.weight
    risk = w * np.exp(BETA @ X - float((BETA @ X).max()))
    away = X - X.mean(axis=1)[:, None]
    wanted = events(outcome, stratum)
    assert found.deaths.tolist() == [len(dead) for dead, _ in wanted]
    assert found.time.tolist() == [outcome.time[dead[0]] for dead, _ in wanted]
    assert found.origin == pytest.approx(X.mean(axis=1))
    assert found.shift == pytest.approx(float((BETA @ X).max()))
    for row, (dead, at_risk) in enumerate(wanted):
        mean, d = w[dead].mean(), len(dead)
        left = [k / d if efron else 0.0 for k in range(d)]
        sums = [risk[at_risk].sum() - f * risk[dead].sum() for f in left]
        means = [
            (away[:, at_risk] @ risk[at_risk] - f * away[:, dead] @ risk[dead]) / s
            for f, s in zip(left, sums, strict=True)
        ]
        assert found.hazard[row] == pytest.approx(sum(mean / s for s in sums))
        assert found.hazard_own[row] == pytest.approx(sum(mean * (1 - f) / s for f, s in zip(left, sums, strict=True)))
        assert found.mean[row] == pytest.approx(np.mean(means, axis=0))
        assert found.square[row] == pytest.approx(sum(mean / s**2 for s in sums))
        assert found.pulled[row] == pytest.approx(sum(mean / s * m for s, m in zip(sums, means, strict=True)))
        assert found.pulled_own[row] == pytest.approx(
            sum(mean * (1 - f) / s * m for f, s, m in zip(left, sums, means, strict=True))
        )


@pytest.mark.parametrize("case", [CASES["plain"], CASES["late"], CASES["strata"]])
def test_the_exact_likelihood_counts_every_choice_of_as_many_deaths(case: Case) -> None:
    outcome, stratum = case

    def f(beta: Any) -> float:
        eta, total = np.asarray(beta) @ X, 0.0
        for dead, at_risk in events(outcome, stratum):
            choices = itertools.combinations(at_risk, len(dead))
            total += eta[dead].sum() - math.log(sum(math.exp(eta[list(c)].sum()) for c in choices))
        return total

    rows = risk_order(outcome, stratum)
    x = np.ascontiguousarray(X[:, rows.order])
    require_definition(exact_likelihood(rows, x, BETA @ x), f)
