"""A plan's 95 % intervals hold the truth of simulated patients that another hand has drawn."""

import pytest
from benchmarks.interval_coverage import NAMES, Patient, held, patients


@pytest.fixture(scope="module")
def eight() -> list[Patient]:
    return list(patients(8, seed=1))


def test_intervals_hold_the_truth_of_eight_patients_drawn_by_another_hand(eight: list[Patient]) -> None:
    found = [ok for one in eight for ok in held(one).values()]
    assert len(found) >= 8 * len(NAMES) - 2
    assert sum(found) >= 0.85 * len(found)  # 95 % of 48, less two standard deviations of what is not independent


def test_the_generator_draws_lesions_of_two_sizes_and_all_contrasts(eight: list[Patient]) -> None:
    ratios = [one.truth["TD_1"] / one.truth["NPLD"] for one in eight]
    assert min(ratios) < 3 < max(ratios) <= 10.001
    assert all(one.truth["TD_1"] == pytest.approx(one.truth["TD_2"], rel=1e-6) for one in eight)
