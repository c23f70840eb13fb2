"""The report of a verified treatment: sections in reading order, a verdict in numbers, and what is absent without a plan."""

import pytest
from tests.test_story_verification import EXACT_GY

from yttria.report.delivery.document import as_result, verification_document
from yttria.values.document import Document, Verdict
from yttria.values.verification import Verification


@pytest.fixture(scope="module")
def document(verified: Verification) -> Document:
    return verification_document(verified, version="1.2.3")


def verdict(document: Document) -> dict[str, str]:
    block = document.sections[0].blocks[0]
    assert isinstance(block, Verdict)
    return {word: text.replace("\u00a0", " ").replace("\u202f", " ") for word, text in block.lines}


def test_what_was_delivered_comes_first_then_findings_and_doses(document: Document) -> None:
    headings = [s.heading for s in document.sections]
    assert headings[:3] == ["Verdict", "Findings", "Planned, predicted, delivered"]
    assert len(headings) == len(set(headings))
    assert (document.footer, document.signers) == ("Yttria 1.2.3", ("Nuclear medicine physician", "Medical physicist"))


def test_the_verdict_says_dose_activity_and_what_the_plan_predicted(document: Document) -> None:
    lines = verdict(document)
    half = EXACT_GY["TD"] / 2
    assert lines["Delivered"].startswith(f"Index lesion {half:.0f} Gy (")
    assert f"index lesion predicted {2 * half:.0f} Gy, 50 % of it" in lines["Against the plan"]
    assert "missed" in lines["Aims and limits"] or f"{half:.0f} of" in lines["Aims and limits"]


def test_without_a_plan_the_report_compares_nothing(alone: Verification) -> None:
    document = verification_document(alone, version="1")
    assert "Against the plan" not in verdict(document)
    headings = [s.heading for s in document.sections]
    assert headings[2] == "Delivered doses"
    assert not {"Planned, predicted, delivered", "Plan and image, voxel by voxel"} & set(headings)


def test_what_was_delivered_is_read_as_a_plan_of_one_option(verified: Verification) -> None:
    result = as_result(verified)
    assert [o.approach for o in result.plan.options] == [verified.option.approach]
    assert result.patient_case.choices.given == verified.given
