"""The published shape of JSON documents."""

import json

import pytest
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
    assert document["properties"]["result"]["type"] == "object"


def test_a_command_without_schema_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(IntakeError, match="a schema is published for plan"):
        schema_of("nonsense")
