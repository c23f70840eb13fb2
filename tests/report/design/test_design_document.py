"""The report of a design, through the command that makes it: numbers, figure, each look in words, code that repeats it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app


def made(out: Path, *words: object) -> str:
    done = CliRunner().invoke(app, ["trial", *map(str, words), "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"
    page = (out / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", "", page)


def test_a_sequential_design_states_each_look_in_numbers_and_words(tmp_path: Path) -> None:
    page = made(tmp_path / "d", "boundaries", "--looks", 3, "--efficacy", "spending:obf", "--futility", "beta:obf")
    record = json.loads((tmp_path / "d" / "design.json").read_text(encoding="utf-8"))
    assert record["command"] == "trial boundaries"
    for words in ("3.7103", "1.1704", "0.02313", "may stop as futile", "alpha is kept if it goes on", "1.104 times"):
        assert words in page
    assert page.count("of the information:") == 3
    assert "getDesignGroupSequential" in page
    assert "cannot tell" in page


def test_a_binding_limit_and_a_two_sided_design_say_so(tmp_path: Path) -> None:
    bound = made(tmp_path / "b", "boundaries", "--looks", 2, "--futility", "beta:pocock", "--binding", "true")
    assert "it stops as futile" in bound
    plain = made(tmp_path / "p", "boundaries", "--looks", 2, "--efficacy", "pocock")
    assert "futile" not in plain.replace("futility none", "")
    assert "two-sided" in plain


def test_sizes_and_simulated_trials_have_their_report(tmp_path: Path) -> None:
    size = made(tmp_path / "s", "power", "--endpoint", "response", "--rate-control", 0.36, "--rate-treated", 0.71)
    assert "62 patients: 31 treated, 31 control" in size
    assert "getSampleSizeRates(pi1 = 0.71, pi2 = 0.36" in size
    trials = made(
        tmp_path / "t", "simulate", "--patients", 80, "--control-median", 10, "--hr", 0.6, "--trials", 500, "--look-events", "20,40",
    )  # fmt: skip
    assert "Log-rank" in trials
    assert "MaxCombo" in trials
    assert "own error of the power" in trials


def test_another_design_does_not_write_over_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "report.pdf").write_text("a letter", encoding="utf-8")
    words = ["trial", "power", "--hr", "0.5", "--power", "0.8", "--out", str(tmp_path / "d")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert (tmp_path / "d" / "report.pdf").read_text(encoding="utf-8") == "a letter"
    assert CliRunner().invoke(app, [*words, "--replace"]).exit_code == 0


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on this machine")
def test_the_code_of_the_report_gives_its_boundaries_in_r(tmp_path: Path) -> None:
    if subprocess.run(
        ["Rscript", "-e", 'stopifnot(requireNamespace("rpact"))'], capture_output=True, check=False
    ).returncode:
        pytest.skip("R has no package rpact here")
    page = made(
        tmp_path / "d", "boundaries", "--information", "0.4,1", "--efficacy", "obf", "--futility", "conditional"
    )
    call = page.split("library(rpact); d &lt;- ")[1].split("; summary")[0].replace("&quot;", '"')
    code = f"suppressMessages(library(rpact)); d <- {call}; cat(d$criticalValues, getDesignCharacteristics(d)$inflationFactor)"
    found = [
        float(x)
        for x in subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout.split()
    ]
    record = json.loads((tmp_path / "d" / "design.json").read_text(encoding="utf-8"))["result"]
    assert found == pytest.approx([*record["z"], record["inflation"]], abs=1e-6)
