"""`yttria rules` on a terminal: a line a rule with its state, dose, missing keys and source; the document; a refusal."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app

WORDS = ("--product", "glass", "--disease", "HCC", "--scenario", "lobectomy")
STATES = ("holds", "assumed", "open", "falls away")


def asked(*words: str) -> Any:
    return CliRunner().invoke(app, ["rules", *words])


def test_every_rule_has_one_line_in_the_order_of_its_state() -> None:
    done = asked(*WORDS)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    found = [next(s for s in STATES if line.startswith(s)) for line in lines]
    assert found == sorted(found, key=STATES.index)
    document = json.loads(asked(*WORDS, "--json").stdout)
    assert document["command"] == "rules"
    rules = document["result"]["rules"]
    assert len(lines) == len(rules)
    for state in STATES:
        assert found.count(state) == sum(rule["state"] == state for rule in rules)


def test_a_line_says_state_kind_volume_dose_condition_and_source() -> None:
    """Thirty gray to the lungs in one session, from the label of the microspheres; 90 Gy to the normal liver (Weber et al. 2022, table 2)."""
    lines = asked(*WORDS).stdout.splitlines()
    (lung,) = [line for line in lines if line.split()[:3] == ["holds", "limit", "lung:"]]
    assert lung.split()[3:7] == ["LD", "30", "Gy;", "each"]
    assert "TheraSphere label" in lung
    liver = [line for line in lines if " normal-liver: WNLD 90 Gy; glass, HCC, " in line]
    assert [line.split()[:2] for line in liver] == [["open", "limit"]]


@pytest.mark.parametrize(
    ("name", "key"), [("digestive shunt", "digestive_shunt"), ("lung-cumulative", "previous_lung_dose_gy")]
)
def test_a_rule_that_lacks_a_fact_names_its_key(name: str, key: str) -> None:
    (line,) = [line for line in asked(*WORDS).stdout.splitlines() if f" {name}: " in line and line.startswith("open")]
    assert f"[give {key}]" in line


def test_a_product_that_is_none_is_refused() -> None:
    done = asked("--product", "plastic")
    assert done.exit_code != 0
    assert "plastic" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("word", ["--product", "--disease", "--scenario", "--case", "--json"])
def test_help_names_every_option(word: str) -> None:
    assert word in asked("--help").stdout
