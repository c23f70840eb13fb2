"""io.dicom.seg_object: segmentations written, valid, and read back in the right place by us and by others."""

import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK

from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source
from yttria.io.dicom.seg import examine_seg
from yttria.io.dicom.seg_writer import write_seg
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.patient import PatientIdentity

FRAME = "1.2.3.4"
LUGGAGE = PatientIdentity(
    "Secret^Person", "S1", "19500101", "F", "1.2.3.5", "S1", "20260301", "080000", frame_uid=FRAME
)
GRIDS = {
    "upright": np.diag([1.0, 1.2, 3.0]),
    "descending": np.diag([1.0, 1.2, -3.0]),
    "oblique": np.array([[1.0, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]) @ np.diag([1.0, 1.2, 3.0]),
}


def grid(name: str = "upright") -> Grid:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = GRIDS[name], (-20.125, -30.25, 812.5)
    return Grid.of((9, 30, 26), affine, FRAME)


def ball(where: Grid, centre: tuple[float, float, float], radius: float, name: str, role: str = "") -> Voi:
    """Return a ball around index (i, j, k) with a soft edge."""
    k, j, i = np.indices(where.shape_zyx)
    away = np.sqrt((i - centre[0]) ** 2 + (1.2 * (j - centre[1])) ** 2 + (3 * (k - centre[2])) ** 2)
    return Voi(name, role, where, np.clip(radius + 0.5 - away, 0, 1))


def both(where: Grid) -> tuple[Voi, Voi]:
    return ball(where, (12.3, 14.1, 4.2), 10, "Foie entier", "liver"), ball(where, (9, 12, 4), 4, "GTV 1")


def source(where: Grid) -> Source:
    return Source(where, "1.2.3.6", CT_IMAGE_STORAGE, tuple(f"1.2.3.6.{k + 1}" for k in range(where.shape_zyx[0])))


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("binary", [False, True])
def test_shares_are_read_back_with_their_volume_and_place(name: str, binary: bool, tmp_path: Path) -> None:
    vois = both(grid(name))
    write_seg(tmp_path / "s.dcm", vois, LUGGAGE, label="volumes", binary=binary)
    found = examine_seg(tmp_path / "s.dcm")
    assert [(s.voi.name, s.meaning) for s in found.segments] == [("Foie entier", "Liver"), ("GTV 1", "Neoplasm")]
    assert found.findings == ()
    for voi, segment in zip(vois, found.segments, strict=True):
        back = segment.voi
        assert back.grid.frame_uid == FRAME
        z, y, x = np.nonzero(back.share)
        at = np.rint(voi.grid.index_of(back.grid.points_of(np.stack([x, y, z], axis=1)))).astype(int).T[::-1]
        wanted = voi.share[tuple(at)] >= 0.5 if binary else voi.share[tuple(at)]
        assert np.abs(back.share[z, y, x] - wanted).max() < 0.5 / 255 + 1e-6
        if not binary:
            assert float(back.ml) == pytest.approx(float(voi.ml), rel=1e-3)


@pytest.mark.parametrize("name", GRIDS)
def test_highdicom_finds_the_same_shares_in_the_same_place(name: str, tmp_path: Path) -> None:
    liver, tumour = both(grid(name))
    write_seg(tmp_path / "s.dcm", (liver, tumour), LUGGAGE, label="volumes", source=source(grid(name)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        volume: Any = highdicom.seg.segread(tmp_path / "s.dcm").get_volume()
    for at, voi in enumerate((liver, tumour)):
        z, y, x = (int(n) for n in np.unravel_index(int(voi.share.argmax()), voi.share.shape))
        for index in ((x, y, z), (x + 2, y, z), (x, y - 3, z), (x, y, z + 1)):
            (point,) = voi.grid.points_of([index])
            k, j, i = np.rint(volume.map_reference_to_indices(point[None])[0]).astype(int)
            assert float(volume.array[k, j, i, at]) == pytest.approx(
                float(voi.share[index[::-1]]), abs=0.5 / 255 + 1e-6
            )


@pytest.mark.parametrize("name", GRIDS)
def test_simpleitk_finds_the_same_volume_in_the_same_place(name: str, tmp_path: Path) -> None:
    _, tumour = both(grid(name))
    write_seg(tmp_path / "s.dcm", (tumour,), LUGGAGE, label="volumes")
    itk: Any = SimpleITK
    image = itk.ReadImage(str(tmp_path / "s.dcm"))
    array = itk.GetArrayFromImage(image) / 255
    seen = [image.TransformIndexToPhysicalPoint(tuple(int(n) for n in at[::-1])) for at in np.argwhere(array)]
    k, j, i = np.nonzero(tumour.share)
    wanted = tumour.grid.points_of(np.stack([i, j, k], axis=1))
    assert np.average(seen, axis=0, weights=array[array > 0]) == pytest.approx(
        np.average(wanted, axis=0, weights=tumour.share[k, j, i]), abs=1e-3
    )
    assert array.sum() * np.prod(image.GetSpacing()) / 1000 == pytest.approx(float(tumour.ml), rel=1e-3)


def test_whole_voxels_are_written_as_bits_and_parts_as_fractions(tmp_path: Path) -> None:
    liver, tumour = both(grid())
    marks = Voi("Liver", "", grid(), liver.share > 0.5)
    for name, vois in (("bits", (marks,)), ("shares", (marks, tumour))):
        write_seg(tmp_path / name, vois, LUGGAGE, label=name)
    kinds = [str(pydicom.dcmread(tmp_path / n).SegmentationType) for n in ("bits", "shares")]
    assert kinds == ["BINARY", "FRACTIONAL"]
    assert pydicom.dcmread(tmp_path / "shares").SegmentationFractionalType == "OCCUPANCY"


def test_it_names_the_slices_that_it_was_drawn_on_or_none(tmp_path: Path) -> None:
    write_seg(tmp_path / "a", both(grid()), LUGGAGE, label="x", source=source(grid()))
    write_seg(tmp_path / "b", both(grid()), LUGGAGE, label="x")
    with_source, without = pydicom.dcmread(tmp_path / "a"), pydicom.dcmread(tmp_path / "b")
    assert with_source.ReferencedSeriesSequence[0].SeriesInstanceUID == "1.2.3.6"
    for frame in with_source.PerFrameFunctionalGroupsSequence:
        height = float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        uid = frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert uid == f"1.2.3.6.{round((height - 812.5) / 3) + 1}"
    assert "ReferencedSeriesSequence" not in without
    assert "1.2.3.6" not in str(without)


def test_volumes_on_parts_of_a_grid_are_written_on_all_of_it(tmp_path: Path) -> None:
    liver, tumour = both(grid())
    small = Voi(tumour.name, "", Grid.of((6, 14, 15), _moved(grid(), (4, 6, 1)), FRAME), tumour.share[1:7, 6:20, 4:19])
    write_seg(tmp_path / "parts", (liver, small), LUGGAGE, label="x", grid=grid())
    write_seg(tmp_path / "whole", (liver, tumour), LUGGAGE, label="x")
    one, other = (pydicom.dcmread(tmp_path / name) for name in ("parts", "whole"))
    assert (one.Rows, one.Columns) == (30, 26)
    assert one.pixel_array.tolist() == other.pixel_array.tolist()


def _moved(where: Grid, ijk: tuple[int, int, int]) -> Any:
    affine = where.matrix
    affine[:3, 3] = where.points_of([ijk])[0]
    return affine


def test_bits_of_odd_frames_are_packed_without_a_gap(tmp_path: Path) -> None:
    where = Grid.of((5, 7, 9), grid().affine_lps_mm, FRAME)
    rng = np.random.default_rng(4)
    vois = [Voi(f"v{n}", "", where, rng.random(where.shape_zyx) > 0.6) for n in range(3)]
    write_seg(tmp_path / "s.dcm", vois, LUGGAGE, label="x")
    for voi, segment in zip(vois, examine_seg(tmp_path / "s.dcm").segments, strict=True):
        assert float(segment.voi.ml) == pytest.approx(float(voi.ml))


def test_the_same_values_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_seg(tmp_path / name, both(grid()), LUGGAGE, label="x")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
@pytest.mark.parametrize("sourced", ["nothing", "slices", "tomogram"])
@pytest.mark.parametrize("binary", [False, True])
def test_what_is_written_is_clean_by_dciodvfy(sourced: str, binary: bool, tmp_path: Path) -> None:
    where = grid("oblique")
    tomogram = Source(where, "1.2.3.6", "1.2.840.10008.5.1.4.1.1.20", ("1.2.3.6.1",))
    drawn_on = {"nothing": None, "slices": source(where), "tomogram": tomogram}[sourced]
    write_seg(tmp_path / "s.dcm", both(where), LUGGAGE, label="volumes", source=drawn_on, binary=binary)
    said = subprocess.run(["dciodvfy", tmp_path / "s.dcm"], capture_output=True, text=True, check=False)
    assert (said.stdout + said.stderr).split() == ["Segmentation"]


def test_what_no_segmentation_can_hold_is_refused(tmp_path: Path) -> None:
    liver, _ = both(grid())
    with pytest.raises(IntakeError, match="must hold a segment"):
        write_seg(tmp_path / "s.dcm", (), LUGGAGE, label="x")
    with pytest.raises(GeometryError, match="must be voxels of one grid"):
        write_seg(tmp_path / "s.dcm", (liver, both(grid("oblique"))[0]), LUGGAGE, label="x")
    faint = Voi("faint", "", grid(), liver.share * 0.4)
    with pytest.raises(IntakeError, match="faint must fill half of a voxel to be marked"):
        write_seg(tmp_path / "s.dcm", (faint,), LUGGAGE, label="x", binary=True)
    affine = grid().matrix
    affine[0, 1] = 0.4
    sheared = Grid.of(grid().shape_zyx, affine, FRAME)
    with pytest.raises(GeometryError, match="axes at right angles"):
        write_seg(tmp_path / "s.dcm", (Voi("x", "", sheared, liver.share),), LUGGAGE, label="x")
