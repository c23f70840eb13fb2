"""`yttria order`: the vials that deliver an activity at an hour."""

import sys

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.order import OrderRequest, OrdersResult


@request_command(
    app,
    OrderRequest,
    epilog="Example: yttria order --needed-gbq 3.2 --at 2026-12-01T14:00+01:00 --product glass --calibrated 2026-11-29T12:00-05:00",
)
def order(request: OrderRequest, as_json: bool) -> None:
    """Choose the vials that deliver an activity at an hour, with the site's calendar: choices side by side, order form, calendar file."""
    from yttria.app.services.order import run

    done = run(request)
    if as_json:
        answer("order", done, as_json=True)
        return
    from yttria.report.delivery.order_form import order_lines

    orders = done.result.orders if isinstance(done.result, OrdersResult) else [done.result]
    for number, one in enumerate(orders):
        for line in ([""] if number else []) + list(order_lines(one)):
            sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    for path in done.files:
        say(f"written: {path}")
