"""What `yttria trial randomise` is asked and answers: a randomisation list behind a sealed seed."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from yttria.contract.base import Request, Result


class RandomiseRequest(Request):
    """A randomisation list behind a sealed seed."""

    out: Path
    """Folder for list.csv, commitment.json (to publish) and sealed.json (to lock away)."""
    arms: str | None = None
    """Names of the arms, with commas. [default: PDA,SDA]"""
    ratio: str | None = None
    """Parts of each arm, with commas. [default: equal]"""
    patients: int | None = None
    """Patients of each stratum, at least."""
    block: str | None = None
    """Block sizes to draw from, with commas. [default: 4,6]"""
    stratum: list[str] = Field(default_factory=list)
    """factor=level,level …; may be given again."""
    minimise: Path | None = None
    """In place of blocks: CSV of patients in order of arrival, one column a factor."""
    probability: float | None = None
    """Of the balancing arm in minimisation. [default: 0.8]"""
    sealed: Path | None = None
    """sealed.json of an earlier list: make the same list again, and check it."""
    replace: bool = False
    """Write over files in that folder that Yttria did not write; never over another list."""


class RandomiseResult(Result):
    """A list as it was written; `block` and `allocated` are for the office, not for publication."""

    commitment_sha256: str
    """Commitment to publish: a hash of the seed."""
    made_of: str
    """What that hash is made of."""
    list_sha256: str | None
    """Hash of the list; null in minimisation, where it grows."""
    list_made_of: str
    """What that hash is made of."""
    method: Literal["minimisation", "permuted blocks"]
    """How the list was made."""
    arms: list[str]
    """Names of the arms."""
    ratio: list[int]
    """Parts of each arm."""
    strata: list[str]
    """Factors with their levels."""
    probability: float | None
    """Probability of the balancing arm; null with blocks."""
    block: str | None
    """Block sizes; null in minimisation."""
    allocated: dict[str, int]
    """Rows by arm."""
    rows: int
    """Rows of the list."""
