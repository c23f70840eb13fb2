"""A case planned with its report, and read back: what the images cannot tell apart, instants, doses and masses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((30, 34, 36), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
SIGMA = 12 / np.sqrt(8 * np.log(2)) / 4
K = 49.67
Mask = NDArray[np.bool_]
WORDS = """
[files]
emission = "emission.nii.gz"
liver = "liver.nii.gz"
[emission]
unit = "counts"
[product]
name = "glass"
[shunt]
fraction = 0.0
"""


def ball(centre: tuple[float, float, float], radius: float) -> Mask:
    """Return the voxels whose centre lies in a ball, mm (z, y, x)."""
    z, y, x = np.indices(GRID.shape_zyx) * 4.0
    return np.asarray((z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 < radius**2)


LIVER = ball((60, 66, 70), 50)
LESION = ball((60, 66, 84), 16)


def plan_of(folder: Path, tumours: dict[str, Mask], *, words: str = WORDS, image: Any = None) -> dict[str, Any]:
    """Write a case of volumes, plan it with its report and return plan.json."""
    field = np.where(LESION, 5.0, 1.0) * LIVER if image is None else image
    folder.mkdir(exist_ok=True)
    write_volume(folder / "emission.nii.gz", GRID, gaussian_filter(1000 * field, SIGMA).astype(np.float32))
    write_volume(folder / "liver.nii.gz", GRID, LIVER.astype(np.uint8))
    named = []
    for name, mask in tumours.items():
        write_volume(folder / f"{name}.nii.gz", GRID, mask.astype(np.uint8))
        named.append(f'"{name}.nii.gz"')
    text = words.replace("[emission]", f"tumour = [{', '.join(named)}]\n[emission]")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["plan", str(folder), "--out", str(folder / "out")])
    assert done.exit_code == 0, done.output
    assert (folder / "out" / "report.pdf").stat().st_size > 1000
    found: dict[str, Any] = json.loads((folder / "out" / "plan.json").read_text(encoding="utf-8"))
    return found


# ---- lesions that overlap


def test_a_plan_with_a_lesion_drawn_twice_states_the_dose_of_one(tmp_path: Path) -> None:
    again = LESION.copy()
    again[tuple(np.argwhere(LESION)[0])] = False
    one = plan_of(tmp_path / "one", {"a": LESION})["result"]
    two = plan_of(tmp_path / "two", {"a": LESION, "b": again})
    for name in ("TD_1", "TD_2"):
        assert two["result"]["per_gbq"][name] == pytest.approx(one["per_gbq"]["TD_1"], rel=5e-3)
        assert two["result"]["recovered_per_gbq"][name] == pytest.approx(one["recovered_per_gbq"]["TD_1"], rel=5e-3)
    assert two["result"]["recovered_per_gbq"]["TD_all"] == pytest.approx(one["recovered_per_gbq"]["TD_all"], rel=5e-3)
    assert "lesions-overlap" in {f["code"] for f in two["findings"]}


def test_a_plan_with_a_lesion_too_small_to_undo_its_blur_says_null_and_why(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"a": LESION, "speck": ball((60, 66, 52), 5)})
    assert plan["result"]["recovered_per_gbq"]["TD_2"] is None
    assert plan["result"]["recovered_per_gbq"]["TD_1"] > plan["result"]["per_gbq"]["TD_1"]
    (note,) = [f for f in plan["findings"] if f["code"] == "blur-not-undone"]
    assert "speck" in note["message"]
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "dose with blur undone is not stated" in html
