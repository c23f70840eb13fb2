"""An order on paper, in a calendar and on a terminal: what `order` itself answers, as a reader sees it."""

from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.order import run
from yttria.contract.order import OrderRequest, OrderResult
from yttria.report.delivery.order_form import (
    MOST_CHOICES_LISTED,
    NOTHING,
    NOTICE,
    choices_table,
    event_words,
    order_document,
    order_lines,
)
from yttria.values.document import Document, Entry, Table, Verdict

AT = "2026-11-30T14:00+01:00"
NOON = "2026-11-29T12:00+01:00"
H = 64.05


def flat(text: Any) -> str:
    words = text.text if isinstance(text, Entry) else str(text)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def one(**more: Any) -> OrderResult:
    stated = {"needed_gbq": 2.24, "at": AT, "product": "glass", "calibrated": [NOON]} | more
    result = run(OrderRequest.model_validate(stated)).result
    assert isinstance(result, OrderResult)
    return result


def verdict(document: Document) -> dict[str, str]:
    block = document.sections[0].blocks[0]
    assert isinstance(block, Verdict)
    return {word: flat(text) for word, text in block.lines}


def test_the_first_lines_say_what_to_order_for_whom_and_what_arrives() -> None:
    """3 GBq, 26 hours after its calibration, less 1 %: 2.24 GBq, 1.19 million spheres."""
    lines = verdict(order_document([one()], (), version="1"))
    assert lines["Order"].startswith("3 GBq, calibrated ")
    assert lines["Needed"].startswith("2.24 GBq glass in the patient, ")
    assert (
        lines["Delivers"] == f"{0.99 * 3 * 0.5 ** (26 / H):.2f} GBq in the patient, 100.1 % of it; 1.19 million spheres"
    )


def test_where_nothing_fits_the_nearest_is_told_and_is_no_order() -> None:
    lines = verdict(order_document([one(needed_gbq=0.1)], (), version="1"))
    assert lines["Order"] == "Nothing lies within tolerance"
    assert lines["Nearest"].startswith("3 GBq, calibrated ")
    assert "Delivers" not in lines


def test_each_day_is_a_sheet_with_the_vials_that_it_needs(tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    later = "2026-12-01T14:00+01:00"
    table.write_text(
        f"patient,product,needed_gbq,at\nb,glass,1.73,{later}\na,glass,2.24,{AT}\nc,glass,2.2,{AT}\n", encoding="utf-8"
    )
    answer = run(OrderRequest(table=table, calibrated=[NOON]))
    document = order_document(answer.result.orders, answer.findings, version="1")  # type: ignore[union-attr]
    days = [s for s in document.sections if s.heading[-10:-6] == "2026"]
    assert [(s.heading, s.new_page) for s in days] == [("Monday 2026-11-30", False), ("Tuesday 2026-12-01", True)]
    injections, vials = days[0].blocks
    assert isinstance(injections, Table)
    assert isinstance(vials, Table)
    assert [flat(row[1]) for row in injections.rows] == ["a", "c"]
    ((product, _, size, count),) = vials.rows
    assert (product, size, count) == ("glass", "3", 2)
    assert document.date == answer.result.orders[1].at  # type: ignore[union-attr]


def test_choices_say_whether_they_are_within_tolerance_and_the_chosen_is_strong() -> None:
    order = one(most_vials=1)
    table = choices_table(order)
    assert [row[7].sign for row in table.rows if isinstance(row[7], Entry)] == [
        "✓" if c.within_tolerance else "✗" for c in order.choices
    ]
    assert table.emphasised == {0}
    assert choices_table(one(needed_gbq=0.1)).emphasised == frozenset()


@pytest.mark.parametrize(("sizes", "more"), [(11, 0), (12, 0), (13, 1)])
def test_twelve_choices_are_listed_and_the_others_counted(sizes: int, more: int) -> None:
    assert MOST_CHOICES_LISTED == 12
    order = one(vials_gbq=tuple(1 + k / 4 for k in range(sizes)))
    table = choices_table(order)
    assert len(table.rows) == sizes - more
    assert list(table.notes) == ([f"{more} more choices lie farther off."] if more else [])
    last = list(order_lines(order))[-1]
    assert (last == f"  and {more} more, farther off (--json has all)") is bool(more)


def test_a_calendar_says_patient_activity_and_vials_and_that_it_is_for_research() -> None:
    head, body = event_words(one().model_copy(update={"patient": "p1"}))
    assert flat(head) == "p1: 2.24 GBq glass"
    assert flat(body).startswith("3 GBq, calibrated ")
    assert body.endswith(NOTICE)
    assert event_words(one(needed_gbq=0.1))[1] == f"No vials chosen: {NOTHING}\n{NOTICE}"


def test_the_terminal_marks_the_chosen_and_keeps_eighty_columns() -> None:
    lines = [flat(line) for line in order_lines(one())]
    assert lines[1].startswith("Order: 3 GBq, calibrated ")
    assert [line[:3] for line in lines[4:] if line.startswith("*")] == ["* 3"]
    assert max(map(len, lines)) <= 80


def test_a_calibration_after_the_injection_is_told_as_after() -> None:
    document = order_document([one(calibrated=["2026-11-30T20:00+01:00"], needed_gbq=3.17)], (), version="1")
    table = document.sections[1].blocks[0]
    assert isinstance(table, Table)
    (cell,) = [c for c in table.rows[0] if isinstance(c, Entry) and "after" in c.under]
    assert cell.under == "6.0 h after"
