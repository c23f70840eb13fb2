"""Scales of limits: as the curve's own limits, and back from prints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.published.limit_scale import SCALES, Scale, Side, error_span, limits_of
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import TimeToEvent

SCALE = st.sampled_from(SCALES)

# laws


@given(
    scale=SCALE,
    survival=st.floats(0.02, 0.98),
    wide=st.floats(0.01, 1.5),
    above=st.floats(0, 0.3),
    beside=st.floats(0, 0.3),
)
def test_the_error_behind_a_limit_lies_in_the_span_whatever_the_scale(
    scale: Scale, survival: float, wide: float, above: float, beside: float
) -> None:
    rate = max(survival - above, 1e-6), min(survival + beside, 1.0)
    sides: tuple[Side, Side] = (-1, 1)
    for side, limit in zip(sides, limits_of(survival, wide, scale), strict=True):
        low, high = error_span(rate, (max(limit - 0.0005, 0.0), min(limit + 0.0005, 1.0)), scale, side)
        assert low - 1e-9 <= wide or limit >= 1
        assert high + 1e-9 >= wide


@pytest.mark.parametrize("scale", SCALES)
def test_limits_are_those_of_the_curve_on_each_scale(scale: Scale) -> None:
    observed = np.array([True, True, False, True, False, True, True, False, True])
    km = kaplan_meier(TimeToEvent(np.arange(1.0, 10.0), observed), conf=scale)
    z = 1.959963984540054
    for row in range(8):
        error = km.std_err[row] / km.survival[row]
        expected = km.low[row], km.high[row]
        assert limits_of(float(km.survival[row]), z * float(error), scale) == pytest.approx(expected, abs=1e-12)


# known answers


def test_nobody_left_has_no_limits_and_everybody_left_only_without_an_error() -> None:
    for scale in SCALES:
        assert np.isnan(limits_of(0.0, 0.4, scale)).all()
        assert limits_of(1.0, 0.0, scale) == (1.0, 1.0)


def test_a_limit_at_the_edge_where_scales_cut_it_bounds_no_error_from_above() -> None:
    assert error_span((0.5, 0.5), (0.0, 0.0005), "plain", -1)[1] == np.inf
    assert error_span((0.5, 0.5), (0.9995, 1.0), "log", 1)[1] == np.inf


@pytest.mark.parametrize("scale", SCALES)
def test_a_lower_limit_bounds_the_error_by_its_greatest_value_between_the_ends(scale: Scale) -> None:
    rate, limit = (0.15, 0.97), 0.1
    found = error_span(rate, (limit, limit), scale, -1)
    between = [error_span((s, s), (limit, limit), scale, -1)[1] for s in np.linspace(*rate, 400)]
    assert found[1] == pytest.approx(max(between), rel=1e-4)
    assert found[1] >= max(between) * (1 - 1e-8)
    assert found[0] == pytest.approx(min(between), rel=1e-8)


@pytest.mark.parametrize(
    ("survival", "wide", "scale", "limits"),
    [
        (0.98, 1.5, "arcsin", (0.0, 1.0)),
        (0.9, 1.5, "plain", (0.0, 1.0)),
        (0.5, 0.2, "plain", (0.4, 0.6)),
        (0.5, 0.2, "log", (0.5 * np.exp(-0.2), 0.5 * np.exp(0.2))),
        (0.9, 0.2, "log", (0.9 * np.exp(-0.2), 1.0)),
        (0.5, np.log(2) ** 2, "log-log", (0.25, 0.5**0.5)),  # exp(-+w / log S) is 2 and 1/2
        (0.5, np.log(3) / 2, "logit", (0.25, 0.75)),
        (0.5, np.pi / 6, "arcsin", (np.sin(np.pi / 6) ** 2, np.sin(np.pi / 3) ** 2)),
    ],
)
def test_limits_are_those_worked_by_hand_and_never_leave_0_to_1(
    survival: float, wide: float, scale: Scale, limits: tuple[float, float]
) -> None:
    assert limits_of(survival, wide, scale) == pytest.approx(limits, abs=1e-12)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("side", [-1, 1])
def test_the_error_of_exact_numbers_is_the_one_that_made_them(scale: Scale, side: Side) -> None:
    limit = limits_of(0.4, 0.3, scale)[0 if side < 0 else 1]
    assert error_span((0.4, 0.4), (limit, limit), scale, side) == pytest.approx((0.3, 0.3), rel=1e-6)


@pytest.mark.parametrize(("side", "limit"), [(-1, (0.45, 0.55)), (1, (0.35, 0.45))])
def test_a_limit_on_the_wrong_side_of_its_rate_needs_no_error_and_allows_none_below_zero(
    side: Side, limit: tuple[float, float]
) -> None:
    # the print of the limit reaches beyond the rate of 0.4 (0.5) to the other side
    rate = (0.4, 0.4) if side < 0 else (0.5, 0.5)
    assert error_span(rate, limit, "log", side) == (0, 0)


def test_every_limit_of_1_and_of_an_edge_is_finite_on_every_scale() -> None:
    for scale in SCALES:
        low, high = error_span((0.0, 1.0), (0.2, 0.3), scale, -1)
        assert 0 <= low < high < np.inf
