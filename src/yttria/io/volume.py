"""NIfTI, NRRD and MetaImage: numbers on a grid. NIfTI's RAS is turned to LPS at this door.

NIfTI is read here by its header: readers differ in whether they believe sform or qform, and ITK's turns NaN into zero
without a word. NRRD and MetaImage go by SimpleITK.
"""

import gzip
import math
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid

NIFTI = (".nii", ".nii.gz")
SUFFIXES = (*NIFTI, ".nrrd", ".nhdr", ".mha", ".mhd")
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
HEADER_BYTES = 65536  # of a NRRD: more than a header of one volume needs
HALF_VOXEL = 0.5  # an sform and a qform that place a voxel further apart than this contradict each other
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # NIfTI-1 xyzt_units: unknown, metre, mm, micrometre


def is_volume(path: Path) -> bool:
    """Tell whether a file's name is that of a volume this door reads."""
    return path.name.lower().endswith(SUFFIXES)


def read_volume(path: Path) -> tuple[Grid, NDArray[Any]]:
    """Read a three-dimensional volume: its grid in LPS mm and its numbers, axes (z, y, x), as stored.

    Raises
    ------
    IntakeError
        No such file, another format, not three-dimensional, damaged.
    GeometryError
        A NIfTI whose header places it nowhere (sform and qform absent) or in two places, a NRRD that names no space, or a sheared grid.
    QuantityError
        NaN or infinite numbers.
    """
    if not path.is_file():
        raise IntakeError(f"expected a volume at {path.name}, found nothing; check [files] in case.toml")
    if not is_volume(path):
        raise IntakeError(f"expected a volume of {', '.join(SUFFIXES)}, found {path.name}; convert it")
    affine, array = _read_nifti(path) if path.name.lower().endswith(NIFTI) else _read_itk(path)
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise QuantityError(f"{path.name} must hold finite numbers, but {bad} voxels are not; replace them")
    _require_upright(affine, path.name)
    return Grid.of(array.shape, affine), array


def _read_itk(path: Path) -> tuple[NDArray[np.float64], NDArray[Any]]:
    sitk = _itk()
    try:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise IntakeError(f"expected a readable volume, found a damaged one in {path.name}; write it again") from error
    if path.name.lower().endswith((".nrrd", ".nhdr")):
        _require_space(path)
    numbers = image.GetNumberOfComponentsPerPixel()
    if numbers != 1 or array.ndim != 3:
        raise IntakeError(
            f"{path.name} must hold one number a voxel in three dimensions, but has {array.ndim - (numbers > 1)} dimensions of {numbers}; split it"
        )
    return _itk_affine(image), array


def _require_space(path: Path) -> None:
    """Refuse a NRRD whose header does not say which way its axes run: readers then guess.

    Source
    ------
    Definition of NRRD file format (teem.sourceforge.net/nrrd/format.html), field "space".
    """
    with path.open("rb") as stream:
        header = stream.read(HEADER_BYTES).replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].lower()
    if not re.search(rb"^space:[^=]", header, re.MULTILINE):
        raise GeometryError(
            f"{path.name} must name its space (left-posterior-superior, right-anterior-superior …), but does not; write it again with one"
        )


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
        raise GeometryError(f"{name} must have three axes with lengths, but they are {axes.tolist()}; write it again")
    unit = axes / lengths
    if np.abs(unit.T @ unit - np.eye(3)).max() > 1e-3:
        raise GeometryError(f"the axes of {name} must be at right angles, but the grid is sheared; resample it")


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
DATATYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}


