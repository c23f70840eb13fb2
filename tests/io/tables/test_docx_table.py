"""A table in Word: read back by python-docx, what is set strong and to the right, and nothing that could break the XML."""

from pathlib import Path

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH

from yttria.io.tables.docx_table import POINTS, write_docx
from yttria.io.tables.table_export import texts_of
from yttria.values.document import Column, Table

TABLE = Table(
    "Doses <Gy> & shares",
    [Column("Name"), Column("TD", "decimal", 1), Column("n", "right"), Column("Mid", "centre")],
    [["a <b> & c", 205.25, 3, "x\ty"], ["two\nlines", None, 4, "\x1b[31m"]],
    notes=("first", "second"),
    emphasised=frozenset({1}),
)


def opened(tmp_path: Path, table: Table = TABLE) -> docx.document.Document:
    write_docx(table, tmp_path / "t.docx")
    return docx.Document(str(tmp_path / "t.docx"))


def test_every_cell_is_what_the_page_says(tmp_path: Path) -> None:
    (made,) = opened(tmp_path).tables
    cells = [[cell.text for cell in row.cells] for row in made.rows]
    expected = texts_of(TABLE)
    assert cells[:2] == expected[:2]
    assert cells[0] == ["Name", "TD", "n", "Mid"]
    assert cells[1][0] == "a <b> & c"
    assert cells[2][0] == "two\nlines"
    assert "\x1b" not in cells[2][3]


def test_the_caption_stands_before_the_table_and_the_notes_after_it(tmp_path: Path) -> None:
    document = opened(tmp_path)
    assert [p.text for p in document.paragraphs] == ["Doses <Gy> & shares", "first", "second"]
    assert document.paragraphs[0].style is not None
    assert document.paragraphs[0].style.name == "Caption"
    assert document.paragraphs[1].runs[0].font.size is not None
    assert document.paragraphs[1].runs[0].font.size.pt == POINTS - 1 == 8
    assert (document.core_properties.author, document.core_properties.title) == ("Yttria", "Doses <Gy> & shares")


def test_headings_and_chosen_rows_are_strong_and_the_heading_repeats(tmp_path: Path) -> None:
    (made,) = opened(tmp_path).tables
    assert [row.cells[0].paragraphs[0].runs[0].bold for row in made.rows] == [True, False, True]
    assert [row._tr.xpath("./w:trPr/w:tblHeader") != [] for row in made.rows] == [True, False, False]


def test_numbers_stand_to_the_right(tmp_path: Path) -> None:
    (made,) = opened(tmp_path).tables
    aligned = [cell.paragraphs[0].alignment for cell in made.rows[1].cells]
    assert [a == WD_ALIGN_PARAGRAPH.RIGHT for a in aligned] == [False, True, True, False]


def test_tables_of_one_process_do_not_share_words_and_a_file_holds_only_the_styles_that_it_needs(
    tmp_path: Path,
) -> None:
    opened(tmp_path)
    second = opened(tmp_path, Table("Another", [Column("Only")], [["one"]]))
    assert [p.text for p in second.paragraphs] == ["Another"]
    assert [[cell.text for cell in row.cells] for row in second.tables[0].rows] == [["Only"], ["one"]]
    tables = {style.name for style in second.styles if style.type is WD_STYLE_TYPE.TABLE}
    assert tables == {"Normal Table", "Table Grid"}
    assert second.tables[0].style is not None
    assert second.tables[0].style.name == "Table Grid"
    assert not [part for part in second.part.package.parts if "stylesWithEffects" in part.partname]
