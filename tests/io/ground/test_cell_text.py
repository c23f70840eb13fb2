"""Cells as texts: the two pages say the same."""

import pytest

from yttria.io.ground.cell_text import Set, pieces, set_cell, widths
from yttria.values.document import Cell, Column, Entry, Estimate, Table

DECIMAL = Column("Gy", align="decimal", decimals=2)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, Set("—")),
        (float("nan"), Set("—")),
        (-1234.5, Set("−1\u202f234", ".50")),
        ("231", Set("231")),
        ("6.4 (4.9–7.9)", Set("6", ".4 (4.9–7.9)")),
        ("no limit", Set("no limit")),
        (Estimate(0.514, 0.29, 0.9, "", "Cox"), Set("0", ".51 (0.29–0.90)")),
        (Estimate(24.8, 11.0, None, "months", "Kaplan–Meier"), Set("24", ".80 (11.00–—)")),
        (Estimate(None, None, None, "months", "Kaplan–Meier"), Set("—")),
        (Entry("4.92", kind="free", strong=True), Set("4.92", strong=True, kind="free")),
    ],
)
def test_a_cell_splits_at_its_decimal_point(cell: Cell, shown: Set) -> None:
    assert set_cell(cell, DECIMAL) == shown


def test_outside_a_decimal_column_nothing_is_split() -> None:
    assert set_cell("6.4", Column("words")) == Set("6.4")


def test_a_column_is_as_wide_as_its_widest_number() -> None:
    table = Table("", (Column("x"), DECIMAL), (("a", 1234.5), ("b", "6.4"), ("c", "no limit")))
    assert widths(table) == [(0, 0), (5, 3)]


def test_a_formula_falls_into_pieces_and_loses_no_sign() -> None:
    assert "".join(text for text, _ in pieces("A = B^2 / C_{tot} + D_i")) == "A = B2 / Ctot + Di"
    assert ("tot", "sub") in pieces("C_{tot}")
    assert pieces("trailing_") == [("trailing", ""), ("_", "")]
