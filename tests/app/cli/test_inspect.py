"""yttria inspect: one screen for a person, one document for a program, exit 0 whatever is found."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from yttria.app.cli.inspect import lines
from yttria.app.cli.root import app
from yttria.app.services.inspect import inspection
from yttria.io.case.survey_records import SeriesSurvey, StructureSurvey, Survey
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import Finding
from yttria.values.grid import Grid

run = CliRunner()
AFFINE = Grid.aligned((30, 128, 128), spacing_zyx_mm=(4.4, 4.4, 4.4), origin_lps_mm=(0, 0, 0)).affine_lps_mm


def _found() -> Survey:
    good = SeriesSurvey(
        "1.2",
        "NM",
        "a very long series description that has no end",
        1,
        (30, 128, 128),
        (4.4, 4.4, 4.4),
        AFFINE,
        "HFS",
        "1.3",
        "counts",
        "Tc-99m",
        None,
        0.0,
        9.0,
        99.0,
        ["emission"],
    )
    bad = SeriesSurvey(
        "1.4",
        "CT",
        "portal",
        12,
        usable=False,
        reasons=["slices are missing at 3.00, 6.00 mm along its axis; send the missing slices"],
    )
    structure = StructureSurvey("set", "Liver", "liver", 1861.2, (0.0, 0.0, 0.0))
    doubt = Finding(
        "warning",
        "x",
        "something is doubtful and it takes more than eighty columns of words to say what it is; do that",
    )
    return Survey(1, 13, (), [good, bad], [structure], [], (doubt,))


def test_a_person_reads_it_in_eighty_columns() -> None:
    found = _found()
    shown = list(lines(inspection(found), found.findings))
    assert max(len(line) for line in shown) <= 80
    text = "\n".join(shown)
    assert "13 files of 1 patient: 2 series, 1 structure, 0 doses" in text
    assert "  a very long series desc… NM     counts   128×128×30    4.4×4.4×4.4    emission" in shown
    assert "✗ portal" in text
    assert "slices are missing at 3.00" in text
    assert "! something is doubtful" in text


def test_a_program_reads_the_keys_of_the_contract(tmp_path: Path) -> None:
    grid = Grid.aligned((3, 4, 5), spacing_zyx_mm=(3, 2, 1), origin_lps_mm=(0, 0, 0))
    write_volume(tmp_path / "v.nii.gz", grid, np.ones(grid.shape_zyx, np.float32))
    (tmp_path / "notes.txt").write_text("x")
    answer = run.invoke(app, ["inspect", str(tmp_path), "--json"])
    assert answer.exit_code == 0
    document = json.loads(answer.stdout)
    assert {"yttria", "command", "result", "findings", "provenance"} <= set(document)
    result = document["result"]
    assert set(result) == {"patients", "files", "series", "structures", "doses"}
    assert result["files"] == {"read": 0, "ignored": [{"name": "file 1 (.txt)", "why": "not DICOM"}]}
    assert set(result["series"][0]) == {
        "uid", "modality", "description", "files", "shape_zyx", "spacing_zyx_mm", "affine_lps_mm", "patient_position", "frame_uid",
        "unit", "nuclide", "reference_instant", "min", "max", "sum", "roles", "usable", "reasons",
    }  # fmt: skip


def test_nothing_at_the_path_is_refused_with_exit_1() -> None:
    answer = run.invoke(app, ["inspect", "no/such/folder", "--json"])
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert "found nothing at folder" in answer.stderr


def test_help_shows_an_example() -> None:
    assert "Example: yttria inspect" in run.invoke(app, ["inspect", "--help"]).stdout


@pytest.mark.parametrize("name", ["nm_nmqc_mediso", "rt_dicompyler_set", "pet_header_zoo"])
def test_real_folders_end_with_0(shared_data: Callable[[str], Path], name: str) -> None:
    assert run.invoke(app, ["inspect", str(shared_data(name))]).exit_code == 0
