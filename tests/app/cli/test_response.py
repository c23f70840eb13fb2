"""`yttria response` at the door: lesions in a table, words and rates out, the trial's endpoint, refusals."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.app.cli.typed_command import TypedCommand

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,arm,index,status\n"


COMMAND = TypedCommand("response")
ran, document = COMMAND.ran, COMMAND.document


def patient(
    name: str, arm: str, *sizes: float, days: tuple[str, ...] = ("2026-01-05", "2026-04-06", "2026-07-06")
) -> str:
    """Rows of a patient with one lesion, as long as it is wide, all of it viable."""
    cells = zip(days, sizes, strict=False)
    return "".join(f"{name},{day},L,target,{s},{s},{s},{s},{arm},1,\n" for day, s in cells)


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """20 of 28 respond in one arm, 10 of 28 in the other, one patient has no arm."""
    rows = [
        patient(f"{arm}{i}", arm, 80, 40 if i < n else 80) for arm, n in (("PDA", 20), ("SDA", 10)) for i in range(28)
    ]
    path = tmp_path / "trial.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def test_the_trials_endpoint_is_met_with_its_own_p(trial: Path) -> None:
    at = document(trial, "--at-months", 3, "--treated", "PDA")["result"]["at"]["easl"]
    for part in (at["index"], at["overall"]):
        assert (part["n"], part["evaluable"], part["responders"]) == (56, 56, 30)
        assert [part["arms"][arm]["fraction"] for arm in ("PDA", "SDA")] == pytest.approx([20 / 28, 10 / 28])
        c = part["comparison"]
        assert (c["treated"], c["control"]) == ("PDA", "SDA")
        assert c["risk_difference"] == pytest.approx(10 / 28)
        assert round(c["p_chi2"], 4) == 0.0074
        assert round(c["p_fisher"], 4) == 0.0151
        assert round(c["odds_ratio"], 2) == 4.37


R_NUMBERS = """
wilson <- function(k, n) prop.test(k, n, correct = FALSE)$conf.int[1:2]
a <- wilson(20, 28); b <- wilson(10, 28); p <- 20/28; q <- 10/28
f <- fisher.test(matrix(c(20, 8, 10, 18), 2))
cat(sprintf("%.12g", c(a, b, p - q - sqrt((p - a[1])^2 + (b[2] - q)^2), p - q + sqrt((a[2] - p)^2 + (q - b[1])^2), f$p.value,
    chisq.test(matrix(c(20, 8, 10, 18), 2), correct = FALSE)$p.value, f$estimate, f$conf.int[1:2])))
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not on this machine: R is the referee")
def test_every_number_of_the_endpoint_is_that_of_r(trial: Path) -> None:
    said = subprocess.run(["Rscript", "-e", R_NUMBERS], capture_output=True, text=True, check=True).stdout
    r = [float(word) for word in said.split()]
    part = document(trial, "--at-months", 3, "--treated", "PDA", "--criteria", "easl")["result"]["at"]["easl"]["index"]
    pda, sda, c = part["arms"]["PDA"], part["arms"]["SDA"], part["comparison"]
    ours = [pda["low"], pda["high"], sda["low"], sda["high"], c["low"], c["high"], c["p_fisher"], c["p_chi2"]]
    assert ours == pytest.approx(r[:8], rel=1e-9)
    assert [c["odds_ratio"], c["odds_low"], c["odds_high"]] == pytest.approx(
        r[8:], rel=1e-3
    )  # R's own root-finder stops there


def test_a_patient_without_an_arm_counts_in_the_whole_alone(trial: Path) -> None:
    trial.write_text(trial.read_text(encoding="utf-8") + patient("X", "", 80, 20), encoding="utf-8")
    part = document(trial, "--at-months", 3)["result"]["at"]["mrecist"]["index"]
    assert (part["n"], part["arms"]["PDA"]["n"], part["arms"]["SDA"]["n"]) == (57, 28, 28)
    assert part["comparison"]["treated"] == "SDA"


def test_a_patient_without_a_visit_in_the_window_is_not_evaluable(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(HEAD + patient("A", "PDA", 80, 20) + patient("B", "SDA", 80), encoding="utf-8")
    at = document(path, "--at-months", 3, "--window-months", 0.5)["result"]["at"]["easl"]
    assert at["patients"]["A"] == {"date": "2026-04-06", "days": 91, "overall": "PR", "index": "PR"}
    assert at["patients"]["B"] == {"date": None, "days": None, "overall": "NE", "index": "NE"}
    assert (at["index"]["n"], at["index"]["evaluable"], at["index"]["arms"]["SDA"]["fraction"]) == (2, 1, 0)
    assert at["index"]["comparison"]["odds_ratio"] == 0
    turned = document(path, "--at-months", 3, "--window-months", 0.5, "--treated", "PDA")["result"]["at"]["easl"]
    assert turned["index"]["comparison"]["odds_ratio"] is None


def test_every_visit_the_best_and_the_rates_are_answered(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text(HEAD + patient("A", "", 80, 40, 60) + patient("B", "", 50, 0), encoding="utf-8")
    result = document(path)["result"]
    assert "at" not in result
    easl = result["patients"]["A"]["easl"]
    assert (easl["baseline"], easl["unit"], easl["best"], easl["progressed_on"]) == (6400, "mm2", "PR", "2026-07-06")
    assert easl["visits"][0] == {
        "date": "2026-04-06", "sum": 1600, "change_from_baseline_percent": -75, "change_from_nadir_percent": -75, "target": "PR",
        "non_target": None, "new_lesion": False, "overall": "PR",
    }  # fmt: skip
    rates = result["rates"]["easl"]
    assert {key: rates[key] for key in ("n", "CR", "PR", "SD", "PD", "NE")} == {
        "n": 2,
        "CR": 1,
        "PR": 1,
        "SD": 0,
        "PD": 0,
        "NE": 0,
    }
    assert (rates["objective_fraction"], rates["high"]) == (1, 1)
    assert rates["low"] == pytest.approx(2 / (2 + 1.959963984540054**2))


def test_a_criterion_without_its_column_is_absent_with_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("patient,date,lesion,kind,longest_mm\nA,2026-01-01,L,target,30\n", encoding="utf-8")
    done = document(path)
    assert list(done["result"]["rates"]) == ["recist11"]
    assert [f["code"] for f in done["findings"]] == ["criterion-absent", "criterion-absent"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--treated", "pda"), "--treated must be an arm"),
        (("--window-months", 1), "--window-months belongs to --at-months"),
        (("--at-months", 0), "--at-months"),
        (("--criteria", "easl,recist"), "--criteria must be one of easl, mrecist, recist11"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(trial: Path, words: tuple[object, ...], said: str) -> None:
    code, _, err = ran(trial, *words)
    assert code in {1, 2}
    assert said in err


def test_the_table_of_the_page_runs_as_it_is_written(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "response.md").read_text(encoding="utf-8")
    (tmp_path / "l.csv").write_text(page.split("```")[1].lstrip("\n"), encoding="utf-8")
    done = document(tmp_path / "l.csv", "--at-months", 3, "--window-months", 1, "--treated", "PDA")
    found = done["result"]["patients"]["P01"]
    assert [found[c]["best"] for c in ("easl", "mrecist", "recist11")] == ["PR", "PR", "SD"]
    assert done["result"]["at"]["easl"]["patients"]["P01"] == {
        "date": "2026-04-07",
        "days": 92,
        "overall": "PR",
        "index": "PR",
    }
    assert done["findings"] == []
