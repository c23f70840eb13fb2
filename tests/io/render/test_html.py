"""The HTML: one file, nothing fetched, nothing run, light and dark."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from yttria.io.render import write_html
from yttria.io.render.html import inline_svg
from yttria.values.document import Column, Document, Entry, Figure, FindingList, Paragraph, Section, Table
from yttria.values.errors import Finding

VOID = {"meta", "br", "col", "link", "img", "hr", "input", "use", "image", "path"}
HOSTILE = '<script>alert("1")</script> <img src=x onerror=alert(1)> & " \' </style>'


class Reader(HTMLParser):
    """Check that tags are closed in order; gather names, ids and words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def page(document: Document, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("html") / "report.html"
    write_html(document, path, identity=(("Patient", "Phantom, Ellipsoid"),))
    return path.read_text(encoding="utf-8")


def test_it_is_well_formed_and_every_id_stands_once(page: str) -> None:
    ids = _read(page).ids
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', page))
    assert used <= set(ids)


def test_one_file_that_fetches_and_runs_nothing(page: str) -> None:
    found = re.findall(r'(?:src|href)\s*=\s*"([^"]+)"|url\(([^)]+)\)', page)
    assert [u for pair in found for u in pair if u and not u.startswith(("#", "data:"))] == []
    assert not {"script", "link", "iframe", "object"} & set(_read(page).seen)
    assert "@import" not in page


def test_every_heading_and_every_dose_is_there(page: str, document: Document) -> None:
    words = " ".join(" ".join(_read(page).words).split())
    for section in document.sections:
        assert section.heading in words
    table = next(b for s in document.sections if s.heading == "Options" for b in s.blocks)
    assert isinstance(table, Table)
    for row in table.rows:
        assert all(cell.text in words for cell in row if isinstance(cell, Entry))


def test_no_text_is_smaller_than_fourteen_pixels(page: str) -> None:
    style = re.sub(r"url\(data:[^)]*\)", "", page[page.index("<style>") : page.index("</style>")])
    assert min(float(s) for s in re.findall(r"font-size:([\d.]+)px", style)) >= 14


def test_light_and_dark_share_one_set_of_hues(page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    assert "var(--tumour)" in page
    assert re.search(r"@media print", page)


def test_hostile_text_is_shown_and_never_run(tmp_path: Path) -> None:
    table = Table(HOSTILE, (Column(HOSTILE),), ((Entry(HOSTILE, under=HOSTILE),), (HOSTILE,)), notes=(HOSTILE,))
    blocks = (Paragraph(HOSTILE), FindingList((Finding("note", HOSTILE, HOSTILE),)), table)
    document = Document(
        HOSTILE, HOSTILE, (Section(HOSTILE, blocks),), date="", footer=HOSTILE, notice=HOSTILE, signers=(HOSTILE,)
    )
    write_html(document, tmp_path / "x.html", identity=((HOSTILE, HOSTILE),))
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    reader = _read(text)
    assert not {"script", "img"} & set(reader.seen)
    assert text.count("</style>") == 1
    assert "".join(reader.words).count('<script>alert("1")</script>') >= 10


def test_a_control_character_is_spelled(tmp_path: Path) -> None:
    write_html(Document("T", "", (Section("S", (Paragraph("a\x01b"),)),), date="", footer=""), tmp_path / "x.html")
    assert "a[U+0001]b" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_an_inline_drawing_keeps_only_ids_that_are_used() -> None:
    svg = '<?xml?><svg width="1"><g id="a"/><path id="b"/><use href="#b" style="fill: #d55e00"/></svg>'
    found = inline_svg(svg, "fig", 'a "title"')
    assert 'id="a"' not in found
    assert 'id="fig-b"' in found
    assert 'href="#fig-b"' in found
    assert "var(--tumour)" in found
    assert "<?xml" not in found


def test_figures_stand_inline(page: str, document: Document) -> None:
    figures = [b for s in document.sections for b in s.blocks if isinstance(b, Figure)]
    assert _read(page).seen.count("svg") == len(figures)


def test_quiet_findings_show_no_code_and_say_where_the_rest_stands(tmp_path: Path) -> None:
    findings = FindingList(
        (Finding("note", "secret-code", "thing"),), codes=False, quiet=True, more="the rest stands elsewhere"
    )
    document = Document("Title", "", (Section("Findings", (findings,)),), date="", footer="")
    write_html(document, tmp_path / "quiet.html")
    words = (tmp_path / "quiet.html").read_text(encoding="utf-8")
    assert "secret-code" not in words
    assert "the rest stands elsewhere" in words


def test_what_is_copied_into_a_text_keeps_its_indent_and_its_second_line(tmp_path: Path) -> None:
    table = Table("T", [Column("", share=1.0)], [["sex"], [Entry("   male", "n 12")]])
    write_html(Document("t", "", (Section("s", (table,)),), date="", footer=""), tmp_path / "t.html")
    page = (tmp_path / "t.html").read_text(encoding="utf-8")
    assert '&nbsp;&nbsp;&nbsp;male<div class="under">n 12</div>' in page


def test_lines_of_a_finding_that_are_to_be_pasted_stay_lines(tmp_path: Path) -> None:
    pasted = FindingList((Finding("warning", "conditional", "give in it:\n[patient]\nascites = # false or true"),))
    write_html(Document("T", "s", (Section("F", (pasted,)),), date="", footer="v"), tmp_path / "page.html")
    assert "Give in it:<br>[patient]<br>ascites = # false or true" in (tmp_path / "page.html").read_text()


def test_a_small_table_is_set_small(tmp_path: Path) -> None:
    columns = (Column("One"), Column("Two"))
    tables = (Table("", columns, [["a", "b"]], small=True), Table("", columns, [["a", "b"]]))
    write_html(Document("T", "s", (Section("F", tables),), date="", footer="v"), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count('<table class="small">') == page.count("<table>") == 1
