"""Numbers, footnotes and findings as text."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report.text.capitals import capital
    from yttria.report.text.findings import first_findings, first_words, notes_in_full
    from yttria.report.text.footnotes import Footnotes, superscript
    from yttria.report.text.line_breaks import broken, width_of
    from yttria.report.text.number_format import (
        DASH,
        MINUS,
        NBSP,
        decimals_of_gy,
        gbq,
        gram,
        gy,
        gy_range,
        instant,
        ml,
        number,
        percent,
    )

__all__ = [
    "DASH",
    "MINUS",
    "NBSP",
    "Footnotes",
    "broken",
    "capital",
    "decimals_of_gy",
    "first_findings",
    "first_words",
    "gbq",
    "gram",
    "gy",
    "gy_range",
    "instant",
    "ml",
    "notes_in_full",
    "number",
    "percent",
    "superscript",
    "width_of",
]

set_lazy_exports(
    __name__,
    {
        "capitals": "capital",
        "findings": "first_findings first_words notes_in_full",
        "footnotes": "Footnotes superscript",
        "line_breaks": "broken width_of",
        "number_format": "DASH MINUS NBSP decimals_of_gy gbq gram gy gy_range instant ml number percent",
    },
)
