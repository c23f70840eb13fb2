"""What an interim look is worth: laws, a drawn trial, the numbers of rpact, refusals."""

import math
import re
from typing import Any

import numpy as np
import pytest

from yttria.evidence.design.group_sequential import boundary
from yttria.evidence.design.interim_estimate import (
    InterimAnalysis,
    bias_adjusted_estimate,
    conditional_prediction,
    ratio_when_stopped,
)
from yttria.values.errors import EvidenceError

PLAN = boundary("ld-obrien-fleming", [34 / 49, 1])


# laws


def test_the_later_ratio_is_the_mean_of_before_and_between_by_their_information() -> None:
    early, late = InterimAnalysis(0.4, 30), InterimAnalysis(0.6, 70)
    between = conditional_prediction(early, late).between[0]
    assert 30 * math.log(0.4) + 40 * math.log(between) == pytest.approx(70 * math.log(0.6))


def test_predictions_hold_as_often_as_they_say() -> None:
    draw = np.random.default_rng(3)
    one, two = 34 / 4, 49 / 4
    first = draw.normal(-0.67, 1 / math.sqrt(one), 4000)
    rest = draw.normal(-0.67, 1 / math.sqrt(two - one), 4000)
    last = (one * first + (two - one) * rest) / two
    inside = 0
    for b, c in zip(first[:1000], last[:1000], strict=True):
        low, high = conditional_prediction(InterimAnalysis(math.exp(b), 34), InterimAnalysis(0.5, 49)).predicted
        inside += low <= math.exp(c) <= high
    assert inside == pytest.approx(950, abs=21)  # three standard deviations


def test_means_at_and_over_all_stops_are_those_of_drawn_trials() -> None:
    draw = np.random.default_rng(4)
    drift, time = 2.3, 34 / 49
    first = draw.normal(drift * math.sqrt(time), 1, 200_000)
    last = first * math.sqrt(time) + draw.normal(drift * (1 - time), math.sqrt(1 - time), 200_000)
    stops = np.abs(first) >= PLAN.z[0]
    shown = np.where(stops, first / math.sqrt(time), last)
    assert PLAN.mean_estimate(drift) == pytest.approx(shown.mean(), abs=0.01)
    right = first >= PLAN.z[0]
    chance, estimate = PLAN.stopping_at(0, drift)
    assert (chance, estimate) == pytest.approx((right.mean(), (first[right] / math.sqrt(time)).mean()), abs=0.01)
    better = right | (~stops & (last >= 2.2))
    assert PLAN.beyond(1, 2.2, drift) == pytest.approx(better.mean(), abs=0.005)


def test_without_looks_nothing_is_corrected() -> None:
    found = bias_adjusted_estimate(InterimAnalysis(0.6, 80), boundary("pocock", [1.0]), 0, 80)
    assert (*found.median_unbiased, found.mean_unbiased) == pytest.approx(
        (0.6, *InterimAnalysis(0.6, 80).limits(), 0.6)
    )


def test_an_early_stop_shows_more_than_the_truth_and_a_later_one_less_so() -> None:
    ratios = [ratio_when_stopped(InterimAnalysis(0.6, 49), PLAN, stage)[1] for stage in (0, 1)]
    assert ratios[0] < ratios[1] < 0.6


def test_events_that_agree_clash_by_chance_as_often_as_their_p_says() -> None:
    draw = np.random.default_rng(5)
    one, rest = 34 / 4, 15 / 4
    first = draw.normal(-0.67, 1 / math.sqrt(one), 4000)
    last = (one * first + rest * draw.normal(-0.67, 1 / math.sqrt(rest), 4000)) / (one + rest)
    p = [
        conditional_prediction(InterimAnalysis(math.exp(b), 34), InterimAnalysis(math.exp(c), 49)).agreement_p
        for b, c in zip(first, last, strict=True)
    ]
    for level in (0.05, 0.5, 0.9):
        assert np.mean(np.array(p) < level) == pytest.approx(level, abs=3 * math.sqrt(level * (1 - level) / 4000))


# known answers


