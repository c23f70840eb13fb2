"""The paper of a study in files: report as PDF and HTML, figures, tables, and printed numbers beside ours. It computes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from yttria import __version__
from yttria.app.services.answer_files import REPORT_FILES, write_report
from yttria.evidence.study.analysis import Analysis
from yttria.io.render import write_html
from yttria.io.render.figure import write_figure
from yttria.io.tables.docx_table import write_docx
from yttria.io.tables.table_export import write_csv, write_latex
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
from yttria.report.study.study_paper import StudyPaper
from yttria.report.text.capitals import capital
from yttria.values.cohort import Cohort
from yttria.values.document import Table
from yttria.values.protocol import Protocol

if TYPE_CHECKING:
    from yttria.evidence.published.claim import Claim
    from yttria.evidence.published.cohort_comparison import Cell


def published_of(cells: "Sequence[Cell]", source: str, left: "Sequence[Claim]") -> Published:
    """Return a publication for the report: its numbers beside ours, where they are printed, and what is of other patients."""
    numbers = [PublishedNumber(c.place, c.of, c.part, c.printed, c.ours, c.verdict, c.why) for c in cells]
    return Published(numbers, source, [OtherNumber(c.place, c.name, c.text, c.note) for c in left])


def write_paper(
    analysis: Analysis,
    cohort: Cohort,
    protocol: Protocol,
    out: Path,
    *,
    published: Published | None,
    kinds: Sequence[str],
    progress: Callable[[str], None],
) -> tuple[str, ...]:
    """Write report.pdf, report.html, figures and tables into an empty folder; return their names.

    Parameters
    ----------
    analysis, cohort, protocol
        The study.
    out
        The folder.
    published
        A publication beside the study.
    kinds
        Of figure files.
    progress
        Is told what is being written.
    """
    titles = study_titles(cohort.columns, protocol)
    document = study_document(
        StudyPaper(analysis.result, protocol, analysis.findings, titles),
        version=__version__,
        published=published,
    )
    progress("report")
    write_report(out, document)
    for folder in ("figures", "tables"):
        (out / folder).mkdir(exist_ok=True)
    for figure in figures_of(document):
        progress(f"figure {figure.name}")
        for kind in kinds:
            write_figure(figure, out / "figures" / f"{figure.name}.{kind}")
    for number, table in enumerate(tables_of(document), start=1):
        _write_table(table, out / "tables" / f"table-{number}", protocol.label)
    for name, table in arranged_tables(analysis.result, titles, protocol).items():
        _write_table(table, out / "tables" / name, protocol.label)
    written = (*REPORT_FILES, "figures/", "tables/")
    return written if published is None else (*written, *_write_published(published, protocol, out))


def _write_table(table: Table, path: Path, label: str) -> None:
    """Write a table as CSV, LaTeX and Word; what must never be lost stands with it."""
    noted = replace(table, notes=(*table.notes, f"{capital(label)}.")) if label else table
    write_csv(table, path.with_suffix(".csv"), label=label)
    write_latex(noted, path.with_suffix(".tex"))
    write_docx(noted, path.with_suffix(".docx"))


def _write_published(published: Published, protocol: Protocol, out: Path) -> tuple[str, ...]:
    """Write the printed numbers beside ours, and those that are not compared, as a table for programs and as a page."""
    whole = published_document(
        published,
        title=f"{protocol.title or 'Study'}: printed numbers beside ours",
        subtitle=capital(protocol.label),
        notice=notice_of(protocol),
        version=__version__,
    )
    write_html(whole, out / "published.html")
    write_csv(published_table(published), out / "published.csv", label=protocol.label)
    return ("published.csv", "published.html")
