"""The search's own curves and ratios are those of the survival core."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def search() -> Iterator[ModuleType]:
    """Lend the script by its own name: what numba has kept of it on disk is found by that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        yield importlib.import_module("scripts.dosisphere_search")


@pytest.mark.parametrize("seed", range(6))
def test_curves_and_ratios_are_those_of_the_core(search: ModuleType, seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = 40
    time = draw.permutation(np.arange(1, n + 1) * 1.7)
    event = (draw.random(n) < 0.8).astype(np.int64)
    x, y = draw.integers(0, 2, n), draw.integers(0, 2, n)
    member = (draw.random(n) < 0.8).astype(np.int64)
    order, line, out = np.argsort(time), np.zeros(search.MEDIAN + 4), np.zeros(9)
    search.curve.py_func(order, time, event, member, line)
    search.ratios.py_func(order, event, x, y, member, True, out)
    inside = TimeToEvent(time, event == 1).rows(member == 1)
    km, fit = kaplan_meier(inside), cox(inside, np.column_stack([x, y])[member == 1].astype(float))
    for k, when in enumerate(search.TIMES):
        rate = km.at(when)
        assert line[3 * k : 3 * k + 3] == pytest.approx([100 * rate.survival, 100 * rate.low, 100 * rate.high])
    wanted = [search.NEVER if np.isnan(v) else v for v in km.median]
    assert line[search.MEDIAN : search.MEDIAN + 3] == pytest.approx(wanted)
    for j in (0, 1):
        entry = fit.coefficient(j)
        assert out[4 * j : 4 * j + 4] == pytest.approx([entry.hr, entry.low, entry.high, entry.p], rel=1e-6)
    search.ratios.py_func(order, event, x, x, member, False, out)
    test = logrank(inside, x[member == 1]).test
    assert test is not None
    assert out[8] == pytest.approx(test.p)
