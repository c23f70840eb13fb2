"""The sections of a trial's report beyond curves, through the files that `yttria analyse` writes: figures, tables, Word, words of method."""

import csv
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from tests.test_story_trial_effects import BASE, rows_of, write
from typer.testing import CliRunner

from yttria.app.cli.root import app

SECTIONS = """
[study]
label = "simulated"
registration = "NCT0"
[km]
by = ["treated", "stage"]
at = [12, 24]
[univariable]
terms = ["treated", "age", "pvt"]
[models.main]
terms = ["treated", "pvt"]
[scale]
age = 10
[outcomes.pfs]
time = "pfs"
event = "failed"
unit = "months"
[responses.easl]
column = "easl"
responders = ["PR"]
[splines.TD]
column = "dose"
[weights.iptw]
covariates = ["age", "pvt", "stage"]
[weighted_tests]
by = ["treated"]
[pairwise]
by = ["stage"]
[missing]
imputations = 2
[populations.PVT]
where = { pvt = [1] }
[consort]
steps = [{ label = "randomised", where = { sure = [1] } }, { label = "treated", where = { given = [1] } }]
reason = "why"
[matched.outside]
patients = "outside.csv"
means = { age = 65.0 }
[adverse_events]
table = "events.csv"
id = "patient"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    rows = [
        row
        | {
            "pfs": row["time"],
            "failed": 1,
            "easl": "PR" if k % 3 else "SD",
            "sure": 1,
            "given": int(k > 1),
            "why": "shunt",
        }
        for k, row in enumerate(rows_of())
    ]
    write(folder / "cohort.csv", rows)
    write(folder / "outside.csv", [{"time": 1 + k, "event": k % 2} for k in range(40)])
    events = [
        {"patient": f"p{k}", "term": ("Fatigue", "Ascites")[k % 2], "grade": 1 + k % 4, "serious": 0, "related": 1}
        for k in range(60)
    ]
    write(folder / "events.csv", events)
    (folder / "protocol.toml").write_text(SECTIONS + BASE, encoding="utf-8")
    words = ["analyse", str(folder / "protocol.toml"), str(folder / "cohort.csv"), "--out", str(folder / "out")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    return folder / "out"


@pytest.mark.parametrize(
    "name", ["consort", "response", "spline-TD", "balance-iptw", "matched-outside", "adverse-events"]
)
def test_each_section_draws_its_figure_with_the_label_of_the_study(written: Path, name: str) -> None:
    drawn = (written / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    assert "imulated" in drawn
    assert (written / "figures" / f"{name}.pdf").stat().st_size > 1000


@pytest.mark.parametrize(
    "heading",
    [
        "Flow of patients",
        "Response",
        "Further outcomes",
        "Adjusted effects",
        "Outside comparisons",
        "Safety",
        "Tables for a paper",
    ],
)
def test_the_report_has_a_section_for_each(written: Path, heading: str) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    assert re.search(rf"<h2[^>]*>{heading}</h2>", page)


def test_the_method_names_what_was_done(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    for words in (
        "Harrell’s quantiles",
        "Rubin",
        "MaxCombo by the joint normal law",
        "Newcombe",
        "Holm",
        "method of moments",
        "worst grade",
    ):
        assert words.replace("’", "'") in page.replace("’", "'").replace("&#x27;", "'")


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig") as file:
        return [row for row in csv.reader(file) if not row[0].startswith("#")]


def test_the_outcome_table_has_the_rows_of_the_trials_table_2(written: Path) -> None:
    rows = table(written / "tables" / "outcomes.csv")
    labels = [row[0] for row in rows[1:]]
    assert labels[:2] == ["treated: yes", "treated: no"]
    assert labels[2:4] == ["PVT (yes)", "PVT (no)"]  # the arms within the population stand beneath the arms
    assert rows[0][3:] == ["12 months, %", "24 months, %"]


def test_the_cox_table_sets_univariable_beside_multivariable(written: Path) -> None:
    rows = {row[0]: row[1:] for row in table(written / "tables" / "cox.csv")[1:]}
    assert rows["age (per 10)"][2:] == ["—", "—"]
    assert re.fullmatch(r"\d\.\d\d \(\d\.\d\d–\d\.\d\d\)", rows["pvt"][0])
    assert rows["pvt"][2] != "—"


def test_word_tables_are_tables_with_a_caption_a_repeated_heading_and_notes(written: Path) -> None:
    for name in ("outcomes", "cox", "table-1"):
        document = Document(str(written / "tables" / f"{name}.docx"))
        made = document.tables[0]
        texts = [[cell.text.strip() for cell in row.cells] for row in made.rows]
        assert texts == [[c.strip() for c in row] for row in table(written / "tables" / f"{name}.csv")]
        assert (style := document.paragraphs[0].style) is not None
        assert style.name == "Caption"
        assert "Simulated." in [paragraph.text for paragraph in document.paragraphs]
        with zipfile.ZipFile(written / "tables" / f"{name}.docx") as archive:
            assert b"<w:tblHeader" in archive.read("word/document.xml")
