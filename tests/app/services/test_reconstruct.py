"""app.services.reconstruct: what `yttria reconstruct` answers, called from Python."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.provenance import plain
from yttria.app.services.reconstruct import run
from yttria.contract.reconstruction import CurveReconstruction, RateReconstruction, ReconstructRequest
from yttria.values.errors import IntakeError


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "curve.csv").write_text("time,survival\n0,100\n1,90\n2,80\n3,80\n4,40\n")
    (tmp_path / "risk.csv").write_text("time,n\n0,20\n2.5,16\n")
    (tmp_path / "other.csv").write_text("time,event\n1,1\n2,1\n2,0\n3,1\n")
    (tmp_path / "rates.csv").write_text("time,value,low,high\n24,50.0,34.5,72.4\n36,35.7,21.7,58.7\n")
    return tmp_path


def spoken(*words: object) -> object:
    outcome = CliRunner().invoke(app, ["reconstruct", *map(str, words), "--json"])
    assert outcome.exit_code == 0, outcome.stderr
    return json.loads(outcome.stdout)["result"]


def test_a_comparison_from_python_is_that_of_the_command_line(files: Path) -> None:
    curve, risk, other = files / "curve.csv", files / "risk.csv", files / "other.csv"
    done = run(ReconstructRequest(curve=curve, at_risk=risk, against=other, hr=0.5, redraws=20))
    words = (curve, "--at-risk", risk, "--against", other, "--hr", 0.5, "--redraws", 20)
    assert plain(done.result.model_dump()) == spoken(*words)
    assert isinstance(done.result, CurveReconstruction)
    assert done.result.against is None
    assert done.result.comparison is not None


def test_printed_rates_from_python_give_the_patients_of_the_command_line(files: Path) -> None:
    done = run(ReconstructRequest(curve=files / "rates.csv", exact=True, n=28))
    assert isinstance(done.result, RateReconstruction)
    assert plain(done.result.model_dump()) == spoken(files / "rates.csv", "--exact", "--n", 28)


def test_the_file_that_was_written_is_named(files: Path) -> None:
    out = files / "patients.csv"
    assert run(ReconstructRequest(curve=files / "curve.csv", n=20, out=out)).files == (out,)
    assert out.read_text().count("\n") == 22


def test_one_trial_without_a_second_group_is_refused(files: Path) -> None:
    with pytest.raises(IntakeError, match="--one-trial is about a second group"):
        run(ReconstructRequest(curve=files / "curve.csv", n=20, one_trial=True))


def test_the_patients_are_never_written_over_an_input_nor_over_what_others_wrote(files: Path) -> None:
    curve, other = files / "curve.csv", files / "notes.csv"
    before = curve.read_text()
    with pytest.raises(IntakeError, match="must not be an input"):
        run(ReconstructRequest(curve=curve, n=20, out=curve, replace=True))
    assert curve.read_text() == before
    other.write_text("mine")
    with pytest.raises(IntakeError, match="--replace"):
        run(ReconstructRequest(curve=curve, n=20, out=other))
    assert other.read_text() == "mine"
    run(ReconstructRequest(curve=curve, n=20, out=other, replace=True))
    assert other.read_text().startswith("# reconstructed, not patient data")
    assert run(ReconstructRequest(curve=curve, n=20, out=other)).files == (other,)
