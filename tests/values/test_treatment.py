"""Activities and lung masses: each judged just below, at and just above what it is held to."""

import pytest

from yttria.values.errors import QuantityError
from yttria.values.treatment import require_activity, require_lung_mass
from yttria.values.units import Gram


def test_an_activity_of_five_of_the_largest_vials_is_the_most_that_is_believed() -> None:
    assert require_activity(100e9, what="activity") == 100e9
    with pytest.raises(QuantityError, match=r"must not exceed 100 GBq.*MBq is meant, write 0\.1001"):
        require_activity(100.1e9, what="activity")


@pytest.mark.parametrize("grams", [100.0, 100.1, 4999.9, 5000.0])
def test_lungs_from_a_tenth_to_five_kilograms_are_believed(grams: float) -> None:
    assert require_lung_mass(grams) == Gram(grams)


@pytest.mark.parametrize("grams", [99.9, 5000.1, float("nan")])
def test_lungs_lighter_or_heavier_than_any_are_refused(grams: float) -> None:
    with pytest.raises(QuantityError, match=r"from 0\.1 to 5 kg"):
        require_lung_mass(grams)
