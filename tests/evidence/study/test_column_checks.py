"""What the cells of a table may not be read as in silence, through `read_table` and `build_cohort` as a study takes them."""

from dataclasses import replace
from pathlib import Path

import pytest

from yttria.evidence.study.cohort_builder import audit, build_cohort
from yttria.evidence.study.column_checks import (
    FACTOR_LEVELS,
    FACTOR_NUMBERS,
    lines_of,
    require_numbers,
    spelling,
    words_among_numbers,
)
from yttria.io.tables.cohort_table import column_of, read_table
from yttria.values.cohort import Cohort
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import Arms, Curves, ModelSpec, OutcomeColumns, Protocol, ResponseSpec

PROTOCOL = Protocol(OutcomeColumns("os", "dead", unit="months"))


def cohort_of(tmp_path: Path, protocol: Protocol, **columns: list[str]) -> Cohort:
    """Return the cohort of a written table; time and event are made unless given."""
    rows = len(next(iter(columns.values())))
    cells = {"os": [f"{i + 1}" for i in range(rows)], "dead": ["1", *["0"] * (rows - 1)], **columns}
    lines = [",".join(cells), *(",".join(f'"{cell}"' for cell in row) for row in zip(*cells.values(), strict=True))]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return build_cohort(read_table(path, missing=protocol.missing), protocol)


def told(cohort: Cohort, protocol: Protocol, code: str) -> list[Finding]:
    return [finding for finding in audit(cohort, protocol) if finding.code == code]


def test_event_words_are_listed_with_their_counts_and_near_spellings_warned_of(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, outcome=replace(PROTOCOL.outcome, event_is=("dead",)))
    cohort = cohort_of(tmp_path, protocol, dead=["dead", "alive", "DEAD", "Dead ", "dead", "DEAD"])
    (listed,) = told(cohort, protocol, "event-values")
    assert listed.level == "note"
    assert "'dead' (2), which count as an event, and 'DEAD' (2), 'Dead' (1), 'alive' (1)" in listed.message
    (near,) = told(cohort, protocol, "spellings")
    assert near.level == "warning"
    assert "'DEAD' (2), 'Dead' (1) count as something else" in near.message


def test_event_words_that_are_all_named_are_no_doubt(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, outcome=replace(PROTOCOL.outcome, event_is=("dead", "DEAD")))
    cohort = cohort_of(tmp_path, protocol, dead=["dead", "alive", "DEAD"])
    assert cohort.outcome.events == 2
    assert not told(cohort, protocol, "spellings")


@pytest.mark.parametrize(("one", "other"), [("SIRT", "sirt"), ("né", "ne"), ("resin  Y", "resin Y"), ("A\u200b", "A")])
def test_levels_that_differ_by_case_accents_or_spaces_are_told(one: str, other: str, tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("arm",))
    cohort = cohort_of(tmp_path, protocol, arm=[one, other, one, "X"])
    (found,) = told(cohort, protocol, "spellings")
    assert f"{one!r} (2)" in found.message
    assert f"{other!r} (1)" in found.message


def test_arms_that_are_neither_treated_nor_control_are_named_with_their_counts(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, arms=Arms("arm", "A", "B"))
    cohort = cohort_of(tmp_path, protocol, arm=["A", "B", "a", "b", "b", "C"])
    (found,) = told(cohort, protocol, "other-arms")
    assert "'C' (1), 'a' (1), 'b' (2), neither the treated arm (A) nor the control (B)" in found.message
    two = cohort_of(tmp_path, protocol, arm=["A", "B", "A"])
    assert not told(two, protocol, "other-arms")


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("1,430", "signs between their thousands"),
        ("1'430.0", "signs between their thousands"),
        ("<2", "bounds"),
        ("≥ 400", "bounds"),
        ("12 ng/mL", "with a unit"),
        ("7%", "with a unit"),
        ("n.d.", "'n.d.'"),
        ("unknown", "'unknown'"),
    ],
)
def test_a_word_in_a_number_column_is_refused_with_its_lines(cell: str, hint: str, tmp_path: Path) -> None:
    cells = [*(f"{i}.5" for i in range(FACTOR_NUMBERS + 1)), cell, cell]
    with pytest.raises(
        EvidenceError, match=r"column afp must hold numbers, but as text.*lines 9, 10.*missing.*\[levels\]"
    ) as refused:
        cohort_of(tmp_path, replace(PROTOCOL, univariable=("afp",)), afp=cells)
    assert hint in str(refused.value)


def test_a_column_all_of_thousands_commas_is_refused_though_no_cell_is_a_number(tmp_path: Path) -> None:
    cells = [f"{i},000" for i in range(1, FACTOR_NUMBERS + 2)]
    with pytest.raises(EvidenceError, match="column afp must hold numbers"):
        cohort_of(tmp_path, replace(PROTOCOL, models={"m": ModelSpec(("afp",))}), afp=cells)


