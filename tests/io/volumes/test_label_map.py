"""io.label_map: which structure a voxel belongs to, by number, by name, by layer."""

import gzip
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.volumes.label_map import read_label_map, whole_labels
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

GRID = Grid.aligned((6, 6, 6), spacing_zyx_mm=(4.0, 4.0, 4.0), origin_lps_mm=(0, 0, 0))
LIVER = np.zeros(GRID.shape_zyx, np.uint8)
LIVER[1:5, 1:5, 1:5] = 1
LESION = np.zeros(GRID.shape_zyx, np.uint8)
LESION[2:4, 2:4, 2:4] = 1
BOTH = LIVER + LESION  # 1: 56 voxels, 2: 8


def scaled(path: Path, stored: NDArray[Any], slope: float, intercept: float = 0) -> Path:
    """Write stored whole numbers as a NIfTI that scales them."""
    write_volume(path, GRID, stored)
    raw = bytearray(path.read_bytes())
    struct.pack_into("<2f", raw, 112, slope, intercept)
    path.write_bytes(bytes(raw))
    return path


def slicer(path: Path, array: NDArray[Any], values: Mapping[str, object]) -> Path:
    """Write a segmentation as 3D Slicer does; a fourth axis of `array`, the last, holds the layers."""
    layers = array.ndim == 4
    sizes = " ".join(str(n) for n in (([array.shape[3]] if layers else []) + list(array.shape[2::-1])))
    head = (
        f"NRRD0004\ntype: uint8\ndimension: {array.ndim}\nspace: left-posterior-superior\nsizes: {sizes}\n"
        f"space directions: {'none ' if layers else ''}(4,0,0) (0,4,0) (0,0,4)\nspace origin: (0,0,0)\n"
        f"kinds: {'list ' if layers else ''}domain domain domain\nencoding: gzip\n"
    )
    said = "".join(f"{key}:={value}\n" for key, value in values.items())
    path.write_bytes(f"{head}{said}\n".encode() + gzip.compress(np.ascontiguousarray(array).tobytes()))
    return path


def segment(n: int, name: str, label: int, layer: int) -> dict[str, object]:
    return {
        f"Segment{n}_ID": f"Segment_{n}",
        f"Segment{n}_Name": name,
        f"Segment{n}_LabelValue": label,
        f"Segment{n}_Layer": layer,
    }


def sizes(path: Path) -> dict[str, int]:
    found = read_label_map(path)
    return {s.name: int(found.marks(s).sum()) for s in found.segments}


@pytest.mark.parametrize(
    ("store", "slope", "intercept"),
    [
        (lambda a: np.array([0, 127, 255], np.uint8)[a], 2 / 255, 0),  # 0.996, 2.0000001
        (lambda a: np.array([0, 128, 255], np.uint8)[a], 2 / 255, 0),  # 1.0039
        (lambda a: np.array([-32768, 0, 32767], np.int16)[a], 2 / 65535, 65536 / 65535),  # 1.00001526
    ],
)
def test_labels_that_a_scale_factor_moved_by_half_its_step_are_rounded_and_that_is_said(
    tmp_path: Path, store: Callable[[NDArray[Any]], NDArray[Any]], slope: float, intercept: float
) -> None:
    path = scaled(tmp_path / "labels.nii", store(BOTH), slope, intercept)
    assert len(np.setdiff1d(read_volume(path)[1], [0, 1, 2]))  # they do lie off
    assert sizes(path) == {"1": 56, "2": 8}
    assert [f.code for f in read_label_map(path).findings] == ["labels-rounded"]


@pytest.mark.parametrize("value", [1.00001526, 0.99999994, 1.009, 0.991])
def test_labels_saved_through_floats_are_rounded(tmp_path: Path, value: float) -> None:
    write_volume(tmp_path / "labels.nii.gz", GRID, (LIVER * np.float32(value) + LESION).astype(np.float32))
    assert sizes(tmp_path / "labels.nii.gz") == {"1": 56, "2": 8}


@pytest.mark.parametrize("value", [0.37, 0.5, 1.011, 0.989])
def test_a_number_between_labels_is_none(tmp_path: Path, value: float) -> None:
    write_volume(tmp_path / "labels.nii.gz", GRID, LIVER * np.float32(value))
    with pytest.raises(IntakeError, match=rf"whole-number labels above zero, but holds 1 other values \({value:g}\)"):
        read_label_map(tmp_path / "labels.nii.gz")


