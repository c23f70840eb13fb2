"""CT: stored numbers to Hounsfield units on a grid.

Plain slices are read straight into one array and rescaled in place while they are still in the processor's cache; anything
else (compressed, odd bit depths) goes by pydicom.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.geometry import Stack, series_stack
from yttria.io.dicom.series import Header, Series, open_dataset, open_pixels
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import CtImage

READERS = 2  # threads: copying a slice leaves the interpreter free
INT16 = np.iinfo(np.int16)


def read_ct(series: Series) -> CtImage:
    """Read a CT series: HU, int16 where they are whole numbers, float32 otherwise.

    HU = slope * stored + intercept, slice by slice.

    Raises
    ------
    IntakeError
        Not a CT in HU, pixels missing or cut short.
    GeometryError
        Slices that do not make one upright, complete, even stack.
    """
    return examine_ct(series)[0]


def examine_ct(series: Series) -> tuple[CtImage, tuple[Finding, ...]]:
    """Read a CT series together with the doubts that it raises."""
    what = "the CT"
    _require_hu(series, what=what)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    hu = read_slices(ordered, stack.grid.shape_zyx, what=what)
    return CtImage(stack.grid, hu), (*audit_headers(series, what=what), *stack.findings)


def stack_of_series(series: Series) -> Stack:
    """Return where the slices of a CT series lie, without its pixels."""
    return series_stack(series, what="the CT")


def _require_hu(series: Series, *, what: str) -> None:
    kinds = {h.text("RescaleType").upper() for h in series.headers} - {"", "HU", "US"}
    if kinds:
        raise IntakeError(
            f"{what} must be in HU, but its RescaleType is {', '.join(sorted(kinds))}; choose the plain reconstruction"
        )
    if any(h.count("SamplesPerPixel") > 1 for h in series.headers):
        raise IntakeError(f"{what} must have one number a pixel, but is in colour; choose the plain reconstruction")


def audit_headers(series: Series, *, what: str) -> tuple[Finding, ...]:
    """Return the doubts that headers raise about any stack of slices: blank UIDs, no patient position."""
    found: list[Finding] = []
    uids = [h.text("SOPInstanceUID") for h in series.headers]
    if "" in uids:
        found.append(
            Finding(
                "warning",
                "blank-uids",
                f"{what}: {uids.count('')} of {len(uids)} files carry no SOPInstanceUID; slices are told apart by position",
            )
        )
    elif len(set(uids)) < len(uids):
        found.append(
            Finding(
                "warning",
                "repeated-uids",
                f"{what}: {len(uids) - len(set(uids))} files repeat a SOPInstanceUID; slices are told apart by position",
            )
        )
    if not series.first.text("PatientPosition"):
        found.append(
            Finding(
                "note",
                "no-patient-position",
                f"{what}: PatientPosition is absent; left and right stand on ImageOrientationPatient alone",
            )
        )
    if not series.first.text("FrameOfReferenceUID"):
        found.append(
            Finding(
                "note", "no-frame", f"{what}: no frame of reference is stated; it is taken to lie where the others lie"
            )
        )
    return tuple(found)


def read_slices(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[Any]:
    """Return slope * stored + intercept of single-frame files, in their order, sealed: int16 where whole numbers fit, else float32."""
    if all(_is_plain(h) for h in headers):
        whole = _read_whole(headers, shape_zyx, what=what)
        if whole is not None:
            return whole
    slices = read_scaled(headers, shape_zyx, what=what)
    return seal(_narrowed(slices))


def seal(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that nobody can write any more, so that a value takes it without copying."""
    array.flags.writeable = False
    return array


def _is_plain(header: Header) -> bool:
    """Tell whether a file holds 16-bit little-endian pixels whose rescale keeps whole numbers."""
    slope, intercept = rescale_of(header)
    return (
        header.pixels is not None
        and header.count("BitsAllocated") == 16
        and header.frames == 1
        and slope == 1
        and intercept == int(intercept)
    )


def rescale_of(header: Header) -> tuple[float, float]:
    """Return (slope, intercept), 1 and 0 where absent, refusing what is not a number or a slope of zero."""
    slope, intercept = (header.number("RescaleSlope"), header.number("RescaleIntercept"))
    for keyword, value in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
        if (value is None and header.text(keyword)) or (value is not None and not np.isfinite(value)):
            raise IntakeError(
                f"{keyword} must be a number, but is unreadable in a {header.modality} file; export it again"
            )
    if slope == 0:
        raise IntakeError(f"RescaleSlope must not be zero, but is in a {header.modality} file; export it again")
    return (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)


