"""io.drawn: structures from any file under names that differ."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.files.structures import read_structure_file
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

Maker = Callable[..., Path]
GRID = Grid.aligned((4, 6, 8), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(5, -6, 7))


def test_labels_are_named_by_their_numbers_and_cropped(tmp_path: Path) -> None:
    marked = np.zeros(GRID.shape_zyx, dtype=np.int16)
    marked[1:3, 2:4, 3:5], marked[3, 5, 7] = 5, 12
    write_volume(tmp_path / "l.nii.gz", GRID, marked)
    found = read_structure_file(tmp_path / "l.nii.gz")
    assert [(name, round(float(t.ml), 6)) for name, t in found.structures if hasattr(t, "ml")] == [
        ("5", 0.096),
        ("12", 0.012),
    ]
    assert found.frames == {""}
    assert found.series == ()


def test_the_second_of_a_name_is_told_apart_and_the_empty_are_named(
    make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path, frame_uid: str
) -> None:
    rings = [circle((0, 0), 9, z) for z in (0.0, 3.0)]
    for name in ("a.dcm", "b.dcm"):
        make_rtstruct(tmp_path / name, {"Liver": rings, "Nothing": []})
    found = read_structure_file(tmp_path)
    assert [name for name, _ in found.structures] == ["Liver", "Liver#2"]
    assert found.frames == {frame_uid}
    assert [f.code for f in found.findings] == ["structures-empty"]
    assert len(found.series) == 2


def test_numbers_that_are_no_labels_and_files_without_structures_are_refused(make_ct: Maker, tmp_path: Path) -> None:
    write_volume(tmp_path / "s.nrrd", GRID, np.full(GRID.shape_zyx, 0.5, dtype=np.float32))
    with pytest.raises(IntakeError, match="whole-number labels above zero"):
        read_structure_file(tmp_path / "s.nrrd")
    make_ct(tmp_path / "ct", np.ones((2, 3, 4), dtype=np.int16))
    with pytest.raises(IntakeError, match=r"expected structures .* found CT; name another file"):
        read_structure_file(tmp_path / "ct")
    (tmp_path / "text.txt").write_text("nothing")
    with pytest.raises(IntakeError, match="found no DICOM"):
        read_structure_file(tmp_path / "text.txt")


@pytest.mark.parametrize(("frame", "ml"), [("", 0.096), ("1.2.3", 0.192)])
def test_a_segmentation_named_alone_finds_its_image_in_its_folder_and_no_other(
    make_ct: Maker, make_seg: Maker, tmp_path: Path, frame: str, ml: float
) -> None:
    changes = {"FrameOfReferenceUID": frame} if frame else {}
    make_ct(tmp_path / "ct", np.ones((6, 4, 5), np.int16), spacing=(2.0, 1, 1), origin=(0, 0, 0), **changes)
    masks = {4.0 * k: np.ones((4, 6)) for k in range(2)}
    make_seg(tmp_path / "seg.dcm", masks, thickness=1.2)
    found = read_structure_file(tmp_path / "seg.dcm")
    assert found.structures[0][1].ml == pytest.approx(ml)
    assert [f.code for f in found.findings] == ["slice-distance-unsure"] * bool(frame)


def test_one_plane_named_alone_is_as_thick_as_the_slices_of_the_image_in_its_folder(
    make_ct: Maker, make_rtstruct: Maker, circle: Callable[..., NDArray[np.float64]], tmp_path: Path
) -> None:
    path = make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((0, 0), 9, 0.0)]})
    assert read_structure_file(path).structures == ()
    make_ct(tmp_path / "ct", np.ones((6, 4, 5), np.int16), spacing=(2.5, 1, 1))
    assert read_structure_file(path).structures[0][1].ml == pytest.approx(np.pi * 81 * 2.5 / 1000, rel=1e-3)
