"""`yttria plan`: one patient, from images to activities with their doses and limits."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.plan import PlanRequest

EPILOG = "Example: yttria plan patient/ --out plan   (patient/ holds DICOM and, where needed, case.toml)"


@request_command(app, PlanRequest, epilog=EPILOG)
def plan(request: PlanRequest, as_json: bool) -> None:
    """Plan a treatment: activities, doses and limits side by side, with report and RTDOSE."""
    from yttria.app.services.plan import plan_answer, plan_request

    result, files = plan_request(request)
    if as_json:
        answer("plan", plan_answer(result, files), as_json=True)
        return
    from yttria.report.plan.terminal import plan_lines

    for line in plan_lines(result):
        sys.stdout.write(line + "\n")
    if request.out is not None:
        say(f"written: {request.out}/plan.json, report.pdf, report.html, dose.dcm")
