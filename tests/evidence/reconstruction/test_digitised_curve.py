"""Clicks to curves: what is mended is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.reconstruction.digitised_curve import falling, read_curve
from yttria.values.errors import EvidenceError

noise = st.lists(st.floats(-0.004, 0.004), min_size=2, max_size=40)


def clicked(moves: list[float]) -> list[float]:
    """Return a falling curve clicked with an error each; the first at the top, the last lower than any error."""
    line = np.linspace(1, 0.2, len(moves)) + moves
    return [1.0, *np.clip(line[1:], 0, 1).tolist()]


# laws


@given(noise)
def test_a_read_curve_never_rises_and_stays_inside_zero_and_one(moves: list[float]) -> None:
    values = clicked(moves)
    curve, _ = read_curve(np.arange(float(len(values))), values)
    assert np.all(np.diff(curve.survival) <= 1e-12)
    assert 0 <= curve.survival.min() <= curve.survival.max() <= 1


@given(noise)
def test_pooling_keeps_the_mean_of_the_clicks(moves: list[float]) -> None:
    values = clicked(moves)
    curve, _ = read_curve(np.arange(float(len(values))), values)
    assert curve.survival.mean() == pytest.approx(np.mean(values), abs=1e-9)


def test_a_clean_curve_is_left_alone_and_nothing_is_said() -> None:
    curve, findings = read_curve([0, 1, 2], [1, 0.8, 0.5])
    assert findings == ()
    assert curve.at(np.array([0.5, 1, 9])).tolist() == [1, 0.8, 0.5]


# known answers: the quirks of the published digitisations


def test_every_quirk_of_a_digitised_curve_is_a_finding() -> None:
    curve, findings = read_curve([-0.512, 0.003, 0.2, 0.1, 3, 3, 4], [98.9, 98.9, 98.0, 98.4, 97.0, 92.0, 92.5])
    assert [f.code for f in findings] == [
        "curve-per-cent",
        "curve-order",
        "curve-negative-time",
        "curve-start",
        "curve-rises",
    ]
    assert curve.time.tolist() == [0.003, 0.1, 0.2, 3, 4]
    assert curve.survival[-1] == pytest.approx(0.9225)


def test_a_vertical_stretch_keeps_its_lowest_click() -> None:
    curve, _ = read_curve([0, 2, 2, 2], [1, 0.9, 0.8, 0.7])
    assert curve.survival.tolist() == [1, 0.7]


def test_clicks_just_above_the_axis_are_put_on_it_and_said() -> None:
    curve, findings = read_curve([0, 1], [1.01, 0.9])
    assert [f.code for f in findings] == ["curve-outside"]
    assert curve.survival[0] == 1


# refusals


@pytest.mark.parametrize(
    ("time", "survival", "why"),
    [
        ([], [], "one at least"),
        ([0, 1], [1], "as many times"),
        ([0, 1], [1, float("nan")], "missing"),
        ([0, 1], [1.0, 1.3], "check the axis"),
        ([0, 1], [120.0, 90.0], "check the axis"),
        ([-2, -1], [1, 0.9], "left of time 0"),
    ],
)
def test_clicks_that_cannot_be_a_curve_are_refused(time: list[float], survival: list[float], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        read_curve(time, survival)


@pytest.mark.parametrize(
    "survival",
    [
        [0, 0, 0.02, 0.1, 0.3, 0.5],  # a cumulative incidence
        [0.3, 0.4, 0.5, 0.6],  # one of which the beginning was not clicked
        [0, 20, 45, 60, 77],
        [0.0, 0.3, 0.5, 0.7, 0.7, 0.0],  # one whose last click lies on the axis
    ],
)
def test_a_curve_that_rises_nearly_everywhere_is_refused_as_an_incidence(survival: list[float]) -> None:
    with pytest.raises(EvidenceError, match=r"survival curve falls, but these clicks rise.*cumulative incidence"):
        read_curve(list(range(len(survival))), survival)


def test_a_curve_is_refused_just_when_it_ends_higher_than_a_click_is_wrong() -> None:
    read_curve([0, 1, 2, 3], [0.9, 0.8, 0.7, 0.9049])
    with pytest.raises(EvidenceError, match="clicks rise"):
        read_curve([0, 1, 2, 3], [0.9, 0.8, 0.7, 0.9051])


def test_half_of_the_clicks_may_be_moved_and_one_more_may_not() -> None:
    # the second of each pair is 3 % too high; pooled with the first, both move
    wrong = [1, 0.8, 0.83, 0.6]
    _, findings = read_curve([0, 1, 2, 3], wrong)
    assert [f.code for f in findings] == ["curve-rises"]
    with pytest.raises(EvidenceError, match="67 % of them"):
        read_curve([0, 1, 2], wrong[:3])


@pytest.mark.parametrize(("beyond", "words"), [(1, "1 click above 100 %"), (2, "2 clicks above 100 %")])
def test_clicks_beyond_the_axis_are_counted_in_words(beyond: int, words: str) -> None:
    survival = [1.02] * beyond + [0.9, 0.5, 0.2]
    time = [float(n) for n in range(len(survival))]
    _, findings = read_curve(time, survival)
    assert any(f.message.startswith(words) for f in findings)


def test_a_finding_counts_the_clicks_that_were_moved_and_no_others() -> None:
    curve, (finding,) = read_curve([0, 1, 2, 3, 4], [1, 0.8, 0.82, 0.6, 0.5])
    assert curve.survival.tolist() == pytest.approx([1, 0.81, 0.81, 0.6, 0.5])
    assert finding.code == "curve-rises"
    assert finding.message.startswith("2 of 5 clicks were moved, by at most 1 % of survival")


def test_everybody_lives_before_the_first_click_and_as_many_as_the_last_says_after_it() -> None:
    curve, _ = read_curve([2, 3], [0.9, 0.5])
    assert curve.at(np.array([0.0, 1.99, 2.0, 2.99, 3.0, 9.0])).tolist() == [1.0, 1.0, 0.9, 0.9, 0.5, 0.5]


# at thresholds


@pytest.mark.parametrize(("top", "share"), [(1.0, 1.0), (1.04, 1.0), (1.05, 1.0), (1.51, 0.0151), (100.0, 1.0), (105.0, 1.0)])  # fmt: skip
def test_values_above_one_and_a_half_are_per_cent(top: float, share: float) -> None:
    curve, findings = read_curve([0, 1], [top, 0.0])
    assert curve.survival[0] == pytest.approx(share)
    assert ("curve-per-cent" in [f.code for f in findings]) is (top > 1.5)
    assert ("curve-outside" in [f.code for f in findings]) is (top in (1.04, 1.05, 105.0))


@pytest.mark.parametrize(
    ("survival", "words"),
    [
        ([1.5, 0.5], "runs from 0.5 to 1.5; check"),
        ([1.051, 0.5], "runs from 0.5 to 1.051; check"),
        ([105.1, 50.0], "runs from 0.5 to 1.051; check"),
        ([1.0, -0.051], "runs from -0.051 to 1; check"),
        ([100.0, -5.1], "runs from -0.051 to 1; check"),
    ],
)
def test_a_click_more_than_a_twentieth_off_the_axis_is_refused(survival: list[float], words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        read_curve([0, 1], survival)


def test_a_click_a_twentieth_below_the_axis_is_put_on_it() -> None:
    curve, findings = read_curve([0, 1, 2], [1, 0.5, -0.05])
    assert curve.survival.tolist() == [1, 0.5, 0]
    assert [f.message for f in findings] == ["1 click above 100 % or below 0 % put on the edge"]


@pytest.mark.parametrize(("first", "level"), [(1.0, None), (0.9999, "note"), (0.9951, "note"), (0.9949, "warning")])
def test_a_curve_that_does_not_start_at_one_is_told_by_how_much(first: float, level: str | None) -> None:
    _, findings = read_curve([0, 1], [first, 0.5])
    assert [(f.code, f.level) for f in findings] == ([("curve-start", level)] if level else [])
    assert all(f.values == {"first_survival": first, "first_time": 0.0} for f in findings)


@pytest.mark.parametrize(("second", "level", "words"), [(0.8098, "note", "at most 0.49 %"), (0.8102, "warning", "at most 0.51 %")])  # fmt: skip
def test_clicks_moved_by_more_than_half_a_per_cent_are_a_warning(second: float, level: str, words: str) -> None:
    _, (finding,) = read_curve([0, 1, 2, 3], [1, 0.8, second, 0.5])
    assert (finding.code, finding.level) == ("curve-rises", level)
    assert finding.message.startswith(f"2 of 4 clicks were moved, by {words} of survival")


@pytest.mark.parametrize(("time", "back"), [([0, 2, 1, 3], 1), ([0, 3, 2, 1], 2), ([0, 1, 1, 2], 0)])
def test_how_often_clicks_went_back_is_counted(time: list[float], back: int) -> None:
    survival = [1 - 0.1 * when for when in time]
    curve, findings = read_curve(time, survival)
    assert [f.message for f in findings] == ([f"clicks went back in time {back} times, and were put in order"] if back else [])  # fmt: skip
    assert np.all(np.diff(curve.time) > 0)


def test_clicks_left_of_the_start_are_counted_with_the_earliest_and_one_at_it_stays() -> None:
    curve, (finding,) = read_curve([-0.5, -0.1, 0, 1], [1, 1, 1, 0.8])
    assert curve.time.tolist() == [0, 1]
    assert finding.message == "2 clicks left of time 0 (down to -0.5) left out; the next click carries the curve on"
    assert finding.values == {"left_out": 2, "earliest": -0.5}


def test_pools_of_unequal_sizes_are_weighed_by_their_clicks() -> None:
    # 0.5 below the pool of 0.8 and 0.9 is lifted by 0.96: (0.5 + 0.96) / 2 = 0.73; then 0.9 pulls three up
    assert falling(np.array([1.0, 0.8, 0.9, 0.5, 0.96])).tolist() == pytest.approx([1, 0.85, 0.85, 0.73, 0.73])
    assert falling(np.array([0.6, 0.5, 0.4, 0.9])).tolist() == pytest.approx([0.6] * 4)
    assert falling(np.array([0.5, 0.6, 0.9])).tolist() == pytest.approx([2 / 3] * 3)
    assert falling(np.array([0.9, 0.9])).tolist() == [0.9, 0.9]


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_click_without_a_number_is_refused_wherever_it_stands(bad: float) -> None:
    for time, survival in (([0, bad], [1, 0.9]), ([0, 1], [1, bad])):
        with pytest.raises(EvidenceError, match="some are missing or infinite"):
            read_curve(time, survival)


def test_a_late_start_is_told_with_its_survival_and_time() -> None:
    _, (finding,) = read_curve([0.25, 1, 2], [0.9, 0.5, 0.4])
    assert finding.message.startswith("the first click is at 90 % and time 0.25, not at 100 % and 0; ")
    assert finding.values == {"first_survival": 0.9, "first_time": 0.25}


def test_a_rising_curve_is_refused_with_its_first_and_last_click() -> None:
    with pytest.raises(EvidenceError, match="these clicks rise: from 10 % to 80 %, and 100 % of them") as refused:
        read_curve([0, 1, 2, 3], [0.1, 0.3, 0.5, 0.8])
    assert refused.value.values == {"share": 1.0, "first_survival": 0.1, "last_survival": 0.8}


def test_moved_clicks_are_told_with_their_number_and_the_largest_move() -> None:
    _, (finding,) = read_curve([0, 1, 2, 3], [1, 0.8, 0.82, 0.5])
    assert finding.values == {"moved_clicks": 2, "clicks": 4, "moved_survival": pytest.approx(0.01)}


def test_values_read_as_per_cent_are_told_with_the_largest() -> None:
    _, (finding,) = read_curve([0, 1], [100, 50])
    assert (finding.level, finding.values) == ("note", {"largest": 100.0})
    assert finding.message == "values reach 100, so they were read as per cent and divided by 100"
