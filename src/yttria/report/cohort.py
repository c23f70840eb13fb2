"""Tables of a study: patients, outcome, models, selection, assumptions, what the analyses of later events say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yttria.report.evidence import exists, interval, median_of, of_all, p_value, rate, ratio
from yttria.report.number import DASH, number
from yttria.values.document import Cell, Column, Entry, Table

Record = Mapping[str, Any]
Titles = Mapping[str, str]


def title_of(titles: Titles, name: str) -> str:
    """Return what a person calls a column, term or level of a factor."""
    base, bracket, level = name.partition("[")
    return f"{titles.get(base, base)}{': ' + level.removesuffix(']') if bracket else ''}"


def baseline_table(baseline: Mapping[str, Record], arms: Sequence[str], titles: Titles) -> Table:
    """Return Table 1: numbers as mean (SD) and median (quartiles), levels as count and per cent, by arm with tests."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, record in baseline.items():
        ruled.add(len(rows))
        missing = f" ({record['missing']} missing)" if record["missing"] else ""
        label = Entry(f"{title_of(titles, name)}{missing}", strong=True)
        if "levels" in record:
            rows.append([label, *[""] * (len(arms) + 1), _tests(record["tests"])])
            rows += _level_rows(record, arms)
        else:
            rows += _number_rows(label, record["number"], arms)
    return Table(
        title="Patients at baseline",
        columns=[
            Column("", share=1.9),
            Column("All"),
            *(Column(arm) for arm in arms),
            Column("P (test)", share=1.3),
        ],
        rows=rows,
        notes=("Tests describe differences between the arms; no test decides whether an analysis is adjusted.",),
        ruled=frozenset(ruled),
    )


def _number_rows(label: Entry, record: Record, arms: Sequence[str]) -> list[list[Cell]]:
    groups = [record["all"], *(record["by"][arm] for arm in arms)]
    mean = [f"{number(g['mean'], 1)} ({number(g['sd'], 1)})" if g["n"] else DASH for g in groups]
    median = [
        f"{number(g['median'], 1)} ({number(g['q1'], 1)}–{number(g['q3'], 1)})" if g["n"] else DASH for g in groups
    ]
    return [
        [label, *[""] * len(groups), _tests(record["tests"])],
        ["   mean (SD)", *mean, ""],
        ["   median (quartiles)", *median, ""],
    ]


def _level_rows(record: Record, arms: Sequence[str]) -> list[list[Cell]]:
    levels = record["levels"]
    total = [sum(v["all"] for v in levels.values()), *(sum(v["by"][arm] for v in levels.values()) for arm in arms)]
    rows: list[list[Cell]] = []
    for level, counts in levels.items():
        cells = [counts["all"], *(counts["by"][arm] for arm in arms)]
        rows.append([f"   {level}", *(of_all(c, t) for c, t in zip(cells, total, strict=True)), ""])
    return rows


def _tests(tests: Sequence[Record]) -> str:
    return ", ".join(f"{p_value(test['p'])} ({test['name']})" for test in tests) or DASH


def outcome_table(result: Record, titles: Titles, *, unit: str, interval_words: str) -> Table:
    """Return n, events, median, rates and tests of the whole cohort and of each level of each factor."""
    times = [r["time"] for r in result["km"]["all"]["all"]["rates"]]
    rows: list[list[Cell]] = [_curve_row("All patients", result["km"]["all"]["all"], "")]
    ruled = set()
    for factor, levels in result["km"].items():
        if factor == "all":
            continue
        ruled.add(len(rows))
        test = result.get("logrank", {}).get(factor, {"p": None})
        rows.append([Entry(title_of(titles, factor), strong=True), *[""] * (3 + len(times)), p_value(test["p"])])
        rows += [_curve_row(f"   {level}", record, "") for level, record in levels.items()]
    after = f" {unit}" if unit else ""
    return Table(
        title=f"Survival by factor ({interval_words})",
        columns=[
            Column("", share=1.6),
            Column("n", "right"),
            Column("Events", "right"),
            Column(f"Median,{after}" if unit else "Median", share=1.3),
            *(Column(f"At {number(t, 0 if float(t).is_integer() else 1)}{after}, %", share=1.3) for t in times),
            Column("Log-rank P"),
        ],
        rows=rows,
        notes=("Kaplan–Meier; a rate after the last time of a group keeps its last value.",),
        ruled=frozenset(ruled),
    )


def _curve_row(label: str, record: Record, last: Cell) -> list[Cell]:
    return [label, record["n"], record["events"], median_of(record), *(rate(r) for r in record["rates"]), last]


