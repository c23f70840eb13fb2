"""Enrolment: what a table must hold for a protocol, by line and column."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.design_matrix import design
from yttria.evidence.study.cohort_builder import audit, build_cohort
from yttria.values.cohort import Column
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, Cut, FigureSpec, ModelSpec, OutcomeColumns, Protocol

PROTOCOL = Protocol(OutcomeColumns("os", "dead", unit="months", id="id"))


def column(name: str, cells: list[str]) -> Column:
    levels = sorted({cell for cell in cells if cell})
    codes = np.array([levels.index(cell) if cell else -1 for cell in cells])
    try:
        numbers = np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        numbers = None
    return Column(name, codes, tuple(levels), numbers)


def table(**cells: list[str]) -> dict[str, Column]:
    base = {
        "id": ["a", "b", "c"],
        "os": ["3", "5", "8"],
        "dead": ["1", "0", "1"],
        "arm": ["PDA", "SDA", "PDA"],
        "td": ["100", "", "250"],
    }
    return {name: column(name, values) for name, values in {**base, **cells}.items()}


def test_a_table_becomes_its_outcome_and_columns() -> None:
    cohort = build_cohort(table(), PROTOCOL)
    assert cohort.outcome.time.tolist() == [3.0, 5.0, 8.0]
    assert cohort.outcome.observed.tolist() == [True, False, True]


def test_an_event_may_be_coded_by_any_values() -> None:
    protocol = replace(PROTOCOL, outcome=replace(PROTOCOL.outcome, event_is=(2.0, "dead")))
    assert build_cohort(table(dead=["2", "1", "dead"]), protocol).outcome.observed.tolist() == [True, False, True]


def test_a_cut_is_a_yes_no_factor_that_is_missing_where_its_number_is() -> None:
    td = build_cohort(table(), replace(PROTOCOL, cuts={"TD": Cut("td", 205, "dose")}))["TD"]
    assert td.levels == ("0", "1")
    assert td.codes.tolist() == [0, -1, 1]
    assert td.title == "dose"


def test_levels_come_in_the_order_of_the_protocol() -> None:
    made = design(build_cohort(table(), replace(PROTOCOL, levels={"arm": ("SDA", "PDA")})), ["arm"])
    assert made.names == ("arm[PDA]",)
    assert made.x[:, 0].tolist() == [1.0, 0.0, 1.0]


def test_a_few_numbers_and_a_word_are_a_factor_and_a_finding() -> None:
    protocol = replace(PROTOCOL, univariable=("ecog",))
    cohort = build_cohort(table(ecog=["0", "unknown", "1"]), protocol)
    found = [f for f in audit(cohort, protocol) if f.code == "words-among-numbers"]
    assert len(found) == 1
    assert "'unknown' (line 3)" in found[0].message
    assert design(cohort, ["ecog"]).names == ("ecog[1]", "ecog[unknown]")


def test_a_word_where_numbers_are_needed_is_refused_with_its_line() -> None:
    with pytest.raises(EvidenceError, match=r"column td must hold numbers, but '\?' \(line 3\).*missing"):
        build_cohort(table(td=["100", "?", "250"]), replace(PROTOCOL, cuts={"TD": Cut("td", 205)}))


def outcome(**more: Any) -> Protocol:
    return replace(PROTOCOL, outcome=replace(PROTOCOL.outcome, **more))


@pytest.mark.parametrize(
    ("cells", "protocol", "words"),
    [
        ({"os": ["3", "-5", "8"]}, PROTOCOL, "column os must be a time of zero or more, but line 3 is -5"),
        ({"os": ["3", "-0.1", "8"]}, PROTOCOL, "column os must be a time of zero or more, but line 3 is -0.1"),
        ({"os": ["3", "", "8"]}, PROTOCOL, "column os .* line 3 is empty"),
        ({"os": ["3", "five", "8"]}, PROTOCOL, r"column os must hold numbers, but 'five' \(line 3\)"),
        ({"dead": ["1", "", "1"]}, PROTOCOL, "column dead .* line 3 is empty"),
        ({"dead": ["1", "2", "1"]}, PROTOCOL, r"column dead must hold 0 or 1, but line 3 holds '2'; it holds '1' \(2\), '2' \(1\).*is = \[2\]"),
        ({"dead": ["TRUE", "FALSE", "TRUE"]}, PROTOCOL, r"'FALSE' \(1\), 'TRUE' \(2\).*is = \[\"TRUE\"\]"),
        ({"id": ["a", "b", "a"]}, PROTOCOL, "lines 2 and 4 name the same"),
        ({}, outcome(time="months"), "names column months"),
        ({}, outcome(event_is=(7,)), "names 7, but column dead holds 0, 1"),
        ({"e": ["0", "5", "0"]}, outcome(entry="e"), "column e must be before the end of follow-up"),
        ({"w": ["1", "0", "1"]}, outcome(weight="w"), "case weight above zero, but line 3 is 0"),
        ({"id": ["a", "a", "c"], "e": ["0", "2", "0"]}, outcome(entry="e"), "must not overlap, but lines 2 and 3"),
        ({}, replace(PROTOCOL, univariable=("agee",)), "names agee, which is neither a column nor a cut"),
        ({}, replace(PROTOCOL, models={"m": ModelSpec(("arm",), strata=("site",))}), "names site"),
        ({}, replace(PROTOCOL, levels={"arm": ("SDA", "XDA")}), "leaves out PDA"),
        ({}, replace(PROTOCOL, levels={"arm": ("SDA", "PDA", "SDA")}), "names one twice"),
        ({"id": ["a", "", ""]}, PROTOCOL, "column id must name the patient in each row, but is empty in lines 3, 4"),
        ({"a*b": ["1", "2", "3"]}, replace(PROTOCOL, univariable=("arm*td",)), "signs of formulas are not read"),
        ({}, replace(PROTOCOL, univariable=("Age: y",)), "a colon in a term is the sign of an interaction"),
        ({}, replace(PROTOCOL, levels={"arm": ("SDA",)}), "leaves out PDA"),
        ({}, replace(PROTOCOL, arms=Arms("arm", "PDA", "placebo")), "names 'placebo'"),
        ({}, replace(PROTOCOL, populations={"P": {"arm": ("X",)}}), r"\[populations.P\] names 'X'"),
        ({"r": ["", "6", ""]}, replace(PROTOCOL, time_varying={"r": "r"}), "line 3 has r = 6 and follow-up to 5"),
        ({"c": ["1", "", "3"]}, replace(PROTOCOL, cause_column="c", causes=(("1", "liver"),)), "line 4 has an event with c = 3"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_by_line_and_column(cells: Any, protocol: Protocol, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        build_cohort(table(**cells), protocol)


def test_intervals_of_one_patient_that_follow_each_other_are_welcome() -> None:
    cohort = build_cohort(
        table(id=["a", "a", "c"], os=["3", "5", "8"], e=["0", "3", "0"], dead=["0", "1", "1"]), outcome(entry="e")
    )
    assert cohort.outcome.events == 2


def intervals(dead: list[str], entry: list[str], time: list[str]) -> dict[str, Column]:
    """Return a table of two patients, the first with two rows."""
    return table(id=["a", "a", "c"], e=entry, os=time, dead=dead)


@pytest.mark.parametrize("entry", ["5", "7"])
def test_a_row_that_begins_at_or_after_its_patients_event_is_refused_by_patient_and_line(entry: str) -> None:
    with pytest.raises(EvidenceError, match=r"after the event of id a follow-up goes on in line 3"):
        build_cohort(intervals(["1", "0", "1"], ["0", entry, "0"], ["5", "9", "8"]), outcome(entry="e"))


def test_rows_of_one_patient_are_one_follow_up_whose_end_alone_is_a_censoring() -> None:
    found = build_cohort(intervals(["0", "0", "1"], ["0", "5", "0"], ["5", "9", "8"]), outcome(entry="e")).outcome
    assert found.patients == 2
    assert found.last.tolist() == [False, True, True]
    assert found.censored_instead().observed.tolist() == [False, True, False]


def test_a_change_may_come_after_the_row_but_not_after_the_patients_last() -> None:
    rows = intervals(["0", "0", "1"], ["0", "5", "0"], ["5", "9", "8"])
    asked = replace(outcome(entry="e"), time_varying={"r": "r"})
    assert len(build_cohort({**rows, "r": column("r", ["9", "9", ""])}, asked)) == 3
    with pytest.raises(EvidenceError, match="line 2 has r = 10 and follow-up to 9"):
        build_cohort({**rows, "r": column("r", ["10", "10", ""])}, asked)


def test_an_entry_as_late_as_the_end_but_for_rounding_is_refused_by_line() -> None:
    protocol = replace(PROTOCOL, outcome=replace(PROTOCOL.outcome, entry="start"))
    with pytest.raises(EvidenceError, match=r"column start must be before the end of follow-up.*line 3"):
        build_cohort(table(start=["0", "4.999999999999", "1"]), protocol)


def test_a_printed_subgroup_that_the_table_does_not_have_is_refused() -> None:
    printed = {"all": ("all",), "arm": ("PDA",)}
    figures = {"two": FigureSpec("t", forest=True, printed=printed)}
    assert len(build_cohort(table(), replace(PROTOCOL, figures=figures))) == 3
    wrong = {"two": FigureSpec("t", forest=True, printed={"arm": ("MDA",)})}
    with pytest.raises(EvidenceError, match=r"\[figures.two\] printed"):
        build_cohort(table(), replace(PROTOCOL, figures=wrong))


@pytest.mark.parametrize(("entry", "refused"), [("4", True), ("5", False), ("6", False)])
def test_intervals_that_overlap_are_refused_whoever_of_the_patients_has_them(entry: str, refused: bool) -> None:
    rows = table(
        id=["a", "a", "b", "b"],
        e=["0", "5", "0", entry],
        os=["5", "9", "5", "9"],
        dead=["0", "1", "0", "1"],
        arm=["A", "A", "B", "B"],
        td=["1", "1", "2", "2"],
    )
    if not refused:
        assert build_cohort(rows, outcome(entry="e")).outcome.events == 2
        return
    with pytest.raises(EvidenceError, match="intervals of one patient must not overlap, but lines 4 and 5 do"):
        build_cohort(rows, outcome(entry="e"))
