"""A published Kaplan-Meier curve from its files: clicks, and numbers at risk as people write them."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from yttria.evidence.reconstruction.digitisation_error import Published
from yttria.evidence.reconstruction.digitised_curve import read_curve
from yttria.evidence.reconstruction.guyot import AtRisk, Placement, Reconstruction, at_risk_of
from yttria.evidence.reconstruction.guyot import reconstruct as rebuild
from yttria.io.tables.csv_text import THOUSANDS, Sheet, is_number, numbers_of, read_sheet
from yttria.values.errors import Finding, IntakeError

LEAST_TIMES = 2
"""A row of times and a row of numbers; with fewer than two times a row cannot be told from a column."""
UNIT = re.compile(r"[(\[].*")
"""A unit behind the name of a column: Time (months)."""
TIME_NAMES = ("time", "trisk", "t", "months", "x", "v1")
SURVIVAL_NAMES = ("survival", "s", "surv", "y", "v2")
RISK_NAMES = (
    "nrisk", "nar", "n", "at_risk", "number", "number_at_risk", "no._at_risk", "no_at_risk", "n_at_risk", "patients_at_risk", "patients", "value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CurveSource:
    """The files and numbers of one published curve."""

    curve: Path
    at_risk: Path | None
    risk_times: Path | None
    n: int | None
    events: int | None


def rebuilt_from(source: CurveSource, unit: str, placement: Placement = "even") -> tuple[Reconstruction, list[Finding]]:
    """Return the reconstruction of one curve, with what had to be mended."""
    published, findings = published_from(source)
    made = rebuild(published.curve, published.at_risk, events=source.events, unit=unit, placement=placement)
    return made, [*findings, *made.findings]


def published_from(source: CurveSource) -> tuple[Published, list[Finding]]:
    """Return clicks and numbers at risk of one curve, with what had to be mended."""
    time, survival = two_columns(curve_sheet(source.curve), TIME_NAMES, SURVIVAL_NAMES)
    clicks, mended = read_curve(time, survival)
    findings = list(mended)
    if source.at_risk is not None:
        times, numbers, more = _risk(source.at_risk, source.risk_times)
        findings += more
        table = at_risk_of(times, numbers)
        if source.n is not None and source.n != table.number[0]:
            raise IntakeError(
                f"--n must be the number at risk at time 0, but is {source.n} where {source.at_risk.name} says {table.number[0]}; leave --n out",
                code="number-at-risk-contradiction",
            )
    elif source.n is None:
        raise IntakeError(
            "numbers at risk are needed (--at-risk), or at least the number of patients (--n), but neither was given",
            code="number-at-risk-absent",
        )
    else:
        table = AtRisk((0.0,), (source.n,))
        findings.append(
            Finding(
                "warning",
                "no-numbers-at-risk",
                "no number at risk is known, so nobody is censored before the end unless --events says so, and then at one rate throughout; give --at-risk or --events where the paper prints them",
            )
        )
    return Published(clicks, table, source.events), findings


def curve_sheet(path: Path) -> Sheet:
    """Return a table that may have no heading."""
    return read_sheet(path, heading=False)


def _risk(path: Path, times: Path | None) -> tuple[list[float], list[float], list[Finding]]:
    """Return times and numbers at risk; rows without a number are left out and said."""
    sheet = _upright(curve_sheet(path))
    if times is not None:
        when_sheet = curve_sheet(times)
        number = column_of(sheet, RISK_NAMES, 0)
        when_numbers = numbers_of(column_of(when_sheet, (*TIME_NAMES, "value"), 0), when_sheet)
        left = len(when_numbers) - len(number)
        if left < 0:
            raise IntakeError(
                f"{path.name} must have no more rows than {times.name} has times, but has {len(number)} for {len(when_numbers)}",
                code="curve-row-count",
                values={"numbers": len(number), "times": len(when_numbers)},
            )
        return when_numbers[: len(number)], _whole_numbers(number, sheet), _left_out(left, path)
    number = column_of(sheet, RISK_NAMES, 1)
    restated = replace(
        sheet,
        rows=tuple(
            row for row, text in zip(sheet.rows, number, strict=True) if text.lower() not in ("", "na", "-", "–")
        ),
    )
    findings = (
        numbers_of(column_of(restated, TIME_NAMES, 0), restated),
        _whole_numbers(column_of(restated, RISK_NAMES, 1), restated),
    )
    return *findings, _left_out(len(number) - len(restated.rows), path)


def _whole_numbers(texts: list[str], sheet: Sheet) -> list[float]:
    """Return numbers at risk; they are whole, so that a comma before three digits parts thousands, unless all three are zeros."""
    parted = [THOUSANDS.fullmatch(text) is not None and not text.endswith(",000") for text in texts]
    return numbers_of([t.replace(",", "") if p else t for t, p in zip(texts, parted, strict=True)], sheet)


def _upright(sheet: Sheet) -> Sheet:
    """Return numbers at risk that stand along one row, beneath a row of times, as two columns; any other sheet as it is.

    Raises
    ------
    IntakeError
        Several such rows: which of them belongs to the curve is not said.
    """
    has_heading = not sheet.heading[0].startswith("column ")
    lines = [(sheet.rows[0][0] - 1, sheet.heading), *sheet.rows] if has_heading else list(sheet.rows)
    times = lines[0][1]
    first = 0 if is_number(times[0]) else 1
    along = [text for text in times[first:] if text]
    if len(times) - first < LEAST_TIMES or not along or not all(is_number(text) for text in along):
        return sheet
    if len(along) < LEAST_TIMES or float(along[0].replace(",", ".")) != 0 or (not first and len(lines) > LEAST_TIMES):
        return sheet
    if len(lines) != LEAST_TIMES:
        raise IntakeError(
            f"times of {sheet.name} stand along the first row, and {len(lines) - 1} rows of numbers beneath it: keep the row of this curve alone",
            code="curve-layout",
            values={"lines": len(lines) - 1},
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


def two_columns(sheet: Sheet, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Return two columns as numbers, by their names; of a table with two columns, by their order.

    Raises
    ------
    IntakeError
        Neither names nor order say which they are; a cell that is no number.
    """
    one, two = (numbers_of(column, sheet) for column in (column_of(sheet, first, 0), column_of(sheet, second, 1)))
    return one, two


def column_of(sheet: Sheet, names: tuple[str, ...], position: int) -> list[str]:
    """Return the column of one of these names; of a narrow table, the one at this position where none is named so.

    Raises
    ------
    IntakeError
        Not to be told.
    """
    lower = [UNIT.sub("", name).strip().lower().replace(" ", "_") for name in sheet.heading]
    place = next((lower.index(name) for name in names if name in lower), None)
    if place is None and len(lower) <= 2 and position < len(lower):
        place = position
    if place is None:
        raise IntakeError(
            f"{sheet.name} must have a column {' or '.join(names)}, but has {', '.join(sheet.heading)}; add or rename it",
            code="curve-column-absent",
        )
    return [row[place] for _, row in sheet.rows]
