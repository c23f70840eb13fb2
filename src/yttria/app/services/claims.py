"""Printed numbers of a paper, checked against themselves and set beside those of a cohort."""

from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from yttria.contract.claims import (
    AuditResult,
    CheckedClaim,
    ClaimsRequest,
    ClaimsResult,
    CohortComparisonResult,
    Contradiction,
    GroupSolutions,
    NumberComparison,
    PublishedInterval,
    WholePatients,
)
from yttria.contract.envelope import Answer
from yttria.evidence.published.claim import Claim, claim_of
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.consistency import Audit, audit
from yttria.io.ground.regular_files import require_file
from yttria.io.tables.csv_text import read_sheet
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.published.cohort_comparison import Cell
    from yttria.evidence.published.group_checks import Group
    from yttria.evidence.published.rate_counts import Counts

SHIPPED = "dosisphere"
"""The word that stands for the table and the cohort that come with Yttria."""


def run(request: ClaimsRequest) -> Answer[ClaimsResult]:
    """Return the contradictions of a table of claims, each a finding too; or its numbers beside those of a cohort.

    Raises
    ------
    IntakeError, EvidenceError
        A table, cohort or protocol that cannot be read; a protocol without cohort.
    """
    result = audit(claims_of(request.table))
    if request.beside is not None:
        return Answer(_comparison(cohort_cells(result, request.beside, request.protocol)))
    if request.protocol is not None:
        raise IntakeError(
            "--protocol belongs to a cohort, but --beside is not given; name the cohort too", code="cohort-absent"
        )
    findings = [Finding("warning", flag.code, flag.message, {"line": flag.lines[0]}) for flag in result.flags]
    return Answer(_audit(result), tuple(findings))


def claims_of(table: Path) -> list[Claim]:
    """Return the claims of a CSV, or of the table that is shipped.

    Raises
    ------
    IntakeError, EvidenceError
        No such file; a column, kind or number that cannot be read, with its line.
    """
    if str(table) == SHIPPED and not table.exists():
        with as_file(files("yttria.data") / "dosisphere_claims.csv") as shipped:
            sheet = read_sheet(shipped)
    else:
        advice = f"check the path, or say {SHIPPED} for the shipped one"
        require_file(table, what="a table of claims", advice=advice, code="claims-table-absent")
        sheet = read_sheet(table)
    return [claim_of(dict(zip(sheet.heading, row, strict=True)), line) for line, row in sheet.rows]


def cohort_cells(result: Audit, cohort: Path, protocol: Path | None) -> "tuple[Cell, ...]":
    """Return each printed number of an audited table beside that of a cohort: of two files, or of the shipped one.

    Raises
    ------
    IntakeError
        A cohort without protocol.
    """
    from yttria.app.services.analyse import claim_comparison, study_of

    if str(cohort) == SHIPPED and not cohort.exists():
        data = files("yttria.data")
        with as_file(data / "dosisphere.toml") as plan, as_file(data / "dosisphere_reconstructed.csv") as patients:
            study = study_of(protocol or plan, patients)
    elif protocol is None:
        raise IntakeError(
            f"a cohort needs its protocol, but --protocol is not given; name it, or say {SHIPPED} for the shipped one",
            code="protocol-absent",
        )
    else:
        study = study_of(protocol, cohort)
    return claim_comparison(study, result)


def _comparison(cells: "tuple[Cell, ...]") -> CohortComparisonResult:
    """Return printed numbers beside the cohort's, with how many agree."""
    from yttria.evidence.published.cohort_comparison import tallied

    tally = tallied(cells)
    return CohortComparisonResult(
        numbers=len(cells),
        agrees=tally["agrees"],
        truncated=tally["truncated"],
        differs=tally["differs"],
        cells=[NumberComparison(**asdict(cell)) for cell in cells],
    )


def _audit(result: Audit) -> AuditResult:
    """Return an audit by the names of docs/claims.md."""
    readings = result.readings
    return AuditResult(
        claims=len(readings),
        flagged=sum(bool(r.flagged) for r in readings),
        agree=sum(bool(r.checked) and not r.flagged for r in readings),
        not_checkable=sum(not r.checked and not r.flagged for r in readings),
        flags=[Contradiction.model_validate(asdict(flag)) for flag in result.flags],
        rows=[_row(reading) for reading in readings],
        groups={subject: group_solutions(group) for subject, group in result.groups.items()},
    )


def _row(reading: Reading) -> CheckedClaim:
    claim = reading.claim
    return CheckedClaim.model_validate(
        {
            "line": claim.line,
            "place": claim.place,
            "kind": claim.kind,
            "subject": claim.subject,
            "time": claim.time,
            "printed": claim.text,
            "checked": reading.checked,
            "flags": reading.flagged,
            "p_is": reading.p_is,
            "least_events": reading.least_events,
            "prints": reading.prints,
            "scales": reading.scales,
        }
    )


def group_solutions(group: "Group") -> GroupSolutions:
    """Return the whole patients behind one group's rates."""
    possible = group.possible
    times = [claim.time for claim in group.claims]
    return GroupSolutions(
        searched=possible is not None,
        scales=list(group.scales),
        n_possible=[] if possible is None else list(possible.sizes),
        n_undecided=[] if possible is None else list(possible.undecided),
        solutions=[] if possible is None else [_solution(counts, times) for counts in possible.solutions],
    )


def _solution(counts: "Counts", times: list[float | None]) -> WholePatients:
    return WholePatients(
        n=counts.n,
        deaths=counts.deaths,
        order=counts.order,
        orders=counts.orders,
        scales=list(counts.scales),
        intervals=[
            PublishedInterval(
                time=time,
                deaths=interval.deaths,
                censored=interval.censored,
                at_risk=interval.at_risk,
                rate_percent=interval.rate,
                low_percent=interval.low,
                high_percent=interval.high,
            )
            for time, interval in zip(times, counts.intervals, strict=True)
        ],
    )
