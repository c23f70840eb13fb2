"""The JSON document that every command answers with: result, findings, provenance."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from yttria.contract.base import Contract, Result
from yttria.values.errors import Finding, Level, Value

R = TypeVar("R", bound=Result)


class FindingRecord(Contract):
    """A judgement that travels with the result."""

    level: Level
    """How bad: note, warning, or stop."""
    code: str
    """Stable name of the kind of finding."""
    message: str
    """The sentence: what was found and what to do."""
    values: dict[str, Value]
    """Named values of the sentence, with their unit in the key."""


class Provenance(Contract):
    """What made a result."""

    version: str
    """Version of Yttria."""
    python: str
    """Version of Python."""
    platform: str
    """Operating system."""
    libraries: dict[str, str]
    """Versions of the libraries that touch a number."""
    notice: str
    """What the result may be used for."""


class Envelope(Contract, Generic[R]):
    """A whole JSON document."""

    yttria: str
    """Version of Yttria."""
    command: str
    """The command that answered."""
    result: R
    """What it answered."""
    findings: list[FindingRecord]
    """Findings, the worst first."""
    provenance: Provenance
    """What made the result."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """What a service returns: the result, the findings on the way, the files that were written."""

    result: R
    findings: tuple[Finding, ...] = ()
    files: tuple[Path, ...] = ()
