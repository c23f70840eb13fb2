"""Tables of a study: patients, outcome, models, selection, assumptions, what the analyses of later events say."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

from yttria.contract.study import (
    AnalysisResult,
    BaselineColumn,
    BaselineTest,
    Coefficient,
    Concordance,
    CoxModel,
    CumulativeIncidence,
    NumberByArm,
    PenalisedCoefficient,
    Selection,
    StudyResult,
    SurvivalCurve,
    SurvivalRate,
)
from yttria.report.study.number_format import (
    NO_TEST,
    exists,
    interval,
    median_of,
    of_all,
    p_value,
    patients_of,
    rate,
    ratio,
    reached,
)
from yttria.report.text.number_format import DASH, number
from yttria.values.cohort import Column as Values
from yttria.values.cohort import same_value
from yttria.values.document import Cell, Column, Entry, Table
from yttria.values.protocol import Arms, ModelSpec, Protocol

Titles = Mapping[str, str]

HALF_UNIT = 0.5
SCALE_WORDS = {"log2": "per doubling", "log10": "per tenfold"}
MOST_PLACES = 6
BETWEEN = re.compile(r":(?![^\[]*\])")
"""Between the terms of an interaction, not inside the brackets of a level."""
NO_YES = {"0": "no", "1": "yes"}
SIDES = {"≥": "<", ">": "≤", "≤": ">", "<": "≥"}
"""The other side of a cut."""


def title_of(titles: Titles, name: str) -> str:
    """Return what a person calls a column, a level of a factor, or an interaction of such terms.

    Examples
    --------
    >>> title_of({"arm": "randomised arm"}, "arm[PDA]"), title_of({"sex": "sex"}, "sex[male]:age")
    ('randomised arm: PDA', 'sex: male × age')
    """
    if name in titles:
        return titles[name]
    parts = _factors_in(name, titles)
    if len(parts) > 1:
        return " × ".join(title_of(titles, part) for part in parts)
    base, bracket, level = name.partition("[")
    return f"{titles.get(base, base)}{': ' + _label(titles, base, level.removesuffix(']')) if bracket else ''}"


def study_titles(columns: Mapping[str, Values], protocol: Protocol) -> dict[str, str]:
    """Return what people call each column, cut and level of a study; a level stands under "column=level".

    A cut without words of its own, or whose words do not say on which side a patient lies, has its two sides named by its number.

    Parameters
    ----------
    columns
        Of the cohort, cuts included.
    asked
        The protocol: its cuts, titles and labels.
    """
    titles = {name: column.title for name, column in columns.items()} | dict(protocol.titles)
    for name, cut in protocol.cuts.items():
        measured = titles.get(cut.column, cut.column)
        if name not in protocol.titles and not cut.label:
            titles[name] = f"{measured} ≥ {cut.at:g}"
        if not any(f" {sign} " in titles[name] for sign in SIDES):
            titles |= {f"{name}=1": titles[name], f"{name}=0": f"{measured} < {cut.at:g}"}
    for name, labels in protocol.labels.items():
        for level in columns[name].levels:
            words = next((words for value, words in labels.items() if same_value(level, value)), "")
            titles |= {f"{name}={level}": words} if words else {}
    return titles


def scaled_titles(titles: Titles, protocol: Protocol) -> Titles:
    """Return titles in which each column of [scale] says for how much of it a ratio is, as models take it."""
    words = dict(titles)
    for name, scale in protocol.scale.items():
        unit = SCALE_WORDS[scale] if isinstance(scale, str) else f"per {scale:g}"
        words[name] = f"{words.get(name, name)} ({unit})"
    return words


def _label(titles: Titles, factor: str, level: str) -> str:
    """Return what the protocol calls a level; the level itself where it says nothing."""
    return titles.get(f"{factor}={level}", level)


def _factors_in(name: str, titles: Titles) -> list[str]:
    """Return the parts of an interaction, none of them cut at a colon inside a known name."""
    parts: list[str] = []
    for piece in BETWEEN.split(name):
        if (
            parts
            and not any(_named(part, titles) for part in (parts[-1], piece))
            and _named(f"{parts[-1]}:{piece}", titles)
        ):
            parts[-1] = f"{parts[-1]}:{piece}"
        else:
            parts.append(piece)
    return parts


def _named(name: str, titles: Titles) -> bool:
    return name.partition("[")[0] in titles


def referenced(result: StudyResult, titles: Titles) -> Titles:
    """Return titles in which each level of a factor says which level it is compared with, in the models of the whole study."""
    words = dict(titles)
    for model in (*result.univariable.values(), *result.models.values()):
        for term in model.terms:
            factor, bracket, level = term.removesuffix("]").partition("[")
            described = result.baseline.get(factor)
            levels = list(result.km.get(factor) or (described.levels if described is not None else ()))
            others = [other for other in levels if f"{factor}[{other}]" not in model.terms]
            if bracket and level in levels and len(others) == 1:
                words[term] = (
                    f"{title_of(titles, factor)}: {_label(titles, factor, level)} vs {_label(titles, factor, others[0])}"
                )
    return words


def level_of(titles: Titles, factor: str, level: str, levels: Iterable[str] = ()) -> str:
    """Return what a person calls a level: the two sides of a cut, or no and yes; a number of more than these two stays a number.

    Parameters
    ----------
    titles
        What people call the columns.
    factor, level
        Of which factor, and which level.
    levels
        All of the factor.

    Examples
    --------
    >>> level_of({"TD": "tumour dose ≥ 205 Gy"}, "TD", "0"), level_of({}, "pvt", "1"), level_of({}, "sex", "male")
    ('< 205 Gy', 'yes', 'male')
    >>> level_of({}, "ecog", "1", ["0", "1", "2"])
    '1'
    """
    if f"{factor}={level}" in titles or level not in NO_YES or not set(levels) <= set(NO_YES):
        return _label(titles, factor, level)
    title = titles.get(factor, factor)
    for sign, other in SIDES.items():
        _, found, after = title.partition(f" {sign} ")
        if found:
            return f"{sign if level == '1' else other} {after}"
    return NO_YES[level]


def side_of(titles: Titles, factor: str, level: str, levels: Iterable[str] = ()) -> str:
    """Return a factor with one of its levels; parameters as in `level_of`.

    Examples
    --------
    >>> side_of({"TD": "tumour dose ≥ 205 Gy"}, "TD", "0"), side_of({}, "pvt", "1")
    ('tumour dose < 205 Gy', 'pvt: yes')
    """
    words, title = level_of(titles, factor, level, levels), titles.get(factor, factor)
    sign = next((s for s in SIDES if level in NO_YES and f" {s} " in title), "")
    if f"{factor}={level}" in titles:
        return words if titles.get(f"{factor}=1") == title else f"{title}: {words}"
    return f"{title.partition(f' {sign} ')[0]} {words}" if sign else f"{title}: {words}"


def arm_names(arms: Arms, titles: Titles) -> tuple[str, str]:
    """Return what people call the treated and the control arm; 0 and 1 with the column that they stand in.

    Examples
    --------
    >>> arm_names(Arms("arm", "PDA", "SDA"), {"arm=PDA": "personalised"}), arm_names(Arms("sirt", 1, 0), {})
    (('personalised', 'SDA'), ('sirt: yes', 'sirt: no'))
    """
    treated, control = (_arm_name(arms.column, f"{arm}", titles) for arm in (arms.treated, arms.control))
    return treated, control


def _arm_name(column: str, arm: str, titles: Titles) -> str:
    start = f"{column}="
    named = (
        words for name, words in titles.items() if name.startswith(start) and same_value(name.removeprefix(start), arm)
    )
    return next(named, side_of(titles, column, arm) if arm in NO_YES else arm)


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


def univariable_table(models: Mapping[str, CoxModel], titles: Titles, *, title: str) -> Table:
    """Return models of one factor each, a row a coefficient, with both tests that papers print."""
    rows: list[list[Cell]] = []
    for name, model in models.items():
        score = NO_TEST if model.tests is None else model.tests.score
        c = model.concordance
        counts = f"{model.events}/{patients_of(model)}" if model.terms else DASH
        whole: list[Cell] = [p_value(score.p), number(c.c, 2) if c and exists(c.c) else DASH]
        several = len(model.terms) > 1
        if several:
            rows.append([title_of(titles, name), counts, "", "", *whole])
        for term, effect in model.terms.items():
            mark, shown = _finite(model, term, effect)
            cells = [ratio(shown), p_value(shown.p)]
            label = f"{title_of(titles, term)}{mark}"
            rows.append([f"   {label}", "", *cells, "", ""] if several else [label, counts, *cells, *whole])
        if not model.terms:
            rows.append([title_of(titles, name), DASH, DASH, DASH, DASH, DASH])
    return Table(
        title=title,
        columns=[
            Column("", share=2.2),
            Column("Events/n", "right"),
            Column("Hazard ratio (95 % CI)", share=1.4),
            Column("P (Wald)"),
            Column("P (log-rank)"),
            Column("C", "right"),
        ],
        rows=rows,
        notes=(
            "Each factor is a model of its own; log-rank: the score test of the model, of all levels together where it has several; C: Harrell's concordance.",
            *_penalised_note(models),
        ),
    )


def models_table(
    models: Mapping[str, CoxModel], titles: Titles, *, title: str, specs: Mapping[str, ModelSpec] | None = None
) -> Table:
    """Return the terms of models, one below the other, with the ratio, its P, and each model's n, events and concordance.

    Parameters
    ----------
    models, titles, title
        Models by name; what people call the columns; above the table.
    asked
        What was asked of each, so that strata, ties other than Efron's, offset and clusters stand beside its name.
    """
    rows: list[list[Cell]] = []
    ruled = set()
    for name, model in models.items():
        ruled.add(len(rows))
        lost = f", {model.dropped} left out" if model.dropped else ""
        counted = f"n {patients_of(model)}, " if exists(model.n) else ""
        c = model.concordance
        fitted = f"C {_concordance(c)}" if c else ""
        special = _special((specs or {}).get(name), titles)
        heading = Entry(title_of(titles, name), f"{counted}{model.events} events{lost}{special}", strong=True)
        rows.append([heading, "", "", Entry(fitted, kind="free")])
        for term, effect in model.terms.items():
            mark, shown = _finite(model, term, effect)
            rows.append([f"   {title_of(titles, term)}{mark}", ratio(shown), p_value(shown.p), ""])
    return Table(
        title=title,
        columns=[
            Column("", share=2.0),
            Column("Hazard ratio (95 % CI)", share=1.3),
            Column("P (Wald)"),
            Column("Concordance (95 % CI)", share=1.2),
        ],
        rows=rows,
        notes=tuple(_penalised_note(models)),
        ruled=frozenset(ruled),
    )


def _finite(model: CoxModel, term: str, effect: Coefficient) -> tuple[str, Coefficient | PenalisedCoefficient]:
    """Return an effect with its mark: where it is infinite, the penalised one that is not."""
    penalised = None if model.firth is None else model.firth.terms.get(term)
    return ("", effect) if exists(effect.hr) or penalised is None else (" †", penalised)


def _penalised_note(models: Mapping[str, CoxModel]) -> Iterable[str]:
    if any(_finite(m, term, effect)[0] for m in models.values() for term, effect in m.terms.items()):
        yield (
            "† Infinite by maximum likelihood (all events lie on one side of it): shown with Firth's penalty, limits and P by the profile of the "
            "penalised likelihood."
        )


def _concordance(found: Concordance) -> str:
    """Return Harrell's C with its limits."""
    if not exists(found.c) or not exists(found.se):
        return interval(found.c, None, None, 2)
    return interval(found.c, found.c - 1.96 * found.se, found.c + 1.96 * found.se, 2)


