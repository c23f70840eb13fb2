"""The pages: a `Document` as PDF (typst) and as one HTML file, the same bytes for the same document."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.render.contact_sheet import write_contact_sheet
    from yttria.io.render.figure import write_figure
    from yttria.io.render.html import write_html
    from yttria.io.render.identity_block import identity_of
    from yttria.io.render.pdf import write_pdf

__all__ = ["identity_of", "write_contact_sheet", "write_figure", "write_html", "write_pdf"]

set_lazy_exports(
    __name__,
    {
        "contact_sheet": "write_contact_sheet",
        "figure": "write_figure",
        "html": "write_html",
        "identity_block": "identity_of",
        "pdf": "write_pdf",
    },
)
