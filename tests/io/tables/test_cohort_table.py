"""CSV tables as columns."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from yttria.io.ground import memory
from yttria.io.tables import cohort_table
from yttria.io.tables.cohort_table import column_of, read_table
from yttria.values.errors import IntakeError


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "cohort.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator: str, tmp_path: Path) -> None:
    table = read_table(written(tmp_path, f"a{separator}b\n1{separator}x\n"))
    assert list(table) == ["a", "b"]


def test_a_column_is_numeric_only_if_every_known_cell_is_a_number(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a,b,c\n1,1,\n,x,\n3.5,2,\n"))
    assert table["a"].numbers is not None
    np.testing.assert_array_equal(table["a"].numbers, [1.0, np.nan, 3.5])
    assert table["b"].numbers is None
    assert table["c"].missing.all()


def test_levels_are_sorted_by_code_point_and_written_as_in_the_table(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a\n10\n2\n-1\n"))["a"].levels == ("-1", "10", "2")


def test_one_number_written_in_two_ways_is_one_level() -> None:
    column = column_of("a", ["1", "1.0", "2"], {""})
    assert column.levels == ("1", "2")
    assert column.codes.tolist() == [0, 0, 1]


def test_na_is_missing_in_every_column_and_other_words_where_the_protocol_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\n1,x,?\nNA,NA,1\n")
    table = read_table(path)
    assert table["a"].numbers is not None
    assert [table[name].missing.tolist() for name in "abc"] == [[False, True], [False, True], [False, False]]
    assert read_table(path, missing=["?"])["c"].missing.tolist() == [True, False]


@pytest.mark.parametrize(
    ("cell", "written_as"),
    [
        ("0.30000000000000004", 0.3),
        ("0.7999999999999999", 0.8),
        ("1.4000000000000001", 1.4),
        ("123456789012345", 123456789012345),
    ],
)
def test_a_computed_decimal_is_the_number_that_people_write(cell: str, written_as: float) -> None:
    numbers = column_of("t", [cell], {""}).numbers
    assert numbers is not None
    assert numbers.tolist() == [written_as]
    assert column_of("t", [f"{written_as!r}", cell], {""}).levels == (f"{written_as!r}",)


def test_decimal_commas_are_read_beside_a_word_and_not_beside_points(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a;b\n12,5;1,5\n3;2.5\nn.d.;3\n"))
    assert table["a"].levels == ("12.5", "3", "n.d.")
    assert table["b"].levels == ("1,5", "2.5", "3")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a;b\n1,430;x\n920;y\n", None),
        ("a;b\n1,430;12,5\n920;3\n", [1.43, 920.0]),
        ("a;b\n1,430;x\n0,875;y\n", [1.43, 0.875]),
    ],
)
def test_a_comma_that_may_part_thousands_is_decimal_only_beside_one_that_cannot(
    text: str, numbers: list[float] | None, tmp_path: Path
) -> None:
    found = read_table(written(tmp_path, text))["a"].numbers
    assert (None if found is None else found.tolist()) == numbers


def test_a_dot_that_may_part_thousands_is_refused_beside_decimal_commas(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"the dot in '1.430' \(column a of .*may part thousands"):
        read_table(written(tmp_path, "a;b\n1.430;12,5\n2.500;3\n"))
    numbers = read_table(written(tmp_path, "a;b\n1.43;12,5\n2.500;3\n"))["a"].numbers
    assert numbers is not None
    assert numbers.tolist() == [1.43, 2.5]


def test_a_byte_order_mark_and_spaces_are_not_part_of_a_name(tmp_path: Path) -> None:
    assert list(read_table(written(tmp_path, "\ufeffa , b\n1,2\n"))) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "at least one row"),
        ("a,a\n1,2\n", "heading of its own"),
        ("a,\n1,2\n", "heading of its own"),
        ("a,b\n1,2\n3\n", "line 3 has 1"),
        ('a,b\n1,"2\n', "quote"),
    ],
)
def test_a_table_that_is_none_is_refused_by_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        read_table(written(tmp_path, text))


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="UTF-8"):
        read_table(written(tmp_path, "größe\n1\n", "latin-1"))


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="no such file"):
        read_table(tmp_path / "no.csv")


def test_decimal_commas_are_read_where_commas_do_not_separate(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a;b\r\n12,5;x\r\n3;y, z\r\n;x\r\n"))
    numbers = table["a"].numbers
    assert numbers is not None
    np.testing.assert_array_equal(numbers, [12.5, 3, np.nan])
    assert table["a"].levels == ("12.5", "3")
    assert table["b"].levels == ("x", "y, z")
    assert read_table(written(tmp_path, 'a,b\n"1,250",x\n'))["a"].numbers is None


def test_a_quoted_cell_may_hold_separators_and_lines(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, 'a,b\n"x, ""y""\nz",1\n\u2028,2\n'))
    assert table["a"].levels[-1] == 'x, "y"\nz'
    assert table["b"].levels == ("1", "2")


@pytest.mark.parametrize("cell", ["1_000", "nan", "inf", "\u0661\u0662", "1e400", "0x10"])
def test_what_only_a_programming_language_takes_for_a_number_is_text(cell: str) -> None:
    assert column_of("a", [cell, "1"], {""}).numbers is None


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("12,5", "1,250"), [12.5, 1.25]),
        (("0,500", "1,250"), [0.5, 1.25]),
        (("1,250", "2,500"), None),
        (("1,250.0", "2,500.5"), None),
    ],
)
def test_quoted_decimal_commas_are_numbers_unless_they_may_part_thousands(
    tmp_path: Path, cells: tuple[str, ...], numbers: list[float] | None
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x\n" + "".join(f'{i},"{cell}"\n' for i, cell in enumerate(cells)), encoding="utf-8")
    found = read_table(path)["x"].numbers
    assert (None if found is None else found.tolist()) == numbers


@pytest.mark.parametrize("block", [1, 2, 3, 50_000])
def test_a_table_is_the_same_however_many_rows_are_read_at_a_time(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("a;b;c\n 1 ;x;12,5\n1.0;y;0,5\n;x;\n\n2;NA;1\n", encoding="utf-8")
    monkeypatch.setattr(cohort_table, "BLOCK", block)
    columns = read_table(tmp_path / "t.csv")
    assert columns["a"].levels == ("1", "2")
    assert columns["a"].codes.tolist() == [0, 0, -1, 1]
    assert columns["b"].codes.tolist() == [0, 1, 0, -1]
    assert columns["c"].numbers is not None
    assert columns["c"].numbers[[0, 1, 3]].tolist() == [12.5, 0.5, 1.0]
    assert np.isnan(columns["c"].numbers[2])


def test_a_row_of_another_length_is_named_by_its_line_whatever_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 7 + "1,2,3\n", encoding="utf-8")
    monkeypatch.setattr(cohort_table, "BLOCK", 3)
    with pytest.raises(IntakeError, match="line 9 has 3"):
        read_table(tmp_path / "t.csv")


def test_a_byte_that_is_no_text_is_named_by_its_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\n" + b"1,2\n" * 40_000 + b"\xff,1\n")
    with pytest.raises(IntakeError, match="byte 160004 is not"):
        read_table(tmp_path / "t.csv")


def test_a_table_takes_memory_by_its_distinct_cells_and_not_by_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 40_000
    text = "a,b,c,d,e,f,g,h\n" + "1.25,2.25,3.25,4.25,5.25,6.25,7.25,8.25\n" * rows
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(cohort_table, "BLOCK", 1000)
    tracemalloc.start()
    read_table(tmp_path / "t.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows * 8 * 40  # a text of its own for each cell takes fifty bytes; codes and numbers take twenty


@pytest.mark.parametrize(("columns", "is_read"), [(16_384, True), (16_385, False)])
def test_a_table_has_no_more_columns_than_a_sheet_of_excel(columns: int, is_read: bool, tmp_path: Path) -> None:
    names = ",".join(f"c{k}" for k in range(columns))
    (tmp_path / "t.csv").write_text(f"{names}\n{'1,' * (columns - 1)}1\n", encoding="utf-8")
    if is_read:
        assert len(read_table(tmp_path / "t.csv")) == columns
    else:
        with pytest.raises(IntakeError, match="must have at most 16,384 columns, but has 16,385"):
            read_table(tmp_path / "t.csv")


def test_a_table_for_which_no_memory_is_left_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(memory, "available_bytes", lambda: memory.KEPT_FREE_BYTES)
    assert read_table(tmp_path / "t.csv")["a"].levels == ("1",)
    monkeypatch.setattr(memory, "available_bytes", lambda: memory.KEPT_FREE_BYTES - 1)
    with pytest.raises(IntakeError, match=r"t\.csv must fit into memory, but 256 MiB are hardly left"):
        read_table(tmp_path / "t.csv")
