"""A ratio says which level it compares with which, whatever a model took for its reference."""

import math

import pytest

from yttria.contract.study import Coefficient, CoxModel, StudyResult
from yttria.report.study.contrasts import NONE, arm_effect, contrast
from yttria.values.protocol import Arms

TWO = NONE.model_copy(update={"coef": math.log(2.0), "hr": 2.0, "low": 1.0, "high": 5.0, "p": 0.04})


def model(**terms: Coefficient) -> CoxModel:
    """Return a model with these coefficients; two underscores stand for a bracket."""
    named = {name.replace("__", "[") + ("]" if "__" in name else ""): effect for name, effect in terms.items()}
    return CoxModel(events=9, dropped=0, terms=named)


def test_the_other_way_round_a_ratio_and_its_limits_are_one_over() -> None:
    straight, turned = (contrast(model(arm__SDA=TWO), "arm", *sides) for sides in (("SDA", "PDA"), ("PDA", "SDA")))
    assert straight == TWO
    assert [turned.hr, turned.low, turned.high, turned.coef] == pytest.approx([0.5, 0.2, 1.0, -math.log(2.0)])
    assert turned.p == 0.04


def test_a_column_of_numbers_counts_its_steps() -> None:
    of_numbers = model(sex=TWO)
    assert contrast(of_numbers, "sex", 2, 1) == TWO
    assert contrast(of_numbers, "sex", 1, 2).hr == pytest.approx(0.5)
    assert contrast(of_numbers, "sex", "3", "1").high == pytest.approx(25.0)


def test_two_levels_that_are_no_reference_have_no_ratio() -> None:
    three = model(arm__B=TWO, arm__C=TWO)
    assert contrast(three, "arm", "B", "C") is NONE
    assert contrast(three, "arm", "C", "A") == TWO
    assert contrast(three, "arm", "", "") is NONE


def test_a_limit_that_does_not_exist_stays_so() -> None:
    assert contrast(model(arm__SDA=NONE), "arm", "PDA", "SDA").hr is None
    assert contrast(model(arm__SDA=TWO.model_copy(update={"high": None})), "arm", "PDA", "SDA").low is None


def test_an_arm_without_a_model_has_no_effect(two_patients: StudyResult) -> None:
    assert arm_effect(two_patients, Arms("arm", "PDA", "SDA")) is NONE
