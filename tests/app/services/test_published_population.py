"""`reconstruct --printed`: a warning where populations differ in what was printed, from a tenth of a standard deviation on."""

import math

import numpy as np
import pytest

from yttria.app.services.published_population import published_populations
from yttria.values.cohort import Column
from yttria.values.errors import IntakeError

PVT = Column("pvt", np.array([1] * 6 + [0] * 4), ("0", "1"), np.array([1.0] * 6 + [0.0] * 4))
AGE = Column("age", np.arange(10), tuple("abcdefghij"), np.array([60.0, 62, 64, 66, 68, 60, 62, 64, 66, np.nan]))
FACTS = {"pvt": PVT, "age": AGE, "stage": Column("stage", np.zeros(10, dtype=np.int64), ("A",))}


def test_a_share_and_a_mean_are_compared_in_standard_deviations() -> None:
    found, findings = published_populations("pvt=0.38, age=64", FACTS)
    assert found is not None
    assert AGE.numbers is not None
    assert found["pvt"].standardised_difference == pytest.approx((0.6 - 0.38) / math.sqrt(0.38 * 0.62))
    assert found["age"].n == 9
    assert found["age"].standardised_difference == pytest.approx((572 / 9 - 64) / np.nanstd(AGE.numbers, ddof=1))
    assert [f.code for f in findings] == ["populations-differ"]
    assert "pvt: 0.38 printed, 0.6 here" in findings[0].message


@pytest.mark.parametrize(("share", "warned"), [(0.6, False), (0.5515, False), (0.5485, True)])
def test_a_tenth_of_a_standard_deviation_is_told(share: float, warned: bool) -> None:
    gap = (0.6 - share) / math.sqrt(share * (1 - share))
    assert (gap >= 0.1) == warned
    assert bool(published_populations(f"pvt={share}", FACTS)[1]) == warned


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ("pvt", "name=number"),
        ("pvt=many", "name=number"),
        ("stage=1", "no such column of numbers"),
        ("ecog=1", "no such column"),
    ],
)
def test_other_words_are_refused(words: str, match: str) -> None:
    with pytest.raises(IntakeError, match=match):
        published_populations(words, FACTS)
    with pytest.raises(IntakeError, match="times alone"):
        published_populations("pvt=0.4", {})


def test_nothing_printed_is_nothing_compared() -> None:
    assert published_populations(None, {}) == (None, [])
