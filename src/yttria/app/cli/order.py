"""`yttria order`: the vials that deliver an activity at an hour."""

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.order import OrderRequest


@request_command(
    app,
    OrderRequest,
    epilog="Example: yttria order --needed-gbq 3.2 --at 2026-12-01T14:00+01:00 --product glass --calibrated 2026-11-29T12:00-05:00",
)
def order(request: OrderRequest, as_json: bool) -> None:
    """Choose the vials that deliver an activity at an hour, with the site's calendar: choices side by side, order form, calendar file."""
    from yttria.app.services.order import run

    answer("order", run(request), as_json=as_json)
