"""A table as a Word document: a real table with its caption before it, heading rows that repeat, footnotes after it."""

from pathlib import Path

from yttria.io.ground.control_characters import spelled_control
from yttria.io.tables.table_export import texts_of
from yttria.values.document import Table

RIGHT = frozenset({"right", "decimal"})
POINTS = 9
"""Size of the text, points."""


def write_docx(table: Table, path: Path) -> None:
    """Write a table as .docx, for a word processor.

    Parameters
    ----------
    table
        Its title becomes the caption, its notes the paragraphs beneath.
    path
        The file.
    """
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    document = Document()
    properties = document.core_properties
    properties.author, properties.title = "Yttria", table.title
    caption = document.add_paragraph(style="Caption")
    caption.add_run(spelled_control(table.title))
    caption.paragraph_format.keep_with_next = True
    texts = texts_of(table)
    made = document.add_table(rows=len(texts), cols=len(table.columns), style="Table Grid")
    for i, (row, own) in enumerate(zip(made.rows, texts, strict=True)):
        for k, (cell, text) in enumerate(zip(row.cells, own, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(spelled_control(text))
            run.font.size = Pt(POINTS)
            run.bold = i == 0 or i - 1 in table.emphasised
            if table.columns[k].align in RIGHT:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    heading = made.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001  python-docx has no word for a repeated heading
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    heading.append(repeated)
    for note in table.notes:
        document.add_paragraph(spelled_control(note)).runs[0].font.size = Pt(POINTS - 1)
    document.save(str(path))
