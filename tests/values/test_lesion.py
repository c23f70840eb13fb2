"""Lesions by date: what belongs together, and what is refused by its line."""

from dataclasses import replace
from datetime import date

import pytest

from yttria.values.errors import IntakeError, QuantityError
from yttria.values.lesion import LesionMeasurement, lesion_histories

ROW = LesionMeasurement(2, "P", "L", date(2026, 1, 1), "target", longest_mm=20)
LATER = replace(ROW, line=3, on=date(2026, 4, 1))


def test_patients_and_lesions_keep_the_order_of_the_table_and_dates_that_of_time() -> None:
    rows = [LATER, ROW, replace(ROW, line=4, patient="A", lesion="Z"), replace(ROW, line=5, patient="A", lesion="B")]
    first, second = lesion_histories(rows)
    assert (first.patient, first.dates, first.baseline) == ("P", (ROW.on, LATER.on), ROW.on)
    assert [lesion.name for lesion in second.lesions] == ["Z", "B"]


def test_an_arm_or_index_said_once_holds_for_the_patient() -> None:
    (one,) = lesion_histories([ROW, replace(LATER, arm="PDA", index=True)])
    assert (one.arm, one.index) == ("PDA", "L")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW, replace(ROW, line=7)], "lines 2 and 7 are the same lesion on 2026-01-01"),
        ([ROW, replace(LATER, kind="non-target")], "target in line 2 and non-target in line 3"),
        ([ROW, replace(LATER, node=True)], "line 2 and line 3 differ"),
        ([replace(ROW, dose_gy=200.0), replace(LATER, dose_gy=201.0)], "200 Gy in line 2 and 201 Gy in line 3"),
        ([replace(ROW, arm="A"), replace(LATER, arm="B")], "in 'A' and, in line 3, in 'B'"),
        ([replace(ROW, index=True), replace(ROW, line=8, lesion="M", index=True)], "one of them in line 8"),
    ],
)
def test_what_contradicts_itself_is_refused_by_its_line(rows: list[LesionMeasurement], said: str) -> None:
    with pytest.raises(IntakeError, match=said):
        lesion_histories(rows)


@pytest.mark.parametrize("column", ["longest_mm", "short_mm", "viable_longest_mm", "viable_short_mm", "dose_gy"])
@pytest.mark.parametrize("size", [-0.1, float("nan"), float("inf")])
def test_a_size_that_cannot_be_is_refused_by_its_line(column: str, size: float) -> None:
    with pytest.raises(QuantityError, match=f"{column} must be zero or more, but line 2"):
        replace(ROW, **{column: size})  # type: ignore[arg-type]
    assert getattr(replace(ROW, **{column: 0.0}), column) == 0  # type: ignore[arg-type]
