"""`yttria reconstruct`: individual times from a published curve, their fit, and a comparison that names its assumptions."""

import csv
import io
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.face import answer, refusals, say
from yttria.app.cli.root import app
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.indirect import Comparison
    from yttria.evidence.reconstruct import Reconstruction
    from yttria.io.sheet import Sheet
    from yttria.values.cohort import TimeToEvent

LABEL = "reconstructed, not patient data"
TIME_NAMES = ("time", "trisk", "t", "months", "x", "v1")
SURVIVAL_NAMES = ("survival", "s", "surv", "y", "v2")
RISK_NAMES = ("nrisk", "nar", "n", "at_risk", "number", "number_at_risk", "value")


@dataclass(frozen=True, slots=True)
class _Source:
    """The files and numbers of one published curve."""

    curve: Path
    at_risk: Path | None
    risk_times: Path | None
    n: int | None
    events: int | None


@app.command(
    epilog="Example: yttria reconstruct curve.csv --at-risk risk.csv --events 233 --out patients.csv   "
    "(curve.csv: time,survival; risk.csv: time,n)\n\n"
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
        typer.Option(help="A second group: individual times (time,event), or a curve with --against-at-risk."),
    ] = None,
    against_at_risk: Annotated[Path | None, typer.Option(help="Numbers at risk of the second curve.")] = None,
    against_risk_times: Annotated[Path | None, typer.Option(help="Their times, as --risk-times.")] = None,
    against_events: Annotated[int | None, typer.Option(help="Published events of the second group.")] = None,
    hr: Annotated[float | None, typer.Option(help="Published hazard ratio of this group against the second.")] = None,
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
        _refuse_alone(against, hr=hr, against_at_risk=against_at_risk, against_events=against_events)
        source = _Source(curve, at_risk, risk_times, n, events)
        made, findings = _made(source, unit)
        result = record(made, unit)
        if against is not None:
            other = _Source(against, against_at_risk, against_risk_times, None, against_events)
            findings += _add_comparison(result, made, source, other, hr)
        if out is not None:
            out.write_text(_rows(made.outcome), encoding="utf-8")
            say(f"written: {out} ({LABEL})")
        _answer(result, findings, as_json=as_json)


def _add_comparison(
    result: dict[str, Any], made: "Reconstruction", source: _Source, other: _Source, published: float | None
) -> list[Finding]:
    """Write the comparison with a second group into the result; return its doubts."""
    from yttria.evidence.indirect import ASSUMPTIONS, compared

    unit = result["unit"]
    doubts: list[Finding] = []
    spread: dict[str, float] = {}
    if other.at_risk is None:
        second = _patients(other.curve, unit)
    else:
        rebuilt, doubts = _made(other, unit)
        second = rebuilt.outcome
        result["against"] = record(rebuilt, unit)
        for placement in ("early", "late"):
            pair = (_made(one, unit, placement)[0].outcome for one in (source, other))
            spread[placement] = compared(*pair).ratio.hr
    found = compared(made.outcome, second)
    result["comparison"] = _compared(found, published, spread) | {"assumptions": list(ASSUMPTIONS)}
    return [*doubts, *found.findings]


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
    from yttria.evidence.claim import claim_of
    from yttria.evidence.group_claims import group_of

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
    from yttria.evidence.curve import read_curve
    from yttria.evidence.reconstruct import AtRisk, at_risk_of
    from yttria.evidence.reconstruct import reconstruct as rebuild

    time, survival = _two(_sheet(source.curve), TIME_NAMES, SURVIVAL_NAMES)
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
                "no number at risk is known, so nobody is censored before the end unless --events says so",
            )
        )
    made = rebuild(clicks, table, events=source.events, unit=unit, placement=placement)
    return made, [*doubts, *made.findings]


def _sheet(path: Path) -> "Sheet":
    from yttria.io.sheet import read_sheet

    return read_sheet(path, heading=False)


def _column(sheet: "Sheet", names: tuple[str, ...], position: int) -> list[str]:
    """Return the column of one of these names, or the one at this position where none is named so."""
    lower = [name.lower() for name in sheet.heading]
    place = next((lower.index(name) for name in names if name in lower), position)
    if place >= len(sheet.heading):
        raise IntakeError(
            f"{sheet.name} must have a column {names[0]}, but has {', '.join(sheet.heading)}; add or rename it"
        )
    return [row[place] for _, row in sheet.rows]


