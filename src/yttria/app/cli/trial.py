"""`yttria trial power | simulate | boundaries`: designing the next trial."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.trial_boundaries import BoundariesRequest
from yttria.contract.trial_kit import CheckRequest, KitRequest
from yttria.contract.trial_power import PowerRequest
from yttria.contract.trial_simulation import SimulationRequest

if TYPE_CHECKING:
    from yttria.contract.envelope import Answer

trial = typer.Typer(
    help="Design and run the next trial: size, simulation, looks, randomisation, tables.",
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
KIT = "Example: yttria trial kit trial"
CHECK = "Example: yttria trial check trial --at 2026-11-30 && yttria analyse trial/protocol.toml trial/cohort.csv --out study"
BOUNDARIES = "Example: yttria trial boundaries --looks 2 --kind ld-obrien-fleming --power 0.8 --hr 0.51"


def _answer(command: str, out: Path | None, done: "Answer[Any]", *, as_json: bool) -> None:
    """Write the answer of a design, and where its report is, where there is one."""
    answer(f"trial {command}", done, as_json=as_json)
    if out is not None:
        say(f"written: {out}/" + ", ".join(path.name for path in done.files))


@request_command(trial, PowerRequest, epilog=POWER)
def power(request: PowerRequest, as_json: bool) -> None:
    """Events and patients for a power (Schoenfeld, Freedman), or the power of a number of events."""
    from yttria.app.services.design_files import with_report
    from yttria.app.services.trial_size import run_power

    _answer("power", request.out, with_report("power", request, run_power(request)), as_json=as_json)


@request_command(trial, SimulationRequest, epilog=SIMULATE)
def simulate(request: SimulationRequest, as_json: bool) -> None:
    """Power and estimates by simulation: accrual, dropout, delayed effect, crossover to resection, looks."""
    from yttria.app.services.design_files import with_report
    from yttria.app.services.trial_simulation import run_simulation

    _answer("simulate", request.out, with_report("simulate", request, run_simulation(request)), as_json=as_json)


@request_command(trial, BoundariesRequest, epilog=BOUNDARIES)
def boundaries(request: BoundariesRequest, as_json: bool) -> None:
    """Group-sequential boundaries, exact, and what stopping at each look does to the estimate."""
    from yttria.app.services.design_files import with_report
    from yttria.app.services.trial_boundaries import run_boundaries

    _answer("boundaries", request.out, with_report("boundaries", request, run_boundaries(request)), as_json=as_json)


@request_command(trial, KitRequest, epilog=KIT)
def kit(request: KitRequest, as_json: bool) -> None:
    """Tables to fill for a trial, with dictionary, visit windows and protocol."""
    from yttria.app.services.trial_kit import run_kit

    done = run_kit(request)
    answer("trial kit", done, as_json=as_json)


@request_command(trial, CheckRequest, epilog=CHECK)
def check(request: CheckRequest, as_json: bool) -> None:
    """What is missing, late or refused in the tables of a trial; writes cohort.csv for `yttria analyse`."""
    from yttria.app.services.trial_kit import run_check

    done = run_check(request)
    if as_json:
        answer("trial check", done, as_json=True)
        return
    result = done.result
    lines = [f"missing  {m.patient}  {m.visit}  {m.field}" for m in result.missing]
    lines += [f"late     {v.patient}  {v.visit}  {v.days:+d} days" for v in result.late]
    lines += [f"refused  {r.table} line {r.row}: {r.why}" for r in result.refused]
    counts = f"{len(result.missing)} missing, {len(result.late)} late, {len(result.refused)} refused"
    sys.stdout.write("\n".join([*lines, f"{result.patients} patients in the cohort; {counts}"]) + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")
    if done.files:
        say("written: " + ", ".join(str(path) for path in done.files))
