"""Models as tables: terms, tests of proportional hazards, the steps of a choice."""

from collections.abc import Iterable, Mapping

from yttria.contract.study import Coefficient, Concordance, CoxModel, PenalisedCoefficient, Selection
from yttria.report.study.column_titles import Titles, title_of
from yttria.report.study.number_format import NO_TEST, exists, interval, p_value, patients_of, ratio
from yttria.report.text.number_format import DASH, number
from yttria.values.document import Cell, Column, Entry, Table
from yttria.values.protocol import ModelSpec


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
            mark, text = _finite(model, term, effect)
            cells = [ratio(text), p_value(text.p)]
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
            mark, label = _finite(model, term, effect)
            rows.append([f"   {title_of(titles, term)}{mark}", ratio(label), p_value(label.p), ""])
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


def _concordance(concordance: Concordance) -> str:
    """Return Harrell's C with its limits."""
    if not exists(concordance.c) or not exists(concordance.se):
        return interval(concordance.c, None, None, 2)
    return interval(concordance.c, concordance.c - 1.96 * concordance.se, concordance.c + 1.96 * concordance.se, 2)


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
