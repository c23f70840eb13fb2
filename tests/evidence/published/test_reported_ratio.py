"""Ratios, limits and P: what agrees, and the log-rank's P from Wald's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from yttria.evidence.published.reported_ratio import agreeing, is_plain, is_profile, profile_p, ratio_span, score_factor
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
