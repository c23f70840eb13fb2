"""Where PDA goes within its limits, and what lies on the activity axis."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.activity_window import EarlierActivity, activity_window, sought_activity
from yttria.planning.target_probability import DoseErrors
from yttria.values.aims_limits import Aim, Limit
from yttria.values.units import Gy

PER_BQ = {"TD": 7.6e-8, "NPLD": 2.0e-8, "WNLD": 1.28e-8, "LD": 2.3e-9, "PLD": 3.5e-8}
ERRORS = DoseErrors({name: {"activity": 0.05, f"contour {name}": 0.04} for name in PER_BQ})
GLASS = Aim("TD", Gy(205), "trial", wished_gy=Gy(300), sought_gy=Gy(250))
RESIN = Aim("TD", Gy(100), "guideline", wished_gy=Gy(120), sought_gy=Gy(100))
MCRC = Aim("TD", Gy(189), "guideline")
LIVER = Limit("normal-liver", "WNLD", Gy(90), "guideline")
LUNG = Limit("lung", "LD", Gy(30), "label")
U = 0.0640312424


def tumour(aim: Aim, limits: tuple[Limit, ...] = (LIVER, LUNG), *, normal: float | None = 120, **how: float) -> float:
    found = sought_activity(
        aim, PER_BQ, limits, ERRORS, perfused_normal_gy=None if normal is None else Gy(normal), **how
    )
    return found.activity * PER_BQ["TD"]


# laws


@given(st.floats(20, 200))
def test_a_looser_limit_never_lowers_what_is_sought(gy: float) -> None:
    tight, loose = replace(LIVER, limit_gy=Gy(gy)), replace(LIVER, limit_gy=Gy(gy * 1.1))
    assert tumour(GLASS, (loose,)) >= tumour(GLASS, (tight,)) - 1e-9
    assert 250 - 1e-9 <= tumour(GLASS, (tight,)) <= 300 + 1e-9


def test_a_wish_is_sought_where_every_limit_is_kept() -> None:
    assert tumour(GLASS) == pytest.approx(300)
    assert tumour(RESIN, (), normal=None) == pytest.approx(120)


def test_the_way_to_the_wish_ends_where_a_limit_is_kept_with_nine_in_ten() -> None:
    at_wish = 300 / PER_BQ["TD"] * PER_BQ["WNLD"]
    edge = at_wish * (1 + 1.2815515655 * U)
    for gy, whole in ((edge * 0.9999, False), (edge * 1.0001, True)):
        assert (tumour(GLASS, (replace(LIVER, limit_gy=Gy(gy)),)) == pytest.approx(300, rel=1e-9)) is whole
    held = tumour(GLASS, (replace(LIVER, limit_gy=Gy(at_wish)),))
    assert held == pytest.approx(300 / (1 + 1.2815515655 * U))


def test_below_what_is_sought_no_probability_holds_it_back() -> None:
    at_sought = 250 / PER_BQ["TD"] * PER_BQ["WNLD"]
    assert tumour(GLASS, (replace(LIVER, limit_gy=Gy(at_sought)),)) == pytest.approx(250)


@pytest.mark.parametrize(("gy", "found"), [(79.0, 300), (78.9473684, 300), (78.0, 78 / 20 * 76), (60, 250)])
def test_glass_goes_on_only_while_the_perfused_normal_liver_stays_within_its_bound(gy: float, found: float) -> None:
    assert tumour(GLASS, (), normal=gy) == pytest.approx(found, rel=1e-6)


def test_a_wish_that_is_stated_is_sought_as_it_stands() -> None:
    stated = replace(GLASS, wished_gy=Gy(400), sought_gy=None)
    assert tumour(stated, (replace(LIVER, limit_gy=Gy(50)),), normal=80) == pytest.approx(400)


def test_without_a_wish_the_lower_end_of_the_interval_reaches_the_aim() -> None:
    assert tumour(MCRC) * (1 - 2 * U) == pytest.approx(189)
    assert tumour(MCRC, recovered_ratio=1.1) * 1.1 * (1 - 2 * U) == pytest.approx(189)
    assert tumour(MCRC, recovered_ratio=1.5) == pytest.approx(
        189
    )  # the whole interval lies above: the dose as seen is its end


@pytest.mark.parametrize(("u", "times"), [(0.0999, 1 / (1 - 0.1998)), (0.1, 1.25), (0.1001, 1.25), (0.6, 1.25)])
def test_an_aim_without_a_wish_is_exceeded_by_a_quarter_at_most(u: float, times: float) -> None:
    found = sought_activity(MCRC, PER_BQ, (), DoseErrors({"TD": {"contour": u}}))
    assert found.activity * PER_BQ["TD"] == pytest.approx(189 * times)


# the window


def marks(aim: Aim | None = GLASS) -> dict[str, tuple[float, float]]:
    window = activity_window(
        PER_BQ,
        goals=[("TD", Gy(205)), ("TD", Gy(250)), ("NPLD", Gy(88)), ("TD_9", Gy(1))],
        limits=(LIVER, replace(LUNG, already_gy=Gy(10))),
        standard={"SDA": 120 / PER_BQ["PLD"]},
        errors=ERRORS,
        aim=aim,
    )
    assert window is not None
    assert [m.activity_bq for m in window.marks] == sorted(m.activity_bq for m in window.marks)
    assert list(window.reached) == sorted(window.reached)
    assert list(window.within_limits) == sorted(window.within_limits, reverse=True)
    assert all(b <= min(r, k) for r, k, b in zip(window.reached, window.within_limits, window.joint, strict=True))
    return {m.at: (m.activity_bq, m.probability) for m in window.marks}


def test_every_mark_lies_where_its_dose_is_exact_and_a_limit_counts_what_was_received() -> None:
    found = marks()
    assert found["TD 205"][0] * PER_BQ["TD"] == pytest.approx(205)
    assert found["NPLD 88"][0] * PER_BQ["NPLD"] == pytest.approx(88)
    assert found["SDA"][0] * PER_BQ["PLD"] == pytest.approx(120)
    assert found["limit:normal-liver"][0] * PER_BQ["WNLD"] == pytest.approx(90)
    assert found["limit:lung"][0] * PER_BQ["LD"] == pytest.approx(20)
    assert "TD_9 1" not in found


def test_at_the_aim_and_at_a_limit_it_is_even_odds() -> None:
    found = marks()
    assert found["TD 205"][1] == pytest.approx(0.5, abs=0.02)
    assert found["limit:normal-liver"][1] == pytest.approx(0.5, abs=0.02)
    assert found["TD 250"][1] > 0.99
    assert marks(None)["TD 205"][1] == pytest.approx(1.0)


def test_a_patient_without_any_dose_has_no_window() -> None:
    assert (
        activity_window({"TD": 0.0}, goals=[("TD", Gy(205))], limits=(LIVER,), standard={}, errors=ERRORS, aim=None)
        is None
    )


def test_the_axis_begins_at_nothing_and_ends_five_per_cent_beyond_the_last_mark() -> None:
    window = activity_window(
        {"TD": 1e-7, "LD": 1e-8}, goals=[("TD", Gy(205))], limits=[LUNG], standard={}, errors=DoseErrors({}), aim=GLASS
    )
    assert window is not None
    axis = window.activity_bq
    assert axis[0] == 0
    assert axis[-1] == pytest.approx(1.05 * 3e9)  # 30 Gy to the lungs
    assert len(axis) == len(window.reached) == 241
    steps = [b - a for a, b in itertools.pairwise(axis)]
    assert steps == pytest.approx([axis[-1] / 240] * 240)


def test_where_a_limits_dose_is_not_known_the_wish_is_not_sought() -> None:
    """250 Gy and no more, however far the limits that are known lie away."""
    aim = Aim("TD", Gy(205), "trial", wished_gy=Gy(300), sought_gy=Gy(250))
    liver = Limit("normal-liver", "WNLD", Gy(90), "guideline")
    lung = Limit("lung", "LD", Gy(30), "label", state="assumed", missing=("[shunt] fraction",))
    errors, per_bq = DoseErrors({"WNLD": {"contour": 0.1}}), {"TD": 1e-7, "WNLD": 1e-8, "LD": 0.0}
    assert sought_activity(aim, per_bq, [liver], errors).activity == pytest.approx(3.0e9)
    found = sought_activity(aim, per_bq, [liver, lung], errors)
    assert found.activity == pytest.approx(2.5e9)
    assert found.why == "250 Gy is sought and no more: the dose of lung is not known"
    assert sought_activity(aim, {**per_bq, "LD": 1e-12}, [liver, lung], errors).activity == pytest.approx(3.0e9)


PLAIN_BQ = {"TD": 3e-8, "NPLD": 1.2e-8, "WNLD": 1e-8, "PLD": 0.0}


@pytest.mark.parametrize(
    ("normal", "gy", "why"),
    [
        (120.1, 300.0, "the wish of 300 Gy is sought: every limit is kept with 90 %"),
        (120.0, 300.0, "the wish of 300 Gy is sought: every limit is kept with 90 %"),  # 300 / 3 = 120 / 1.2
        (
            119.0,
            297.5,
            "more than 250 Gy is sought, but not the wish of 300 Gy: beyond, the perfused normal liver would have more than 119 Gy (house)",
        ),
        (
            100.0,
            250.0,
            "250 Gy is sought and no more: beyond, the perfused normal liver would have more than 100 Gy (house)",
        ),  # 250 / 3 = 100 / 1.2
    ],
)
def test_what_is_sought_says_which_bound_it_ends_at(normal: float, gy: float, why: str) -> None:
    found = sought_activity(GLASS, PLAIN_BQ, (), DoseErrors({}), perfused_normal_gy=Gy(normal))
    assert found.activity * 3e-8 == pytest.approx(gy)
    assert found.why == why


def test_a_limit_that_ends_the_way_to_the_wish_is_named_with_its_probability() -> None:
    found = sought_activity(GLASS, PLAIN_BQ, (LIVER,), DoseErrors({}))
    assert found.activity * 1e-8 == pytest.approx(90)  # 270 Gy to the tumour
    assert found.why == (
        "more than 250 Gy is sought, but not the wish of 300 Gy: beyond, normal-liver would be kept with less than 90 %"
    )


@pytest.mark.parametrize("normal", [{}, {"NPLD": 0.0}])
def test_a_perfused_normal_liver_without_a_dose_and_a_limit_without_one_hold_nothing_back(
    normal: dict[str, float],
) -> None:
    cold = Limit("whole-liver", "WLD", Gy(1), "trial")
    found = sought_activity(
        GLASS, {"TD": 3e-8, "WLD": 0.0, **normal}, (cold, LIVER), DoseErrors({}), perfused_normal_gy=Gy(120)
    )
    assert found.activity * 3e-8 == pytest.approx(300)


def test_without_a_wish_what_is_sought_says_whether_the_interval_or_the_quarter_ends_it() -> None:
    near = sought_activity(MCRC, PER_BQ, (), DoseErrors({"TD": {"contour": 0.05}}))
    assert near.why == "the lower end of the 95 % interval is brought to the aim of 189 Gy"
    far = sought_activity(MCRC, PER_BQ, (), DoseErrors({"TD": {"contour": 0.2}}))
    assert (
        far.why == "1.25 times the aim of 189 Gy is sought (house): the lower end of the interval stays below the aim"
    )


def test_of_a_course_given_in_part_the_axis_begins_there_and_only_the_rest_grows_along_it() -> None:
    """1 GBq gave 80 Gy to the tumour and 20 Gy to the lungs: 125 Gy more at 100 Gy/GBq, 10 Gy more at 8 Gy/GBq."""
    window = activity_window(
        {"TD": 1e-7, "LD": 8e-9, "PLD": 0.0, "WLD": -1e-20},
        goals=[("TD", Gy(205)), ("TD", Gy(80)), ("PLD", Gy(1))],
        limits=[LUNG, Limit("whole-liver", "WLD", Gy(40), "trial")],
        standard={"SDA": 0.9e9},
        errors=DoseErrors({}),
        aim=Aim("TD", Gy(205), "trial"),
        earlier=EarlierActivity(1e9, {"TD": Gy(80), "LD": Gy(20)}),
    )
    assert window is not None
    assert {m.at: m.activity_bq / 1e9 for m in window.marks} == pytest.approx({"TD 205": 2.25, "limit:lung": 2.25})
    assert [m.probability for m in window.marks] == [1.0, 1.0]
    assert window.activity_bq[0] == 1e9
    assert window.activity_bq[-1] == pytest.approx(1.05 * 2.25e9)
    for activity, reached, kept in zip(window.activity_bq, window.reached, window.within_limits, strict=True):
        assert (reached, kept) == (float(activity >= 2.25e9 * (1 - 1e-9)), float(activity <= 2.25e9 * (1 + 1e-9)))


@pytest.mark.parametrize(
    ("limit_gy", "end"),
    [(20.0, 2.05), (40.9, 4.09), (41.0, 4.1), (41.1, 2.05)],  # 205 Gy are 2.05 GBq: the limit at 10 Gy/GBq
)
def test_the_axis_shows_a_limit_up_to_twice_of_what_is_wanted(limit_gy: float, end: float) -> None:
    window = activity_window(
        {"TD": 1e-7, "LD": 1e-8},
        goals=[("TD", Gy(205))],
        limits=[replace(LUNG, limit_gy=Gy(limit_gy)), Limit("far", "LD", Gy(500), "label")],
        standard={},
        errors=DoseErrors({}),
        aim=None,
    )
    assert window is not None
    assert window.activity_bq[-1] == pytest.approx(1.05 * end * 1e9)


def test_an_axis_of_limits_alone_ends_at_the_first_of_them() -> None:
    far = Limit("far", "LD", Gy(500), "label")
    window = activity_window({"LD": 1e-8}, goals=[], limits=[LUNG, far], standard={}, errors=DoseErrors({}), aim=None)
    assert window is not None
    assert window.activity_bq[-1] == pytest.approx(1.05 * 3e9)
