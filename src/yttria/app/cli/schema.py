"""`yttria schema`: the published shape of every JSON document."""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from yttria.app.cli.face import refusals, write_json
from yttria.app.cli.root import app
from yttria.values.errors import IntakeError

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
}


@app.command(epilog="Example: yttria schema plan > plan.schema.json")
def schema(command: Annotated[str, typer.Argument(help="The command whose JSON document is described.")]) -> None:
    """Print the JSON schema of a command's document."""
    with refusals():
        sys.stdout.write(write_json(schema_of(command)))


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON schema of a command's whole document: the envelope with the command's own result.

    Raises
    ------
    IntakeError
        No schema is published for that command.
    """
    from pydantic import TypeAdapter

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
        "$schema": "https://json-schema.org/draft/2020-12/schema",
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
