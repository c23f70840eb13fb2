"""What `yttria response --out` writes, read back: numbers, figures, tables; whose they are, and what they never write over."""

import csv
import json
import re
import stat
from pathlib import Path

import pypdf
import pytest

from yttria.app.provenance import plain
from yttria.app.services.response import run
from yttria.contract.response import ResponseRequest
from yttria.values.errors import IntakeError

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index,status\n"


def rows() -> str:
    """Four patients an arm: three and one respond at three months; one grows threefold, one has no visit, one no targets."""
    text = HEAD
    for arm, sizes in (("PDA", (20, 30, 0, 80)), ("SDA", (30, 80, 140, None))):
        for i, size in enumerate(sizes):
            text += f"{arm}{i},2026-01-05,L,target,80,80,80,80,{arm},1,\n"
            if size is not None:
                text += f"{arm}{i},2026-04-06,L,target,{size},{size},{size},{size},{arm},1,\n"
    return text + "N,2026-01-05,X,non-target,,,,,SDA,,present\nN,2026-04-06,X,non-target,,,,,SDA,,present\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("response") / "lesions.csv"
    path.write_text(rows(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def written(table: Path) -> Path:
    out = table.parent / "out"
    run(ResponseRequest(lesions=table, criteria=("easl",), at_months=3, treated="PDA", out=out))
    return out


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_the_report_says_the_endpoint_its_difference_and_both_p(written: Path) -> None:
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(written / "report.pdf").pages)
    flat = re.sub(r"\s+", " ", text)
    assert "PDA 3 of 4 (75.0 %), SDA 1 of 5 (20.0 %)" in flat
    assert "percentage points" in flat
    assert "P 0.206 by Fisher's exact test, 0.099 by Pearson's" in flat
    assert "Rules" in flat
    page = (written / "report.html").read_text(encoding="utf-8")
    assert "PDA 3 of 4 (75.0" in page
    assert "Wilson" in page


def test_the_record_is_the_answer_of_the_command(table: Path, written: Path) -> None:
    record = json.loads((written / "response.json").read_text(encoding="utf-8"))
    done = run(ResponseRequest(lesions=table, criteria=("easl",), at_months=3, treated="PDA"))
    assert record["command"] == "response"
    assert record["result"]["rates"]["easl"] == plain(done.result.rates["easl"].model_dump())
    assert record["result"]["at"]["easl"]["index"]["comparison"]["treated"] == "PDA"


def test_figures_show_every_word_that_occurs_and_say_what_is_cut_or_left_out(written: Path) -> None:
    waterfall = (written / "figures" / "waterfall-easl.svg").read_text(encoding="utf-8")
    for word in ("CR", "PR", "SD", "PD", "PDA", "SDA"):
        assert f">{word}<" in waterfall
    assert {p.name for p in (written / "figures").iterdir()} == {
        f"{name}-easl.{kind}" for name in ("waterfall", "spider", "response") for kind in ("svg", "pdf", "png")
    }
    stacked = (written / "figures" / "response-easl.svg").read_text(encoding="utf-8")
    for text in ("PDA (4)", "SDA (5)", "PR 2", "CR 1", "NE 2"):
        assert text in stacked
    html = (written / "report.html").read_text(encoding="utf-8")
    assert "Growth beyond +100 % is cut off (1)" in html
    assert "2 without a measured change are not drawn" in html


def test_tables_hold_what_other_programs_need(written: Path) -> None:
    best = cells(written / "tables" / "best.csv")
    assert best[1][:8] == ["EASL", "9", "1", "3", "2", "1", "1", "1"]
    visits = cells(written / "tables" / "visits.csv")
    assert visits[1] == ["PDA0", "PDA", "easl", "2026-04-06", "400", "mm2", "-93.75", "-93.75", "PR", "", "0", "PR"]
    assert {row[0] for row in cells(written / "tables" / "endpoint.csv")[1:]} == {
        "EASL, index lesion",
        "EASL, patient",
        "",
    }
    assert "PDA against SDA" in (written / "tables" / "comparison.csv").read_text(encoding="utf-8")


def test_files_that_name_patients_are_their_owners_alone(written: Path) -> None:
    for name in ("response.json", "report.pdf", "report.html", "tables/patients.csv", "tables/visits.csv"):
        assert stat.S_IMODE((written / name).stat().st_mode) == 0o600


def test_the_same_table_may_write_again_and_another_may_not(table: Path, written: Path, tmp_path: Path) -> None:
    before = (written / "response.json").read_bytes()
    run(ResponseRequest(lesions=table, criteria=("easl",), at_months=3, treated="PDA", out=written))
    assert (written / "response.json").read_bytes() == before
    other = tmp_path / "other.csv"
    other.write_text(rows(), encoding="utf-8")
    with pytest.raises(IntakeError, match="name another place, or say --replace"):
        run(ResponseRequest(lesions=other, criteria=("easl",), out=written))


def test_a_table_without_arms_or_measurable_lesions_has_a_report_too(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(HEAD + "N,2026-01-05,X,non-target,,,,,,,present\n", encoding="utf-8")
    done = run(ResponseRequest(lesions=path, out=tmp_path / "out"))
    assert all(rate.NE == 1 for rate in done.result.rates.values())
    assert not list((tmp_path / "out" / "figures").iterdir())
    assert (tmp_path / "out" / "report.pdf").stat().st_size > 1000


def dosed(patients: int = 24) -> str:
    """Two lesions a patient; from 200 Gy up most of them are gone at three months, below few."""
    text = HEAD.replace("status\n", "status,dose_gy\n")
    for i in range(patients):
        for lesion, dose in (("L", 100 + 10 * i), ("M", 90 + 11 * i)):
            gone = (dose > 200) is not (i % 6 == 0 and lesion == "M")
            text += f"P{i:02},2026-01-05,{lesion},target,50,50,50,50,,,,{dose}\n"
            text += f"P{i:02},2026-04-06,{lesion},target,50,50,{0 if gone else 50},{0 if gone else 50},,,,\n"
    return text


def test_lesion_dose_and_response_stand_in_answer_report_figure_and_table(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(dosed(), encoding="utf-8")
    done = run(ResponseRequest(lesions=path, criteria=("easl",), at_months=3, out=tmp_path / "out"))
    assert done.result.dose_response is not None
    found = done.result.dose_response["easl"]
    assert (found.n, found.patients, found.dropped, found.judged) == (48, 24, 0, "at 3 months")
    assert found.low is not None
    assert found.low > 1
    half = found.needed[0]
    assert half.dose_gy is not None
    assert 150 < half.dose_gy < 250
    assert (tmp_path / "out" / "figures" / "dose-easl.svg").exists()
    assert "48 of 24" in (tmp_path / "out" / "tables" / "dose.csv").read_text(encoding="utf-8")
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Lesion dose and response" in html
    assert not done.findings


@pytest.mark.parametrize(("patients", "level"), [(9, "warning"), (10, "note"), (19, "note"), (20, None)])
def test_errors_over_few_patients_are_told(tmp_path: Path, patients: int, level: str | None) -> None:
    path = tmp_path / "l.csv"
    path.write_text(dosed(patients), encoding="utf-8")
    done = run(ResponseRequest(lesions=path, criteria=("easl",)))
    assert [f.level for f in done.findings if f.code == "clusters-few"] == ([] if level is None else [level])


def test_doses_that_cannot_be_fitted_are_told_and_null(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(
        HEAD.replace("status\n", "status,dose_gy\n") + "A,2026-01-05,L,target,50,50,50,50,,,,120\n", encoding="utf-8"
    )
    done = run(ResponseRequest(lesions=path, criteria=("easl",)))
    assert done.result.dose_response is not None
    found = done.result.dose_response["easl"]
    assert (found.n, found.dropped, found.p, found.curve) == (0, 1, None, None)
