"""Thresholds of physics are those that a paper, a label or the house states: one row each. What they do is held where they are used."""

import importlib
import math
from typing import Any

import pytest

THRESHOLDS: tuple[tuple[str, str, Any], ...] = (
    ("quantification.lung_shunt", "DOME_MM", 20.0),
    ("quantification.lung_shunt", "SPECT_RELATIVE", 0.13 / math.sqrt(3)),  # Allred et al., EJNMMI Res 2018
    ("quantification.lung_shunt", "PLANAR_RELATIVE", 0.44 / math.sqrt(3)),
    ("geometry.regrid", "AIR_G_PER_ML", 0.001205),
)


@pytest.mark.parametrize(("module", "name", "value"), THRESHOLDS, ids=lambda x: str(x)[:40])
def test_a_threshold_is_the_one_that_its_source_or_the_house_states(module: str, name: str, value: Any) -> None:
    assert getattr(importlib.import_module(f"yttria.physics.{module}"), name) == pytest.approx(value, rel=1e-12)
