"""What stands behind the numbers: equations and constants with their sources, and what the report cannot tell of this case."""

from dataclasses import replace

import pytest

from yttria.report.plan.method import cannot_tell, method_blocks
from yttria.report.text.footnotes import MARKS, superscript
from yttria.values.document import Entry, Table
from yttria.values.patient import Result


def text(cell: object) -> str:
    words = cell.text if isinstance(cell, Entry) else str(cell)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def rows(result: Result, block: int) -> dict[str, list[str]]:
    table = method_blocks(result)[block]
    assert isinstance(table, Table)
    return {
        text(row[0]).rstrip("".join(superscript(m) for m in MARKS)): [text(cell) for cell in row[1:]]
        for row in table.rows
    }


def test_the_constants_are_those_of_the_nuclide_and_the_product(planned: Result) -> None:
    found = rows(planned, 1)
    assert found["Dose constant k of Y-90"][0] == "49.67 Gy kg/GBq"
    assert found["Half-life of Y-90"][0] == "64.05 h"
    assert found["Density for the label formula"][0] == "1.03 g/mL"


def test_the_calibration_that_was_used_has_its_equation(planned: Result) -> None:
    assert rows(planned, 0)["Activity"][0] == "A_i = A (1 − L) c_i / Σ c"
    absolute = replace(
        planned,
        patient_case=replace(
            planned.patient_case, choices=replace(planned.patient_case.choices, calibration="absolute")
        ),
    )
    assert rows(absolute, 0)["Activity"][0] == "A_i = C_i V 2^{h/T}"


def test_each_equation_has_a_source_at_the_foot(planned: Result) -> None:
    table = method_blocks(planned)[0]
    assert isinstance(table, Table)
    notes = " ".join(table.notes)
    for paper in ("Chiesa", "Weber", "Gear"):
        assert paper in notes
    assert all(text(row[0])[-1] in {superscript(m) for m in MARKS} for row in table.rows)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("maa", "It predicts: 99mTc-MAA stands for the microspheres"),
        ("no-ct", "Density is a default: without a CT"),
        ("no-bilirubin", "The case does not state bilirubin; limits that depend on it are not judged."),
        ("nothing", "The case does not state bilirubin and Child–Pugh class"),
    ],
)
def test_what_cannot_be_told_depends_on_the_case(state: str, words: str, planned: Result) -> None:
    case = planned.patient_case
    changed = {
        "maa": case,
        "no-ct": replace(case, ct=None),
        "no-bilirubin": replace(case, facts=replace(case.facts, bilirubin_mg_dl=None)),
        "nothing": replace(case, facts=replace(case.facts, bilirubin_mg_dl=None, child_pugh=None)),
    }[state]
    found = " ".join(cannot_tell(replace(planned, patient_case=changed)).items)
    assert words in found
    if state != "maa":
        assert words not in " ".join(cannot_tell(planned).items)
