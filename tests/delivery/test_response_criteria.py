"""Response by EASL, mRECIST and RECIST 1.1: laws, every threshold just below, at and just above, what is missing, what returns."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.delivery.response_criteria import (
    CRITERIA,
    CriterionName,
    Response,
    best_of,
    index_lesion,
    lesion_words,
    response_of,
    visit_near,
)
from yttria.values.lesion import LesionHistory, LesionKind, LesionMeasurement, LesionStatus, lesion_histories

START = date(2026, 1, 1)
NAMES: tuple[CriterionName, ...] = ("easl", "mrecist", "recist11")


def day(visit: int) -> date:
    return START + timedelta(days=60 * visit)


def measured(
    lesion: str, sizes: Sequence[float | None], *, node: bool = False, index: bool = False, kind: LesionKind = "target"
) -> list[LesionMeasurement]:
    """A lesion whose every diameter is one number a visit: longest and short, whole and viable alike; None has no row."""
    return [
        LesionMeasurement(
            line=2 + i, patient="P", lesion=lesion, on=day(i), kind=kind, node=node, longest_mm=size, short_mm=size,
            viable_longest_mm=size, viable_short_mm=size, index=index,
        )
        for i, size in enumerate(sizes)
        if size is not None
    ]  # fmt: skip


def stated(lesion: str, states: Sequence[LesionStatus | None]) -> list[LesionMeasurement]:
    return [
        LesionMeasurement(line=2 + i, patient="P", lesion=lesion, on=day(i), kind="non-target", status=state)
        for i, state in enumerate(states)
    ]


def new(visit: int) -> list[LesionMeasurement]:
    return [LesionMeasurement(line=9, patient="P", lesion="N", on=day(visit), kind="new")]


def history(*rows: list[LesionMeasurement]) -> LesionHistory:
    (one,) = lesion_histories([row for part in rows for row in part])
    return one


def judged(name: CriterionName, *rows: list[LesionMeasurement]) -> Response:
    return response_of(history(*rows), CRITERIA[name])


def targets(name: CriterionName, *rows: list[LesionMeasurement]) -> list[str | None]:
    return [visit.target for visit in judged(name, *rows).visits]


def overall(name: CriterionName, *rows: list[LesionMeasurement]) -> list[str]:
    return [visit.overall for visit in judged(name, *rows).visits]


# laws


@given(st.lists(st.integers(10, 100), min_size=2, max_size=6), st.sampled_from(NAMES[:2]), st.floats(0.1, 10))
def test_scaling_every_size_changes_no_word_where_no_millimetre_is_in_the_rule(
    sizes: list[int], name: CriterionName, factor: float
) -> None:
    scaled = [factor * size for size in sizes]
    assert targets(name, measured("L", scaled)) == targets(name, measured("L", [float(s) for s in sizes]))


@given(st.lists(st.integers(0, 100), min_size=2, max_size=6), st.sampled_from(NAMES))
def test_one_lesion_alone_is_judged_as_a_patient_with_that_lesion_alone(sizes: list[int], name: CriterionName) -> None:
    patient = history(measured("L", [float(s) for s in sizes]))
    alone = lesion_words(patient, patient.lesions[0], CRITERIA[name])
    assert list(alone.values()) == [visit.target for visit in response_of(patient, CRITERIA[name]).visits]


@given(st.lists(st.integers(0, 100), min_size=2, max_size=5), st.sampled_from(NAMES), st.integers(1, 4))
def test_a_new_lesion_never_makes_a_visit_better_than_progression(
    sizes: list[int], name: CriterionName, at: int
) -> None:
    rows = measured("L", [float(s) for s in sizes])
    at = min(at, len(sizes) - 1)
    found = judged(name, rows, new(at))
    assert found.visits[at - 1].overall == "PD"
    assert found.progressed_on is not None
    assert found.progressed_on <= day(at)


# known answers: thresholds


@pytest.mark.parametrize(
    ("first", "then", "word"),
    [
        (100, 70.8, "SD"), (100, 70.7, "PR"), (10, 0, "CR"), (10, 0.1, "PR"), (100, 111.8, "SD"), (100, 111.9, "PD"),
    ],
)  # fmt: skip
def test_easl_stands_on_products(first: float, then: float, word: str) -> None:
    assert targets("easl", measured("L", [first, then])) == [word]


@pytest.mark.parametrize(
    ("area", "word"), [(49.99, "PR"), (50.0, "PR"), (50.01, "SD"), (124.99, "SD"), (125.0, "SD"), (125.01, "PD")]
)
def test_easl_responds_from_a_half_less_and_progresses_only_above_a_quarter_more(area: float, word: str) -> None:
    rows = [
        LesionMeasurement(2, "P", "L", day(0), "target", viable_longest_mm=10, viable_short_mm=10),
        LesionMeasurement(3, "P", "L", day(1), "target", viable_longest_mm=area / 10, viable_short_mm=10),
    ]
    assert targets("easl", rows) == [word]


@pytest.mark.parametrize(
    ("first", "then", "word"),
    [(90, 62.9, "PR"), (90, 63.0, "PR"), (90, 63.1, "SD"), (90, 107.9, "SD"), (90, 108.0, "PD"), (90, 108.1, "PD"), (90, 0, "CR")],
)  # fmt: skip
def test_mrecist_responds_from_thirty_per_cent_less_and_progresses_from_twenty_more(
    first: float, then: float, word: str
) -> None:
    assert targets("mrecist", measured("L", [first, then])) == [word]


@pytest.mark.parametrize(
    ("first", "then", "word"),
    [
        (20, 24.9, "SD"), (20, 25.0, "PD"), (24, 28.9, "SD"), (24, 29.0, "PD"), (25, 29.9, "SD"), (25, 30.0, "PD"), (50, 59.9, "SD"),
        (50, 60.0, "PD"), (90, 63.0, "PR"), (90, 63.1, "SD"),
    ],
)  # fmt: skip
def test_recist_progresses_from_twenty_per_cent_and_five_millimetres_together(
    first: float, then: float, word: str
) -> None:
    assert targets("recist11", measured("L", [first, then])) == [word]


def test_four_millimetres_are_progression_by_mrecist_alone() -> None:
    assert targets("mrecist", measured("L", [20, 24])) == ["PD"]
    assert targets("recist11", measured("L", [20, 24])) == ["SD"]


def test_growth_is_counted_from_the_smallest_sum_and_shrinkage_from_the_baseline() -> None:
    found = judged("mrecist", measured("L", [100, 50, 59.9, 60, 40]))
    assert [visit.target for visit in found.visits] == ["PR", "PR", "PD", "PR"]
    assert [visit.change_from_smallest for visit in found.visits] == pytest.approx([-0.5, 0.198, 0.2, -0.2])
    assert [visit.change_from_baseline for visit in found.visits] == pytest.approx([-0.5, -0.401, -0.4, -0.6])
    assert (found.best, found.progressed_on) == ("PR", day(3))


def test_the_baseline_is_the_smallest_where_nothing_was_smaller() -> None:
    assert targets("mrecist", measured("L", [100, 110, 119.9, 120])) == ["SD", "SD", "PD"]


# known answers: nodes and returns


@pytest.mark.parametrize(("short", "word"), [(9.9, "CR"), (10.0, "PR"), (10.1, "PR")])
def test_a_node_below_ten_millimetres_is_gone_by_recist(short: float, word: str) -> None:
    assert targets("recist11", measured("L", [40, 0]), measured("K", [20, short], node=True)) == [word]


def test_a_node_is_measured_by_its_short_axis_by_recist_and_by_its_viable_part_elsewhere() -> None:
    rows = [
        LesionMeasurement(2 + i, "P", "K", day(i), "target", node=True, longest_mm=40, short_mm=short, viable_longest_mm=viable, viable_short_mm=5)
        for i, (short, viable) in enumerate([(20, 30), (9, 20)])
    ]  # fmt: skip
    assert [v.total for v in judged("recist11", rows).visits] == [9]
    assert targets("recist11", rows) == ["CR"]
    assert targets("mrecist", rows) == ["PR"]
    assert targets("easl", rows) == ["SD"]


def test_gone_is_complete_whatever_the_sum_did() -> None:
    rows = measured("K", [20, 6, 9.5], node=True), measured("L", [30, 0, 0])
    assert targets("recist11", *rows) == ["CR", "CR"]


@pytest.mark.parametrize(("back", "word"), [(0.0, "CR"), (0.1, "PD"), (3.0, "PD")])
def test_any_return_after_a_complete_response_is_progression_by_every_criterion(back: float, word: str) -> None:
    for name in NAMES:
        assert targets(name, measured("L", [50, 0, back])) == ["CR", word]


@pytest.mark.parametrize(("short", "word"), [(9.9, "CR"), (10.0, "PD"), (10.1, "PD")])
def test_a_node_returns_from_ten_millimetres(short: float, word: str) -> None:
    assert targets("recist11", measured("L", [50, 0, 0]), measured("K", [20, 8, short], node=True)) == ["CR", word]


def test_a_return_below_the_smallest_sum_is_no_progression() -> None:
    assert targets("recist11", measured("L", [50, 0, 3]), measured("K", [20, 9, 5], node=True)) == ["CR", "PR"]


def test_a_small_return_without_a_complete_response_before_needs_five_millimetres() -> None:
    assert targets("recist11", measured("L", [50, 2, 6]), measured("M", [20, 0, 0])) == ["PR", "PR"]


# known answers: what is missing


def test_a_visit_without_a_target_has_no_sum_and_is_never_the_smallest() -> None:
    found = judged("mrecist", measured("L", [50, 10, 40]), measured("M", [50, None, 40]))
    assert [(v.total, v.target) for v in found.visits] == [(None, "NE"), (80, "SD")]
    assert found.visits[0].change_from_baseline is None
    assert found.visits[0].change_from_smallest is None


@pytest.mark.parametrize(("rest", "word"), [(119.9, "NE"), (120.0, "PD")])
def test_what_was_measured_of_a_visit_may_show_progression(rest: float, word: str) -> None:
    assert targets("mrecist", measured("L", [50, rest]), measured("M", [50, None])) == [word]


def test_an_empty_visit_after_a_complete_response_is_not_evaluable() -> None:
    for name in NAMES:
        assert targets(
            name, measured("L", [50, 0, None]), measured("M", [50, 0, None]), stated("N", ["absent"] * 3)
        ) == ["CR", "NE"]


def test_a_baseline_that_is_not_measured_or_zero_is_not_evaluable_unless_something_else_progresses() -> None:
    unmeasured = measured("L", [50, 10]), measured("M", [None, 10])
    assert judged("mrecist", *unmeasured).baseline is None
    assert overall("mrecist", *unmeasured) == ["NE"]
    assert overall("mrecist", measured("L", [0, 10])) == ["NE"]
    assert overall("mrecist", measured("L", [0, 10]), new(1)) == ["PD"]


def test_a_viable_part_of_no_length_has_no_area_even_where_the_other_side_is_empty() -> None:
    rows = [
        LesionMeasurement(2, "P", "L", day(0), "target", viable_longest_mm=30, viable_short_mm=20),
        LesionMeasurement(3, "P", "L", day(1), "target", viable_longest_mm=0),
        LesionMeasurement(4, "P", "L", day(2), "target", viable_longest_mm=10),
    ]
    assert targets("easl", rows) == ["CR", "NE"]


# known answers: other lesions, new ones, the patient


@pytest.mark.parametrize(
    ("size", "state", "word"),
    [
        (0, "absent", "CR"), (0, "present", "PR"), (0, None, "PR"), (0, "progressing", "PD"), (60, "present", "PR"), (60, None, "PR"),
        (100, "absent", "SD"), (130, "absent", "PD"), (None, "absent", "NE"), (None, "progressing", "PD"),
    ],
)  # fmt: skip
def test_the_patient_is_the_worst_of_targets_and_other_lesions(
    size: float | None, state: LesionStatus | None, word: str
) -> None:
    assert overall("mrecist", measured("L", [100, size]), stated("N", ["present", state])) == [word]


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("absent", "absent"), "CR"), (("absent", "present"), "non-CR/non-PD"), (("absent", None), "NE"), (("present", None), "NE"),
        (("progressing", None), "PD"),
    ],
)  # fmt: skip
def test_only_other_lesions_have_words_of_their_own(states: tuple[LesionStatus | None, ...], word: str) -> None:
    rows = [stated(f"N{i}", ["present", state]) for i, state in enumerate(states)]
    (visit,) = judged("recist11", *rows).visits
    assert (visit.target, visit.non_target, visit.overall) == (None, word, word)


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ([], "NE"), (["NE"], "NE"), (["NE", "PD"], "PD"), (["SD", "PD", "CR"], "SD"), (["PR", "CR", "PD"], "CR"), (["SD", "PR"], "PR"),
        (["PD"], "PD"), (["NE", "SD"], "SD"), (["non-CR/non-PD", "NE"], "non-CR/non-PD"),
    ],
)  # fmt: skip
def test_the_best_word_is_that_before_progression(words: list[str], best: str) -> None:
    found, progressed = best_of([(day(i + 1), word) for i, word in enumerate(words)])  # type: ignore[misc]
    assert found == best
    assert progressed == (day(words.index("PD") + 1) if "PD" in words else None)


# known answers: the index lesion and the visit of the endpoint


def test_the_index_lesion_is_the_marked_one_else_the_largest_of_the_criterion_else_the_first() -> None:
    small, large = measured("S", [20, 20]), measured("L", [80, 80])
    for rows, name in [
        ((small, large), "L"),
        ((measured("S", [20, 20], index=True), large), "S"),
        ((small, measured("T", [20, 20])), "S"),
    ]:
        found = index_lesion(history(*rows), CRITERIA["easl"])
        assert found is not None
        assert found.name == name
    assert index_lesion(history(stated("N", ["present"])), CRITERIA["easl"]) is None


def test_the_largest_is_that_of_the_criterion() -> None:
    rows = [
        LesionMeasurement(2, "P", "dead", day(0), "target", longest_mm=90, viable_longest_mm=5),
        LesionMeasurement(3, "P", "alive", day(0), "target", longest_mm=40, viable_longest_mm=40),
    ]
    names = [index_lesion(history(rows), CRITERIA[c]) for c in ("mrecist", "recist11")]
    assert [lesion and lesion.name for lesion in names] == ["alive", "dead"]


def test_a_new_lesion_leaves_the_index_lesion_its_response() -> None:
    patient = history(measured("L", [100, 40]), new(1))
    assert response_of(patient, CRITERIA["easl"]).visits[0].overall == "PD"
    assert lesion_words(patient, patient.lesions[0], CRITERIA["easl"]) == {day(1): "PR"}


def at(*days: int) -> LesionHistory:
    return history(
        [
            LesionMeasurement(2 + i, "P", "L", START + timedelta(days=d), "target", longest_mm=20)
            for i, d in enumerate((0, *days))
        ]
    )


@pytest.mark.parametrize(
    ("days", "months", "window", "found"),
    [
        ((60, 61, 122, 123), 3, 1, 61), ((122,), 3, 1, None), ((121,), 3, 1, 121), ((90, 92), 3, 1, 92), ((91, 92), 3, 1, 91),
        ((700, 761), 24, 1, None), ((974,), 16, 16, 974), ((975,), 16, 16, None), ((243, 244), 8, 0, None), ((487,), 16, 0, 487), ((486,), 16, 0, None), ((244, 730, 731), 16, 8, 244),
    ],
)  # fmt: skip
def test_the_visit_is_the_nearest_within_the_window_limits_included(
    days: tuple[int, ...], months: float, window: float, found: int | None
) -> None:
    wanted = None if found is None else START + timedelta(days=found)
    assert visit_near(at(*days), months, window) == wanted


def test_of_two_equally_near_visits_the_earlier_counts() -> None:
    assert visit_near(at(480, 494), 16, 1) == START + timedelta(days=480)
