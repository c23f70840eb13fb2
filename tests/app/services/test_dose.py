"""`dose` from Python: the constant over the density, what stands in where nothing is given, and refusals before anything is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.app.services.dose import KNOWN_SHARE, nuclide_named, run
from yttria.contract.dosimetry import DoseRequest
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.errors import GeometryError, IntakeError, YttriaError
from yttria.values.grid import Grid

GRID = Grid.aligned((2, 3, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))


def written(path: Path, value: Any, grid: Grid = GRID) -> Path:
    write_volume(path, grid, np.broadcast_to(np.float32(value), grid.shape_zyx).copy())
    return path


def asked(tmp_path: Path, **more: Any) -> Any:
    activity = more.pop("activity", None) or written(tmp_path / "a.nii.gz", 1e6)
    return run(DoseRequest.model_validate({"activity": activity, "out": tmp_path / "dose.nii.gz", **more}))


@pytest.mark.parametrize(
    ("rho", "nuclide", "k"), [(1.0, "Y90", 49.67), (0.5, "Y90", 49.67), (1.06, "Ho166", 15.87), (0.3, "90Y", 49.67)]
)
def test_a_megabecquerel_a_millilitre_gives_the_constant_over_the_density(
    rho: float, nuclide: str, k: float, tmp_path: Path
) -> None:
    """D = k C / rho: 1 MBq in 1 mL of 1 g is 1 GBq/kg (Weber et al. 2022: 49.67 and 15.87 Gy kg/GBq)."""
    answer = asked(tmp_path, density=written(tmp_path / "d.nii.gz", rho), nuclide=nuclide)
    gy = read_volume(tmp_path / "dose.nii.gz")[1]
    assert gy == pytest.approx(np.full(GRID.shape_zyx, k / rho), rel=2e-4)
    found = answer.result
    assert found.activity_mbq == pytest.approx(24 * 0.064)
    assert (found.mean_gy, found.max_gy) == pytest.approx((k / rho, k / rho), rel=2e-4)
    assert found.energy_joule == pytest.approx(found.mean_gy * rho * 24 * 0.064 / 1000, rel=1e-4)
    assert (found.out, answer.files, answer.findings) == ("dose.nii.gz", (tmp_path / "dose.nii.gz",), ())


def test_mean_and_largest_are_of_the_written_dose(tmp_path: Path) -> None:
    values = np.arange(24, dtype=np.float32).reshape(GRID.shape_zyx) * 1e5
    write_volume(tmp_path / "a.nii.gz", GRID, values)
    found = asked(tmp_path, activity=tmp_path / "a.nii.gz", k=50.0).result
    assert (found.mean_gy, found.max_gy, found.k_gy_kg_per_gbq) == pytest.approx((11.5 * 5, 23 * 5, 50.0), rel=1e-5)


def test_what_is_not_given_is_water_and_yttrium(tmp_path: Path) -> None:
    answer = asked(tmp_path)
    assert [f.code for f in answer.findings] == ["density-water"]
    assert (answer.result.nuclide, round(answer.result.mean_gy, 2)) == ("Y-90", 49.67)


@pytest.mark.parametrize(("depth", "percent"), [(2, "100.0"), (1, "50.0")])
def test_a_density_on_another_grid_is_brought_and_how_much_it_covers_is_told(
    depth: int, percent: str, tmp_path: Path
) -> None:
    """A density of twice as fine voxels that covers both planes, or the first alone."""
    fine = Grid.aligned((2 * depth, 6, 8), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-1, -1, -1))
    answer = asked(tmp_path, density=written(tmp_path / "d.nii.gz", 1.2, fine))
    assert KNOWN_SHARE == 0.999
    (told,) = answer.findings
    assert told.code == "density-moved"
    assert f"{percent} % of the voxels are covered, the rest is air" in told.message
    gy = read_volume(tmp_path / "dose.nii.gz")[1]
    assert gy[0] == pytest.approx(np.full((3, 4), 49.67 / 1.2), rel=1e-3)


def test_negative_activity_is_set_to_zero_and_told(tmp_path: Path) -> None:
    values = np.full(GRID.shape_zyx, 1e6, dtype=np.float32)
    values[0, 0, 0] = -5e5
    write_volume(tmp_path / "a.nii.gz", GRID, values)
    answer = asked(tmp_path, activity=tmp_path / "a.nii.gz")
    assert read_volume(tmp_path / "dose.nii.gz")[1][0, 0, 0] == 0
    assert len(answer.findings) == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Y90", "Y-90"),
        ("90Y", "Y-90"),
        ("y-90", "Y-90"),
        ("90-y", "Y-90"),
        ("99mTc", "Tc-99m"),
        ("tc99m", "Tc-99m"),
        (" HO166 ", "Ho-166"),
        ("radium", "radium"),
    ],
)
def test_a_nuclide_is_read_in_any_writing(text: str, name: str) -> None:
    assert nuclide_named(text) == name


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"out": Path("dose.txt")}, "--out must be named .*but is dose.txt"),
        ({"nuclide": "Xx1"}, "Xx-1"),
        ({"k": -1.0}, "dose constant"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(more: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(YttriaError, match=words):
        asked(tmp_path, **more)
    assert [p.name for p in tmp_path.iterdir()] == ["a.nii.gz"]


def test_an_output_that_is_an_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises((IntakeError, GeometryError), match="input"):
        asked(tmp_path, out=written(tmp_path / "a.nii.gz", 1.0), replace=True)
