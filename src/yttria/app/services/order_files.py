"""The files of an order: form as PDF and HTML, events of a calendar."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from yttria import __version__
from yttria.app.services.site import site_path
from yttria.contract.order import OrderRequest, OrderResult
from yttria.io.files.calendar_file import CalendarEvent, calendar_text
from yttria.io.files.output import PRIVATE, output_file
from yttria.io.render import write_html, write_pdf
from yttria.report.delivery.order_form import event_words, order_document
from yttria.values.errors import Finding


def write_order(orders: Sequence[OrderResult], findings: Sequence[Finding], request: OrderRequest) -> tuple[Path, ...]:
    """Write the files that are asked for; return them. They name patients, so that only their owner may read them.

    Raises
    ------
    IntakeError
        A place that cannot be written, an input, or a file that Yttria did not write.
    """
    document = order_document(orders, findings, version=__version__)
    writers: tuple[tuple[Path | None, Callable[[Path], object]], ...] = (
        (request.pdf, lambda path: write_pdf(document, path)),
        (request.html, lambda path: write_html(document, path)),
        (request.ics, lambda path: path.write_bytes(_calendar(orders).encode())),
    )
    written = []
    site = site_path(request.site)
    inputs = (*request.input_paths, *([site] if site is not None else []))
    for place, write in writers:
        if place is not None:
            with output_file(place, inputs=inputs, replace=request.replace) as draft:
                write(draft)
                draft.chmod(PRIVATE)
            written.append(place)
    return tuple(written)


def _calendar(orders: Sequence[OrderResult]) -> str:
    return calendar_text([CalendarEvent(datetime.fromisoformat(order.at), *event_words(order)) for order in orders])
