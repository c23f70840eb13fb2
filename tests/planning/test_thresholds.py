"""Thresholds of planning are those that a paper, a label or the house states: one row each. What they do is held where they are used."""

import importlib
from typing import Any

import pytest

THRESHOLDS: tuple[tuple[str, str, Any], ...] = (
    ("eligibility", "LARGEST_MM", 70.0),  # DOSISPHERE-01: a lesion larger than 7 cm
    ("eligibility", "RESERVE", 0.30),
    ("eligibility", "LUNG_GY", 30.0),
    ("eligibility", "AIM_GY", 205.0),
    ("clinical_classes", "UMOL_PER_L", 17.1),  # of 1 mg/dL of bilirubin
    ("clinical_classes", "ALBI_GRADES", (-2.60, -1.39)),  # Johnson et al., J Clin Oncol 2015;33:550
    ("possible_facts", "FIT_BILIRUBIN_MG_DL", 1.1),  # EANM 2022, table 2, note ***
    ("possible_facts", "COMPROMISED_BILIRUBIN_MG_DL", 2.0),
    ("possible_facts", "A5_BILIRUBIN_MG_DL", 2.0),  # Child–Pugh: 2 points from 2 mg/dL
    ("possible_facts", "A_BILIRUBIN_MG_DL", 3.0),  # and 3 above 3 mg/dL
    ("lung_activity", "LABEL_GBQ", 0.61),  # TheraSphere label
    ("liver_remnant", "TLV_INTERCEPT_ML", -794.0),  # Vauthey et al. 2002: -794 + 1267.28 BSA
    ("liver_remnant", "TLV_ML_PER_M2", 1267.28),
    ("earlier_treatment", "ASSUMED_GY", (0.0, 20.0, 40.0, 60.0)),
    ("activity_window", "PERFUSED_NORMAL_GY", 120.0),
    ("activity_window", "MOST_ABOVE_AIM", 1.25),
    ("target_probability", "COVERAGE_FACTOR", 2.0),  # k of 95 %, Gear et al. 2018
    ("target_probability", "LIMIT_PROBABILITY", 0.90),
    ("targeting", "POOR_TARGETING", 1.5),
    ("recommendation", "HOLMIUM_MOST_GY", 60.0),
    ("recommendation", "OF_LIVER", 0.90),
    ("recommendation", "IN_ONE_SESSION_GY", 75.0),
    ("near_thresholds", "NEAR", 0.10),
    ("rules", "MOST_ABOVE", 1.5),
)


@pytest.mark.parametrize(("module", "name", "value"), THRESHOLDS, ids=lambda x: str(x)[:40])
def test_a_threshold_is_the_one_that_its_source_or_the_house_states(module: str, name: str, value: Any) -> None:
    assert getattr(importlib.import_module(f"yttria.planning.{module}"), name) == pytest.approx(value, rel=1e-12)
