"""The pages: a `Document` as PDF (typst) and as one HTML file, the same bytes for the same document."""

from yttria.io.render.html import write_html
from yttria.io.render.pdf import write_pdf

__all__ = ["write_html", "write_pdf"]
