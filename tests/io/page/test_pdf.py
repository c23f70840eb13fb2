"""The PDF: every heading and dose searchable, the notice on every page, the same bytes for the same document."""

from pathlib import Path

import pypdf

from yttria.io.page import write_pdf
from yttria.values.document import Document

WHO = (("Patient", "Phantom, Ellipsoid"), ("Identifier", "P-001"))


def test_every_heading_is_searchable_and_the_notice_stands_on_every_page(document: Document, tmp_path: Path) -> None:
    write_pdf(document, tmp_path / "report.pdf", identity=WHO)
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages]
    assert 2 <= len(pages) <= 4
    for section in document.sections:
        assert any(section.heading in page for page in pages), section.heading
    for number, page in enumerate(pages, 1):
        assert document.notice in page
        assert f"{number} / {len(pages)}" in page


def test_the_same_document_gives_the_same_bytes(document: Document, tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        write_pdf(document, tmp_path / name, identity=WHO)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
