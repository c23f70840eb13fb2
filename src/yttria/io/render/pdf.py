"""Write a document as PDF by typst: PDF/A-2b where the study has a date, searchable, with bookmarks; dated by the study, never by the clock."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import singledispatch
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

from yttria.io.ground.cell_text import Set, pieces, set_cell
from yttria.io.ground.control_characters import spelled_control
from yttria.io.render.figure import svg_of
from yttria.io.render.fonts import code_points, page_fonts, spelled
from yttria.values.document import (
    DefinitionList,
    Document,
    Figure,
    FindingList,
    Paragraph,
    Points,
    Section,
    SideBySide,
    Signatures,
    Table,
    Verdict,
)

ESCAPED = "\\u"
"""How JSON writes a sign of control."""
UNDRAWN = "could not be displayed"
PLAIN = frozenset({"kind", "align", "date", "language"})
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
EMPTY_PAGE = b"#set page(width: 1pt, height: 1pt, margin: 0pt)\n"
PAGES_REMEMBERED = 10
"""Of a page typst keeps what it worked out until it has set ten others without it: some fifty megabytes of a report."""


def write_pdf(document: Document, path: Path, *, identity: Sequence[tuple[str, str]] = ()) -> None:
    """Write the document as one PDF.

    Parameters
    ----------
    document
        The report; its texts are data to the page, never markup.
    path
        Where; written whole or not at all.
    identity
        (name, value) of whom it speaks, from the identity.
    """
    path.write_bytes(_set(_packed(document, identity), _instant(document.date)))


def _set(packed: str, when: datetime | None) -> bytes:
    """Return the PDF. Names in scripts that the house's fonts lack take the machine's fonts, and are spelled out where it has none."""
    import typst

    if ESCAPED not in packed and {ord(sign) for sign in set(packed)} <= code_points():
        return _compiled(packed, when, system_fonts=False)
    for system_fonts in (False, True) if when else ():  # only PDF/A says which sign no font draws, and it wants a date
        try:
            return _compiled(packed, when, system_fonts=system_fonts)
        except typst.TypstError as error:
            if UNDRAWN not in str(error):
                raise
    return _compiled(json.dumps(_respelled(json.loads(packed), spelled), ensure_ascii=False), when, system_fonts=False)


def _compiled(packed: str, when: datetime | None, *, system_fonts: bool) -> bytes:
    import typst

    _forget_last_document()
    template = (files(__package__) / "report.typ").read_bytes()
    fonts = page_fonts(embedded=True, system=system_fonts)
    compiler = typst.Compiler(template, font_paths=fonts, sys_inputs={"document": packed})
    # PDF/A wants a date; a study without one gets a plain PDF rather than an invented date
    pdf = compiler.compile(format="pdf", pdf_standards="a-2b" if when else [], timestamp=when or UNDATED)
    assert isinstance(pdf, bytes)
    return pdf


_documents_set = count()


def _forget_last_document() -> None:
    """Let typst go of what it keeps of an earlier document of this process, which no other has a use for: ten empty pages, eight milliseconds."""
    import typst

    if next(_documents_set):
        for _ in range(PAGES_REMEMBERED):
            typst.Compiler(EMPTY_PAGE, font_paths=page_fonts()).compile(format="svg")


def _respelled(value: Any, spell: Callable[[str], str]) -> Any:
    """Return the document with every text spelled by a rule."""
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, list | tuple):
        return [_respelled(v, spell) for v in value]
    if isinstance(value, Mapping):
        return {k: v if k in PLAIN else _respelled(v, spell) for k, v in value.items()}
    return value


def _instant(date: str) -> datetime | None:
    """Return the instant that a PDF can carry: with a zone and of whole seconds."""
    if not date:
        return None
    when = datetime.fromisoformat(date).replace(microsecond=0)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _packed(document: Document, identity: Sequence[tuple[str, str]]) -> str:
    """Return the document as JSON: the template reads values, so no text can become markup; signs of control are spelled."""
    texts = _respelled(
        {
            "title": document.title,
            "subtitle": document.subtitle,
            "who": [value for _, value in identity if value][:2],
            "identity": [*identity, *document.identity, ("Version", document.footer)],
            "date": document.date,
            "footer": document.footer,
            "notice": document.notice,
            "language": document.language,
            "signers": list(document.signers),
            "sections": [_section(s) for s in document.sections],
        },
        spelled_control,
    )
    return json.dumps(texts, ensure_ascii=False)


def _section(section: Section) -> Mapping[str, Any]:
    blocks = [_block(b) for b in section.blocks]
    return {"heading": section.heading, "blocks": blocks, "newpage": section.new_page}


@singledispatch
def _block(block: Any) -> Mapping[str, Any]:
    raise AssertionError(f"no page for {type(block).__name__}")


@_block.register(Paragraph)
def _(block: Paragraph) -> Mapping[str, Any]:
    return {"kind": "paragraph", "text": block.text, "strong": block.strong}


@_block.register(Verdict)
def _(block: Verdict) -> Mapping[str, Any]:
    return {"kind": "verdict", "lines": list(block.lines)}


@_block.register(Points)
def _(block: Points) -> Mapping[str, Any]:
    return {"kind": "points", "items": list(block.items)}


@_block.register(DefinitionList)
def _(block: DefinitionList) -> Mapping[str, Any]:
    return {"kind": "facts", "pairs": list(block.pairs), "columns": block.columns}


@_block.register(FindingList)
def _(block: FindingList) -> Mapping[str, Any]:
    return {
        "kind": "findings",
        "quiet": block.quiet,
        "more": block.more,
        "findings": [
            {"level": f.level, "code": f.code if block.codes else "", "message": f.message} for f in block.findings
        ],
    }


@_block.register(Signatures)
def _(block: Signatures) -> Mapping[str, Any]:
    return {"kind": "signatures", "roles": list(block.roles)}


@_block.register(Figure)
def _(block: Figure) -> Mapping[str, Any]:
    return {
        "kind": "figure",
        "title": block.title,
        "caption": block.caption,
        "svg": svg_of(block),
        "width": block.width_mm,
        "height": block.height_mm,
    }


@_block.register(SideBySide)
def _(block: SideBySide) -> Mapping[str, Any]:
    columns = [{"heading": heading, "blocks": [_block(b) for b in blocks]} for heading, blocks in block.columns]
    return {"kind": "beside", "columns": columns}


@_block.register(Table)
def _(block: Table) -> Mapping[str, Any]:
    rows = []
    for row in block.rows:
        sets = [set_cell(cell, column) for cell, column in zip(row, block.columns, strict=True)]
        rows.append([_cell(s) for s in sets])
    return {
        "kind": "table",
        "title": block.title,
        "columns": [{"heading": c.heading, "align": c.align, "share": c.share} for c in block.columns],
        "rows": rows,
        "notes": list(block.notes),
        "emphasised": sorted(block.emphasised),
        "ruled": sorted(block.ruled),
        "small": block.small,
        "chosen": block.chosen,
    }


def _cell(cell: Set) -> Mapping[str, Any]:
    return {
        "whole": cell.whole,
        "rest": cell.rest,
        "under": cell.under,
        "sign": cell.sign,
        "strong": cell.strong,
        "kind": cell.kind,
        "number": cell.is_number,
        "pieces": pieces(cell.text) if cell.kind == "formula" else [],
    }