def test_a_step_alone_makes_no_label_of_a_number_between() -> None:
    stored = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    with pytest.raises(IntakeError, match="whole-number labels"):  # 0.37 lies further off than half the step
        whole_labels((stored[:1, :1] * 0.37).astype(np.float32), 0.37, "x")
    with pytest.raises(IntakeError, match="whole-number labels"):  # 0.45 and 0.9: two numbers of one label
        whole_labels((stored * 0.9 / 2).astype(np.float32), 0.45, "x")
    coarse = np.array([[[0, 3.92, 7.84]]], np.float32)  # labels below 4 were lost when this was stored
    with pytest.raises(IntakeError, match="whole-number labels"):
        whole_labels(coarse, 3.92, "x")


def test_labels_below_zero_are_refused() -> None:
    with pytest.raises(IntakeError, match=r"holds 2 other values \(-1, 1\)"):
        whole_labels(np.array([[[-1, 0, 1]]], np.int16), None, "x")


def test_many_labels_are_an_image() -> None:
    whole_labels(np.arange(1001).reshape(1, 1, -1), None, "x")
    with pytest.raises(IntakeError, match="holds 1001 other values"):
        whole_labels(np.arange(1002).reshape(1, 1, -1), None, "x")


def test_segments_of_one_layer_keep_their_names(tmp_path: Path) -> None:
    path = slicer(tmp_path / "a.seg.nrrd", BOTH, segment(0, "Liver", 1, 0) | segment(1, "Läsion A", 2, 0))
    assert sizes(path) == {"Liver": 56, "Läsion A": 8}


def test_segments_that_overlap_in_layers_are_whole(tmp_path: Path) -> None:
    stack = np.stack([LIVER, LESION * 3], axis=-1)
    path = slicer(tmp_path / "a.seg.nrrd", stack, segment(0, "Lesion", 3, 1) | segment(1, "Liver", 1, 0))
    assert sizes(path) == {"Lesion": 8, "Liver": 64}


def test_segments_of_an_older_slicer_are_each_a_layer_of_ones(tmp_path: Path) -> None:
    stack = np.stack([LIVER, LESION], axis=-1)
    path = slicer(tmp_path / "a.seg.nrrd", stack, {"Segment0_Name": "Liver", "Segment1_Name": "Lesion"})
    assert sizes(path) == {"Liver": 64, "Lesion": 8}
    alone = slicer(tmp_path / "b.seg.nrrd", LIVER, {"Segment0_Name": "Liver"})
    assert sizes(alone) == {"Liver": 64}


def test_labels_without_a_segment_and_segments_without_a_voxel_are_told(tmp_path: Path) -> None:
    path = slicer(tmp_path / "a.seg.nrrd", BOTH, segment(0, "Liver", 1, 0) | segment(1, "Spleen", 7, 0))
    found = read_label_map(path)
    assert [s.name for s in found.segments] == ["Liver", "2"]
    assert found.empty == ("Spleen",)
    assert [f.code for f in found.findings] == ["segment-unnamed"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Segment0_Layer": 2}, r'segment "Liver" of a.seg.nrrd must state a label above zero and one of 2 layers'),
        ({"Segment0_LabelValue": "x"}, "but states label x in layer 0"),
        ({"Segment0_LabelValue": 0}, "but states label 0 in layer 0"),
        ({"Segmentation_SourceRepresentation": "Fractional labelmap"}, "as a fractional labelmap"),
        ({"Segmentation_MasterRepresentation": "Fractional labelmap"}, "as a fractional labelmap"),
    ],
)
def test_a_header_that_does_not_fit_its_numbers_is_refused(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    stack = np.stack([LIVER, LESION], axis=-1)
    path = slicer(tmp_path / "a.seg.nrrd", stack, segment(0, "Liver", 1, 0) | segment(1, "Lesion", 1, 1) | change)
    with pytest.raises(IntakeError, match=says):
        read_label_map(path)


def test_several_segments_of_one_layer_without_labels_are_refused(tmp_path: Path) -> None:
    path = slicer(tmp_path / "a.seg.nrrd", BOTH, {"Segment0_Name": "Liver", "Segment1_Name": "Lesion"})
    with pytest.raises(IntakeError, match="but states label none in layer 0"):
        read_label_map(path)


def test_several_numbers_a_voxel_without_segments_are_refused_at_both_doors(tmp_path: Path) -> None:
    path = slicer(tmp_path / "a.nrrd", np.stack([LIVER, LESION], axis=-1), {})
    for read in (read_volume, read_label_map):
        with pytest.raises(IntakeError, match="one number a voxel in three dimensions, but holds 2 a voxel"):
            read(path)
