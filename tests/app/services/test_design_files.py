"""The report of a trial's design: written with its numbers where a folder is named, and not over another design."""

import json
from pathlib import Path

import pytest

from yttria.app.services.design_files import FILES, with_report
from yttria.app.services.trial_size import run_power
from yttria.contract.trial_power import PowerRequest
from yttria.values.errors import IntakeError


def test_without_a_folder_nothing_is_written_and_the_answer_is_itself() -> None:
    request = PowerRequest(hr=0.5, power=0.8)
    done = run_power(request)
    assert with_report("power", request, done) is done


def test_report_and_record_hold_the_answers_events(tmp_path: Path) -> None:
    request = PowerRequest(hr=0.5, power=0.8, out=tmp_path / "design")
    answer = with_report("power", request, run_power(request))
    assert [p.name for p in answer.files] == list(FILES)
    assert all(p.is_file() for p in answer.files)
    record = json.loads((tmp_path / "design" / "design.json").read_text())
    assert (record["command"], record["result"]["schoenfeld_events"]) == ("trial power", 66)
    assert "66" in (tmp_path / "design" / "report.html").read_text(encoding="utf-8")


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "design").mkdir()
    (tmp_path / "design" / "design.json").write_text("mine", encoding="utf-8")
    request = PowerRequest(hr=0.5, power=0.8, out=tmp_path / "design")
    with pytest.raises(IntakeError, match="design"):
        with_report("power", request, run_power(request))
    assert (tmp_path / "design" / "design.json").read_text(encoding="utf-8") == "mine"
