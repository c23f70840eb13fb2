"""A drawing or an image that does not hold what it should: planned through the door all the same, and told in JSON, page and sheets."""

import json
import os
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pypdf import PdfReader
from tests.fit_patient import PATIENT
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.case.patient_case import read_patient_case
from yttria.io.volumes.volume import write_volume
from yttria.physics.geometry.contour_rasterisation import structure_on

LEAST_PLANES = 78  # of 128: a third of the lungs


def planned(case: Path, out: Path) -> tuple[dict[str, Any], str, str]:
    """Plan a case; return plan.json, the page's text and the text of the PDF."""
    done = CliRunner().invoke(app, ["plan", str(case), "--out", str(out)])
    assert done.exit_code == 0, done.output
    page = re.sub(r"<[^>]+>", " ", unescape((out / "report.html").read_text(encoding="utf-8")))
    sheets = " ".join(sheet.extract_text() for sheet in PdfReader(out / "report.pdf").pages)
    document = dict(json.loads((out / "plan.json").read_text(encoding="utf-8")))
    return document, " ".join(page.replace("\xa0", " ").split()), " ".join(sheets.replace("\xa0", " ").split())


def test_a_perfused_volume_mirrored_out_of_the_liver_is_a_stop_beside_the_doses_that_can_be_told(
    digital_patient: Path, tmp_path: Path
) -> None:
    read = read_patient_case(digital_patient / "patient")
    grid = read.emission.grid
    perfused = next(structure_on(c, grid) for c in read.contours if c.role == "perfused")
    write_volume(tmp_path / "lobe.nii.gz", grid, (perfused.share[:, :, ::-1] >= 0.5).astype(np.uint8))
    words = f'[case]\npath = "{digital_patient}/patient/dicom"\n[roles]\nPerfused = "ignore"\n[files]\nperfused = "lobe.nii.gz"\n'
    (tmp_path / "case.toml").write_text(words + PATIENT, encoding="utf-8")
    document, page, sheets = planned(tmp_path / "case.toml", tmp_path / "out")
    result = document["result"]
    assert result["recommended"] is None
    assert [f["code"] for f in document["findings"] if f["level"] == "stop"] == [
        "perfused-not-in-liver",
        "perfused-needed",
    ]
    by_hand = 49.67 * (1 - result["lung_shunt"]["fraction"]) / result["volumes"]["liver"]["mass_kg"]
    assert result["per_gbq"]["WLD"] == pytest.approx(by_hand, rel=1e-6)
    assert result["hepatic_reserve_fraction"] == 0
    for text in (page, sheets):
        assert "lies wholly outside the liver" in text
        assert "No activity is advised" in text
    assert str(pydicom.dcmread(tmp_path / "out" / "dose.dcm").DoseComment).startswith("not advised")


def test_lungs_cut_by_the_field_of_view_without_planar_views_make_the_plan_conditional_on_the_shunt(
    digital_patient: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "dicom"
    shutil.copytree(digital_patient / "patient" / "dicom", folder, copy_function=os.symlink)
    (folder / "planar.dcm").unlink()
    seen = pydicom.dcmread(folder / "spect.dcm")
    counts = seen.pixel_array[:LEAST_PLANES]
    seen.NumberOfFrames = seen.NumberOfSlices = LEAST_PLANES
    seen.SliceVector = list(range(1, LEAST_PLANES + 1))
    seen.PixelData = counts.tobytes()
    (folder / "spect.dcm").unlink()
    seen.save_as(folder / "spect.dcm")
    (tmp_path / "case.toml").write_text('[case]\npath = "dicom"\n' + PATIENT, encoding="utf-8")
    document, page, sheets = planned(tmp_path / "case.toml", tmp_path / "out")
    result = document["result"]
    option = next(o for o in result["options"] if o["approach"] == result["recommended"])
    limit = next(x for x in option["limits"] if x["volume"] == "LD")
    assert (limit["state"], limit["missing"]) == ("assumed", ["[shunt] fraction"])
    assert result["lung_shunt"]["method"] == "absent"
    assert result["lung"]["judged"].startswith("part-")
    assumed = next(f for f in document["findings"] if f["code"] == "shunt-absent")["values"]["assumed_fraction"]
    assert assumed == pytest.approx(0.049, rel=0.1)  # what both lungs show
    assert limit["value_gy"] == pytest.approx(49.67 * option["activity_gbq"] * assumed, rel=1e-6)  # in 1 kg
    for text in (page, sheets):
        assert "less than half of the lungs" in text
        assert "onditional on 1 line" in text
        assert "(assumed)" in text