def _read_nifti(path: Path) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return a NIfTI file's affine in LPS mm and its numbers, slope and intercept applied.

    Source
    ------
    NIfTI-1 (nifti1.h, 2003) and NIfTI-2 (nifti2.h, 2011).
    """
    whole = _bytes(path)
    order = next((o for o in "<>" if len(whole) >= 348 and struct.unpack(o + "i", whole[:4])[0] in LAYOUTS), None)
    if order is None:
        raise IntakeError(f"expected a NIfTI header in {path.name}, found none; write it again")
    layout = LAYOUTS[struct.unpack(order + "i", whole[:4])[0]]

    def field(at: tuple[str, int]) -> tuple[Any, ...]:
        return struct.unpack_from(order + at[0], whole, at[1])

    count, *sizes = field(layout.dim)
    if count < 3 or any(n > 1 for n in sizes[3:count]) or min(sizes[:3]) < 1:
        raise IntakeError(
            f"{path.name} must hold one number a voxel in three dimensions, but has {count} dimensions ({sizes[: max(count, 0)]}); split it"
        )
    kind = struct.unpack_from(order + "h", whole, layout.datatype)[0]
    if kind not in DATATYPES:
        raise IntakeError(
            f"{path.name} must hold one real number a voxel, but its NIfTI data type is {kind}; convert it"
        )
    dtype = np.dtype(order + DATATYPES[kind])
    nx, ny, nz = (int(n) for n in sizes[:3])
    start = int(field(layout.offset)[0])
    if len(whole) < start + nx * ny * nz * dtype.itemsize:
        raise IntakeError(f"expected a readable volume, found a damaged one in {path.name}; write it again")
    stored = np.frombuffer(whole, dtype, nx * ny * nz, start).reshape(nz, ny, nx)
    slope, intercept = field(layout.scale)
    affine = _nifti_affine(
        field(layout.codes), field(layout.quatern), field(layout.rows), field(layout.pixdim), (nx, ny, nz), path.name
    )
    affine[:3] *= MM_PER_UNIT.get(field(layout.units)[0] & 7, 1.0)
    return RAS_TO_LPS @ affine, _scaled(stored, slope, intercept)


def _scaled(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    if slope == 0 or not np.isfinite([slope, intercept]).all() or (slope, intercept) == (1, 0):
        return stored.astype(stored.dtype.newbyteorder("="))
    return np.asarray(stored * slope + intercept, dtype=np.float32)


def _bytes(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as stream:
            return stream.read()
    except (OSError, EOFError, zlib.error) as error:
        raise IntakeError(f"expected a readable volume, found a damaged one in {path.name}; write it again") from error


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
            f"{name} must say where it lies, but its sform and qform are both unset; write it again with an affine"
        )
    sform, qform = np.asarray(rows, dtype=np.float64).reshape(3, 4), _quaternion_rows(quatern, pixdim)
    if min(qcode, scode) > 0:
        corners = np.stack([*np.meshgrid(*((0, n - 1) for n in shape), indexing="ij"), np.ones((2, 2, 2))], axis=-1)
        apart, voxel = float(np.linalg.norm(corners @ (sform - qform).T, axis=-1).max()), min(map(abs, pixdim[1:4]))
        if not apart <= HALF_VOXEL * voxel:
            raise GeometryError(
                f"the sform and the qform of {name} must place it alike, but place them up to {apart / voxel if voxel else math.inf:.3g} voxels apart; "
                "write it again with the one that holds, or set the other's code to 0"
            )
    return np.vstack([sform if scode > 0 else qform, (0, 0, 0, 1)])


def _quaternion_rows(quatern: tuple[float, ...], pixdim: tuple[float, ...]) -> NDArray[np.float64]:
    b, c, d, x, y, z = quatern
    a = float(np.sqrt(max(0.0, 1 - b * b - c * c - d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handed = -1.0 if pixdim[0] < 0 else 1.0
    axes = rotation @ np.diag([pixdim[1], pixdim[2], handed * pixdim[3]])
    return np.column_stack([axes, [x, y, z]])


def write_volume(path: Path, grid: Grid, array: NDArray[Any]) -> None:
    """Write numbers on a grid; the suffix of the name chooses the format.

    Raises
    ------
    IntakeError
        A name of another format.
    GeometryError
        An array of another shape than the grid's.
    """
    if not is_volume(path):
        raise IntakeError(f"a volume must be named {', '.join(SUFFIXES)}, but is {path.name}; choose one of them")
    if array.shape != grid.shape_zyx:
        raise GeometryError(f"the array must have its grid's shape {grid.shape_zyx}, but has {array.shape}")
    sitk = _itk()
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    dz, dy, dx = grid.spacing_zyx_mm
    image.SetSpacing((dx, dy, dz))
    image.SetOrigin(grid.origin_lps_mm)
    image.SetDirection((grid.matrix[:3, :3] / np.array([dx, dy, dz])).ravel().tolist())
    try:
        sitk.WriteImage(image, str(path), useCompression=path.name.lower().endswith((".gz", ".nrrd", ".mha")))
    except RuntimeError as error:
        raise IntakeError(f"{path.name} could not be written; check the folder and its space") from error
