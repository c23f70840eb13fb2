"""`yttria trial randomise` at the door: lists, commitment, the same list again."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.randomise import randomise
from yttria.app.cli.root import app


def ran(*words: object) -> tuple[int, str, str]:
    assert randomise is not None
    outcome = CliRunner().invoke(app, ["trial", "randomise", *map(str, words)])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_the_list_can_be_made_again_from_the_sealed_seed_alone(tmp_path: Path) -> None:
    words = ("--patients", 12, "--stratum", "pvt=yes,no", "--stratum", "centre=1,2,3")
    assert ran(*words, "--out", tmp_path / "a")[0] == 0
    assert ran(*words, "--out", tmp_path / "b", "--sealed", tmp_path / "a" / "sealed.json")[0] == 0
    assert (tmp_path / "a" / "list.csv").read_text() == (tmp_path / "b" / "list.csv").read_text()
    assert not (tmp_path / "b" / "sealed.json").exists()


def test_the_commitment_tells_nothing_of_the_seed(tmp_path: Path) -> None:
    ran("--patients", 12, "--out", tmp_path)
    published = (tmp_path / "commitment.json").read_text()
    secret = json.loads((tmp_path / "sealed.json").read_text())
    assert secret["seed"] not in published
    assert secret["salt"] not in published
    assert json.loads(published)["commitment_sha256"] == secret["commitment_sha256"]


def test_the_sealed_file_alone_makes_the_same_list_and_another_design_is_said(tmp_path: Path) -> None:
    ran("--patients", 12, "--block", "4,8", "--stratum", "pvt=yes,no", "--out", tmp_path / "a")
    sealed = tmp_path / "a" / "sealed.json"
    code, out, _ = ran("--out", tmp_path / "b", "--sealed", sealed, "--json")
    assert (code, json.loads(out)["findings"]) == (0, [])
    assert (tmp_path / "a" / "list.csv").read_text() == (tmp_path / "b" / "list.csv").read_text()
    _, out, _ = ran("--block", "4", "--out", tmp_path / "c", "--sealed", sealed, "--json")
    assert [f["code"] for f in json.loads(out)["findings"]] == ["list-differs"]


def test_what_is_published_hides_block_sizes_and_fixes_the_list(tmp_path: Path) -> None:
    ran("--patients", 12, "--out", tmp_path)
    published = json.loads((tmp_path / "commitment.json").read_text())
    secret = json.loads((tmp_path / "sealed.json").read_text())
    assert not {"block", "allocated", "rows"} & set(published)
    text = (tmp_path / "list.csv").read_text()
    assert published["list_sha256"] == hashlib.sha256(f"{secret['salt']}:{text}".encode()).hexdigest()
    assert (tmp_path / "sealed.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "list.csv").stat().st_mode & 0o077 == 0  # what comes next is not to be known to those who enrol


def test_the_list_of_a_trial_is_never_written_over(tmp_path: Path) -> None:
    ran("--patients", 12, "--out", tmp_path)
    before = (tmp_path / "list.csv").read_text()
    code, _, err = ran("--patients", 12, "--out", tmp_path)
    assert (code, (tmp_path / "list.csv").read_text()) == (1, before)
    assert "a new seed would destroy" in err


def test_minimisation_goes_on_with_its_sealed_seed_and_refuses_a_changed_past(tmp_path: Path) -> None:
    table, out = tmp_path / "arrivals.csv", tmp_path / "m"
    table.write_text("pvt\nyes\nno\n")
    ran("--minimise", table, "--out", out)
    first = (out / "list.csv").read_text()
    table.write_text("pvt\nyes\nno\nyes\n")
    assert ran("--minimise", table, "--out", out, "--sealed", out / "sealed.json")[0] == 0
    assert (out / "list.csv").read_text().startswith(first)
    table.write_text("pvt\nno\nno\nyes\n")
    code, _, err = ran("--minimise", table, "--out", out, "--sealed", out / "sealed.json")
    assert code == 1
    assert "would change" in err


def test_another_seed_behind_the_commitment_is_a_stop(tmp_path: Path) -> None:
    ran("--patients", 12, "--out", tmp_path / "a")
    sealed = tmp_path / "a" / "sealed.json"
    sealed.write_text(json.dumps(json.loads(sealed.read_text()) | {"seed": "x" * 64}))
    code, out, _ = ran("--patients", 12, "--out", tmp_path / "b", "--sealed", sealed, "--json")
    assert code == 0
    assert [(f["level"], f["code"]) for f in json.loads(out)["findings"]] == [("stop", "commitment-broken")]


def test_minimisation_allocates_patients_in_order_of_arrival(tmp_path: Path) -> None:
    (tmp_path / "arrivals.csv").write_text(
        "pvt,centre\n" + "".join(f"{'yes' if i % 2 else 'no'},{i % 3}\n" for i in range(20))
    )
    assert ran("--minimise", tmp_path / "arrivals.csv", "--out", tmp_path / "m")[0] == 0
    with (tmp_path / "m" / "list.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [str(i) for i in range(1, 21)]
    assert {row["arm"] for row in rows} == {"PDA", "SDA"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "--patients is needed"),
        (("--patients", "8", "--block", "3"), "multiple of 2"),
        (("--patients", "8", "--arms", "A"), "two or more arms"),
        (("--patients", "8", "--stratum", "pvt"), "two or more different levels"),
        (("--patients", "8", "--sealed", "none.json"), "no such file"),
        (("--minimise", "none.csv"), "no such file"),
        (("--minimise", "none.csv", "--patients", "8"), "leave them out"),
        (("--patients", "8", "--probability", "0.7"), "--minimise is not given"),
        (("--patients", "8", "--stratum", "a=1,2", "--stratum", "a=3,4"), "given twice"),
        (("--patients", "8", "--ratio", "1,x"), "numbers with commas"),
    ],
)
def test_what_cannot_be_asked_ends_with_one_and_writes_nothing(
    tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    code, out, err = ran(*words, "--out", tmp_path / "lists", "--json")
    assert (code, out) == (1, "")
    assert why in err
    assert not (tmp_path / "lists").exists()


@pytest.mark.parametrize("words", [(), ("--replace",)])
def test_another_list_is_never_written_over(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran("--patients", 12, "--out", tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert ran("--patients", 12, "--out", tmp_path, *words)[0] == 1
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_foreign_file_in_the_folder_of_a_repeated_list_stays_unless_replace_is_said(tmp_path: Path) -> None:
    ran("--patients", 12, "--out", tmp_path / "a")
    (tmp_path / "b").mkdir()
    foreign = tmp_path / "b" / "commitment.json"
    foreign.write_text("another trial")
    words = ("--out", tmp_path / "b", "--sealed", tmp_path / "a" / "sealed.json")
    code, _, err = ran(*words)
    assert (code, foreign.read_text()) == (1, "another trial")
    assert "Yttria did not write it" in err
    assert sorted(p.name for p in (tmp_path / "b").iterdir()) == ["commitment.json"]
    assert ran(*words, "--replace")[0] == 0
    assert foreign.read_text() == (tmp_path / "a" / "commitment.json").read_text()


def test_a_level_that_a_spreadsheet_would_run_is_marked_as_text(tmp_path: Path) -> None:
    assert ran("--patients", 8, "--arms", "=A,@B", "--stratum", "pvt=+,-", "--out", tmp_path)[0] == 0
    with (tmp_path / "list.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["arm"] for row in rows} == {"'=A", "'@B"}
    assert {row["pvt"] for row in rows} == {"'+", "'-"}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"seed": ' + "9" * 5000 + "}", "[]", "x" * ((1 << 20) + 1)])
def test_a_sealed_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    sealed = tmp_path / "sealed.json"
    sealed.write_text(text, encoding="utf-8")
    code, _, err = ran("--patients", 12, "--out", tmp_path / "a", "--sealed", sealed)
    assert (code, "sealed.json must be" in err) == (1, True)
    assert not (tmp_path / "a").exists()
