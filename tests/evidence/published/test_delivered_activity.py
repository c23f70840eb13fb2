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


@pytest.mark.parametrize(
    ("delivered", "prescribed", "percent", "consistent"),
    [
        # 10.0 of 20.0: 50 %, by rounding 49.62 to 50.37, within 2 % of it 49 to 51
        ("10.0", "20.0", "51.00", True),
        ("10.0", "20.0", "51.01", False),
        ("10.0", "20.0", "49.00", True),
        ("10.0", "20.0", "48.99", False),
        # 12.000 of 10.000: 20 % too much
        ("12.000", "10.000", "-20.39", True),
        ("12.000", "10.000", "-20.41", False),
        ("12.000", "10.000", "20.00", False),
    ],
)
def test_an_underdose_may_lie_two_per_cent_from_what_its_activities_give(
    delivered: str, prescribed: str, percent: str, consistent: bool
) -> None:
    assert claim(delivered, prescribed, percent) is consistent


@pytest.mark.parametrize(("percent", "consistent"), [("50.37", True), ("50.38", False), ("49.62", True), ("49.61", False)])  # fmt: skip
def test_without_tolerance_rounding_alone_decides(percent: str, consistent: bool) -> None:
    # (1 - 10.05 / 19.95) = 49.624 % to (1 - 9.95 / 20.05) = 50.374 %; a print may be cut from one unit above
    found = delivered_activity(*map(Printed.of, ("10.0", "20.0", percent)), tolerance=0.0)
    assert (found.low, found.computed, found.high) == pytest.approx((49.6241, 50, 50.3741), abs=5e-5)
    assert found.consistent is consistent


def test_nothing_delivered_is_a_whole_underdose() -> None:
    found = delivered_activity(*map(Printed.of, ("0", "2", "100")))
    assert (found.low, found.computed, found.high) == pytest.approx((100 * (1 - 0.5 / 1.5), 100, 100))


@pytest.mark.parametrize(("delivered", "tolerance", "what"), [("-0.1", 0.02, "delivered activity"), ("9", -0.01, "tolerance")])  # fmt: skip
def test_a_negative_activity_or_tolerance_is_refused(delivered: str, tolerance: float, what: str) -> None:
    with pytest.raises(QuantityError, match=what):
        delivered_activity(*map(Printed.of, (delivered, "10", "3")), tolerance=tolerance)
