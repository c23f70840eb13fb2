"""The files of a response: result, report, figures and tables, all of them or none."""

from pathlib import Path

from yttria import __version__
from yttria.app.provenance import envelope
from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.io.files.output import output_folder, subject_of
from yttria.io.render.figure import write_figure
from yttria.io.tables.table_export import write_csv
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
from yttria.values.document import Table

KINDS = ("svg", "pdf", "png")
FILES = ("response.json", *REPORT_FILES)
FOLDERS = ("figures", "tables")


def write_response(paper: ResponsePaper, table: Path, out: Path, *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write response.json, report.pdf, report.html, figures (SVG, PDF, PNG) and tables (CSV) into `out`; return them.

    Raises
    ------
    IntakeError
        A folder that cannot be written, that would write over the table, or that holds such files of another table.
    """
    tables = {name: one for name, one in _tables(paper).items() if one is not None}
    private = (*FILES, *FOLDERS)  # all of them name patients
    with output_folder(out, command="response", inputs=(table,), replace=overwrite, private=private) as draft:
        draft.subject = subject_of(str(table.resolve()))
        record = envelope("response", paper.result.model_dump(), paper.findings)
        write_answer(draft.path / "response.json", record, response_document(paper, version=__version__))
        for folder in FOLDERS:
            (draft.path / folder).mkdir()
        for figure in response_figures(paper):
            for kind in KINDS:
                write_figure(figure, draft.path / "figures" / f"{figure.name}.{kind}")
        for name, one in tables.items():
            write_csv(one, draft.path / "tables" / f"{name}.csv")
    return tuple(out / name for name in (*FILES, *FOLDERS))


def _tables(paper: ResponsePaper) -> dict[str, Table | None]:
    """Return the tables by the name of their file."""
    if not paper.result.rates:
        return {}
    has_endpoint = paper.result.at is not None
    return {
        "best": best_table(paper),
        "endpoint": endpoint_table(paper) if has_endpoint else None,
        "comparison": comparison_table(paper) if has_endpoint else None,
        "dose": dose_table(paper),
        "patients": patients_table(paper),
        "visits": visits_table(paper),
    }
