"""The schema of each command's document: envelope and result from the model itself, for a command of commands any of them."""

from typing import Any

import pytest

from yttria.contract.base import Result
from yttria.contract.schema import DRAFT, RESULTS, result_model, schema_of
from yttria.values.errors import IntakeError


@pytest.mark.parametrize(("command", "name"), [("plan", "PlanResult"), ("trial check", "CheckResult")])
def test_a_command_has_the_model_of_its_result(command: str, name: str) -> None:
    assert issubclass(result_model(command), Result)
    assert result_model(command).__name__ == name


@pytest.mark.parametrize("command", ["calc", "order", "trial power"])
def test_a_document_names_its_command_and_must_have_its_envelope(command: str) -> None:
    schema: Any = schema_of(command)
    assert (schema["$schema"], schema["title"], schema["type"]) == (DRAFT, f"yttria {command}", "object")
    assert schema["properties"]["command"] == {"const": command}
    assert (
        set(schema["required"])
        == set(schema["properties"])
        == {"yttria", "command", "result", "findings", "provenance"}
    )


def references(part: Any) -> set[str]:
    """Return every definition that a part refers to."""
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(value) for value in part.values()))
    return set().union(*(references(value) for value in part)) if isinstance(part, list) else set()


@pytest.mark.parametrize("command", ["plan", "analyse", "order", "trial"])
def test_every_definition_that_is_referred_to_is_there(command: str) -> None:
    schema: Any = schema_of(command)
    assert {name.removeprefix("#/$defs/") for name in references(schema)} <= set(schema["$defs"])


def test_a_command_of_commands_is_any_of_them() -> None:
    schema: Any = schema_of("trial")
    parts = [name for name in RESULTS if name.startswith("trial ")]
    assert [part["title"] for part in schema["anyOf"]] == [f"yttria {name}" for name in parts]
    assert len(parts) == 7


def test_a_command_without_a_schema_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(
        IntakeError, match=r"a schema is published for plan, verify, .*but the command is tria; name one"
    ):
        schema_of("tria")
