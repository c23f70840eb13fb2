"""NIfTI, NRRD and MetaImage: numbers on a grid. NIfTI's RAS is converted to LPS here.

NIfTI is read here by its header: readers differ in whether they believe sform or qform, and ITK's turns NaN into zero
without a word. NRRD and MetaImage go by SimpleITK, which passes over what `volume_header` asks for.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.io.ground.memory import require_memory
from yttria.io.ground.regular_files import require_file
from yttria.io.volumes.stored_numbers import MOST_INFLATED, inflated, require_as_promised
from yttria.io.volumes.volume_header import (
    compression_of,
    header_of,
    metaimage_scale,
    nrrd_fields,
    nrrd_scale,
    nrrd_values,
    require_kind,
    require_short_numbers,
)
from yttria.values.errors import GeometryError, IntakeError, QuantityError, numbered
from yttria.values.grid import Grid

NIFTI = (".nii", ".nii.gz")
SUFFIXES = (*NIFTI, ".nrrd", ".nhdr", ".mha", ".mhd")
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
HALF_VOXEL = 0.5  # an sform and a qform that place a voxel further apart than this contradict each other
SMALLEST_MM, LARGEST_MM = 0.01, 200.0  # of a voxel's edge, as for DICOM: beyond it the unit of length has gone wrong
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # NIfTI-1 xyzt_units: unknown, metre, mm, micrometre
SPATIAL_UNITS = 0x07  # the bits of xyzt_units that say the unit of length


def is_volume(path: Path) -> bool:
    """Tell whether a file's name is that of a volume that is read here."""
    return path.name.lower().endswith(SUFFIXES)


NOTE_KEY = "ITK_FileNotes"  # descrip of a NIfTI, a key of its own in NRRD and MetaImage
NOTE_WITHIN = 4096
DOSE_NOTE = "Yttria: absorbed dose, Gy"  # whose dose a volume is


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """What a file holds, before it is asked what that means.

    Parameters
    ----------
    numbers
        Axes (z, y, x), as stored with slope and intercept applied; a fourth axis where a file keeps several numbers a voxel.
    step
        Distance of neighbouring numbers where a slope scales whole ones (NIfTI); None where nothing scales them.
    values
        What the header states beyond its format ("key:=value" of a NRRD), by key.
    """

    grid: Grid
    numbers: NDArray[Any]
    step: float | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def read_volume(path: Path) -> tuple[Grid, NDArray[Any]]:
    """Read a three-dimensional volume: its grid in LPS mm and its numbers, axes (z, y, x), as stored.

    Raises
    ------
    IntakeError
        No such file, another format, compressed in another way, not one number a voxel in three dimensions, damaged.
    GeometryError
        A NIfTI whose header places it nowhere (sform and qform absent) or in two places; a NRRD without an anatomical space, its origin or
        directions; a MetaImage without its spacing or origin; a unit that is none of length; voxels below 0.01 or beyond 200 mm; a sheared grid.
    QuantityError
        NaN or infinite numbers.
    """
    volume = open_volume(path)
    require_three_dimensions(volume, path.name)
    return volume.grid, volume.numbers


def require_three_dimensions(volume: Volume, name: str) -> None:
    """Refuse several numbers a voxel."""
    if volume.numbers.ndim != 3:
        raise IntakeError(
            f"{name} must hold one number a voxel in three dimensions, but holds {volume.numbers.shape[3]} a voxel; split it",
            code="volume-dimensions",
        )


def open_volume(path: Path) -> Volume:
    """Read a volume as `read_volume` does, several numbers a voxel allowed: the layers of a segmentation of 3D Slicer.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        As `read_volume`.
    """
    require_file(path, what="a volume")
    if not is_volume(path):
        raise IntakeError(
            f"expected a volume of {', '.join(SUFFIXES)}, found {path.name}; convert it", code="volume-kind"
        )
    affine, numbers, step, values = _read_nifti(path) if path.name.lower().endswith(NIFTI) else _read_itk(path)
    if np.issubdtype(numbers.dtype, np.floating) and not np.isfinite(numbers).all():
        bad = int(np.count_nonzero(~np.isfinite(numbers)))
        raise QuantityError(
            f"{path.name} must hold finite numbers, but {bad} voxels are not; replace them", code="volume-not-finite"
        )
    _require_upright(affine, path.name)
    return Volume(Grid.of(numbers.shape[:3], affine), numbers, step, values)


