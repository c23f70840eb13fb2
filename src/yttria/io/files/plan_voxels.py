"""The voxels that a plan keeps beside its plan.json: one compressed file of arrays, nobody's name in it."""

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from yttria.values.errors import IntakeError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.plan_voxels import PlanVoxels

VOXELS_FILE = "voxels.npz"
VERSION = 1


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
        A file that is damaged, or of another version of Yttria.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as result:
            about = json.loads(str(result["about"]))
            _require_version(about["version"], path.name)
            doses = {name: result[f"dose_{n}"] for n, name in enumerate(about["injections"])}
            ct = None if about["ct"] is None else CtImage(_grid_of(about["ct"]), result["hu"])
            return PlanVoxels(
                _grid_of(about["grid"]), doses, result["in_liver"].astype(bool), about["fwhm_mm"], ct, about["patient"]
            )
    except IntakeError:
        raise
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, YttriaError) as error:
        raise IntakeError(
            f"{path.name} beside the plan must be as `yttria plan --out` wrote it, but cannot be read; plan the case again",
            code="plan-voxels-unreadable",
        ) from error


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
