"""Pairs of many rows by trees of ranks and pairs of few rows by tables are the same."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yttria.evidence.regression.concordance import concordance
from yttria.evidence.survival import risk_set
from yttria.values.cohort import TimeToEvent


@settings(deadline=None, max_examples=60)
@example(seed=35, late=True, weighted=True, strata=3)  # no pair, and weights that do not sum to zero once all have left
@given(seed=st.integers(0, 10_000), late=st.booleans(), weighted=st.booleans(), strata=st.integers(1, 3))
def test_concordance_is_the_same_by_trees_and_by_tables(*, seed: int, late: bool, weighted: bool, strata: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    time = rng.integers(2, 12, n).astype(float)
    entry = time - rng.integers(1, 9, n).astype(float) if late else None
    outcome = TimeToEvent(time, rng.random(n) < 0.7, entry=entry, weight=rng.uniform(0.4, 3, n) if weighted else None)
    prediction = rng.integers(0, 9, n).astype(float)
    stratum = rng.integers(0, strata, n) if strata > 1 else None
    few = concordance(outcome, prediction, stratum=stratum)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(risk_set, "FEW_CELLS", -1)
        many = concordance(outcome, prediction, stratum=stratum)
    for name in ("c", "se", "concordant", "discordant", "tied"):
        assert getattr(few, name) == pytest.approx(getattr(many, name), rel=1e-10, abs=1e-12, nan_ok=True), name
