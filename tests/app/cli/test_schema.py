"""The published shape of JSON documents."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.cli.schema import RESULTS, schema_of
from yttria.values.errors import IntakeError


@pytest.mark.parametrize("command", RESULTS)
def test_every_published_schema_asks_for_the_whole_envelope(command: str) -> None:
    asked = CliRunner().invoke(app, ["schema", command])
    assert asked.exit_code == 0
    document = json.loads(asked.stdout)
    assert document == schema_of(command)
    assert set(document["required"]) == {"yttria", "command", "result", "findings", "provenance"}
    assert document["properties"]["result"].keys() & {"type", "anyOf"}


def validated(command: str, words: list[str]) -> None:
    """Run a command and hold its result against the type that its schema is made of: every key, no other."""
    module, _, name = RESULTS[command].partition(":")
    shape: TypeAdapter[Any] = TypeAdapter(getattr(import_module(module), name))
    asked = CliRunner().invoke(app, [*words, "--json"])
    assert asked.exit_code == 0, asked.stderr
    shape.validate_python(json.loads(asked.stdout)["result"], extra="forbid")


def test_a_plan_and_an_inspection_are_what_their_schemas_say(digital_patient: Path) -> None:
    validated("plan", ["plan", str(digital_patient / "patient")])
    validated("inspect", ["inspect", str(digital_patient / "patient")])


@pytest.mark.parametrize(
    "words",
    [
        "mono --mass-kg 1 --activity-gbq 2 --lung-shunt-fraction 0.05 --lung-mass-kg 1",
        "decay --hours 2.2",
        "two-by-two --a 28,28 --b 0,28",
        "proportion --events 143 --n 162",
        "consistency --delivered-mci 9.2 --prescribed-mci 11.9 --claimed-underdose-percent 22.48",
    ],
)
def test_a_calculation_is_what_its_schema_says(words: str) -> None:
    validated("calc", ["calc", *words.split()])


def test_a_command_without_schema_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(IntakeError, match="a schema is published for plan"):
        schema_of("nonsense")
