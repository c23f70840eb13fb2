"""Scales of limits: as the curve's own limits, and back from prints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.published.limit_scale import SCALES, Scale, error_span, limits_of
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
    for side, limit in zip((-1, 1), limits_of(survival, wide, scale), strict=True):
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
