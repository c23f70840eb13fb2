"""`yttria trial interim`: what a hazard ratio of an interim look is worth."""

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.trial import trial
from yttria.contract.trial_interim import InterimRequest

EPILOG = (
    "Example: yttria trial interim --hr 0.42 --events 34 --later-hr 0.51 --later-events 49\n\n"
    "Example: yttria trial interim --hr 0.51 --events 49 --look-events 34,49 --true-hr 0.6"
)


@request_command(trial, InterimRequest, epilog=EPILOG)
def interim(request: InterimRequest, as_json: bool) -> None:
    """What an interim hazard ratio lets expect, what the deaths since then say, and the estimate corrected for the looks."""
    from yttria.app.services.interim import run

    answer("trial interim", run(request), as_json=as_json)
