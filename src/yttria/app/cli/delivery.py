"""`yttria delivery`: the day of a treatment, from assay and residual to what was delivered."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.delivery import DeliveryRequest


@request_command(app, DeliveryRequest, epilog="Example: yttria delivery day.toml --out delivery")
def delivery(request: DeliveryRequest, as_json: bool) -> None:
    """Say what was delivered: assay, decay on the way, residual, split over injections, against what was prescribed."""
    from yttria.app.services.delivery import run

    done = run(request)
    if as_json:
        answer("delivery", done, as_json=True)
        return
    from yttria.report.delivery.delivery_record import delivery_lines

    for line in delivery_lines(done.result):
        sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    if request.out is not None:
        say(f"written: {request.out}/delivery.json, given.toml, report.pdf, report.html")
