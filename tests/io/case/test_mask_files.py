"""io.mask: a file or folder as a volume of interest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.mask_files import cropped, read_mask
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

Maker = Callable[..., Path]
GRID = Grid.aligned((8, 9, 10), spacing_zyx_mm=(3.0, 2.0, 1.5), origin_lps_mm=(-10, 20, -30))
BALL = np.zeros(GRID.shape_zyx, np.uint8)
BALL[3:5, 2:6, 4:7] = 1


def test_a_mask_keeps_its_volume_and_place_and_sheds_its_margins(tmp_path: Path) -> None:
    write_volume(tmp_path / "liver.nii.gz", GRID, BALL)
    voi = read_mask(tmp_path, "liver.nii.gz", role="liver", name="liver")[0]
    assert float(voi.ml) == pytest.approx(24 * 9 / 1000)
    assert voi.grid.shape_zyx == (4, 6, 5)
    z, y, x = np.argwhere(voi.share > 0)[0]
    assert np.allclose(voi.grid.points_of([(x, y, z)]), GRID.points_of([(4, 2, 3)]), atol=1e-4)


def test_a_crop_never_reaches_beyond_the_image() -> None:
    grid, share = cropped(GRID, np.ones(GRID.shape_zyx, np.float32))
    assert grid == GRID
    assert share.shape == GRID.shape_zyx


@pytest.mark.parametrize("value", [1, 255])
def test_a_binary_dicom_series_is_a_mask(make_ct: Maker, tmp_path: Path, value: int, absent: object) -> None:
    make_ct(tmp_path / "liver", BALL * value, RescaleIntercept=0, PatientPosition=absent, FrameOfReferenceUID=absent)
    voi = read_mask(tmp_path, "liver", role="liver", name="liver")[0]
    assert float(voi.ml) == pytest.approx(24 * 3 * 0.8 * 0.9 / 1000)
    assert float(voi.share.max()) == 1


def test_a_named_label_of_a_map_is_a_mask(tmp_path: Path) -> None:
    labels = BALL.copy()
    labels[0, 0, 0] = 5
    write_volume(tmp_path / "seg.nrrd", GRID, labels)
    assert float(read_mask(tmp_path, "seg.nrrd#5", role="tumour", name="seg")[0].ml) == pytest.approx(9 / 1000)
    with pytest.raises(
        IntakeError, match=r'must be a mask of one value, but holds 2 \(1, 5 …\); name one label as "seg.nrrd#5"'
    ):
        read_mask(tmp_path, "seg.nrrd", role="tumour", name="seg")
    with pytest.raises(IntakeError, match="present are: 1, 5"):
        read_mask(tmp_path, "seg.nrrd#7", role="tumour", name="seg")


def test_a_named_segment_of_a_slicer_file_is_a_mask_whatever_layer_it_lies_in(tmp_path: Path) -> None:
    head = (
        "NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 10 9 8\n"
        "space directions: none (1.5,0,0) (0,2,0) (0,0,3)\nspace origin: (-10,20,-30)\nkinds: list domain domain domain\nencoding: raw\n"
        "Segment0_Name:=Liver\nSegment0_LabelValue:=1\nSegment0_Layer:=0\nSegment1_Name:=Lesion A\nSegment1_LabelValue:=1\nSegment1_Layer:=1\n\n"
    )
    lesion = np.zeros_like(BALL)
    lesion[3, 2:4, 4:6] = 1
    (tmp_path / "a.seg.nrrd").write_bytes(head.encode() + np.stack([BALL, lesion], -1).tobytes())
    assert float(read_mask(tmp_path, "a.seg.nrrd#lesion a", role="tumour", name="x")[0].ml) == pytest.approx(0.036)
    assert float(read_mask(tmp_path, "a.seg.nrrd#Liver", role="liver", name="x")[0].ml) == pytest.approx(24 * 0.009)
    for where, says in (
        ("a.seg.nrrd", r'present are: Liver, Lesion A; name one as "a.seg.nrrd#Liver"'),
        ("a.seg.nrrd#Spleen", "present are: Liver, Lesion A"),
        ("a.seg.nrrd#1", "must name one segment, but 2 are called so"),
    ):
        with pytest.raises(IntakeError, match=says):
            read_mask(tmp_path, where, role="liver", name="x")


@pytest.mark.parametrize("floor", [0, 1e-5, -1e-5])
def test_a_mask_that_went_through_a_scale_factor_is_rounded_and_that_is_said(tmp_path: Path, floor: float) -> None:
    moved = np.where(BALL > 0, 1.0000153, floor).astype(np.float32)
    moved[3, 2, 4] = 0.99999
    write_volume(tmp_path / "liver.nii.gz", GRID, moved)
    voi, findings = read_mask(tmp_path, "liver.nii.gz", role="liver", name="liver")
    assert float(voi.ml) == pytest.approx(24 * 9 / 1000)
    assert float(voi.share.max()) == 1
    assert [f.code for f in findings] == ["labels-rounded"]


def test_shares_between_0_and_1_stay_shares(tmp_path: Path) -> None:
    write_volume(tmp_path / "s.nii.gz", GRID, (BALL * 0.5 + np.roll(BALL, 1, 0) * 0.25).astype(np.float32))
    assert float(read_mask(tmp_path, "s.nii.gz", role="liver", name="s")[0].ml) == pytest.approx(24 * 9 * 0.75 / 1000)


def test_what_is_no_mask_is_refused(make_ct: Maker, tmp_path: Path) -> None:
    write_volume(tmp_path / "empty.nii.gz", GRID, BALL * 0)
    write_volume(tmp_path / "ct.nii.gz", GRID, BALL.astype(np.int16) - 1000)
    write_volume(tmp_path / "image.nii.gz", GRID, np.arange(BALL.size).reshape(BALL.shape).astype(np.int16))
    (tmp_path / "two").mkdir()
    make_ct(tmp_path / "two" / "a", BALL)
    make_ct(tmp_path / "two" / "b", BALL)
    for where, says in (
        ("absent.nii.gz", "nothing is at absent.nii.gz"),
        ("empty.nii.gz", "is empty"),
        ("ct.nii.gz", "holds values down to -1000"),
        ("image.nii.gz", "must be a mask of one value"),
        ("two", "one DICOM series, but two holds 2"),
    ):
        with pytest.raises(IntakeError, match=says):
            read_mask(tmp_path, where, role="liver", name="x")


def test_real_masks_stored_as_ct_have_their_published_volumes(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("ircadb01_case17_liver") / "MASKS_DICOM"
    for name, ml in (("liver", 1860.6), ("livertumor1", 85.6), ("livertumor2", 78.6)):
        assert float(read_mask(folder, name, role="liver", name=name)[0].ml) == pytest.approx(ml, abs=0.05)