def _read_whole(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[np.int16] | None:
    """Return whole HU read slice by slice into one array; None where a value does not fit 16 bits."""
    out = np.empty(shape_zyx, dtype=np.int16)
    half = -(-len(headers) // READERS)
    parts = [(headers[at : at + half], out[at : at + half]) for at in range(0, len(headers), half)]
    with ThreadPoolExecutor(READERS) as pool:
        fits = list(pool.map(lambda part: _fill(*part, what=what), parts))
    return seal(out) if all(fits) else None


def _fill(headers: Sequence[Header], out: NDArray[np.int16], *, what: str) -> bool:
    return all(_fill_slice(header, plane, what=what) for header, plane in zip(headers, out, strict=True))


def _fill_slice(header: Header, plane: NDArray[np.int16], *, what: str) -> bool:
    """Read one slice in place; tell whether every value fits 16 bits after the rescale."""
    with header.path.open("rb", buffering=0) as stream:
        stream.seek(header.pixels or 0)
        if stream.readinto(plane.data.cast("B")) != plane.nbytes:
            raise IntakeError(f"pixels of {what} must be complete, but a file is cut short; send it again")
    bits, signed = header.count("BitsStored") or 16, header.count("PixelRepresentation") == 1
    if bits < 16 and not _keep_stored(plane, bits, signed=signed):
        return False
    shift = int(rescale_of(header)[1])
    if signed or bits < 16:
        if shift == 0:
            return True
        low, high = int(plane.min()), int(plane.max())
    else:
        low, high = int(plane.view(np.uint16).min()), int(plane.view(np.uint16).max())
    if low + shift < INT16.min or high + shift > INT16.max:
        return False
    plane += np.int16(shift) if INT16.min <= shift <= INT16.max else np.int16(0)
    return INT16.min <= shift <= INT16.max


def _keep_stored(plane: NDArray[np.int16], bits: int, *, signed: bool) -> bool:
    """Clear what lies above the stored bits (old overlays) or extend their sign; tell that it is done."""
    if signed:
        low, high = int(plane.min()), int(plane.max())
        if low < -(1 << (bits - 1)) or high >= 1 << (bits - 1):
            plane <<= 16 - bits
            plane >>= 16 - bits
    elif int(plane.view(np.uint16).max()) >= 1 << bits:
        plane &= np.int16((1 << bits) - 1)
    return True


def _narrowed(values: NDArray[np.float32]) -> NDArray[Any]:
    """Return whole numbers that fit as int16, anything else unchanged."""
    if values.min() < INT16.min or values.max() > INT16.max:
        return values
    whole = values.astype(np.int16)
    return whole if np.array_equal(whole, values) else values


def read_scaled(headers: Sequence[Header], shape_zyx: tuple[int, int, int], *, what: str) -> NDArray[np.float32]:
    """Return slope * stored + intercept of single-frame files, in their order, float32, still open to the reader that asked."""
    values = np.empty(shape_zyx, dtype=np.float32)
    for k, header in enumerate(headers):
        slope, intercept = rescale_of(header)
        stored = _stored(header, shape_zyx[1:], what=what)
        np.multiply(stored, slope, out=values[k], casting="unsafe")
        if intercept:
            values[k] += np.float32(intercept)
    return values


def _stored(header: Header, shape: tuple[int, ...], *, what: str) -> NDArray[Any]:
    """Return the stored pixels of one file: straight from the file where they are plain, else by pydicom."""
    bits = header.count("BitsAllocated")
    plain = header.pixels is not None and bits in {8, 16} and (header.count("BitsStored") or bits) == bits
    if not plain or header.count("SamplesPerPixel") > 1:
        stored = open_pixels(open_dataset(header.path), what=what)
    else:
        kind = np.dtype(
            {8: "u1", 16: "<u2"}[bits] if not header.count("PixelRepresentation") else {8: "i1", 16: "<i2"}[bits]
        )
        stored = np.fromfile(header.path, dtype=kind, count=math.prod(shape), offset=header.pixels or 0)
        if stored.size != math.prod(shape):
            raise IntakeError(f"pixels of {what} must be complete, but a file is cut short; send it again")
        stored = stored.reshape(shape)
    if stored.shape != shape:
        raise IntakeError(f"a slice of {what} must have {shape} pixels, but has {stored.shape}; export it again")
    return np.asarray(stored)
