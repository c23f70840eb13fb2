"""Two sources compared: symmetric, named, refused where meaningless."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from yttria.evidence.reconstruction.indirect_comparison import ASSUMPTIONS, ONE_TRIAL, compare_arms
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def group(mean: float, seed: int, n: int = 60, unit: str = "months") -> TimeToEvent:
    draw = np.random.default_rng(seed)
    return TimeToEvent(draw.exponential(mean, n), draw.random(n) < 0.8, unit=unit)


# laws


def test_swapping_the_groups_inverts_the_ratio_and_keeps_the_test() -> None:
    a, b = group(10, 1), group(15, 2)
    one, two = compare_arms(a, b), compare_arms(b, a)
    assert one.ratio.hr * two.ratio.hr == pytest.approx(1)
    assert one.test.chi2 == pytest.approx(two.test.chi2)


def test_every_comparison_says_that_nothing_was_randomised() -> None:
    found = compare_arms(group(10, 3), group(12, 4))
    assert "indirect-comparison" in {f.code for f in found.findings}
    assert any("no covariate is adjusted" in a for a in ASSUMPTIONS)


def test_the_difference_of_means_changes_its_sign_with_the_groups_and_has_their_errors() -> None:
    a, b = group(10, 1), group(15, 2)
    one, two = compare_arms(a, b), compare_arms(b, a)
    assert one.difference.value == pytest.approx(-two.difference.value)
    assert one.difference.p == pytest.approx(two.difference.p)
    wide = 1.959964 * math.hypot(one.mean_a.se, one.mean_b.se)
    assert one.difference.high - one.difference.value == pytest.approx(wide, rel=1e-6)


def test_arms_of_one_trial_are_compared_without_the_warning_of_two_sources() -> None:
    found = compare_arms(group(10, 3), group(12, 4), one_trial=True)
    assert "indirect-comparison" not in {f.code for f in found.findings}
    assert found.assumptions == ONE_TRIAL


def test_crossing_hazards_are_said() -> None:
    early = TimeToEvent(np.r_[np.linspace(0.1, 1, 30), np.linspace(50, 60, 30)], np.ones(60, dtype=bool))
    late = TimeToEvent(np.linspace(8, 20, 60), np.ones(60, dtype=bool))
    assert "hazards-not-proportional" in {f.code for f in compare_arms(early, late).findings}


# refusals


def test_two_units_or_no_event_are_refused() -> None:
    with pytest.raises(EvidenceError, match="one unit"):
        compare_arms(group(10, 1), group(10, 2, unit="days"))
    with pytest.raises(EvidenceError, match="has none"):
        compare_arms(group(10, 1), TimeToEvent(np.ones(3), np.zeros(3, dtype=bool)))


# numbers of a comparison


@pytest.mark.parametrize(("level", "z"), [(0.95, 1.959964), (0.9, 1.644854)])
def test_the_difference_of_means_has_the_limits_and_the_p_of_its_normal_error(level: float, z: float) -> None:
    found = compare_arms(group(10, 1), group(15, 2), level=level)
    gap, error = found.mean_a.mean - found.mean_b.mean, math.hypot(found.mean_a.se, found.mean_b.se)
    assert found.difference.value == pytest.approx(gap)
    assert (found.difference.low, found.difference.high) == pytest.approx((gap - z * error, gap + z * error), rel=1e-6)
    assert found.difference.p == pytest.approx(2 * norm.sf(abs(gap) / error))


def test_groups_of_which_nobody_varies_have_no_p_of_their_difference() -> None:
    # up to the end of the shorter follow-up everybody lives
    short = TimeToEvent(np.full(3, 2.0), np.ones(3, dtype=bool))
    found = compare_arms(short, TimeToEvent(np.array([2.0, 3, 4]), np.ones(3, dtype=bool)))
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert math.isnan(found.difference.p)


@pytest.mark.parametrize(("longest", "told"), [(14.9, False), (15.0, False), (15.1, True)])
@pytest.mark.parametrize("swapped", [False, True])
def test_follow_up_more_than_half_as_long_again_is_told(longest: float, told: bool, swapped: bool) -> None:
    short = TimeToEvent(np.array([2.0, 5, 10]), np.array([True, True, False]))
    long = TimeToEvent(np.array([3.0, 6, longest]), np.array([True, True, False]))
    found = compare_arms(*((long, short) if swapped else (short, long)))
    notes = [(f.level, f.message) for f in found.findings if f.code == "follow-up-unequal"]
    message = f"one group was followed to {longest:g}, the other to 10; means are up to 10"
    assert notes == ([("note", message)] if told else [])
    assert found.mean_a.tau == found.mean_b.tau == 10


@pytest.mark.parametrize("seed", range(12))
def test_hazards_are_told_as_not_proportional_just_where_their_test_says_so(seed: int) -> None:
    found = compare_arms(group(10, seed), group(10, seed + 50))
    assert found.proportionality is not None
    told = "hazards-not-proportional" in {f.code for f in found.findings}
    assert told is (found.proportionality.p < 0.05)


@pytest.mark.parametrize(("one", "two", "unit"), [("months", "", "months"), ("", "days", "days"), ("", "", "")])
def test_a_group_without_a_unit_takes_that_of_the_other(one: str, two: str, unit: str) -> None:
    found = compare_arms(group(10, 1, unit=one), group(12, 2, unit=two))
    assert {found.a.outcome.unit, found.b.outcome.unit} <= {one, two}
    assert found.ratio.hr > 0
    assert unit in {one, two}


@pytest.mark.parametrize("first", [True, False])
def test_the_group_that_cannot_be_compared_is_named(first: bool) -> None:
    good, none = group(10, 1), TimeToEvent(np.ones(3), np.zeros(3, dtype=bool))
    late = TimeToEvent(np.full(3, 2.0), np.ones(3, dtype=bool), entry=np.ones(3))
    weighted = TimeToEvent(np.full(3, 2.0), np.ones(3, dtype=bool), weight=np.ones(3))
    name = "first" if first else "second"
    for bad, words in ((none, f"the {name} has none"), (late, f"the {name} has late"), (weighted, f"the {name} has late")):  # fmt: skip
        with pytest.raises(EvidenceError, match=words):
            compare_arms(*((bad, good) if first else (good, bad)))


def test_in_years_the_p_of_the_difference_is_that_in_months() -> None:
    months = [group(10, 1), group(15, 2)]
    years = [TimeToEvent(g.time / 12, g.observed, unit="years") for g in months]
    one, two = compare_arms(*months).difference, compare_arms(*years).difference
    assert two.p == pytest.approx(one.p)
    assert two.value == pytest.approx(one.value / 12)
