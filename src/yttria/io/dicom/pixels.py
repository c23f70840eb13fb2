"""Stored pixels of single-frame files to numbers: slope * stored + intercept, slice by slice.

Plain slices are read straight into one array and rescaled in place while they are still in the processor's cache; anything
else (compressed, odd bit depths) goes by pydicom.
"""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.dataset import open_dataset, open_frame, open_words
from yttria.io.dicom.header import Header
from yttria.io.dicom.stored_bits import Signs, keep_stored, overlay_bits_of, padding_of, require_one_sign, spare_bits
from yttria.values.errors import IntakeError

READERS = 2  # threads: copying a slice leaves the interpreter free
INT16 = np.iinfo(np.int16)


def seal(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that nobody can write any more, so that a value takes it without copying."""
    array.flags.writeable = False
    return array


def rescale_of(header: Header) -> tuple[float, float]:
    """Return (slope, intercept), 1 and 0 where absent.

    Raises
    ------
    IntakeError
        A value that is not a finite number.
    """
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    for keyword, value in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
        if (value is None and header.text(keyword)) or (value is not None and not math.isfinite(value)):
            raise IntakeError(
                f"{keyword} must be a number, but is unreadable in a {header.modality} file; export it again",
                code="number-unreadable",
            )
    return (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)


def require_rescale(headers: Sequence[Header], *, what: str) -> None:
    """Refuse slices that do not say how stored numbers become values: there is no safe default for them.

    Raises
    ------
    IntakeError
        RescaleSlope or RescaleIntercept is absent in one or more files.
    """
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        without = sum(not h.text(keyword) for h in headers)
        if without:
            raise IntakeError(
                f"every slice of {what} must state {keyword}, but {without} of {len(headers)} do not; export it again",
                code="tag-absent",
                values={"headers": len(headers)},
            )


def read_slices(
    headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, blank: float = 0.0, what: str
) -> NDArray[Any]:
    """Return slope * stored + intercept of files, in their order, sealed: int16 where whole numbers fit, else float32.

    Parameters
    ----------
    blank
        What a padded pixel counts as: it is no measurement.

    Raises
    ------
    IntakeError
        Pixels that are missing, cut short or cannot be decoded; bits above the stored ones; a rescale that is not numbers.
    """
    if all(_is_whole(h) for h in headers):
        whole = _read_whole(headers, shape_zyx, blank=int(blank), what=what)
        if whole is not None:
            return whole
    return seal(_narrowed(read_scaled(headers, shape_zyx, blank=blank, what=what)))


def read_scaled(
    headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, blank: float = 0.0, what: str
) -> NDArray[np.float32]:
    """Return slope * stored + intercept of files, in their order, float32, still open to the reader that asked."""
    values = np.empty(shape_zyx, dtype=np.float32)
    signs = Signs.NONE
    for k, header in enumerate(headers):
        result = stored_slice(header, what=what)
        signs |= result.signs
        slope, intercept = scale_of(header, result.measured)
        _require_mapped(header, result.measured, what=what)
        np.multiply(result.words, slope, out=values[k], casting="unsafe")
        if intercept:
            values[k] += np.float32(intercept)
        if result.padded is not None:
            values[k][result.padded] = blank
    require_one_sign(signs, headers[0].count("BitsStored"), what=what)
    return values


def scale_of(header: Header, stored: NDArray[Any]) -> tuple[float, float]:
    """Return (slope, intercept) for these stored pixels: a slope of zero is none, but where a PET slice holds nothing.

    Scanners scale each PET slice to its highest number, and so write 0 for an empty one.

    Raises
    ------
    IntakeError
        As `rescale_of`; a slope of zero that would lose what is stored.
    """
    slope, intercept = rescale_of(header)
    if slope == 0 and (header.modality != "PT" or intercept or stored.any()):
        raise IntakeError(
            f"RescaleSlope must not be zero, but is in a {header.modality} file; export it again", code="rescale-value"
        )
    return slope, intercept


def _require_mapped(header: Header, stored: NDArray[Any], *, what: str) -> None:
    """Refuse stored numbers that lie outside those that a real-world value mapping speaks of."""
    first, last = (header.number(f"RealWorldValue{end}ValueMapped") for end in ("First", "Last"))
    if first is None or last is None:
        return
    outside = int(np.count_nonzero((stored < first) | (stored > last)))
    if outside:
        raise IntakeError(
            f"stored numbers of {what} must lie from {first:g} to {last:g}, which its mapping to real-world values covers, but {outside} of a slice do not; export it again",
            code="rescale-range",
            values={"first": first, "last": last},
        )


def _is_whole(header: Header) -> bool:
    """Tell whether a file holds plain 16-bit pixels whose rescale keeps whole numbers."""
    slope, intercept = rescale_of(header)
    return _is_plain(header) and header.count("BitsAllocated") == 16 and slope == 1 and intercept == int(intercept)


def _is_plain(header: Header) -> bool:
    """Tell whether a file's pixels can be taken from it as they lie."""
    bits = header.count("BitsAllocated")
    low_bits = header.count("HighBit") + 1 == (header.count("BitsStored") or bits)
    return (
        header.pixels is not None
        and bits in {8, 16}
        and header.frames == 1
        and header.count("SamplesPerPixel") <= 1
        and (low_bits or "HighBit" not in header.tags)
    )


def _read_whole(
    headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, blank: int, what: str
) -> NDArray[np.int16] | None:
    """Return whole numbers read slice by slice into one array; None where a value does not fit 16 bits."""
    out = np.empty(shape_zyx, dtype=np.int16)
    half = -(-len(headers) // READERS)
    parts = [(headers[at : at + half], out[at : at + half]) for at in range(0, len(headers), half)]

    def fill(part: tuple[Sequence[Header], NDArray[np.int16]]) -> Signs | None:
        signs = Signs.NONE
        for header, plane in zip(*part, strict=True):
            result = _fill(header, plane, blank=blank, what=what)
            if result is None:
                return None
            signs |= result
        return signs

    with ThreadPoolExecutor(READERS) as pool:
        signs = list(pool.map(fill, parts))
    known = [s for s in signs if s is not None]
    if len(known) < len(signs):
        return None
    require_one_sign(reduce(or_, known, Signs.NONE), headers[0].count("BitsStored"), what=what)
    return seal(out)


def _fill(header: Header, plane: NDArray[np.int16], *, blank: int, what: str) -> Signs | None:
    """Read one slice in place; return how it writes signs, None where a value does not fit 16 bits after the rescale."""
    unsigned = header.count("PixelRepresentation") == 0
    words = plane.view(np.uint16) if unsigned else plane
    _read_into(header, plane, what=what)
    padded, signs = _kept(header, words, what=what)
    shift = int(rescale_of(header)[1])
    if not INT16.min <= shift <= INT16.max:
        return None
    if shift or (unsigned and spare_bits(header.tags) <= 0):
        if int(words.min()) + shift < INT16.min or int(words.max()) + shift > INT16.max:
            return None
        plane += np.int16(shift)
    if padded is not None:
        plane[padded] = blank
    return signs


def _kept(header: Header, words: NDArray[Any], *, what: str) -> tuple[NDArray[np.bool_] | None, Signs]:
    """Reduce a slice's words to its stored numbers in place, padding to 0; return what is padding and how signs are written."""
    padded, signs = _padding(header, words), Signs.NONE
    if padded is not None:
        words[padded] = 0
    if spare_bits(header.tags) > 0:
        signs = keep_stored(words, header.tags, overlay_bits=lambda: _overlay_bits(header), what=what)
    return padded, signs


def _overlay_bits(header: Header) -> int:
    return overlay_bits_of(open_dataset(header.path, pixels=False))


def _padding(header: Header, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return which pixels are padding, that is no measurement; None where the header states none.

    Source
    ------
    DICOM PS3.3 C.7.5.1.1.2: a pixel of Pixel Padding Value, or from it to Pixel Padding Range Limit, is to be left out.
    """
    limits = padding_of(header.tags)
    return None if limits is None else (stored >= limits[0]) & (stored <= limits[1])


def _read_into(header: Header, plane: NDArray[Any], *, what: str) -> None:
    try:
        with header.path.open("rb", buffering=0) as stream:
            stream.seek(header.pixels or 0)
            got = stream.readinto(plane.data.cast("B"))
    except OSError as error:
        raise IntakeError(
            f"pixels of {what} must be readable, but a file is not ({error.strerror}); check the disk",
            code="pixels-incomplete",
        ) from error
    if got != plane.nbytes:
        raise IntakeError(
            f"pixels of {what} must be complete, but a file is cut short; send it again", code="pixels-incomplete"
        )


@dataclass(frozen=True, slots=True, eq=False)
class StoredSlice:
    """The stored numbers of one slice.

    Parameters
    ----------
    words
        Shape (rows, columns); 0 where a pixel is padding.
    padded
        Which pixels are padding; None: none is.
    signs
        How numbers below zero are written.
    """

    words: NDArray[Any]
    padded: NDArray[np.bool_] | None
    signs: Signs

    @property
    def measured(self) -> NDArray[Any]:
        """Return the numbers that are no padding."""
        return self.words if self.padded is None else self.words[~self.padded]


def stored_slice(header: Header, *, what: str) -> StoredSlice:
    """Return the stored pixels of one single-frame file or frame.

    Raises
    ------
    IntakeError
        Pixels that are missing, cut short, in colour or cannot be decoded; bits above the stored ones that change a value.
    """
    shape = (header.count("Rows"), header.count("Columns"))
    if _is_plain(header):
        sign = "u" if header.count("PixelRepresentation") == 0 else "i"
        words = np.empty(shape, dtype=f"<{sign}{header.count('BitsAllocated') // 8}")
        _read_into(header, words, what=what)
    else:
        dataset = (
            open_frame(header, what=what)
            if header.frame is not None
            else open_words(open_dataset(header.path), what=what)
        )
        if dataset.shape != shape:
            raise IntakeError(
                f"a slice of {what} must have {shape} single numbers, but has {dataset.shape}; export it again",
                code="frame-count",
            )
        words = np.array(dataset)
    if words.dtype.kind not in "iu":
        return StoredSlice(words, None, Signs.NONE)
    return StoredSlice(words, *_kept(header, words, what=what))


def _narrowed(values: NDArray[np.float32]) -> NDArray[Any]:
    """Return whole numbers that fit as int16, anything else unchanged."""
    if not (values.min() >= INT16.min and values.max() <= INT16.max):
        return values
    whole = values.astype(np.int16)
    return whole if np.array_equal(whole, values) else values


@dataclass(frozen=True, slots=True)
class Range:
    """What numbers there are: lowest, highest, sum."""

    low: float
    high: float
    total: float

    @classmethod
    def of(cls, values: NDArray[Any], slope: float = 1.0, intercept: float = 0.0) -> "Range":
        """Return the range of slope * values + intercept without making them."""
        total = values.sum(dtype=np.int64 if values.dtype.kind in "iub" else np.float64)
        ends = (slope * float(values.min()) + intercept, slope * float(values.max()) + intercept)
        return cls(min(ends), max(ends), slope * float(total) + intercept * values.size)

    @classmethod
    def over(cls, parts: Iterable["Range"]) -> "Range":
        """Return the range of all parts together."""
        all_parts = list(parts)
        return cls(min(p.low for p in all_parts), max(p.high for p in all_parts), math.fsum(p.total for p in all_parts))


def range_of(headers: Sequence[Header], *, what: str) -> Range:
    """Return what numbers a series of single-frame files holds, padding left out, a slice a reader in memory at a time.

    Raises
    ------
    IntakeError
        Every pixel is padding.
    """

    def of_one(header: Header) -> tuple[Range | None, Signs]:
        result = stored_slice(header, what=what)
        held = result.measured
        return (Range.of(held, *scale_of(header, held)) if held.size else None), result.signs

    with ThreadPoolExecutor(READERS) as pool:
        parts = list(pool.map(of_one, headers))
    require_one_sign(reduce(or_, (signs for _, signs in parts), Signs.NONE), headers[0].count("BitsStored"), what=what)
    ranges = [part for part, _ in parts if part is not None]
    if not ranges:
        raise IntakeError(
            f"{what} must hold measured pixels, but every one is padding (PixelPaddingValue); export it again",
            code="pixels-absent",
        )
    return Range.over(ranges)
