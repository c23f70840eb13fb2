"""Contours that are stored twice, across, between and on top of each other: one structure has one volume, whoever is asked."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from typer.testing import CliRunner

from yttria.app.cli.root import app

WRONG = {"contour-twice", "contour-across", "contour-leftover"}


def answer(*words: object) -> Any:
    """Return what a command answers as JSON."""
    asked = CliRunner().invoke(app, [*(str(w) for w in words), "--json"])
    assert asked.exit_code == 0, asked.output
    return json.loads(asked.stdout)


def liver_of(structures: Dataset) -> Any:
    """Return the contours of the liver."""
    names = {r.ROINumber: r.ROIName for r in structures.StructureSetROISequence}
    return next(
        r.ContourSequence for r in structures.ROIContourSequence if names[r.ReferencedROINumber].lower() == "liver"
    )


def corners(item: Dataset) -> Any:
    return np.array([float(v) for v in item.ContourData]).reshape(-1, 3)


def stored(like: Dataset, points: Any) -> Dataset:
    item = copy.deepcopy(like)
    item.ContourData = [f"{v:.3f}" for v in np.asarray(points).ravel()]
    item.NumberOfContourPoints = len(points)
    return item


def twice(items: Any) -> None:
    items.extend([stored(i, np.roll(corners(i)[::-1], 3, axis=0)) for i in list(items)])


def across(items: Any) -> None:
    x, y, z = corners(items[len(items) // 2]).mean(axis=0)
    items.append(stored(items[0], [(x, y - 20, z - 15), (x, y + 20, z - 15), (x, y + 20, z + 15), (x, y - 20, z + 15)]))


def between(items: Any) -> None:
    middle = corners(items[len(items) // 2])
    items.append(stored(items[0], middle + np.array([0, 0, 1.0])))


def test_every_command_states_the_volume_of_the_clean_liver_and_says_what_was_wrong(
    digital_patient: Path, planned_patient: Path, tmp_path: Path
) -> None:
    clean = json.loads((planned_patient / "plan.json").read_text(encoding="utf-8"))["result"]
    case = tmp_path / "patient"
    shutil.copytree(digital_patient / "patient", case)
    path = next(p for p in case.rglob("*.dcm") if "struct" in p.name)
    structures = pydicom.dcmread(path)
    for fault in (between, across, twice):
        fault(liver_of(structures))
    structures.save_as(path)

    def told(answered: Any) -> set[str]:
        return {f["code"] for f in answered["findings"] if f["level"] == "warning"}

    looked = answer("inspect", path)
    ml = next(s["volume_ml"] for s in looked["result"]["structures"] if s["name"].lower() == "liver")
    written = answer("convert", path, "--to", "rtstruct", "--out", tmp_path / "again.dcm")
    dosed = answer("dvh", planned_patient / "dose.dcm", path)
    planned = answer("plan", case, "--out", tmp_path / "plan")
    liver = next(n for n in written["result"]["structures"] if n.lower() == "liver")
    assert written["result"]["structures"][liver]["drawn_ml"] == ml
    assert written["result"]["structures"][liver]["written_ml"] == pytest.approx(ml, rel=1e-3)
    assert dosed["result"]["volumes"][liver]["ml"] == pytest.approx(ml, rel=1e-3)
    assert planned["result"]["volumes"]["liver"]["ml"] == pytest.approx(ml, rel=1e-3)
    assert planned["result"]["volumes"]["liver"]["ml"] == pytest.approx(clean["volumes"]["liver"]["ml"], rel=1e-3)
    assert all(told(a) >= WRONG for a in (looked, written, dosed, planned))
    report = " ".join((tmp_path / "plan" / "report.html").read_text(encoding="utf-8").split())
    sentences = [f["message"] for f in planned["findings"] if f["code"] in WRONG]
    assert all(s.partition(": ")[2][:40] in report for s in sentences)
