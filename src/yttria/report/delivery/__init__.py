"""The report of a verified treatment."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report.delivery.delivery_record import delivery_document, delivery_lines
    from yttria.report.delivery.document import verification_document
    from yttria.report.delivery.order_form import event_words, order_document, order_lines
    from yttria.report.delivery.response_document import (
        ResponsePaper,
        best_table,
        comparison_table,
        dose_table,
        endpoint_table,
        patients_table,
        response_document,
        response_figures,
        visits_table,
    )
    from yttria.report.delivery.response_terminal import response_lines
    from yttria.report.delivery.terminal import verification_lines
    from yttria.report.delivery.verification_result import verification_result

__all__ = [
    "ResponsePaper",
    "best_table",
    "comparison_table",
    "delivery_document",
    "delivery_lines",
    "dose_table",
    "endpoint_table",
    "event_words",
    "order_document",
    "order_lines",
    "patients_table",
    "response_document",
    "response_figures",
    "response_lines",
    "verification_document",
    "verification_lines",
    "verification_result",
    "visits_table",
]

set_lazy_exports(
    __name__,
    {
        "delivery_record": "delivery_document delivery_lines",
        "document": "verification_document",
        "order_form": "event_words order_document order_lines",
        "response_document": "ResponsePaper best_table comparison_table dose_table endpoint_table patients_table response_document response_figures visits_table",
        "response_terminal": "response_lines",
        "terminal": "verification_lines",
        "verification_result": "verification_result",
    },
)
