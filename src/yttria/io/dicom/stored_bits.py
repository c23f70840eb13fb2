"""What of a pixel's word is its value: bits above BitsStored are an overlay's, a sign's, or a header that is wrong."""

from collections.abc import Callable, Mapping
from enum import Flag, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.values.errors import IntakeError

Tags = Mapping[str, Any] | Dataset
OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
BIT_POSITION, OVERLAY_DATA = 0x0102, 0x3000


class Signs(Flag):
    """How words of fewer bits than they have room for carry the sign of numbers below zero."""

    NONE = 0
    TO_THE_TOP = auto()  # in all bits above, as a larger number has it
    IN_THE_STORED = auto()  # in the highest stored bit alone


def spare_bits(tags: Tags) -> int:
    """Return how many bits of a word lie above the stored ones."""
    allocated, stored = tags.get("BitsAllocated"), tags.get("BitsStored")
    return int(allocated) - int(stored) if allocated and stored else 0


def keep_stored(words: NDArray[Any], tags: Tags, *, overlay_bits: Callable[[], int], what: str) -> Signs:
    """Reduce words to their stored bits in place: overlays are cleared, the highest stored bit of a signed number is its sign.

    Parameters
    ----------
    words
        Whole numbers as they are stored, of BitsAllocated bits.
    tags
        BitsAllocated, BitsStored, PixelRepresentation.
    overlay_bits
        Gives the bits that the header says overlays lie in, as a mask; asked only where bits above the stored ones are set.

    Returns
    -------
    Signs
        How numbers below zero were written: slices of one series must agree (`require_one_sign`).

    Raises
    ------
    IntakeError
        Bits above the stored ones that are no overlay and change a value: numbers below zero in an image that says it has none, or
        numbers larger than its bits.

    Source
    ------
    DICOM PS3.3 C.7.6.3.1 (Bits Stored, High Bit, Pixel Representation) and C.9.2 (Overlay Bits Allocated, Overlay Bit Position: overlays
    within the words of the pixels are retired, see PS3.3-2004).
    """
    bits = 8 * words.itemsize - spare_bits(tags)
    low, plain = (1 << bits) - 1, words.view(f"u{words.itemsize}")
    if tags.get("PixelRepresentation") == 1:
        return _extend_sign(words.view(f"i{words.itemsize}"), plain, bits, overlay_bits=overlay_bits, what=what)
    if int(plain.max()) > low:
        beyond = (plain & ~plain.dtype.type(low | overlay_bits())) != 0
        if beyond.any():
            negative = bool((plain[beyond] >= (1 << 8 * plain.itemsize) - (1 << (bits - 1))).all())
            raise IntakeError(
                _refusal(int(np.count_nonzero(beyond)), bits, negative=negative, what=what), code="stored-bits"
            )
        plain &= plain.dtype.type(low)
    return Signs.NONE


def _extend_sign(
    numbers: NDArray[Any], plain: NDArray[Any], bits: int, *, overlay_bits: Callable[[], int], what: str
) -> Signs:
    """Carry the sign of the highest stored bit to the top, where words do not carry it there already."""
    half = 1 << (bits - 1)
    low, high = int(numbers.min()), int(numbers.max())
    to_the_top = Signs.TO_THE_TOP if low < 0 else Signs.NONE
    if low >= -half and high < half:
        return to_the_top
    if overlay_bits() >> bits:
        to_the_top = Signs.NONE
    else:
        beyond = ((numbers < -half) | (numbers >= half)) & (plain >= 2 * half)
        if beyond.any():
            raise IntakeError(
                _refusal(int(np.count_nonzero(beyond)), bits, negative=False, what=what), code="stored-bits"
            )
        require_one_sign(to_the_top | Signs.IN_THE_STORED, bits, what=what)
    rest = 8 * numbers.itemsize - bits
    numbers <<= rest
    numbers >>= rest
    return Signs.IN_THE_STORED


def require_one_sign(signs: Signs, bits: int, *, what: str) -> None:
    """Refuse an image that writes numbers below zero in both ways: then those that need the highest stored bit are too large for it.

    Raises
    ------
    IntakeError
        Both ways are there.
    """
    if signs == Signs.TO_THE_TOP | Signs.IN_THE_STORED:
        raise IntakeError(
            f"pixels of {what} must fit the {bits} bits that it says are stored (BitsStored), but some below zero carry their sign through the bits "
            "above, so that others are larger than their bits: its bits are too few; export it again with a right header",
            code="stored-bits",
        )


def _refusal(count: int, bits: int, *, negative: bool, what: str) -> str:
    why = (
        "numbers below zero do so, and PixelRepresentation says that there are none"
        if negative
        else "its bits are too few"
    )
    return (
        f"pixels of {what} must fit the {bits} bits that it says are stored (BitsStored), but {count} reach into the bits above, where no overlay "
        f"is stated: {why}; export it again with a right header"
    )


def overlay_bits_of(dataset: Dataset) -> int:
    """Return the bits of a pixel's word that hold overlays, as a mask: those of overlay groups without data of their own."""
    mask = 0
    for group in OVERLAY_GROUPS:
        position = dataset.get((group, BIT_POSITION))
        if position is not None and position.value and (group, OVERLAY_DATA) not in dataset:
            mask |= 1 << int(position.value)
    return mask


def padding_of(tags: Tags) -> tuple[int, int] | None:
    """Return the lowest and highest stored number that is padding, that is no measurement; None where the header states none.

    Both are words of two bytes; whether they have a sign is what PixelRepresentation says.

    Source
    ------
    DICOM PS3.3 C.7.5.1.1.2: a pixel of Pixel Padding Value, or from it to Pixel Padding Range Limit, is to be left out.
    """
    stated = [tags.get(k) for k in ("PixelPaddingValue", "PixelPaddingRangeLimit")]
    if not isinstance(stated[0], int):
        return None
    words = np.array([end & 0xFFFF for end in stated if isinstance(end, int)], dtype=np.uint16)
    if tags.get("PixelRepresentation") == 1:
        words = words.view(np.int16)
    return int(words.min()), int(words.max())
