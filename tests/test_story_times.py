"""Headers whose times carry fractions of a second, as most scanners write them: planned with the report that is written."""

import json
import shutil
from pathlib import Path

import pydicom
import pypdf
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app


@pytest.mark.parametrize(
    ("time", "zone", "shown"),
    [
        ("093000.123000", "+0100", "2026-11-30 09:30 +01:00"),
        ("235959.999999", "", "2026-11-30 23:59 (no time zone given)"),
    ],
)
def test_a_plan_of_headers_with_fractions_of_a_second_is_written_with_its_report(
    digital_patient: Path, tmp_path: Path, time: str, zone: str, shown: str
) -> None:
    case = tmp_path / "patient"
    shutil.copytree(digital_patient / "patient", case)
    spect = next(p for p in case.rglob("*.dcm") if "spect" in p.name)
    header = pydicom.dcmread(spect)
    header.StudyTime = header.SeriesTime = header.AcquisitionTime = time
    header.SeriesDate = header.AcquisitionDate = "20261130"
    header.TimezoneOffsetFromUTC = zone
    header.save_as(spect)
    asked = CliRunner().invoke(app, ["plan", str(case), "--out", str(tmp_path / "plan")])
    assert asked.exit_code == 0, asked.output
    text = " ".join(
        " ".join(page.extract_text().split()) for page in pypdf.PdfReader(tmp_path / "plan" / "report.pdf").pages
    )
    assert shown in text
    assert shown in " ".join((tmp_path / "plan" / "report.html").read_text(encoding="utf-8").split())
    record = json.loads((tmp_path / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert record["result"]["per_gbq"]["TD"] > 0
