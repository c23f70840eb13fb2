"""What `yttria trial kit` and `yttria trial check` are asked and answer: the tables of a running trial."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from yttria.contract.base import Absent, Argument, Request, Result

Template = Literal["dosisphere"]


class KitRequest(Request):
    """The tables of a trial to fill."""

    out: Annotated[Path, Argument()]
    """Folder, new or empty."""
    template: Template = "dosisphere"
    """Which trial's tables: dosisphere."""


class KitResult(Result):
    """What was written."""

    template: Template
    """Which trial's tables."""
    files: list[str]
    """Names in the folder."""


class CheckRequest(Request):
    """The tables of a running trial, checked."""

    kit: Annotated[Path, Argument()]
    """Folder of a kit; cohort.csv is written into it."""
    at: date | None = None
    """Day of the check, as 2026-11-30. [default: today]"""
    blind: Path | None = None
    """File for the cohort with the arms as A and B, without what was given: for a monitoring committee."""
    replace: bool = False
    """Write over the cohort, its adverse events and that file even where Yttria did not write them."""


class MissingField(Result):
    """What is missing."""

    patient: str
    """Whose."""
    visit: str
    """Of which visit."""
    field: str
    """Column of an empty cell, or table without a row."""


class LateVisit(Result):
    """A visit outside its window."""

    patient: str
    """Whose."""
    visit: str
    """Which."""
    days: int
    """Days after the window; negative before it."""


class RefusedRow(Result):
    """A row that is in no cohort."""

    table: str
    """Which table."""
    row: int
    """Line of the file, the heading being 1."""
    why: str
    """What was expected and what was found."""


class CheckResult(Result):
    """What a check of the tables says."""

    missing: list[MissingField]
    """Empty required cells, and visits without a row."""
    late: list[LateVisit]
    """Visits outside their windows."""
    refused: list[RefusedRow]
    """Rows that cannot be."""
    patients: int
    """Patients in cohort.csv."""
    arms: Absent[dict[str, int]] = None
    """Patients of each arm; absent with --blind."""
