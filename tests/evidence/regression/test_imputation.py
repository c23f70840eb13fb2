"""Multiple imputation: mice's pooling, values that were seen, a truth that is found again, one seed one result."""

import math
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.imputation import Incomplete, imputed_tables, nearest_donors, pooled
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def test_rubins_rules_are_those_of_mice(effects: dict[str, Any]) -> None:
    expected = effects["pool"]
    made = pooled(expected["estimates"], expected["variances"], complete_df=expected["dfcom"])
    assert (made.coef, made.within, made.between) == pytest.approx(
        (expected["mean"], expected["within"], expected["between"]), rel=1e-12
    )
    assert made.se**2 == pytest.approx(expected["total"], rel=1e-12)
    assert (made.df, made.fmi) == pytest.approx((expected["df"], expected["fmi"]), rel=1e-9)
    assert made.low < made.hr < made.high


def test_with_nothing_missing_the_model_is_its_own() -> None:
    made = pooled([0.5] * 5, [0.04] * 5, complete_df=40)
    assert (made.coef, made.se, made.between) == pytest.approx((0.5, 0.2, 0), abs=1e-12)
    assert made.df == pytest.approx(41 / 43 * 40, rel=2e-4)
    assert math.log(made.high) - math.log(made.hr) == pytest.approx(2.0244 * 0.2, rel=1e-3)


def incomplete(seed: int, n: int = 400) -> tuple[dict[str, Incomplete], np.ndarray, dict[str, np.ndarray]]:
    """Return a number, a factor of two and one of three levels that hang together, a third missing at random."""
    random = np.random.default_rng(seed)
    size = random.normal(60, 15, n)
    pvt = (random.random(n) < 1 / (1 + np.exp(-(size - 60) / 10))).astype(float)
    stage = np.clip(np.round((size - 60) / 15 + 1 + random.normal(0, 0.6, n)), 0, 2)
    time = random.exponential(np.exp(-0.03 * (size - 60) - 0.5 * pvt))
    gaps = random.random((3, n)) < 0.3
    gaps[2] &= time > np.median(time)  # missing at random: it depends on what is known
    cells = {"size": size, "pvt": pvt, "stage": stage}
    holed = {
        name: Incomplete(np.where(gap, np.nan, values), levels)
        for (name, values), gap, levels in zip(cells.items(), gaps, (0, 2, 3), strict=True)
    }
    return holed, time, cells


def test_every_gap_is_filled_with_a_value_that_was_seen_and_nothing_known_changes() -> None:
    holed, time, _ = incomplete(1)
    also = np.column_stack([np.ones(len(time)), time])
    for table in imputed_tables(holed, also, imputations=3, seed=1):
        for name, one in holed.items():
            known = ~np.isnan(one.values)
            assert (table[name][known] == one.values[known]).all()
            assert set(table[name]) <= set(one.values[known])


def test_the_same_seed_gives_the_same_tables_and_another_gives_others() -> None:
    holed, time, _ = incomplete(1)
    one, same, other = (imputed_tables(holed, time[:, None], imputations=2, seed=seed) for seed in (5, 5, 6))
    assert all((one[k][name] == same[k][name]).all() for k in range(2) for name in holed)
    assert any((one[0][name] != other[0][name]).any() for name in holed)
    assert any((one[0][name] != one[1][name]).any() for name in holed)


def test_the_truth_is_found_again_without_the_bias_of_an_average() -> None:
    found, n = [], 400
    for seed in range(6):
        holed, time, _ = incomplete(seed, n)
        order = np.argsort(time)
        hazard = np.empty(n)
        hazard[order] = np.cumsum(1 / np.arange(n, 0, -1))
        tables = imputed_tables(holed, np.column_stack([hazard, np.ones(n)]), imputations=5, seed=seed)
        outcome = TimeToEvent(time, np.ones(n, dtype=bool))
        fits = [cox(outcome, np.column_stack([t["size"], t["pvt"]])) for t in tables]
        found.append([np.mean([fit.coef[j] for fit in fits]) for j in range(2)])
    size, pvt = np.mean(found, axis=0)
    assert size == pytest.approx(0.03, abs=0.006)
    assert pvt == pytest.approx(0.5, abs=0.15)


def test_too_few_tables_and_a_covariate_never_known_are_refused() -> None:
    holed, time, _ = incomplete(1)
    with pytest.raises(EvidenceError, match="two tables"):
        imputed_tables(holed, time[:, None], imputations=1, seed=1)
    with pytest.raises(EvidenceError, match="empty is hardly ever known"):
        imputed_tables({"empty": Incomplete(np.full(10, np.nan))}, np.ones((10, 1)), imputations=2, seed=1)


def test_donors_are_those_of_every_distance_and_a_hundred_thousand_rows_need_no_square() -> None:
    random = np.random.default_rng(9)
    known, wanted = random.normal(size=60), random.normal(size=25) * 2
    found = nearest_donors(known, wanted)
    away = np.sort(np.abs(wanted[:, None] - known[None, :]), axis=1)[:, :5]
    assert np.abs(wanted[:, None] - known[found]) == pytest.approx(away)
    assert all(len(set(row)) == 5 for row in found.tolist())
    assert nearest_donors(random.normal(size=100_000), random.normal(size=50_000)).shape == (50_000, 5)
    assert nearest_donors(known[:3], wanted).shape == (25, 3)
