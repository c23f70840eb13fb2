"""The voxels that a plan keeps beside its plan.json: one compressed file of arrays, nobody's name in it."""

import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from yttria.io.ground.memory import require_memory
from yttria.io.ground.regular_files import require_regular
from yttria.values.errors import IntakeError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.plan_voxels import PlanVoxels

VOXELS_FILE = "voxels.npz"
VERSION = 1
HEADER_BYTES = 1 << 16
"""Of what is said about the arrays, and of the header of one."""
BYTES_PER_VOXEL = 8
"""At most: none of the arrays has larger numbers."""
NUMBER_KINDS = "biuf"
LARGEST_FWHM_MM = 100.0
"""No image of any camera is as blurred as this."""
_FAULTS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    BadZipFile,
    zlib.error,
    YttriaError,
)
"""What zipfile, NumPy and our own types raise of a damaged file; no pickle is ever loaded."""


def write_plan_voxels(path: Path, voxels: PlanVoxels) -> None:
    """Write what a plan keeps of its voxels."""
    names = list(voxels.gy_per_gbq)
    about = {
        "version": VERSION,
        "injections": names,
        "grid": _grid_words(voxels.grid),
        "ct": None if voxels.ct is None else _grid_words(voxels.ct.grid),
        "fwhm_mm": voxels.fwhm_mm,
        "patient": voxels.patient,
    }
    arrays: dict[str, Any] = {f"dose_{n}": voxels.gy_per_gbq[name] for n, name in enumerate(names)}
    if voxels.ct is not None:
        arrays["hu"] = voxels.ct.hu
    np.savez_compressed(path, about=np.array(json.dumps(about)), in_liver=voxels.in_liver, **arrays)


def read_plan_voxels(path: Path) -> PlanVoxels | None:
    """Read what a plan kept of its voxels; None where it kept nothing.

    Raises
    ------
    IntakeError
        A file that is no regular one, is damaged, holds more than its grid has room for, or is of another version of Yttria.
    """
    require_regular(path)
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            sizes = {member.filename: member.file_size for member in ZipFile(file).infolist()}
            _require_size(sizes["about.npy"], HEADER_BYTES)
            with np.load(file, allow_pickle=False) as arrays:
                about = json.loads(str(arrays["about"]))
                _require_version(about["version"], path.name)
                return _voxels_of(about, arrays, sizes)
    except IntakeError:
        raise
    except _FAULTS as error:
        raise IntakeError(
            f"{path.name} beside the plan must be as `yttria plan --out` wrote it, but cannot be read; plan the case again",
            code="plan-voxels-unreadable",
        ) from error


def _voxels_of(about: dict[str, Any], arrays: "NpzFile[Any]", sizes: Mapping[str, int]) -> PlanVoxels:
    def numbers(name: str, grid: Grid) -> NDArray[Any]:
        voxels = math.prod(grid.shape_zyx)
        require_memory(voxels * BYTES_PER_VOXEL, what=VOXELS_FILE)
        _require_size(sizes[f"{name}.npy"], voxels * BYTES_PER_VOXEL + HEADER_BYTES)
        result: NDArray[Any] = arrays[name]
        if result.shape != grid.shape_zyx or result.dtype.kind not in NUMBER_KINDS or not np.isfinite(result).all():
            raise ValueError(name)
        return result

    grid = _grid_of(about["grid"])
    doses = {str(name): numbers(f"dose_{n}", grid).astype(np.float32) for n, name in enumerate(about["injections"])}
    ct = None
    if about["ct"] is not None:
        ct_grid = _grid_of(about["ct"])
        ct = CtImage(ct_grid, numbers("hu", ct_grid))
    fwhm_mm = float(about["fwhm_mm"])
    if not 0.0 <= fwhm_mm <= LARGEST_FWHM_MM or any((dose < 0).any() for dose in doses.values()):
        raise ValueError(fwhm_mm)
    return PlanVoxels(grid, doses, numbers("in_liver", grid).astype(bool), fwhm_mm, ct, str(about["patient"]))


def _require_size(held: int, most: int) -> None:
    """Refuse a member before it is unpacked; zipfile unpacks no more than a member states."""
    if held > most:
        raise ValueError(held)


def _require_version(version: object, name: str) -> None:
    if version != VERSION:
        raise IntakeError(
            f"{name} must be of version {VERSION}, but is of {version}; plan the case again", code="plan-voxels-version"
        )


def _grid_words(grid: Grid) -> dict[str, Any]:
    return {"shape_zyx": grid.shape_zyx, "affine_lps_mm": grid.affine_lps_mm, "frame_uid": grid.frame_uid}


def _grid_of(words: dict[str, Any]) -> Grid:
    nz, ny, nx = (int(n) for n in words["shape_zyx"])
    return Grid.of((nz, ny, nx), words["affine_lps_mm"], str(words["frame_uid"]))
