"""The root of the command line: what every command hangs on. A command's module is loaded when the command is named."""

from functools import cache
from importlib import import_module
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from yttria import __version__

COMMANDS = {
    "demo": "Follow a digital patient from plan to response, plan another, each as real DICOM with the truth beside it; then analyse the reconstructed trial beside its paper.",
    "inspect": "Say what is in a folder: series, roles, units, geometry, what is wrong and what can be done.",
    "plan": "Plan a treatment: activities, doses and limits side by side, with report and RTDOSE.",
    "rules": "Show every limit, aim and contraindication with its source: which hold, are assumed, are open or fall away.",
    "order": "Choose the vials that deliver an activity at an hour, with the site's calendar: choices side by side, order form, calendar file.",
    "delivery": "Say what was delivered: assay, decay on the way, residual, split over injections, against what was prescribed.",
    "verify": "Say what was delivered: doses, limits and aims of the image after treatment, beside the plan.",
    "response": "Judge the response of lesions by EASL, mRECIST and RECIST 1.1: each visit, the best, the endpoint of a trial by arm.",
    "simulate": "Write what a camera would see of a given anatomy: 99mTc-MAA SPECT and planar scan as DICOM, with the truth beside them.",
    "dose": "Turn activity into dose: Bq/mL in, Gy in total decay out.",
    "dvh": "Say what every volume receives: volume, mean, D98 … D2, V at asked doses, the whole curve.",
    "convert": "Write structures as RTSTRUCT, SEG or labels; say what that did to the volume and place of each.",
    "calc": "One formula each: what it needs as options, the answer with its constants and findings.",
    "analyse": "Analyse a survival study: curves, tests, models, selection, subgroups, competing risks, exact to R.",
    "claims": "Check published statistics against themselves: each contradiction with what would agree and what to do.",
    "reconstruct": "Reconstruct individual times from a published Kaplan-Meier curve (Guyot 2012) and say how well they fit.",
    "trial": "Design and run the next trial: size, simulation, looks, randomisation, tables.",
    "schema": "Print the JSON schema of a command's document.",
}
"""Each command with the first sentence of its help, so that the list of commands needs none of them."""


MODULES = {"calc": ("calc", "calc_clinical", "calc_evidence"), "trial": ("trial", "interim", "randomise")}
"""The modules of a command that are not one module of its name."""


class CommandGroup(TyperGroup):
    """The commands of Yttria, each loaded when it is named."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, in the order of a patient's walk."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, loading its module; None where there is none of that name."""
        return _loaded(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands without loading them."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _short(text, limit)) for name, text in COMMANDS.items()])


def _short(text: str, limit: int) -> str:
    """Return as many words of a sentence as the line holds."""
    if len(text) <= limit:
        return text
    return text[: limit - 3].rsplit(" ", 1)[0] + "..."


@cache
def _loaded(name: str) -> Any:
    """Return a command or a group of commands by its name, of the module that makes it."""
    for module in MODULES.get(name, (name,)):
        import_module(f"yttria.app.cli.{module}")
    for group in app.registered_groups:
        if group.name == name:
            return typer.main.get_group_from_info(
                group, pretty_exceptions_short=True, suggest_commands=True, rich_markup_mode=None
            )
    (command,) = (c for c in app.registered_commands if name in {c.name, c.callback and c.callback.__name__})
    return typer.main.get_command_from_info(command, pretty_exceptions_short=True, rich_markup_mode=None)


def command_requests() -> dict[str, Any]:
    """Return the request of every command that has one, by the words that name the command (`trial power`)."""
    for name in COMMANDS:
        _loaded(name)
    groups = [("", app), *((f"{group.name} ", group.typer_instance) for group in app.registered_groups)]
    commands = [(prefix, command) for prefix, group in groups if group for command in group.registered_commands]
    named = {f"{prefix}{c.name or c.callback.__name__}": vars(c.callback) for prefix, c in commands if c.callback}
    return {name: result["request"] for name, result in named.items() if "request" in result}


app = typer.Typer(
    name="yttria",
    cls=CommandGroup,
    help="Personalised 90Y radioembolisation: from images to an activity, and from patients to evidence.\n\n"
    "For research use only. Not a medical device; not for clinical decisions.",
    epilog="Start with: yttria demo --out demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"yttria {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Personalised 90Y radioembolisation. For research use only."""
