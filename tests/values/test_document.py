"""Tables of a document: every row has a cell a column, or there is no table."""

import pytest

from yttria.values.document import Column, Table
from yttria.values.errors import QuantityError

COLUMNS = [Column("a"), Column("b")]


@pytest.mark.parametrize("cells", [1, 2, 3])
def test_a_row_of_another_length_than_the_columns_is_refused(cells: int) -> None:
    rows = [["x", "y"], ["z"] * cells]
    if cells == 2:
        assert Table("t", COLUMNS, rows).rows == rows
    else:
        with pytest.raises(QuantityError, match=f"{cells}"):
            Table("t", COLUMNS, rows)


def test_a_table_may_have_no_row() -> None:
    assert Table("t", COLUMNS, []).rows == []
