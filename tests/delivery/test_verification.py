"""Verification after treatment: what could still be given, agreement of voxels, and what the image makes a person look at."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.delivery.verification import (
    SIGMA_PER_FWHM,
    audit_aims,
    audit_image,
    audit_limits,
    blur_between,
    blurred,
    dose_comparisons,
    headroom,
    lin_ccc,
    ratio_of,
    voxel_agreement,
)
from yttria.values.aims_limits import Aim, Limit, LimitCheck
from yttria.values.errors import QuantityError
from yttria.values.units import Bq, Gy, Share
from yttria.values.verification import AimResult, ImageActivity

LUNG = Limit("lung", "LD", Gy(30.0), "label 2019")
CUBE = (5, 5, 5)
MM = (2.0, 2.0, 2.0)


def image(*, of_given: float | None = 1.0, outside: float | None = 0.0, elsewhere: float = 0.0) -> ImageActivity:
    return ImageActivity(
        activity_bq=None,
        at=None,
        of_given=of_given,
        outside_body=None if outside is None else Share(outside),
        negative=0.0,
        elsewhere=Share(elsewhere),
    )


def levels(seen: ImageActivity) -> dict[str, str]:
    return {f.code: f.level for f in audit_image(seen)}


def agreement(predicted: Any, delivered: Any, inside: Any = None, mm: tuple[float, float, float] = MM) -> Any:
    mask = np.ones(np.shape(predicted), dtype=np.bool_) if inside is None else inside
    return voxel_agreement(np.asarray(predicted), np.asarray(delivered), mask, mm, fwhm_mm=(6.0, 10.0))


# Laws


@given(st.floats(0.1, 29.9), st.floats(1e8, 1e10))
def test_a_limit_is_reached_exactly_when_the_headroom_is_given_in_the_same_distribution(
    dose: float, given: float
) -> None:
    more = headroom([LimitCheck(LUNG, Gy(dose))], {"LD": Gy(dose)}, Bq(given))["lung"]
    assert more is not None
    assert dose * (given + more) / given == pytest.approx(30.0, rel=1e-9)


@given(st.floats(0.0, 30.0), st.floats(0.0, 30.0))
def test_a_blur_to_a_coarser_resolution_adds_in_squares_and_none_is_taken_away(one: float, other: float) -> None:
    wide = blur_between(one, other)
    assert one**2 + wide**2 == pytest.approx(max(one, other) ** 2, abs=1e-9)


def test_a_blur_keeps_the_energy_that_stays_on_the_grid() -> None:
    dose = np.zeros((31, 31, 31))
    dose[15, 15, 15] = 100.0
    assert blurred(dose, 6.0, (2.0, 2.0, 2.0)).sum() == pytest.approx(100.0, rel=1e-6)


def test_no_blur_changes_nothing_and_a_negative_width_is_none() -> None:
    dose = np.random.default_rng(1).random(CUBE)
    assert np.array_equal(blurred(dose, 0.0, MM), dose)
    assert np.array_equal(blurred(dose, -1.0, MM), dose)


def test_doses_that_agree_in_every_voxel_have_no_bias_no_spread_and_pass_everywhere() -> None:
    dose = np.linspace(10, 200, 125).reshape(CUBE)
    found = agreement(dose, dose)
    assert (found.n, found.bias_gy, found.sd_gy, found.gamma_pass) == (125, 0.0, 0.0, 1.0)
    assert found.lin_ccc == pytest.approx(1.0, abs=1e-12)


# Known answers


def test_headroom_counts_what_the_organ_had_before() -> None:
    """15 Gy of this treatment and 10 before leave 5 of 30: a third of what was given."""
    check = LimitCheck(Limit("lung-cumulative", "LD", Gy(30.0), "label", already_gy=Gy(10.0)), Gy(25.0))
    assert headroom([check], {"LD": Gy(15.0)}, Bq(3e9)) == {"lung-cumulative": pytest.approx(1e9)}


@pytest.mark.parametrize(("value", "more"), [(29.7, 1.0e9 * 0.3 / 29.7), (30.0, 0.0), (30.3, 0.0)])
def test_headroom_ends_at_the_limit_and_is_never_negative(value: float, more: float) -> None:
    assert headroom([LimitCheck(LUNG, Gy(value))], {"LD": Gy(value)}, Bq(1e9))["lung"] == pytest.approx(more)


def test_a_volume_that_got_nothing_has_no_headroom_to_tell() -> None:
    assert headroom([LimitCheck(LUNG, Gy(0.0))], {"LD": Gy(0.0)}, Bq(1e9)) == {"lung": None}
    assert headroom([LimitCheck(LUNG, Gy(0.0))], {}, Bq(1e9)) == {"lung": None}


@pytest.mark.parametrize(
    ("doses", "ratio"),
    [
        ({"TD": 120.0, "NPLD": 40.0}, 3.0),
        ({"TD": 120.0, "NPLD": 0.0}, None),
        ({"TD": 120.0}, None),
        ({"NPLD": 4.0}, None),
    ],
)
def test_the_ratio_is_tumour_over_normal_and_absent_where_either_is(doses: dict[str, Any], ratio: float | None) -> None:
    assert ratio_of(doses) == ratio


def test_doses_are_compared_where_delivered_and_predicted_both_have_them() -> None:
    found = dose_comparisons(
        {"TD": Gy(200)}, {"TD": Gy(160), "LD": Gy(8)}, {"TD": Gy(120), "LD": Gy(10), "WLD": Gy(30)}
    )
    assert list(found) == ["TD", "LD"]
    assert (found["TD"].planned_gy, found["LD"].planned_gy) == (Gy(200), None)
    assert (found["TD"].difference_gy, found["TD"].ratio, found["LD"].ratio) == (-40, 0.75, 1.25)


def test_lins_concordance_is_the_one_of_its_formula_with_variances_over_n() -> None:
    """By hand: means 2 and 4, variances 2/3 and 8/3, covariance 4/3: (8/3) / (10/3 + 4) = 4/11."""
    assert lin_ccc(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])) == pytest.approx(4 / 11, rel=1e-12)


def test_concordance_of_mirrored_doses_is_minus_one_and_of_two_equal_constants_there_is_none() -> None:
    x = np.array([-1.0, 0.0, 1.0])
    assert lin_ccc(x, -x) == pytest.approx(-1.0)
    assert lin_ccc(np.full(4, 2.0), np.full(4, 2.0)) is None
    assert lin_ccc(np.full(4, 2.0), np.full(4, 3.0)) == 0.0


@pytest.mark.parametrize("spacing", [(2.0, 2.0, 2.0), (4.0, 2.0, 1.0)])
def test_a_blurred_point_falls_to_half_at_half_its_width_on_every_axis(spacing: tuple[float, float, float]) -> None:
    """A Gaussian of FWHM 8 mm, sampled: at 4 mm from the middle it is a half, whatever the size of the voxel."""
    assert pytest.approx(2 * math.sqrt(2 * math.log(2))) == 1 / SIGMA_PER_FWHM
    dose = np.zeros((17, 33, 49))
    dose[8, 16, 24] = 1.0
    seen = blurred(dose, 8.0, spacing)
    steps = [round(4.0 / s) for s in spacing]
    for place in ((8 + steps[0], 16, 24), (8, 16 + steps[1], 24), (8, 16, 24 + steps[2])):
        assert seen[place] / seen[8, 16, 24] == pytest.approx(0.5, rel=1e-6)


def test_nothing_lies_beyond_the_grid_that_is_blurred() -> None:
    """The outermost voxel keeps its own share and that of one side: (1 + g(0) step) / 2, g the Gaussian's density."""
    seen = blurred(np.ones((41, 41, 41)), 8.0, MM)
    assert seen[20, 20, 20] == pytest.approx(1.0, rel=1e-3)
    assert seen[0, 20, 20] == pytest.approx((1 + 2.0 / (8.0 * SIGMA_PER_FWHM * math.sqrt(2 * math.pi))) / 2, rel=1e-3)