@pytest.mark.parametrize(("early", "late"), [(0.42, 0.51), (0.51, 0.42)])
def test_the_events_between_two_looks_are_held_against_those_before_them(early: float, late: float) -> None:
    # 34 and 49 events of equal arms: I = D / 4; the 15 between have a ratio and an error of their own
    between = (49 * math.log(late) - 34 * math.log(early)) / 15
    z = abs(between - math.log(early)) / math.sqrt(4 / 34 + 4 / 15)
    found = conditional_prediction(InterimAnalysis(early, 34), InterimAnalysis(late, 49)).agreement_p
    assert found == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-9)


def test_the_second_look_has_the_estimate_and_limits_of_rpact() -> None:
    # rpact 3.3.4, getFinalConfidenceInterval: asOF at 34/49 and 1, one side of 0.025, log-rank of 0.51 after 49 events
    found = bias_adjusted_estimate(
        InterimAnalysis(0.51, 49), boundary("ld-obrien-fleming", [34 / 49, 1], alpha=0.025, sides=1), 1, 49
    )
    assert found.median_unbiased == pytest.approx((0.51956341, 0.29488239, 0.92371528), rel=1e-6)


# refusals


def test_looks_that_cannot_be_are_refused() -> None:
    with pytest.raises(EvidenceError, match="more events"):
        conditional_prediction(InterimAnalysis(0.5, 40), InterimAnalysis(0.5, 40))
    with pytest.raises(EvidenceError, match="has 2 looks"):
        bias_adjusted_estimate(InterimAnalysis(0.5, 40), PLAN, 2, 49)
    with pytest.raises(EvidenceError, match="per cent"):
        InterimAnalysis(0.5, 40).limits(95)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"hazard_ratio": 0.0}, "a hazard ratio must be above zero, but is 0; is it a log ratio?"),
        ({"hazard_ratio": math.inf}, "a hazard ratio must be above zero, but is inf; is it a log ratio?"),
        ({"events": 0}, "a look needs an event or more, but has 0; give the deaths in both arms"),
        ({"treated_share": 0.0}, "the treated share must lie between 0 and 1, but is 0; write per cent as a fraction"),
        ({"treated_share": 1.0}, "the treated share must lie between 0 and 1, but is 1; write per cent as a fraction"),
    ],
)
def test_a_look_just_beyond_what_can_be_is_refused_with_its_number(words: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        InterimAnalysis(**({"hazard_ratio": 0.5, "events": 1} | words))
    assert InterimAnalysis(0.5, 1).information == 0.25


def test_unequal_arms_have_the_information_of_their_shares() -> None:
    # 48 events, a quarter treated: 48 x 3/16 = 9, error 1/3
    look = InterimAnalysis(0.5, 48, 0.25)
    assert (look.information, look.z) == pytest.approx((9, 3 * math.log(0.5)))
    assert look.limits(0.9) == pytest.approx([0.5 * math.exp(sign * 1.644854 / 3) for sign in (-1, 1)], rel=1e-6)
    with pytest.raises(EvidenceError, match="the same shares, but has 60 after 48; swap or correct them"):
        conditional_prediction(look, InterimAnalysis(0.5, 60, 0.5))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(EvidenceError, match=f"^a level must lie between 0 and 1, but is {level:g}; write per cent"):
        InterimAnalysis(0.5, 40).limits(level)


@pytest.mark.parametrize(("z", "crossed"), [(2.17, False), (2.18, True)])
def test_a_look_crosses_from_its_critical_value_on(z: float, crossed: bool) -> None:
    # Pocock, two looks: 2.178; 64 events: log ratio is z / 4
    plan = boundary("pocock", [0.5, 1])
    found = bias_adjusted_estimate(InterimAnalysis(math.exp(-z / 4), 64), plan, 0, 128)
    assert (found.critical_z, found.crossed) == (plan.z[0], crossed)
    # at the first look no earlier stop could have been better
    assert found.median_unbiased[0] == pytest.approx(math.exp(-z / 4), rel=1e-6)


@pytest.mark.parametrize("stage", [-1, 2])
def test_a_look_that_the_plan_has_not_is_refused_by_its_number(stage: int) -> None:
    with pytest.raises(
        EvidenceError, match=f"^the plan has 2 looks, but look {stage + 1} was asked; count them from 1$"
    ):
        bias_adjusted_estimate(InterimAnalysis(0.5, 40), PLAN, stage, 49)
