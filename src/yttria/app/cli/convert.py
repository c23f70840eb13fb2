"""`yttria convert`: structures from one kind of file to another, in the same place."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yttria.app.cli.output import envelope, refusals, say, write_json
from yttria.app.cli.root import app

if TYPE_CHECKING:
    from yttria.contract.conversion import ConvertRecord


@app.command(epilog="Example: yttria convert structures.dcm --like ct/ --to seg --out segments.dcm")
def convert(
    structures: Annotated[Path, typer.Argument(help="RTSTRUCT, SEG, or a volume of labels (0 is nothing).")],
    out: Annotated[Path, typer.Option(help="The file to write: .dcm, or .nii.gz, .nrrd … for labels.")],
    to: Annotated[
        str | None,
        typer.Option(
            help="seg (shares, keeps volumes), binary-seg (rounded at half a voxel), rtstruct or labels. [default: labels where --out is a volume]",
            show_default=False,
        ),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(
            help="The image (DICOM or a volume) whose grid, patient and frame of reference the result takes. [default: those of the structures]",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Name of a structure to write; again for another. [default: all]", show_default=False),
    ] = None,
    same_patient: Annotated[
        str | None, typer.Option(help="Who states that structures and image of two patient IDs are of one patient.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write structures as RTSTRUCT, SEG or labels; say what that did to the volume and place of each."""
    with refusals():
        from yttria.app.services.convert import convert as converted

        result, findings = converted(structures, out, kind=to, like=like, only=only or (), same_by=same_patient)
        if as_json:
            sys.stdout.write(write_json(envelope("convert", result, findings)))
            return
        for line in lines(result):
            sys.stdout.write(line + "\n")
        for finding in findings:
            say(f"{finding.level}: {finding.message}")


def lines(result: "ConvertRecord") -> list[str]:
    """Return what was written as a person reads it, 80 columns."""
    count = len(result["structures"])
    rows = [f"{result['out']}: {count} structure{'s' * (count > 1)} as {result['to']}"]
    rows.append(f"{'structure':<36}{'label':>6}{'mL drawn':>11}{'mL written':>12}{'mm moved':>10}")
    for name, row in result["structures"].items():
        short = name if len(name) <= 35 else name[:34] + "…"
        label = "—" if row["label"] is None else str(row["label"])
        rows.append(f"{short:<36}{label:>6}{row['drawn_ml']:>11.2f}{row['written_ml']:>12.2f}{row['moved_mm']:>10.3f}")
    return rows
