"""`yttria verify`: what was delivered, as the image after treatment shows it, beside the plan."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.verification import VerifyRequest

EPILOG = "Example: yttria verify after/ --plan plan/plan.json --out verify   (after/ holds the PET and case.toml with [given])"


@request_command(app, VerifyRequest, epilog=EPILOG)
def verify(request: VerifyRequest, as_json: bool) -> None:
    """Say what was delivered: doses, limits and aims of the image after treatment, beside the plan."""
    from yttria.app.services.verify import run

    done = run(request)
    if as_json:
        answer("verify", done, as_json=True)
        return
    from yttria.report.delivery.terminal import verification_lines

    for line in verification_lines(done.result):
        sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    if request.out is not None:
        say(f"written: {request.out}/verify.json, report.pdf, report.html, dose.dcm")
