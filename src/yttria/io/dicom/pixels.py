"""Stored pixels of single-frame files to numbers: slope * stored + intercept, slice by slice.

Plain slices are read straight into one array and rescaled in place while they are still in the processor's cache; anything
else (compressed, odd bit depths) goes by pydicom.
"""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.dataset import open_dataset, open_frame, open_pixels
from yttria.io.dicom.header import Header
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
        A value that is not a finite number, or a slope of zero.
    """
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    for keyword, value in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
        if (value is None and header.text(keyword)) or (value is not None and not math.isfinite(value)):
            raise IntakeError(
                f"{keyword} must be a number, but is unreadable in a {header.modality} file; export it again"
            )
    if slope == 0:
        raise IntakeError(f"RescaleSlope must not be zero, but is in a {header.modality} file; export it again")
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
                f"every slice of {what} must state {keyword}, but {without} of {len(headers)} do not; export it again"
            )


def read_slices(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[Any]:
    """Return slope * stored + intercept of files, in their order, sealed: int16 where whole numbers fit, else float32.

    Raises
    ------
    IntakeError
        Pixels that are missing, cut short or cannot be decoded; a rescale that is not numbers.
    """
    if all(_is_whole(h) for h in headers):
        whole = _read_whole(headers, shape_zyx, what=what)
        if whole is not None:
            return whole
    return seal(_narrowed(read_scaled(headers, shape_zyx, what=what)))


def read_scaled(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[np.float32]:
    """Return slope * stored + intercept of files, in their order, float32, still open to the reader that asked."""
    values = np.empty(shape_zyx, dtype=np.float32)
    for k, header in enumerate(headers):
        slope, intercept = rescale_of(header)
        stored = stored_slice(header, what=what)
        _require_mapped(header, stored, what=what)
        np.multiply(stored, slope, out=values[k], casting="unsafe")
        if intercept:
            values[k] += np.float32(intercept)
    return values


def _require_mapped(header: Header, stored: NDArray[Any], *, what: str) -> None:
    """Refuse stored numbers that lie outside those that a real-world value mapping speaks of."""
    first, last = (header.number(f"RealWorldValue{end}ValueMapped") for end in ("First", "Last"))
    if first is None or last is None:
        return
    outside = int(np.count_nonzero((stored < first) | (stored > last)))
    if outside:
        raise IntakeError(
            f"stored numbers of {what} must lie from {first:g} to {last:g}, which its mapping to real-world values covers, but {outside} of a slice do not; export it again"
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


def _read_whole(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[np.int16] | None:
    """Return whole numbers read slice by slice into one array; None where a value does not fit 16 bits."""
    out = np.empty(shape_zyx, dtype=np.int16)
    half = -(-len(headers) // READERS)
    parts = [(headers[at : at + half], out[at : at + half]) for at in range(0, len(headers), half)]
    with ThreadPoolExecutor(READERS) as pool:
        fits = list(pool.map(lambda part: all(_fill(h, p, what=what) for h, p in zip(*part, strict=True)), parts))
    return seal(out) if all(fits) else None


def _fill(header: Header, plane: NDArray[np.int16], *, what: str) -> bool:
    """Read one slice in place; tell whether every value fits 16 bits after the rescale."""
    _read_into(header, plane, what=what)
    unsigned = header.count("PixelRepresentation") == 0
    bits = header.count("BitsStored") or 16
    if bits < 16:
        _keep_stored(plane, bits, unsigned=unsigned)
    shift = int(rescale_of(header)[1])
    if not INT16.min <= shift <= INT16.max:
        return False
    if shift == 0 and (not unsigned or bits < 16):
        return True
    seen = plane.view(np.uint16) if unsigned else plane
    if int(seen.min()) + shift < INT16.min or int(seen.max()) + shift > INT16.max:
        return False
    plane += np.int16(shift)
    return True


def _read_into(header: Header, plane: NDArray[Any], *, what: str) -> None:
    try:
        with header.path.open("rb", buffering=0) as stream:
            stream.seek(header.pixels or 0)
            got = stream.readinto(plane.data.cast("B"))
    except OSError as error:
        raise IntakeError(
            f"pixels of {what} must be readable, but a file is not ({error.strerror}); check the disk"
        ) from error
    if got != plane.nbytes:
        raise IntakeError(f"pixels of {what} must be complete, but a file is cut short; send it again")


def _keep_stored(plane: NDArray[Any], bits: int, *, unsigned: bool) -> None:
    """Clear what lies above the stored bits (old overlays), or extend the sign of the highest stored bit, in place."""
    if unsigned:
        seen = plane.view(f"u{plane.itemsize}")
        if int(seen.max()) >= 1 << bits:
            seen &= seen.dtype.type((1 << bits) - 1)
        return
    seen = plane.view(f"i{plane.itemsize}")
    if int(seen.min()) < -(1 << (bits - 1)) or int(seen.max()) >= 1 << (bits - 1):
        spare = 8 * plane.itemsize - bits
        seen <<= spare
        seen >>= spare


def stored_slice(header: Header, *, what: str) -> NDArray[Any]:
    """Return the stored pixels of one single-frame file, shape (rows, columns).

    Raises
    ------
    IntakeError
        Pixels that are missing, cut short, in colour or cannot be decoded.
    """
    shape = (header.count("Rows"), header.count("Columns"))
    if _is_plain(header):
        size = header.count("BitsAllocated") // 8
        unsigned = header.count("PixelRepresentation") == 0
        stored = np.empty(shape, dtype=f"<{'u' if unsigned else 'i'}{size}")
        _read_into(header, stored, what=what)
        if (bits := header.count("BitsStored")) and bits < 8 * size:
            _keep_stored(stored, bits, unsigned=unsigned)
        return stored
    pixels = (
        open_frame(header, what=what) if header.frame is not None else open_pixels(open_dataset(header.path), what=what)
    )
    if pixels.shape != shape:
        raise IntakeError(
            f"a slice of {what} must have {shape} single numbers, but has {pixels.shape}; export it again"
        )
    return np.asarray(pixels)


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
    """Return what numbers a series of single-frame files holds, a slice a reader in memory at a time."""
    with ThreadPoolExecutor(READERS) as pool:
        return Range.over(pool.map(lambda h: Range.of(stored_slice(h, what=what), *rescale_of(h)), headers))
