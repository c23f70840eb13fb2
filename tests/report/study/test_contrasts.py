"""A ratio says which level it compares with which, whatever a model took for its reference."""

import math

import pytest

from yttria.report.study.contrasts import NONE, arm_effect, contrast
from yttria.values.protocol import Arms

TWO = {"coef": math.log(2.0), "hr": 2.0, "low": 1.0, "high": 5.0, "p": 0.04}


def test_the_other_way_round_a_ratio_and_its_limits_are_one_over() -> None:
    model = {"terms": {"arm[SDA]": TWO}}
    straight, turned = (contrast(model, "arm", *sides) for sides in (("SDA", "PDA"), ("PDA", "SDA")))
    assert straight == TWO
    assert [turned[key] for key in ("hr", "low", "high", "coef")] == pytest.approx([0.5, 0.2, 1.0, -math.log(2.0)])
    assert turned["p"] == 0.04


def test_a_column_of_numbers_counts_its_steps() -> None:
    model = {"terms": {"sex": TWO}}
    assert contrast(model, "sex", 2, 1) == TWO
    assert contrast(model, "sex", 1, 2)["hr"] == pytest.approx(0.5)
    assert contrast(model, "sex", "3", "1")["high"] == pytest.approx(25.0)


def test_two_levels_that_are_no_reference_have_no_ratio() -> None:
    model = {"terms": {"arm[B]": TWO, "arm[C]": TWO}}
    assert contrast(model, "arm", "B", "C") is NONE
    assert contrast(model, "arm", "C", "A") == TWO
    assert contrast(model, "arm", "", "") is NONE


def test_a_limit_that_does_not_exist_stays_so() -> None:
    endless = {"coef": None, "hr": None, "low": None, "high": None, "p": None}
    assert contrast({"terms": {"arm[SDA]": endless}}, "arm", "PDA", "SDA")["hr"] is None
    assert contrast({"terms": {"arm[SDA]": {**TWO, "high": None}}}, "arm", "PDA", "SDA")["low"] is None


def test_an_arm_without_a_model_has_no_effect() -> None:
    assert arm_effect({}, Arms("arm", "PDA", "SDA")) is NONE
