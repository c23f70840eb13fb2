"""`yttria trial power | simulate | boundaries`: designing the next trial."""

import typer

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.trial_design import BoundariesRequest, PowerRequest, SimulationRequest

trial = typer.Typer(
    help="Design the next trial: size, simulation, looks, randomisation.",
    epilog="Example: yttria trial power --hr 0.51 --power 0.8 --control-median 10.7 --accrual 24 --follow-up 24",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(trial, name="trial")

POWER = "Example: yttria trial power --hr 0.51 --power 0.8 --control-median 10.7 --accrual 24 --follow-up 24"
SIMULATE = (
    "Example: yttria trial simulate --patients 60 --control-median 10.7 --hr 0.51 --accrual 26 --follow-up 47 "
    "--look-events 34,49 --shown-hr 0.42"
)
BOUNDARIES = "Example: yttria trial boundaries --looks 2 --kind ld-obrien-fleming --power 0.8 --hr 0.51"


@request_command(trial, PowerRequest, epilog=POWER)
def power(request: PowerRequest, as_json: bool) -> None:
    """Events and patients for a power (Schoenfeld, Freedman), or the power of a number of events."""
    from yttria.app.services.trial_size import run_power

    answer("trial power", run_power(request), as_json=as_json)


@request_command(trial, SimulationRequest, epilog=SIMULATE)
def simulate(request: SimulationRequest, as_json: bool) -> None:
    """Power and estimates by simulation: accrual, dropout, delayed effect, crossover to resection, looks."""
    from yttria.app.services.trial_simulation import run_simulation

    answer("trial simulate", run_simulation(request), as_json=as_json)


@request_command(trial, BoundariesRequest, epilog=BOUNDARIES)
def boundaries(request: BoundariesRequest, as_json: bool) -> None:
    """Group-sequential boundaries, exact, and what stopping at each look does to the estimate."""
    from yttria.app.services.trial_boundaries import run_boundaries

    answer("trial boundaries", run_boundaries(request), as_json=as_json)
