"""`convert` from Python: volumes and places stay, labels that overlap or are lost are told, and what cannot be is refused whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.app.services.convert import run
from yttria.contract.conversion import ConvertRequest
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.seg_writer import write_seg
from yttria.io.files.structures import read_structure_file
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.errors import IntakeError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, Voi
from yttria.values.patient import PatientIdentity

GRID = Grid.aligned((8, 20, 20), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(-20, -15, 100), frame_uid="1.2.3.4")
WHO = PatientIdentity("A^B", "7", "19500101", "F", "1.2.3.5", "S", "20260301", "080000", frame_uid="1.2.3.4")


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    (tmp_path / "ct").mkdir()
    write_ct(tmp_path / "ct", CtImage(GRID, np.zeros(GRID.shape_zyx)), WHO, description="CT")
    return tmp_path / "ct"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    marked = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    marked[2:6, 5:15, 2:10], marked[2:6, 5:15, 10:18] = 1, 2
    write_volume(tmp_path / "labels.nii.gz", GRID, marked)
    return tmp_path / "labels.nii.gz"


def asked(structures: Path, out: Path, **more: Any) -> Any:
    return run(ConvertRequest.model_validate({"structures": structures, "out": out, **more}))


BOX_ML = 4 * 10 * 8 * 0.012


@pytest.mark.parametrize(
    ("to", "name"), [("seg", "s.dcm"), ("binary-seg", "s.dcm"), ("rtstruct", "s.dcm"), ("labels", "s.nii.gz")]
)
def test_boxes_keep_volume_and_place_in_every_kind(to: str, name: str, ct: Path, labels: Path, tmp_path: Path) -> None:
    answer = asked(labels, tmp_path / name, to=to, like=ct)
    assert set(answer.result.structures) == {"1", "2"}
    for record in answer.result.structures.values():
        assert record.drawn_ml == pytest.approx(BOX_ML)
        assert record.written_ml == pytest.approx(BOX_ML, rel=0.02)
        assert record.moved_mm < 0.2
    assert answer.files == (tmp_path / name,)
    back = dict(read_structure_file(tmp_path / name).structures)
    assert sum(float(s.ml) for s in back.values()) == pytest.approx(2 * BOX_ML, rel=0.02)


def test_only_what_is_named_is_written_in_any_case(ct: Path, labels: Path, tmp_path: Path) -> None:
    answer = asked(labels, tmp_path / "s.dcm", to="seg", like=ct, only=[" 2 "])
    assert list(answer.result.structures) == ["2"]


def test_labels_keep_their_numbers(labels: Path, tmp_path: Path) -> None:
    answer = asked(labels, tmp_path / "back.nii.gz", only=["2"])
    assert answer.result.structures["2"].label == 2
    assert set(np.unique(read_volume(tmp_path / "back.nii.gz")[1])) == {0, 2}


def test_what_is_lost_or_changed_on_a_coarse_grid_is_told_with_both_volumes(labels: Path, tmp_path: Path) -> None:
    coarse = Grid.aligned((3, 4, 4), spacing_zyx_mm=(9, 11, 11), origin_lps_mm=(-20, -15, 100))
    write_volume(tmp_path / "coarse.nii.gz", coarse, np.zeros(coarse.shape_zyx, dtype=np.uint8))
    answer = asked(labels, tmp_path / "back.nii.gz", like=tmp_path / "coarse.nii.gz")
    assert {f.code for f in answer.findings} & {"structure-changed", "structure-lost"}
    for name, record in answer.result.structures.items():
        if abs(record.written_ml / record.drawn_ml - 1) > 0.005:
            assert any(name in f.message for f in answer.findings)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"to": "seg"}, "DICOM must say whose it is, but neither structures nor --like are DICOM"),
        ({"only": ["9"]}, "--only must name structures that hold volume, but 9 is none; there are 1, 2"),
        ({"to": "dxf"}, "dxf"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_there(
    more: dict[str, Any], words: str, labels: Path, tmp_path: Path
) -> None:
    out = tmp_path / ("s.dcm" if more.get("to") else "s.nii.gz")
    with pytest.raises(YttriaError, match=words):
        asked(labels, out, **more)
    assert not out.exists()


def test_nothing_that_holds_volume_is_refused(ct: Path, tmp_path: Path) -> None:
    write_volume(tmp_path / "empty.nii.gz", GRID, np.zeros(GRID.shape_zyx, dtype=np.uint8))
    with pytest.raises(IntakeError, match=r"structure|label"):
        asked(tmp_path / "empty.nii.gz", tmp_path / "s.dcm", to="seg", like=ct)


def test_contours_need_an_image_to_become_voxels(ct: Path, labels: Path, tmp_path: Path) -> None:
    asked(labels, tmp_path / "r.dcm", to="rtstruct", like=ct)
    with pytest.raises(IntakeError, match=r"contours \(1 …\) need an image to become voxels, but none is named"):
        asked(tmp_path / "r.dcm", tmp_path / "back.nii.gz")


@pytest.mark.parametrize(("to", "name"), [("seg", "s.dcm"), ("labels", "s.nii.gz")])
def test_what_keeps_its_volume_is_not_told_as_changed(
    to: str, name: str, ct: Path, labels: Path, tmp_path: Path
) -> None:
    assert not {f.code for f in asked(labels, tmp_path / name, to=to, like=ct).findings} & {
        "structure-changed",
        "structure-lost",
    }


def overlapping(folder: Path, ct: Path, shared_rows: int) -> Path:
    """Return a segmentation of two structures of 400 voxels that share so many rows of ten."""
    first, second = (np.zeros(GRID.shape_zyx, dtype=np.float32) for _ in range(2))
    first[2:6, 2:12, 2:12] = 1
    second[2:6, 12 - shared_rows : 22 - shared_rows, 2:12] = 1
    vois = [Voi(name, "", GRID, share) for name, share in (("one", first), ("two", second))]
    write_seg(folder / "both.dcm", vois, WHO, label="x", grid=GRID)
    return folder / "both.dcm"


def test_labels_of_structures_that_overlap_are_refused_by_name(ct: Path, tmp_path: Path) -> None:
    """A row of ten voxels in four planes is shared: 40 of 400."""
    with pytest.raises(IntakeError, match="labels cannot overlap, but one and two share 40 voxels"):
        asked(overlapping(tmp_path, ct, 1), tmp_path / "l.nii.gz", like=ct)


def test_labels_of_structures_that_touch_are_written(ct: Path, tmp_path: Path) -> None:
    answer = asked(overlapping(tmp_path, ct, 0), tmp_path / "l.nii.gz", like=ct)
    values, counts = np.unique(read_volume(tmp_path / "l.nii.gz")[1], return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True))[1] == 400
    assert {r.label for r in answer.result.structures.values()} == {1, 2}


def test_pieces_of_one_grid_are_written_on_the_smallest_that_holds_them(ct: Path, tmp_path: Path) -> None:
    """From the first structure's corner to the other's: rows 2 to 21, columns 2 to 11, planes 2 to 5."""
    asked(overlapping(tmp_path, ct, 0), tmp_path / "l.nii.gz")
    grid, values = read_volume(tmp_path / "l.nii.gz")
    assert (values == 1).sum() == 400
    assert (values == 2).sum() == 320  # the last two of its ten rows lie beyond the image
    assert grid.voxel_ml == pytest.approx(GRID.voxel_ml)
