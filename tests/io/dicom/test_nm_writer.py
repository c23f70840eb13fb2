"""io.dicom.nm_object, modules and the writers of CT and structure sets: what is written is read again, and is clean DICOM."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from yttria.io.dicom.common_modules import decimal, uid_of
from yttria.io.dicom.ct import read_ct, write_ct
from yttria.io.dicom.nm import read_planar, read_tomo, write_planar, write_tomo
from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.rtstruct import read_rtstruct
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.io.dicom.scan import scan
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage
from yttria.values.patient import PatientIdentity
from yttria.values.planar import PlanarScan

FRAME = str(uid_of("frame"))
LUGGAGE = PatientIdentity(
    patient_name="Phantom^Nobody",
    patient_id="P-1",
    birth_date="19700101",
    sex="O",
    study_uid=str(uid_of("study")),
    study_id="S1",
    study_date="20260115",
    study_time="093000",
    frame_uid=FRAME,
    zone="+0100",
)
GRID = Grid.aligned((6, 8, 10), spacing_zyx_mm=(3, 0.8, 0.9), origin_lps_mm=(-10.5, -20.25, -30), frame_uid=FRAME)


def ct() -> CtImage:
    return CtImage(GRID, np.random.default_rng(1).integers(-1024, 2000, GRID.shape_zyx).astype(np.int16))


def spect(scale: float = 1.0, *, seed: int = 1) -> CountMap:
    return CountMap(
        GRID, (np.random.default_rng(seed).integers(0, 60000, GRID.shape_zyx) * scale).astype(np.float32), "Tc-99m"
    )


def planar() -> PlanarScan:
    rng = np.random.default_rng(1)
    views = [rng.integers(0, 900, (20, 12)).astype(np.float32) for _ in range(4)]
    return PlanarScan(
        anterior=views[0],
        posterior=views[1],
        pixel_mm=(2.4, 2.4),
        scatter_anterior=views[2],
        scatter_posterior=views[3],
        window_ratio=1.5,
        origin_xz_mm=(-13.2, 40.0),
        frame_uid=FRAME,
    )


def contour() -> Contour:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = [np.column_stack([3 * np.cos(angle), 3 * np.sin(angle) - 17, np.full(40, z)]) for z in (-30.0, -27, -24)]
    return Contour("Liver", "", FRAME, tuple(circle), 3.0)


def everything(folder: Path) -> PatientIdentity:
    drawn = write_ct(folder, ct(), LUGGAGE, description="CT")
    write_tomo(folder / "spect.dcm", spect(), drawn, description="SPECT")
    write_planar(folder / "planar.dcm", planar(), drawn, description="planar")
    write_rtstruct(
        folder / "set.dcm",
        (contour(),),
        drawn,
        label="SET",
        source=Source(ct().grid, drawn.ct_series_uid, CT_IMAGE_STORAGE, drawn.ct_sop_uids),
    )
    return drawn


def test_a_ct_is_read_as_it_was_written(tmp_path: Path) -> None:
    image = ct()
    identity = write_ct(tmp_path, image, LUGGAGE, description="CT")
    again = read_ct(scan(tmp_path).series[0])
    assert np.array_equal(again.hu, image.hu)
    assert again.grid == image.grid
    assert len(identity.ct_sop_uids) == 6


def test_whole_counts_are_read_as_they_were_written(tmp_path: Path) -> None:
    image = spect()
    write_tomo(tmp_path / "spect.dcm", image, LUGGAGE, description="SPECT")
    again = read_tomo(scan(tmp_path).series[0])
    assert np.array_equal(again.counts, image.counts)
    assert again.grid == image.grid
    assert again.nuclide == "Tc-99m"


def test_broken_counts_are_read_to_sixteen_bits(tmp_path: Path) -> None:
    image = spect(0.00123)
    write_tomo(tmp_path / "spect.dcm", image, LUGGAGE, description="SPECT")
    again = read_tomo(scan(tmp_path).series[0])
    assert np.abs(again.counts - image.counts).max() <= 0.5001 * image.counts.max() / 65535


def test_planar_views_are_read_as_they_were_written_the_posterior_turned_twice(tmp_path: Path) -> None:
    views = planar()
    write_planar(tmp_path / "planar.dcm", views, LUGGAGE, description="planar")
    again = read_planar(scan(tmp_path).series[0])
    for name in ("anterior", "posterior", "scatter_anterior", "scatter_posterior"):
        assert np.array_equal(getattr(again, name), getattr(views, name)), name
    assert again.window_ratio == pytest.approx(1.5)
    assert again.origin_xz_mm == views.origin_xz_mm
    assert again.pixel_mm == views.pixel_mm
    stored = pydicom.dcmread(tmp_path / "planar.dcm").pixel_array
    assert np.array_equal(stored[1], views.posterior[:, ::-1])


def test_planar_views_without_a_scatter_window_have_two_frames(tmp_path: Path) -> None:
    full = planar()
    views = PlanarScan(anterior=full.anterior, posterior=full.posterior, pixel_mm=(2.4, 2.4))
    write_planar(tmp_path / "planar.dcm", views, LUGGAGE, description="planar")
    again = read_planar(scan(tmp_path).series[0])
    assert again.scatter_anterior is None
    assert again.origin_xz_mm is None
    assert pydicom.dcmread(tmp_path / "planar.dcm").NumberOfFrames == 2


def test_contours_are_read_to_a_micrometre_and_name_their_slices(tmp_path: Path) -> None:
    drawn = everything(tmp_path)
    again = read_rtstruct(tmp_path / "set.dcm")[0]
    for mine, read in zip(contour().polygons, again.polygons, strict=True):
        assert np.abs(mine - read).max() <= 5.001e-4
    assert again.frame_uid == FRAME
    items = pydicom.dcmread(tmp_path / "set.dcm").ROIContourSequence[0].ContourSequence
    assert [i.ContourImageSequence[0].ReferencedSOPInstanceUID for i in items] == list(drawn.ct_sop_uids[:3])


def test_the_same_values_make_the_same_bytes_and_others_other_identifiers(tmp_path: Path) -> None:
    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    for folder in (one, two):
        everything(folder)
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}
    write_tomo(two / "spect.dcm", spect(seed=2), LUGGAGE, description="SPECT")
    uids = [pydicom.dcmread(f / "spect.dcm").SOPInstanceUID for f in (one, two)]
    assert uids[0] != uids[1]


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_what_is_written_is_clean_by_dciodvfy(tmp_path: Path) -> None:
    everything(tmp_path)
    for name in ("ct-001.dcm", "spect.dcm", "planar.dcm", "set.dcm"):
        told = subprocess.run(["dciodvfy", str(tmp_path / name)], capture_output=True, text=True, check=False).stderr
        assert "Error" not in told, f"{name}: {told}"
        assert "Warning" not in told, f"{name}: {told}"


def test_identifiers_are_those_of_a_uuid_and_hang_on_every_word() -> None:
    uid = uid_of("study", 1)
    assert uid.is_valid
    assert uid.startswith("2.25.")
    assert len(uid) <= 64
    assert uid_of("a", "b") != uid_of("ab")


def test_decimal_strings_fit_their_sixteen_characters() -> None:
    assert str(decimal(-0.0)) == "0.0"
    assert len(str(decimal(-1 / 3))) <= 16


def test_grids_against_the_patient_axes_are_refused(tmp_path: Path) -> None:
    affine = GRID.matrix
    affine[2, 2] = -3
    turned = Grid.of(GRID.shape_zyx, affine, FRAME)
    with pytest.raises(GeometryError, match="a CT is written on a grid along the patient's axes"):
        write_ct(tmp_path, CtImage(turned, ct().hu), LUGGAGE, description="CT")
    with pytest.raises(GeometryError, match="a tomogram is written on a grid along"):
        write_tomo(tmp_path / "spect.dcm", CountMap(turned, spect().counts), LUGGAGE, description="SPECT")


def test_a_structure_set_without_a_structure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="must hold a structure"):
        write_rtstruct(tmp_path / "set.dcm", (), LUGGAGE, label="SET")
