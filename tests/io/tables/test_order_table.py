"""A table of orders: every row with its line, what is empty or no number by line, columns in any order and one too many told."""

from pathlib import Path

import pytest

from yttria.io.tables.order_table import read_orders
from yttria.values.errors import IntakeError

AT = "2026-11-30T14:00+01:00"


def table(tmp_path: Path, *lines: str, heading: str = "patient,product,needed_gbq,at") -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    return path


def test_each_row_is_an_order_with_its_line(tmp_path: Path) -> None:
    rows, findings = read_orders(table(tmp_path, f"p1,glass,2.5,{AT}", "", f"p2,resin,1,{AT}"))
    assert [(r.line, r.patient, r.product, r.needed_gbq, r.at) for r in rows] == [
        (2, "p1", "glass", 2.5, AT), (4, "p2", "resin", 1.0, AT),
    ]  # fmt: skip
    assert findings == ()


def test_columns_may_stand_in_any_order_and_one_that_is_not_used_is_a_note(tmp_path: Path) -> None:
    rows, findings = read_orders(
        table(tmp_path, f"{AT},x,2.5,glass,p1", heading="at,remark,needed_gbq,product,patient")
    )
    assert (rows[0].patient, rows[0].needed_gbq, rows[0].at) == ("p1", 2.5, AT)
    assert [(f.level, f.code, f.message) for f in findings] == [
        ("note", "columns-unused", "columns that are not used: remark")
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f",glass,2.5,{AT}", "patient must be filled in, but is empty in line 2"),
        (f"p,,2.5,{AT}", "product must be filled in, but is empty in line 2"),
        (f"p,glass,,{AT}", "needed_gbq must be filled in, but is empty in line 2"),
        ("p,glass,2.5,", "at must be filled in, but is empty in line 2"),
        (f"p,glass,much,{AT}", "much"),
    ],
)
def test_an_empty_cell_and_an_activity_that_is_no_number_are_refused_by_line(
    row: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=words) as told:
        read_orders(table(tmp_path, row))
    assert "2" in str(told.value)


def test_a_table_without_a_column_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(
        IntakeError, match=r"orders.csv must have the columns patient, product, needed_gbq, at, but lacks product, at"
    ):
        read_orders(table(tmp_path, "p,2.5", heading="patient,needed_gbq"))
