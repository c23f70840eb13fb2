"""Survival as tables: rates and medians, quantiles, events after baseline, cumulative incidence."""

import math
from collections.abc import Iterable, Sequence

from yttria.contract.study import AnalysisResult, Coefficient, CumulativeIncidence, SurvivalCurve, SurvivalRate
from yttria.report.study.column_titles import Titles, level_of, title_of
from yttria.report.study.number_format import NO_TEST, interval, median_of, p_value, patients_of, rate, ratio, reached
from yttria.report.text.number_format import DASH, number
from yttria.values.document import Cell, Column, Entry, Table


def outcome_table(
    result: AnalysisResult, titles: Titles, *, unit: str, interval_words: str, strata: Sequence[str] = ()
) -> Table:
    """Return n, events, median, rates and tests of the whole cohort and of each level of each factor."""
    times = [r.time for r in result.km["all"]["all"].rates]
    rows: list[list[Cell]] = [_curve_row("All patients", result.km["all"]["all"], "")]
    ruled = set()
    for factor, levels in result.km.items():
        if factor == "all":
            continue
        ruled.add(len(rows))
        test = result.logrank.get(factor, NO_TEST)
        rows.append([Entry(title_of(titles, factor), strong=True), *[""] * (3 + len(times)), p_value(test.p)])
        rows += [
            _curve_row(f"   {level_of(titles, factor, level, levels)}", record, "") for level, record in levels.items()
        ]
        if trend := result.trend.get(factor):
            rows.append(["   trend over the levels", *[""] * (3 + len(times)), p_value(trend.p)])
    after = f" {unit}" if unit else ""
    within = f", stratified by {', '.join(title_of(titles, name) for name in strata)}" if strata else ""
    return Table(
        title=f"Survival by factor ({interval_words})",
        columns=[
            Column("", share=1.6),
            Column("n", "right"),
            Column("Events", "right"),
            Column(f"Median,{after}" if unit else "Median", share=1.3),
            *(Column(f"At {number(t, 0 if float(t).is_integer() else 1)}{after}, %", share=1.3) for t in times),
            Column(f"Log-rank P{within}"),
        ],
        rows=rows,
        notes=(
            "Kaplan–Meier; NR: not reached; a rate of 100 % has no limits, because nobody had the event.",
            "—: nobody of the group is followed then, and the last was censored.",
        ),
        ruled=frozenset(ruled),
    )


def _curve_row(label: str, record: SurvivalCurve, last: Cell) -> list[Cell]:
    return [label, patients_of(record), record.events, median_of(record), *(rate(r) for r in record.rates), last]


def quantile_table(result: AnalysisResult, titles: Titles, *, unit: str, interval_words: str) -> Table:
    """Return when the shares asked for have had the event, in the whole cohort and by level of each factor."""
    shares = [q.share for q in result.km["all"]["all"].quantiles or ()]
    rows: list[list[Cell]] = []
    ruled = set()
    for factor, levels in result.km.items():
        if factor != "all":
            ruled.add(len(rows))
            rows.append([Entry(title_of(titles, factor), strong=True), *[""] * len(shares)])
        for level, record in levels.items():
            label = "All patients" if factor == "all" else f"   {level_of(titles, factor, level, levels)}"
            rows.append([label, *(reached(q.time, q.low, q.high) for q in record.quantiles or ())])
    after = f", {unit}" if unit else ""
    return Table(
        title=f"When shares of the patients have had the event ({interval_words})",
        columns=[Column("", share=1.6), *(Column(f"{100 * share:.4g} %{after}", share=1.3) for share in shares)],
        rows=rows,
        notes=(
            "Kaplan–Meier; NR: not reached; the middle of the flat part where a curve rests at the share exactly (R: quantile.survfit).",
        ),
        ruled=frozenset(ruled),
    )


def later_table(rows: Iterable[tuple[str, Coefficient, str]]) -> Table:
    """Return effects of something that happened after baseline, by ways of looking at it."""
    return Table(
        title="The same intervention, looked at in three ways",
        columns=[
            Column("Way of looking", share=1.6),
            Column("Hazard ratio (95 % CI)", share=1.3),
            Column("P (Wald)"),
            Column("What it does", share=2.4),
        ],
        rows=[[name, ratio(effect), p_value(effect.p), Entry(words, kind="free")] for name, effect, words in rows],
    )


def incidence_table(result: AnalysisResult, titles: Titles, *, unit: str = "") -> Table:
    """Return the cumulative incidence of each cause by group, at the times asked for and at the end of follow-up, with Gray's test."""
    times = [r.time for r in result.km["all"]["all"].rates]
    rows: list[list[Cell]] = []
    ruled = set()
    for factor, levels in result.cif.items():
        ruled.add(len(rows))
        whole = factor == "all"
        tests = result.gray.get(factor, {})
        if not whole:
            rows.append([Entry(title_of(titles, factor), strong=True), *[""] * (3 + len(times))])
        for level, causes in levels.items():
            for cause, record in causes.items():
                label = "All patients" if whole else f"   {level_of(titles, factor, level, levels)}"
                p = p_value(tests.get(cause, NO_TEST).p) if level == next(iter(levels)) and not whole else ""
                followed = [r.at_risk > 0 or r.survival <= 0 for r in _rates(result, factor, level)] or [True] * len(
                    times
                )
                cells = [_incidence(record, t) if there else DASH for t, there in zip(times, followed, strict=True)]
                rows.append([label, cause, *cells, _incidence(record, math.inf), p])
    after = f" {unit}" if unit else ""
    return Table(
        title="Cumulative incidence, % (95 % CI)",
        columns=[
            Column("", share=1.4),
            Column("Cause"),
            *(Column(f"At {number(t, 0 if float(t).is_integer() else 1)}{after}", share=1.3) for t in times),
            Column("At the end", share=1.3),
            Column("Gray's test P"),
        ],
        rows=rows,
        notes=(
            "Aalen–Johansen; other causes are taken for what they are, not censored; —: nobody of the group is followed then.",
        ),
        ruled=frozenset(ruled),
    )


def _rates(result: AnalysisResult, factor: str, level: str) -> Sequence[SurvivalRate]:
    """Return the rates of a group of the curves; none where no curve was asked for."""
    group = result.km.get(factor, {}).get(level)
    return () if group is None else group.rates


def _incidence(record: CumulativeIncidence, time: float) -> str:
    """Return a cumulative incidence at a time with its limits, per cent: zero before the first event."""
    place = sum(t <= time for t in record.time) - 1
    share, se = (100 * column[place] if place >= 0 else 0.0 for column in (record.estimate, record.std_err))
    if not se:
        return number(share, 1)
    return interval(share, max(share - 1.96 * se, 0.0), min(share + 1.96 * se, 100.0), 1)
