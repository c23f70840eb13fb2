"""`yttria rules`: every rule of the table with its state, by words of the command line, a case and a site."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fit_patient import PATIENT
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.rules import run
from yttria.contract.rules import RuleRecord, RulesRequest
from yttria.data import table
from yttria.values.errors import QuantityError


def rules_of(**asked: Any) -> list[RuleRecord]:
    return run(RulesRequest(**asked)).result.rules


def of_case(folder: Path, text: str, **asked: Any) -> list[RuleRecord]:
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return rules_of(case=folder / "case.toml", **asked)


def states(found: list[RuleRecord], name: str, gy: float | None = None) -> list[str]:
    return [rule.state for rule in found if rule.name == name and gy in {None, rule.gy}]


def test_every_rule_of_the_table_is_shown_with_its_source_and_what_it_is() -> None:
    found = rules_of()
    kinds = [rule.kind for rule in found]
    for kind in ("limit", "aim", "contraindication"):
        assert kinds.count(kind) == len(table("rules")[kind])
    for rule in found:
        assert rule.source
        if rule.kind == "contraindication":
            assert (rule.volume, rule.gy) == (None, None)
            assert rule.judgement in {"stop", "warning"}
        else:
            assert rule.gy is not None
            assert rule.gy > 0
            assert rule.judgement is None


def test_what_is_not_said_is_assumed_where_a_plan_would_apply_it_and_open_where_it_could_come() -> None:
    found = rules_of(product="glass", disease="HCC", scenario="lobectomy")
    assert "assumed" in states(found, "normal-liver", 50)
    assert states(found, "normal-liver", 90) == ["open", "falls away"]
    assert states(found, "normal-perfused", 120) == ["open"]
    assert states(found, "lung-cumulative") == ["open"]
    assert states(found, "lung") == ["holds"]
    assert states(found, "digestive shunt") == ["open"]


def test_a_case_settles_its_rules_and_what_only_images_show_stays_open(tmp_path: Path) -> None:
    found = of_case(tmp_path, PATIENT)
    assert states(found, "normal-liver", 90) == ["holds", "falls away"]
    assert not [rule for rule in found if rule.state == "assumed"]
    assert (
        states(found, "digestive shunt") == states(found, "Child–Pugh C") == states(found, "ascites") == ["falls away"]
    )
    assert states(found, "tumour above 70 % of the liver") == ["open"]
    assert states(found, "lung-cumulative") == ["falls away"]


@pytest.mark.parametrize(
    ("fraction", "expected"), [("", "open"), ("fraction = 0.21", "holds"), ("fraction = 0.2", "falls away")]
)
def test_a_shunt_that_the_case_gives_is_judged(tmp_path: Path, fraction: str, expected: str) -> None:
    found = of_case(tmp_path, f'{PATIENT}[product]\nname = "resin"\n[shunt]\n{fraction}\n')
    assert states(found, "lung shunt above 20 % with resin") == [expected]


def test_a_thrombus_that_only_an_image_could_show_lifts_nothing(tmp_path: Path) -> None:
    found = of_case(tmp_path, PATIENT.replace("main_portal_vein_invasion = false", "main_portal_vein_invasion = true"))
    assert states(found, "main portal vein invaded") == ["holds"]


def test_words_of_the_command_line_stand_above_the_case(tmp_path: Path) -> None:
    found = of_case(tmp_path, PATIENT, disease="mCRC", scenario="unilobar", product="resin")
    assert states(found, "normal-perfused", 40) == ["holds"]
    assert [(r.gy, r.state) for r in found if r.name == "PDA" and r.state == "holds"] == [(100, "holds")]


def test_a_disease_without_rows_has_no_tumour_aim() -> None:
    found = rules_of(product="glass", disease="NET", scenario="unilobar")
    assert {rule.state for rule in found if rule.name == "PDA"} == {"falls away"}


def test_metastases_without_cirrhosis_are_not_asked_for_child_pugh() -> None:
    found = rules_of(product="glass", disease="mCRC", scenario="unilobar")
    assert states(found, "Child–Pugh C") == states(found, "main portal vein invaded") == ["falls away"]


def test_a_site_tightens_in_silence_loosens_in_words_and_judges_by_name(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        """
[limits]
lung_gy = 25
[[limit]]
name = "normal-liver"
gy = 60
product = ["glass"]
scenario = ["lobectomy"]
bilirubin_from_mg_dl = 1.1
bilirubin_to_mg_dl = 2.0
source = "our board, 2026"
[[contraindication]]
name = "Child–Pugh B8 or B9 outside segmentectomy"
judgement = "warning"
source = "our board, 2026"
""",
        encoding="utf-8",
    )
    case = PATIENT.replace("bilirubin_mg_dl = 0.8", "bilirubin_mg_dl = 1.6")
    (tmp_path / "case.toml").write_text(case, encoding="utf-8")
    answer = run(RulesRequest(case=tmp_path / "case.toml", site=site))
    assert [(r.gy, r.state) for r in answer.result.rules if r.name == "lung"] == [(30, "holds"), (25, "holds")]
    liver = [(r.gy, r.state) for r in answer.result.rules if r.name == "normal-liver" and r.state != "falls away"]
    assert liver == [(60, "holds")]
    codes = {f.code: f for f in answer.findings}
    assert codes["site-limit-above-normal-liver"].values == {"site_gy": 60, "guideline_gy": 50}
    assert codes["site-contraindication-loosened"].level == "warning"


def test_a_looser_limit_of_a_site_that_does_not_ask_enough_is_told(tmp_path: Path) -> None:
    """50 Gy stand on bilirubin and scenario; a limit that asks bilirubin alone does not loosen them."""
    site = tmp_path / "site.toml"
    text = '[[limit]]\nname = "normal-liver"\ngy = 60\nbilirubin_from_mg_dl = 1.1\nsource = "our board"\n'
    case = PATIENT.replace("bilirubin_mg_dl = 0.8", "bilirubin_mg_dl = 1.6")
    (tmp_path / "case.toml").write_text(case, encoding="utf-8")
    for more, told in (("", True), ('scenario = ["lobectomy"]\n', False)):
        site.write_text(text + more, encoding="utf-8")
        answer = run(RulesRequest(case=tmp_path / "case.toml", site=site))
        messages = [f.message for f in answer.findings if f.code == "site-limit-unused-normal-liver"]
        assert ["stand on scenario, which it does not ask" in m for m in messages] == ([True] if told else [])
        liver = [(r.gy, r.state) for r in answer.result.rules if r.name == "normal-liver" and r.state != "falls away"]
        assert liver == ([(50, "holds")] if told else [(60, "holds")])


def test_a_contraindication_that_no_rule_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    text = f'{PATIENT}[[site.contraindication]]\nname = "Child-Pugh D"\njudgement = "none"\nsource = "x"\n'
    with pytest.raises(QuantityError, match="did you mean 'Child–Pugh C'"):
        of_case(tmp_path, text)


def test_the_command_line_prints_every_rule_and_the_document_is_one(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(PATIENT, encoding="utf-8")
    shown = CliRunner().invoke(app, ["rules", "--case", str(tmp_path / "case.toml")])
    assert shown.exit_code == 0
    assert "holds      limit            normal-liver: WNLD 90 Gy" in shown.stdout
    document = json.loads(CliRunner().invoke(app, ["rules", "--product", "glass", "--json"]).stdout)
    assert document["command"] == "rules"
    assert {"name", "kind", "volume", "gy", "state", "verified", "source"} <= document["result"]["rules"][0].keys()
