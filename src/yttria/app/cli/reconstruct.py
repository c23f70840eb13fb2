"""`yttria reconstruct`: individual times from a published curve, their fit, and a comparison that names its assumptions."""

import csv
import io
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.output import answer, refusals, say
from yttria.app.cli.root import app
from yttria.app.services.reconstruct import (
    TIME_NAMES,
    column_of,
    comparison_lines,
    comparison_record,
    patients_of,
    shown,
    spread_of,
    two_columns,
)
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.reconstruction.digitisation_error import Published
    from yttria.evidence.reconstruction.guyot import Reconstruction
    from yttria.io.tables.csv_text import Sheet
    from yttria.values.cohort import TimeToEvent

LEAST_TIMES = 2
"""A row of times and a row of numbers; with fewer than two times a row cannot be told from a column."""
LABEL = "reconstructed, not patient data"
SURVIVAL_NAMES = ("survival", "s", "surv", "y", "v2")
RISK_NAMES = (
    "nrisk", "nar", "n", "at_risk", "number", "number_at_risk", "no._at_risk", "no_at_risk", "n_at_risk", "patients_at_risk", "patients", "value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Source:
    """The files and numbers of one published curve."""

    curve: Path
    at_risk: Path | None
    risk_times: Path | None
    n: int | None
    events: int | None


@dataclass(frozen=True, slots=True)
class _Against:
    """How a second group is read and compared."""

    protocol: Path | None
    where: str | None
    one_trial: bool
    published: float | None
    draws: int
    click_error: float


@app.command(
    epilog="Example: yttria reconstruct curve.csv --at-risk risk.csv --events 233 --out patients.csv   "
    "(curve.csv: time,survival; risk.csv: time,n)\n\n"
    "Example: yttria reconstruct curve.csv --at-risk risk.csv --against dosisphere --against-where arm=PDA   "
    "(an indirect comparison with a cohort)\n\n"
    "Example: yttria reconstruct rates.csv --exact --n 28   (rates.csv: time,value,low,high as printed)"
)
def reconstruct(
    curve: Annotated[Path, typer.Argument(help="CSV of clicks: time, survival (fraction or per cent).")],
    at_risk: Annotated[Path | None, typer.Option(help="CSV: time, number at risk; the first time is 0.")] = None,
    risk_times: Annotated[
        Path | None, typer.Option(help="CSV of the times alone, where --at-risk holds numbers only.")
    ] = None,
    n: Annotated[int | None, typer.Option(help="Patients, where no number at risk is published.")] = None,
    events: Annotated[int | None, typer.Option(help="Published events in all.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="CURVE holds printed rates with limits: find all whole patients.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(
            help="A second group: individual times (time,event), a cohort with --against-protocol, the word dosisphere for the shipped one, "
            "or a curve with --against-at-risk."
        ),
    ] = None,
    against_protocol: Annotated[Path | None, typer.Option(help="Protocol (TOML) of the second group's cohort.")] = None,
    against_where: Annotated[str | None, typer.Option(help="Part of the second group's rows, as arm=PDA.")] = None,
    against_at_risk: Annotated[Path | None, typer.Option(help="Numbers at risk of the second curve.")] = None,
    against_risk_times: Annotated[Path | None, typer.Option(help="Their times, as --risk-times.")] = None,
    against_events: Annotated[int | None, typer.Option(help="Published events of the second group.")] = None,
    hr: Annotated[float | None, typer.Option(help="Published hazard ratio of this group against the second.")] = None,
    one_trial: Annotated[
        bool, typer.Option("--one-trial", help="Both curves are arms of one randomised trial: nothing is indirect.")
    ] = False,
    redraws: Annotated[int, typer.Option(help="Reconstructions that show what the picture leaves open.")] = 100,
    click_error: Annotated[
        float, typer.Option(help="Standard deviation of reading a click, as a fraction of survival.")
    ] = 0.005,
    unit: Annotated[str, typer.Option(help="Unit of time.")] = "months",
    out: Annotated[Path | None, typer.Option(help="CSV to write: time,event, one row a patient.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")] = False,
) -> None:
    """Reconstruct individual times from a published Kaplan-Meier curve (Guyot 2012) and say how well they fit."""
    with refusals():
        if exact:
            _refuse_with_exact(at_risk=at_risk, events=events, against=against, hr=hr, out=out)
            result, findings = _exact(curve, n, unit)
            answer("reconstruct", result if as_json else _solved(result), findings, as_json=as_json)
            return
        _refuse_alone(
            against, hr=hr, against_at_risk=against_at_risk, against_risk_times=against_risk_times, against_events=against_events,
            against_protocol=against_protocol, against_where=against_where, one_trial=one_trial or None,
        )  # fmt: skip
        _refuse_place(out)
        source = _Source(curve, at_risk, risk_times, n, events)
        made, findings = _made(source, unit)
        result = record(made, unit)
        if against is not None:
            other = _Source(against, against_at_risk, against_risk_times, None, against_events)
            how = _Against(against_protocol, against_where, one_trial, hr, redraws, click_error)
            findings += _add_comparison(result, made, source, other, how)
        if out is not None:
            out.write_text(_rows(made.outcome), encoding="utf-8")
            say(f"written: {out} ({LABEL})")
        _answer(result, findings, as_json=as_json)


def _add_comparison(
    result: dict[str, Any], made: "Reconstruction", source: _Source, other: _Source, how: _Against
) -> list[Finding]:
    """Write the comparison with a second group into the result; return its doubts."""
    from yttria.evidence.reconstruction.indirect_comparison import compare_arms

    unit = result["unit"]
    doubts: list[Finding] = []
    placed: dict[str, float] = {}
    if other.at_risk is None:
        second, doubts = patients_of(other.curve, unit, how.protocol, how.where)
    else:
        if how.protocol is not None or how.where is not None:
            raise IntakeError(
                "--against-protocol and --against-where belong to individual times, but --against-at-risk makes it a curve; leave one out"
            )
        rebuilt, doubts = _made(other, unit)
        second = rebuilt.outcome
        result["against"] = record(rebuilt, unit)
        for placement in ("early", "late"):
            pair = (_made(one, unit, placement)[0].outcome for one in (source, other))
            placed[placement] = compare_arms(*pair).ratio.hr
    found = compare_arms(made.outcome, second, one_trial=how.one_trial)
    drawn = second if other.at_risk is None else _published(other)[0]
    whole = spread_of(found, _published(source)[0], drawn, how.draws, how.click_error)
    result["comparison"], more = comparison_record(found, whole, how.published, placed)
    return [*doubts, *found.findings, *more]


def _answer(result: dict[str, Any], findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        answer("reconstruct", result, findings, as_json=True)
        return
    for line in _lines(result):
        sys.stdout.write(line + "\n")
    for finding in findings:
        say(f"{finding.level}: {finding.message}")


def _refuse_alone(against: Path | None, **words: object) -> None:
    """Refuse options that make no sense without a second group.

    Raises
    ------
    IntakeError
        Such an option without --against.
    """
    for name, value in words.items():
        if value is not None and against is None:
            raise IntakeError(
                f"--{name.replace('_', '-')} is about a second group, but --against is not given; name the second curve or patients"
            )


def _refuse_place(out: Path | None) -> None:
    """Refuse a file that cannot be written before the work is done.

    Raises
    ------
    IntakeError
        No such folder; a folder in the file's place.
    """
    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise IntakeError(f"--out must be a file in a folder that exists, but is {out}; make the folder or name a file")


def _refuse_with_exact(**words: object) -> None:
    """Refuse options that have no meaning for printed rates.

    Raises
    ------
    IntakeError
        Such an option beside --exact.
    """
    for name, value in words.items():
        if value is not None:
            raise IntakeError(
                f"--{name.replace('_', '-')} belongs to a curve of clicks, but --exact reads printed rates; leave one of the two out"
            )


def _exact(path: Path, n: int | None, unit: str) -> tuple[dict[str, Any], list[Finding]]:
    """Return all whole patients behind printed rates, as `yttria claims` finds them."""
    from yttria.app.cli.claims import group_record
    from yttria.evidence.published.claim import claim_of
    from yttria.evidence.published.group_checks import group_of

    if n is None:
        raise IntakeError(
            "--exact needs --n, the number of patients, but it was not given; yttria claims finds an n that is not printed"
        )
    sheet = _sheet(path)
    names = [{"rate": "value", "survival": "value"}.get(name.lower(), name.lower()) for name in sheet.heading]
    claims = [
        claim_of(
            dict(zip(names, row, strict=True)) | {"kind": "rate", "subject": path.stem, "n": str(n), "unit": unit}, line
        )
        for line, row in sheet.rows
    ]
    group = group_of(claims, n)
    findings = [Finding("warning", flag.code, flag.message) for flag in group.flags]
    result = group_record(group)
    if not result["solutions"] and not findings:
        findings.append(
            Finding(
                "warning",
                "rates-open",
                "the printed numbers leave too much open to list every solution; give limits, more digits or more times",
            )
        )
    return {"label": LABEL, "unit": unit, "n": n, **result}, findings


def _solved(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the solutions as lines for a person."""
    return {
        f"solution {i}": f"{s['order']}  ({s['deaths']} deaths; d died, c censored)"
        for i, s in enumerate(result["solutions"], 1)
    }


def _made(source: _Source, unit: str, placement: Any = "even") -> "tuple[Reconstruction, list[Finding]]":
    """Return the reconstruction of one curve, with what had to be mended."""
    from yttria.evidence.reconstruction.guyot import reconstruct as rebuild

    published, doubts = _published(source)
    made = rebuild(published.curve, published.at_risk, events=source.events, unit=unit, placement=placement)
    return made, [*doubts, *made.findings]


def _published(source: _Source) -> "tuple[Published, list[Finding]]":
    """Return clicks and numbers at risk of one curve, with what had to be mended."""
    from yttria.evidence.reconstruction.digitisation_error import Published
    from yttria.evidence.reconstruction.digitised_curve import read_curve
    from yttria.evidence.reconstruction.guyot import AtRisk, at_risk_of

    time, survival = two_columns(_sheet(source.curve), TIME_NAMES, SURVIVAL_NAMES)
    clicks, mended = read_curve(time, survival)
    doubts = list(mended)
    if source.at_risk is not None:
        times, numbers, more = _risk(source.at_risk, source.risk_times)
        doubts += more
        table = at_risk_of(times, numbers)
        if source.n is not None and source.n != table.number[0]:
            raise IntakeError(
                f"--n must be the number at risk at time 0, but is {source.n} where {source.at_risk.name} says {table.number[0]}; leave --n out"
            )
    elif source.n is None:
        raise IntakeError(
            "numbers at risk are needed (--at-risk), or at least the number of patients (--n), but neither was given"
        )
    else:
        table = AtRisk((0.0,), (source.n,))
        doubts.append(
            Finding(
                "warning",
                "no-numbers-at-risk",
                "no number at risk is known, so nobody is censored before the end unless --events says so, and then at one rate throughout; give --at-risk or --events where the paper prints them",
            )
        )
    return Published(clicks, table, source.events), doubts


def _sheet(path: Path) -> "Sheet":
    from yttria.io.tables.csv_text import read_sheet

    return read_sheet(path, heading=False)


def _risk(path: Path, times: Path | None) -> tuple[list[float], list[float], list[Finding]]:
    """Return times and numbers at risk; rows without a number are left out and said."""
    from yttria.io.tables.csv_text import numbers_of

    sheet = _upright(_sheet(path))
    if times is not None:
        when_sheet = _sheet(times)
        number = column_of(sheet, RISK_NAMES, 0)
        when_numbers = numbers_of(column_of(when_sheet, (*TIME_NAMES, "value"), 0), when_sheet)
        left = len(when_numbers) - len(number)
        if left < 0:
            raise IntakeError(
                f"{path.name} must have no more rows than {times.name} has times, but has {len(number)} for {len(when_numbers)}"
            )
        return when_numbers[: len(number)], _whole_numbers(number, sheet), _left_out(left, path)
    number = column_of(sheet, RISK_NAMES, 1)
    said = replace(
        sheet,
        rows=tuple(
            row for row, text in zip(sheet.rows, number, strict=True) if text.lower() not in ("", "na", "-", "–")
        ),
    )
    found = numbers_of(column_of(said, TIME_NAMES, 0), said), _whole_numbers(column_of(said, RISK_NAMES, 1), said)
    return *found, _left_out(len(number) - len(said.rows), path)


def _whole_numbers(texts: list[str], sheet: "Sheet") -> list[float]:
    """Return numbers at risk; they are whole, so that a comma before three digits parts thousands, unless all three are zeros."""
    from yttria.io.tables.csv_text import THOUSANDS, numbers_of

    parted = [THOUSANDS.fullmatch(text) is not None and not text.endswith(",000") for text in texts]
    return numbers_of([t.replace(",", "") if p else t for t, p in zip(texts, parted, strict=True)], sheet)


def _upright(sheet: "Sheet") -> "Sheet":
    """Return numbers at risk that stand along one row, beneath a row of times, as two columns; any other sheet as it is.

    Raises
    ------
    IntakeError
        Several such rows: which of them belongs to the curve is not said.
    """
    from yttria.io.tables.csv_text import is_number

    named = not sheet.heading[0].startswith("column ")
    lines = [(sheet.rows[0][0] - 1, sheet.heading), *sheet.rows] if named else list(sheet.rows)
    times = lines[0][1]
    first = 0 if is_number(times[0]) else 1
    along = [text for text in times[first:] if text]
    if len(times) - first < LEAST_TIMES or not along or not all(is_number(text) for text in along):
        return sheet
    if len(along) < LEAST_TIMES or float(along[0].replace(",", ".")) != 0 or (not first and len(lines) > LEAST_TIMES):
        return sheet
    if len(lines) != LEAST_TIMES:
        raise IntakeError(
            f"times of {sheet.name} stand along the first row, and {len(lines) - 1} rows of numbers beneath it: keep the row of this curve alone"
        )
    pairs = [(lines[1][0], pair) for pair in zip(times[first:], lines[1][1][first:], strict=True) if pair[0]]
    return replace(sheet, heading=("time", "n"), rows=tuple(pairs))


def _left_out(count: int, path: Path) -> list[Finding]:
    if not count:
        return []
    return [
        Finding(
            "note", "at-risk-times-unused", f"{count} times of {path.name} have no number at risk and were left out"
        )
    ]


def record(made: "Reconstruction", unit: str) -> dict[str, Any]:
    """Return a reconstruction as its JSON result: docs/reconstruct.md names each key."""
    from yttria.evidence.survival.kaplan_meier import kaplan_meier

    median = kaplan_meier(made.outcome).median
    return {
        "label": LABEL,
        "unit": unit,
        "n": len(made.outcome),
        "events": made.outcome.events,
        "censored": len(made.outcome) - made.outcome.events,
        "median": median[0],
        "median_low": median[1],
        "median_high": median[2],
        "fit": {
            "rmse": made.fit.rmse,
            "max_deviation": made.fit.largest,
            "published_events": made.fit.published_events,
            "at_risk": [{"time": t, "published": p, "reconstructed": r} for t, p, r in made.fit.at_risk],
        },
        "patients": {"time": made.outcome.time, "event": made.outcome.observed.astype(int)},
    }


def _rows(outcome: "TimeToEvent") -> str:
    text = io.StringIO()
    text.write(f"# {LABEL}; Guyot et al. 2012, doi:10.1186/1471-2288-12-9\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["time", "event"])
    writer.writerows((f"{t:.6g}", int(e)) for t, e in zip(outcome.time, outcome.observed, strict=True))
    return text.getvalue()


def _lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Return a reconstruction as a person reads it."""
    yield f"{result['n']} patients, {result['events']} events, {result['censored']} censored ({LABEL})"
    median = shown(result["median"]) + ("" if math.isnan(result["median"]) else f" {result['unit']}")
    yield f"median {median} ({shown(result['median_low'])} to {shown(result['median_high'])})"
    fit = result["fit"]
    yield f"fit: RMSE {100 * fit['rmse']:.2f} % of survival, at most {100 * fit['max_deviation']:.2f} %"
    yield "at risk: " + ", ".join(f"{r['time']:g}: {r['reconstructed']} of {r['published']}" for r in fit["at_risk"])
    comparison = result.get("comparison")
    if comparison:
        yield from comparison_lines(comparison, result["unit"])
