"""Figures of a study's flow, endpoints, splines, balance, matched curves and adverse events."""

from collections.abc import Mapping, Sequence

import numpy as np

from yttria.contract.study import (
    AdverseEvents,
    EndpointRates,
    FlowStep,
    MatchedComparison,
    SplineCurve,
    WeightedComparison,
)
from yttria.report.study.column_titles import Titles, title_of
from yttria.report.study.number_format import exists, p_value, patients_of, ratio
from yttria.report.study.survival_figure import km_figure
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import number
from yttria.values.cohort import Numbers
from yttria.values.document import Band, Bars, Figure, Line, Marks, Panel, Rule

UNBALANCED = 0.1
"""Standardised difference from which a covariate is called unbalanced (Austin 2009, doi:10.1002/sim.3697)."""
MOST_TERMS = 15
"""Adverse events that a figure can show."""


def flow_figure(flow: Sequence[FlowStep]) -> Figure:
    """Return the flow of patients: a bar a step, what was left out beside it."""
    places = np.arange(len(flow), 0, -1, dtype=float)
    counts = np.array([step.n for step in flow], dtype=float)
    words = [f"{step.label}: {step.n}" for step in flow]
    lost = [
        ", ".join(f"{n} {reason}" for reason, n in step.lost.items()) or ("" if k == 0 else "none")
        for k, step in enumerate(flow)
    ]
    arms = {arm: [str(step.arms[arm]) for step in flow] for arm in flow[0].arms} if flow else {}
    panel = Panel(
        [Bars(places, np.zeros(len(flow)), counts, width=0.55, colour="treated", fill=0.35, horizontal=True)],
        "patients",
        "",
        x_range=(0.0, float(counts.max(initial=1)) * 1.02),
        y_range=(0.4, len(flow) + 0.6),
        y_ticks=tuple(places),
        y_tick_labels=words,
        text_columns={**arms, "left out": lost},
    )
    first, last = flow[0], flow[-1]
    return Figure(
        "consort",
        f"{last.n} of {first.n} patients are left after {last.label}",
        "Each step keeps, of the patients so far, those who meet it; left out by reason (CONSORT 2010).",
        (panel,),
        height_mm=22.0 + 14.0 * len(flow),
    )


def response_figure(responses: Mapping[str, EndpointRates], titles: Titles) -> Figure | None:
    """Return responders by arm of each endpoint, as stacked bars with Wilson's limits; None without arms."""
    by_endpoint = {name: rates for name, rates in responses.items() if rates.arms}
    if not by_endpoint:
        return None
    labels, share, low, high, unknown = [], [], [], [], []
    for name, rates in by_endpoint.items():
        for arm, one in rates.arms.items():
            labels.append(f"{title_of(titles, name)}: {arm} ({one.responders}/{one.n})")
            share.append(one.fraction)
            low.append(one.low)
            high.append(one.high)
            unknown.append((one.n - one.evaluable) / one.n)
    places = np.arange(len(labels), 0, -1, dtype=float)
    hit = np.array(share)
    panel = Panel(
        [
            *_response_bars(places, hit, np.array(unknown)),
            Marks(100 * hit, places, shape="tick", low=100 * np.array(low), high=100 * np.array(high)),
        ],
        "patients, %",
        "",
        x_range=(0.0, 100.0),
        y_range=(0.3, len(labels) + 0.7),
        y_ticks=tuple(places),
        y_tick_labels=labels,
        legend=True,
    )
    ((_, first), *_) = by_endpoint.items()
    title = "Response by arm"
    if first.comparison is not None:
        title = f"Response by arm: difference {number(100 * first.comparison.risk_difference, 1)} percentage points, P {p_value(first.comparison.p_chi2)} (Pearson)"
    return Figure(
        "response",
        title,
        "Of all patients, those who cannot be evaluated included; whiskers: Wilson's 95 % limits of the responders.",
        (panel,),
        height_mm=35.0 + 11.0 * len(labels),
    )


def _response_bars(places: Numbers, hit: Numbers, unknown: Numbers) -> tuple[Bars, ...]:
    """Return the shares of responders, of the others and of those who cannot be evaluated, stacked, a bar a place."""
    edges = (np.zeros(len(hit)), 100 * hit, 100 * (1 - unknown), np.full(len(hit), 100.0))
    kinds = (("treated", 0.8, "response"), ("control", 0.25, "no response"), ("grey", 0.1, "not evaluable"))
    return tuple(
        Bars(places, low, high, width=0.6, colour=colour, fill=fill, label=label, horizontal=True)
        for low, high, (colour, fill, label) in zip(edges, edges[1:], kinds, strict=False)
    )


def spline_figure(name: str, curve: SplineCurve, titles: Titles, column: str) -> Figure | None:
    """Return the ratio over a number with its limits; None where there is no curve."""
    if not curve.x:
        return None
    x, hr, low, high = (np.array(values) for values in (curve.x, curve.hr, curve.low, curve.high))
    within = (low > 0) & (high < 1e3)
    panel = Panel(
        [
            Band(x[within], np.log2(low[within]), np.log2(high[within]), "treated"),
            Line(x, np.log2(hr), "", "treated"),
            Rule(0.0, "y", "", "grey", "solid"),
            *(Rule(knot, "x", "", "grey", "dotted") for knot in curve.knots),
        ],
        capital(title_of(titles, column)),
        f"Hazard ratio against {number(curve.reference, 0)}",
        y_ticks=tuple(range(-4, 5)),
        y_tick_labels=[f"{2.0**k:g}" for k in range(-4, 5)],
        y_range=(-4.0, 4.0),
    )
    bent = curve.tests.nonlinear.p
    overall = curve.tests.overall.p
    finding = (
        "its effect is not a straight line" if exists(bent) and bent < 0.05 else "a bend of its effect is not shown"
    )
    return Figure(
        f"spline-{name}",
        f"{capital(title_of(titles, column))}: {finding}",
        f"Restricted cubic spline in a Cox model, n = {curve.n}; band: 95 % CI; dotted: knots. P of any effect {p_value(overall)}, of a bend {p_value(bent)} (Wald).",
        (panel,),
        width_mm=120.0,
        height_mm=80.0,
    )


