"""`yttria analyse`: a protocol and a table in, everything the study asks out."""

from pathlib import Path
from typing import Annotated

import typer

from yttria.app.cli.output import answer, refusals, say
from yttria.app.cli.root import app

EPILOG = "Example: yttria analyse protocol.toml cohort.csv --out study --json"


@app.command("analyse", epilog=EPILOG)
def analyse_command(
    protocol: Annotated[Path, typer.Argument(help="TOML: what the columns mean and what is asked.")],
    cohort: Annotated[Path, typer.Argument(help="CSV: one row a patient, or an interval with late entry.")],
    out: Annotated[Path, typer.Option(help="Folder for result.json, report.pdf, report.html, figures and tables.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Write over files in that folder that Yttria did not write for this study."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the whole result as one JSON document; only result.json is written.")
    ] = False,
) -> None:
    """Analyse a survival study: curves, tests, models, selection, subgroups, competing risks, exact to R."""
    with refusals():
        from yttria.app.services.analyse import study_of, write_record, write_study

        study = study_of(protocol, cohort)
        result, findings = study.analysis.result, study.analysis.findings
        if as_json:
            write_record(study, out, overwrite=replace)
            answer("analyse", result, findings, as_json=True)
            return
        written = write_study(study, out, told=lambda what: say(f"writing {what}"), overwrite=replace)
        answer("analyse", {"n": result["n"], "events": result["events"]}, findings, as_json=False)
        say(f"written: {out}/" + ", ".join(written))
