"""`yttria trial randomise`: lists and allocations that can be checked, behind a seed that is committed to."""

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.trial import trial
from yttria.contract.trial_randomisation import RandomiseRequest

EPILOG = (
    "Example: yttria trial randomise --arms PDA,SDA --patients 30 --block 4,6 --stratum pvt=yes,no --out lists\n\n"
    "Example: yttria trial randomise --sealed lists/sealed.json --out again   (the same list, checked)"
)
USE = {"commitment.json": " (publish it before the first patient)", "sealed.json": " (lock it away)"}


@request_command(trial, RandomiseRequest, epilog=EPILOG)
def randomise(request: RandomiseRequest, as_json: bool) -> None:
    """Randomisation list by permuted blocks in strata or by minimisation, with a sealed seed."""
    from yttria.app.services.randomise import run

    done = run(request)
    answer("trial randomise", done, as_json=as_json)
    say(f"written: {request.out}/" + ", ".join(path.name + USE.get(path.name, "") for path in done.files))
