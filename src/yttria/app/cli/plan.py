"""`yttria plan`: one patient, door to door."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from yttria.app.cli.output import envelope, refusals, say, write_json
from yttria.app.cli.root import app


@app.command(epilog="Example: yttria plan patient/ --out plan   (patient/ holds DICOM and, where needed, case.toml)")
def plan(
    case: Annotated[Path, typer.Argument(help="A folder (DICOM and optional case.toml) or a case.toml.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for plan.json, report.pdf, report.html and dose.dcm. Default: nothing is written but the answer."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Plan a treatment: activities, doses and limits side by side, with report and RTDOSE."""
    with refusals():
        from yttria.app.services.plan import plan_case, plan_patient
        from yttria.io.case.patient_case import read_patient_case
        from yttria.report.plan.plan_result import plan_record

        result = plan_patient(read_patient_case(case)) if out is None else plan_case(case, out)
        record = plan_record(result)
        if as_json:
            sys.stdout.write(write_json(envelope("plan", record, result.findings)))
            return
        from yttria.report.plan.terminal import plan_lines

        for line in plan_lines(result):
            sys.stdout.write(line + "\n")
        if out is not None:
            say(f"written: {out}/plan.json, report.pdf, report.html, dose.dcm")
