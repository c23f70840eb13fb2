"""Several injections on the page: what is given of each and what 1 GBq of it does, from a plan of boxes with two feeders."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.services.test_injections import BOTH, COUNTS, FIRST, LEFT, LIVER, RIGHT, dose, write_case

from yttria.app.services.plan import plan_patient
from yttria.io.case.patient_case import read_patient_case
from yttria.report.plan.injections_table import injection_blocks, part_dose
from yttria.values.document import Entry, Table
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ, Gy


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder: Path = write_case(tmp_path_factory.mktemp("two"), BOTH)
    return plan_patient(read_patient_case(folder))


def text(cell: Any) -> str:
    words = cell.text if isinstance(cell, Entry) else str(cell)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def tables(result: Result) -> list[Table]:
    found = [block for block in injection_blocks(result) if isinstance(block, Table)]
    assert len(found) == len(injection_blocks(result))
    return found


def test_each_injection_has_its_activity_shunt_share_and_own_doses(two: Result) -> None:
    """Gy/GBq on paper: k (1 - L) times the counts of a volume over those of the injection's territory, over its mass."""
    table = tables(two)[0]
    given = two.plan.shown.activities_bq
    for row, (name, territory) in zip(table.rows, (("right", RIGHT), ("left", LEFT)), strict=True):
        cells = [text(cell) for cell in row]
        assert cells[0] == name
        assert cells[2] == f"{given[name] / BQ_PER_GBQ:.2f}"
        assert cells[3] == "5.0 %"
        assert cells[4] == f"{100 * COUNTS[territory & LIVER].sum() / COUNTS[LIVER].sum():.1f} %"
    (first,) = [
        text(c) for c, column in zip(table.rows[0], table.columns, strict=True) if column.heading.startswith("TD")
    ]
    exact = dose(FIRST, COUNTS, RIGHT)
    assert float(first) == pytest.approx(exact, rel=0.01)


def test_each_part_of_a_lesion_has_its_dose_of_what_is_given(two: Result) -> None:
    table = tables(two)[1]
    assert [text(row[1]) for row in table.rows] == ["right", "left"]
    for part in two.absorbed.parts:
        own = two.plan.shown.activities_bq
        assert part_dose(part, two) == pytest.approx(math.fsum(part.per_gbq[n] * own[n] / BQ_PER_GBQ for n in own))


def test_limits_that_stand_against_the_aim_are_told_by_how_much(two: Result) -> None:
    clash = replace(two, plan=replace(two.plan, clash={"lung": Gy(12.3)}))
    assert "at the least lung by 12 Gy" in text(tables(clash)[0].notes[-1])
    assert len(tables(two)[0].notes) == (2 if two.plan.clash else 1)


def test_one_injection_has_no_table(planned: Result) -> None:
    assert injection_blocks(planned) == ()
