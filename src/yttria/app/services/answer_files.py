"""The files of an answer: its JSON document beside its report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yttria.app.provenance import write_json
from yttria.io.render import write_html, write_pdf
from yttria.io.render.identity_block import identity_of
from yttria.values.document import Document
from yttria.values.patient import PatientIdentity

REPORT_FILES = ("report.pdf", "report.html")
NOBODY = PatientIdentity()


def write_report(folder: Path, document: Document, identity: PatientIdentity = NOBODY) -> None:
    """Write a report as report.pdf and report.html, with the patient's identity where there is one."""
    write_pdf(document, folder / "report.pdf", identity=identity_of(identity))
    write_html(document, folder / "report.html", identity=identity_of(identity))


def write_answer(path: Path, record: Mapping[str, Any], document: Document, identity: PatientIdentity = NOBODY) -> None:
    """Write the JSON document of an answer as `path`, and its report beside it.

    Parameters
    ----------
    path
        Where the JSON goes, as plan.json.
    record
        What the command answers under --json.
    document
        The report.
    identity
        Of the patient, opened in the report alone.
    """
    path.write_text(write_json(record), encoding="utf-8")
    write_report(path.parent, document, identity)
