"""The PDF: searchable, whole, the same bytes for the same document."""

import ctypes
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fontTools.ttLib import TTFont

from yttria.io.render import write_html, write_pdf
from yttria.io.render.fonts import cut
from yttria.values.document import Column, Document, Entry, Figure, FindingList, Panel, Paragraph, Section, Table
from yttria.values.errors import Finding

WHO = (("Patient", "Phantom, Ellipsoid"), ("Identifier", "P-001"))
HOSTILE = '#set text(red) $x^2$ *b* _i_ <script>alert("1")</script> @ref \\ `raw` [x] {y} // c " \' &amp;'


def _pages(document: Document, folder: Path, who: Any = WHO) -> list[pypdf.PageObject]:
    write_pdf(document, folder / "report.pdf", identity=who)
    return list(pypdf.PdfReader(folder / "report.pdf").pages)


def _text(page: pypdf.PageObject) -> str:
    """Return a page's words with single spaces: lines break where the page wants."""
    return " ".join(page.extract_text().split())


def _small(*sections: Section) -> Document:
    return Document(
        "Title", "subtitle", sections, date="2026-11-12T09:30:00+01:00", footer="Yttria 0", notice="For research."
    )


def test_every_heading_is_searchable_and_the_notice_stands_on_every_page(document: Document, tmp_path: Path) -> None:
    pages = [_text(p) for p in _pages(document, tmp_path)]
    assert 2 <= len(pages) <= 4
    for section in document.sections:
        assert any(section.heading in page for page in pages), section.heading
    for number, page in enumerate(pages, 1):
        assert document.notice in page
        assert f"{number} / {len(pages)}" in page


def test_every_page_after_the_first_says_whose_it_is(document: Document, tmp_path: Path) -> None:
    for page in _pages(document, tmp_path):
        assert "Phantom, Ellipsoid" in _text(page)


def test_every_number_of_the_options_is_in_the_text(document: Document, tmp_path: Path) -> None:
    words = " ".join(_text(p) for p in _pages(document, tmp_path))
    table = next(b for s in document.sections if s.heading == "Options" for b in s.blocks)
    assert isinstance(table, Table)
    for cell in (c for row in table.rows for c in row if isinstance(c, Entry)):
        for line in (cell.text, *cell.under.split("\n")):
            assert " ".join(line.split()) in words, cell


def test_figures_bring_their_words_as_text(document: Document, tmp_path: Path) -> None:
    words = " ".join(_text(p) for p in _pages(document, tmp_path))
    for word in ("Absorbed dose, Gy", "Perfused normal liver, mean 105 Gy", "Axial, z =", "aim 205", "perfused liver"):
        assert word in words


def test_bookmarks_follow_the_sections(document: Document, tmp_path: Path) -> None:
    _pages(document, tmp_path)
    outline = pypdf.PdfReader(tmp_path / "report.pdf").outline
    assert [getattr(item, "title", None) for item in outline] == [s.heading for s in document.sections]


def test_the_file_is_dated_by_the_study_and_claims_pdf_a(document: Document, tmp_path: Path) -> None:
    _pages(document, tmp_path)
    reader = pypdf.PdfReader(tmp_path / "report.pdf")
    assert reader.metadata is not None
    assert reader.metadata.title == document.title
    assert str(reader.metadata.get("/CreationDate", "")).startswith("D:20261112")
    raw = (tmp_path / "report.pdf").read_bytes()
    assert b"pdfaid:part>2<" in raw
    assert b"pdfaid:conformance>B<" in raw


def _advances(name: str) -> Callable[[str], float]:
    """Return a measure of texts in a cut of the typeface, in ems."""
    with TTFont(cut(name)) as font:
        names, unit = font.getBestCmap(), font["head"].unitsPerEm
        metrics = dict(font["hmtx"].metrics)
    return lambda text: sum(metrics[names.get(ord(c), "space")][0] for c in text) / unit


