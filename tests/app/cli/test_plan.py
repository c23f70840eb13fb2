"""`yttria plan` on a terminal: the recommendation in its lines, the document by --json, and refusals that write nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.fit_patient import FACTS
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((12, 16, 16), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0))
CASE = f"""[files]
liver = "liver.nii.gz"
perfused = "perfused.nii.gz"
tumour = "tumour.nii.gz"
emission = "counts.nii.gz"
[emission]
unit = "counts"
[patient]{FACTS}[shunt]
fraction = 0.05
[lungs]
mass_kg = 1.0
[product]
name = "glass"
"""


def box(z: slice, y: slice, x: slice) -> Any:
    mask = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    mask[z, y, x] = 1
    return mask


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a case of boxes: the tumour holds five times the counts of the perfused normal liver."""
    folder = tmp_path_factory.mktemp("case")
    masks = {
        "liver": box(slice(1, 11), slice(1, 15), slice(1, 15)),
        "perfused": box(slice(1, 11), slice(1, 15), slice(1, 9)),
        "tumour": box(slice(3, 8), slice(4, 9), slice(3, 8)),
    }
    for name, mask in masks.items():
        write_volume(folder / f"{name}.nii.gz", GRID, mask)
    counts = masks["perfused"].astype(np.float32) * 100
    counts[masks["tumour"] > 0] = 500
    write_volume(folder / "counts.nii.gz", GRID, counts)
    (folder / "case.toml").write_text(CASE, encoding="utf-8")
    return folder


def asked(*words: object) -> Any:
    return CliRunner().invoke(app, ["plan", *(str(w) for w in words)])


@pytest.fixture(scope="module")
def document(case: Path) -> Any:
    done = asked(case, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_the_dose_of_a_gigabecquerel_is_that_of_the_boxes(document: Any) -> None:
    """k A / m of what of 0.95 GBq lies in 125 of 1120 voxels with five times the counts, soft tissue of 1.06 g/mL."""
    voxel_kg = 0.125 * 1.06 / 1000
    share = 125 * 500 / (125 * 500 + (1120 - 125) * 100)
    assert document["result"]["per_gbq"]["TD"] == pytest.approx(49.67 * 0.95 * share / (125 * voxel_kg), rel=2e-3)
    assert document["result"]["per_gbq"]["LD"] == pytest.approx(49.67 * 0.05, rel=1e-3)


def test_the_first_line_recommends_what_the_document_recommends(case: Path, document: Any) -> None:
    done = asked(case)
    assert done.exit_code == 0
    first = done.stdout.splitlines()[0].replace("\u00a0", " ").replace("\u202f", " ")
    result = document["result"]
    option = next(o for o in result["options"] if o["approach"] == result["recommended"])
    assert first.startswith(
        f"Recommended: {option['activity_gbq']:.2f} GBq, personalised (PDA): index lesion {option['doses_gy']['TD']:.0f} Gy"
    )
    assert option["doses_gy"]["TD"] == pytest.approx(option["activity_gbq"] * result["per_gbq"]["TD"])
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("fraction = 0.05", "fraction = 5", "fraction"),
        ('name = "glass"', 'name = "plastic"', "plastic"),
        ('tumour = "tumour.nii.gz"', 'tumour = "gone.nii.gz"', "gone.nii.gz"),
        ('scenario = "lobectomy"', 'scenery = "lobectomy"', "scenery"),
    ],
)
def test_a_case_that_does_not_fit_is_refused_and_nothing_is_written(
    case: Path, tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = case / "other.toml"
    assert old in CASE
    path.write_text(CASE.replace(old, new), encoding="utf-8")
    done = asked(path, "--out", tmp_path / "plan")
    assert done.exit_code == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "plan").exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = asked(tmp_path / "gone")
    assert done.exit_code != 0
    assert "gone" in done.stderr
