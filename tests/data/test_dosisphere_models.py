"""The search's models, stepwise choice and subgroups are those of the survival core."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.stepwise import stepwise
from yttria.evidence.regression.subgroups import interaction, subgroup_effects
from yttria.values.cohort import Cohort, Column, TimeToEvent

ROOT = Path(__file__).resolve().parents[2]
N = 48


@pytest.fixture(scope="module")
def models() -> Iterator[ModuleType]:
    """Lend the kernels as plain Python, so that no test waits for a compiler."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        module = importlib.import_module("scripts.dosisphere_models")
        for name, kernel in list(vars(module).items()):
            if hasattr(kernel, "py_func"):
                patch.setattr(module, name, kernel.py_func)
        yield module


def drawn(models: ModuleType, seed: int) -> tuple[TimeToEvent, NDArray[np.float64]]:
    """Draw a trial in which resection and bilobar disease act, and a table of facts as the search holds it."""
    draw = np.random.default_rng(seed)
    table = draw.integers(0, 2, (N, models.PRODUCT + 1)).astype(float)
    hazard = np.exp(-1.5 * table[:, models.RESECTED] + 1.2 * table[:, models.BILOBAR])
    time = draw.exponential(10 / hazard) + np.arange(N) * 1e-6
    return TimeToEvent(time, draw.random(N) < 0.85), table


def names(models: ModuleType) -> dict[str, int]:
    return {f"x{place}": int(column) for place, column in enumerate(models.CANDIDATES)}


def cohort_of(outcome: TimeToEvent, columns: dict[str, NDArray[np.float64]]) -> Cohort:
    made = {name: Column(name, x.astype(np.int64), ("0", "1"), x) for name, x in columns.items()}
    return Cohort(outcome, made)


@pytest.mark.parametrize("seed", range(3))
def test_a_model_of_several_factors_is_the_core_s(models: ModuleType, seed: int) -> None:
    outcome, table = drawn(models, seed)
    columns, beta = models.CANDIDATES[:5], np.zeros(9)
    order, event = np.argsort(outcome.time), outcome.observed.astype(np.int64)
    found = models.likelihood(order, event, table, columns, np.ones(N, np.int64), beta)
    fit = cox(outcome, table[:, columns])
    assert found == pytest.approx(fit.loglik, rel=1e-9)
    assert beta[:5] == pytest.approx(fit.coef, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_the_stepwise_choice_is_the_core_s(models: ModuleType, seed: int) -> None:
    outcome, table = drawn(models, seed)
    order, event = np.argsort(outcome.time), outcome.observed.astype(np.int64)
    terms = names(models)
    cohort = cohort_of(outcome, {name: table[:, column] for name, column in terms.items()})
    start = (1 << len(terms)) - 1
    kept = models.stepwise(order, event, table, np.ones(N, np.int64), start)
    chosen = {name for place, name in enumerate(terms) if kept >> place & 1}
    assert chosen == set(stepwise(cohort, list(terms), "aic-both").chosen)


@pytest.mark.parametrize("seed", range(6))
def test_effects_are_consistent_just_where_the_core_finds_them_so(models: ModuleType, seed: int) -> None:
    outcome, table = drawn(models, seed)
    order, event, column = np.argsort(outcome.time), outcome.observed.astype(np.int64), models.ECOG
    who = table[:, :5].astype(np.int64)
    far = models.effects(order, event, who, table, column)
    cohort = cohort_of(outcome, {"arm": table[:, models.ARM], "ecog": table[:, column]})
    tested = interaction(cohort, table[:, models.ARM], cohort["ecog"])
    ratios = [
        group.effect.hr for group in subgroup_effects(cohort, table[:, models.ARM], cohort["ecog"]) if group.effect
    ]
    assert tested.lr_p is not None
    assert (far == 0) == (tested.lr_p >= 0.15 and all(ratio <= models.FAVOURABLE for ratio in ratios))


def test_a_choice_that_keeps_more_or_less_than_the_report_is_off(models: ModuleType) -> None:
    outcome, table = drawn(models, 0)
    order, event, everybody = np.argsort(outcome.time), outcome.observed.astype(np.int64), np.ones(N, np.int64)
    whole = (1 << len(models.CANDIDATES)) - 1
    kept = models.stepwise(order, event, table, everybody, whole)
    assert kept == models.KEPT or models.choice(order, event, table, everybody) > 0
    silent = table.copy()
    silent[:, models.BILOBAR] = np.random.default_rng(5).integers(0, 2, N)
    assert models.choice(order, event, silent, everybody) > 0


@pytest.mark.parametrize(("value", "far"), [(1.9, 0.0), (2.0, 0.0), (2.1, 0.345)])
def test_a_limit_is_kept_below_and_at_it(models: ModuleType, value: float, far: float) -> None:
    assert models.beyond(value, 2.0, 1.0) == pytest.approx(far, abs=1e-3)


def test_stages_are_counted(models: ModuleType) -> None:
    who, table = np.zeros((6, 5), np.int64), np.zeros((6, models.PRODUCT + 1))
    who[:3, models.ARM] = 1
    assert models.counted(who, table) == 0  # three of PDA and three of SDA have neither invasion nor a performance of 1
    table[3, models.ECOG] = 1
    assert models.counted(who, table) == 0
    table[0, models.ECOG] = 1
    assert models.counted(who, table) > 0
