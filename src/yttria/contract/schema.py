"""The JSON schema of each command's document."""

from importlib import import_module

from pydantic import TypeAdapter

from yttria.contract.base import Json, Result
from yttria.contract.envelope import FindingRecord, Provenance
from yttria.values.errors import IntakeError

DRAFT = "https://json-schema.org/draft/2020-12/schema"


# Command -> where the type of its result stands.
RESULTS = {
    "plan": "yttria.contract.plan:PlanResult",
    "verify": "yttria.contract.verification:VerifyResult",
    "rules": "yttria.contract.rules:RulesResult",
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
    "delivery": "yttria.contract.delivery:DeliveryResult",
    "order": "yttria.contract.order:OrderDocument",
    "response": "yttria.contract.response:ResponseResult",
    "trial power": "yttria.contract.trial_power:PowerResult",
    "trial simulate": "yttria.contract.trial_simulation:TrialSimulationResult",
    "trial boundaries": "yttria.contract.trial_boundaries:BoundariesResult",
    "trial interim": "yttria.contract.trial_interim:InterimResult",
    "trial randomise": "yttria.contract.trial_randomisation:RandomiseResult",
    "trial kit": "yttria.contract.trial_kit:KitResult",
    "trial check": "yttria.contract.trial_kit:CheckResult",
}


def schema_of(command: str) -> dict[str, Json]:
    """Return the JSON schema of a command's whole document: the envelope with the command's own result.

    Of a command with commands of its own ("trial") it is that of any of them.

    Raises
    ------
    IntakeError
        No schema is published for that command.
    """
    parts = [] if command in RESULTS else [name for name in RESULTS if name.startswith(f"{command} ")]
    if parts:
        shared: dict[str, Json] = {}
        any_of: list[Json] = []
        for part in parts:
            one, named = _document_schema(part)
            shared |= named
            any_of.append(one)
        return {"$schema": DRAFT, "title": f"yttria {command}", "$defs": shared, "anyOf": any_of}
    if command not in RESULTS:
        raise IntakeError(
            f"a schema is published for {', '.join(RESULTS)}, but the command is {command}; name one of them",
            code="schema-unknown",
            values={"command": command},
        )
    one, shared = _document_schema(command)
    return {"$schema": DRAFT, "$defs": shared, **one}


def _document_schema(command: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the schema of one command's document, and the definitions that it refers to."""
    result: dict[str, Json] = TypeAdapter(result_model(command)).json_schema(ref_template="#/$defs/{model}")
    named = result.pop("$defs", {})
    return {
        "title": f"yttria {command}",
        "type": "object",
        "properties": {
            "yttria": {"type": "string"},
            "command": {"const": command},
            "result": result,
            "findings": {"type": "array", "items": FindingRecord.model_json_schema(ref_template="#/$defs/{model}")},
            "provenance": Provenance.model_json_schema(ref_template="#/$defs/{model}"),
        },
        "required": ["yttria", "command", "result", "findings", "provenance"],
    }, named if isinstance(named, dict) else {}


def result_model(command: str) -> type[Result]:
    """Return the model of a command's result."""
    module, _, name = RESULTS[command].partition(":")
    model: type[Result] = getattr(import_module(module), name)
    return model