def balance_figure(name: str, weighted_comparison: WeightedComparison, titles: Titles) -> Figure:
    """Return the standardised differences before and after weighting (love plot)."""
    rows = [
        (title_of(titles, k), b.before, b.after)
        for k, b in weighted_comparison.balance.items()
        if exists(b.before) and exists(b.after)
    ]
    places = np.arange(len(rows), 0, -1, dtype=float)
    before, after = (np.array([row[k] or 0.0 for row in rows]) for k in (1, 2))
    reach = max(0.3, 1.1 * float(np.abs([*before, *after]).max(initial=0.0)))
    panel = Panel(
        [
            Rule(0.0, "x", "", "grey", "solid"),
            Rule(UNBALANCED, "x"),
            Rule(-UNBALANCED, "x"),
            Marks(before, places, "control", "diamond", label="as they are"),
            Marks(after, places, "treated", "dot", label="weighted"),
        ],
        "standardised difference, treated − control",
        "",
        x_range=(-reach, reach),
        y_range=(0.4, len(rows) + 0.6),
        y_ticks=tuple(places),
        y_tick_labels=[row[0] for row in rows],
    )
    largest = float(np.abs(after).max(initial=0.0))
    return Figure(
        f"balance-{name}",
        f"After weighting no difference exceeds {number(largest, 2)}"
        if largest < UNBALANCED
        else f"Weights leave a difference of {number(largest, 2)}",
        f"Standardised differences of {len(rows)} covariates and levels; dashed: ± {UNBALANCED:g}.",
        (panel,),
        width_mm=140.0,
        height_mm=35.0 + 7.0 * len(rows),
        keys=(("control", "as they are"), ("treated", "weighted")),
    )


def matched_figure(name: str, matched_comparison: MatchedComparison, titles: Titles, *, unit: str) -> Figure:
    """Return ours, ours weighted, and the published arm."""
    curves = {
        "ours": matched_comparison.km.before,
        "ours, weighted": matched_comparison.km.after,
        "outside": matched_comparison.km.outside,
    }
    effect = matched_comparison.model.terms["ours"]
    return km_figure(
        f"matched-{name}",
        curves,
        unit=unit,
        title=f"Ours against {title_of(titles, name)}",
        caption=f"Kaplan–Meier; ours (n = {patients_of(matched_comparison.km.before)}) as they are and weighted to the printed means (effective size {matched_comparison.ess:.1f}); outside: reconstructed from a published curve. Not randomised.",
        colours=None,
        names={key: key for key in curves},
        corner=f"HR {ratio(effect)}",
    )


def safety_figure(safety: AdverseEvents) -> Figure | None:
    """Return adverse events of two arms back to back, any grade and grade 3 or more; None without two arms."""
    arms = list(safety.n)
    terms = safety.terms[:MOST_TERMS]
    if len(arms) != 2 or not terms or not all(safety.n.values()):
        return None
    places = np.arange(len(terms), 0, -1, dtype=float)
    layers: list[Bars | Rule] = [Rule(0.0, "x", "", "ink", "solid")]
    reach = 10.0
    for sign, arm, colour in ((-1.0, arms[0], "treated"), (1.0, arms[1], "control")):
        whole = np.array([100 * t.arms[arm].patients / safety.n[arm] for t in terms])
        severe = np.array([100 * t.arms[arm].grade3 / safety.n[arm] for t in terms])
        reach = max(reach, float(whole.max(initial=0.0)))
        for values, fill, words in ((whole, 0.3, "any grade"), (severe, 0.9, "grade ≥ 3")):
            low, high = np.minimum(sign * values, 0.0), np.maximum(sign * values, 0.0)
            layers.append(
                Bars(places, low, high, width=0.7, colour=colour, fill=fill, label=f"{arm}, {words}", horizontal=True)
            )
    shares = {
        f"{arm}, % (≥ 3)": [
            f"{number(100 * t.arms[arm].patients / safety.n[arm], 0)} ({number(100 * t.arms[arm].grade3 / safety.n[arm], 0)})"
            for t in terms
        ]
        for arm in arms
    }
    panel = Panel(
        layers,
        f"{arms[0]}   ←   share of patients   →   {arms[1]}",
        "",
        x_range=(-1.05 * reach, 1.05 * reach),
        y_range=(0.3, len(terms) + 0.7),
        x_ticks=(0.0,),  # an axis to the left would count per cent below zero; the shares stand beside the bars
        y_ticks=tuple(places),
        y_tick_labels=[term.term for term in terms],
        text_columns=shares,
        legend=True,
    )
    severe_counts = [safety.any[arm].grade3 for arm in arms]
    return Figure(
        "adverse-events",
        f"Grade 3 or more: {severe_counts[0]} of {safety.n[arms[0]]} in {arms[0]}, {severe_counts[1]} of {safety.n[arms[1]]} in {arms[1]}",
        f"Patients with each of the {len(terms)} most frequent adverse events, each once by the worst grade (CTCAE).",
        (panel,),
        height_mm=40.0 + 7.0 * len(terms),
    )
