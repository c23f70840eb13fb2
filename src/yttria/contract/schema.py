"""The JSON schema of each command's document."""

from importlib import import_module
from typing import Any

from pydantic import TypeAdapter

from yttria.contract.envelope import FindingRecord, Provenance
from yttria.values.errors import IntakeError

DRAFT = "https://json-schema.org/draft/2020-12/schema"


# Command -> where the type of its result stands.
RESULTS = {
    "plan": "yttria.contract.plan:PlanResult",
    "calc": "yttria.contract.calculations:CalcResult",
    "inspect": "yttria.contract.inspection:InspectResult",
    "analyse": "yttria.contract.study:StudyResult",
    "demo": "yttria.contract.simulation:DemoResult",
    "simulate": "yttria.contract.simulation:SimulateResult",
    "dose": "yttria.contract.dosimetry:DoseResult",
    "dvh": "yttria.contract.dosimetry:DvhResult",
    "convert": "yttria.contract.conversion:ConvertResult",
    "claims": "yttria.contract.claims:ClaimsResult",
    "reconstruct": "yttria.contract.reconstruction:ReconstructResult",
    "trial power": "yttria.contract.trial_design:PowerResult",
    "trial simulate": "yttria.contract.trial_design:TrialSimulationResult",
    "trial boundaries": "yttria.contract.trial_design:BoundariesResult",
    "trial interim": "yttria.contract.trial_design:InterimResult",
    "trial randomise": "yttria.contract.trial_design:RandomiseResult",
}


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON schema of a command's whole document: the envelope with the command's own result.

    Of a command with commands of its own ("trial") it is that of any of them.

    Raises
    ------
    IntakeError
        No schema is published for that command.
    """
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
    finding = FindingRecord.model_json_schema(ref_template="#/$defs/{model}")
    provenance = Provenance.model_json_schema(ref_template="#/$defs/{model}")
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
            "provenance": provenance,
        },
        "required": ["yttria", "command", "result", "findings", "provenance"],
    }
