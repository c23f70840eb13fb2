"""`yttria reconstruct` at the door."""

from pathlib import Path

import pytest
from tests.app.cli.typed_command import TypedCommand

from yttria.contract.reconstruction import LABEL

COMMAND = TypedCommand("reconstruct")
ran, document = COMMAND.ran, COMMAND.document


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "curve.csv").write_text("time,survival\n0,100\n1,90\n2,80\n3,81\n4,40\n")
    (tmp_path / "risk.csv").write_text("trisk,nrisk\n0,20\n2.5,16\n5,\n")
    (tmp_path / "other.csv").write_text("time,event\n1,1\n2,1\n2,0\n3,1\n")
    (tmp_path / "wide.csv").write_text("id,os_months,alive\n1,2,1\n")
    (tmp_path / "rates.csv").write_text("time,value,low,high,decimals\n24,50.0,34.5,72.4,1\n36,35.7,21.7,58.7,1\n")
    return tmp_path


def test_patients_are_written_and_labelled_as_no_patient_data(files: Path) -> None:
    code, _, err = ran(files / "curve.csv", "--at-risk", files / "risk.csv", "--out", files / "out.csv")
    assert code == 0
    assert LABEL in err
    lines = (files / "out.csv").read_text().splitlines()
    assert lines[0].startswith(f"# {LABEL}")
    assert lines[1] == "time,event"
    assert len(lines) == 22


def test_what_was_mended_and_left_out_is_a_finding(files: Path) -> None:
    made = document(files / "curve.csv", "--at-risk", files / "risk.csv")
    assert {"curve-per-cent", "curve-rises", "at-risk-times-unused", "tail-assumed"} <= {
        f["code"] for f in made["findings"]
    }
    assert made["result"]["label"] == LABEL


def test_a_comparison_names_its_assumptions_and_its_published_ratio(files: Path) -> None:
    made = document(files / "curve.csv", "--at-risk", files / "risk.csv", "--against", files / "other.csv", "--hr", 0.5)
    comparison = made["result"]["comparison"]
    assert len(comparison["assumptions"]) == 6
    assert (
        comparison["low_whole"] <= comparison["low"] < comparison["hr"] < comparison["high"] <= comparison["high_whole"]
    )
    assert comparison["hr_over_published"] == pytest.approx(comparison["hr"] / 0.5)


def test_two_curves_show_how_much_the_place_of_the_censored_matters(files: Path) -> None:
    made = document(
        files / "curve.csv",
        "--at-risk",
        files / "risk.csv",
        "--against",
        files / "curve.csv",
        "--against-at-risk",
        files / "risk.csv",
    )
    assert made["result"]["comparison"]["hr"] == pytest.approx(1)
    assert made["result"]["comparison"]["hr_censored_early"] == pytest.approx(1)


def test_a_curve_stands_beside_a_cohort_by_its_protocol_and_says_what_the_cohort_is(files: Path) -> None:
    made = document(
        files / "curve.csv", "--at-risk", files / "risk.csv", "--against", "dosisphere", "--against-where", "arm=PDA"
    )
    assert made["result"]["comparison"]["medians"][1] == pytest.approx(24.8, abs=0.1)
    assert {"indirect-comparison", "against-labelled"} <= {f["code"] for f in made["findings"]}


def test_part_of_a_list_of_patients_is_chosen_by_a_column(files: Path) -> None:
    (files / "arms.csv").write_text("arm,time,status\nA,1,1\nA,2,1\nB,9,1\nB,9.5,1\n")
    words = (files / "curve.csv", "--n", 20, "--against", files / "arms.csv", "--against-where", "arm=B")
    assert document(*words)["result"]["comparison"]["medians"][1] == pytest.approx(9.25)


def test_arms_of_one_trial_are_no_indirect_comparison(files: Path) -> None:
    words = (files / "curve.csv", "--n", 20, "--against", files / "curve.csv", "--against-at-risk", files / "risk.csv")
    made = document(*words, "--one-trial", "--hr", 3)
    codes = {f["code"] for f in made["findings"]}
    assert "indirect-comparison" not in codes
    assert "published-hr-unmet" in codes
    assert "one randomised trial" in made["result"]["comparison"]["assumptions"][0]


def test_printed_rates_give_whole_patients(files: Path) -> None:
    made = document(files / "rates.csv", "--exact", "--n", 28)
    assert [s["order"] for s in made["result"]["solutions"]] == ["14d|4d"]


