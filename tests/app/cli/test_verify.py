"""`yttria verify` on a terminal: dose and shunt in its lines, the document by --json, and refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.test_story_verification import EXACT_GY, TRUE_BQ, concentration, make_case
from typer.testing import CliRunner

from yttria.app.cli.root import app


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_case(tmp_path_factory.mktemp("verify") / "after", concentration())


def asked(*words: object) -> Any:
    return CliRunner().invoke(app, ["verify", *(str(w) for w in words)])


def test_lines_and_document_tell_the_exact_dose(case: Path) -> None:
    done = asked(case)
    assert done.exit_code == 0, done.stderr
    assert f"TD (Gy)     {EXACT_GY['TD']:>13.0f}" in done.stdout
    assert (
        done.stdout.splitlines()[0]
        .replace("\u00a0", " ")
        .startswith(f"Given: {TRUE_BQ / 1e9:.2f} GBq; the image shows 100.0 % of it")
    )
    assert "note: " in done.stderr or "warning: " in done.stderr
    document = json.loads(asked(case, "--json").stdout)
    assert document["command"] == "verify"
    assert document["result"]["doses_gy"]["TD"] == pytest.approx(EXACT_GY["TD"], rel=1e-3)


def test_a_folder_of_files_is_told_once_it_is_written(case: Path, tmp_path: Path) -> None:
    done = asked(case, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert f"written: {tmp_path / 'out'}/verify.json, report.pdf, report.html, dose.dcm" in done.stderr
    assert all((tmp_path / "out" / name).is_file() for name in ("verify.json", "report.pdf", "report.html", "dose.dcm"))


def test_without_what_was_given_nothing_is_verified(tmp_path: Path) -> None:
    folder = make_case(tmp_path / "after", np.zeros_like(concentration()) + np.float32(1e4))
    path = folder / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").split("[given]")[0], encoding="utf-8")
    done = asked(folder)
    assert done.exit_code == 1
    assert "given" in done.stderr
    assert "Traceback" not in done.stderr
