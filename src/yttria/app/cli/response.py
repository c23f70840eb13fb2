"""`yttria response`: lesions measured date by date, judged by EASL, mRECIST and RECIST 1.1."""

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.response import ResponseRequest


@request_command(
    app,
    ResponseRequest,
    epilog="Example: yttria response lesions.csv --at-months 3 --treated PDA",
)
def response(request: ResponseRequest, as_json: bool) -> None:
    """Judge the response of lesions by EASL, mRECIST and RECIST 1.1: each visit, the best, the endpoint of a trial by arm."""
    from yttria.app.services.response import run

    answer("response", run(request), as_json=as_json)
