"""The published shape of JSON documents."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.contract.schema import RESULTS, schema_of
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


def test_claims_are_what_their_schema_says() -> None:
    validated("claims", ["claims", "dosisphere"])
    validated("claims", ["claims", "dosisphere", "--beside", "dosisphere"])


def test_a_reconstruction_is_what_its_schema_says(tmp_path: Path) -> None:
    curve, rates, other = tmp_path / "curve.csv", tmp_path / "rates.csv", tmp_path / "other.csv"
    curve.write_text("time,survival\n0,1\n1,0.9\n2,0.8\n4,0.4\n")
    rates.write_text("time,value,low,high\n24,50.0,34.5,72.4\n")
    other.write_text("time,event\n5,1\n6,1\n")
    words = ["reconstruct", str(curve), "--n", "20"]
    validated("reconstruct", words)
    validated("reconstruct", [*words, "--against", str(other), "--hr", "0.5"])
    validated("reconstruct", [*words, "--against", str(curve), "--against-at-risk", str(_risk(tmp_path))])
    validated("reconstruct", ["reconstruct", str(rates), "--exact", "--n", "28"])


def _risk(folder: Path) -> Path:
    (folder / "risk.csv").write_text("time,n\n0,20\n2,15\n")
    return folder / "risk.csv"


@pytest.mark.parametrize(
    "words",
    [
        "power --hr 0.5 --power 0.8 --control-median 10 --accrual 24 --follow-up 12",
        "power --hr 0.5 --events 49",
        "simulate --patients 20 --control-median 10 --hr 0.5 --trials 500 --look-events 8,16 --shown-hr 0.5",
        "boundaries --looks 2 --power 0.8 --hr 0.5",
        "interim --hr 0.42 --events 34 --later-hr 0.51 --later-events 49 --look-events 34,49 --true-hr 0.5",
    ],
)
def test_a_trial_is_what_its_schema_says(words: str) -> None:
    validated(f"trial {words.split(maxsplit=1)[0]}", ["trial", *words.split()])


def test_a_list_is_what_its_schema_says(tmp_path: Path) -> None:
    validated("trial randomise", ["trial", "randomise", "--patients", "8", "--out", str(tmp_path / "lists")])


def test_a_command_of_commands_has_a_schema_of_any_of_them() -> None:
    whole: Any = schema_of("trial")
    assert [part["title"] for part in whole["anyOf"]] == [
        f"yttria {name}" for name in RESULTS if name.startswith("trial ")
    ]
    assert "SimulatedLooks" in whole["$defs"]
    spoken = CliRunner().invoke(app, ["schema", "trial", "power"])
    assert json.loads(spoken.stdout) == schema_of("trial power")


def test_a_command_without_schema_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(IntakeError, match="a schema is published for plan"):
        schema_of("nonsense")
