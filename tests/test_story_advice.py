"""The laws of advice through the door: cases of the digital patient and of a real anatomy, planned with their papers and read back."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pydicom
import pytest
from tests.fit_patient import FACTS
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.plan import absorbed_dose, activity, on_emission_grid, write_plan
from yttria.io.case.case_file import choices_of, facts_of, read_case
from yttria.io.case.patient_case import read_patient_case
from yttria.planning.activity_planning import plan_of
from yttria.planning.harm_order import by_harm
from yttria.values.patient import Result

Papers = tuple[dict[str, Any], str, str]
Planner = Callable[[str], Papers]


@pytest.fixture(scope="module")
def papers_of(digital_patient: Path, tmp_path_factory: pytest.TempPathFactory) -> Planner:
    """Plan the digital patient by the words of a case.toml and return plan.json, the page's text and the RTDOSE's comment; its physics is done once."""
    patient_case = read_patient_case(digital_patient / "patient")
    anatomy, findings = on_emission_grid(patient_case)
    distribution, more = activity(patient_case, anatomy)
    absorbed, most = absorbed_dose(patient_case, anatomy, distribution)

    def plan(text: str) -> Papers:
        folder = tmp_path_factory.mktemp("advice")
        (folder / "case.toml").write_text(text, encoding="utf-8")
        case, _ = read_case(folder / "case.toml")
        facts, choices = facts_of(case), choices_of(case, calibration="relative")
        on_the_way = [*patient_case.findings, *findings, *more, *most]
        found, told = plan_of(absorbed, facts=facts, choices=choices, findings=on_the_way)
        result = Result(
            replace(patient_case, facts=facts, choices=choices),
            absorbed,
            found,
            by_harm(dict.fromkeys([*on_the_way, *told])),
        )
        write_plan(result, folder / "out", inputs=())
        page = re.sub(r"<[^>]+>", " ", unescape((folder / "out" / "report.html").read_text(encoding="utf-8")))
        comment = str(pydicom.dcmread(folder / "out" / "dose.dcm").DoseComment)
        document = json.loads((folder / "out" / "plan.json").read_text(encoding="utf-8"))
        return document, " ".join(page.replace("\xa0", " ").split()), comment

    return plan


def levels(document: dict[str, Any]) -> list[str]:
    return [f["level"] for f in document["findings"]]


def told(document: dict[str, Any], level: str) -> str:
    return "\n".join(f["message"] for f in document["findings"] if f["level"] == level)


def shown(document: dict[str, Any]) -> dict[str, Any]:
    result = document["result"]
    named = [o for o in result["options"] if o["approach"] == result["recommended"]]
    return dict((named or result["options"])[0])


def limit(document: dict[str, Any], volume: str) -> dict[str, Any]:
    return next(dict(x) for x in shown(document)["limits"] if x["volume"] == volume)


def test_a_fit_patient_reads_every_limit_with_its_value_and_what_chose_the_rules(papers_of: Planner) -> None:
    document, page, comment = papers_of(f"[patient]{FACTS}")
    assert document["result"]["recommended"] == "PDA"
    assert limit(document, "WNLD")["limit_gy"] == 90
    for check in shown(document)["limits"]:
        words = {f"{check['value_gy']:.{n}f} of {check['limit_gy']:g}" for n in (0, 1)}
        assert any(w in document["result"]["reason"] for w in words)
        assert any(w in page for w in words)
    assert "Disease HCC; scenario lobectomy; Child–Pugh A5; bilirubin 0.8 mg/dL; earlier treatments none" in page
    assert "onditional on" not in page
    assert "not advised" not in comment
    assert levels(document) == sorted(levels(document), key=["stop", "warning", "note"].index)


def test_a_patient_of_whom_nothing_is_said_has_the_strictest_and_reads_what_would_settle_it(papers_of: Planner) -> None:
    document, page, _ = papers_of("")
    liver = limit(document, "WNLD")
    assert (liver["limit_gy"], liver["state"]) == (50, "assumed")
    assert "bilirubin_mg_dl" in liver["missing"]
    assert not {"PDA", "partition", "PDA-PLD"} & {o["approach"] for o in document["result"]["options"]}
    count = re.search(r"conditional on (\d+) lines", document["result"]["reason"])
    assert count
    assert f"onditional on {count[1]} lines of case.toml" in page
    assert "Disease not given; scenario not given" in page
    assert "[patient]" in told(document, "warning")


def test_a_treatment_before_of_unsaid_dose_is_a_stop_with_what_doses_would_leave(papers_of: Planner) -> None:
    before = FACTS.replace("earlier_radioembolisation = false", "earlier_radioembolisation = true")
    document, page, comment = papers_of(f"[patient]{before}")
    assert document["result"]["recommended"] is None
    assert limit(document, "WNLD")["limit_gy"] == 75
    for words in ("0 Gy would leave", "20 Gy would leave", "40 Gy would leave", "60 Gy would leave", "given = {"):
        assert words in told(document, "stop")
        assert words in page
    assert "Not advised" in page
    assert comment.startswith("not advised")


def test_contraindications_and_facts_that_exclude_one_another_are_stops_by_harm(papers_of: Planner) -> None:
    facts = FACTS.replace("bilirubin_mg_dl = 0.8", "bilirubin_mg_dl = 5.0").replace(
        "digestive_shunt = false", "digestive_shunt = true"
    )
    document, page, comment = papers_of(f"[patient]{facts}")
    stops = [f for f in document["findings"] if f["level"] == "stop"]
    assert document["findings"][: len(stops)] == stops
    assert stops[0]["code"] == "facts-exclude-one-another"
    assert "Child–Pugh A5 and bilirubin 5 mg/dL" in page
    judged = {c["name"]: c["judgement"] for c in document["result"]["contraindications"]}
    assert judged["digestive shunt"] == judged["bilirubin above 3 mg/dL"] == "stop"
    assert judged["Child–Pugh C"] == judged["ascites"] == "none"
    assert comment.startswith("not advised")


def test_resin_gives_what_the_limits_leave_with_a_warning(papers_of: Planner) -> None:
    document, page, _ = papers_of(
        """
