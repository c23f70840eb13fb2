"""An activity map in Bq/mL to an absorbed dose in Gy, all decays counted."""

import re
from pathlib import Path

import numpy as np

from yttria.app.services.quantities import nuclide_with
from yttria.contract.dosimetry import DoseRequest, DoseResult
from yttria.contract.envelope import Answer
from yttria.io.files.activity_image import read_activity
from yttria.io.files.output import output_file, place_subject
from yttria.io.ground.negative_voxels import without_negative
from yttria.io.volumes.volume import DOSE_NOTE, SUFFIXES, is_volume, read_volume, write_volume
from yttria.physics.dosimetry.local_deposition import local_deposition
from yttria.physics.geometry.regrid import density_on_grid
from yttria.values.errors import Finding, GeometryError, IntakeError
from yttria.values.grid import Grid, require_same_grid
from yttria.values.maps import ActivityMap, DensityMap
from yttria.values.units import BQ_PER_MBQ

WATER_G_PER_ML = 1.0
KNOWN_SHARE = 0.999
"""Share of a voxel's box that the density image must cover for the voxel to be known."""


def run(request: DoseRequest) -> Answer[DoseResult]:
    """Write the absorbed dose of an activity image and return what it stands on.

    Raises
    ------
    IntakeError
        A file that cannot be read, an output that is an input or is called as no volume is.
    """
    if not is_volume(request.out):
        raise IntakeError(
            f"--out must be named {', '.join(SUFFIXES)}, but is {request.out.name}; choose one of them",
            code="output-suffix",
        )
    activity, findings = _activity(request.activity, request.nuclide, request.k)
    density, more = _density_on(activity.grid, request.density)
    dose = local_deposition(activity, density)
    subject = place_subject(request.activity)
    with output_file(
        request.out, command="dose", subject=subject, inputs=request.input_paths, replace=request.replace
    ) as draft:
        write_volume(draft, activity.grid, dose.gy, note=DOSE_NOTE)
    nuclide = activity.nuclide
    result = DoseResult(
        method=request.method,
        nuclide=nuclide.name,
        k_gy_kg_per_gbq=nuclide.dose_constant_gy_kg_per_gbq,
        k_source=nuclide.source,
        activity_mbq=activity.total / BQ_PER_MBQ,
        energy_joule=activity.total * nuclide.joule_per_bq,
        max_gy=float(dose.gy.max()),
        mean_gy=float(dose.gy.mean(dtype=float)),
        out=request.out.name,
    )
    return Answer(result, (*findings, *more), (request.out,))


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


def _activity(path: Path, nuclide: str | None, k: float | None) -> tuple[ActivityMap, list[Finding]]:
    """Return the activity, of a volume or of DICOM, and the findings on the way.

    Raises
    ------
    IntakeError
        The nuclide that is asked for is another than the one that DICOM says.
    """
    wanted_nuclide = None if nuclide is None else nuclide_with(nuclide_named(nuclide), None).name
    if not path.is_dir() and (is_volume(path) or not path.exists()):
        grid, numbers = read_volume(path)
        decays = nuclide_with(wanted_nuclide or "Y-90", k)
        values, negative = without_negative(numbers, what="the activity")
        return ActivityMap(grid, values, decays), list(negative)
    result, findings = read_activity(path)
    if wanted_nuclide not in {None, result.nuclide.name}:
        raise IntakeError(
            f"--nuclide must be what the image says, {result.nuclide.name}, but is {wanted_nuclide}; leave it out, or correct the header",
            code="nuclide-contradiction",
        )
    return ActivityMap(result.grid, result.bq_per_ml, nuclide_with(result.nuclide.name, k), result.reference), list(
        findings
    )


def _density_on(grid: Grid, path: Path | None) -> tuple[DensityMap, list[Finding]]:
    """Return the density on the activity's grid: as given, brought to it, or water with a note."""
    if path is None:
        water = DensityMap(grid, np.full(grid.shape_zyx, WATER_G_PER_ML, dtype=np.float32))
        message = "no density was given, so water (1.00 g/mL) is used everywhere"
        return water, [Finding("note", "density-water", message, {"density_g_per_ml": WATER_G_PER_ML})]
    density_grid, numbers = read_volume(path)
    density = DensityMap(density_grid, numbers)
    try:
        require_same_grid(grid, density_grid, what="activity and density")
    except GeometryError:
        moved, covered = density_on_grid(density, grid)
        share = float((covered >= KNOWN_SHARE).mean())
        message = (
            f"density lies on another grid: each voxel takes the mean over its own box; {100 * share:.1f} % of the voxels are "
            "covered, the rest is air"
        )
        return moved, [Finding("note", "density-moved", message, {"covered_fraction": share})]
    return DensityMap(grid, numbers), []