def test_bias_is_delivered_minus_predicted_with_the_spread_of_a_sample() -> None:
    predicted = np.array([10.0, 20.0, 30.0, 40.0]).reshape(1, 2, 2)
    found = agreement(predicted, predicted + np.array([1.0, 2.0, 3.0, 6.0]).reshape(1, 2, 2))
    assert (found.n, found.bias_gy) == (4, 3.0)
    assert found.sd_gy == pytest.approx(math.sqrt((4 + 1 + 0 + 9) / 3))
    assert (found.predicted_fwhm_mm, found.delivered_fwhm_mm) == (6.0, 10.0)


def test_two_voxels_have_the_spread_of_two() -> None:
    predicted = np.array([[[10.0, 20.0]]])
    assert agreement(predicted, predicted + np.array([[[1.0, 3.0]]])).sd_gy == pytest.approx(math.sqrt(2))


def test_only_what_lies_inside_is_compared() -> None:
    predicted, delivered = np.full(CUBE, 50.0), np.full(CUBE, 52.0)
    predicted[0], delivered[0] = 500.0, 1.0
    inside = np.ones(CUBE, dtype=np.bool_)
    inside[0] = False
    found = agreement(predicted, delivered, inside)
    assert (found.n, found.bias_gy, found.gamma_n) == (100, 2.0, 100)
    assert found.gamma_pass == 1.0


