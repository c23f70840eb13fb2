"""io.dicom.rtstruct_object: structure sets written, valid, and read back in the right place by us and by others."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest

from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.rtstruct import examine_rtstruct, read_rtstruct
from yttria.io.dicom.rtstruct_writer import with_keyholes, write_rtstruct
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.contour import Contour, Polygon
from yttria.values.grid import Grid
from yttria.values.patient import PatientIdentity

FRAME = "1.2.3.4"
LUGGAGE = PatientIdentity(
    "Secret^Person", "S1", "19500101", "F", "1.2.3.5", "S1", "20260301", "080000", frame_uid=FRAME
)
GRID = Grid.aligned((12, 60, 70), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(-30, -25, 100), frame_uid=FRAME)
SOURCE = Source(GRID, "1.2.3.6", CT_IMAGE_STORAGE, tuple(f"1.2.3.6.{k + 1}" for k in range(12)))


def circle(x: float, y: float, radius: float, z: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle), np.full(90, z)])


def ring() -> Contour:
    """Return a ring with an island in its hole, and a disc of its own beside it."""
    planes = [100.0 + 3 * k for k in range(2, 8)]
    rings = [circle(0, 0, r, z) for z in planes for r in (20, 12, 5)] + [circle(30, 10, 4, z) for z in planes]
    return Contour("ring", "", FRAME, tuple(rings), 3.0)


def test_holes_islands_and_neighbours_keep_their_volume_and_place(tmp_path: Path) -> None:
    write_rtstruct(tmp_path / "s.dcm", (ring(),), LUGGAGE, label="x")
    (back,) = read_rtstruct(tmp_path / "s.dcm")
    assert back.ml == pytest.approx(ring().ml, rel=1e-4)
    assert back.spacing_mm == 3
    assert len(back.polygons) == 18  # ring with its hole, island, disc: on six planes


def test_a_hole_is_joined_by_a_channel_without_width() -> None:
    joined = [p for p in with_keyholes(ring()) if len(p) > 90]
    assert {len(p) for p in joined} == {182}
    for points in joined:
        steps = np.linalg.norm(np.diff(np.vstack([points, points[:1]]), axis=0), axis=1)
        channel = np.sort(steps)[-2:]
        assert channel == pytest.approx([8, 8], abs=0.02)


def test_contours_name_the_slice_that_they_lie_on(tmp_path: Path) -> None:
    off = Contour("off", "", FRAME, (circle(0, 0, 5, 101.5), circle(0, 0, 5, 104.5)), 3.0)
    write_rtstruct(tmp_path / "s.dcm", (ring(), off), LUGGAGE, label="x", source=SOURCE)
    found = pydicom.dcmread(tmp_path / "s.dcm")
    for item in found.ROIContourSequence[0].ContourSequence:
        k = round((float(item.ContourData[2]) - 100) / 3)
        assert item.ContourImageSequence[0].ReferencedSOPInstanceUID == f"1.2.3.6.{k + 1}"
    assert all("ContourImageSequence" not in item for item in found.ROIContourSequence[1].ContourSequence)
    assert examine_rtstruct(tmp_path / "s.dcm").image_uids == set(SOURCE.uids)


@pytest.mark.parametrize("heights", [(106.0,), (100.0, 106), (100.0, 109, 115)])
def test_planes_without_neighbours_keep_their_thickness(heights: tuple[float, ...], tmp_path: Path) -> None:
    discs = Contour("discs", "", FRAME, tuple(circle(0, 0, 9, z) for z in heights), 3.0)
    write_rtstruct(tmp_path / "s.dcm", (discs,), LUGGAGE, label="x")
    (back,) = read_rtstruct(tmp_path / "s.dcm")
    assert back.spacing_mm == pytest.approx(3, rel=1e-4)
    assert back.ml == pytest.approx(discs.ml, rel=1e-4)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("source", [None, SOURCE])
def test_what_is_written_is_clean_by_dciodvfy(source: Source | None, tmp_path: Path) -> None:
    disc = Contour("disc", "", FRAME, (circle(0, 0, 9, 106),), 3.0)
    write_rtstruct(tmp_path / "s.dcm", (ring(), disc), LUGGAGE, label="volumes", source=source)
    said = subprocess.run(["dciodvfy", tmp_path / "s.dcm"], capture_output=True, text=True, check=False)
    assert (said.stdout + said.stderr).split() == ["RTStructureSet"]


@pytest.mark.skipif(shutil.which("plastimatch") is None, reason="plastimatch is not installed")
def test_plastimatch_fills_the_same_ring_in_the_same_place(tmp_path: Path) -> None:
    write_rtstruct(tmp_path / "s.dcm", (ring(),), LUGGAGE, label="x")
    write_volume(tmp_path / "ct.nrrd", GRID, np.zeros(GRID.shape_zyx, dtype=np.int16))
    words = ["--input", "s.dcm", "--fixed", "ct.nrrd", "--output-prefix", "out", "--prefix-format", "nrrd"]
    subprocess.run(["plastimatch", "convert", *words], cwd=tmp_path, capture_output=True, check=True)
    grid, marks = read_volume(next((tmp_path / "out").glob("*.nrrd")))
    k, j, i = np.nonzero(marks)
    points = grid.points_of(np.stack([i, j, k], axis=1))
    assert len(points) * grid.voxel_ml == pytest.approx(ring().ml, rel=0.02)
    wanted = np.pi * np.array([400 - 144 + 25, 16])
    assert points.mean(axis=0) == pytest.approx(
        (30 * wanted[1] / wanted.sum(), 10 * wanted[1] / wanted.sum(), 113.5), abs=0.15
    )
    assert not marks[5, 25, 38]  # in the hole, 8 mm from the centre
