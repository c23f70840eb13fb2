"""analysis.R beside every analysis: R repeats the numbers, finds a changed one, and names what it leaves out."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.report.study.r_script import r_value

SHARED = Path(__file__).resolve().parents[2] / "shared"
NEEDS_R = pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on this machine")
RARE = """
[outcome]
time = "follow up (d)"
event = { column = "stärke", is = ["tot"] }
missing = ["unknown"]
[arms]
column = "arm"
treated = "PDA"
control = "SDA"
[cuts.high]
column = "dose"
at = 200
[km]
by = ["arm", "high", "grade"]
at = [10, 40]
conf = "log-log"
strata = ["centre"]
quantiles = [0.25]
[levels]
grade = ["III", "II", "I"]
[univariable]
terms = ["arm", "dose", "grade", "high"]
[models.adjusted]
terms = ["arm", "dose", "grade"]
strata = ["centre"]
[models.crossed]
terms = ["arm", "dose", "arm:dose"]
ties = "breslow"
[models.robust]
terms = ["arm"]
cluster = "centre"
[subgroups]
factors = ["grade"]
[scale]
dose = 50
[competing]
column = "cause"
causes = { "1" = "tumour", "2" = "liver" }
[responses.easl]
column = "easl"
responders = ["CR", "PR"]
[splines.dose]
column = "dose"
adjust = ["grade"]
[weights.overlap]
covariates = ["dose", "grade"]
estimand = "ATO"
[weighted_tests]
by = ["arm"]
[pairwise]
by = ["grade"]
[populations.first]
where = { centre = ["a"] }
[dose_response.easl]
dose = "dose"
response = { column = "easl", is = ["CR", "PR"] }
[missing]
imputations = 2
"""


def rare_table(path: Path) -> None:
    """Write a table with semicolons, spaces, umlauts, empty and unknown cells."""
    draw = random.Random(4)
    lines = ["follow up (d);stärke;arm;dose;grade;centre;cause;easl"]
    for _ in range(120):
        dead = draw.random() < 0.7
        cells = [
            f"{draw.expovariate(0.03) + 0.5:.1f}", "tot" if dead else "lebt", draw.choice(["PDA", "SDA"]), draw.choice([str(draw.randint(50, 400)), "", "unknown"]) if draw.random() < 0.2 else str(draw.randint(50, 400)),
            draw.choice(["I", "II", "III"]), draw.choice("abc"), draw.choice("12") if dead else "", draw.choice(["CR", "PR", "SD", "PD"]),
        ]  # fmt: skip
        lines.append(";".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def analysed(protocol: Path, table: Path, out: Path) -> None:
    done = CliRunner().invoke(app, ["analyse", str(protocol), str(table), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.stderr


def repeated(out: Path, *words: str) -> tuple[float, int, str]:
    done = subprocess.run(
        ["Rscript", "analysis.R", *words], cwd=out, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    last = done.stdout.rstrip().split("\n")[-1]
    found = re.fullmatch(r"largest difference (\S+) in (\d+) numbers", last)
    assert found, done.stdout
    return float(found[1]), int(found[2]), done.stdout


@NEEDS_R
@pytest.mark.parametrize(("name", "least"), [("ovarian", 150), ("heart", 250), ("lung", 1300)])
def test_r_repeats_the_numbers_of_its_own_data_sets(name: str, least: int, tmp_path: Path) -> None:
    protocol = SHARED / "checks" / "analyse" / f"{name}.toml"
    table = SHARED / "data" / "survival_r_datasets" / f"{name}.csv"
    if not (protocol.is_file() and table.is_file()):
        pytest.skip("the data sets of R's survival package are not beside this checkout")
    analysed(protocol, table, tmp_path / "out")
    difference, numbers, _ = repeated(tmp_path / "out")
    assert difference < 1e-8
    assert numbers > least


@NEEDS_R
def test_r_repeats_every_section_on_a_table_of_rare_names_and_finds_a_changed_number(tmp_path: Path) -> None:
    (tmp_path / "protocol.toml").write_text(RARE, encoding="utf-8")
    rare_table(tmp_path / "cohort.csv")
    out = tmp_path / "out"
    analysed(tmp_path / "protocol.toml", tmp_path / "cohort.csv", out)
    difference, numbers, said = repeated(out)
    assert difference < 1e-7, said
    assert numbers > 2500
    assert "left out: imputed models" in said
    (tmp_path / "cohort.csv").rename(tmp_path / "moved.csv")
    assert repeated(out, str(tmp_path / "moved.csv"))[:2] == (difference, numbers)
    document = json.loads((out / "result.json").read_text(encoding="utf-8"))
    document["result"]["models"]["adjusted"]["terms"]["dose"]["hr"] *= 1.01
    (out / "result.json").write_text(json.dumps(document), encoding="utf-8")
    worse, same, said = repeated(out, str(tmp_path / "moved.csv"))
    assert worse == pytest.approx(0.01, rel=0.02)
    assert same == numbers
    assert "models > adjusted > terms > dose > hr" in said


def test_the_table_beside_its_results_is_named_and_another_by_its_place(tmp_path: Path) -> None:
    rare_table(tmp_path / "cohort.csv")
    (tmp_path / "protocol.toml").write_text(RARE, encoding="utf-8")
    analysed(tmp_path / "protocol.toml", tmp_path / "cohort.csv", tmp_path / "out")
    script = (tmp_path / "out" / "analysis.R").read_text(encoding="utf-8")
    assert f'`table` = "{(tmp_path / "cohort.csv").resolve().as_posix()}"' in script


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('a"b\\c', r'"a\"b\\c"'),
        ("line\nbreak", r'"line\u{000a}break"'),
        ({"x`y": 1}, "list(\n  `x\\`y` = 1\n)"),
        ({}, "list()"),
        (None, "NULL"),
        (False, "FALSE"),
    ],
)
def test_names_and_texts_cannot_leave_their_quotes(value: object, words: str) -> None:
    assert r_value(value) == words
