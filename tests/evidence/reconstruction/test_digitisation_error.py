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
