"""`yttria simulate`: what a camera would see of a given anatomy."""

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.simulation import SimulateRequest

EPILOG = "Example: yttria simulate case.toml --out simulated --tumour-to-normal 5 && yttria plan simulated"


@request_command(app, SimulateRequest, epilog=EPILOG)
def simulate(request: SimulateRequest, as_json: bool) -> None:
    """Write what a camera would see of a given anatomy: 99mTc-MAA SPECT and planar scan as DICOM, with the truth beside them."""
    from yttria.app.services.simulate import run

    say("reading the anatomy, imaging it …")
    answer("simulate", run(request), as_json=as_json)
