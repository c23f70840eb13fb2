"""The second group of `yttria reconstruct --against`: read, compared, and how much of the difference is the picture's."""

import math
import re
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yttria.values.errors import Finding, IntakeError, require_positive

if TYPE_CHECKING:
    from yttria.evidence.reconstruction.digitisation_error import Published, Spread
    from yttria.evidence.reconstruction.indirect_comparison import Comparison
    from yttria.io.tables.csv_text import Sheet
    from yttria.values.cohort import TimeToEvent

SHIPPED = "dosisphere"
UNIT = re.compile(r"[(\[].*")
"""A unit behind the name of a column: Time (months)."""
TIME_NAMES = ("time", "trisk", "t", "months", "x", "v1")
EVENT_NAMES = ("event", "status", "observed")
ENOUGH = 0.05
"""A published ratio this far (of the ratio) from every redraw is said to be unmet."""


def patients_of(path: Path, unit: str, protocol: Path | None, where: str | None) -> "tuple[TimeToEvent, list[Finding]]":
    """Return the individual times of a second group: of a CSV with time and event, or of a cohort with its protocol.

    A label of the protocol ("reconstructed, not patient data") comes back as a warning.

    Raises
    ------
    IntakeError, EvidenceError
        No such file or column; events that are not 0 or 1; a part that nobody belongs to; another unit.
    """
    shipped = str(path) == SHIPPED and not path.exists()
    if protocol is None and not shipped:
        return _listed(path, unit, where), []
    from yttria.evidence.study.cohort_builder import build_cohort
    from yttria.io.tables.cohort_table import read_table
    from yttria.io.tables.protocol import read_protocol

    data = files("yttria.data")
    with as_file(data / "dosisphere.toml") as plan, as_file(data / "dosisphere_reconstructed.csv") as table:
        asked = read_protocol(protocol or plan)
        cohort = build_cohort(read_table(table if shipped else path, missing=asked.missing), asked)
    if where is not None:
        column, value = _part(where)
        chosen = cohort[column]
        chosen.require((value,), what="--against-where")
        cohort = cohort.rows(chosen.matching((value,)))
    said = [Finding("warning", "against-labelled", f"the second group is {asked.label}")] if asked.label else []
    return cohort.outcome, said


def _listed(path: Path, unit: str, where: str | None) -> "TimeToEvent":
    """Return individual times from a CSV with columns time and event (or status)."""
    import numpy as np

    from yttria.io.tables.csv_text import read_sheet
    from yttria.values.cohort import TimeToEvent

    sheet = read_sheet(path, heading=False)
    time, event = two_columns(sheet, TIME_NAMES, EVENT_NAMES)
    if set(event) - {0.0, 1.0}:
        raise IntakeError(
            f"event of {path.name} must be 0 or 1, but {sorted(set(event))[:4]} were found; for a curve give --against-at-risk"
        )
    kept = np.ones(len(time), dtype=bool)
    if where is not None:
        column, value = _part(where)
        if column not in sheet.heading:
            raise IntakeError(
                f"--against-where names column {column}, but {path.name} has {', '.join(sheet.heading)}; correct one"
            )
        cells = [row[sheet.heading.index(column)] for _, row in sheet.rows]
        kept = np.array([cell == value for cell in cells])
        if not kept.any():
            raise IntakeError(
                f"--against-where {where} leaves nobody: {column} holds {', '.join(sorted(set(cells))[:6])}; name one of them"
            )
    return TimeToEvent(np.array(time)[kept], np.array(event, dtype=bool)[kept], unit=unit)


def _part(where: str) -> tuple[str, str]:
    column, equals, value = where.partition("=")
    if not (column and equals and value):
        raise IntakeError(f"--against-where must be column=value, as arm=PDA, but is {where!r}; correct it")
    return column.strip(), value.strip()


