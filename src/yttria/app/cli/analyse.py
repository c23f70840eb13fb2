"""`yttria analyse`: a protocol and a table in, everything the study asks out."""

import sys

from yttria.app.cli.output import say, write_json_text
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.study import AnalyseRequest

EPILOG = "Example: yttria analyse protocol.toml cohort.csv --out study --json"


@request_command(app, AnalyseRequest, name="analyse", epilog=EPILOG)
def analyse_command(request: AnalyseRequest, as_json: bool) -> None:
    """Analyse a survival study: curves, tests, models, selection, subgroups, competing risks, exact to R."""
    from yttria.app.services.analyse import run

    done = run(request, report=not as_json, progress=lambda what: say(f"writing {what}"))
    if as_json:
        write_json_text((request.out / "result.json").read_text(encoding="utf-8"))  # the same document
        return
    sys.stdout.write(f"n       {done.result.n}\nevents  {done.result.events}\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    names = (f"{path.name}/" if path.is_dir() else path.name for path in done.files)
    say(f"written: {request.out}/" + ", ".join(names))