def test_words_named_as_missing_leave_numbers(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("size",), missing=("unknown", "--"))
    column = cohort_of(tmp_path, protocol, size=[*(f"{i}" for i in range(9)), "unknown", "--", "NA", ""])["size"]
    assert column.numbers is not None
    assert column.missing.sum() == 4


def test_declared_levels_make_a_factor_of_numbers_and_words(tmp_path: Path) -> None:
    cells = [*(f"{i}" for i in range(FACTOR_NUMBERS + 1)), "x"]
    protocol = replace(PROTOCOL, univariable=("site",), levels={"site": tuple(cells)})
    cohort = cohort_of(tmp_path, protocol, site=cells)
    assert cohort["site"].numbers is None
    assert not told(cohort, protocol, "words-among-numbers")


def test_up_to_six_numbers_and_a_word_are_a_factor_with_a_warning(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("stage",))
    cohort = cohort_of(tmp_path, protocol, stage=[*(f"{i}" for i in range(FACTOR_NUMBERS)), "3a"])
    (found,) = told(cohort, protocol, "words-among-numbers")
    assert "'3a' (line 8)" in found.message


def test_strata_and_clusters_may_be_numbers_and_words(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, models={"m": ModelSpec(("age",), strata=("site",), cluster="site")})
    cells = [*(f"{i}" for i in range(9)), "Rennes"]
    assert cohort_of(tmp_path, protocol, site=cells, age=["5"] * 10)["site"].numbers is None


@pytest.mark.parametrize(("levels", "doubted"), [(FACTOR_LEVELS, 0), (FACTOR_LEVELS + 1, 1)])
def test_a_text_of_many_levels_is_told_once(levels: int, doubted: int, tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("town",))
    cohort = cohort_of(tmp_path, protocol, town=[f"town {chr(97 + i)}" for i in range(levels)])
    assert len(told(cohort, protocol, "many-levels")) == doubted


def test_a_declared_level_that_no_row_has_is_a_note_and_the_next_is_the_reference(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("stage",), levels={"stage": ("0", "A", "B")})
    cohort = cohort_of(tmp_path, protocol, stage=["B", "A", "A"])
    assert cohort["stage"].levels == ("A", "B")
    (found,) = told(cohort, protocol, "level-without-rows")
    assert (found.level, found.message) == ("note", "[levels] stage names 0, which no row holds")


@pytest.mark.parametrize("word", ["na", "Unknown", "un known"])
def test_a_near_spelling_of_a_word_for_missing_is_a_value_and_told(word: str, tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, univariable=("etio",), missing=("unknown",))
    cohort = cohort_of(tmp_path, protocol, etio=["HBV", word, "HCV"])
    assert word in cohort["etio"].levels
    assert len(told(cohort, protocol, "missing-spelling")) == 1


def test_a_cause_beside_no_event_is_told_by_line(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, cause_column="cause", causes=(("p", "progression"), ("d", "death")))
    cohort = cohort_of(tmp_path, protocol, dead=["1", "0", "0", "0"], cause=["p", "d", "", "p"])
    (found,) = told(cohort, protocol, "cause-without-event")
    assert "2 rows have a cause" in found.message
    assert "lines 3, 5" in found.message
    assert cohort.causes == ("progression", None, None, None)
    fine = cohort_of(tmp_path, protocol, dead=["1", "0"], cause=["p", "none"])
    assert not told(fine, protocol, "cause-without-event")


def test_response_words_are_listed_as_event_words_are(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, dose_response={"t": ResponseSpec("td", "mrecist", ("CR", "PR"))})
    cohort = cohort_of(tmp_path, protocol, td=["1", "2", "3"], mrecist=["CR", "PR", "pr"])
    (listed,) = told(cohort, protocol, "event-values")
    assert "'CR' (1), 'PR' (1), which count as a response in dose-response t, and 'pr' (1)" in listed.message
    assert len(told(cohort, protocol, "spellings")) == 1


def test_columns_that_no_analysis_uses_are_not_judged(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, PROTOCOL, remark=["<2", "Dead", "dead"])
    assert audit(cohort, PROTOCOL) == ()


def test_words_are_no_numbers_in_a_column_of_words() -> None:
    assert words_among_numbers(column_of("stage", ["T1", "T2", "none"], {""})) == ()


def test_spelling_keeps_what_is_no_case_accent_or_space() -> None:
    assert spelling("HBV+") != spelling("HBV-")
    assert spelling("R 1") == spelling("r1")


@pytest.mark.parametrize(
    ("levels", "rows", "refused"), [(50, 60, False), (51, 255, False), (51, 254, True), (51, 60, True)]
)
@pytest.mark.parametrize("word", ["g{}", "{}"])
def test_curves_by_a_column_like_an_identifier_are_refused_by_its_name(
    levels: int, rows: int, refused: bool, word: str, tmp_path: Path
) -> None:
    protocol = replace(PROTOCOL, km=Curves(by=("grp",)))
    cohort = cohort_of(tmp_path, protocol, grp=[word.format(i % levels) for i in range(rows)])
    if not refused:
        audit(cohort, protocol)
        return
    with pytest.raises(
        EvidenceError, match=f"column grp must have levels that patients share, but has {levels} in {rows} rows"
    ):
        audit(cohort, protocol)


