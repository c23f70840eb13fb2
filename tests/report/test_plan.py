"""The report of a plan: order, verdict, doubts."""

from yttria.report.plan import plan_document
from yttria.values.document import Verdict
from yttria.values.patient import Result

ORDER = (
    "Verdict",
    "Findings",
    "Options",
    "Dose in each volume",
    "Dose in the image",
    "Volumes and lungs",
    "Inputs and calibration",
    "Method",
    "What this report cannot tell",
)


def test_sections_stand_in_the_order_that_a_physician_reads(planned: Result) -> None:
    headings = [s.heading for s in plan_document(planned, version="0").sections]
    assert [h for h in headings if h in ORDER] == list(ORDER)


def test_the_verdict_is_three_lines_with_activity_limit_and_price(planned: Result) -> None:
    (block,) = plan_document(planned, version="0").sections[0].blocks
    assert isinstance(block, Verdict)
    give, held, against = (text for _, text in block.lines)
    assert give.startswith("4.92\xa0GBq")
    assert "at most 30\xa0Gy" in held
    assert "5.86\xa0GBq" in held
    assert "index lesion +41\xa0Gy (211 → 252)" in against