def test_no_text_leaves_the_page(document: Document, tmp_path: Path) -> None:
    measures = {name: _advances(name) for name in ("Regular", "Semibold", "Bold")}
    for page in _pages(document, tmp_path):
        found: list[tuple[float, float, str]] = []

        def note(text: str, cm: Any, tm: Any, font: Any, size: float, found: Any = found) -> None:
            if text.strip():
                name = next((n for n in measures if n in str((font or {}).get("/BaseFont"))), "Regular")
                wide = measures[name](text.strip()) * size * abs(cm[0] * tm[0])
                found.append((cm[0] * tm[4] + cm[4], wide, text.strip()))

        page.extract_text(visitor_text=note)
        right = float(page.mediabox.width) - 16 / 25.4 * 72
        assert found
        for left, wide, text in found:
            assert left > 16 / 25.4 * 72 - 1, text
            assert left + wide <= right + 2, text


def test_the_same_document_gives_the_same_bytes_in_another_process(document: Document, tmp_path: Path) -> None:
    write_pdf(document, tmp_path / "here.pdf", identity=WHO)
    write_html(document, tmp_path / "here.html", identity=WHO)
    here = [hashlib.sha256((tmp_path / f"here.{kind}").read_bytes()).hexdigest() for kind in ("pdf", "html")]
    case = Path(__file__).parents[2] / "report" / "planned_case.py"
    code = f"""
import hashlib, runpy
from pathlib import Path
from yttria.io.render import write_html, write_pdf
from yttria.report.plan.document import plan_document
case = runpy.run_path({str(case)!r}, run_name="planned_case")
document = plan_document(case["planned_result"](), version="1.2.3")
folder = Path({str(tmp_path)!r})
for kind, write in (("pdf", write_pdf), ("html", write_html)):
    write(document, folder / f"there.{{kind}}", identity={WHO!r})
    print(hashlib.sha256((folder / f"there.{{kind}}").read_bytes()).hexdigest())
"""
    env = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == here


def test_hostile_text_is_printed_as_it_is_written(tmp_path: Path) -> None:
    document = _small(
        Section(
            HOSTILE,
            (
                Paragraph(HOSTILE),
                FindingList((Finding("stop", "code", HOSTILE),)),
                Table(
                    HOSTILE,
                    (Column(HOSTILE), Column("n", align="decimal")),
                    ((Entry(HOSTILE, under=HOSTILE), HOSTILE),),
                    notes=(HOSTILE,),
                ),
            ),
        )
    )
    (page,) = _pages(document, tmp_path, (("Patient", HOSTILE),))
    flat = "".join(page.extract_text().split())
    assert flat.count("".join(HOSTILE.split())[1:]) >= 6  # a finding starts with a capital letter: # has none


def test_what_no_font_can_draw_is_spelled_and_never_lost(tmp_path: Path) -> None:
    (page,) = _pages(_small(Section("One", (Paragraph("a\x01b"),))), tmp_path)
    assert "a[U+0001]b" in _text(page)


def test_a_script_without_a_font_is_spelled_in_a_document_without_a_date_too(tmp_path: Path) -> None:
    document = replace(
        _small(Section("One", (Paragraph("arm \ue0ff"),))), date=""
    )  # a sign of private use: no font of any machine
    (page,) = _pages(document, tmp_path)
    assert "arm [U+E0FF]" in _text(page)


@pytest.mark.parametrize(
    "date", ["2026-11-12T09:30:00.999999+01:00", "2026-11-12T09:30:00.123000-03:30", "2026-11-12T23:59:59.999999"]
)
def test_a_study_time_with_a_fraction_of_a_second_dates_the_file_by_its_day(date: str, tmp_path: Path) -> None:
    write_pdf(replace(_small(Section("One", (Paragraph("words"),))), date=date), tmp_path / "report.pdf")
    metadata = pypdf.PdfReader(tmp_path / "report.pdf").metadata
    assert metadata is not None
    assert str(metadata.get("/CreationDate", "")).startswith("D:20261112")


