"""The report of a survival study."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report.study.column_titles import study_titles
    from yttria.report.study.document import figures_of, notice_of, study_document, tables_of
    from yttria.report.study.effect_tables import arranged_tables
    from yttria.report.study.published_numbers import (
        OtherNumber,
        Published,
        PublishedNumber,
        published_document,
        published_table,
    )
    from yttria.report.study.r_script import r_script
    from yttria.report.study.study_paper import StudyPaper

__all__ = [
    "OtherNumber",
    "Published",
    "PublishedNumber",
    "StudyPaper",
    "arranged_tables",
    "figures_of",
    "notice_of",
    "published_document",
    "published_table",
    "r_script",
    "study_document",
    "study_titles",
    "tables_of",
]

set_lazy_exports(
    __name__,
    {
        "column_titles": "study_titles",
        "document": "figures_of notice_of study_document tables_of",
        "effect_tables": "arranged_tables",
        "published_numbers": "OtherNumber Published PublishedNumber published_document published_table",
        "r_script": "r_script",
        "study_paper": "StudyPaper",
    },
)