@pytest.mark.parametrize(("percent", "passes"), [(9.9, 1.0), (10.0, 1.0), (10.1, 0.0)])
def test_a_uniform_difference_passes_to_a_tenth_of_the_largest_predicted_dose(percent: float, passes: float) -> None:
    dose = np.full(CUBE, 100.0)
    assert agreement(dose, dose + percent).gamma_pass == passes


@pytest.mark.parametrize(("spacing", "mm"), [((4.9, 2.0, 2.0), 5.0), ((5.0, 5.0, 5.0), 5.0), ((2.0, 5.1, 2.0), 5.1)])
def test_gamma_looks_as_far_as_five_millimetres_or_one_voxel(spacing: tuple[float, float, float], mm: float) -> None:
    assert agreement(np.ones(CUBE), np.ones(CUBE), mm=spacing).gamma.distance_mm == mm


def test_one_voxel_has_no_spread_and_where_nothing_was_predicted_no_gamma_is_told() -> None:
    inside = np.zeros(CUBE, dtype=np.bool_)
    inside[2, 2, 2] = True
    found = agreement(np.zeros(CUBE), np.ones(CUBE), inside)
    assert (found.n, found.sd_gy, found.gamma_n, found.lin_ccc) == (1, 0.0, 0, 0.0)
    assert found.gamma_pass is None


@pytest.mark.parametrize(("share", "level"), [(0.0999, "note"), (0.10, "note"), (0.1001, "warning")])
def test_more_than_a_tenth_outside_liver_and_lungs_is_a_warning(share: float, level: str) -> None:
    assert levels(image(elsewhere=share))["activity-elsewhere"] == level


@pytest.mark.parametrize(("share", "level"), [(0.0499, "note"), (0.05, "note"), (0.0501, "warning")])
def test_more_than_a_twentieth_outside_the_body_is_a_warning(share: float, level: str) -> None:
    assert levels(image(outside=share))["activity-outside-body"] == level


@pytest.mark.parametrize(
    ("found", "warned"),
    [
        (0.799, True),
        (0.8, True),
        (0.801, False),
        (1.0, False),
        (1.199, False),
        (1.2, True),
        (1.201, True),
        (None, False),
    ],
)
def test_a_fifth_more_or_less_than_what_was_given_is_a_warning(found: float | None, warned: bool) -> None:
    assert ("activity-not-found" in levels(image(of_given=found))) is warned


def test_what_was_not_found_is_told_in_percent_of_what_was_given() -> None:
    (found,) = [f for f in audit_image(image(of_given=0.704)) if f.code == "activity-not-found"]
    assert found.message.startswith("the image shows 70 % of what was given inside the body")
    assert found.values == {"of_given_fraction": 0.704}


def test_where_no_body_is_known_a_note_says_so_and_no_share_is_told() -> None:
    found = audit_image(image(outside=None, elsewhere=0.042))
    assert [(f.level, f.code) for f in found] == [("note", "activity-elsewhere"), ("note", "body-unknown")]
    assert found[0].message.startswith("4.2 % of the activity in the body")
    assert found[0].values == {"elsewhere_fraction": 0.042}


def test_an_aim_that_is_not_met_is_a_warning_with_both_doses() -> None:
    aim = Aim("TD", Gy(205.0), "Garin 2021")
    assert audit_aims([AimResult(aim, Gy(205.0)), AimResult(aim, Gy(206.0))]) == ()
    (found,) = audit_aims([AimResult(aim, Gy(204.9))])
    assert (found.level, found.code) == ("warning", "aim-not-met")
    assert found.message == "TD received 204.9 Gy, below its aim of 205 Gy (Garin 2021)"


def test_a_limit_that_was_exceeded_is_a_warning_and_no_stop() -> None:
    assert audit_limits([LimitCheck(LUNG, Gy(30.0))]) == ()
    (found,) = audit_limits([LimitCheck(LUNG, Gy(30.1))])
    assert (found.level, found.code) == ("warning", "limit-exceeded")
    assert found.message == "LD received 30.1 Gy, above its limit lung of 30 Gy (label 2019); follow this organ"
    assert found.values == {"limit": "lung", "value_gy": 30.1, "limit_gy": 30.0}


# Refusals


def test_a_comparison_without_a_voxel_is_refused() -> None:
    with pytest.raises(QuantityError, match="needs voxels inside the liver, but none lies there"):
        agreement(np.ones(CUBE), np.ones(CUBE), np.zeros(CUBE, dtype=np.bool_))
