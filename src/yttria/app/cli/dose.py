"""`yttria dose`: an activity map in Bq/mL to an absorbed dose in Gy, all decays counted."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.output import answer, refusals
from yttria.app.cli.root import app
from yttria.contract.dosimetry import DoseRecord
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.values.grid import Grid
    from yttria.values.maps import ActivityMap, DensityMap


METHODS = ("local",)
WATER_G_PER_ML = 1.0
KNOWN_SHARE = 0.999


@app.command(epilog="Example: yttria dose activity.nii.gz --method local --density density.nii.gz --out dose.nii.gz")
def dose(
    activity: Annotated[
        Path, typer.Argument(help="Activity, Bq/mL: NIfTI, NRRD, MetaImage, or DICOM (PT folder or file).")
    ],
    out: Annotated[Path, typer.Option(help="Where the dose goes, Gy; the suffix chooses the format.")],
    method: Annotated[str, typer.Option(help="Dose engine: local (every electron stops in its voxel).")] = "local",
    density: Annotated[Path | None, typer.Option(help="Mass density, g/mL; water when left out.")] = None,
    nuclide: Annotated[
        str | None, typer.Option(help="What decays, as Y90. [default: what DICOM says, else Y90]", show_default=False)
    ] = None,
    k: Annotated[
        float | None, typer.Option("--k", help="Dose constant, Gy kg/GBq. [default: the nuclide's own, 49.67 for 90Y]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Turn activity into dose: Bq/mL in, Gy in total decay out."""
    with refusals():
        from yttria.io.volumes.volume import write_volume
        from yttria.physics.dosimetry.local_deposition import local_deposition

        if method not in METHODS:
            raise IntakeError(
                f"--method must be one of {', '.join(METHODS)}, but is {method}; other engines are not in this version"
            )
        _require_other_file(out, activity, density)
        known, doubts = _activity(activity, nuclide, k)
        decays = known.nuclide
        absorbed = local_deposition(known, _density_on(known.grid, density, doubts))
        write_volume(out, known.grid, absorbed.gy)
        result: DoseRecord = {
            "method": method,
            "nuclide": decays.name,
            "k_gy_kg_per_gbq": decays.dose_constant_gy_kg_per_gbq,
            "k_source": decays.source,
            "activity_mbq": known.total / 1e6,
            "energy_joule": known.total * decays.joule_per_bq,
            "max_gy": float(absorbed.gy.max()),
            "mean_gy": float(absorbed.gy.mean(dtype=float)),
            "out": out.name,
        }
        answer("dose", result, doubts, as_json=as_json)


def nuclide_named(text: str) -> str:
    """Return a nuclide's name as the tables write it: Y90, 90Y and y-90 are Y-90.

    Examples
    --------
    >>> nuclide_named("Y90"), nuclide_named("99mTc"), nuclide_named("lu-177")
    ('Y-90', 'Tc-99m', 'Lu-177')
    """
    word = text.strip()
    match = re.fullmatch(r"([A-Za-z]{1,2})-?(\d+m?)", word) or re.fullmatch(r"(?P<n>\d+m?)-?(?P<e>[A-Za-z]{1,2})", word)
    if match is None:
        return word
    element, number = (match["e"], match["n"]) if "e" in match.groupdict() else match.groups()
    return f"{element.capitalize()}-{number}"


def _activity(path: Path, nuclide: str | None, k: float | None) -> "tuple[ActivityMap, list[Finding]]":
    """Return the activity, of a volume or of DICOM, and doubts.

    Raises
    ------
    IntakeError
        The nuclide that is asked for is another than the one that DICOM says.
    """
    from yttria.app.cli.quantity import nuclide_with
    from yttria.io.files.activity_image import read_activity
    from yttria.io.ground.negative_voxels import without_negative
    from yttria.io.volumes.volume import is_volume, read_volume
    from yttria.values.maps import ActivityMap

    asked = None if nuclide is None else nuclide_with(nuclide_named(nuclide), None).name
    if not path.is_dir() and (is_volume(path) or not path.exists()):
        grid, numbers = read_volume(path)
        decays = nuclide_with(asked or "Y-90", k)
        values, negative = without_negative(numbers, what="the activity")
        return ActivityMap(grid, values, decays), list(negative)
    found, doubts = read_activity(path)
    if asked not in {None, found.nuclide.name}:
        raise IntakeError(
            f"--nuclide must be what the image says, {found.nuclide.name}, but is {asked}; leave it out, or correct the header"
        )
    return ActivityMap(found.grid, found.bq_per_ml, nuclide_with(found.nuclide.name, k), found.reference), list(doubts)


def _require_other_file(out: Path, *inputs: Path | None) -> None:
    from yttria.io.volumes.volume import SUFFIXES, is_volume

    if not is_volume(out):
        raise IntakeError(f"--out must be named {', '.join(SUFFIXES)}, but is {out.name}; choose one of them")
    if any(given is not None and out.resolve() == given.resolve() for given in inputs):
        raise IntakeError(f"--out must not be an input, but {out.name} is one; choose another name")


def _density_on(grid: "Grid", path: Path | None, doubts: list[Finding]) -> "DensityMap":
    """Return the density on the activity's grid: as given, brought to it, or water with a note."""
    import numpy as np

    from yttria.io.volumes.volume import read_volume
    from yttria.physics.geometry.regrid import density_onto
    from yttria.values.errors import GeometryError
    from yttria.values.grid import require_same_grid
    from yttria.values.maps import DensityMap

    if path is None:
        doubts.append(Finding("note", "density-water", "no density was given, so water (1.00 g/mL) is used everywhere"))
        return DensityMap(grid, np.full(grid.shape_zyx, WATER_G_PER_ML, dtype=np.float32))
    place, numbers = read_volume(path)
    found = DensityMap(place, numbers)
    try:
        require_same_grid(grid, place, what="activity and density")
    except GeometryError:
        moved, covered = density_onto(found, grid)
        share: Any = float((covered >= KNOWN_SHARE).mean())
        doubts.append(
            Finding(
                "note",
                "density-moved",
                f"density lies on another grid: each voxel takes the mean over its own box; {100 * share:.1f} % of the voxels are covered, the rest is air",
            )
        )
        return moved
    return DensityMap(grid, numbers)
