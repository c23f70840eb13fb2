"""`yttria analyse` at its door."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.contract.study import StudyResult

run = CliRunner()
PROTOCOL = """
[outcome]
time = "time"
event = { column = "status", is = [2] }
unit = "days"
[km]
by = ["sex"]
at = [365]
[models.m]
terms = ["age", "sex"]
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    protocol, table = tmp_path / "protocol.toml", tmp_path / "cohort.csv"
    protocol.write_text(PROTOCOL)
    table.write_text(
        "time,status,sex,age\n" + "".join(f"{10 * i},{1 + i % 2},{i % 3 % 2},{40 + i * 7 % 30}\n" for i in range(1, 25))
    )
    return protocol, table


def test_it_prints_one_document_and_writes_the_same(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run.invoke(app, ["analyse", *map(str, files), "--out", str(out), "--json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["command"] == "analyse"
    assert document["result"]["n"] == 24
    assert json.loads((out / "result.json").read_text())["result"] == document["result"]


def test_the_result_has_the_published_shape(files: tuple[Path, Path], tmp_path: Path) -> None:
    done = run.invoke(app, ["analyse", *map(str, files), "--out", str(tmp_path), "--json"])
    assert TypeAdapter(StudyResult).validate_python(json.loads(done.stdout)["result"])


def test_what_does_not_exist_is_null_and_never_a_word(files: tuple[Path, Path], tmp_path: Path) -> None:
    done = run.invoke(app, ["analyse", *map(str, files), "--out", str(tmp_path), "--json"])
    assert "NaN" not in done.stdout
    assert json.loads(done.stdout)["result"]["models"]["m"]["terms"]["age"]["robust_se"] is None


def test_a_file_that_is_not_there_is_one_clear_refusal(tmp_path: Path) -> None:
    done = run.invoke(app, ["analyse", "no.toml", "no.csv", "--out", str(tmp_path), "--json"])
    assert done.exit_code == 1
    assert "no such file" in done.stderr
    assert done.stdout == ""


def test_a_wrong_word_is_wrong_usage(tmp_path: Path) -> None:
    assert run.invoke(app, ["analyse", "--nonsense"]).exit_code == 2


def test_the_numbers_of_lung_are_those_of_r(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("survival_r_datasets")
    wanted = json.loads((folder / "R_reference.json").read_text())["lung"]
    protocol = tmp_path / "lung.toml"
    protocol.write_text(PROTOCOL)
    done = run.invoke(app, ["analyse", str(protocol), str(folder / "lung.csv"), "--out", str(tmp_path), "--json"])
    result = json.loads(done.stdout)["result"]
    assert result["km"]["all"]["all"]["median"] == 310
    assert result["logrank"]["sex"]["chi2"] == pytest.approx(wanted["logrank"]["chisq"], rel=1e-9)
