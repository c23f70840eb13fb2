"""`yttria claims` at the door."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.claims import SHIPPED

TABLE = """# a comment
kind,subject,n,events,value,low,high,p
hr,multifocal,56,,20.3,1.13,3.65,0.016
percent,"alive, at 1 y",28,14,50.0,,,
"""


def ran(*words: object) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(app, ["claims", *map(str, words)])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_a_table_of_any_paper_gives_flags_as_findings_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    code, out, err = ran(tmp_path / "t.csv", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["command"] == "claims"
    assert {k: document["result"][k] for k in ("claims", "agree", "flagged", "not_checkable")} == {
        "claims": 2, "agree": 1, "flagged": 1, "not_checkable": 0,
    }  # fmt: skip
    assert [f["code"] for f in document["findings"]] == ["ratio-not-midway"]
    assert document["result"]["flags"][0]["lines"] == [3]


def test_a_person_reads_what_is_wrong_what_agrees_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    code, out, _ = ran(tmp_path / "t.csv")
    assert code == 0
    for word in ("printed:", "why not:", "agrees:  a ratio of 2.03", "do:"):
        assert word in out


def test_the_shipped_table_is_the_trial_report() -> None:
    code, out, _ = ran(SHIPPED)
    assert code == 0
    assert "n = 33: 17d|1d 1c 3d|2d 1c 3d" in out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        ("kind,subject,value\n", "at least one row"),
        ("kind,subject,vlaue\nhr,x,1\n", "did you mean value"),
        ("kind,subject,value\nhr,x\n", "must have 3 cells, but line 2 has 2"),
        ("kind,kind,value\nhr,x,1\n", "stands twice"),
        ("kind,subject,value\nhr,x,one\n", "line 2: a printed number"),
        ('kind,subject,value\nhr,"x,1\n', "quote is not closed"),
    ],
)
def test_a_table_that_cannot_be_read_ends_with_one_and_says_why(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    code, out, err = ran(tmp_path / "t.csv", "--json")
    assert (code, out) == (1, "")
    assert why in err


def test_no_file_ends_with_one() -> None:
    code, _, err = ran("no/such.csv")
    assert code == 1
    assert "no such file" in err
