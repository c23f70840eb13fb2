"""Ratios, limits and P: what agrees, and the log-rank's P from Wald's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from yttria.evidence.published.reported_ratio import (
    agreeing,
    is_plain,
    is_profile,
    plain_p,
    profile_p,
    ratio_span,
    score_factor,
)
from yttria.evidence.published.rounding import Printed
from yttria.evidence.regression.cox import cox
from yttria.values.cohort import TimeToEvent


def trio(*texts: str) -> tuple[Printed, Printed, Printed]:
    value, low, high = (Printed.of(text) for text in texts)
    return value, low, high


# laws


@given(st.floats(-2, 2), st.floats(0.05, 0.8), st.integers(2, 4))
def test_a_ratio_printed_with_its_own_limits_always_agrees_and_holds_its_p(b: float, s: float, decimals: int) -> None:
    texts = [f"{math.exp(x):.{decimals}f}" for x in (b, b - 1.959964 * s, b + 1.959964 * s)]
    if float(texts[1]) == 0:
        return
    span = ratio_span(*trio(*texts))
    assert span.possible
    low, high = span.wald_p
    assert low - 1e-9 <= 2 * norm.sf(abs(b) / s) <= high + 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_no_cox_model_of_a_yes_no_factor_is_narrower_than_its_events_allow(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.integers(0, 2, 40).astype(float)
    outcome = TimeToEvent(draw.exponential(np.exp(-x)), draw.random(40) < 0.7)
    fit = cox(outcome, x[:, None])
    assert fit.coefficient(0).se >= 2 / math.sqrt(outcome.events) - 1e-12


def test_the_log_rank_p_follows_from_the_wald_test_in_simulated_trials() -> None:
    ratios = []
    for seed in range(60):
        draw = np.random.default_rng(seed)
        x = np.repeat([0.0, 1.0], 60)
        outcome = TimeToEvent(draw.exponential(np.where(x == 1, 1 / 0.45, 1.0)), np.ones(120, dtype=bool))
        fit = cox(outcome, x[:, None])
        entry = fit.coefficient(0)
        ratios.append(math.sqrt(fit.score.chi2) / (abs(entry.z) * score_factor(entry.coef)))
    assert np.median(ratios) == pytest.approx(1, abs=0.02)


# known answers: DOSISPHERE-01


def test_the_limits_of_the_multifocal_ratio_belong_to_two_point_zero_three() -> None:
    assert not ratio_span(*trio("20.3", "1.13", "3.65")).possible
    assert ratio_span(*trio("2.03", "1.13", "3.65")).possible
    assert agreeing(*trio("20.3", "1.13", "3.65"))["value"] == pytest.approx(2.03, abs=0.005)


@pytest.mark.parametrize(
    ("value", "low", "high", "wald", "logrank"),
    [
        ("0.51", "0.29", "0.90", 0.020, 0.018),
        ("0.42", "0.22", "0.81", 0.0095, 0.007),
        ("2.4", "0.94", "6.12", 0.067, 0.059),
    ],
)
def test_text_and_table_print_two_tests(value: str, low: str, high: str, wald: float, logrank: float) -> None:
    span = ratio_span(*trio(value, low, high))
    assert span.wald_p[0] <= wald <= span.wald_p[1]
    assert span.logrank_p[0] <= logrank <= span.logrank_p[1]


def test_censoring_at_surgery_leaves_too_few_events_for_its_limits() -> None:
    assert ratio_span(*trio("0.77", "0.44", "1.4")).least_events == 46


# other scales of limits


@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("log_ratio", [-0.9, 0.1, 0.7])
def test_profile_limits_of_a_two_group_likelihood_are_known_as_such_whatever_the_share(
    share: float, log_ratio: float
) -> None:
    events, z = 60, 1.959963984540054

    def fallen(step: float) -> float:
        return 2 * events * (math.log1p(share * math.expm1(step)) - share * step) - z * z

    low, high = brentq(fallen, -40, -1e-9), brentq(fallen, 1e-9, 40)
    prints = [Printed.of(f"{math.exp(log_ratio + step):.3f}") for step in (0.0, low, high)]
    assert is_profile(*prints)
    exact = math.erfc(math.sqrt((fallen(-log_ratio) + z * z) / 2))
    least, most = profile_p(*prints)["lr"]
    assert least - 1e-4 <= exact <= most + 1e-4


def test_plain_limits_end_where_a_print_could_no_longer_come_from_the_middle() -> None:
    low, high = Printed.of("0.25"), Printed.of("0.95")
    # 0.60 exactly; a print may stand for half a unit below to one above
    passed = [
        text for text in ("0.57", "0.58", "0.59", "0.60", "0.61", "0.62") if is_plain(Printed.of(text), low, high)
    ]
    assert passed == ["0.59", "0.60", "0.61"]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("0.50", "0.25", "1.00"), (None, "0.25", "1.00"), ("0.50", None, "1.00"), ("0.50", "0.25", None)],
)
def test_the_middle_of_what_is_printed_is_the_ratio_or_else_the_middle_of_its_limits(
    value: str | None, low: str | None, high: str | None
) -> None:
    found = ratio_span(*(None if text is None else Printed.of(text) for text in (value, low, high)))
    assert found.middle == pytest.approx((math.log(0.5), math.log(2) / 1.959963984540054), rel=1e-9)
    assert found.middle_p["wald"] == pytest.approx(2 * norm.sf(1.959963984540054), rel=1e-9)


# numbers worked by hand

Z = 1.959963984540054


def exact_trio(log_ratio: float, error: float, z: float = Z) -> tuple[Printed, Printed, Printed]:
    """Print a ratio and its limits with so many digits that rounding leaves nothing open."""
    return trio(*(f"{math.exp(log_ratio + step * z * error):.12f}" for step in (0, -1, 1)))


@pytest.mark.parametrize(("level", "z"), [(0.95, Z), (0.9, 1.6448536269514722)])
def test_error_tests_and_events_of_a_ratio_follow_from_its_limits(level: float, z: float) -> None:
    b, s = math.log(0.5), 0.3
    span = ratio_span(*exact_trio(b, s, z), level=level)
    wald, score = abs(b) / s, 2 * math.sinh(abs(b) / 2) / s
    assert span.standard_error == pytest.approx((s, s), abs=1e-9)
    assert span.wald_p == pytest.approx((2 * norm.sf(wald),) * 2, rel=1e-6)
    assert span.middle_p == pytest.approx({"wald": 2 * norm.sf(wald), "logrank": 2 * norm.sf(score)}, rel=1e-6)
    # the share of a group among those at risk moves the log-rank z by up to 0.05 z + 0.1
    assert span.logrank_p == pytest.approx((2 * norm.sf(1.05 * score + 0.1), 2 * norm.sf(0.95 * score - 0.1)), rel=1e-6)
    assert span.least_events == 45  # 4 / 0.09 = 44.4


def test_a_log_rank_z_below_its_drift_may_be_nothing_at_all() -> None:
    assert ratio_span(*exact_trio(0.01, 0.3)).logrank_p[1] == 1


@pytest.mark.parametrize(
    ("texts", "most"),
    [(("1.0", "0.80", "1.25"), True), (("1.02", "0.80", "1.30"), False), (("0.99", "0.78", "1.26"), True)],
)
def test_a_ratio_that_may_be_one_may_have_any_p(texts: tuple[str, str, str], most: bool) -> None:
    # 0.99 may be cut from one itself
    assert (ratio_span(*trio(*texts)).wald_p[1] == 1) is most


@pytest.mark.parametrize(("log_ratio", "factor"), [(0.0, 1.0), (1e-9, 1.0), (2.0, math.sinh(1)), (-2.0, math.sinh(1))])
def test_the_score_test_exceeds_walds_by_the_hyperbolic_sine_of_half_the_log_ratio(
    log_ratio: float, factor: float
) -> None:
    assert score_factor(log_ratio) == pytest.approx(factor, rel=1e-12)


def test_a_ratio_whose_print_touches_that_of_its_limit_has_no_error() -> None:
    # 0.54 may be cut from 0.55, which 0.6 may be rounded from
    span = ratio_span(Printed.of("0.54"), Printed.of("0.6"), None)
    assert span.possible
    assert span.least_events == 0
    assert span.wald_p[0] == 0


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (("0.50", "0.20", "0.80"), {"value": 0.4, "low": 0.3125, "high": 1.25}),
        (("0.50", "0.0", "0.80"), {}),
        (("0.01", "0.01", "0.01"), {"value": 0.01, "low": 0.01, "high": 0.01}),
    ],
)
def test_each_of_ratio_and_limits_follows_from_the_other_two(
    texts: tuple[str, str, str], numbers: dict[str, float]
) -> None:
    assert agreeing(*trio(*texts)) == pytest.approx(numbers)


def test_plain_limits_give_walds_p_of_the_ratio_and_of_its_logarithm() -> None:
    # 0.6 -+ z 0.15: (0.6 - 1) / 0.15 and ln 0.6 x 0.6 / 0.15
    prints = trio("0.600000000", f"{0.6 - 0.15 * Z:.9f}", f"{0.6 + 0.15 * Z:.9f}")
    expected = sorted((2 * norm.sf(0.4 / 0.15), 2 * norm.sf(-math.log(0.6) * 0.6 / 0.15)))
    assert plain_p(*prints) == pytest.approx(expected, rel=1e-5)
    at_90 = sorted((2 * norm.sf(0.4 / 0.15 * 1.6448536 / Z), 2 * norm.sf(-math.log(0.6) * 4 * 1.6448536 / Z)))
    assert plain_p(*prints, level=0.9) == pytest.approx(at_90, rel=1e-5)


@pytest.mark.parametrize(("value", "most"), [("1.0", True), ("1.2", False)])
def test_a_plain_ratio_that_may_be_one_may_have_any_p(value: str, most: bool) -> None:
    number = float(value)
    assert (plain_p(*trio(value, f"{number - 0.5:.1f}", f"{number + 0.5:.1f}"))[1] == 1) is most


@pytest.mark.parametrize(
    ("texts", "profile"),
    [
        (("0.0", "0.0", "0.9"), False),  # a ratio of nothing has no limits around it
        (("0.40", "0.0", "1.10"), True),  # a lower limit printed as nothing may be just above
        (("0.6", "0.54", "0.9"), False),  # the lower limit may lie at the ratio itself at best
        (("0.54", "0.3", "0.6"), False),  # and so may the upper one
        (("0.60", "0.25", "2"), True),  # an upper limit printed as 2 may be 1.5
        (("0.60", "0.2", "1.05"), True),  # a lower limit printed as 0.2 may be 0.3
        (("0.60", "0.90", "0.95"), False),
        (("0.60", "0.40", "0.50"), False),
        (("0.60", "0.40", "0.90"), True),
    ],
)
def test_a_profile_likelihood_falls_to_either_side(texts: tuple[str, str, str], profile: bool) -> None:
    assert is_profile(*trio(*texts)) is profile


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(("below", "above", "profile"), [(1.0, 0.7616, True), (1.0, 0.77, True), (1.0, 0.74, False)])
def test_profile_limits_are_most_unequal_where_events_of_one_group_are_rare(
    side: int, below: float, above: float, profile: bool
) -> None:
    # e^-1 - 1 + 1 = 0.36788 = e^0.7616 - 1 - 0.7616: farther apart no likelihood of two groups can be
    down, up = (below, above) if side < 0 else (above, below)
    prints = trio("0.500000", f"{0.5 * math.exp(-down):.6f}", f"{0.5 * math.exp(up):.6f}")
    assert is_profile(*prints) is profile


@pytest.mark.parametrize("share", [0.001, 0.03, 0.5, 0.97, 0.999])
def test_walds_p_beside_profile_limits_comes_from_the_information_at_the_peak(share: float) -> None:
    events, log_ratio = 60 / (4 * share * (1 - share)), 0.4

    def fallen(step: float) -> float:
        return 2 * events * (math.log1p(share * math.expm1(step)) - share * step) - Z * Z

    low, high = brentq(fallen, -60, -1e-9), brentq(fallen, 1e-9, 60)
    prints = [Printed.of(f"{math.exp(log_ratio + step):.6f}") for step in (0.0, low, high)]
    exact = 2 * norm.sf(log_ratio * math.sqrt(events * share * (1 - share)))
    assert profile_p(*prints)["wald"] == pytest.approx((exact, exact), rel=5e-3)


@pytest.mark.parametrize(("value", "plain"), [("0.593", False), ("0.594", True), ("0.60", True), ("0.61", True), ("0.62", False)])  # fmt: skip
def test_the_middle_of_plain_limits_may_lie_at_the_very_end_of_a_print(value: str, plain: bool) -> None:
    # limits add up to 0.245 + 0.935 to 0.26 + 0.95: twice 0.59 to twice 0.605, from which 0.61 may be rounded
    assert is_plain(*trio(value, "0.25", "0.94")) is (plain or value == "0.593")
    assert is_plain(*trio(value, "0.25", "0.95")) is (plain and value != "0.62")


def test_a_lower_limit_printed_as_nothing_lies_anywhere_below_its_last_digit() -> None:
    span = ratio_span(*trio("0.50", "0.0", "5.0"))
    assert span.possible
    # 0.5 / 0.1 at the least, and no more than 5.0 / 0.5
    z = 1.959963984540054
    assert span.standard_error == pytest.approx((math.log(4.95 / 0.51) / z, math.log(5.1 / 0.495) / z), rel=1e-6)
    assert math.isfinite(span.middle[1])