_Read = tuple[NDArray[np.float64], NDArray[Any], float | None, Mapping[str, str]]


def _read_itk(path: Path) -> _Read:
    is_nrrd = path.name.lower().endswith((".nrrd", ".nhdr"))
    header = header_of(path, "NRRD" if is_nrrd else "MetaImage")
    if is_nrrd:
        require_short_numbers(header, path.name)
    scale = nrrd_scale(nrrd_fields(header), path.name) if is_nrrd else metaimage_scale(header, path.name)
    require_as_promised(path)
    sitk = _itk()
    try:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise IntakeError(
            f"expected a readable volume, found one that is damaged, or of a kind that is not read here, in {path.name}; write it again",
            code="volume-damaged",
        ) from error
    if image.GetDimension() != 3:
        raise IntakeError(
            f"{path.name} must hold one number a voxel in three dimensions, but has {image.GetDimension()} dimensions; split it",
            code="volume-dimensions",
        )
    affine = _itk_affine(image)
    affine[:3] *= scale
    return affine, array, None, nrrd_values(header) if is_nrrd else {}


def _itk() -> Any:
    """Return SimpleITK, imported late: it costs a second."""
    import SimpleITK

    return SimpleITK


def _itk_affine(image: Any) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return affine


def _require_upright(affine: NDArray[np.float64], name: str) -> None:
    axes = affine[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if not (np.isfinite(axes).all() and (lengths > 0).all()):
        raise GeometryError(
            f"{name} must have three axes with lengths, but they are {axes.tolist()}; write it again",
            code="volume-dimensions",
        )
    if lengths.min() < SMALLEST_MM or lengths.max() > LARGEST_MM:
        text = " × ".join(f"{v:.4g}" for v in lengths)
        raise GeometryError(
            f"voxels of {name} must be of a size that images have ({SMALLEST_MM:g} to {LARGEST_MM:g} mm), but measure {text} mm by its unit of length; "
            "correct the unit (metre, mm) or the spacing",
            code="length-unit",
            values=numbered("length_mm", lengths),
        )
    unit = axes / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > 1e-3:
        raise GeometryError(
            f"the axes of {name} must be at right angles, but the grid is sheared; resample it", code="grid-oblique"
        )


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the fields of a NIfTI header stand, by version: struct format and first byte."""

    dim: tuple[str, int]
    datatype: int
    offset: tuple[str, int]
    scale: tuple[str, int]
    pixdim: tuple[str, int]
    codes: tuple[str, int]
    quatern: tuple[str, int]
    rows: tuple[str, int]
    units: tuple[str, int]


LAYOUTS = {
    348: _Layout(
        ("8h", 40), 70, ("f", 108), ("2f", 112), ("8f", 76), ("2h", 252), ("6f", 256), ("12f", 280), ("B", 123)
    ),
    540: _Layout(
        ("8q", 16), 12, ("q", 168), ("2d", 176), ("8d", 104), ("2i", 344), ("6d", 352), ("12d", 400), ("i", 500)
    ),
}
MOST_DIMENSIONS = 7  # of a NIfTI (nifti1.h, dim[0])
HEAD = 540  # bytes of the longer of both headers
EXTENDER = 4  # bytes between a header and its extensions or numbers
ROUNDED_TURN = 1e-3  # a quaternion whose squares add up to more than 1 by this is no rotation
MAGIC = {348: (344, 348), 540: (4, 8)}  # where its mark stands: from, to
DATATYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}


def _read_nifti(path: Path) -> _Read:
    """Return a NIfTI file's affine in LPS mm, its numbers, slope and intercept applied, and the slope where there is one.

    Source
    ------
    NIfTI-1 (nifti1.h, 2003) and NIfTI-2 (nifti2.h, 2011).
    """
    whole = _head(path)
    require_kind(path, whole, "NIfTI")
    order = next((o for o in "<>" if len(whole) >= 348 and struct.unpack(o + "i", whole[:4])[0] in LAYOUTS), None)
    if order is None:
        raise IntakeError(f"expected a NIfTI header in {path.name}, found none; write it again", code="volume-kind")
    size = struct.unpack(order + "i", whole[:4])[0]
    layout = LAYOUTS[size]
    _require_single_file(path, whole[slice(*MAGIC[size])])

    def numbers_at(at: tuple[str, int]) -> tuple[Any, ...]:
        return struct.unpack_from(order + at[0], whole, at[1])

    count, *sizes = numbers_at(layout.dim)
    if not 3 <= count <= MOST_DIMENSIONS or any(n > 1 for n in sizes[3:count]) or min(sizes[:3]) < 1:
        raise IntakeError(
            f"{path.name} must hold one number a voxel in three dimensions, but has {count} dimensions ({sizes[: max(count, 0)]}); split it",
            code="volume-dimensions",
        )
    kind = struct.unpack_from(order + "h", whole, layout.datatype)[0]
    if kind not in DATATYPES:
        raise IntakeError(
            f"{path.name} must hold one real number a voxel, but its NIfTI data type is {kind}; convert it",
            code="volume-data-type",
        )
    dtype = np.dtype(order + DATATYPES[kind])
    nx, ny, nz = (int(n) for n in sizes[:3])
    bits = struct.unpack_from(order + "h", whole, layout.datatype + 2)[0]
    if bits not in {0, 8 * dtype.itemsize}:
        raise IntakeError(
            f"{path.name} must have as many bits a voxel as its data type ({8 * dtype.itemsize}), but bitpix is {bits}; write it again",
            code="volume-data-type",
            values={"bits": 8 * dtype.itemsize},
        )
    start = _first_byte(numbers_at(layout.offset)[0], size, path.name)
    stored = _stored(path, start, nx * ny * nz * dtype.itemsize).view(dtype).reshape(nz, ny, nx)
    slope, intercept = _scale(numbers_at(layout.scale), path.name)
    affine = _nifti_affine(
        numbers_at(layout.codes),
        numbers_at(layout.quatern),
        numbers_at(layout.rows),
        numbers_at(layout.pixdim),
        (nx, ny, nz),
        path.name,
    )
    unit = numbers_at(layout.units)[0] & SPATIAL_UNITS
    if unit not in MM_PER_UNIT:
        raise GeometryError(
            f"{path.name} must state its lengths in metre, mm or micrometre (xyzt_units 1, 2, 3), but says unit {unit}; write it again in mm",
            code="length-unit",
        )
    affine[:3] *= MM_PER_UNIT[unit]
    numbers, step = _scaled(stored, slope, intercept)
    return RAS_TO_LPS @ affine, numbers, step, {}


def _require_single_file(path: Path, magic: bytes) -> None:
    """Refuse what is no NIfTI in one file: half of a pair, or an Analyze image, whose header has no place for where it lies."""
    if magic in {b"ni1\0", b"ni2\0"}:
        raise IntakeError(
            f"{path.name} must be a NIfTI in one file, but is the header of a pair (.hdr and .img); join them",
            code="volume-kind",
        )
    if magic not in {b"n+1\0", b"n+2\0"}:
        raise IntakeError(
            f"expected a NIfTI header in {path.name}, found one without its mark (n+1): an Analyze image, or damaged; convert it",
            code="volume-damaged",
        )


def _scaled(stored: NDArray[Any], slope: float, intercept: float) -> tuple[NDArray[Any], float | None]:
    """Return the numbers that slope and intercept make, and the distance of neighbouring ones where the stored are whole."""
    if (slope, intercept) == (1, 0):
        return stored.astype(stored.dtype.newbyteorder("=")), None
    step = abs(float(slope)) if np.issubdtype(stored.dtype, np.integer) else None
    return np.asarray(stored * slope + intercept, dtype=np.float32), step


def _first_byte(offset: float, header: int, name: str) -> int:
    """Return the byte at which the numbers of a NIfTI start.

    Raises
    ------
    IntakeError
        No whole number, or one within the header: 0 is met in the world, and would take the header's own bytes for voxels.
    """
    least = header + EXTENDER
    if not (math.isfinite(offset) and offset == int(offset) and offset >= least):
        raise IntakeError(
            f"the numbers of {name} must start behind its header (vox_offset of {least} or more, a whole number), but vox_offset is {offset:g}; write it again",
            code="volume-offset",
            values={"offset": offset},
        )
    return int(offset)


def _scale(stated: tuple[float, ...], name: str) -> tuple[float, float]:
    """Return slope and intercept of a NIfTI, 1 and 0 where it states none (a slope of zero, or both NaN as nibabel leaves them).

    Raises
    ------
    IntakeError
        One of both is a number and the other is none; an infinite one.
    """
    slope, intercept = stated
    if slope == 0 or (math.isnan(slope) and (math.isnan(intercept) or intercept == 0)):
        return 1.0, 0.0
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        raise IntakeError(
            f"{name} must scale its numbers by a slope and an intercept, but scl_slope is {slope:g} and scl_inter {intercept:g}; write it again",
            code="volume-scale",
            values={"slope": slope, "intercept": intercept},
        )
    return slope, intercept


def _stored(path: Path, start: int, promised: int) -> NDArray[np.uint8]:
    """Return the bytes of the numbers of a NIfTI, unpacked where gzip compressed them, and never more than its header promises.

    Raises
    ------
    IntakeError
        Fewer or more bytes than promised; more than fit into memory.
    """
    damaged = IntakeError(
        f"expected a readable volume, found a damaged one in {path.name}; write it again", code="volume-damaged"
    )
    try:
        on_disk = path.stat().st_size
        with path.open("rb") as stream:
            packed = compression_of(stream.read(HEAD)) == "gzip"
            if start + promised > on_disk * (MOST_INFLATED if packed else 1):
                raise damaged
            require_memory(promised, what=path.name)
            stream.seek(0)
            parts = (
                inflated(stream, start + promised, name=path.name) if packed else [stream.read(start + promised + 1)]
            )
            held = bytearray()
            for part in parts:
                held += part
    except (OSError, MemoryError) as error:
        raise damaged from error
    if len(held) < start + promised:
        raise damaged
    if len(held) > start + promised:
        raise IntakeError(
            f"{path.name} must hold the numbers that its header promises (dim), but holds more; its header or its file is damaged, write it again",
            code="volume-size",
        )
    return np.frombuffer(held, np.uint8, promised, start)


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked where they are compressed by gzip, whatever its name says."""
    try:
        with path.open("rb") as stream:
            start = stream.read(HEAD)
            if compression_of(start) != "gzip":
                return start
            stream.seek(0)
            return b"".join(inflated(stream, HEAD - 1, name=path.name))
    except OSError as error:
        raise IntakeError(
            f"expected a readable volume, found a damaged one in {path.name}; write it again", code="volume-damaged"
        ) from error


def _nifti_affine(
    codes: tuple[int, ...],
    quatern: tuple[float, ...],
    rows: tuple[float, ...],
    pixdim: tuple[float, ...],
    shape: tuple[int, int, int],
    name: str,
) -> NDArray[np.float64]:
    """Return a NIfTI affine as written, RAS: the sform, else the qform; where both are set they must place every voxel alike."""
    qcode, scode = codes
    if max(qcode, scode) <= 0:
        raise GeometryError(
            f"{name} must say where it lies, but its sform and qform are both unset; write it again with an affine",
            code="volume-place",
        )
    sform = np.asarray(rows, dtype=np.float64).reshape(3, 4)
    qform = _quaternion_rows(quatern, pixdim, name) if qcode > 0 else sform
    if min(qcode, scode) > 0:
        corners = np.stack([*np.meshgrid(*((0, n - 1) for n in shape), indexing="ij"), np.ones((2, 2, 2))], axis=-1)
        apart, voxel = float(np.linalg.norm(corners @ (sform - qform).T, axis=-1).max()), min(map(abs, pixdim[1:4]))
        if not apart <= HALF_VOXEL * voxel:
            raise GeometryError(
                f"the sform and the qform of {name} must place it alike, but place them up to {apart / voxel if voxel else math.inf:.3g} voxels apart; "
                "write it again with the one that holds, or set the other's code to 0",
                code="volume-place",
                values={"apart_mm": float(apart), "voxel_mm": float(voxel)},
            )
    rows_held = sform if scode > 0 else qform
    if not np.isfinite(rows_held).all():
        raise GeometryError(
            f"{name} must say where it lies in finite numbers, but its {'sform' if scode > 0 else 'qform'} holds others; write it again",
            code="volume-place",
        )
    if scode > 0:
        _require_stated_spacing(sform, np.abs(pixdim[1:4]), shape, name)
    return np.vstack([rows_held, (0, 0, 0, 1)])


def _require_stated_spacing(
    sform: NDArray[np.float64], stated: NDArray[np.float64], shape: tuple[int, int, int], name: str
) -> None:
    """Refuse an sform whose voxels have another size than pixdim states (0 states none): readers take one or the other, and activity grows with the volume."""
    placed = np.linalg.norm(sform[:, :3], axis=0)
    off = np.where(stated == 0, 0.0, np.abs(placed - stated) * shape)
    if not (off <= HALF_VOXEL * placed).all():
        words = [" × ".join(f"{v:.4g}" for v in sizes) for sizes in (placed, stated)]
        raise GeometryError(
            f"the sform and pixdim of {name} must state one size of voxels, but state {words[0]} and {words[1]}; write it again with the one that holds",
            code="voxel-spacing",
            values=numbered("sform_mm", placed) | numbered("pixdim_mm", stated),
        )


def _quaternion_rows(quatern: tuple[float, ...], pixdim: tuple[float, ...], name: str) -> NDArray[np.float64]:
    b, c, d, x, y, z = quatern
    if b * b + c * c + d * d > 1 + ROUNDED_TURN:
        raise GeometryError(
            f"the qform of {name} must hold a rotation (squares of quatern_b, c, d of at most 1), but they add up to {b * b + c * c + d * d:.4g}; write it again",
            code="volume-place",
            values={"squares": b * b + c * c + d * d},
        )
    a = float(np.sqrt(max(0.0, 1 - b * b - c * c - d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handedness = -1.0 if pixdim[0] < 0 else 1.0
    axes = rotation @ np.diag([pixdim[1], pixdim[2], handedness * pixdim[3]])
    return np.column_stack([axes, [x, y, z]])


def write_volume(path: Path, grid: Grid, array: NDArray[Any], *, note: str = "") -> None:
    """Write numbers on a grid; the suffix of the name chooses the format, `note` stands in the header (at most 79 letters). It is read back.

    Raises
    ------
    IntakeError
        A name of another format.
    GeometryError
        An array of another shape than the grid's.
    """
    if not is_volume(path):
        raise IntakeError(
            f"a volume must be named {', '.join(SUFFIXES)}, but is {path.name}; choose one of them", code="volume-kind"
        )
    if array.shape != grid.shape_zyx:
        raise GeometryError(
            f"the array must have its grid's shape {grid.shape_zyx}, but has {array.shape}", code="array-shape"
        )
    sitk = _itk()
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    dz, dy, dx = grid.spacing_zyx_mm
    image.SetSpacing((dx, dy, dz))
    image.SetOrigin(grid.origin_lps_mm)
    image.SetDirection((grid.matrix[:3, :3] / np.array([dx, dy, dz])).ravel().tolist())
    if note:
        image.SetMetaData(NOTE_KEY, note)
    try:
        sitk.WriteImage(image, str(path), useCompression=path.name.lower().endswith((".gz", ".nrrd", ".mha")))
        back = sitk.GetArrayFromImage(sitk.ReadImage(str(path))).ravel()
        finite = np.isfinite(array.ravel())  # a reader of NIfTI may take what is not finite for zero
        whole = back.size == array.size and np.array_equal(back[finite], array.ravel()[finite])
    except RuntimeError as error:
        raise IntakeError(
            f"{path.name} could not be written; check the folder and its space", code="output-cannot-be-written"
        ) from error
    if not whole:  # ITK says nothing of a disk that is full
        raise IntakeError(
            f"{path.name} could not be written whole; check the space of its disk", code="output-cannot-be-written"
        )


def has_note(path: Path, note: str) -> bool:
    """Tell whether a volume was written with `note` in its header."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            return note.encode() in file.read(NOTE_WITHIN)
    except (OSError, EOFError, zlib.error):
        return False