def _number(text: str, sheet: "Sheet", row: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise IntakeError(
            f"{sheet.name} must hold numbers, but line {sheet.rows[row][0]} has {text!r}; correct it"
        ) from None


def _two(sheet: "Sheet", first: tuple[str, ...], second: tuple[str, ...]) -> tuple[list[float], list[float]]:
    columns = _column(sheet, first, 0), _column(sheet, second, 1)
    one, two = ([_number(text, sheet, i) for i, text in enumerate(column)] for column in columns)
    return one, two


def _risk(path: Path, times: Path | None) -> tuple[list[float], list[float], list[Finding]]:
    """Return times and numbers at risk; rows without a number are left out and said."""
    sheet = _sheet(path)
    if times is not None:
        when_sheet = _sheet(times)
        when = _column(when_sheet, (*TIME_NAMES, "value"), 0)
        number = _column(sheet, RISK_NAMES, 0)
        when_numbers = [_number(text, when_sheet, i) for i, text in enumerate(when)]
        left = len(when_numbers) - len(number)
        if left < 0:
            raise IntakeError(
                f"{path.name} must have no more rows than {times.name} has times, but has {len(number)} for {len(when)}"
            )
        return when_numbers[: len(number)], [_number(t, sheet, i) for i, t in enumerate(number)], _left_out(left, path)
    when, number = _column(sheet, TIME_NAMES, 0), _column(sheet, RISK_NAMES, 1)
    kept = [i for i, text in enumerate(number) if text.lower() not in ("", "na")]
    found = [_number(when[i], sheet, i) for i in kept], [_number(number[i], sheet, i) for i in kept]
    return *found, _left_out(len(number) - len(kept), path)


def _left_out(count: int, path: Path) -> list[Finding]:
    if not count:
        return []
    return [
        Finding(
            "note", "at-risk-times-unused", f"{count} times of {path.name} have no number at risk and were left out"
        )
    ]


def _patients(path: Path, unit: str) -> "TimeToEvent":
    """Return individual times from a CSV with columns time and event (or status)."""
    import numpy as np

    from yttria.values.cohort import TimeToEvent

    sheet = _sheet(path)
    time, event = _two(sheet, TIME_NAMES, ("event", "status", "observed"))
    if set(event) - {0.0, 1.0}:
        raise IntakeError(
            f"event of {path.name} must be 0 or 1, but {sorted(set(event))[:4]} were found; for a curve give --against-at-risk"
        )
    return TimeToEvent(np.array(time), np.array(event, dtype=bool), unit=unit)


def _compared(found: "Comparison", published: float | None, spread: Mapping[str, float]) -> dict[str, Any]:
    ratio = found.ratio
    return {
        "hr": ratio.hr,
        "low": ratio.low,
        "high": ratio.high,
        "wald_p": ratio.p,
        "logrank_chi2": found.test.chi2,
        "logrank_p": found.test.p,
        "proportionality_p": None if found.proportionality is None else found.proportionality.p,
        "published_hr": published,
        "hr_over_published": None if published is None else ratio.hr / published,
        "hr_censored_early": spread.get("early"),
        "hr_censored_late": spread.get("late"),
        "tau": found.mean_a.tau,
        "restricted_mean": found.mean_a.mean,
        "restricted_mean_against": found.mean_b.mean,
        "medians": [found.a.median[0], found.b.median[0]],
    }


def record(made: "Reconstruction", unit: str) -> dict[str, Any]:
    """Return a reconstruction as its JSON result: docs/reconstruct.md names each key."""
    from yttria.evidence.survival import kaplan_meier

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
    yield f"median {_shown(result['median'])} {result['unit']} ({_shown(result['median_low'])} to {_shown(result['median_high'])})"
    fit = result["fit"]
    yield f"fit: RMSE {100 * fit['rmse']:.2f} % of survival, at most {100 * fit['max_deviation']:.2f} %"
    yield "at risk: " + ", ".join(f"{r['time']:g}: {r['reconstructed']} of {r['published']}" for r in fit["at_risk"])
    comparison = result.get("comparison")
    if comparison:
        yield f"HR against the second group {comparison['hr']:.3f} ({comparison['low']:.3f} to {comparison['high']:.3f}, Wald P {comparison['wald_p']:.3g})"
        yield f"log-rank chi2 {comparison['logrank_chi2']:.2f}, P {comparison['logrank_p']:.3g}"
        if comparison["hr_censored_early"] is not None:
            yield f"HR with the censored put early {comparison['hr_censored_early']:.3f}, late {comparison['hr_censored_late']:.3f}"
        if comparison["published_hr"] is not None:
            yield f"published HR {comparison['published_hr']:g}: ours is {comparison['hr_over_published']:.3f} times it"
        yield "this holds only if:"
        for assumption in comparison["assumptions"]:
            yield f"  - {assumption}"


def _shown(value: float) -> str:
    return "not reached" if math.isnan(value) else f"{value:.3g}"
