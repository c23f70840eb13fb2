"""`yttria dvh`: who gets how much. A dose with structures, every volume with its metrics and its curve."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from yttria.app.cli.output import envelope, refusals, say, write_json
from yttria.app.cli.root import app
from yttria.values.errors import Finding, GeometryError, IntakeError, QuantityError
from yttria.values.units import Gy, Share

if TYPE_CHECKING:
    from yttria.io.files.dose import DoseFile
    from yttria.io.files.structures import StructureFile
    from yttria.values.dvh import Dvh
    from yttria.values.maps import Voi


SHARES = (0.98, 0.95, 0.90, 0.70, 0.50, 0.30, 0.10, 0.05, 0.02)
CURVE_POINTS = 201
SAMPLINGS = {"voxels": "whole voxels by their shares", "interpolated": "dose read between the voxels' centres"}
OUTSIDE = "structure-left-out"
LEFT_OUT = (OUTSIDE, "structure-unusable", "single-plane", "structures-empty")
IN_STEP = 0.01  # of a voxel


@app.command(epilog="Example: yttria dvh dose.dcm structures.dcm --v 120,205")
def dvh(
    dose: Annotated[Path, typer.Argument(help="RTDOSE, or a volume in Gy (NIfTI, NRRD, MetaImage).")],
    structures: Annotated[Path, typer.Argument(help="RTSTRUCT, SEG, or a volume of labels (0 is nothing).")],
    v: Annotated[
        str, typer.Option("--v", help="Doses, Gy, with commas: which share of each volume gets as much.")
    ] = "",
    sampling: Annotated[
        Literal["voxels", "interpolated"] | None,
        typer.Option(
            help="voxels: whole voxels by their shares, as a dose that Yttria computed; interpolated: between the voxels' centres, as one of another system. [default: by who made the dose]"
        ),
    ] = None,
    same_patient: Annotated[
        str | None, typer.Option(help="Who states that dose and structures of two patient IDs are of one patient.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what every volume receives: volume, mean, D98 … D2, V at asked doses, the whole curve."""
    with refusals():
        asked = _doses(v)
        field, found, findings = _read(dose, structures, same_patient)
        chosen = sampling or ("voxels" if field.computed_here else "interpolated")
        weighting = "mass" if chosen == "voxels" and field.density is not None else "volume"
        volumes = {}
        for name, curve in _dvhs(field, found, findings, whole_voxels=chosen == "voxels"):
            volumes[name] = record(curve, asked)
        if not volumes:
            why = next((f.message for f in findings if f.code in LEFT_OUT), "no structure holds volume")
            raise IntakeError(f"expected a structure that lies in the dose, found none: {why}")
        if as_json:
            sys.stdout.write(
                write_json(
                    envelope("dvh", {"sampling": chosen, "mean_weighting": weighting, "volumes": volumes}, findings)
                )
            )
            return
        for line in lines(volumes):
            sys.stdout.write(line + "\n")
        sys.stdout.write(f"{SAMPLINGS[chosen]}; means are weighted by {weighting}\n")
        for finding in findings:
            say(f"{finding.level}: {finding.message}")


def _doses(text: str) -> tuple[float, ...]:
    """Return the doses asked for, Gy."""
    try:
        found = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise IntakeError(f"--v must be doses in Gy with commas, as 120,205, but is {text!r}") from None
    if any(not d >= 0 for d in found):
        raise IntakeError(f"--v must be doses of zero or more, Gy, but is {text!r}")
    return found


def _read(dose: Path, structures: Path, same_by: str | None) -> "tuple[DoseFile, StructureFile, list[Finding]]":
    """Return dose and structures of one patient in one frame of reference, and the doubts.

    Raises
    ------
    IntakeError
        Two people; what cannot be read.
    GeometryError
        Two frames of reference.
    """
    from yttria.io.case.patient_identity import BY_OPTION, require_one_person
    from yttria.io.case.placement_checks import require_frames
    from yttria.io.files.dose import read_dose_file
    from yttria.io.files.structures import read_structure_file

    field = read_dose_file(dose)
    drawn = read_structure_file(structures)
    doubts = require_one_person([*field.series, *drawn.series], same_by=same_by, how=BY_OPTION)
    frame = field.dose.grid.frame_uid
    if frame not in drawn.frames:
        require_frames({"dose": {frame}, "structures": drawn.frames})
    return field, drawn, [*field.findings, *drawn.findings, *doubts]


def _dvhs(
    field: "DoseFile", drawn: "StructureFile", findings: list[Finding], *, whole_voxels: bool
) -> "Iterator[tuple[str, Dvh]]":
    """Return the DVH of every structure that lies in the dose, by name; those that do not become findings.

    Between the voxels' centres a structure reads a dose that is straight; segments and labels on the dose's own voxels count these
    whole, and so does every structure in a dose whose numbers are means over voxels.
    """
    from yttria.physics.geometry.dose_sampling import dvh_within
    from yttria.physics.geometry.regrid import audit_coverage, rasterise_contour, resample_voi
    from yttria.values.dvh import Dvh
    from yttria.values.maps import Voi

    for name, thing in drawn.things:
        try:
            voi = (
                resample_voi(thing, field.dose.grid)
                if isinstance(thing, Voi)
                else rasterise_contour(thing, field.dose.grid)
            )
            if whole_voxels:
                found = Dvh.of(field.dose, voi, field.density)
            elif isinstance(thing, Voi) and _in_step(thing, voi):
                found = Dvh.of(field.dose, voi)
            else:
                found = dvh_within(field.dose, thing, voi)
        except (GeometryError, QuantityError) as error:
            findings.append(Finding("warning", OUTSIDE, str(error)))
            continue
        findings += audit_coverage(thing, voi)
        yield name, found


def _in_step(drawn: "Voi", placed: "Voi") -> bool:
    """Tell whether a volume's voxels are voxels of the dose: then these are what it counts."""
    import numpy as np

    axes, others = drawn.grid.matrix[:3, :3], placed.grid.matrix[:3, :3]
    at = placed.grid.index_of([drawn.grid.origin_lps_mm])
    return bool(np.allclose(axes, others, atol=1e-3) and np.abs(at - np.rint(at)).max() < IN_STEP)


def record(found: "Dvh", asked: Sequence[float] = ()) -> dict[str, Any]:
    """Return a DVH under the keys of the contract."""
    import numpy as np

    at = np.linspace(0.0, found.maximum, CURVE_POINTS)
    return {
        "ml": float(found.ml),
        "mean_gy": float(found.mean),
        "min_gy": float(found.minimum),
        "max_gy": float(found.maximum),
        **{f"D{100 * share:g}": float(found.dose_covering(Share(share))) for share in SHARES},
        "V": {f"{dose:g}": float(found.share_above(Gy(dose))) for dose in asked},
        "curve": {"dose_gy": at.tolist(), "volume_share": found.curve(at).tolist()},
    }


def lines(volumes: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """Return the volumes as a person reads them, 80 columns."""
    keys = ("mean_gy", "D98", "D95", "D50", "D2", "max_gy")
    head = f"{'volume':<24}{'mL':>8}" + "".join(f"{k.removesuffix('_gy'):>7}" for k in keys) + "   Gy"
    rows = [head]
    for name, row in volumes.items():
        short = name if len(name) <= 23 else name[:22] + "…"
        rows.append(f"{short:<24}{row['ml']:>8.1f}" + "".join(f"{row[k]:>7.1f}" for k in keys))
        for dose, share in row["V"].items():
            rows.append(f"{'':<24}V{dose} Gy {100 * share:.1f} %")
    return rows
