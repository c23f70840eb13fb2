"""io.dicom.seg: segmentations of every type to shares, against the NRRD truths beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from yttria.io.dicom.referenced_image import Slices
from yttria.io.dicom.seg import examine_seg, read_seg
from yttria.io.volumes.volume import read_volume
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.maps import Voi

Shared = Callable[[str], Path]
OFF = 0.0123  # mm: keeps positions off the rounding edge


def _marks(voi: Voi) -> set[tuple[float, ...]]:
    """Return the centres of all marked voxels, tenths of mm."""
    z, y, x = np.nonzero(voi.share > 0.5)
    return {tuple(p) for p in np.round(voi.grid.points_of(np.stack([x, y, z], axis=1)) + OFF, 1).tolist()}


def _truth(path: Path, label: int) -> set[tuple[float, ...]]:
    grid, array = read_volume(path)
    z, y, x = np.nonzero(array == label)
    return {tuple(p) for p in np.round(grid.points_of(np.stack([x, y, z], axis=1)) + OFF, 1).tolist()}


@pytest.mark.parametrize(
    ("seg", "nrrd", "labels"),
    [
        ("liver_3slice/liver.dcm", "liver_3slice/liver_seg.nrrd", {"Liver": 1}),
        (
            "liver_3slice/partial_overlaps.dcm",
            "liver_3slice/partial_overlaps-1.nrrd",
            {"GREEN": 1, "LIGHT_BLUE": 4, "DARK_BLUE": 5},
        ),
        ("liver_3slice/partial_overlaps.dcm", "liver_3slice/partial_overlaps-2.nrrd", {"ORANGE": 2}),
        ("liver_3slice/partial_overlaps.dcm", "liver_3slice/partial_overlaps-3.nrrd", {"PURPLE": 3}),
        ("23x38x3/seg/label.seg", "23x38x3/nrrd/label.nrrd", {"Liver": 1}),
        ("24x38x3/seg/label.seg", "24x38x3/nrrd/label.nrrd", {"Liver": 1}),
        ("sparse-labelmap-ppv5.dcm", "sparse_labelmap_ppv5_seg.nrrd", {"Liver": 1}),
        ("sparse-labelmap-noppv.dcm", "sparse_labelmap_noppv_seg.nrrd", {"Liver": 1}),
    ],
)
def test_every_voxel_lies_where_the_truth_has_it(
    shared_data: Shared, seg: str, nrrd: str, labels: dict[str, int]
) -> None:
    folder = shared_data("seg_objects")
    vois = {v.name: v for v in read_seg(folder / seg)}
    for name, label in labels.items():
        assert _marks(vois[name]) == _truth(folder / nrrd, label)


def test_a_label_map_has_no_background_structure(shared_data: Shared) -> None:
    assert [v.name for v in read_seg(shared_data("seg_objects") / "sparse-labelmap-ppv5.dcm")] == ["Liver"]


def test_every_encoding_of_one_liver_is_one_liver(shared_data: Shared) -> None:
    folder = shared_data("seg_objects") / "pydicom_variants"
    plain = read_seg(folder.parent / "liver_3slice" / "liver.dcm")[0]
    for name in (
        "liver_expb.dcm",
        "liver_j2k.dcm",
        "liver_rle.dcm",
        "liver_nonbyte_aligned_rle.dcm",
        "liver_deflate.dcm",
    ):
        assert np.array_equal(read_seg(folder / name)[0].share, plain.share)
    assert float(read_seg(folder / "liver_nonbyte_aligned.dcm")[0].ml) == pytest.approx(float(plain.ml), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("liver_1frame.dcm", "each of its 1 frames, but describes 3"),
    ],
)
def test_what_cannot_be_decoded_is_refused(shared_data: Shared, name: str, says: str) -> None:
    with pytest.raises(IntakeError, match=says):
        read_seg(shared_data("seg_objects") / "pydicom_variants" / name)


def test_fractions_are_shares_and_probabilities_are_doubted(shared_data: Shared) -> None:
    folder = shared_data("seg_objects") / "highdicom"
    true = examine_seg(folder / "seg_image_ct_true_fractional.dcm")
    share = true.segments[0].voi.share
    assert 0 < float(share.max()) <= 1
    assert len(np.unique(share)) > 2
    assert [f.code for f in true.findings] == ["probability-as-share"]


def test_overlapping_segments_with_frames_left_out_lie_on_one_grid(shared_data: Shared) -> None:
    first, second = read_seg(shared_data("seg_objects") / "highdicom" / "seg_image_ct_binary_overlap.dcm")
    assert first.grid.spacing_zyx_mm[0] == pytest.approx(1.25, abs=1e-6)
    heights = {z for _, _, z in _marks(first)} | {z for _, _, z in _marks(second)}
    assert heights <= {-99.5, 103.0, 104.3, 105.5}


def test_a_real_tumour_segmentation_lies_in_its_pet(shared_data: Shared) -> None:
    path = next((shared_data("qin_headneck_pet_seg") / "rsna_2" / "SEG").rglob("*.dcm"))
    assert [(v.name, round(float(v.ml), 2)) for v in read_seg(path)] == [
        ("Neoplasm, Primary", 2.28),
        ("Neoplasm, Secondary", 8.96),
    ]


def _changed(shared_data: Shared, tmp_path: Path, change: Callable[[Any], None]) -> Path:
    ds = pydicom.dcmread(shared_data("seg_objects") / "23x38x3" / "seg" / "label.seg")
    change(ds)
    ds.save_as(tmp_path / "seg.dcm")
    return tmp_path / "seg.dcm"


def _unplaced(ds: Any) -> None:
    del ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence


def _shifted(ds: Any) -> None:
    ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient[2] += 1.1


def _unnamed(ds: Any) -> None:
    del ds.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence


def _typeless(ds: Any) -> None:
    ds.SegmentationType = ""


def _undescribed(ds: Any) -> None:
    del ds.PerFrameFunctionalGroupsSequence


def _spaceless(ds: Any) -> None:
    del ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (_unplaced, GeometryError, "must state its position"),
        (
            _shifted,
            GeometryError,
            r"must lie as far apart as it says \(2.5 mm, SpacingBetweenSlices\), but they lie 1.4 mm",
        ),
        (_unnamed, IntakeError, "must name its segment"),
        (_typeless, IntakeError, "but is of no type"),
        (_undescribed, GeometryError, "must describe where its frames lie"),
        (_spaceless, GeometryError, "pixel spacing of two numbers"),
    ],
)
def test_a_segmentation_that_does_not_say_where_it_lies_is_refused(
    shared_data: Shared, tmp_path: Path, change: Callable[[Any], None], error: type[Exception], says: str
) -> None:
    path = _changed(shared_data, tmp_path, change)
    with pytest.raises(error, match=says):
        read_seg(path)


def test_an_empty_segment_is_named_not_kept(shared_data: Shared, tmp_path: Path) -> None:
    def emptied(ds: Any) -> None:
        ds.PixelData = b"\0" * len(ds.PixelData)

    found = examine_seg(_changed(shared_data, tmp_path, emptied))
    assert found.segments == ()
    assert [(e.name, e.blank) for e in found.empty] == [("Liver", True)]


Maker = Callable[..., Path]
MASK = np.zeros((12, 16), dtype=bool)
MASK[3:9, 4:12] = True  # 48 pixels of 1 mm2
SAGITTAL, OBLIQUE = (0, 1, 0, 0, 0, 1), (0.96, 0.28, 0, 0, 0, 1)


def _image(step_mm: float, orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0), first_mm: float = -12.0) -> Slices:
    normal = np.cross(orientation[:3], orientation[3:])
    return Slices("CT", np.array([normal * (first_mm + step_mm * k) for k in range(40)]), normal)


def _planes(step_mm: float, many: int = 6) -> dict[float, Any]:
    return {step_mm * k: MASK for k in range(many)}


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), SAGITTAL, OBLIQUE], ids=["axial", "sagittal", "oblique"])
@pytest.mark.parametrize(("step", "thickness"), [(4.0, 1.0), (4.0, 8.0), (1.25, 1.0), (0.7, None)])
def test_planes_lie_as_far_apart_as_the_frames_never_as_thick_as_they_are(
    make_seg: Maker, tmp_path: Path, step: float, thickness: float | None, orientation: tuple[float, ...]
) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(step), thickness=thickness, orientation=orientation)
    found = examine_seg(path)
    assert found.segments[0].voi.ml == pytest.approx(48 * 6 * step / 1000, rel=1e-5)
    doubted = thickness is not None and step > 1.5 * thickness
    assert [(f.level, f.code) for f in found.findings] == [("warning", "slice-distance-unsure")] * doubted
    assert examine_seg(path, image=_image(step, orientation)).findings == ()


@pytest.mark.parametrize(("thickness", "doubted"), [(2.01, False), (2.0, False), (1.99, True)])
def test_planes_further_apart_than_one_and_a_half_of_their_thickness_are_doubted_with_both_volumes(
    make_seg: Maker, tmp_path: Path, thickness: float, doubted: bool
) -> None:
    found = examine_seg(make_seg(tmp_path / "s.dcm", _planes(3.0), thickness=thickness))
    assert len(found.findings) == doubted
    if doubted:
        assert "(Liver 0.864 mL, or 0.5731 mL); give that image as well" in found.findings[0].message


@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), SAGITTAL, OBLIQUE], ids=["axial", "sagittal", "oblique"])
@pytest.mark.parametrize("stated", [None, 2.5])
def test_drawn_on_every_second_slice_of_its_image_a_segment_keeps_its_gaps(
    make_seg: Maker, tmp_path: Path, stated: float | None, orientation: tuple[float, ...]
) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(5.0), stated=stated, orientation=orientation)
    found = examine_seg(path, image=_image(2.5, orientation, first_mm=-10))
    assert found.segments[0].voi.ml == pytest.approx(48 * 6 * 2.5 / 1000, rel=1e-5)
    assert found.findings == ()


def test_a_stated_spacing_that_only_the_image_could_refute_is_told_with_both_volumes(
    make_seg: Maker, tmp_path: Path
) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(4.0), stated=2.0)
    alone, beside = examine_seg(path), examine_seg(path, image=_image(4.0))
    assert [(f.level, f.code) for f in alone.findings] == [("warning", "slice-distance-unsure")]
    assert "(Liver 0.576 mL, or 1.152 mL)" in alone.findings[0].message
    assert beside.segments[0].voi.ml == pytest.approx(1.152)
    assert [(f.level, f.code) for f in beside.findings] == [("warning", "spacing-contradicts-image")]


@pytest.mark.parametrize("stated", [3.0, 8.0, 3.92, 4.09])
@pytest.mark.parametrize("image", [None, _image(4.0)], ids=["alone", "beside its image"])
def test_a_stated_spacing_that_the_frames_contradict_is_refused(
    make_seg: Maker, tmp_path: Path, stated: float, image: Slices | None
) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(4.0), stated=stated)
    with pytest.raises(GeometryError, match=f"as far apart as it says .{stated:g} mm, .* but they lie 4 mm apart"):
        examine_seg(path, image=image)


@pytest.mark.parametrize("stated", [3.93, 4.0, 4.08])
def test_a_stated_spacing_within_two_per_cent_is_rounded(make_seg: Maker, tmp_path: Path, stated: float) -> None:
    found = examine_seg(make_seg(tmp_path / "s.dcm", _planes(4.0), stated=stated))
    assert found.segments[0].voi.ml == pytest.approx(1.152)
    assert found.findings == ()


def test_an_image_that_frames_do_not_lie_on_says_nothing_of_their_distance(make_seg: Maker, tmp_path: Path) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(4.0))
    assert examine_seg(path, image=_image(3.0)).segments[0].voi.ml == pytest.approx(1.152)
    assert examine_seg(path, image=_image(4.0, first_mm=-10)).segments[0].voi.ml == pytest.approx(1.152)
    assert examine_seg(path, image=_image(4.0, SAGITTAL)).segments[0].voi.ml == pytest.approx(1.152)


def test_a_single_plane_is_as_thick_as_the_slices_of_its_image_lie_apart(make_seg: Maker, tmp_path: Path) -> None:
    path = make_seg(tmp_path / "s.dcm", _planes(4.0, 1), thickness=1)
    assert examine_seg(path, image=_image(4.0)).segments[0].voi.ml == pytest.approx(48 * 4 / 1000)
    alone = examine_seg(path)
    assert alone.segments[0].voi.ml == pytest.approx(48 / 1000)
    assert [(f.level, f.code) for f in alone.findings] == [("warning", "single-plane")]


@pytest.mark.parametrize(("turn", "refused"), [(1e-4, False), (3.5e-3, False), (3.7e-3, True), (0.02, True)])
def test_frames_turned_by_less_than_moves_a_corner_by_a_tenth_of_a_pixel_have_one_direction(
    make_seg: Maker, tmp_path: Path, turn: float, refused: bool
) -> None:
    turned = {4.0: (1, turn, 0, -turn, 1, 0)}  # the corner moves by 28 pixels of it
    path = make_seg(tmp_path / "s.dcm", _planes(4.0), turned=turned)
    if refused:
        with pytest.raises(GeometryError, match=f"must have one orientation, but they differ by up to {turn:.2g} "):
            examine_seg(path)
    else:
        assert examine_seg(path).segments[0].voi.ml == pytest.approx(1.152, rel=1e-4)
