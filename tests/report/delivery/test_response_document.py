"""The report of response: the endpoint first, every patient in a row, and no endpoint where none was asked for."""

from dataclasses import replace
from typing import Any

from scipy import stats

from yttria.report.delivery.response_document import (
    ResponsePaper,
    best_table,
    comparison_table,
    dose_table,
    endpoint_table,
    patients_table,
    response_document,
)
from yttria.values.document import Document, Entry, Verdict


def flat(cell: Any) -> str:
    words = cell.text if isinstance(cell, Entry) else str(cell)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def verdict(document: Document) -> list[tuple[str, str]]:
    block = document.sections[0].blocks[0]
    assert isinstance(block, Verdict)
    return [(word, flat(text)) for word, text in block.lines]


def test_the_verdict_begins_with_the_endpoint_and_its_difference(response_paper: ResponsePaper) -> None:
    lines = verdict(response_document(response_paper, version="1"))
    assert [word for word, _ in lines] == ["Index lesion at 3 months", "Difference", "Best response"]
    assert lines[0][1] == "PDA 3 of 4 (75.0 %), SDA 1 of 4 (25.0 %)"
    assert lines[1][1].startswith("PDA less SDA: 50.0 percentage points (")
    assert "P 0.486 by Fisher's exact test, 0.157 by Pearson's" in lines[1][1]
    low, high = stats.binomtest(4, 8).proportion_ci(0.95, method="wilson")
    assert lines[2][1] == f"4 of 8 respond by mRECIST: 50.0 % ({100 * low:.1f}–{100 * high:.1f})"


def test_without_an_endpoint_only_the_best_response_is_told(response_paper: ResponsePaper) -> None:
    bare = replace(
        response_paper, result=response_paper.result.model_copy(update={"at": None}), months=None, window_months=None
    )
    document = response_document(bare, version="1")
    assert [word for word, _ in verdict(document)] == ["Best response"]
    assert comparison_table(bare) is None
    assert endpoint_table(bare).rows == []


def test_counts_of_best_responses_stand_under_their_words(response_paper: ResponsePaper) -> None:
    table = best_table(response_paper)
    assert [c.heading for c in table.columns] == [
        "Criterion",
        "Patients",
        "CR",
        "PR",
        "SD",
        "PD",
        "NE",
        "CR or PR (95 % CI)",
    ]
    assert list(table.rows[0][1:7]) == [8, 1, 3, 2, 1, 1]


def test_each_arm_has_its_evaluable_and_responders(response_paper: ResponsePaper) -> None:
    rows = [[flat(cell) for cell in row] for row in endpoint_table(response_paper).rows]
    by_arm = {row[1]: row[2:5] for row in rows[:3]}
    assert (by_arm["PDA"], by_arm["SDA"]) == (["4", "4", "3"], ["4", "3", "1"])


def test_every_patient_has_its_best_change_and_the_day_of_progression(response_paper: ResponsePaper) -> None:
    rows = {flat(row[0]): flat(row[3]) for row in patients_table(response_paper).rows}
    assert rows["PDA0"] == "PR (−75 %)"
    assert rows["SDA2"] == "PD (+150 %), 2026-04-06"
    assert rows["SDA3"] == "NE"
    assert len(rows) == 8


def test_a_table_without_doses_has_no_section_of_them(response_paper: ResponsePaper) -> None:
    assert dose_table(response_paper) is None
    document = response_document(response_paper, version="1.2.3")
    assert "Lesion dose and response" not in [s.heading for s in document.sections]
    assert (document.date, document.footer) == ("2026-04-06", "Yttria 1.2.3")
    assert dict(document.identity)["Images"] == "2026-01-05 to 2026-04-06"
