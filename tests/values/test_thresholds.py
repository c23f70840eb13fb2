"""Thresholds of values are those that a paper, a label or the house states: one row each. What they do is held where they are used."""

import importlib
from typing import Any

import pytest

THRESHOLDS: tuple[tuple[str, str, Any], ...] = (
    ("units", "BQ_PER_MCI", 3.7e7),
    ("units", "JOULE_PER_MEV", 1.602176634e-13),  # exact, SI 2019
)


@pytest.mark.parametrize(("module", "name", "value"), THRESHOLDS, ids=lambda x: str(x)[:40])
def test_a_threshold_is_the_one_that_its_source_or_the_house_states(module: str, name: str, value: Any) -> None:
    assert getattr(importlib.import_module(f"yttria.values.{module}"), name) == pytest.approx(value, rel=1e-12)
