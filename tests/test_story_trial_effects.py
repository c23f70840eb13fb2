"""What a trial's report claims beyond curves, through `yttria analyse`: R's numbers read back from its JSON, refusals by row."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app

EFFECTS = json.loads((Path(__file__).parent / "evidence" / "parity" / "effects.json").read_text())
BASE = """
[outcome]
time = "time"
event = "event"
unit = "months"
[arms]
column = "treated"
treated = 1
control = 0
"""
Rows = list[dict[str, Any]]
Ran = Callable[..., dict[str, Any]]


def rows_of() -> Rows:
    table = EFFECTS["table"]
    return [
        {"patient": f"p{k}", **{name: values[k] for name, values in table.items()}} for k in range(len(table["age"]))
    ]


def write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def analysed(tmp_path: Path) -> Ran:
    """Return a function that analyses rows by a protocol and returns the document; `refused` returns the refusal."""

    def run(sections: str, rows: Rows | None = None, *more: str, refused: bool = False) -> dict[str, Any]:
        (tmp_path / "protocol.toml").write_text(BASE + sections, encoding="utf-8")
        write(tmp_path / "cohort.csv", rows if rows is not None else rows_of())
        words = [
            "analyse",
            str(tmp_path / "protocol.toml"),
            str(tmp_path / "cohort.csv"),
            "--out",
            str(tmp_path / ("refused" if refused else "out")),
        ]
        done = CliRunner().invoke(app, [*words, "--json", "--replace", *more])
        if refused:
            assert done.exit_code == 1
            assert not (tmp_path / "refused").exists()
            return {"refusal": done.stderr}
        assert done.exit_code == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


def test_weights_give_the_ratio_balance_and_sizes_of_r(analysed: Ran) -> None:
    found = analysed('[weights.iptw]\ncovariates = ["age", "pvt", "stage"]\n')["result"]["weights"]["iptw"]
    expected = EFFECTS["iptw"]["ATE"]
    term = found["model"]["terms"]["treated[1]"]
    assert (term["coef"], term["robust_se"]) == pytest.approx((expected["coef"], expected["robust_se"]), rel=1e-9)
    assert found["ess"] == pytest.approx({"1": expected["ess1"], "0": expected["ess0"]}, rel=1e-9)
    assert list(found["balance"]["age"].values()) == pytest.approx(expected["age"], rel=1e-8)
    assert list(found["balance"]["stage[A]"].values()) == pytest.approx(expected["stage_A"], rel=1e-8)


def test_a_spline_has_the_knots_and_tests_of_rms(analysed: Ran) -> None:
    found = analysed('[splines.TD]\ncolumn = "dose"\nknots = 5\nadjust = ["pvt"]\n')["result"]["splines"]["TD"]
    expected = EFFECTS["spline"]["five"]
    assert found["knots"] == pytest.approx(expected["knots"])
    assert found["tests"]["overall"]["chi2"] == pytest.approx(expected["overall"], rel=1e-7)
    assert found["tests"]["nonlinear"]["chi2"] == pytest.approx(expected["nonlinear"], rel=1e-6)
    assert len(found["x"]) >= 100
    assert found["n"] == 140


def test_weighted_tests_by_arm_and_a_note_where_there_are_three_groups(analysed: Ran) -> None:
    document = analysed('[weighted_tests]\nby = ["treated", "stage"]\n')
    found = document["result"]["weighted_tests"]
    assert [t["z"] for t in found["treated"]["tests"]] == pytest.approx(EFFECTS["weighted"]["z"], rel=1e-9)
    assert found["treated"]["maxcombo_p"] == pytest.approx(EFFECTS["weighted"]["maxcombo"], abs=1e-5)
    assert found["stage"] is None
    assert "weighted-tests-groups" in {f["code"] for f in document["findings"]}


def test_exchanged_arms_turn_the_sign_of_weighted_tests(analysed: Ran) -> None:
    words = '[weighted_tests]\nby = ["treated"]\n'
    one = analysed(words)["result"]["weighted_tests"]["treated"]["tests"]
    rows = [row | {"treated": 1 - row["treated"]} for row in rows_of()]
    other = analysed(words, rows)["result"]["weighted_tests"]["treated"]["tests"]
    assert [t["z"] for t in one] == pytest.approx([-t["z"] for t in other])


def test_every_pair_has_its_own_test_and_holms_p(analysed: Ran) -> None:
    found = analysed('[pairwise]\nby = ["stage"]\n')["result"]["pairwise"]["stage"]
    assert [(pair["a"], pair["b"]) for pair in found] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert all(pair["p_holm"] >= pair["p"] for pair in found)
    turned = analysed('[levels]\nstage = ["C", "B", "A"]\n[pairwise]\nby = ["stage"]\n')["result"]["pairwise"]["stage"]
    assert [(pair["a"], pair["b"]) for pair in turned] == [("C", "B"), ("C", "A"), ("B", "A")]
    assert turned[0]["hr"] == pytest.approx(1 / found[2]["hr"], rel=1e-9)


def test_a_ratio_for_so_many_units_is_the_ratio_for_one_to_that_power(analysed: Ran) -> None:
    terms = '[univariable]\nterms = ["age", "dose"]\n[models.both]\nterms = ["age", "dose"]\n'
    plain, scaled = analysed(terms)["result"], analysed(terms + '[scale]\nage = 10\ndose = "log2"\n')["result"]
    one, ten = (r["univariable"]["age"]["terms"]["age"] for r in (plain, scaled))
    assert (ten["hr"], ten["z"]) == pytest.approx((one["hr"] ** 10, one["z"]), rel=1e-9)
    assert scaled["models"]["both"]["loglik"] != pytest.approx(plain["models"]["both"]["loglik"], abs=1e-6)
    assert scaled["km"] == plain["km"]


def test_a_logarithm_of_zero_is_refused_by_row(analysed: Ran) -> None:
    rows = rows_of()
    rows[4]["bili"] = 0
    said = analysed('[scale]\nbili = "log10"\n[univariable]\nterms = ["bili"]\n', rows, refused=True)["refusal"]
    assert "line 6 holds 0" in " ".join(said.split())
    factor = analysed("[scale]\nstage = 2\n", refused=True)["refusal"]
    assert "must be numbers" in " ".join(factor.split())


def test_the_response_of_the_trial_is_that_of_its_report(analysed: Ran) -> None:
    # Garin et al. 2021, doi:10.1016/S2468-1253(20)30290-9: 20 of 28 against 10 of 28, P 0.0074
    rows = [
        row | {"treated": int(k < 28), "easl": "PR" if k < 20 or 28 <= k < 38 else "SD"}
        for k, row in enumerate(rows_of()[:56])
    ]
    rows[20]["easl"], rows[21]["easl"] = "", "NE"
    found = analysed('[responses.easl]\ncolumn = "easl"\nresponders = ["CR", "PR"]\n'.replace('"CR", ', ""), rows)
    easl = found["result"]["responses"]["easl"]
    assert (easl["arms"]["1"]["n"], easl["arms"]["1"]["evaluable"], easl["arms"]["1"]["responders"]) == (28, 26, 20)
    assert easl["arms"]["1"]["fraction"] == pytest.approx(20 / 28)
    assert easl["comparison"]["p_chi2"] == pytest.approx(0.00738, abs=1e-5)
    assert easl["comparison"]["p_fisher"] == pytest.approx(0.0151, abs=1e-4)
    assert (easl["comparison"]["treated"], easl["comparison"]["control"]) == ("1", "0")


def test_a_further_outcome_has_the_whole_analysis_and_rows_without_it_are_counted(analysed: Ran) -> None:
    rows = [row | {"pfs": round(row["time"] / 2, 3) + 0.01, "failed": 1} for row in rows_of()]
    for k in (2, 5):
        rows[k]["pfs"] = rows[k]["failed"] = ""
    found = analysed('[km]\nby = ["treated"]\n[outcomes.pfs]\ntime = "pfs"\nevent = "failed"\n', rows)
    pfs = found["result"]["outcomes"]["pfs"]
    assert (pfs["n"], pfs["events"]) == (138, 138)
    assert set(pfs["km"]) == {"all", "treated"}
    assert any(f["code"] == "outcome-absent" and "2 rows have" in f["message"] for f in found["findings"])
    rows[3]["failed"] = 2
    said = analysed('[outcomes.pfs]\ntime = "pfs"\nevent = "failed"\n', rows, refused=True)["refusal"]
    assert "must hold 0 or 1" in said


def test_the_flow_counts_rows_that_no_analysis_can_have(analysed: Ran) -> None:
    rows = [row | {"randomised": 1, "given": 1, "why": ""} for row in rows_of()]
    rows[0] |= {"given": 0, "why": "shunt"}
    rows.append(rows[1] | {"patient": "px", "given": 0, "why": "", "treated": "", "time": "", "event": ""})
    words = '[consort]\nreason = "why"\nsteps = [{ label = "randomised", where = { randomised = [1] } }, { label = "treated", where = { given = [1] } }]\n'
    found = analysed(words, rows)["result"]
    assert [(step["label"], step["n"]) for step in found["consort"]] == [("randomised", 141), ("treated", 139)]
    assert found["consort"][1]["lost"] == {"shunt": 1, "not stated": 1}
    assert sum(found["consort"][0]["arms"].values()) == 140
    assert found["n"] == 140
    rows[3]["time"] = ""
    assert "must be a time" in " ".join(analysed(words, rows, refused=True)["refusal"].split())


def test_matched_means_are_met_and_those_beyond_our_patients_are_refused_by_name(analysed: Ran, tmp_path: Path) -> None:
    write(tmp_path / "outside.csv", [{"time": 1 + k, "event": k % 2} for k in range(40)])
    words = '[matched.other]\npatients = "outside.csv"\nmeans = {{ age = {age}, pvt = 0.45 }}\nsd = {{ age = 8.0 }}\n'
    found = analysed(words.format(age="66.0"))["result"]["matched"]["other"]
    assert found["ess"] == pytest.approx(EFFECTS["match"]["ess"], rel=1e-7)
    assert found["weight_range"] == pytest.approx([EFFECTS["match"]["least"], EFFECTS["match"]["greatest"]], rel=1e-6)
    assert found["balance"]["age"]["after"] == pytest.approx(66)
    assert found["n"] == 54 + 40
    assert list(found["model"]["terms"]) == ["ours"]
    assert set(found["km"]) == {"before", "after", "outside"}
    assert "age" in analysed(words.format(age="140.0"), refused=True)["refusal"]


def test_adverse_events_stand_on_all_patients_and_name_the_row_that_cannot_be(analysed: Ran, tmp_path: Path) -> None:
    events = [
        {"patient": "p0", "term": "Ascites", "grade": 2, "serious": 0, "related": 1, "day": 4},
        {"patient": "p0", "term": "Ascites", "grade": 4, "serious": 1, "related": 1, "day": 9},
    ]
    write(tmp_path / "events.csv", events)
    words = '[adverse_events]\nid = "patient"\n'
    found = analysed(words, None, "--adverse", str(tmp_path / "events.csv"))["result"]["adverse_events"]
    arm = str(EFFECTS["table"]["treated"][0])
    assert sum(found["n"].values()) == 140
    assert found["terms"][0]["arms"][arm]["worst"] == {"1": 0, "2": 0, "3": 0, "4": 1, "5": 0}
    assert found["any"][arm] == {"patients": 1, "grade3": 1, "serious": 1, "related": 1, "fatal": 0}
    assert found["terms"][0]["p_fisher_grade3"] is not None
    write(tmp_path / "events.csv", [events[0] | {"patient": "stranger"}])
    said = analysed(words + 'table = "events.csv"\n', refused=True)["refusal"]
    assert "row 2: the patient stranger" in " ".join(said.split())
    assert "names no table" in " ".join(analysed(words, refused=True)["refusal"].split())


def test_imputed_models_are_the_models_where_nothing_is_missing_and_follow_their_seed(analysed: Ran) -> None:
    words = '[models.main]\nterms = ["treated", "age", "stage"]\n[missing]\nimputations = 3\nseed = {seed}\n'
    found = analysed(words.format(seed=1))["result"]
    pooled, plain = found["imputed"]["models"]["main"], found["models"]["main"]
    assert pooled["imputations"] == 3
    for term, one in pooled["terms"].items():
        assert (one["coef"], one["se"]) == pytest.approx((plain["terms"][term]["coef"], plain["terms"][term]["se"]))
    rows = [
        row | {"age": "" if k % 4 == 0 else row["age"], "stage": "" if k % 7 == 0 else row["stage"]}
        for k, row in enumerate(rows_of())
    ]
    one, same, other = (analysed(words.format(seed=s), rows)["result"] for s in (1, 1, 2))
    assert one["imputed"] == same["imputed"] != other["imputed"]
    assert one["models"]["main"]["n"] < 140
    assert one["imputed"]["models"]["main"]["terms"]["age"]["fmi"] > 0.02


@pytest.mark.parametrize(
    ("sections", "match"),
    [
        ('[responses.x]\ncolumn = "stage"\nresponders = ["a"]\n', "write both alike"),
        ('[splines.x]\ncolumn = "nothing"\n', "nothing"),
        ('[splines.x]\ncolumn = "dose"\nknots = 8\n', "knots"),
        ('[weights.x]\ncovariates = ["nothing"]\n', "nothing"),
        ('[matched.x]\npatients = "absent.csv"\nmeans = { age = 60 }\n', "absent.csv"),
        ('[consort]\nsteps = [{ label = "x", where = { pvt = [7] } }]\n', "7"),
        ("[missing]\nimputations = 1\n", "imputations"),
    ],
)
def test_sections_that_name_what_is_not_there_are_refused(analysed: Ran, sections: str, match: str) -> None:
    assert match in analysed(sections, refused=True)["refusal"]


def test_pairs_of_a_number_are_not_made(analysed: Ran) -> None:
    found = analysed('[pairwise]\nby = ["dose"]\n')
    assert found["result"]["pairwise"]["dose"] == []
    assert "pairs-of-a-number" in {f["code"] for f in found["findings"]}
