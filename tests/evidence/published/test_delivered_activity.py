"""Claimed underdoses: what follows from two activities and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.published.delivered_activity import delivered_activity
from yttria.evidence.published.rounding import Printed
from yttria.values.errors import QuantityError


def claim(delivered: str, prescribed: str, percent: str) -> bool:
    return delivered_activity(Printed.of(delivered), Printed.of(prescribed), Printed.of(percent)).consistent


# laws


@given(st.floats(1, 100), st.floats(1, 100))
def test_the_true_underdose_of_rounded_activities_is_always_consistent(delivered: float, prescribed: float) -> None:
    truth = 100 * (1 - delivered / prescribed)
    assert claim(f"{delivered:.1f}", f"{prescribed:.1f}", f"{truth:.2f}")


# known answers


def test_the_event_with_percentages_that_do_not_add_up_is_found() -> None:
    # US NRC event notification 49450
    assert claim("9.2", "11.9", "22.48")
    assert not claim("8.92", "11.9", "30.03")


# refusals


def test_nothing_prescribed_is_refused() -> None:
    with pytest.raises(QuantityError, match="prescribed activity"):
        claim("9", "0", "3")
