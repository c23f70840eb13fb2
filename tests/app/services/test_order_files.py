"""What `yttria order` writes, read back: a sheet a day, an event an injection, for the owner alone."""

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pypdf
import pytest

from yttria.app.services.order import run
from yttria.contract.order import OrderRequest
from yttria.values.errors import IntakeError

ROWS = """patient,product,needed_gbq,at
Late,glass,3.2,2026-12-01T14:00+01:00
Second,glass,0.3,2026-12-02T14:00+01:00
Early,glass,3.4,2026-12-01T09:00+01:00
"""
STATED = ["2026-11-29T12:00-05:00"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("order")
    (folder / "orders.csv").write_text(ROWS, encoding="utf-8")
    files = {kind: folder / f"o.{kind}" for kind in ("pdf", "html", "ics")}
    run(
        OrderRequest(
            table=folder / "orders.csv", calibrated=STATED, pdf=files["pdf"], html=files["html"], ics=files["ics"]
        )
    )
    return folder


def pages(path: Path) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pypdf.PdfReader(path).pages]


def test_each_day_has_a_sheet_with_its_injections_in_order_and_its_vials(written: Path) -> None:
    first, second, last = pages(written / "o.pdf")
    assert "Tuesday 2026-12-01" in first
    assert first.index("Early") < first.index("Late")
    assert "Wednesday" not in first
    assert "glass 2026-11-29 12:00 -05:00 5 2" in first
    assert "Wednesday 2026-12-02" in second
    assert "nothing within tolerance" in second
    assert "Vials to order" not in second
    assert "half-life 64.05 h" in last
    assert "Line 3: no choice of vials delivers 0.3 GBq within 10%" in last


def test_the_page_for_a_screen_says_the_same(written: Path) -> None:
    html = (written / "o.html").read_text(encoding="utf-8")
    assert html.count('<section class="sheet"') == 2
    assert "Vials to order" in html
    assert "Early" in html


def test_each_injection_is_an_event_at_its_instant_with_its_vials(written: Path) -> None:
    events = icalendar.Calendar.from_ical((written / "o.ics").read_bytes()).walk("VEVENT")
    assert [event.decoded("DTSTART") for event in events] == [
        datetime(2026, 12, 1, 13, tzinfo=UTC), datetime(2026, 12, 2, 13, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)
    ]  # fmt: skip
    assert str(events[0]["SUMMARY"]) == "Late: 3.20 GBq glass"
    assert "5\u00a0GBq, calibrated 2026-11-29 12:00 -05:00" in str(events[0]["DESCRIPTION"])
    assert "No vials chosen" in str(events[1]["DESCRIPTION"])


def test_files_that_name_patients_are_their_owners_alone(written: Path) -> None:
    assert {stat.S_IMODE((written / f"o.{kind}").stat().st_mode) for kind in ("pdf", "html", "ics")} == {0o600}


def test_one_order_shows_what_is_chosen_and_all_choices(tmp_path: Path) -> None:
    pdf = tmp_path / "one.pdf"
    run(OrderRequest(needed_gbq=3.2, at="2026-12-01T14:00+01:00", product="glass", calibrated=STATED, pdf=pdf))
    (page,) = pages(pdf)
    assert "Order 5 GBq, calibrated 2026-11-29 12:00 -05:00" in page
    assert "3.07 GBq in the patient, 96.1 % of it; 1.98 million spheres" in page
    assert "All choices" in page
    assert "Checked by (medical physicist)" in page


def test_a_file_of_somebody_else_is_not_replaced_unless_that_is_said(tmp_path: Path) -> None:
    place = tmp_path / "diary.ics"
    place.write_text("mine", encoding="utf-8")
    order = OrderRequest(needed_gbq=3.2, at="2026-12-01T14:00Z", product="glass", calibrated=STATED, ics=place)
    with pytest.raises(IntakeError, match="is there already, and Yttria did not write it"):
        run(order)
    assert place.read_text(encoding="utf-8") == "mine"
    run(order.model_copy(update={"replace": True}))
    run(order)
    assert b"BEGIN:VEVENT" in place.read_bytes()


def test_the_table_is_never_written_over(tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text(ROWS, encoding="utf-8")
    with pytest.raises(IntakeError, match="input"):
        run(OrderRequest(table=table, calibrated=STATED, ics=table, replace=True))
    assert table.read_text(encoding="utf-8") == ROWS


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    diary, pdf = tmp_path / "diary.ics", tmp_path / "o.pdf"
    diary.write_text("mine", encoding="utf-8")
    with pytest.raises(IntakeError, match=r"diary\.ics is there already"):
        run(
            OrderRequest(needed_gbq=3.2, at="2026-12-01T14:00Z", product="glass", calibrated=STATED, pdf=pdf, ics=diary)
        )
    assert [path.name for path in tmp_path.iterdir()] == ["diary.ics"]


def test_two_files_of_one_place_are_refused_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    one, other = tmp_path / "o.pdf", tmp_path / "a" / ".." / "o.pdf"
    with pytest.raises(IntakeError, match=r"a file of its own, but o\.pdf is named twice"):
        run(
            OrderRequest(
                needed_gbq=3.2, at="2026-12-01T14:00Z", product="glass", calibrated=STATED, pdf=one, html=other
            )
        )
    assert not one.exists()
