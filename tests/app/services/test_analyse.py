"""A study written whole: record, report, figures and tables."""

import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.provenance import plain
from yttria.app.services.analyse import run, study_of, write_study
from yttria.contract.study import AnalyseRequest

PROTOCOL = """
[study]
title = "A small study"
[outcome]
time = "time"
event = "dead"
unit = "months"
[km]
by = ["arm"]
at = [12]
"""


def test_everything_that_a_study_says_is_written(tmp_path: Path) -> None:
    rows = [f"{3 + 5 * i % 37},{int(i % 4 > 0)},{'PDA' if i % 2 else 'SDA'}" for i in range(20)]
    (tmp_path / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "c.csv").write_text("time,dead,arm\n" + "\n".join(rows), encoding="utf-8")
    told: list[str] = []
    out = tmp_path / "out"
    write_study(study_of(tmp_path / "p.toml", tmp_path / "c.csv"), out, progress=told.append)
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["result"]["n"] == 20
    assert "A small study" in PdfReader(out / "report.pdf").pages[0].extract_text()
    assert "<svg" in (out / "report.html").read_text(encoding="utf-8")
    assert {p.name for p in (out / "figures").iterdir()} == {"km-arm.svg", "km-arm.pdf", "km-arm.png"}
    assert (out / "tables" / "table-1.csv").is_file()
    assert (out / "tables" / "table-1.tex").is_file()
    assert told == ["report", "figure km-arm"]


def test_a_study_whose_figure_fails_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "c.csv").write_text("time,dead,arm\n3,1,PDA\n9,1,SDA\n14,0,PDA\n20,1,SDA\n", encoding="utf-8")
    out = tmp_path / "out"

    def full(what: str) -> None:
        if what.startswith("figure"):
            raise MemoryError(what)

    with pytest.raises(MemoryError, match="figure km-arm"):
        write_study(study_of(tmp_path / "p.toml", tmp_path / "c.csv"), out, progress=full)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.csv", "p.toml"]


def test_a_study_from_python_is_that_of_the_command_line_and_names_its_files(tmp_path: Path) -> None:
    rows = [f"{3 + 5 * i % 37},{int(i % 4 > 0)},{'PDA' if i % 2 else 'SDA'}" for i in range(20)]
    protocol, cohort, out = tmp_path / "p.toml", tmp_path / "c.csv", tmp_path / "out"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    cohort.write_text("time,dead,arm\n" + "\n".join(rows), encoding="utf-8")
    done = run(AnalyseRequest(protocol=protocol, cohort=cohort, out=out), report=False)
    assert done.files == (out / "result.json", out / "analysis.R")
    spoken = CliRunner().invoke(app, ["analyse", str(protocol), str(cohort), "--out", str(tmp_path / "b"), "--json"])
    assert plain(done.result.model_dump()) == json.loads(spoken.stdout)["result"]
