"""How probable aims and limits are: monotone in activity, a half where dose and bound are one, shared errors shared."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.planning.target_probability import (
    DRAWS,
    LIMIT_PROBABILITY,
    DoseErrors,
    audit_limit_probability,
    estimated,
    keeping,
    most_probable_activity,
    reaching,
    spread,
)
from yttria.values.aims_limits import Limit, LimitCheck
from yttria.values.plan import Option, TargetProbability
from yttria.values.units import Bq, Gy

LIVER = Limit("normal-liver", "WNLD", Gy(90), "guideline")
LUNG = Limit("lung", "LD", Gy(30), "label")
FACTORS = {
    "TD_1": {"activity": 0.05, "contour tumour-1": -0.08},
    "TD_2": {"activity": 0.05, "contour tumour-2": -0.15},
    "WNLD": {"activity": 0.05, "contour tumour-1": -0.03},
    "LD": {"activity": 0.05, "shunt": 0.1},
}
ERRORS = DoseErrors(FACTORS)
PER_BQ = {"TD_1": 8e-8, "TD_2": 6e-8, "WNLD": 1.3e-8, "LD": 2.5e-9}
AIMS = {"TD_1": Gy(205), "TD_2": Gy(205)}

positive = st.floats(1e-3, 1e4)
relative = st.floats(1e-4, 0.5)


def doses(activity: float) -> dict[str, Gy]:
    return {name: Gy(d * activity) for name, d in PER_BQ.items()}


# laws


@given(positive, positive, relative)
def test_a_probability_lies_between_nothing_and_certainty_and_both_sides_add_up(v: float, b: float, u: float) -> None:
    assert 0 <= reaching(v, b, u) <= 1
    assert reaching(v, b, u) + keeping(v, b, u) == pytest.approx(1)


@given(positive, relative)
def test_a_dose_at_its_aim_reaches_it_and_at_its_limit_keeps_it_with_one_half(value: float, u: float) -> None:
    assert reaching(value, value, u) == keeping(value, value, u) == 0.5


@given(st.floats(0.5e9, 8e9), st.floats(1.0, 2.0))
@settings(max_examples=40)
def test_more_activity_never_makes_an_aim_less_nor_a_limit_more_probable(activity: float, times: float) -> None:
    less = ERRORS.of_option(doses(activity), AIMS, [LIVER, LUNG])
    more = ERRORS.of_option(doses(activity * times), AIMS, [LIVER, LUNG])
    assert all(more.aim[n] >= less.aim[n] for n in AIMS)
    assert all(more.limits[n] <= less.limits[n] for n in less.limits)
    assert less.all_aims is not None
    assert more.all_aims is not None
    assert more.all_aims >= less.all_aims


def test_all_aims_are_no_more_probable_than_the_least_probable_of_them() -> None:
    found = ERRORS.of_option(doses(3.4e9), AIMS, [LIVER])
    assert found.all_aims is not None
    assert found.all_aims <= min(found.aim.values()) + 2 / math.sqrt(DRAWS)
    assert found.all_targets <= found.all_aims


def test_a_shared_error_is_shared_and_own_errors_are_not() -> None:
    shared = DoseErrors({"TD_1": {"activity": 0.1}, "TD_2": {"activity": 0.1}})
    own = DoseErrors({"TD_1": {"contour tumour-1": 0.1}, "TD_2": {"contour tumour-2": 0.1}})
    at_aim = {"TD_1": Gy(205), "TD_2": Gy(205)}
    assert shared.joint(at_aim, AIMS) == pytest.approx(0.5, abs=0.02)
    assert own.joint(at_aim, AIMS) == pytest.approx(0.25, abs=0.02)
    assert shared.correlation("TD_1", "TD_2") == pytest.approx(1)
    assert own.correlation("TD_1", "TD_2") == 0


def test_an_error_that_lifts_the_tumour_and_lowers_the_liver_helps_both_targets() -> None:
    limit = Limit("normal-liver", "WNLD", Gy(50), "guideline")
    doses = {"TD": Gy(205), "WNLD": Gy(50)}
    apart = DoseErrors({"TD": {"edge": 0.1}, "WNLD": {"edge": -0.1}})
    together = DoseErrors({"TD": {"edge": 0.1}, "WNLD": {"edge": 0.1}})
    assert apart.joint(doses, {"TD": Gy(205)}, [limit]) == pytest.approx(0.5, abs=0.01)
    assert together.joint(doses, {"TD": Gy(205)}, [limit]) == pytest.approx(0.0, abs=0.01)


def test_joint_draws_have_the_spread_and_the_correlation_of_the_budget() -> None:
    drawn = ERRORS.ratios(["TD_1", "TD_2"])
    assert np.mean(drawn, axis=0) == pytest.approx(1.0, abs=1e-12)
    assert np.std(drawn, axis=0) == pytest.approx([spread(FACTORS["TD_1"]), spread(FACTORS["TD_2"])], rel=0.05)
    assert np.asarray(np.corrcoef(drawn.T))[0, 1] == pytest.approx(ERRORS.correlation("TD_1", "TD_2"), abs=0.05)


def test_the_same_question_has_the_same_answer() -> None:
    assert ERRORS.joint(doses(3e9), AIMS, [LIVER]) == DoseErrors(FACTORS).joint(doses(3e9), AIMS, [LIVER])


# the most probable activity


def test_no_other_activity_that_keeps_each_limit_reaches_all_aims_more_probably() -> None:
    activity, probable = most_probable_activity(ERRORS, PER_BQ, AIMS, [LIVER, LUNG])
    for other in np.linspace(0.1e9, 12e9, 400):
        found = ERRORS.of_option(doses(float(other)), AIMS, [LIVER, LUNG])
        assert found.all_aims is not None
        if min(found.limits.values()) >= LIMIT_PROBABILITY:
            assert found.all_aims <= probable + 1.1e-3
    there = ERRORS.of_option(doses(activity), AIMS, [LIVER, LUNG])
    assert min(there.limits.values()) >= LIMIT_PROBABILITY - 1e-9
    assert there.all_aims == pytest.approx(probable, abs=1e-3)


def test_where_a_limit_holds_it_is_kept_with_nine_in_ten() -> None:
    tight = replace(LIVER, limit_gy=Gy(36))
    activity, probable = most_probable_activity(ERRORS, PER_BQ, AIMS, [tight])
    assert ERRORS.of_option(doses(activity), AIMS, [tight]).limits["normal-liver"] == pytest.approx(0.90)
    assert probable < 0.5


def test_of_activities_that_are_as_probable_the_least_is_taken() -> None:
    activity, probable = most_probable_activity(ERRORS, PER_BQ, AIMS, [])
    assert probable == pytest.approx(0.999, abs=5e-4)
    assert ERRORS.joint(doses(activity * 0.97), AIMS) < probable


def test_what_was_received_before_leaves_less() -> None:
    before = replace(LIVER, already_gy=Gy(30))
    ratio = ERRORS.highest_activity(before, PER_BQ["WNLD"]) / ERRORS.highest_activity(LIVER, PER_BQ["WNLD"])
    assert ratio == pytest.approx(60 / 90)


# known answers


def test_an_aim_one_standard_uncertainty_below_is_reached_with_eighty_four_per_cent() -> None:
    assert reaching(200.0, 180.0, 0.1) == pytest.approx(0.8413, abs=1e-4)
    assert keeping(200.0, 220.0, 0.1) == pytest.approx(0.8413, abs=1e-4)


def test_the_limit_kept_with_nine_in_ten_is_its_quantile() -> None:
    errors = DoseErrors({"WNLD": {"contour": 0.1}})
    assert errors.highest_activity(LIVER, 1e-8) == pytest.approx(90 / 1e-8 / (1 + 1.2815515655 * 0.1))


@pytest.mark.parametrize(("value", "reached"), [(204.99, 0.0), (205.0, 1.0), (205.01, 1.0)])
def test_without_a_budget_a_dose_reaches_its_aim_or_does_not(value: float, reached: float) -> None:
    assert reaching(value, 205.0, 0.0) == reached
    assert DoseErrors({}).joint({"TD": Gy(value)}, {"TD": Gy(205)}) == reached


@pytest.mark.parametrize(
    ("recovered", "low", "high"), [(None, 90, 110), (120, 100, 132), (80, 72, 100), (101, 90.9, 111.1)]
)
def test_an_interval_reaches_from_the_dose_with_blur_undone_to_the_dose_as_seen(
    recovered: float | None, low: float, high: float
) -> None:
    found = estimated(Gy(100), {"activity": -0.05}, recovered=None if recovered is None else Gy(recovered))
    assert [found.low, found.high] == pytest.approx([low, high])
    assert found.value == pytest.approx(100)
    assert found.budget == {"activity": 0.05}


def test_an_interval_never_goes_below_zero() -> None:
    assert estimated(Gy(10), {"shunt": 0.8}).low == pytest.approx(0)


# findings


@pytest.mark.parametrize(("kept", "warned"), [(0.8999, True), (0.90, False), (0.9001, False)])
def test_a_limit_kept_with_less_than_nine_in_ten_is_a_warning_with_that_probability(kept: float, warned: bool) -> None:
    option = Option(
        approach="PDA",
        activity_bq=Bq(3e9),
        aim=None,
        doses_gy={"WNLD": Gy(80)},
        checks=(LimitCheck(LIVER, Gy(80)),),
        binding="",
        reached=True,
        probability=TargetProbability({}, {"normal-liver": kept}, None, kept),
    )
    found = audit_limit_probability(option)
    assert [(f.level, f.code) for f in found] == ([("warning", "limit-probability-normal-liver")] if warned else [])
    assert all("90 Gy to WNLD (80.0 Gy) with a probability of 89.99 %, below 90 %" in f.message for f in found)
    assert audit_limit_probability(replace(option, probability=None)) == ()


def test_a_limit_whose_dose_is_not_known_has_no_probability() -> None:
    lung = replace(LUNG, missing=("[shunt] fraction",))
    unknown = {**doses(3.4e9), "LD": Gy(0.0)}
    assert set(ERRORS.of_option(unknown, AIMS, [LIVER, lung]).limits) == {LIVER.name}
    assert set(ERRORS.of_option(doses(3.4e9), AIMS, [LIVER, lung]).limits) == {LIVER.name, LUNG.name}


@pytest.mark.parametrize(("value", "limit", "kept"), [(29.99, 30.0, 1.0), (30.0, 30.0, 1.0), (30.01, 30.0, 0.0)])
def test_without_a_budget_a_dose_keeps_its_limit_or_does_not(value: float, limit: float, kept: float) -> None:
    assert keeping(value, limit, 0.0) == kept
    assert DoseErrors({}).joint({"LD": Gy(value)}, {}, [replace(LUNG, limit_gy=Gy(limit))]) == kept


def test_rounding_of_the_tenth_digit_neither_misses_an_aim_nor_breaks_a_limit() -> None:
    low, high = 1 - 5e-10, 1 + 5e-10
    assert reaching(205.0 * low, 205.0, 0.0) == keeping(30.0 * high, 30.0, 0.0) == 1.0
    assert DoseErrors({}).joint({"TD": Gy(205 * low), "LD": Gy(30 * high)}, {"TD": Gy(205)}, [LUNG]) == 1.0


def test_errors_that_are_not_known_correlate_with_nothing() -> None:
    assert ERRORS.correlation("TD_1", "PLD") == 0
    assert ERRORS.relative("PLD") == 0
    assert ERRORS.correlation("TD_1", "WNLD") == pytest.approx(
        (0.05 * 0.05 + 0.08 * 0.03) / math.sqrt((0.05**2 + 0.08**2) * (0.05**2 + 0.03**2))
    )


@pytest.mark.parametrize("name", ["PLD", "TD_1"])
def test_doses_without_a_budget_are_drawn_as_they_are(name: str) -> None:
    drawn = DoseErrors({"TD_1": {}}).ratios([name])
    assert drawn.shape == (4096, 1)
    assert np.all(drawn == 1.0)
    assert DoseErrors(FACTORS).ratios([]).shape == (4096, 0)


def test_what_was_received_or_given_before_is_taken_off_aim_and_limit() -> None:
    """Without errors: (205 - 80) / 100 GBq for the aim, (30 - 10 - 12) / 8 GBq for the lungs."""
    lungs = replace(LUNG, already_gy=Gy(10))
    least, most = DoseErrors({}).activity_bounds(
        {"TD": 1e-7, "LD": 8e-9}, {"TD": Gy(205), "PLD": Gy(500)}, [lungs, LIVER], {"TD": Gy(80), "LD": Gy(12)}
    )
    assert least == pytest.approx(np.full(4096, 1.25e9))
    assert most == pytest.approx(np.full(4096, 1.0e9))


def test_a_dose_of_nothing_neither_reaches_an_aim_nor_breaks_a_limit() -> None:
    least, most = DoseErrors({}).activity_bounds({"TD": 0.0, "LD": 0.0}, {"TD": Gy(205)}, [LUNG])
    assert np.all(least == 0)
    assert np.all(np.isinf(most))


def test_half_of_the_draws_mirror_the_other_half() -> None:
    """So an aim at the mean is reached in exactly half of the draws."""
    assert DoseErrors({"TD": {"activity": 0.1}}).joint({"TD": Gy(205)}, {"TD": Gy(205)}) == 0.5


def test_a_limit_without_a_dose_does_not_hold_down_the_most_probable_activity() -> None:
    """Without errors the least activity that is certain to reach the aim."""
    cold = replace(LUNG, limit_gy=Gy(1))
    activity, probable = most_probable_activity(DoseErrors({}), {"TD": 1e-7, "LD": 0.0}, {"TD": Gy(205)}, [cold, LIVER])
    assert activity == pytest.approx(2.05e9)
    assert probable == 1.0


def test_the_certainty_beyond_which_no_activity_is_added_is_999_of_a_thousand_draws() -> None:
    errors = DoseErrors({"TD": {"activity": 0.1}})
    needed = np.sort(205 / errors.ratios(["TD"])[:, 0]) / 1e-7
    activity, probable = most_probable_activity(errors, {"TD": 1e-7}, {"TD": Gy(205)}, [])
    assert activity == needed[4091]  # the 4092nd of 4096: 0.99902
    assert probable == 4092 / 4096


@pytest.mark.parametrize(
    ("kept", "words"), [(0.894, "89 %"), (0.8949, "89 %"), (0.8951, "89.51 %"), (0.8999, "89.99 %")]
)
def test_a_probability_below_ninety_never_reads_as_ninety(kept: float, words: str) -> None:
    option = Option("PDA", Bq(3e9), None, {"WNLD": Gy(80)}, (LimitCheck(LIVER, Gy(80)),), "", reached=True, probability=TargetProbability({}, {"normal-liver": kept, "lung": 0.1}, None, kept))  # fmt: skip
    (found,) = audit_limit_probability(option)
    assert found.message == (
        f"PDA keeps the limit of 90 Gy to WNLD (80.0 Gy) with a probability of {words}, below 90 %; weigh a lower activity"
    )
    assert found.values == {"probability": kept, "limit_gy": 90, "value_gy": 80}
