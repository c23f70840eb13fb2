"""app.services.answer_files: a JSON document beside its report, and a patient's identity in the report alone."""

import json
from pathlib import Path

from pypdf import PdfReader

from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.values.document import Document, Paragraph, Section
from yttria.values.patient import PatientIdentity


def test_the_document_and_its_report_lie_side_by_side_and_only_the_report_names_the_patient(tmp_path: Path) -> None:
    document = Document(
        "A dose", "", (Section("Dose", (Paragraph("42 Gy to the lungs"),)),), "2026-01-15T09:30:00", "Yttria"
    )
    write_answer(
        tmp_path / "dose.json", {"result": {"dose_gy": 42.0}}, document, PatientIdentity(patient_name="Doe^Jane")
    )
    assert {path.name for path in tmp_path.iterdir()} == {"dose.json", *REPORT_FILES}
    text = (tmp_path / "dose.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"result": {"dose_gy": 42.0}}
    page = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all("42 Gy to the lungs" in one and "Jane" in one for one in (page, html))
    assert "Jane" not in text
