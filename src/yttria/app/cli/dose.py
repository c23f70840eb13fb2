"""`yttria dose`: an activity map in Bq/mL to an absorbed dose in Gy, all decays counted."""

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.dosimetry import DoseRequest

EPILOG = "Example: yttria dose activity.nii.gz --method local --density density.nii.gz --out dose.nii.gz"


@request_command(app, DoseRequest, epilog=EPILOG)
def dose(request: DoseRequest, as_json: bool) -> None:
    """Turn activity into dose: Bq/mL in, Gy in total decay out."""
    from yttria.app.services.dose import run

    answer("dose", run(request), as_json=as_json)
