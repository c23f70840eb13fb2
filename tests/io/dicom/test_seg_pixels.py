"""io.dicom.masks: packed bits and numbers give the same boxes, and every voxel stays where it was."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.dicom.seg_pixels import Box, Masks


def _whole(box: Box, shape: tuple[int, int, int]) -> NDArray[np.float32]:
    whole = np.zeros(shape, dtype=np.float32)
    i, j, k = box.first
    nz, ny, nx = box.values.shape
    whole[k : k + nz, j : j + ny, i : i + nx] = box.values
    return whole


@pytest.mark.parametrize("seed", range(8))
def test_bits_and_numbers_are_one_box_and_nothing_moves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (5, 9, 24)
    bits = np.zeros(shape, dtype=np.uint8)
    low = [int(rng.integers(0, n - 1)) for n in shape]
    part = tuple(slice(a, int(rng.integers(a + 1, n + 1))) for a, n in zip(low, shape, strict=True))
    bits[part] = rng.integers(0, 2, bits[part].shape)
    bits[part].flat[0] = 1
    order = rng.permutation(shape[0])  # frames need not come in the order of their slices
    slice_of = {int(f): int(s) for f, s in enumerate(order)}
    frames = bits[order]
    packed = Masks(np.packbits(frames, axis=2, bitorder="little"), packed=True).box(slice_of)
    plain = Masks(frames, packed=False).box(slice_of)
    assert packed is not None
    assert plain is not None
    assert packed.first == plain.first
    assert np.array_equal(packed.values, plain.values)
    assert np.array_equal(_whole(plain, shape), bits)
    assert plain.values[0].any()
    assert plain.values[-1].any()
    assert plain.values[:, :, 0].any()
    assert plain.values[:, :, -1].any()


def test_two_frames_of_one_slice_keep_the_higher_number() -> None:
    frames = np.zeros((2, 3, 8), dtype=np.uint8)
    frames[0, 1, 2:4], frames[1, 1, 3:5] = 100, 200
    box = Masks(frames, packed=False).box({0: 6, 1: 6})
    assert box is not None
    assert box.first == (2, 1, 6)
    assert box.values.tolist() == [[[100, 200, 200]]]


def test_frames_that_hold_nothing_are_no_box() -> None:
    masks = Masks(np.zeros((2, 4, 8), dtype=np.uint8), packed=False)
    assert masks.box({0: 0, 1: 1}) is None
    assert masks.box({}) is None
    assert masks.label_boxes({0: 0, 1: 1}) == {}


def test_each_label_of_a_map_is_a_box_of_ones() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, (4, 6, 7)).astype(np.uint16)
    labels[labels == 2] = 0
    boxes = Masks(labels, packed=False).label_boxes({f: 3 - f for f in range(4)})
    assert sorted(boxes) == [1, 3]
    for label, box in boxes.items():
        assert np.array_equal(_whole(box, labels.shape), labels[::-1] == label)
