"""`yttria claims`: whether the printed numbers of a paper agree with themselves."""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from yttria.app.cli.output import answer
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.claims import (
    AuditResult,
    CheckedClaim,
    ClaimsRequest,
    CohortComparisonResult,
    GroupSolutions,
    NumberComparison,
)

if TYPE_CHECKING:
    from yttria.evidence.published.cohort_comparison import Cell

WIDTH = 96
PARTS = {"value": "estimate", "low": "lower limit", "high": "upper limit", "sd": "SD", "p": "P", "events": "number"}
EPILOG = (
    "Example: yttria claims dosisphere   (the shipped table; any CSV in the form of docs/claims.md)\n\n"
    "Example: yttria claims dosisphere --beside dosisphere   (each printed number beside the reconstructed cohort's)"
)


@request_command(app, ClaimsRequest, epilog=EPILOG)
def claims(request: ClaimsRequest, as_json: bool) -> None:
    """Check published statistics against themselves: each contradiction with what would agree and what to do."""
    from yttria.app.services.claims import run

    done = run(request)
    if as_json:
        answer("claims", done, as_json=True)
        return
    for line in audit_lines(done.result) if isinstance(done.result, AuditResult) else comparison_lines(done.result):
        sys.stdout.write(line + "\n")


def summary_line(cells: "Sequence[Cell]") -> str:
    """Return how many printed numbers agree, are truncated and differ."""
    from yttria.evidence.published.cohort_comparison import tallied

    counts = tallied(cells)
    return _summary(len(cells), counts["agrees"], counts["truncated"], counts["differs"])


def _summary(numbers: int, agree: int, truncated: int, differ: int) -> str:
    return (
        f"{numbers} printed numbers beside the cohort: {agree} agree, {truncated} agree by truncation, {differ} differ"
    )


def comparison_lines(result: CohortComparisonResult) -> Iterator[str]:
    """Return printed numbers beside ours as a person reads them: a row a number, its verdict, and why where it differs."""
    yield _summary(result.numbers, result.agrees, result.truncated, result.differs)
    yield ""
    yield f"{'place':<14}{'of':<42}{'part':<7}{'printed':>12}{'ours':>12}  verdict"
    for cell in result.cells:
        when = "" if cell.time is None else f" at {cell.time:g}"
        why = f": {cell.why}" if cell.why else ""
        yield f"{cell.place[:13]:<14}{(cell.subject + when)[:41]:<42}{cell.part:<7}{cell.printed:>12}{_ours(cell):>12}  {cell.verdict}{why}"


def differing_lines(cells: "Sequence[Cell]") -> Iterator[str]:
    """Return the printed numbers that differ: a line each, and why beneath."""
    for cell in cells:
        if cell.verdict == "differs":
            yield f"✗ {cell.of}, {PARTS.get(cell.part, cell.part)} ({cell.place}): printed {cell.printed}, ours {_ours(cell)}"
            yield from textwrap.wrap(cell.why, WIDTH - 20, initial_indent="    ", subsequent_indent="    ")


def _ours(cell: "Cell | NumberComparison") -> str:
    return "not reached" if cell.ours is None else f"{cell.ours:.4g}"


def audit_lines(result: AuditResult) -> Iterator[str]:
    """Return an audit as a person reads it."""
    yield (
        f"{result.claims} printed claims: {result.agree} agree, {result.flagged} stand in a contradiction, "
        f"{result.not_checkable} cannot be checked by numbers alone"
    )
    for flag in result.flags:
        yield ""
        yield f"✗ {flag.subject}  (line{'s' if len(flag.lines) > 1 else ''} {', '.join(map(str, flag.lines))})"
        yield from _wrapped(f"printed: {flag.printed}")
        yield from _wrapped(f"why not: {flag.why}")
        yield from _wrapped(f"agrees:  {flag.agrees}")
        yield from _wrapped(f"do:      {flag.do}")
    if result.groups:
        yield ""
        yield "whole patients behind the printed rates (d died, c censored, | a printed time)"
    for subject, group in result.groups.items():
        yield f"  {subject:<28} {_solved(group)}{_on(group.scales)}"
    yield from _other_scales(result.rows)


def _on(scales: Sequence[str]) -> str:
    return f"; limits on the {' or '.join(scales)} scale" if scales else ""


def _other_scales(rows: Sequence[CheckedClaim]) -> Iterator[str]:
    """Yield the ratios whose limits are not Wald's on the log scale, and what they fit."""
    other = [row for row in rows if row.scales and "log" not in row.scales and row.kind in ("hr", "or", "rr")]
    if other:
        yield ""
        yield "ratios whose limits do not lie the same factor below and above, but fit another scale"
    for row in other:
        yield f"  {row.subject:<28} {row.printed}: {' or '.join(row.scales)}  (line {row.line})"


def _solved(group: GroupSolutions) -> str:
    if not group.searched:
        return "not searched: no n, no limits, more than 200 patients, nobody censored, or rates that contradict themselves"
    if not group.solutions:
        return "too much is open: print more digits, limits or numbers at risk"
    first, *others = group.solutions
    return f"n = {first.n}: {first.order}" + (f" and {len(others)} more" if others else "")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent=" " * 13)
