"""Thresholds of delivery are those that a paper, a label or the house states: one row each. What they do is held where they are used."""

import importlib
from typing import Any

import pytest

THRESHOLDS: tuple[tuple[str, str, Any], ...] = (
    ("administration", "REPORTABLE_FRACTION", 0.20),  # 10 CFR 35.3045: 20 % of what is prescribed
    ("verification", "GAMMA_DOSE_PERCENT", 10.0),
    ("verification", "OUTSIDE_SHARE", 0.05),
    ("verification", "ELSEWHERE_SHARE", 0.10),
    ("verification", "OF_GIVEN", (0.8, 1.2)),
    ("response_criteria", "DAYS_PER_MONTH", 30.4375),  # 365.25 / 12
    ("response_criteria", "NODE_GONE_BELOW_MM", 10.0),  # RECIST 1.1: short axis below 10 mm
    ("response_findings", "MOST_TARGETS", 5),  # RECIST 1.1: five in all, two an organ
    ("response_findings", "MOST_TARGETS_AN_ORGAN", 2),
    ("response_findings", "LEAST_TARGET_MM", 10.0),
    ("response_findings", "LEAST_NODE_MM", 15.0),
)


@pytest.mark.parametrize(("module", "name", "value"), THRESHOLDS, ids=lambda x: str(x)[:40])
def test_a_threshold_is_the_one_that_its_source_or_the_house_states(module: str, name: str, value: Any) -> None:
    assert getattr(importlib.import_module(f"yttria.delivery.{module}"), name) == pytest.approx(value, rel=1e-12)
