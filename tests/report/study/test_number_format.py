"""How a study's numbers are said: decimals, dashes, P below a thousandth, what is not reached."""

import math

import pytest

from yttria.contract.study import SurvivalRate
from yttria.report.study.number_format import (
    exists,
    interval,
    level_words,
    of_all,
    p_text,
    p_value,
    rate,
    reached,
)
from yttria.report.text.number_format import DASH


@pytest.mark.parametrize(
    ("p", "shown"),
    [(0.00049, "< 0.001"), (0.0005, "0.001"), (0.00051, "0.001"), (0.0499, "0.050"), (1.0, "1.000"), (None, DASH), (math.nan, DASH)],
)  # fmt: skip
def test_a_p_has_three_decimals_and_is_below_a_thousandth_where_it_rounds_to_nothing(p: float | None, shown: str) -> None:  # fmt: skip
    assert p_value(p) == shown


def test_a_p_carries_the_name_of_its_test() -> None:
    assert p_text(0.02, "log-rank") == "log-rank P = 0.020"
    assert p_text(0.0001, "log-rank") == "log-rank P < 0.001"


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((1.5, 0.5, 2.5), "1.5 (0.5–2.5)"),
        ((1.5, None, 2.5), f"1.5 ({DASH}–2.5)"),
        ((1.5, None, None), "1.5"),
        ((None, 0.5, 2.5), DASH),
        ((0.5, -0.5, 2.5), "0.5 (−0.5 to 2.5)"),
    ],
)
def test_limits_that_do_not_exist_are_dashes(numbers: tuple[float | None, float | None, float | None], shown: str) -> None:  # fmt: skip
    assert interval(*numbers, 1) == shown


@pytest.mark.parametrize(
    ("at_risk", "survival", "shown"),
    [(12, 0.5667, "56.7 (48.5–66.3)"), (0, 0.2, DASH), (0, 0.0, "0.0 (48.5–66.3)"), (12, 1.0, "100.0")],
)
def test_a_rate_is_in_per_cent_and_a_dash_where_nobody_is_followed(at_risk: float, survival: float, shown: str) -> None:
    found = SurvivalRate(time=24, at_risk=at_risk, survival=survival, std_err=0.05, low=0.4846, high=0.6626)
    assert rate(found) == shown


def test_a_quantile_that_is_not_reached_says_so() -> None:
    assert reached(24.75, 18.0, None) == "24.8 (18.0–NR)"
    assert reached(None, None, None) == "NR"


def test_counts_have_their_share_and_levels_their_decimals() -> None:
    assert of_all(1, 8) == "1 (12.5\xa0%)"
    assert of_all(3, 0) == "3"
    assert (level_words(0.95), level_words(0.975)) == ("95\xa0% CI", "97.5\xa0% CI")
    assert [exists(v) for v in (0.0, None, math.inf, math.nan)] == [True, False, False, False]