@pytest.mark.parametrize("date", ["", "2026-11-12", "2026-11-12T09:30:00"])
def test_a_study_without_an_instant_still_gives_the_same_file(date: str, tmp_path: Path) -> None:
    document = replace(_small(Section("One", (Paragraph("words"),))), date=date)
    for name in ("one.pdf", "two.pdf"):
        write_pdf(document, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_a_long_table_repeats_its_header_on_each_page(tmp_path: Path) -> None:
    table = Table(
        "",
        (Column("Lesion"), Column("Dose in Gray", align="decimal")),
        [(f"lesion {n}", 100.0 + n) for n in range(150)],
    )
    pages = _pages(_small(Section("Many", (table,))), tmp_path)
    assert len(pages) > 2
    assert all("Dose in Gray" in _text(p) for p in pages)


def test_no_heading_is_left_alone_at_the_foot_of_a_page(tmp_path: Path) -> None:
    for lines in range(30, 60):
        filler = Section("Filler", tuple(Paragraph(f"line {n}") for n in range(lines)))
        table = Table("", (Column("Head"), Column("Value", align="decimal")), [("row", 1.0)] * 3)
        for page in _pages(_small(filler, Section("Orphan", (table,))), tmp_path):
            words = _text(page)
            assert ("Orphan" in words) <= ("row" in words), lines


def _filled(lines: int) -> Section:
    return Section("Filler", tuple(Paragraph(f"line {n}") for n in range(lines)))


def test_a_table_stays_whole_with_its_notes(tmp_path: Path) -> None:
    table = Table(
        "", (Column("Head"), Column("Value")), [(f"row {n}.", "1") for n in range(12)], notes=("a last note",)
    )
    for lines in range(20, 50, 3):
        pages = [_text(p) for p in _pages(_small(_filled(lines), Section("Whole", (table,))), tmp_path)]
        holding = [page for page in pages if "row 0." in page]
        assert len(holding) == 1
        assert all(words in holding[0] for words in ("Whole", "row 11.", "a last note")), lines


def test_a_figure_fills_the_page_that_a_whole_table_leaves(tmp_path: Path) -> None:
    table = Table("", (Column("Head"), Column("Value")), [(f"row {n}.", "1") for n in range(24)])
    panel = Panel(layers=(), x_label="x", y_label="y", x_range=(0, 1), y_range=(0, 1))
    figure = Figure("small", "A figure", "its caption", (panel,), width_mm=178, height_mm=40)
    sections = (Section("Table", (table,)), Section("Drawing", (figure,)))
    order = {}
    for lines in (5, 30):
        (one, *others) = [_text(p) for p in _pages(_small(_filled(lines), *sections), tmp_path)]
        order[lines] = ["Table" in one, "Drawing" in one, any("row 23." in page for page in others)]
    assert order == {5: [True, True, False], 30: [False, True, True]}


def test_a_long_table_begins_on_the_page_that_it_does_not_fit_and_repeats_its_head(tmp_path: Path) -> None:
    table = Table("", (Column("Head"), Column("Value")), [(f"row {n}.", "1") for n in range(40)])
    (one, two) = [_text(p) for p in _pages(_small(_filled(20), Section("Long", (table,))), tmp_path)]
    assert ("row 0." in one, "row 39." in two) == (True, True)
    assert ("Head" in one, "Head" in two) == (True, True)


def test_quiet_findings_are_led_by_their_level_once_and_shown_without_codes(tmp_path: Path) -> None:
    found = tuple(Finding("note", "secret-code", f"Structure {n}") for n in range(3))
    findings = FindingList(found, codes=False, quiet=True, more="the rest stands elsewhere")
    (page,) = _pages(_small(Section("Findings", (findings,))), tmp_path)
    words = _text(page)
    assert words.count("Notes") == 1
    assert all(said in words for said in ("Structure 0", "Structure 2", "the rest stands elsewhere"))
    assert "secret-code" not in words


def _held_mb() -> float:
    """Return what this process holds once what it has given back is gone, MB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None or not Path("/proc/self/status").is_file():
        pytest.skip("what a process holds is told by Linux and its C library alone")
    trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def test_documents_one_after_another_do_not_pile_up(document: Document, tmp_path: Path) -> None:
    held = []
    for n in range(5):
        write_pdf(replace(document, title=f"{document.title} {n}"), tmp_path / "report.pdf", identity=WHO)
        held.append(_held_mb())
    assert held[-1] - held[0] < 20
