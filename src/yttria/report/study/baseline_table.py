"""Table 1: numbers and levels by arm."""

import math
from collections.abc import Mapping, Sequence

from yttria.contract.study import BaselineColumn, BaselineTest, NumberByArm
from yttria.report.study.column_titles import NO_YES, Titles, _label, level_of, title_of
from yttria.report.study.number_format import exists, interval, of_all, p_value
from yttria.report.text.number_format import DASH, number
from yttria.values.document import Cell, Column, Entry, Table

HALF_UNIT = 0.5
MOST_PLACES = 6


def baseline_table(
    baseline: Mapping[str, BaselineColumn], arms: Sequence[str], titles: Titles, *, factor: str = ""
) -> Table:
    """Return Table 1: numbers as mean (SD) and median (quartiles), levels as count and per cent, by arm.

    Two arms stand beside their standardised difference, more beside their tests.
    """
    rows: list[list[Cell]] = []
    ruled = set()
    two = len(arms) == 2
    for name, record in baseline.items():
        ruled.add(len(rows))
        missing = f" ({record.missing} missing)" if record.missing else ""
        label = Entry(f"{title_of(titles, name)}{missing}", strong=True)
        if record.number is None or "levels" in record.model_fields_set:
            rows += _level_rows(label, name, record, arms, titles)
        else:
            rows += _number_rows(label, record.number, arms)
    apart = "Standardised difference: second arm minus first, in standard deviations; no test of chance differences is shown"
    tests = "Tests describe differences between the arms; no test decides whether an analysis is adjusted."
    return Table(
        title="Patients at baseline",
        columns=[
            Column("", share=2.2),
            Column("All", share=1.1),
            *(Column(_label(titles, factor, arm), share=1.1) for arm in arms),
            Column("Std. difference", "decimal") if two else Column("P (test)", share=1.3),
        ],
        rows=rows,
        notes=(f"{apart} (result.json holds them)." if two else tests, "n (%), mean (SD), median (quartiles)."),
        ruled=frozenset(ruled),
    )


def _apart(record: BaselineColumn | NumberByArm, arms: Sequence[str]) -> str:
    return number(record.difference, 2) if len(arms) == 2 else _tests(record.tests)


def _number_rows(label: Entry, record: NumberByArm, arms: Sequence[str]) -> list[list[Cell]]:
    groups = [record.all, *(record.by[arm] for arm in arms)]
    places = _places(record.all.sd)
    mean = [f"{number(g.mean, places)} ({number(g.sd, places)})" if g.n else DASH for g in groups]
    median = [interval(g.median, g.q1, g.q3, places) for g in groups]
    return [
        [label, *[""] * len(groups), _apart(record, arms)],
        ["   mean (SD)", *mean, ""],
        ["   median (quartiles)", *median, ""],
    ]


def _places(spread: float | None) -> int:
    """Return the decimals of a column that spreads so: one, more where it spreads by less than one half."""
    if not exists(spread) or spread is None or spread <= 0 or spread >= HALF_UNIT:
        return 1
    return min(MOST_PLACES, 1 - math.floor(math.log10(spread)))


def _level_rows(
    label: Entry, name: str, record: BaselineColumn, arms: Sequence[str], titles: Titles
) -> list[list[Cell]]:
    """Return a row a level beneath the name; one row in all for a yes/no fact."""
    levels = record.levels
    total = [sum(v.all for v in levels.values()), *(sum(v.by[arm] for v in levels.values()) for arm in arms)]
    words = {
        level: [of_all(c, t) for c, t in zip([v.all, *(v.by[arm] for arm in arms)], total, strict=True)]
        for level, v in levels.items()
    }
    apart = _apart(record, arms)
    if set(levels) == set(NO_YES):
        return [[label, *words["1"], apart]]
    rows: list[list[Cell]] = [[label, *[""] * len(total), apart]]
    return rows + [[f"   {level_of(titles, name, level, levels)}", *cells, ""] for level, cells in words.items()]


def _tests(tests: Sequence[BaselineTest]) -> str:
    return ", ".join(f"{p_value(test.p)} ({test.name})" for test in tests) or DASH