def test_a_person_reads_fit_and_ratio(files: Path) -> None:
    code, out, _ = ran(files / "curve.csv", "--at-risk", files / "risk.csv", "--against", files / "other.csv")
    assert code == 0
    assert "RMSE" in out
    assert "this holds only if:" in out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("none.csv", "--n", "3"), "no such file"),
        (("curve.csv",), "numbers at risk are needed"),
        (("curve.csv", "--n", "20", "--hr", "0.5"), "--against is not given"),
        (("curve.csv", "--at-risk", "risk.csv", "--n", "21"), "number at risk at time 0"),
        (("curve.csv", "--n", "20", "--events", "21"), "must not exceed"),
        (("curve.csv", "--n", "20", "--against", "curve.csv"), "must be 0 or 1"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--hr", "-1"), "above zero"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--redraws", "3"), "20 redraws or more"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--click-error", "5"), "half a per cent is 0.005"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--against-where", "arm"), "column=value"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--against-where", "arm=1"), "names column arm"),
        (("curve.csv", "--n", "20", "--against", "other.csv", "--against-where", "time=7"), "leaves nobody"),
        (("curve.csv", "--n", "20", "--against", "dosisphere", "--against-where", "arm=X"), "holds"),
        (("curve.csv", "--n", "20", "--against-where", "arm=X"), "--against is not given"),
        (("curve.csv", "--n", "20", "--out", "no/where/at.csv"), "folder that exists"),
        (("wide.csv", "--n", "20"), "must have a column time"),
        (("rates.csv", "--exact"), "needs --n"),
        (("rates.csv", "--exact", "--n", "28", "--events", "3"), "belongs to a curve"),
    ],
)
def test_what_cannot_be_done_ends_with_one_and_says_why(files: Path, words: tuple[str, ...], why: str) -> None:
    code, out, err = ran(*(files / w if w.endswith(".csv") else w for w in words), "--json")
    assert (code, out) == (1, "")
    assert why in err


# clicks and numbers at risk as people write them

CLICKS = [(0, 100.0), (1, 90.0), (2, 80.0), (3, 70.0), (4, 40.0)]


@pytest.mark.parametrize(
    "curve",
    [
        "time;survival\n" + "".join(f"{t},0;{s:.2f}\n".replace(".", ",") for t, s in CLICKS),
        "".join(f"{t},0;{s:.2f} %\n".replace(".", ",") for t, s in CLICKS),
        "Time (months)\tSurvival (%)\n" + "".join(f"{t}\t{s / 100:.2f}\n".replace(".", ",") for t, s in CLICKS),
        '"time","survival"\n' + "".join(f'"{t},0","{s:.2f}"\n'.replace(".", ",") for t, s in CLICKS),
    ],
)
def test_clicks_with_decimal_commas_give_the_same_patients(files: Path, curve: str) -> None:
    (files / "plain.csv").write_text("time,survival\n" + "".join(f"{t},{s}\n" for t, s in CLICKS))
    (files / "comma.csv").write_text(curve)
    plain, comma = (
        document(files / name, "--at-risk", files / "risk.csv")["result"] for name in ("plain.csv", "comma.csv")
    )
    assert comma == plain
    assert plain["events"] > 0


@pytest.mark.parametrize(
    "risk",
    [
        "Time (months),0,2.5,5\nAt risk,20,16,\n",
        ";0;2,5\nNo. at risk;20;16\n",
        "0,2.5\n20,16\n",
        "Time (months),Number at risk\n0,20\n2.5,16\n",
    ],
)
def test_numbers_at_risk_along_a_row_are_those_down_a_column(files: Path, risk: str) -> None:
    (files / "row.csv").write_text(risk)
    found = [document(files / "curve.csv", "--at-risk", files / name)["result"] for name in ("risk.csv", "row.csv")]
    assert found[0] == found[1]


def test_numbers_at_risk_of_thousands_are_whole(files: Path) -> None:
    (files / "many.csv").write_text('time,n\n0,"1,234"\n2.5,"1,001"\n')
    assert document(files / "curve.csv", "--at-risk", files / "many.csv")["result"]["n"] == 1234


@pytest.mark.parametrize(
    ("curve", "risk", "why"),
    [
        ("time,survival\n0,0\n1,0.2\n2,0.4\n", "time,n\n0,20\n", "cumulative incidence"),
        ("time,survival\n0,1\n1,0.8\n", "time,0,12,24\nA,20,10,3\nB,22,9,1\n", "keep the row of this curve"),
        ("time,survival\n0,16,98,33\n0,20,96,67\n", "time,n\n0,20\n", "decimal commas need cells parted by semicolons"),
        ("time;survival\n0;1\n1;n.d.\n", "time,n\n0,20\n", "line 3 has 'n.d.'"),
    ],
)
def test_what_cannot_be_read_as_a_curve_is_refused_for_its_true_reason(
    files: Path, curve: str, risk: str, why: str
) -> None:
    (files / "c.csv").write_text(curve)
    (files / "r.csv").write_text(risk)
    code, _, err = ran(files / "c.csv", "--at-risk", files / "r.csv")
    assert code == 1
    assert why in err


def test_rates_with_log_log_limits_have_whole_patients_and_name_their_scale(files: Path) -> None:
    (files / "sas.csv").write_text("time,value,low,high,decimals\n12,60.0,31.3,79.9,1\n24,30.0,7.8,56.6,1\n")
    made = document(files / "sas.csv", "--exact", "--n", 16)
    assert made["findings"] == []
    assert made["result"]["scales"] == ["log-log"]
    assert made["result"]["solutions"][0]["order"] == "4d 2c 2d|2c 3d"
