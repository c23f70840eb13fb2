"""What of a pixel's word is its value: signs, overlays and headers that are wrong."""

from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.dicom.stored_bits import (
    Signs,
    keep_stored,
    overlay_bits_of,
    padding_of,
    require_one_sign,
    spare_bits,
)
from yttria.values.errors import IntakeError

UNSIGNED: dict[str, Any] = {"BitsAllocated": 16, "BitsStored": 12, "PixelRepresentation": 0}
SIGNED = UNSIGNED | {"PixelRepresentation": 1}


def kept(words: list[int], tags: dict[str, Any], overlay: int = 0) -> tuple[list[int], Signs]:
    held = np.array(words, dtype=np.uint16)
    signs = keep_stored(held, tags, overlay_bits=lambda: overlay, what="CT")
    numbers = held.view(np.int16) if tags["PixelRepresentation"] else held
    return numbers.tolist(), signs


def test_bits_above_the_stored_ones_are_those_of_the_word() -> None:
    assert spare_bits(UNSIGNED) == 4
    assert spare_bits({"BitsAllocated": 16}) == 0


def test_numbers_that_fit_stay_as_they_are() -> None:
    assert kept([0, 1, 4095], UNSIGNED) == ([0, 1, 4095], Signs.NONE)
    assert kept([0, 2047, 0xF800, 0xFFFF], SIGNED) == ([0, 2047, -2048, -1], Signs.TO_THE_TOP)


def test_the_highest_stored_bit_of_a_signed_number_is_its_sign() -> None:
    assert kept([0, 2047, 0x0800, 0x0FFF], SIGNED) == ([0, 2047, -2048, -1], Signs.IN_THE_STORED)


def test_an_overlay_above_the_stored_bits_is_cleared() -> None:
    assert kept([0x1FFF, 0x0001], UNSIGNED, overlay=0x1000) == ([0x0FFF, 1], Signs.NONE)
    assert kept([0x1001, 0x0FFF], SIGNED, overlay=0x1000) == ([1, -1], Signs.IN_THE_STORED)


def test_a_value_beyond_its_bits_is_refused_with_how_many_there_are() -> None:
    with pytest.raises(IntakeError, match=r"fit the 12 bits .* but 2 reach into the bits above.* its bits are too few"):
        kept([4096, 8191, 5], UNSIGNED)
    with pytest.raises(IntakeError, match="numbers below zero do so, and PixelRepresentation says that there are none"):
        kept([0xFFFF, 5], UNSIGNED)
    with pytest.raises(IntakeError, match="its bits are too few"):
        kept([0x1800], SIGNED)


def test_both_ways_to_carry_a_sign_in_one_image_are_refused() -> None:
    for signs in (Signs.NONE, Signs.TO_THE_TOP, Signs.IN_THE_STORED):
        require_one_sign(signs, 12, what="CT")
    with pytest.raises(IntakeError, match="some below zero carry their sign through the bits above"):
        require_one_sign(Signs.TO_THE_TOP | Signs.IN_THE_STORED, 12, what="CT")
    with pytest.raises(IntakeError, match="its bits are too few; export it again"):
        kept([0xFFFF, 0x0FFF], SIGNED)


def test_overlays_with_data_of_their_own_take_no_bits_of_the_pixels() -> None:
    dataset = Dataset()
    dataset.add_new((0x6000, 0x0102), "US", 12)
    dataset.add_new((0x6002, 0x0102), "US", 15)
    dataset.add_new((0x6002, 0x3000), "OW", b"\0\0")
    dataset.add_new((0x6004, 0x0102), "US", 0)
    assert overlay_bits_of(dataset) == 1 << 12


@pytest.mark.parametrize(
    ("tags", "span"),
    [
        ({}, None),
        ({"PixelPaddingValue": ""}, None),
        ({"PixelPaddingValue": 0xF830, "PixelRepresentation": 1}, (-2000, -2000)),
        ({"PixelPaddingValue": 0xF830, "PixelRepresentation": 0}, (63536, 63536)),
        ({"PixelPaddingValue": 10, "PixelPaddingRangeLimit": 3, "PixelRepresentation": 0}, (3, 10)),
    ],
)
def test_padding_is_a_span_whose_sign_is_that_of_the_pixels(tags: dict[str, Any], span: tuple[int, int] | None) -> None:
    assert padding_of(tags) == span
