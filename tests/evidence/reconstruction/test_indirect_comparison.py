"""Two sources compared: symmetric, named, refused where meaningless."""

import math

import numpy as np
import pytest

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
