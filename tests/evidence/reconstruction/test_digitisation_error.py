"""What the picture adds to a hazard ratio: laws of redraws, a known answer, refusals."""

import math

import numpy as np
import pytest

from yttria.evidence.reconstruction.digitisation_error import (
    Published,
    Spread,
    digitisation_limits,
    redigitised_cohorts,
)
from yttria.evidence.reconstruction.digitised_curve import ReadCurve, read_curve
from yttria.evidence.reconstruction.guyot import AtRisk, reconstruct
from yttria.evidence.reconstruction.indirect_comparison import compare_arms
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def published(mean: float, seed: int, n: int = 80) -> Published:
    """Return the curve and numbers at risk of drawn patients, as a paper prints them."""
    draw = np.random.default_rng(seed)
    time = np.minimum(draw.exponential(mean, n), draw.uniform(12, 36, n))
    outcome = TimeToEvent(time, draw.random(n) < 0.85)
    km = kaplan_meier(outcome)
    curve, _ = read_curve(np.r_[0.0, km.table.time], np.r_[1.0, km.survival])
    when = (0.0, 6.0, 12.0, 18.0, 24.0)
    return Published(curve, AtRisk(when, tuple(int(np.count_nonzero(outcome.time >= t)) for t in when)), outcome.events)


def spread_at(click_error: float, draws: int = 25) -> tuple[Spread, float]:
    one, two = published(14, 1), published(9, 2)
    made = [reconstruct(p.curve, p.at_risk, events=p.events).outcome for p in (one, two)]
    ratio = compare_arms(*made).ratio
    pairs = zip(
        *(redigitised_cohorts(p, draws, click_error=click_error, seed=s) for s, p in enumerate((one, two))), strict=True
    )
    return digitisation_limits(ratio, list(pairs)), ratio.se


# laws


def test_the_worse_the_clicks_the_wider_the_limits() -> None:
    fine, coarse = spread_at(0.001)[0], spread_at(0.03)[0]
    assert fine.log_sd < coarse.log_sd
    assert coarse.low < fine.low < fine.high < coarse.high


def test_limits_are_rubins() -> None:
    found, se = spread_at(0.01)
    half = math.log(found.high / found.low) / 2 / 1.959964
    assert half == pytest.approx(math.sqrt(se**2 + (1 + 1 / found.draws) * found.log_sd**2), rel=1e-6)


def test_redraws_are_falling_curves_of_all_patients_and_the_same_for_a_seed() -> None:
    group = published(10, 3)
    one, two = (list(redigitised_cohorts(group, 3, click_error=0.02, seed=7)) for _ in range(2))
    assert [len(made) for made in one] == [80] * 3
    assert all((a.time == b.time).all() for a, b in zip(one, two, strict=True))
    assert not (one[0].time == one[1].time).all()


# known answer


def test_one_per_cent_of_reading_error_adds_as_little_as_was_measured() -> None:
    # reference: read-off noise of 1 % adds a standard deviation of 0.006 to 0.019 to the ratio
    assert 0.002 < spread_at(0.01)[0].log_sd < 0.05


# refusals


def test_too_few_redraws_and_errors_in_per_cent_are_refused() -> None:
    with pytest.raises(EvidenceError, match="20 redraws"):
        spread_at(0.01, draws=5)
    flat = Published(ReadCurve(np.array([0.0]), np.array([1.0])), AtRisk((0.0,), (5,)))
    with pytest.raises(EvidenceError, match=r"0\.005"):
        next(redigitised_cohorts(flat, 1, click_error=1, seed=1))


# at the edge


@pytest.mark.parametrize(("click_error", "refused"), [(0.0, False), (0.1, False), (0.1001, True), (-0.0001, True)])
def test_a_click_may_be_wrong_by_up_to_a_tenth(click_error: float, refused: bool) -> None:
    group = published(10, 3, n=20)
    if not refused:
        assert len(next(redigitised_cohorts(group, 1, click_error=click_error, seed=1))) == 20
        return
    with pytest.raises(EvidenceError, match=f"between 0 and 0.1 of survival, but is {click_error:g}; half a per cent"):
        next(redigitised_cohorts(group, 1, click_error=click_error, seed=1))


def test_the_top_of_the_axis_is_known_however_wrong_the_clicks() -> None:
    curve = ReadCurve(np.array([0.0, 1.0, 2.0, 9.0]), np.array([1.0, 1.0, 1.0, 0.5]))
    for made in redigitised_cohorts(Published(curve, AtRisk((0.0,), (50,))), 8, click_error=0.1, seed=2):
        assert made.time[made.observed].min() == 9


@pytest.mark.parametrize(("draws", "refused"), [(19, True), (20, False)])
def test_a_spread_needs_twenty_redraws(draws: int, refused: bool) -> None:
    one, two = published(14, 1, n=30), published(9, 2, n=30)
    made = [reconstruct(p.curve, p.at_risk, events=p.events).outcome for p in (one, two)]
    ratio, pairs = compare_arms(*made).ratio, [(made[0], made[1])] * draws
    if refused:
        with pytest.raises(EvidenceError, match=r"^a spread needs 20 redraws or more, but has 19; ask for more$"):
            digitisation_limits(ratio, pairs)
        return
    found = digitisation_limits(ratio, pairs, level=0.9)
    # redraws that do not differ leave the ratio's own error
    assert found.draws == 20
    assert found.log_sd == pytest.approx(0, abs=1e-12)
    assert (found.least, found.most) == pytest.approx((ratio.hr, ratio.hr))
    wide = 1.644854 * ratio.se
    assert (found.low, found.high) == pytest.approx((ratio.hr * math.exp(-wide), ratio.hr * math.exp(wide)), rel=1e-6)


@pytest.mark.parametrize(("empty", "counted"), [(0, 21), (1, 20), (2, 19)])
def test_redraws_without_an_event_in_one_group_are_left_out_and_fewer_than_twenty_say_nothing(
    empty: int, counted: int
) -> None:
    one, two = published(14, 1, n=30), published(9, 2, n=30)
    made = [reconstruct(p.curve, p.at_risk, events=p.events).outcome for p in (one, two)]
    none = TimeToEvent(np.ones(3), np.zeros(3, dtype=bool))
    pairs = [(made[0], made[1])] * (21 - empty) + [(made[0], none), (none, made[1])][:empty]
    found = digitisation_limits(compare_arms(*made).ratio, pairs)
    assert found.draws == counted
    assert math.isnan(found.low) is (counted < 20)
