"""Matching-adjusted weights: targets met exactly, R's effective size, refusals beyond the hull."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.matching_adjustment import matching_adjustment
from yttria.values.errors import EvidenceError


def ours(effects: dict[str, Any]) -> dict[str, np.ndarray]:
    table = {k: np.array(v) for k, v in effects["table"].items()}
    kept = table["treated"] == 1
    return {name: table[name][kept].astype(float) for name in ("age", "pvt", "bili")}


def test_means_and_spreads_are_met_exactly_with_the_weights_of_r(effects: dict[str, Any]) -> None:
    made = matching_adjustment(ours(effects), {"age": 66.0, "pvt": 0.45}, {"age": 8.0})
    expected = effects["match"]
    assert made.weight.mean() == pytest.approx(1, abs=1e-12)
    assert made.effective_size == pytest.approx(expected["ess"], rel=1e-7)
    assert (made.weight.min(), made.weight.max()) == pytest.approx((expected["least"], expected["greatest"]), rel=1e-6)
    assert (made.balance["age"].after, made.balance["pvt"].after) == pytest.approx((66.0, 0.45), abs=1e-9)
    assert made.balance["age"].sd_after == pytest.approx(8.0, abs=1e-8)
    assert np.isnan(made.balance["pvt"].sd_after)


def test_targets_that_are_our_own_means_leave_weights_of_one(effects: dict[str, Any]) -> None:
    columns = ours(effects)
    made = matching_adjustment(columns, {name: float(column.mean()) for name, column in columns.items()}, {})
    assert made.weight == pytest.approx(np.ones(len(made.weight)), abs=1e-9)


def test_means_beyond_our_patients_are_refused_by_name(effects: dict[str, Any]) -> None:
    columns = ours(effects)
    with pytest.raises(EvidenceError, match=r"mean of bili is to be 40"):
        matching_adjustment(columns, {"age": 66.0, "bili": 40.0}, {})
    low = float(columns["age"].min())
    with pytest.raises(EvidenceError, match="mean of age"):
        matching_adjustment(columns, {"age": low}, {})
    with pytest.raises(EvidenceError, match="outside what our patients can reach"):
        matching_adjustment(columns, {"age": low + 1}, {"age": 25.0})
    with pytest.raises(EvidenceError, match="without one they can be met"):
        matching_adjustment(
            {
                "pair": np.array([0.0, 1, 0, 1, 0]),
                "one": np.array([0.0, 0, 1, 1, 1]),
                "two": np.array([0.0, 0, 1, 1, 1]),
            },
            {"pair": 0.4, "one": 0.9, "two": 0.1},
            {},
        )


def test_a_standard_deviation_without_its_mean_is_refused(effects: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError, match="needs its mean"):
        matching_adjustment(ours(effects), {"age": 66.0}, {"pvt": 0.5})
    with pytest.raises(EvidenceError, match="above zero"):
        matching_adjustment(ours(effects), {"age": 66.0}, {"age": 0.0})
    with pytest.raises(EvidenceError, match="needs the mean"):
        matching_adjustment(ours(effects), {}, {})
