"""NIfTI, NRRD and MetaImage: numbers on a grid. NIfTI's RAS is turned to LPS at this door.

Geometry of NIfTI is taken from its header here (sform, else qform): readers differ in which of the two they believe.
"""

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid

NIFTI = (".nii", ".nii.gz")
SUFFIXES = (*NIFTI, ".nrrd", ".nhdr", ".mha", ".mhd")
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
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
        A NIfTI whose header places it nowhere (sform and qform absent), or a sheared grid.
    QuantityError
        NaN or infinite numbers.
    """
    if not path.is_file():
        raise IntakeError(f"expected a volume at {path.name}, found nothing; check [files] in case.toml")
    if not is_volume(path):
        raise IntakeError(f"expected a volume of {', '.join(SUFFIXES)}, found {path.name}; convert it")
    sitk = _itk()
    try:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        affine = _nifti_affine(path) if path.name.lower().endswith(NIFTI) else None
        if affine is not None:
            _require_upright(affine, path.name)
        raise IntakeError(f"expected a readable volume, found a damaged one in {path.name}; write it again") from error
    if image.GetNumberOfComponentsPerPixel() != 1 or array.ndim != 3:
        raise IntakeError(
            f"{path.name} must hold one number a voxel in three dimensions, but has {array.ndim} dimensions of {image.GetNumberOfComponentsPerPixel()}; split it"
        )
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise QuantityError(f"{path.name} must hold finite numbers, but {bad} voxels are not; replace them")
    affine = _nifti_affine(path) if path.name.lower().endswith(NIFTI) else _itk_affine(image)
    _require_upright(affine, path.name)
    return Grid.of(array.shape, affine), array


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


def _nifti_affine(path: Path) -> NDArray[np.float64]:
    """Return a NIfTI file's affine in LPS mm: sform where it is set, else qform.

    Source
    ------
    NIfTI-1 (nifti1.h, 2003) methods 2 and 3; NIfTI-2 (2011) keeps them at other places.
    """
    head = _head(path)
    for order in "<>":
        size = struct.unpack(order + "i", head[:4])[0]
        if size in (348, 540):
            break
    else:
        raise IntakeError(f"expected a NIfTI header in {path.name}, found none; write it again")
    if size == 348:
        qcode, scode = struct.unpack_from(order + "hh", head, 252)
        quatern = struct.unpack_from(order + "6f", head, 256)
        rows = struct.unpack_from(order + "12f", head, 280)
        pixdim = struct.unpack_from(order + "8f", head, 76)
        unit = head[123] & 7
    else:
        qcode, scode = struct.unpack_from(order + "ii", head, 344)
        quatern = struct.unpack_from(order + "6d", head, 352)
        rows = struct.unpack_from(order + "12d", head, 400)
        pixdim = struct.unpack_from(order + "8d", head, 104)
        unit = struct.unpack_from(order + "i", head, 500)[0] & 7
    affine = np.eye(4)
    if scode > 0:
        affine[:3] = np.asarray(rows).reshape(3, 4)
    elif qcode > 0:
        affine[:3] = _quaternion_rows(quatern, pixdim)
    else:
        raise GeometryError(
            f"{path.name} must say where it lies, but its sform and qform are both unset; write it again with an affine"
        )
    affine[:3] *= MM_PER_UNIT.get(unit, 1.0)
    return RAS_TO_LPS @ affine


def _head(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as stream:
            head = stream.read(540)
    except (OSError, EOFError) as error:
        raise IntakeError(f"expected a readable volume, found a damaged one in {path.name}; write it again") from error
    if len(head) < 348:
        raise IntakeError(f"expected a NIfTI header in {path.name}, found {len(head)} bytes; write it again")
    return head


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
