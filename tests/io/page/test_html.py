"""The HTML: one file, nothing fetched, nothing run."""

import re
from pathlib import Path

from yttria.io.page import write_html
from yttria.values.document import Document


def test_one_file_that_fetches_and_runs_nothing(document: Document, tmp_path: Path) -> None:
    write_html(document, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    outside = [
        u
        for u in re.findall(r'(?:src|href)\s*=\s*"([^"]+)"|url\(([^)]+)\)', text)
        if not (u[0] or u[1]).startswith(("#", "data:"))
    ]
    assert outside == []
    assert "<script" not in text
    for section in document.sections:
        assert section.heading in text