def models_table(models: Mapping[str, Record], titles: Titles, *, title: str) -> Table:
    """Return the terms of models, one below the other, with the ratio, its P, and each model's n, events and concordance."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, model in models.items():
        ruled.add(len(rows))
        lost = f", {model['dropped']} left out" if model.get("dropped") else ""
        counted = f"n {model['n']}, " if exists(model.get("n")) else ""
        c = model.get("concordance")
        fitted = f"C {interval(c['c'], c['c'] - 1.96 * c['se'], c['c'] + 1.96 * c['se'], 2)}" if c else ""
        heading = Entry(title_of(titles, name), f"{counted}{model['events']} events{lost}", strong=True)
        rows.append([heading, "", "", Entry(fitted, kind="free")])
        rows += [[f"   {title_of(titles, term)}", *_effect(effect)] for term, effect in model["terms"].items()]
    return Table(
        title=title,
        columns=[
            Column("", share=2.0),
            Column("Hazard ratio (95 % CI)", share=1.3),
            Column("P (Wald)"),
            Column("Concordance (95 % CI)", share=1.2),
        ],
        rows=rows,
        ruled=frozenset(ruled),
    )


def _effect(effect: Record) -> list[Cell]:
    return [ratio(effect), p_value(effect["p"]), ""]


def assumptions_table(models: Mapping[str, Record], titles: Titles) -> Table | None:
    """Return the tests of proportional hazards of each model; None where no model has one."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, model in models.items():
        if not model.get("zph"):
            continue
        ruled.add(len(rows))
        rows.append([Entry(title_of(titles, name), strong=True), "", "", ""])
        for term, test in model["zph"].items():
            label = "   all terms together" if term == "GLOBAL" else f"   {title_of(titles, term)}"
            rows.append([label, number(test["chi2"], 2), test["df"], p_value(test["p"])])
    if not rows:
        return None
    return Table(
        title="Proportional hazards: score tests of a coefficient that changes with time",
        columns=[Column("", share=2.0), Column("χ²", "right"), Column("df", "right"), Column("P", "right")],
        rows=rows,
        notes=("A small P says that the ratio is an average over time, not a constant.",),
        ruled=frozenset(ruled),
    )


def selection_table(selection: Record, titles: Titles) -> Table:
    """Return the steps of a stepwise choice."""
    said = {"start": "start with", "drop": "drop", "add": "add"}
    return Table(
        title="Stepwise choice by Akaike's criterion",
        columns=[Column("Step"), Column("Term", share=3.0), Column("AIC", "right")],
        rows=[
            [
                said[s["action"]],
                ", ".join(title_of(titles, t) for t in s["term"].split(" + ")) or "no term",
                number(s["aic"], 2),
            ]
            for s in selection["steps"]
        ],
    )


def later_table(rows: Iterable[tuple[str, Record, str]]) -> Table:
    """Return effects of something that happened after baseline, by ways of looking at it."""
    return Table(
        title="The same intervention, looked at in three ways",
        columns=[
            Column("Way of looking", share=1.6),
            Column("Hazard ratio (95 % CI)", share=1.3),
            Column("P (Wald)"),
            Column("What it does", share=2.4),
        ],
        rows=[[name, ratio(effect), p_value(effect["p"]), Entry(words, kind="free")] for name, effect, words in rows],
    )


def incidence_table(result: Record, titles: Titles) -> Table:
    """Return the last cumulative incidence of each cause by group, with Gray's test."""
    rows: list[list[Cell]] = []
    ruled = set()
    for factor, levels in result["cif"].items():
        ruled.add(len(rows))
        whole = factor == "all"
        tests = result.get("gray", {}).get(factor, {})
        if not whole:
            rows.append([Entry(title_of(titles, factor), strong=True), "", "", ""])
        for level, causes in levels.items():
            for cause, record in causes.items():
                last, se = 100 * record["estimate"][-1], 196 * record["std_err"][-1]
                label = "All patients" if whole else f"   {level}"
                p = p_value(tests.get(cause, {}).get("p")) if level == next(iter(levels)) and not whole else ""
                rows.append([label, cause, interval(last, max(last - se, 0.0), min(last + se, 100.0), 1), p])
    return Table(
        title="Cumulative incidence at the end of follow-up (95 % CI)",
        columns=[Column("", share=1.4), Column("Cause"), Column("Incidence, %", share=1.3), Column("Gray's test P")],
        rows=rows,
        notes=("Aalen–Johansen; other causes are taken for what they are, not censored.",),
        ruled=frozenset(ruled),
    )