@pytest.mark.parametrize(
    ("count", "text"), [(1, "line 2"), (2, "lines 2, 3"), (6, "lines 2, 3, 4, 5, 6, 7"), (7, "lines 2, 3, 4, 5, 6, 7 and 1 more")]
)  # fmt: skip
def test_six_lines_are_named_and_more_are_counted(count: int, text: str) -> None:
    assert lines_of(range(count)) == text


@pytest.mark.parametrize(("count", "more"), [(8, ""), (9, "; and 1 more such words")])
def test_eight_words_among_numbers_are_named_and_more_are_counted(count: int, more: str, tmp_path: Path) -> None:
    words = [f"word {chr(97 + k)}" for k in range(count)]
    with pytest.raises(EvidenceError, match=r"column size must hold numbers, but 'word a' \(line 2\); ") as refused:
        require_numbers(column_of("size", [*words, "3"], {""}))
    text = str(refused.value)
    assert ("more such words" in text) is bool(more)
    assert more in text
    assert f"'word h' (line 9){more}" in text


@pytest.mark.parametrize(("rows", "more"), [(40, ""), (41, " and 1 more")])
def test_forty_lines_with_a_cause_and_no_event_are_named(rows: int, more: str, tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, cause_column="cause", causes=(("p", "progression"),))
    cohort = cohort_of(tmp_path, protocol, dead=["1", *["0"] * rows], cause=["p"] * (rows + 1))
    (found,) = told(cohort, protocol, "cause-without-event")
    assert found.message.startswith(f"{rows} rows have a cause in column cause but no event, and count as censored: lines 3,")  # fmt: skip
    assert f", 42{more}; correct the event or the cause" in found.message


def test_one_row_with_a_cause_and_no_event_is_one(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, cause_column="cause", causes=(("p", "progression"),))
    cohort = cohort_of(tmp_path, protocol, dead=["1", "0"], cause=["p", "p"])
    (found,) = told(cohort, protocol, "cause-without-event")
    assert found.message.startswith("1 row has a cause")


@pytest.mark.parametrize(("values", "warned"), [(FACTOR_NUMBERS, False), (FACTOR_NUMBERS + 1, True)])
def test_curves_by_a_number_are_warned_of_where_it_has_more_values_than_a_factor(
    values: int, warned: bool, tmp_path: Path
) -> None:
    protocol = replace(PROTOCOL, km=Curves(by=("age",)))
    cohort = cohort_of(tmp_path, protocol, age=[f"{60 + k % values}" for k in range(30)])
    messages = [found.message for found in told(cohort, protocol, "curves-of-a-number")]
    assert messages == (
        [f"[km] by age: age is a number of {values} values, each a curve of its own; make a cut of it in [cuts]"]
        if warned
        else []
    )


@pytest.mark.parametrize(("numbers", "refused"), [(26, False), (25, True)])
def test_a_measured_number_of_many_values_is_no_identifier_but_a_text_is(
    numbers: int, refused: bool, tmp_path: Path
) -> None:
    # 51 levels in 51 rows: a factor where more than half of the cells are words
    protocol = replace(PROTOCOL, univariable=("x",), levels={"x": tuple(_cells(numbers))})
    cohort = cohort_of(tmp_path, protocol, x=_cells(numbers))
    if refused:
        with pytest.raises(EvidenceError, match="column x must have levels that patients share, but has 51 in 51 rows"):
            audit(cohort, protocol)
        return
    audit(cohort, protocol)


def _cells(numbers: int) -> list[str]:
    return [f"{k}" for k in range(numbers)] + [f"w{k}" for k in range(51 - numbers)]


@pytest.mark.parametrize(("letters", "told"), [(60, "x" * 60 + "' "), (61, "x" * 60 + "…' ")])
def test_a_long_word_among_numbers_is_told_by_its_beginning(letters: int, told: str) -> None:
    column = column_of("age", ["x" * letters, "50", "61"], {""})
    with pytest.raises(EvidenceError, match=f"column age must hold numbers, but '{told}"):
        require_numbers(column)


def test_causes_that_differ_by_case_alone_are_told(tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, cause_column="cause", causes=(("p", "progression"),))
    cohort = cohort_of(tmp_path, protocol, dead=["1", "0", "0"], cause=["p", "P", ""])
    (found,) = told(cohort, protocol, "spellings")
    assert found.message == (
        "column cause holds 'P' (1), 'p' (1), which differ by case, accents or spaces alone: [competing] names 'p' alone, "
        "so that 'P' (1) count as something else; write them alike"
    )