def _special(spec: ModelSpec | None, titles: Titles) -> str:
    """Return how a model differs from a plain one."""
    if spec is None:
        return ""
    robust = f"robust by {title_of(titles, spec.cluster)}" if spec.cluster else "robust" if spec.robust else ""
    words = (
        f"{spec.ties} ties" if spec.ties != "efron" else "",
        f"stratified by {', '.join(title_of(titles, column) for column in spec.strata)}" if spec.strata else "",
        f"offset {title_of(titles, spec.offset)}" if spec.offset else "",
        f"errors {robust}" if robust else "",
    )
    return "".join(f"; {words}" for words in words if words)


def assumptions_table(models: Mapping[str, CoxModel], titles: Titles) -> Table | None:
    """Return the tests of proportional hazards of each model; None where no model has one."""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, model in models.items():
        if not model.zph:
            continue
        if len(model.terms) == 1:
            test = next(iter(model.zph.values()))
            rows.append([title_of(titles, name), number(test.chi2, 2), test.df, p_value(test.p)])
            continue
        ruled.add(len(rows))
        rows.append([Entry(f"Model: {title_of(titles, name)}", strong=True), "", "", ""])
        for term, test in model.zph.items():
            label = "   all terms together" if term == "GLOBAL" else f"   {title_of(titles, term)}"
            rows.append([label, number(test.chi2, 2), test.df, p_value(test.p)])
    if not rows:
        return None
    return Table(
        title="Proportional hazards: score tests of a coefficient that changes with time",
        columns=[Column("", share=2.0), Column("χ²", "right"), Column("df", "right"), Column("P", "right")],
        rows=rows,
        notes=("A small P says that the ratio is an average over time, not a constant.",),
        ruled=frozenset(ruled),
    )


def selection_table(selection: Selection, titles: Titles) -> Table:
    """Return the steps of a stepwise choice."""
    words = {"start": "start with", "drop": "drop", "add": "add"}
    return Table(
        title="Stepwise choice by Akaike's criterion",
        columns=[Column("Step"), Column("Term", share=3.0), Column("AIC", "right")],
        rows=[
            [
                words[s.action],
                ", ".join(title_of(titles, t) for t in s.term.split(" + ")) or "no term",
                number(s.aic, 2),
            ]
            for s in selection.steps
        ],
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
                shown = [_incidence(record, t) if there else DASH for t, there in zip(times, followed, strict=True)]
                rows.append([label, cause, *shown, _incidence(record, math.inf), p])
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
