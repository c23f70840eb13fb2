"""The record of a treatment's day as a reader sees it: made from what `delivery` itself answers."""

from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.delivery import run
from yttria.contract.delivery import DeliveryRequest
from yttria.report.delivery.delivery_record import NOTICE, delivery_document, delivery_lines
from yttria.values.document import Document, Verdict

AT = "2026-12-01T14:00:00+01:00"
DAY = f"""product = "glass"
at = {AT}
prescribed_gbq = 2.0
[injections]
right = {{ prescribed_gbq = 1.0 }}
left = {{ prescribed_gbq = 1.0 }}
[[vials]]
assayed_gbq = 1.1
assayed_at = {AT}
residual_gbq = 0.1
residual_at = {AT}
injection = "right"
[[vials]]
assayed_gbq = 1.4
assayed_at = {AT}
residual_fraction = 0.0
injection = "left"
stasis = true
"""


def made(tmp_path: Path, text: str = DAY) -> tuple[Any, Document]:
    (tmp_path / "day.toml").write_text(text, encoding="utf-8")
    answer = run(DeliveryRequest(record=tmp_path / "day.toml"))
    return answer.result, delivery_document(answer.result, answer.findings, patient="P1", version="1.2.3")


def block(document: Document, heading: str) -> Any:
    return next(s for s in document.sections if s.heading == heading).blocks[0]


def flat(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def verdict(document: Document) -> dict[str, str]:
    found = block(document, "Verdict")
    assert isinstance(found, Verdict)
    return {word: flat(text) for word, text in found.lines}


def test_the_first_lines_say_what_arrived_what_stayed_and_what_is_reported(tmp_path: Path) -> None:
    """1.0 of 1.1 and 1.4 GBq: 2.4 of 2.0 prescribed is 120 %; 0.1 of 2.5 stayed: 4 %."""
    lines = verdict(made(tmp_path)[1])
    assert lines["Delivered"].startswith("2.40 GBq at ")
    assert lines["Delivered"].endswith(", 120.0 % of 2.00 GBq prescribed")
    assert lines["Left behind"] == "4.0 % of what the vials held then"
    assert lines["10 CFR 35.3045"] == "✗ differs by 20 % or more, which is reported"
    assert lines["Stasis"] == "an injection ended because flow stopped"


def test_an_injection_that_differs_though_the_whole_does_not_is_named(tmp_path: Path) -> None:
    lines = verdict(made(tmp_path, DAY.replace("assayed_gbq = 1.1", "assayed_gbq = 0.8"))[1])
    assert (
        lines["10 CFR 35.3045"]
        == "✗ the whole differs by less than 20 %, but right, left by 20 % or more, which is reported"
    )


def test_where_nothing_was_prescribed_nothing_is_judged(tmp_path: Path) -> None:
    text = DAY.replace("prescribed_gbq = 2.0\n", "").replace("prescribed_gbq = 1.0", "")
    lines = verdict(made(tmp_path, text)[1])
    assert "10 CFR 35.3045" not in lines
    assert "prescribed" not in lines["Delivered"]


def test_each_vial_and_injection_has_its_row(tmp_path: Path) -> None:
    document = made(tmp_path)[1]
    vials, injections = block(document, "Vials"), block(document, "Injections")
    assert [row[0] for row in vials.rows] == [1, 2]
    assert [(row[5].text, row[5].under) for row in vials.rows] == [
        ("calibrator", ""),
        ("assumed, not measured", "ended in stasis"),
    ]
    assert [row[6].text for row in vials.rows] == ["1.00", "1.40"]
    assert [(row[2], row[6].strong) for row in vials.rows] == [("0.00", True), ("0.00", True)]
    assert [(row[0], row[1], row[2], row[4].sign) for row in injections.rows] == [
        ("right", "1.00", "1.00", "✓"),
        ("left", "1.00", "1.40", "✗"),
    ]


def test_the_paper_is_signed_dated_and_marked_for_research(tmp_path: Path) -> None:
    document = made(tmp_path)[1]
    assert (document.date, document.footer, document.notice) == (AT, "Yttria 1.2.3", NOTICE)
    assert document.signers == ("Administered by", "Medical physicist")
    assert dict(document.identity)["Patient"] == "P1"
    assert "64.05 h" in flat(block(document, "How this was reckoned").items[0])


def test_the_terminal_says_the_same_in_eighty_columns(tmp_path: Path) -> None:
    lines = [flat(line) for line in delivery_lines(made(tmp_path)[0])]
    assert lines[0].startswith("Delivered: 2.40 GBq")
    assert lines[-2].startswith("right: 1.00 GBq, 100")
    table = [line for line in lines if line.startswith(("1 ", "2 "))]
    assert [line.split()[:3] for line in table] == [["1", "1.10", "0.10"], ["2", "1.40", "0.000"]]
    assert all(len(line) <= 80 for line in table)


@pytest.mark.parametrize(
    "text",
    [
        DAY.replace("[injections]\nright = { prescribed_gbq = 1.0 }\nleft = { prescribed_gbq = 1.0 }\n", "")
        .replace('injection = "right"\n', "")
        .replace('injection = "left"\n', "")
    ],
)
def test_one_injection_has_no_section_of_injections(tmp_path: Path, text: str) -> None:
    assert "Injections" not in [s.heading for s in made(tmp_path, text)[1].sections]