def two_columns(sheet: "Sheet", first: tuple[str, ...], second: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Return two columns as numbers, by their names; of a table with two columns, by their order.

    Raises
    ------
    IntakeError
        Neither names nor order say which they are; a cell that is no number.
    """
    from yttria.io.tables.csv_text import numbers_of

    one, two = (numbers_of(column, sheet) for column in (column_of(sheet, first, 0), column_of(sheet, second, 1)))
    return one, two


def column_of(sheet: "Sheet", names: tuple[str, ...], position: int) -> list[str]:
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
            f"{sheet.name} must have a column {' or '.join(names)}, but has {', '.join(sheet.heading)}; add or rename it"
        )
    return [row[place] for _, row in sheet.rows]


def spread_of(
    found: "Comparison",
    first: "Published",
    second: "Published | TimeToEvent",
    draws: int,
    click_error: float,
) -> "Spread":
    """Return the limits that hold what the picture leaves open too."""
    from yttria.evidence.reconstruction.digitisation_error import Published, digitisation_limits, redigitised_cohorts

    ones = redigitised_cohorts(first, draws, click_error=click_error, seed=1)
    twos = (
        redigitised_cohorts(second, draws, click_error=click_error, seed=2) if isinstance(second, Published) else None
    )
    pairs = [(one, second if twos is None else next(twos)) for one in ones]
    return digitisation_limits(found.ratio, [(a, b) for a, b in pairs if not isinstance(b, Published)])


def comparison_record(
    found: "Comparison", whole: "Spread", published: float | None, placed: Mapping[str, float]
) -> tuple[dict[str, Any], list[Finding]]:
    """Return a comparison as its JSON result, and what is to be said of a published ratio.

    Raises
    ------
    QuantityError
        A published ratio that is not above zero.
    """
    ratio, gap = found.ratio, found.difference
    findings: list[Finding] = []
    if published is not None:
        require_positive(published, what="--hr")
        reached = math.isnan(whole.least) or (1 - ENOUGH) * whole.least <= published <= (1 + ENOUGH) * whole.most
        if not reached:
            findings.append(
                Finding(
                    "warning",
                    "published-hr-unmet",
                    f"the published ratio is {published:g}, but redraws of the curves give {whole.least:.3f} to {whole.most:.3f}: it may be stratified or "
                    "adjusted, or clicks or numbers at risk are wrong",
                )
            )
    result = {
        "hr": ratio.hr,
        "low": ratio.low,
        "high": ratio.high,
        "wald_p": ratio.p,
        "redraws": whole.draws,
        "log_hr_sd_of_redraws": whole.log_sd,
        "low_whole": whole.low,
        "high_whole": whole.high,
        "logrank_chi2": found.test.chi2,
        "logrank_p": found.test.p,
        "proportionality_p": None if found.proportionality is None else found.proportionality.p,
        "published_hr": published,
        "hr_over_published": None if published is None else ratio.hr / published,
        "hr_censored_early": placed.get("early"),
        "hr_censored_late": placed.get("late"),
        "tau": found.mean_a.tau,
        "restricted_mean": found.mean_a.mean,
        "restricted_mean_against": found.mean_b.mean,
        "difference": gap.value,
        "difference_low": gap.low,
        "difference_high": gap.high,
        "difference_p": gap.p,
        "medians": [found.a.median[0], found.b.median[0]],
        "assumptions": list(found.assumptions),
    }
    return result, findings


def comparison_lines(comparison: Mapping[str, Any], unit: str) -> list[str]:
    """Return a comparison as a person reads it."""
    lines = [
        f"HR against the second group {comparison['hr']:.3f} ({comparison['low']:.3f} to {comparison['high']:.3f}, Wald P {comparison['wald_p']:.3g})",
        f"log-rank chi2 {comparison['logrank_chi2']:.2f}, P {comparison['logrank_p']:.3g}",
        (
            f"restricted mean up to {comparison['tau']:.3g} {unit}: {comparison['restricted_mean']:.2f} against {comparison['restricted_mean_against']:.2f}, "
            f"difference {comparison['difference']:.2f} ({comparison['difference_low']:.2f} to {comparison['difference_high']:.2f}, P {comparison['difference_p']:.3g})"
        ),
        f"medians {shown(comparison['medians'][0])} against {shown(comparison['medians'][1])} {unit}",
    ]
    if not math.isnan(comparison["low_whole"]):
        lines.insert(
            1,
            f"with the error of the picture, {comparison['redraws']} redraws: {comparison['low_whole']:.3f} to {comparison['high_whole']:.3f}",
        )
    if comparison["hr_censored_early"] is not None:
        lines.append(
            f"HR with the censored put early {comparison['hr_censored_early']:.3f}, late {comparison['hr_censored_late']:.3f}"
        )
    if comparison["published_hr"] is not None:
        lines.append(
            f"published HR {comparison['published_hr']:g}: ours is {comparison['hr_over_published']:.3f} times it"
        )
    return [*lines, "this holds only if:", *(f"  - {assumption}" for assumption in comparison["assumptions"])]


def shown(value: float) -> str:
    """Return a time, or that it is not reached."""
    return "not reached" if math.isnan(value) else f"{value:.3g}"
