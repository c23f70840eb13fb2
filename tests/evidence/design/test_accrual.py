"""How patients enter: shares by stretch, refusals."""

import numpy as np
import pytest

from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.simulation import Scenario, draw_trials
from yttria.values.errors import EvidenceError


def test_each_stretch_gets_its_share_of_the_patients() -> None:
    pace = AccrualPattern(((6, 1), (4, 0), (20, 3)))
    drawn = draw_trials(Scenario(100, 10, 0.5, accrual=30, follow_up=12, pace=pace), 200, seed=1)
    shares = [np.mean((drawn.entry >= a) & (drawn.entry < b)) for a, b in ((0, 6), (6, 10), (10, 30))]
    assert shares == pytest.approx([1 / 11, 0, 10 / 11], abs=0.01)
    assert drawn.entry.max() <= 30


def test_an_even_pace_changes_nothing() -> None:
    even = Scenario(20, 10, 0.5, accrual=24, follow_up=12)
    paced = Scenario(20, 10, 0.5, accrual=24, follow_up=12, pace=AccrualPattern(((24, 2),)))
    assert draw_trials(even, 50, seed=2).entry == pytest.approx(draw_trials(paced, 50, seed=2).entry)


@pytest.mark.parametrize(
    ("stretches", "why"), [((), "nobody enters"), (((0, 1),), "0:1"), (((3, -1),), "pace of zero or more")]
)
def test_stretches_that_cannot_be_are_refused(stretches: tuple[tuple[float, float], ...], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        AccrualPattern(stretches)


def test_stretches_of_another_length_than_the_accrual_are_refused() -> None:
    with pytest.raises(EvidenceError, match="as long as the accrual"):
        Scenario(20, 10, 0.5, accrual=12, follow_up=12, pace=AccrualPattern(((24, 2),)))
