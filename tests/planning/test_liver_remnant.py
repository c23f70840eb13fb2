"""Future liver remnant: laws, published formula, limits, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.liver_remnant import functional_liver_volume, hypertrophy, total_liver_volume
from yttria.values.errors import QuantityError
from yttria.values.units import Ml

volumes = st.floats(50, 3000)


# laws


@given(volumes, volumes, volumes, st.floats(0.1, 50))
def test_growth_there_and_back_cancels_and_the_rate_times_weeks_is_the_points(
    before: float, after: float, total: float, weeks: float
) -> None:
    there = hypertrophy(Ml(before), Ml(after), total=Ml(total), weeks=weeks)
    back = hypertrophy(Ml(after), Ml(before), total=Ml(total), weeks=weeks)
    assert there.points is not None
    assert back.points is not None
    assert there.points_per_week is not None
    assert there.points == pytest.approx(-back.points)
    assert there.points_per_week * weeks == pytest.approx(there.points)
    assert (1 + there.percent / 100) * (1 + back.percent / 100) == pytest.approx(1)


# known answers


def test_two_square_metres_have_a_liver_of_1740_56_ml() -> None:
    assert total_liver_volume(180, 80) == pytest.approx(-794 + 1267.28 * 2)


def test_points_and_per_cent_are_two_meanings_by_hand() -> None:
    grown = hypertrophy(Ml(420), Ml(560), total=Ml(1500), weeks=6)
    assert (grown.points, grown.percent, grown.points_per_week) == pytest.approx((28 / 3, 100 / 3, 28 / 18))


def test_what_has_no_input_is_not_computed() -> None:
    grown = hypertrophy(Ml(400), Ml(500), weeks=3)
    assert (grown.points, grown.percent, grown.points_per_week) == (None, 25.0, None)


def test_the_functional_liver_is_the_liver_less_its_tumour() -> None:
    assert functional_liver_volume(Ml(1800), Ml(300)) == Ml(1500)


# refusals


@pytest.mark.parametrize("tumour", [1800.0, 1801.0])
def test_a_tumour_as_large_as_its_liver_is_refused(tumour: float) -> None:
    assert functional_liver_volume(Ml(1800), Ml(1799)) == Ml(1)
    with pytest.raises(QuantityError, match="must be larger than its tumour"):
        functional_liver_volume(Ml(1800), Ml(tumour))


def test_a_child_for_whom_the_formula_gives_no_liver_is_refused() -> None:
    with pytest.raises(QuantityError, match="holds for adults"):
        total_liver_volume(100, 14)


@pytest.mark.parametrize("weeks", [0.0, -1.0])
def test_weeks_that_do_not_pass_are_refused(weeks: float) -> None:
    with pytest.raises(QuantityError, match="weeks must be a number above zero"):
        hypertrophy(Ml(400), Ml(500), total=Ml(1500), weeks=weeks)
