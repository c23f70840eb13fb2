"""`yttria convert`: structures from one kind of file to another, in the same place."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.conversion import ConvertRequest, ConvertResult


@request_command(
    app, ConvertRequest, epilog="Example: yttria convert structures.dcm --like ct/ --to seg --out segments.dcm"
)
def convert(request: ConvertRequest, as_json: bool) -> None:
    """Write structures as RTSTRUCT, SEG or labels; say what that did to the volume and place of each."""
    from yttria.app.services.convert import run

    done = run(request)
    if as_json:
        answer("convert", done, as_json=True)
        return
    for line in lines(done.result):
        sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")


def lines(result: ConvertResult) -> list[str]:
    """Return what was written as a person reads it, 80 columns."""
    count = len(result.structures)
    rows = [f"{result.out}: {count} structure{'s' * (count > 1)} as {result.to}"]
    rows.append(f"{'structure':<36}{'label':>6}{'mL drawn':>11}{'mL written':>12}{'mm moved':>10}")
    for name, row in result.structures.items():
        short = name if len(name) <= 35 else name[:34] + "…"
        label = "—" if row.label is None else str(row.label)
        rows.append(f"{short:<36}{label:>6}{row.drawn_ml:>11.2f}{row.written_ml:>12.2f}{row.moved_mm:>10.3f}")
    return rows
