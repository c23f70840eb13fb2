"""io.dicom.rtdose: dose grids out and in, at the right place, with every bit of the dose."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from yttria.io.dicom.rtdose import quantised, read_rtdose, read_stored_dose, stored_dose_of, write_rtdose
from yttria.io.dicom.scan import scan
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

LUGGAGE = PatientIdentity(
    "Secret^Person", "S1", "19500101", "F", "1.2.3.5", "S1", "20260301", "080000", frame_uid="1.2.3.4"
)
TURN = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # rows run to the back, columns to the right
GRIDS = {
    "upright": np.diag([4.0, 4.5, 5.0]),
    "descending": np.diag([4.0, 4.5, -5.0]),
    "turned": TURN @ np.diag([4.0, 4.5, 5.0]),
    "coronal": np.array([[4.0, 0, 0], [0, 0, 5.0], [0, -4.5, 0]]),
    "oblique": np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]) @ np.diag([4.0, 4.5, 5.0]),
}


def _dose(axes: np.ndarray, frame: str = "1.2.3.4") -> DoseMap:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = axes, (-50.125, -60.25, 1234.5)
    grid = Grid.of((6, 7, 8), affine, frame)
    return DoseMap(grid, np.random.default_rng(3).random(grid.shape_zyx) * 217.3)


@pytest.mark.parametrize("name", GRIDS)
def test_a_dose_is_read_back_with_its_values_and_place(name: str, tmp_path: Path) -> None:
    dose = _dose(GRIDS[name])
    write_rtdose(tmp_path / "d.dcm", dose, LUGGAGE, comment="dose of 2 GBq")
    back = read_rtdose(tmp_path / "d.dcm")
    points = dose.grid.points_of([(0, 0, 0), (7, 6, 5), (1, 2, 3)])
    index = np.rint(back.grid.index_of(points)).astype(int)
    assert np.allclose(back.grid.points_of(index), points, atol=1e-4)
    seen = [back.gy[k, j, i] for i, j, k in index]
    assert np.allclose(seen, [dose.gy[0, 0, 0], dose.gy[5, 6, 7], dose.gy[3, 2, 1]], rtol=0, atol=1e-6)
    assert back.grid.frame_uid == "1.2.3.4"
    assert float(back.gy.sum(dtype=float)) == pytest.approx(float(dose.gy.sum(dtype=float)), rel=1e-8)


def test_simpleitk_finds_the_same_place(tmp_path: Path) -> None:
    dose = _dose(GRIDS["upright"])
    write_rtdose(tmp_path / "d.dcm", dose, LUGGAGE, comment="x")
    itk: Any = SimpleITK
    image = itk.ReadImage(str(tmp_path / "d.dcm"))
    assert image.GetSize() == (8, 7, 6)
    assert np.allclose(image.GetOrigin(), dose.grid.origin_lps_mm, atol=1e-6)
    assert np.allclose(image.GetSpacing(), (4, 4.5, 5), atol=1e-6)
    scaling = float(pydicom.dcmread(tmp_path / "d.dcm").DoseGridScaling)
    array = itk.GetArrayFromImage(image).astype(float) * scaling  # SimpleITK ignores DoseGridScaling
    assert np.allclose(array, dose.gy, atol=1e-6)


@given(st.floats(1e-6, 1e6))
def test_the_highest_dose_survives_quantisation(peak: float) -> None:
    stored, scaling = quantised(np.array([0.0, peak / 3, peak]))
    assert len(scaling) <= 16
    assert int(stored[-1]) * float(scaling) == pytest.approx(peak, rel=1e-9)
    assert int(stored[-1]) >= 2**32 - 10


def test_a_dose_of_nothing_is_written_as_zeros(tmp_path: Path) -> None:
    grid = _dose(GRIDS["upright"]).grid
    write_rtdose(tmp_path / "d.dcm", DoseMap(grid, np.zeros(grid.shape_zyx)), LUGGAGE, comment="x")
    assert not read_rtdose(tmp_path / "d.dcm").gy.any()


def test_the_same_dose_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_rtdose(tmp_path / name, _dose(GRIDS["upright"]), LUGGAGE, comment="x")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_16_bit_twin_is_clean_by_dciodvfy(tmp_path: Path) -> None:
    write_rtdose(tmp_path / "d.dcm", _dose(GRIDS["upright"]), LUGGAGE, comment="dose of 2 GBq", bits=16)
    try:
        said = subprocess.run(["dciodvfy", tmp_path / "d.dcm"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("dciodvfy (Debian dicom3tools) is not installed")
    assert (said.stdout + said.stderr).split() == ["RTDose"]


def _changed(tmp_path: Path, **changes: object) -> Path:
    write_rtdose(tmp_path / "d.dcm", _dose(GRIDS["upright"]), LUGGAGE, comment="x")
    ds = pydicom.dcmread(tmp_path / "d.dcm")
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.save_as(tmp_path / "d.dcm")
    return tmp_path / "d.dcm"


def test_absolute_frame_offsets_are_z_positions(tmp_path: Path) -> None:
    dose = _dose(GRIDS["upright"])
    path = _changed(tmp_path, GridFrameOffsetVector=[1234.5 + 5 * k for k in range(6)])
    assert read_rtdose(path).grid == dose.grid
    assert [f.code for f in read_stored_dose(path).findings] == ["absolute-frame-offsets"]


@pytest.mark.parametrize("of", ["PLAN", "MULTI_PLAN", "BRACHY", "BEAM", "FRACTION_SESSION"])
def test_a_part_of_a_dose_is_doubted(tmp_path: Path, of: str) -> None:
    codes = [f.code for f in read_stored_dose(_changed(tmp_path, DoseSummationType=of)).findings]
    assert codes == (["part-of-a-dose"] if of in {"BEAM", "FRACTION_SESSION"} else [])


def test_centigray_are_turned_to_gray(tmp_path: Path) -> None:
    peak = float(_dose(GRIDS["upright"]).gy.max())
    assert float(read_rtdose(_changed(tmp_path, DoseUnits="CGY")).gy.max()) == pytest.approx(peak / 100, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"DoseUnits": "RELATIVE"}, IntakeError, "must be in Gy, but its DoseUnits are RELATIVE"),
        ({"DoseUnits": None}, IntakeError, "must be in Gy, but its DoseUnits are absent"),
        ({"DoseType": "EFFECTIVE"}, IntakeError, "must be a physical dose, but its DoseType is EFFECTIVE"),
        ({"DoseGridScaling": None}, IntakeError, "DoseGridScaling above zero"),
        ({"DoseGridScaling": "0"}, IntakeError, "DoseGridScaling above zero"),
        ({"PixelData": None}, IntakeError, "expected pixels in the dose, found none"),
        ({"GridFrameOffsetVector": None}, GeometryError, "one frame offset for each of its 6 frames"),
        ({"GridFrameOffsetVector": [0, 5, 10, 15, 20, 35]}, GeometryError, "2 slices are missing at"),
        ({"GridFrameOffsetVector": [7, 12, 17, 22, 27, 32]}, GeometryError, "must start at zero or be z positions"),
        ({"ImagePositionPatient": None}, GeometryError, "must state its position"),
        ({"ImageOrientationPatient": None}, GeometryError, "six numbers"),
        ({"Modality": "CT"}, IntakeError, "expected an RTDOSE, found CT"),
    ],
)
def test_a_dose_that_cannot_be_read_rightly_is_refused(
    changes: dict[str, object], error: type[Exception], says: str, tmp_path: Path
) -> None:
    path = _changed(tmp_path, **changes)
    with pytest.raises(error, match=says):
        read_rtdose(path)


def test_a_sheared_grid_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="axes at right angles only"):
        write_rtdose(tmp_path / "d.dcm", _dose(np.array([[4.0, 1, 0], [0, 4, 0], [0, 0, 5]])), LUGGAGE, comment="x")


def test_every_encoding_of_one_dose_reads_the_same(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("rtdose_pydicom_variants")
    plain = read_stored_dose(folder / "rtdose.dcm")
    for name in ("rtdose_expb.dcm", "rtdose_rle.dcm"):
        other = read_stored_dose(folder / name)
        assert np.array_equal(other.values, plain.values)
        assert other.grid.affine_lps_mm == plain.grid.affine_lps_mm
    assert plain.grid.shape_zyx == (15, 10, 10)
    with pytest.raises(IntakeError, match="pixels that can be decoded"):
        read_stored_dose(folder / "badVR.dcm")
    with pytest.raises(GeometryError, match=r"each of its 1 frames .* but states 15"):
        read_stored_dose(folder / "rtdose_1frame.dcm")


def test_the_planning_systems_dose_is_read_with_its_sum_and_maximum(shared_data: Callable[[str], Path]) -> None:
    dose = read_rtdose(shared_data("rt_dicompyler_set") / "rtdose.dcm")
    assert dose.grid.shape_zyx == (98, 129, 194)
    assert float(dose.gy.sum(dtype=float)) == pytest.approx(372889.484, rel=1e-6)


def _planes(tmp_path: Path, dose: DoseMap, **changes: object) -> Path:
    """Write a dose one file a plane, in no order, each with a scaling of its own and no thickness; `changes` are those of one plane."""
    write_rtdose(tmp_path / "whole.dcm", dose, LUGGAGE, comment="x", bits=16)
    whole = pydicom.dcmread(tmp_path / "whole.dcm")
    stored, offsets = whole.pixel_array, [float(v) for v in whole.GridFrameOffsetVector]
    normal = np.cross(*np.reshape([float(v) for v in whole.ImageOrientationPatient], (2, 3)))
    (tmp_path / "planes").mkdir()
    for k, plane in enumerate(stored):
        ds = pydicom.dcmread(tmp_path / "whole.dcm")
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.3.{k + 1}")
        ds.NumberOfFrames, ds.GridFrameOffsetVector, ds.SliceThickness = 1, [0], None
        place = np.array([float(v) for v in whole.ImagePositionPatient]) + normal * offsets[k]
        ds.ImagePositionPatient = [round(float(v), 6) for v in place]
        ds.PixelData, ds.DoseGridScaling = (plane // 2).tobytes(), str(2 * float(whole.DoseGridScaling))
        for keyword, value in changes.items() if k == 2 else ():
            setattr(ds, keyword, value)
        ds.save_as(tmp_path / "planes" / f"{(k * 5) % 6}.dcm")
    return tmp_path / "planes"


@pytest.mark.parametrize("name", GRIDS)
def test_a_dose_of_one_file_a_plane_is_put_together_in_its_place(name: str, tmp_path: Path) -> None:
    dose = _dose(GRIDS[name])
    (series,) = scan(_planes(tmp_path, dose)).series
    found = stored_dose_of(series)
    assert "dose-by-planes" in {f.code for f in found.findings}
    points = dose.grid.points_of([(0, 0, 0), (7, 6, 5), (1, 2, 3)])
    index = np.rint(found.grid.index_of(points)).astype(int)
    assert np.allclose(found.grid.points_of(index), points, atol=1e-4)
    seen = [found.values[k, j, i] for i, j, k in index]
    assert np.allclose(seen, [dose.gy[0, 0, 0], dose.gy[5, 6, 7], dose.gy[3, 2, 1]], atol=0.01)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DoseUnits": "RELATIVE"}, "6 files, one a plane, which must be of one unit, but are of 2"),
        ({"DoseType": "EFFECTIVE"}, "must be of one type, but are of 2"),
        ({"FrameOfReferenceUID": "1.2.9"}, "must be of one frame of reference, but are of 2"),
        ({"PixelSpacing": [4.5, 4.01]}, "must be of one direction and spacing"),
        ({"ImagePositionPatient": [-50.125, -60.25, 1234.5]}, "1 positions occur more than once"),
    ],
)
def test_planes_that_are_not_of_one_dose_are_refused(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    (series,) = scan(_planes(tmp_path, _dose(GRIDS["upright"]), **changes)).series
    with pytest.raises((IntakeError, GeometryError), match=says):
        stored_dose_of(series)


def test_a_missing_plane_is_told_by_its_place(tmp_path: Path) -> None:
    planes = _planes(tmp_path, _dose(GRIDS["upright"]))
    (planes / "4.dcm").unlink()  # the third
    with pytest.raises(GeometryError, match=r"the dose must be complete, but 1 slice is missing at 12\d\d"):
        stored_dose_of(scan(planes).series[0])
