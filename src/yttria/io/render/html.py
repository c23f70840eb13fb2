"""Write a document as one static HTML file: nothing is fetched, nothing runs; light and dark, screen and paper."""

import base64
import html
import re
from collections.abc import Sequence
from functools import singledispatch
from importlib.resources import files
from pathlib import Path
from typing import Any

from yttria.data import table
from yttria.io.ground.cell_text import Set, pieces, set_cell, widths
from yttria.io.ground.control_characters import CONTROL, spelled_control
from yttria.io.render.figure import svg_of
from yttria.io.render.fonts import FAMILY, woff_of
from yttria.values.document import (
    Column,
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

SHAPES = {"stop": "■", "warning": "▲", "note": "●"}
LEVELS = {"stop": "STOP", "warning": "Warning", "note": "Note"}


def write_html(document: Document, path: Path, *, identity: Sequence[tuple[str, str]] = ()) -> None:
    """Write the document as one HTML file; parameters as of `write_pdf`."""
    path.write_text(page(document, identity), encoding="utf-8")


def page(document: Document, identity: Sequence[tuple[str, str]]) -> str:
    """Return the whole file as text."""
    style = (files(__package__) / "report.css").read_text(encoding="utf-8")
    who = [value for _, value in identity if value][:2]
    body = f"""<main>
<header>
<h1>{escape(document.title)}</h1>
<p class="subtitle">{escape(document.subtitle)}</p>
{_facts([*identity, *document.identity, ("Version", document.footer)])}
<p class="notice">{escape(document.notice)}</p>
{_signatures(document.signers)}
</header>
{"".join(_section(i, s) for i, s in enumerate(document.sections, 1))}
<footer>{escape(document.notice)} {escape(document.footer)}</footer>
</main>"""
    return f"""<!DOCTYPE html>
<html lang="{escape(document.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(" · ".join([document.title, *who]))}</title>
<style>
{_faces("".join(sorted(set(html.unescape(body)))))}
{_palette()}
{_paper(f"{document.notice}  {document.footer}")}
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def escape(text: str) -> str:
    """Return a text that is no markup; a control character, which no page may hold, is spelled as its code point."""
    return html.escape(spelled_control(text))


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(_block(b) for b in section.blocks)
    sheet = ' class="sheet"' if section.new_page else ""
    return f'<section{sheet} aria-labelledby="s{number}">\n<h2 id="s{number}">{escape(section.heading)}</h2>\n{blocks}\n</section>\n'


@singledispatch
def _block(block: Any) -> str:
    raise AssertionError(f"no page for {type(block).__name__}")


@_block.register(Paragraph)
def _(block: Paragraph) -> str:
    text = escape(block.text)
    return f"<p><strong>{text}</strong></p>" if block.strong else f"<p>{text}</p>"


@_block.register(Verdict)
def _(block: Verdict) -> str:
    (label, first), *rest = block.lines
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in rest)
    return f'<div class="verdict"><p class="label">{escape(label)}</p><p class="first">{escape(first)}</p><dl class="facts">{lines}</dl></div>'


@_block.register(Points)
def _(block: Points) -> str:
    return "<ul>" + "".join(f"<li>{escape(t)}</li>" for t in block.items) + "</ul>"


@_block.register(DefinitionList)
def _(block: DefinitionList) -> str:
    return _facts(block.pairs, columns=block.columns)


def _facts(pairs: Sequence[tuple[str, str]], *, columns: int = 2) -> str:
    inner = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs if v)
    return f'<dl class="facts {"columns" if columns > 1 else "column"}">{inner}</dl>'


@_block.register(FindingList)
def _(block: FindingList) -> str:
    rows = "".join(
        f'<li class="{f.level}"><span class="level">{SHAPES[f.level]} {LEVELS[f.level]}</span> <span>{_lines(f.message[:1].upper() + f.message[1:])}{f" <code>{escape(f.code)}</code>" if block.codes else ""}</span></li>'
        for f in block.findings
    )
    more = f"<li><span></span><span>{escape(block.more)}</span></li>" if block.more else ""
    return f'<ul class="findings{" quiet" if block.quiet else ""}">{rows}{more}</ul>'


@_block.register(Signatures)
def _(block: Signatures) -> str:
    return _signatures(block.roles)


def _signatures(roles: Sequence[str]) -> str:
    lines = "".join(f"<p><b>{escape(r)}</b><br>name, date, signature</p>" for r in roles)
    return f'<div class="signatures">{lines}</div>' if lines else ""


@_block.register(SideBySide)
def _(block: SideBySide) -> str:
    columns = "".join(
        f"<div><h3>{escape(heading)}</h3>{''.join(_block(b) for b in blocks)}</div>"
        for heading, blocks in block.columns
    )
    return f'<div class="beside">{columns}</div>'


@_block.register(Figure)
def _(block: Figure) -> str:
    drawing = inline_svg(svg_of(block), block.name, block.title)
    return f'<figure><div class="scroll">{drawing}</div><figcaption>{escape(block.caption)}</figcaption></figure>'


@_block.register(Table)
def _(block: Table) -> str:
    title = f"<caption>{escape(block.title)}</caption>" if block.title else ""
    small = ' class="small"' if block.small else ""
    notes = "<br>".join(escape(n) for n in block.notes)
    return (
        f'<div class="scroll"><table{small}>{title}{_shares(block)}<thead>{_head(block)}</thead><tbody>{_rows(block)}</tbody></table></div>'
        + (f'<p class="notes">{notes}</p>' if notes else "")
    )


def _shares(block: Table) -> str:
    """Return the columns' widths where every column has its share of the table's."""
    whole = sum(c.share for c in block.columns)
    if not all(c.share for c in block.columns):
        return ""
    columns = (f'<col style="width:{100 * c.share / whole:.1f}%">' for c in block.columns)
    return f"<colgroup>{''.join(columns)}</colgroup>"


def _head(block: Table) -> str:
    cells = (
        f'<th scope="col" class="{_class(block, i)}">{_heading(c.heading)}</th>' for i, c in enumerate(block.columns)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _rows(block: Table) -> str:
    room, rows = widths(block), []
    for y, row in enumerate(block.rows):
        cells = []
        for i, (cell, column) in enumerate(zip(row, block.columns, strict=True)):
            tag, scope = ("td", "") if i else ("th", ' scope="row"')
            inner = _cell(set_cell(cell, column), column, room[i])
            cells.append(f'<{tag}{scope} class="{_class(block, i)}">{inner}</{tag}>')
        mark = " ".join(m for m, on in (("strong", y in block.emphasised), ("ruled", y in block.ruled)) if on)
        rows.append(f'<tr class="{mark}">{"".join(cells)}</tr>')
    return "".join(rows)


def _class(block: Table, column: int) -> str:
    """Return what a cell of the column is: its alignment, whether it is the chosen one, whether it is as narrow as its words."""
    narrow = not block.columns[column].share and any(c.share for c in block.columns)
    return block.columns[column].align + (" chosen" if column == block.chosen else "") + (" narrow" if narrow else "")


def _cell(cell: Set, column: Column, room: tuple[int, int]) -> str:
    if column.align == "decimal" and cell.is_number:
        text = f'<span class="w" style="min-width:{room[0]}ch">{escape(cell.whole)}</span><span class="r" style="min-width:{room[1]}ch">{escape(cell.rest)}</span>'
    elif cell.kind == "formula":
        text = "".join(f"<{level}>{escape(t)}</{level}>" if level else escape(t) for t, level in pieces(cell.text))
    else:
        text = f"<code>{escape(cell.text)}</code>" if cell.kind == "code" else _lines(cell.text)
    sign = f'<span class="sign">{escape(cell.sign)}</span>' if cell.sign else ""
    under = f'<div class="under">{_lines(cell.under)}</div>' if cell.under else ""
    body = f"{sign}{text}"
    return (f"<strong>{body}</strong>" if cell.strong else body) + under


def _heading(text: str) -> str:
    """Return a column's heading: where it has lines, the last explains, the one before names, the first is a flag."""
    *flags, name, words = text.split("\n") if "\n" in text else ("", text, "")
    flag = "".join(f'<span class="flag">{escape(f)}</span>' for f in flags if f)
    return f'{flag}{escape(name)}<div class="under">{escape(words)}</div>' if words else flag + escape(name)


def _lines(text: str) -> str:
    """Return lines whose indent is kept, on the page and in what is copied from it."""
    return "<br>".join("&nbsp;" * (len(t) - len(t.lstrip(" "))) + escape(t.lstrip(" ")) for t in text.split("\n"))


def inline_svg(svg: str, name: str, title: str) -> str:
    """Return an SVG to stand inside HTML: no prolog, ids of its own, house colours that follow light and dark."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)
    light = {v: k for k, v in reversed(table("palette")["light"].items())}
    svg = re.sub(
        r"#[0-9a-f]{6}\b", lambda m: f"var(--{light[m[0]]})" if m[0] in light and light[m[0]] != "paper" else m[0], svg
    )
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)


def _faces(characters: str) -> str:
    """Return the typeface as data, only the characters that are used."""
    return "\n".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};src:url(data:font/woff;base64,{base64.b64encode(woff_of(name, characters)).decode()}) format('woff')}}"
        for name, weight in (("Regular", 400), ("Semibold", 600))
    )


def _paper(foot: str) -> str:
    """Return the rules of a printed page: A4, the notice and the page's number at its foot."""
    message = re.sub(r"[^A-Za-z0-9 .,;:-]", lambda m: f"\\{ord(m[0]):x} ", CONTROL.sub("", foot))
    small = f"font:8pt '{FAMILY}',sans-serif"
    return (
        f'@page{{size:A4;margin:16mm 16mm 20mm;@bottom-left{{content:"{message}";{small}}}'
        f'@bottom-right{{content:counter(page) " / " counter(pages);{small}}}}}'
    )


def _palette() -> str:
    """Return the palette as CSS variables, light and dark; paper is always light."""

    def rules(shade: str) -> str:
        return "".join(f"--{name}:{value};" for name, value in table("palette")[shade].items())

    return f":root{{{rules('light')}}}\n@media screen and (prefers-color-scheme: dark){{:root{{{rules('dark')}}}}}"