[product]
name = "resin"
[limits]
normal_perfused_gy = 24
source = "protocol of the site"
[patient]
disease = "mCRC"
scenario = "unilobar"
bilirubin_mg_dl = 0.8
digestive_shunt = false
earlier_radioembolisation = false
earlier_external_beam = false
"""
    )
    assert document["result"]["recommended"] == "tolerance"
    assert shown(document)["doses_gy"]["NPLD"] == pytest.approx(24)
    assert "stays below its aim of 100 Gy" in told(document, "warning")
    assert "stays below its aim of 100 Gy" in page


def test_a_site_is_looser_in_words_alone_and_a_trial_of_others_is_not_applicable(papers_of: Planner) -> None:
    facts = FACTS.replace('"HCC"', '"mCRC"')
    document, page, _ = papers_of(f"[limits]\nlung_gy = 40\nsource = 'our board'\n[patient]{facts}")
    assert limit(document, "LD")["limit_gy"] == 40
    assert "40 Gy lies above the guideline's most relaxed limit of 30 Gy" in page
    assert {c["met"] for c in document["result"]["eligibility"]} == {None}
    assert "not applicable" in page


# a real anatomy


def test_a_real_liver_is_advised_by_the_same_laws(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    data = shared_data("ircadb01_case17_liver")
    files = f"""
[files]
ct = "{data}/PATIENT_DICOM"
liver = "{data}/MASKS_DICOM/liver"
tumour = ["{data}/MASKS_DICOM/livertumor1", "{data}/MASKS_DICOM/livertumor2"]
"""
    (tmp_path / "case.toml").write_text(files, encoding="utf-8")
    made = CliRunner().invoke(
        app, ["simulate", str(tmp_path / "case.toml"), "--out", str(tmp_path / "simulated"), "--seed", "3"]
    )
    assert made.exit_code == 0, made.output
    said = (tmp_path / "simulated" / "case.toml").read_text(encoding="utf-8")
    for name, facts in (
        ("strict", 'disease = "HCC"\nscenario = "bilobar"\nchild_pugh = "B7"\nbilirubin_mg_dl = 1.4'),
        ("unknown", 'disease = "HCC"\nscenario = "bilobar"'),
    ):
        assert "[patient]" not in said
        (tmp_path / "simulated" / "case.toml").write_text(f"{said}\n[patient]\n{facts}\n", encoding="utf-8")
        done = CliRunner().invoke(app, ["plan", str(tmp_path / "simulated"), "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
        document = json.loads((tmp_path / name / "plan.json").read_text(encoding="utf-8"))
        for option in document["result"]["options"]:
            assert option["doses_gy"]["WNLD"] <= 50 * (1 + 1e-9)
        page = (tmp_path / name / "report.html").read_text(encoding="utf-8")
        assert "earlier_radioembolisation" in page
        assert "onditional on" in page
        liver = limit(document, "WNLD")
        assert (liver["limit_gy"], liver["state"]) == (50, "holds" if name == "strict" else "assumed")
