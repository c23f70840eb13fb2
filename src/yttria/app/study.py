"""The hall's part for studies: protocol and table in, cohort, analysis, records out. It computes nothing."""

from dataclasses import dataclass
from pathlib import Path

from yttria.evidence.analysis import Analysis, analyse
from yttria.evidence.enrol import enrol
from yttria.io.protocol import read_protocol
from yttria.io.tables import read_table
from yttria.values.cohort import Cohort
from yttria.values.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Study:
    """A study from its two files: what was asked, of whom, and what came out."""

    protocol: Protocol
    cohort: Cohort
    analysis: Analysis


def study_of(protocol_path: Path, table_path: Path) -> Study:
    """Return the whole study that a protocol makes of a table.

    Raises
    ------
    IntakeError
        A file that is not there or cannot be read.
    EvidenceError
        A table that does not fit the protocol.
    """
    protocol = read_protocol(protocol_path)
    cohort = enrol(read_table(table_path, missing=protocol.missing), protocol)
    return Study(protocol, cohort, analyse(cohort, protocol))
