"""Enrolment: what a table must hold for a protocol, by line and column."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.design_matrix import design
from yttria.evidence.study.cohort_builder import audit, build_cohort, further_cohort, require_responders
from yttria.values.cohort import Column
from yttria.values.errors import EvidenceError
from yttria.values.protocol import (
    Arms,
    Cut,
    FigureSpec,
    ModelSpec,
    OutcomeColumns,
    OutcomeSpec,
    Protocol,
    SelectionSpec,
)

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


# at the edge of what can be


@pytest.mark.parametrize(
    ("cells", "protocol"),
    [
        ({"os": ["3", "0", "8"]}, PROTOCOL),
        ({"w": ["1", "0.001", "1"]}, outcome(weight="w")),
        ({"e": ["0", "4.99", "0"]}, outcome(entry="e")),
        ({"e": ["-1", "0", "0"]}, outcome(entry="e")),
        ({"r": ["0", "5", "8"]}, replace(PROTOCOL, time_varying={"r": "r"})),
        ({"c": ["1", "", "1"]}, replace(PROTOCOL, cause_column="c", causes=(("1", "liver"),))),
        ({"td": ["205", "", "204.9"]}, replace(PROTOCOL, cuts={"TD": Cut("td", 205)})),
    ],
)
def test_a_table_at_the_edge_of_what_can_be_is_read(cells: Any, protocol: Protocol) -> None:
    cohort = build_cohort(table(**cells), protocol)
    assert len(cohort) == 3
    if "td" in cells:
        assert cohort["TD"].codes.tolist() == [1, -1, 0]
        assert np.array_equal(cohort["TD"].numbers, [1, np.nan, 0], equal_nan=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "protocol", "message"),
    [
        ({"os": ["3", "5", "-0.1"]}, PROTOCOL, "column os must be a time of zero or more, but line 4 is -0.1; correct the table or leave the row out"),
        ({"w": ["1", "-1", "1"]}, outcome(weight="w"), "column w must be a case weight above zero, but line 3 is -1; correct the table or leave the row out"),
        ({"w": ["", "1", "1"]}, outcome(weight="w"), "column w must be a case weight above zero, but line 2 is empty; correct the table or leave the row out"),
        ({"e": ["0", "", "0"]}, outcome(entry="e"), "column e must be the time of entry, but line 3 is empty; correct the table or leave the row out"),
        ({"r": ["", "-0.1", ""]}, replace(PROTOCOL, time_varying={"r": "r"}), "[time_varying.r] must happen within follow-up, but line 3 has r = -0.1 and follow-up to 5; correct the table"),
        ({"r": ["", "", "8.1"]}, replace(PROTOCOL, time_varying={"r": "r"}), "[time_varying.r] must happen within follow-up, but line 4 has r = 8.1 and follow-up to 8; correct the table"),
        ({"dead": ["", "1", "1"]}, PROTOCOL, "column dead must say yes or no in every row, but line 2 is empty; correct the table"),
        ({"id": ["c", "a", "a"]}, PROTOCOL, "column id must name each patient once, but lines 3 and 4 name the same; keep one row, or give [outcome] entry so that rows are intervals"),
        ({"c": ["", "", "1"]}, replace(PROTOCOL, cause_column="c", causes=(("1", "liver"),)), "each event must have a cause of [competing] causes, but line 2 has an event with c = nothing; name that cause, or correct the table"),
        ({}, replace(PROTOCOL, cuts={"arm2": Cut("td", 205)}, levels={"arm2": ("0", "1")}), "[levels] arm2 is a cut and always has the levels 0 and 1; take it out of [levels]"),
    ],
)  # fmt: skip
def test_a_table_just_beyond_it_is_refused_with_its_numbers(cells: Any, protocol: Protocol, message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        build_cohort(table(**cells), protocol)


@pytest.mark.parametrize(("patients", "words"), [(8, "p0, p1, p2, p3, p4, p5, p6, p7 follow-up"), (9, "p6, p7 and 1 more follow-up")])  # fmt: skip
def test_patients_with_rows_after_their_event_are_listed_up_to_eight(patients: int, words: str) -> None:
    rows = 2 * patients
    cells = {"id": [f"p{k // 2}" for k in range(rows)], "e": ["0", "5"] * patients, "os": ["5", "9"] * patients, "dead": ["1", "0"] * patients}  # fmt: skip
    with pytest.raises(EvidenceError, match=re.escape(words)):
        build_cohort(table(**cells, arm=["A"] * rows, td=["1"] * rows), outcome(entry="e"))


@pytest.mark.parametrize(
    ("levels", "refused"),
    [(["CR", "cr", "PD"], "'CR', but column mrecist writes 'cr'"), (["CR", " CR ", "PD"], "writes ' CR '"), (["CR", "PD", "pd"], None)],
)  # fmt: skip
def test_a_responder_of_another_spelling_is_refused_and_a_level_of_no_responder_is_not(
    levels: list[str], refused: str | None
) -> None:
    made = column("mrecist", levels)
    if refused is None:
        require_responders(made, ("CR", "PR"), "best")
        return
    with pytest.raises(EvidenceError, match=rf"^\[responses.best\] responders names 'CR', but .*{re.escape(refused.rpartition('writes')[2])}"):  # fmt: skip
        require_responders(made, ("CR", "PR"), "best")


def test_a_further_outcome_leaves_out_who_has_neither_its_time_nor_its_event() -> None:
    protocol = replace(PROTOCOL, outcomes={"pfs": OutcomeSpec(OutcomeColumns("p", "prog", unit="months"))})
    cohort = build_cohort(table(p=["2", "", "4"], prog=["1", "", "0"]), protocol)
    made, further, left_out = further_cohort(cohort, protocol, "pfs")
    assert (made.outcome.time.tolist(), made.outcome.observed.tolist(), left_out) == ([2, 4], [True, False], 1)
    assert further.outcome.time == "p"
    empty = build_cohort(table(p=["", "", ""], prog=["", "", ""]), protocol)
    with pytest.raises(EvidenceError, match=r"^\[outcomes.pfs\] has no row with p and prog$"):
        further_cohort(empty, protocol, "pfs")


@pytest.mark.parametrize(("values", "words"), [(12, "'11' (1): say"), (13, "'11' (1): say")])
def test_the_first_twelve_values_of_an_event_that_is_neither_0_nor_1_are_listed(values: int, words: str) -> None:
    cells = [f"{k:02d}" for k in range(values)]
    rows = {"id": [f"p{k}" for k in range(values)], "os": ["5"] * values, "arm": ["A"] * values, "td": ["1"] * values}
    with pytest.raises(EvidenceError, match=re.escape(words)) as refused:
        build_cohort(table(**rows, dead=cells), PROTOCOL)
    assert "'12'" not in str(refused.value)
    assert f"is = [{cells[-1]}]" in str(refused.value)


@pytest.mark.parametrize(
    ("protocol", "hint"),
    [
        (replace(PROTOCOL, univariable=("agee",)), ""),
        (replace(PROTOCOL, models={"m": ModelSpec(("arm:agee",))}), "; a colon in a term is the sign of an interaction"),
        (replace(PROTOCOL, univariable=("arm+td",)), "; signs of formulas are not read"),
        (replace(PROTOCOL, selection=SelectionSpec(("a:agee",), 0.1)), "; a colon in a term is the sign of an interaction"),
    ],
)  # fmt: skip
def test_signs_in_terms_are_told_only_where_they_stand(protocol: Protocol, hint: str) -> None:
    with pytest.raises(EvidenceError, match="neither a column nor a cut") as refused:
        build_cohort(table(), protocol)
    message = str(refused.value)
    for sign in ("a colon in a term", "signs of formulas"):
        assert (sign in message) is (sign in hint)


def test_a_cell_that_is_missing_stays_so_in_an_ordered_factor() -> None:
    cohort = build_cohort(table(arm=["PDA", "", "SDA"]), replace(PROTOCOL, levels={"arm": ("SDA", "PDA")}))
    assert cohort["arm"].codes.tolist() == [1, -1, 0]


def test_intervals_without_names_of_patients_are_rows() -> None:
    cohort = build_cohort(table(e=["0", "1", "2"]), outcome(entry="e", id=None))
    assert cohort.outcome.patient is None
    assert len(cohort) == 3


def test_a_label_of_a_value_that_no_row_has_is_refused() -> None:
    assert len(build_cohort(table(), replace(PROTOCOL, labels={"arm": {"PDA": "personalised"}}))) == 3
    with pytest.raises(EvidenceError, match=r"^\[labels.arm\] names 'XDA'"):
        build_cohort(table(), replace(PROTOCOL, labels={"arm": {"XDA": "personalised"}}))


@pytest.mark.parametrize(
    ("cells", "protocol", "values"),
    [
        ({"r": ["", "6", ""]}, replace(PROTOCOL, time_varying={"r": "r"}), {"row": 2, "change": 6.0, "end": 5.0}),
        ({"os": ["3", "5", "-2"]}, PROTOCOL, {"row": 3, "value": -2.0}),
    ],
)
def test_a_refused_cell_carries_its_row_and_its_numbers(
    cells: Any, protocol: Protocol, values: dict[str, float]
) -> None:
    with pytest.raises(EvidenceError, match="line") as refused:
        build_cohort(table(**cells), protocol)
    assert refused.value.values == values
