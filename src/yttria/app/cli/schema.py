"""`yttria schema`: the published shape of every JSON document."""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from yttria.app.cli.face import refusals, write_json
from yttria.app.cli.root import app
from yttria.values.errors import IntakeError

DRAFT = "https://json-schema.org/draft/2020-12/schema"
# Command -> where the type of its result stands.
RESULTS = {
    "plan": "yttria.report.record:PlanRecord",
    "calc": "yttria.app.cli.calculated:CalcRecord",
    "inspect": "yttria.app.cli.inspect:InspectRecord",
    "analyse": "yttria.evidence.shape:StudyShape",
    "demo": "yttria.app.truth:DemoRecord",
    "simulate": "yttria.app.truth:SimulateRecord",
    "dose": "yttria.app.cli.dose:DoseRecord",
    "dvh": "yttria.app.cli.dvh:DvhRecord",
    "convert": "yttria.app.convert:ConvertRecord",
    "claims": "yttria.app.cli.evidence_records:ClaimsRecord",
    "reconstruct": "yttria.app.cli.evidence_records:ReconstructRecord",
    "trial power": "yttria.app.cli.evidence_records:PowerRecord",
    "trial simulate": "yttria.app.cli.evidence_records:SimulatedTrialsRecord",
    "trial boundaries": "yttria.app.cli.evidence_records:BoundariesRecord",
    "trial interim": "yttria.app.cli.evidence_records:InterimRecord",
    "trial randomise": "yttria.app.cli.evidence_records:RandomiseRecord",
}


@app.command(
    epilog="Example: yttria schema plan > plan.schema.json\n\nExample: yttria schema trial power   (yttria schema trial: all of them)"
)
def schema(command: Annotated[list[str], typer.Argument(help="The command whose JSON document is described.")]) -> None:
    """Print the JSON schema of a command's document."""
    with refusals():
        sys.stdout.write(write_json(schema_of(" ".join(command))))


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON schema of a command's whole document: the envelope with the command's own result.

    Of a command with commands of its own ("trial") it is that of any of them.

    Raises
    ------
    IntakeError
        No schema is published for that command.
    """
    from pydantic import TypeAdapter

    parts = [] if command in RESULTS else [name for name in RESULTS if name.startswith(f"{command} ")]
    if parts:
        any_of = [schema_of(part) for part in parts]
        shared = {name: shape for one in any_of for name, shape in one.pop("$defs").items()}
        for one in any_of:
            one.pop("$schema")
        return {"$schema": DRAFT, "title": f"yttria {command}", "$defs": shared, "anyOf": any_of}
    if command not in RESULTS:
        raise IntakeError(f"a schema is published for {', '.join(RESULTS)}, but {command} was asked; name one of them")
    module, _, name = RESULTS[command].partition(":")
    result = TypeAdapter(getattr(import_module(module), name)).json_schema(ref_template="#/$defs/{model}")
    finding = {
        "type": "object",
        "properties": {
            "level": {"enum": ["note", "warning", "stop"]},
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
        "required": ["level", "code", "message"],
    }
    return {
        "$schema": DRAFT,
        "title": f"yttria {command}",
        "type": "object",
        "$defs": result.pop("$defs", {}),
        "properties": {
            "yttria": {"type": "string"},
            "command": {"const": command},
            "result": result,
            "findings": {"type": "array", "items": finding},
            "provenance": {"type": "object"},
        },
        "required": ["yttria", "command", "result", "findings", "provenance"],
    }
