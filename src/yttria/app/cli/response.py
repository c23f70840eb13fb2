"""`yttria response`: lesions measured date by date, judged by EASL, mRECIST and RECIST 1.1."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.response import ResponseRequest


@request_command(
    app, ResponseRequest, epilog="Example: yttria response lesions.csv --at-months 3 --treated PDA --out response"
)
def response(request: ResponseRequest, as_json: bool) -> None:
    """Judge the response of lesions by EASL, mRECIST and RECIST 1.1: each visit, the best, the endpoint of a trial by arm."""
    from yttria.app.services.response import run

    done = run(request)
    if as_json:
        answer("response", done, as_json=True)
        return
    from yttria.delivery.response_criteria import CRITERIA
    from yttria.report.delivery.response_terminal import response_lines

    for line in response_lines(done.result, {name: criterion.title for name, criterion in CRITERIA.items()}):
        sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    if request.out is not None:
        say(f"written: {request.out}/response.json, report.pdf, report.html, figures, tables")
