"""Other images than a 90Y PET of a whole liver verified through `yttria verify`: 166Ho in becquerels and counts, a real 90Y SPECT beside GATE's dose, slices of real PET."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_opening, label
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.physics.geometry.regrid import dose_on_grid
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.nuclide import Nuclide

SHAPE = (16, 20, 20)
GRID = Grid.aligned(SHAPE, spacing_zyx_mm=(4.8, 4.8, 4.8), origin_lps_mm=(0.0, 0.0, 0.0))
VOXEL_ML, RHO = 0.48**3, 1.06
K_HO166 = Nuclide.named("Ho-166").dose_constant_gy_kg_per_gbq
Mask = NDArray[np.bool_]


def box(z: slice, y: slice, x: slice) -> Mask:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[z, y, x] = True
    return mask


LIVER, TUMOUR = box(slice(2, 14), slice(2, 18), slice(2, 18)), box(slice(5, 10), slice(6, 12), slice(6, 12))
IMAGE = np.where(TUMOUR, 4e6, np.where(LIVER, 2e6, 0.0)).astype(np.float32)
GIVEN_GBQ = float(IMAGE.sum(dtype=np.float64)) * VOXEL_ML / 1e9


def case(folder: Path, image: NDArray[np.float32], *, unit: str, given_gbq: float) -> Path:
    folder.mkdir()
    for role, mask in {"liver": LIVER, "tumour": TUMOUR}.items():
        write_volume(folder / f"{role}.nii.gz", GRID, mask.astype(np.uint8))
    write_volume(folder / "spect.nii.gz", GRID, image)
    (folder / "case.toml").write_text(
        '[files]\nemission = "spect.nii.gz"\nliver = "liver.nii.gz"\ntumour = "tumour.nii.gz"\n'
        f'[emission]\nunit = "{unit}"\nnuclide = "Ho-166"\n[shunt]\nfraction = 0.0\n[product]\nname = "holmium"\n'
        '[patient]\ndisease = "mCRC"\nscenario = "bilobar"\n'
        f'[given]\nactivity_gbq = {given_gbq!r}\nat = "2026-11-30T14:00:00+01:00"\n',
        encoding="utf-8",
    )
    return folder


def verify(*words: object) -> Any:
    done = CliRunner().invoke(app, ["verify", *map(str, words), "--json"])
    return json.loads(done.stdout) if done.exit_code == 0 else done.output


# ------------------------------------------------------------------ known answers


@pytest.mark.parametrize(("unit", "scale"), [("Bq/mL", 1.0), ("counts", 3.7e-3)])
def test_a_spect_of_166ho_gives_the_doses_of_its_concentrations(tmp_path: Path, unit: str, scale: float) -> None:
    found = verify(case(tmp_path / "case", IMAGE * np.float32(scale), unit=unit, given_gbq=GIVEN_GBQ))["result"]
    assert (found["product"], found["nuclide"]) == ("holmium", "Ho-166")
    assert found["calibration"] == ("absolute" if unit == "Bq/mL" else "relative")
    assert pytest.approx(15.87, rel=0.03) == K_HO166
    for name, concentration in {"TD": 4e6, "WNLD": 2e6}.items():
        assert found["doses_gy"][name] == pytest.approx(concentration * 1e-9 * K_HO166 * 1000 / RHO, rel=1e-5)
    share = found["image"]["of_given_fraction"]
    assert share == (pytest.approx(1.0, rel=1e-5) if unit == "Bq/mL" else None)


def test_a_plan_of_166ho_verified_by_its_own_image_is_the_plan(tmp_path: Path) -> None:
    folder = case(tmp_path / "case", IMAGE, unit="counts", given_gbq=1.3 * GIVEN_GBQ)
    assert CliRunner().invoke(app, ["plan", str(folder), "--out", str(tmp_path / "plan")]).exit_code == 0
    found = verify(folder, "--plan", tmp_path / "plan")["result"]["against_plan"]
    assert {name: dose["ratio"] for name, dose in found["doses"].items() if dose["ratio"] is not None} == pytest.approx(
        dict.fromkeys((n for n, d in found["doses"].items() if d["ratio"] is not None), 1.0)
    )
    assert found["voxels"]["gamma"]["pass_fraction"] == 1.0


# ------------------------------------------------------------------ parity


def test_a_real_90y_patient_has_the_mean_dose_that_gate_computed(
    tmp_path: Path, shared_data: Callable[[str], Path]
) -> None:
    """The liver here is what took up most: the largest piece of soft tissue above a tenth of the hottest voxels."""
    source = shared_data("y90_spect_ct_gate")
    emission, counts = read_volume(source / "spect-jm.mhd")
    place, hu = read_volume(source / "ct1-4mm.mhd")
    grid, ev_per_g = read_volume(source / "PatientDose.mhd")
    folder = tmp_path / "case"
    folder.mkdir()
    write_volume(folder / "spect.nii.gz", emission, np.asarray(counts, dtype=np.float32))
    write_volume(folder / "ct.nii.gz", place, np.asarray(hu, dtype=np.int16))
    hot = binary_opening(counts > 0.1 * np.quantile(counts[counts > 0], 0.999))
    pieces, _ = label(hot)
    liver = pieces == np.bincount(pieces[pieces > 0]).argmax()
    write_volume(folder / "liver.nii.gz", emission, liver.astype(np.uint8))
    (folder / "case.toml").write_text(
        '[files]\nemission = "spect.nii.gz"\nct = "ct.nii.gz"\nliver = "liver.nii.gz"\n[emission]\nunit = "counts"\nnuclide = "Y-90"\n'
        '[shunt]\nfraction = 0.0\n[product]\nname = "glass"\n[patient]\ndisease = "HCC"\n'
        '[given]\nactivity_gbq = 2.0\nat = "2026-11-30T14:00:00+01:00"\n',
        encoding="utf-8",
    )
    found = verify(folder)["result"]
    seen = np.maximum(counts, 0).astype(np.float64)
    decays = 2e9 * seen.sum() / seen[liver].sum()  # of them all, where the liver has what was given
    joule_per_ev = Nuclide.named("Y-90").joule_per_bq / 0.9333e6
    theirs = dose_on_grid(DoseMap(grid, (ev_per_g * 1000 * joule_per_ev * decays).astype(np.float32)), emission)
    assert found["volumes"]["liver"]["ml"] == pytest.approx(float(liver.sum()) * 4.41806**3 / 1000, rel=1e-6)
    assert found["doses_gy"]["WLD"] == pytest.approx(float(theirs.gy[liver].mean()), rel=0.05)


# ------------------------------------------------------------------ real headers

ZOO: dict[str, set[str] | str] = {
    "ACRIN-FLT-Breast_029.dcm": {"image-not-of-product", "slices-missing", "one-slice"},
    "fodicom_GH610_GE_DSTE_PROPCPS_JPEGLL.dcm": {"image-not-of-product", "relative-counts", "one-slice"},
    "orthanc_Siemens_mCT_BQML.dcm": {"image-not-of-product", "slices-missing", "one-slice"},
    "orthanc_Philips_GEMINI_BQML.dcm": "refused: the PET must say when it was acquired, but dates or times are absent",
}


@pytest.mark.parametrize("name", ZOO)
def test_a_slice_of_a_tracers_pet_is_told_for_what_it_is_or_refused(
    tmp_path: Path, shared_data: Callable[[str], Path], name: str
) -> None:
    file = shared_data("pet_header_zoo") / "dicom" / name
    header = pydicom.dcmread(file, stop_before_pixels=True)
    dy, dx = (float(x) for x in header.PixelSpacing)
    x, y, z = (float(v) for v in header.ImagePositionPatient)
    shape, spacing = (1, header.Rows, header.Columns), (float(header.SliceThickness), dy, dx)
    grid = Grid.aligned(shape, spacing_zyx_mm=spacing, origin_lps_mm=(x, y, z))
    liver = np.zeros(grid.shape_zyx, dtype=np.uint8)
    liver[:, header.Rows // 3 : 2 * header.Rows // 3, header.Columns // 3 : 2 * header.Columns // 3] = 1
    write_volume(tmp_path / "liver.nii.gz", grid, liver)
    (tmp_path / "case.toml").write_text(
        f'[files]\nemission = "{file}"\nliver = "liver.nii.gz"\n[shunt]\nfraction = 0.0\n[product]\nname = "glass"\n'
        '[given]\nactivity_gbq = 2.0\nat = "1950-01-01T08:00:00+00:00"\n',
        encoding="utf-8",
    )
    answer, wanted = verify(tmp_path), ZOO[name]
    if isinstance(wanted, str):
        assert answer.startswith(wanted)
        return
    assert answer["result"]["calibration"] == "relative"
    assert answer["result"]["image"]["activity_gbq"] is None
    assert wanted <= {f["code"] for f in answer["findings"] if f["level"] == "warning"}
