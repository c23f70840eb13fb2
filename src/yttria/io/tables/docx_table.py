"""A table as a Word document: a real table with its caption before it, heading rows that repeat, footnotes after it."""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from yttria.io.ground.control_characters import spelled_control
from yttria.io.tables.table_export import texts_of
from yttria.values.document import Table

if TYPE_CHECKING:
    from docx.document import Document

RIGHT = frozenset({"right", "decimal"})
POINTS = 9
"""Size of the text, points."""
TO_THE_RIGHT = '<w:pPr><w:jc w:val="right"/></w:pPr>'
GRID = "Table Grid"
TABLE_STYLES = frozenset({"Normal Table", GRID})
OLD_STYLES = "/word/stylesWithEffects.xml"
"""The same styles once more, for Word 2010 alone."""
BREAKS = {"\t": "<w:tab/>", "\n": "<w:br/>", "\r": "<w:br/>"}


def write_docx(table: Table, path: Path) -> None:
    """Write a table as .docx, for a word processor.

    Parameters
    ----------
    table
        Its title becomes the caption, its notes the paragraphs beneath.
    path
        The file.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Pt

    document = _page()
    document._body.clear_content()  # noqa: SLF001
    properties = document.core_properties
    properties.author, properties.title = "Yttria", table.title
    caption = document.add_paragraph(style="Caption")
    caption.add_run(spelled_control(table.title))
    caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=0, cols=len(table.columns), style=GRID)
    widths = [column.width for column in made.columns]
    rows = "".join(
        _row(table, own, number, [0 if w is None else w.twips for w in widths])
        for number, own in enumerate(texts_of(table))
    )
    # python-docx makes each part of a cell by itself, which takes ten times as long as reading the rows as XML
    made._tbl.extend(parse_xml(f"<w:tbl {nsdecls('w')}>{rows}</w:tbl>"))  # noqa: SLF001
    for note in table.notes:
        document.add_paragraph(spelled_control(note)).runs[0].font.size = Pt(POINTS - 1)
    document.save(str(path))


@cache
def _page() -> "Document":
    """Return the page that all tables of a process are written on, read once, without the 98 styles of tables that none of them has.

    Those are nine tenths of a written file, and of the time that writing takes.
    """
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE

    document = Document()
    for style in list(document.styles):
        if style.type is WD_STYLE_TYPE.TABLE and style.name not in TABLE_STYLES:
            style.delete()
    for relation, other in list(document.part.rels.items()):
        if not other.is_external and other.target_part.partname == OLD_STYLES:
            del document.part.rels[relation]
    return document


def _row(table: Table, texts: Sequence[str], number: int, twips: Sequence[int]) -> str:
    """Return a row in WordprocessingML: the first is the heading, which repeats on every page."""
    head = '<w:trPr><w:tblHeader w:val="true"/></w:trPr>' if number == 0 else ""
    bold = "<w:b/>" if number == 0 or number - 1 in table.emphasised else '<w:b w:val="0"/>'
    cells = [
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/></w:tcPr><w:p>'
        f"{TO_THE_RIGHT if column.align in RIGHT else ''}"
        f'<w:r><w:rPr>{bold}<w:sz w:val="{2 * POINTS}"/></w:rPr>{_words(spelled_control(text))}</w:r></w:p></w:tc>'
        for column, text, width in zip(table.columns, texts, twips, strict=True)
    ]
    return f"<w:tr>{head}{''.join(cells)}</w:tr>"


def _words(text: str) -> str:
    """Return a text in WordprocessingML: escaped, line breaks and tabs as elements."""
    pieces = [
        BREAKS.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in re.split(r"([\t\r\n])", text)
        if piece
    ]
    return "".join(pieces)
