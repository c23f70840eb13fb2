"""`yttria claims`: whether the printed numbers of a paper agree with themselves."""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.output import answer, refusals
from yttria.app.cli.root import app
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.published.claim import Claim
    from yttria.evidence.published.cohort_comparison import Cell
    from yttria.evidence.published.consistency import Audit, Reading
    from yttria.evidence.published.group_checks import Group

WIDTH = 96
SHIPPED = "dosisphere"
PARTS = {"value": "estimate", "low": "lower limit", "high": "upper limit", "sd": "SD", "p": "P", "events": "number"}


@app.command(
    epilog="Example: yttria claims dosisphere   (the shipped table; any CSV in the form of docs/claims.md)\n\n"
    "Example: yttria claims dosisphere --beside dosisphere   (each printed number beside the reconstructed cohort's)"
)
def claims(
    table: Annotated[Path, typer.Argument(help="CSV, one printed number a row; or the word dosisphere.")],
    beside: Annotated[
        Path | None,
        typer.Option(
            help="Cohort CSV whose numbers are printed beside; or the word dosisphere, for the reconstructed one."
        ),
    ] = None,
    protocol: Annotated[Path | None, typer.Option(help="Protocol (TOML) of that cohort.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Check published statistics against themselves: each contradiction with what would agree and what to do."""
    with refusals():
        from yttria.evidence.published.consistency import audit

        found = audit(claims_of(table))
        if beside is not None:
            _answer_beside(found, beside, protocol, as_json=as_json)
            return
        if protocol is not None:
            raise IntakeError("--protocol belongs to a cohort, but --beside is not given; name the cohort too")
        if as_json:
            doubts = [Finding("warning", flag.code, flag.message) for flag in found.flags]
            answer("claims", record(found), doubts, as_json=True)
            return
        for line in lines(found):
            sys.stdout.write(line + "\n")


def _answer_beside(found: "Audit", cohort: Path, protocol: Path | None, *, as_json: bool) -> None:
    """Write each printed number beside the cohort's own."""
    cells = cells_beside(found, cohort, protocol)
    if as_json:
        from yttria.evidence.published.cohort_comparison import tallied

        result = {"numbers": len(cells), **tallied(cells), "cells": [asdict(cell) for cell in cells]}
        answer("claims", result, as_json=True)
        return
    for line in beside_lines(cells):
        sys.stdout.write(line + "\n")


def cells_beside(found: "Audit", cohort: Path, protocol: Path | None) -> "tuple[Cell, ...]":
    """Return each printed number of an audited table beside that of a cohort: of two files, or of the shipped one.

    Raises
    ------
    IntakeError
        A cohort without protocol.
    """
    from yttria.app.services.analyse import study_of
    from yttria.evidence.published.cohort_comparison import cohort_comparison

    if str(cohort) == SHIPPED and not cohort.exists():
        data = files("yttria.data")
        with as_file(data / "dosisphere.toml") as plan, as_file(data / "dosisphere_reconstructed.csv") as patients:
            study = study_of(protocol or plan, patients)
    elif protocol is None:
        raise IntakeError(
            f"a cohort needs its protocol, but --protocol is not given; name it, or say {SHIPPED} for the shipped one"
        )
    else:
        study = study_of(protocol, cohort)
    return cohort_comparison(found, study.analysis.result, study.cohort)


def summary_line(cells: "Sequence[Cell]") -> str:
    """Return how many printed numbers agree, are truncated and differ."""
    from yttria.evidence.published.cohort_comparison import tallied

    counts = tallied(cells)
    return (
        f"{len(cells)} printed numbers beside the cohort: {counts['agrees']} agree, {counts['truncated']} agree by truncation, "
        f"{counts['differs']} differ"
    )


def beside_lines(cells: "Sequence[Cell]") -> Iterator[str]:
    """Return printed numbers beside ours as a person reads them: a row a number, its verdict, and why where it differs."""
    yield summary_line(cells)
    yield ""
    yield f"{'place':<14}{'of':<42}{'part':<7}{'printed':>12}{'ours':>12}  verdict"
    for cell in cells:
        when = "" if cell.time is None else f" at {cell.time:g}"
        why = f": {cell.why}" if cell.why else ""
        yield f"{cell.place[:13]:<14}{(cell.subject + when)[:41]:<42}{cell.part:<7}{cell.printed:>12}{_ours(cell):>12}  {cell.verdict}{why}"


def differing_lines(cells: "Sequence[Cell]") -> Iterator[str]:
    """Return the printed numbers that differ: a line each, and why beneath."""
    for cell in cells:
        if cell.verdict == "differs":
            yield f"✗ {cell.of}, {PARTS.get(cell.part, cell.part)} ({cell.place}): printed {cell.printed}, ours {_ours(cell)}"
            yield from textwrap.wrap(cell.why, WIDTH - 20, initial_indent="    ", subsequent_indent="    ")


def _ours(cell: "Cell") -> str:
    return "not reached" if cell.ours is None else f"{cell.ours:.4g}"


def claims_of(table: Path) -> "list[Claim]":
    """Return the claims of a CSV, or of the table that is shipped.

    Raises
    ------
    IntakeError, EvidenceError
        No such file; a column, kind or number that cannot be read, with its line.
    """
    from yttria.evidence.published.claim import claim_of
    from yttria.io.tables.csv_text import read_sheet

    if str(table) == SHIPPED and not table.exists():
        with as_file(files("yttria.data") / "dosisphere_claims.csv") as shipped:
            sheet = read_sheet(shipped)
    elif not table.is_file():
        raise IntakeError(
            f"expected a table of claims at {table}, but there is no such file; check the path, or say {SHIPPED} for the shipped one"
        )
    else:
        sheet = read_sheet(table)
    return [claim_of(dict(zip(sheet.heading, row, strict=True)), line) for line, row in sheet.rows]


def record(found: "Audit") -> dict[str, Any]:
    """Return an audit as its JSON result: docs/claims.md names each key."""
    flagged = sum(bool(reading.flagged) for reading in found.readings)
    return {
        "claims": len(found.readings),
        "flagged": flagged,
        "agree": sum(bool(r.checked) and not r.flagged for r in found.readings),
        "not_checkable": sum(not r.checked and not r.flagged for r in found.readings),
        "flags": [asdict(flag) for flag in found.flags],
        "rows": [_row(reading) for reading in found.readings],
        "groups": {subject: group_record(group) for subject, group in found.groups.items()},
    }


def _row(reading: "Reading") -> dict[str, Any]:
    claim = reading.claim
    return {
        "line": claim.line,
        "place": claim.place,
        "kind": claim.kind,
        "subject": claim.subject,
        "time": claim.time,
        "printed": claim.shown,
        "checked": reading.checked,
        "flags": reading.flagged,
        "p_is": list(reading.p_is),
        "least_events": reading.least_events,
        "prints": reading.prints,
        "scales": list(reading.scales),
    }


def group_record(group: "Group") -> dict[str, Any]:
    """Return the whole patients behind one group's rates."""
    possible = group.possible
    solutions = [] if possible is None else list(possible.solutions)
    times = [claim.time for claim in group.claims]
    return {
        "searched": possible is not None,
        "scales": list(group.scales),
        "n_possible": [] if possible is None else list(possible.sizes),
        "n_undecided": [] if possible is None else list(possible.undecided),
        "solutions": [
            {
                "n": solution.n,
                "deaths": solution.deaths,
                "order": solution.order,
                "orders": solution.orders,
                "scales": list(solution.scales),
                "intervals": [
                    {
                        "time": time,
                        "deaths": interval.deaths,
                        "censored": interval.censored,
                        "at_risk": interval.at_risk,
                        "rate_percent": interval.rate,
                        "low_percent": interval.low,
                        "high_percent": interval.high,
                    }
                    for time, interval in zip(times, solution.intervals, strict=True)
                ],
            }
            for solution in solutions
        ],
    }


def lines(found: "Audit") -> Iterator[str]:
    """Return an audit as a person reads it."""
    result = record(found)
    yield (
        f"{result['claims']} printed claims: {result['agree']} agree, {result['flagged']} stand in a contradiction, "
        f"{result['not_checkable']} cannot be checked by numbers alone"
    )
    for flag in found.flags:
        yield ""
        yield f"✗ {flag.subject}  (line{'s' if len(flag.lines) > 1 else ''} {', '.join(map(str, flag.lines))})"
        yield from _wrapped(f"printed: {flag.printed}")
        yield from _wrapped(f"why not: {flag.why}")
        yield from _wrapped(f"agrees:  {flag.agrees}")
        yield from _wrapped(f"do:      {flag.do}")
    if found.groups:
        yield ""
        yield "whole patients behind the printed rates (d died, c censored, | a printed time)"
    for subject, group in found.groups.items():
        yield f"  {subject:<28} {_solved(group)}{_on(group.scales)}"
    yield from _other_scales(found)


def _on(scales: Sequence[str]) -> str:
    return f"; limits on the {' or '.join(scales)} scale" if scales else ""


def _other_scales(found: "Audit") -> Iterator[str]:
    """Yield the ratios whose limits are not Wald's on the log scale, and what they fit."""
    other = [r for r in found.readings if r.scales and "log" not in r.scales and r.claim.kind in ("hr", "or", "rr")]
    if other:
        yield ""
        yield "ratios whose limits do not lie the same factor below and above, but fit another scale"
    for reading in other:
        yield f"  {reading.claim.name:<28} {reading.claim.shown}: {' or '.join(reading.scales)}  (line {reading.claim.line})"


def _solved(group: "Group") -> str:
    possible = group.possible
    if possible is None:
        return "not searched: no n, no limits, more than 200 patients, nobody censored, or rates that contradict themselves"
    if not possible.solutions:
        return "too much is open: print more digits, limits or numbers at risk"
    more = "" if len(possible.solutions) == 1 else f" and {len(possible.solutions) - 1} more"
    return f"n = {possible.solutions[0].n}: {possible.solutions[0].order}{more}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent=" " * 13)
