"""Refusals of single numbers."""

import pytest

from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share


def test_a_percentage_for_a_fraction_is_refused_with_the_fraction_that_is_meant() -> None:
    with pytest.raises(
        QuantityError, match=r"lung shunt must be a fraction from 0 to 1, but is 5; if 5 per cent is meant, write 0\.05"
    ):
        require_share(5, what="lung shunt")


@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf"), 101.0])
def test_what_is_no_fraction_is_refused(value: float) -> None:
    with pytest.raises(QuantityError, match="must be a fraction from 0 to 1"):
        require_share(value, what="share")


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_zero_mass_and_worse_is_refused(value: float) -> None:
    with pytest.raises(QuantityError, match=r"tumour mass \(kg\) must be a number above zero"):
        require_positive(value, what="tumour mass (kg)")


@pytest.mark.parametrize("value", [-1e-9, float("nan")])
def test_negative_residual_is_refused(value: float) -> None:
    with pytest.raises(QuantityError, match="must be zero or more"):
        require_not_negative(value, what="residual")


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_fraction_is_returned_as_it_is(value: float) -> None:
    assert require_share(value, what="share") == value
