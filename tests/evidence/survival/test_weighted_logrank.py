"""Fleming and Harrington's tests: the log-rank test and its weighted relatives, with ties and late entry."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.survival.logrank import logrank
from yttria.evidence.survival.maxcombo import WEIGHTS
from yttria.evidence.survival.weighted_logrank import weighted_logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def cohort(late: bool) -> tuple[TimeToEvent, np.ndarray]:
    random = np.random.default_rng(3)
    second = random.random(200) < 0.5
    time = np.ceil(random.exponential(np.where(second, 8, 5)) * 2) / 2
    entry = np.minimum(time - 0.25, random.random(200) * 3) if late else None
    return TimeToEvent(time, random.random(200) < 0.7, entry=entry), second


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("place", "rho"), [(0, 0.0), (2, 1.0)])
def test_tests_of_the_g_rho_family_are_those_of_logrank(late: bool, place: int, rho: float) -> None:
    outcome, second = cohort(late)
    plain = logrank(outcome, second.astype(int), rho=rho)
    assert plain.test is not None
    found = weighted_logrank(outcome, second).tests[place]
    assert found.z**2 == pytest.approx(plain.test.chi2, rel=1e-12)
    assert np.sign(found.z) == np.sign(plain.observed[1] - plain.expected[1])


def test_a_table_by_hand() -> None:
    # times 1 (second), 2 (first), 3 (second), 4 (first): S(t-) is 1, 3/4, 1/2, 1/4; the share at risk in the second is 1/2, 1/3, 1/2, 0
    outcome = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))
    tests = weighted_logrank(outcome, np.array([True, False, True, False])).tests
    before, share, own = np.array([1, 0.75, 0.5]), np.array([1 / 2, 1 / 3, 1 / 2]), np.array([1, 0, 1])
    for test, (rho, gamma) in zip(tests, WEIGHTS, strict=True):
        weight = before**rho * (1 - before) ** gamma
        z = (weight * (own - share)).sum() / np.sqrt((weight**2 * share * (1 - share)).sum())
        assert test.z == pytest.approx(z, rel=1e-12)


def test_exchanged_groups_turn_the_sign_alone() -> None:
    outcome, second = cohort(late=False)
    one, other = weighted_logrank(outcome, second), weighted_logrank(outcome, ~second)
    assert [t.z for t in one.tests] == pytest.approx([-t.z for t in other.tests], rel=1e-9)
    assert one.maxcombo_p == pytest.approx(other.maxcombo_p, rel=1e-9)


def test_one_group_is_refused() -> None:
    outcome, second = cohort(late=False)
    with pytest.raises(EvidenceError, match="two groups"):
        weighted_logrank(outcome, np.ones_like(second))


def test_four_tests_and_maxcombo_are_those_of_r(effects: dict[str, Any]) -> None:
    table = {k: np.array(v) for k, v in effects["table"].items()}
    made = weighted_logrank(TimeToEvent(table["time"], table["event"] == 1), table["treated"] == 1)
    assert [t.z for t in made.tests] == pytest.approx(effects["weighted"]["z"], rel=1e-9)
    assert [t.p for t in made.tests] == pytest.approx(effects["weighted"]["p"], rel=1e-9)
    assert made.maxcombo_p == pytest.approx(effects["weighted"]["maxcombo"], abs=1e-5)
