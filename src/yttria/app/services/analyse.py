"""A survival study: protocol and table in; cohort, analysis, result, report, figures and tables out. It computes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from yttria import __version__
from yttria.app.provenance import envelope, write_json
from yttria.app.services.long_columns import FOLDER, LongTables, without_long_columns
from yttria.contract.envelope import Answer
from yttria.contract.study import AnalyseRequest, StudyResult
from yttria.evidence.study.analysis import Analysis, analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.study_tables import StudyTables, flow_of
from yttria.io.files.output import output_folder, subject_of
from yttria.io.tables.adverse_event_table import read_adverse_events
from yttria.io.tables.cohort_table import read_table
from yttria.io.tables.curve_patients import read_curve_patients
from yttria.io.tables.protocol import read_protocol
from yttria.report.study.r_script import r_script
from yttria.values.cohort import Cohort
from yttria.values.errors import Finding, IntakeError
from yttria.values.protocol import Protocol

if TYPE_CHECKING:
    from yttria.evidence.published.cohort_comparison import Cell
    from yttria.evidence.published.consistency import Audit
    from yttria.report.study.published_numbers import Published

KINDS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Study:
    """A study: the protocol, the cohort, the result, and the files that it was read from."""

    protocol: Protocol
    cohort: Cohort
    analysis: Analysis
    inputs: tuple[Path, ...] = ()
    matched: Mapping[str, Path] = field(default_factory=dict)
    adverse: Path | None = None

    @cached_property
    def record(self) -> "StudyRecord":
        """Return the result and its findings as result.json states them."""
        short, tables, notes = without_long_columns(self.analysis.result)
        return StudyRecord(short, (*self.analysis.findings, *notes), tables)


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What result.json states of a study, and the tables that it holds in part."""

    result: StudyResult
    findings: tuple[Finding, ...]
    tables: LongTables


def run(
    request: AnalyseRequest, *, report: bool = True, progress: Callable[[str], None] = lambda _: None
) -> Answer[StudyResult]:
    """Analyse the study of a protocol and a table, and write it.

    Parameters
    ----------
    request
        Protocol, table and folder.
    report
        Whether reports, figures and tables are written beside result.json.
    progress
        Is told what is being written.

    Raises
    ------
    IntakeError, EvidenceError
        A file that cannot be read; a table that does not fit the protocol.
    """
    study = study_of(request.protocol, request.cohort, request.adverse)
    if report:
        names = write_study(study, request.out, progress=progress, overwrite=request.replace)
    else:
        names = write_record(study, request.out, overwrite=request.replace)
    record = study.record
    return Answer(record.result, record.findings, tuple(request.out / name for name in names))


def study_of(protocol_path: Path, table_path: Path, adverse_path: Path | None = None) -> Study:
    """Return the whole study that a protocol makes of a table, and of the tables that it names beside itself.

    Raises
    ------
    IntakeError
        A file that is not there or cannot be read.
    EvidenceError
        A table that does not fit the protocol.
    """
    protocol = read_protocol(protocol_path)
    table = read_table(table_path, missing=protocol.missing)
    cohort = build_cohort(table, protocol)
    matched = {name: protocol_path.parent / spec.patients for name, spec in protocol.matched.items()}
    adverse = _adverse_path(protocol, protocol_path, adverse_path)
    tables = StudyTables(
        flow_of(table, protocol),
        {name: read_curve_patients(path) for name, path in matched.items()},
        None if adverse is None else read_adverse_events(adverse),
    )
    inputs = (protocol_path, table_path, *matched.values(), *([] if adverse is None else [adverse]))
    return Study(protocol, cohort, analyse(cohort, protocol, tables), inputs, matched, adverse)


def _adverse_path(protocol: Protocol, protocol_path: Path, given: Path | None) -> Path | None:
    """Return where the adverse events are: the file that is given, else the one that the protocol names.

    Raises
    ------
    IntakeError
        A file given without [adverse_events]; a section without a file.
    """
    spec = protocol.adverse_events
    if spec is None:
        if given is not None:
            raise IntakeError(
                '--adverse needs to know which column names the patient; add to the protocol:\n[adverse_events]\nid = "patient"',
                code="adverse-event-patient-column-absent",
            )
        return None
    if given is None and not spec.table:
        raise IntakeError(
            "[adverse_events] names no table; add table, or give --adverse FILE", code="adverse-event-table-absent"
        )
    return given or protocol_path.parent / spec.table


def write_record(study: Study, out: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Write result.json and analysis.R into `out`, and columns of many rows as Parquet; return their names."""
    with output_folder(out, command="analyse", inputs=study.inputs, replace=overwrite) as draft:
        draft.subject = _subject(study)
        return _write_record(study, draft.path)


def _subject(study: Study) -> str:
    """Return the study's name in a mark: that of its protocol's place."""
    return subject_of(*(str(path.resolve()) for path in study.inputs[:1]))


def _write_record(study: Study, out: Path) -> tuple[str, ...]:
    stated = study.record
    record = write_json(envelope("analyse", stated.result.model_dump(), stated.findings))
    (out / "result.json").write_text(record, encoding="utf-8")
    script = r_script(
        study.protocol,
        table=_place(study.inputs[1], out) if len(study.inputs) > 1 else "cohort.csv",
        matched={name: _place(path, out) for name, path in study.matched.items()},
        adverse=None if study.adverse is None else _place(study.adverse, out),
        version=__version__,
    )
    (out / "analysis.R").write_text(script, encoding="utf-8")
    if not stated.tables.tables:
        return ("result.json", "analysis.R")
    stated.tables.write(out / FOLDER)
    return ("result.json", "analysis.R", f"{FOLDER}/")


def _place(path: Path, out: Path) -> str:
    """Return where a table is for a script in `out`: by its name where it lies there too, else by its whole path."""
    whole, folder = path.resolve(), out.resolve()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else whole.as_posix()


def claim_comparison(study: Study, claims: "Audit") -> "tuple[Cell, ...]":
    """Return each printed number of an audited table of claims beside the study's own."""
    from yttria.evidence.published.cohort_comparison import cohort_comparison

    return cohort_comparison(claims, study.analysis.result, study.cohort)


def write_study(
    study: Study,
    out: Path,
    *,
    published: "Published | None" = None,
    kinds: Sequence[str] = KINDS,
    progress: Callable[[str], None] = lambda _: None,
    overwrite: bool = False,
) -> tuple[str, ...]:
    """Write result.json, report.pdf, report.html, figures (SVG, PDF, PNG) and tables (CSV, LaTeX) into `out`, all of them or none; return their names.

    Parameters
    ----------
    study
        The analysed study.
    out
        A folder, made when it is not there.
    published
        A publication beside the study: a section of the report, and published.csv and published.html with every number.
    kinds
        Of figure files.
    progress
        Is told what is being written.
    overwrite
        Whether files that Yttria did not write for this study may be replaced.
    """
    with output_folder(out, command="analyse", inputs=study.inputs, replace=overwrite) as draft:
        draft.subject = _subject(study)
        return write_files(study, draft.path, published=published, kinds=kinds, progress=progress)


def write_files(
    study: Study, out: Path, *, published: "Published | None", kinds: Sequence[str], progress: Callable[[str], None]
) -> tuple[str, ...]:
    """Write every file of a study into an empty folder; return their names."""
    from yttria.app.services.study_files import write_paper

    names = _write_record(study, out)
    paper = write_paper(
        study.analysis, study.cohort, study.protocol, out, published=published, kinds=kinds, progress=progress
    )
    return (*names, *paper)
