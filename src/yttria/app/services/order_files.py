"""The files of an order: form as PDF and HTML, events of a calendar."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from yttria import __version__
from yttria.app.services.site import site_path
from yttria.contract.order import OrderRequest, OrderResult
from yttria.io.files.calendar_file import CalendarEvent, calendar_text
from yttria.io.files.output import PRIVATE, output_files, place_subject, subject_of
from yttria.io.render import write_html, write_pdf
from yttria.report.delivery.order_form import event_words, order_document
from yttria.values.errors import Finding, IntakeError


def write_order(orders: Sequence[OrderResult], findings: Sequence[Finding], request: OrderRequest) -> tuple[Path, ...]:
    """Write the files that are asked for, all or none; return them. They name patients, so that only their owner may read them.

    Raises
    ------
    IntakeError
        A place that cannot be written, an input, a file that Yttria did not write, or one place for two files.
    """
    document = order_document(orders, findings, version=__version__)
    writers: tuple[tuple[Path | None, Callable[[Path], object]], ...] = (
        (request.pdf, lambda path: write_pdf(document, path)),
        (request.html, lambda path: write_html(document, path)),
        (request.ics, lambda path: path.write_bytes(_calendar(orders).encode())),
    )
    files = [(place, write) for place, write in writers if place is not None]
    _require_own_places([place for place, _ in files])
    site = site_path(request.site)
    inputs = (*request.input_paths, *([site] if site is not None else []))
    if not files:
        return ()
    subject = place_subject(request.table) if request.table is not None else subject_of(*(o.at for o in orders))
    with output_files(
        [place for place, _ in files], command="order", subject=subject, inputs=inputs, replace=request.replace
    ) as drafts:
        for draft, (_, write) in zip(drafts, files, strict=True):
            write(draft)
            draft.chmod(PRIVATE)
    return tuple(place for place, _ in files)


def _require_own_places(places: Sequence[Path]) -> None:
    """Refuse one place for two files, of which the last alone would stay."""
    there = [os.path.realpath(place) for place in places]  # no fault of a circle of links, as Path.resolve has
    twice = next((place for place in places if there.count(os.path.realpath(place)) > 1), None)
    if twice is not None:
        raise IntakeError(
            f"--pdf, --html and --ics must each name a file of its own, but {twice.name} is named twice; name another",
            code="output-named-twice",
            values={"name": twice.name},
        )


def _calendar(orders: Sequence[OrderResult]) -> str:
    return calendar_text([CalendarEvent(datetime.fromisoformat(order.at), *event_words(order)) for order in orders])
