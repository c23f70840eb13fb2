"""docs/next-trial.md: its commands run as they stand, and its numbers are theirs."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "next-trial.md").read_text(encoding="utf-8")
COMMANDS = {line.split()[2]: line.strip() for line in PAGE.splitlines() if line.startswith("    yttria trial ")}


def result(command: str, *more: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*shlex.split(command)[1:], *more, "--json"])
    assert done.exit_code == 0, done.stderr
    return dict(json.loads(done.stdout)["result"])


def test_the_size_is_the_one_printed() -> None:
    found = result(COMMANDS["power"])
    assert f"{found['schoenfeld_events']} events and {found['schoenfeld_patients']} patients" in PAGE


@pytest.mark.parametrize(
    ("change", "row"),
    [(("--delay 3", "--delay 0"), "power without a delay"), (("", ""), "power with three months of delay")],
)
def test_simulated_powers_are_the_ones_printed(change: tuple[str, str], row: str) -> None:
    tests = result(COMMANDS["simulate"].replace(*change))["tests"]
    (cells,) = [line for line in PAGE.splitlines() if line.startswith(f"| {row}")]
    printed = [float(x) for x in re.findall(r"([\d.]+) %", cells)]
    assert printed == pytest.approx([100 * tests["logrank"]["power"], 100 * tests["maxcombo"]["power"]], abs=0.06)
    if row.startswith("power with "):
        assert f"| {100 * tests['logrank']['looks'][0]['futility']:.1f} % | not used |" in PAGE


def test_the_larger_trial_has_the_power_printed() -> None:
    larger = COMMANDS["simulate"].replace("300", "400").replace("115,230", "145,290")
    tests = result(larger)["tests"]
    words = f"{100 * tests['logrank']['power']:.1f} % by the log-rank"
    assert words in " ".join(PAGE.split())
    assert f"{100 * tests['maxcombo']['power']:.1f} % by MaxCombo" in " ".join(PAGE.split())
