"""Response as figures: the waterfall of best changes, the changes over time, the endpoint's responses stacked by arm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from yttria.contract.response import (
    CriterionName,
    DoseCurve,
    LesionDoseResponse,
    PatientResponse,
    ResponseAtVisit,
    Word,
)
from yttria.report.text.number_format import MINUS, gy
from yttria.values.document import Band, Bars, Figure, Layer, Line, Panel, Rule

DAYS_PER_MONTH = 30.4375
HIGHEST_PERCENT = 100.0
"""Growth beyond this is cut off in figures, and said in the caption."""
STYLES: Mapping[Word, tuple[str, float]] = {
    "CR": ("category-3", 0.95),
    "PR": ("category-1", 0.6),
    "SD": ("grey", 0.2),
    "non-CR/non-PD": ("grey", 0.35),
    "PD": ("category-2", 0.9),
    "NE": ("grey", 0.0),
}
"""Colour of each word, and how dark its bars are, the same in every figure."""
LIMITS: Mapping[CriterionName, tuple[float, float]] = {"easl": (-50, 25), "mrecist": (-30, 20), "recist11": (-30, 20)}
"""Change from baseline, per cent, of a partial response and (where the baseline is the smallest) of progression."""
Patients = Mapping[str, PatientResponse]


def waterfall_figure(criterion: CriterionName, title: str, patients: Patients, arms: Mapping[str, str]) -> Figure:
    """Return the best change of each patient's sum since baseline, up to the first progression, largest growth first, a panel an arm."""
    changes = {name: change for name, result in patients.items() if (change := best_change(result)) is not None}
    high = min(max([HIGHEST_PERCENT / 4, *changes.values()]), HIGHEST_PERCENT)
    panels = []
    for arm, names in _by_arm(changes, arms):
        order = sorted(names, key=lambda name: -changes[name])
        layers: list[Layer] = [
            Bars(
                np.array([i for i, name in enumerate(order, start=1) if patients[name].best == word], dtype=float),
                *_ends([min(changes[name], HIGHEST_PERCENT) for name in order if patients[name].best == word]),
                width=0.82,
                colour=colour,
                fill=fill,
                label=word,
            )
            for word, (colour, fill) in STYLES.items()
            if any(patients[name].best == word for name in order)
        ]
        panel = _change_panel(criterion, layers, arm, high)
        panels.append(
            replace(
                panel,
                x_label=f"Patients ({len(order)})",
                y_label="Best change since baseline (%)",
                x_range=(0.3, max(len(order), 8) + 0.7),
                x_ticks=(1, *range(5, len(order) + 1, 5)),
            )
        )
    unknown = len(patients) - len(changes)
    return _change_figure(
        panels,
        name=f"waterfall-{criterion}",
        title=f"Best change by {title}",
        caption=f"{title}: best change of the sum of targets since baseline up to the first progression, a bar a patient; fill by best response. Dashed: "
        f"{_limits(criterion)}.{_note_on_unknown(unknown)}{_cut(changes.values())}",
    )


def spider_figure(
    criterion: CriterionName, title: str, patients: Patients, arms: Mapping[str, str], *, baselines: Mapping[str, date]
) -> Figure:
    """Return the change of each patient's sum since baseline over time, a panel an arm."""
    courses = {name: course for name, result in patients.items() if len(course := _course(result, baselines[name])) > 1}
    latest = max((months for course in courses.values() for months, _ in course), default=1.0)
    high = min(max([HIGHEST_PERCENT / 4, *(c for course in courses.values() for _, c in course)]), HIGHEST_PERCENT)
    panels = []
    for arm, names in _by_arm(courses, arms):
        layers: list[Layer] = []
        for name in names:
            x, y = np.array(courses[name]).T
            word = patients[name].best
            layers.append(
                Line(x, np.minimum(y, HIGHEST_PERCENT), label=word, colour=STYLES[word][0], width=1.1,
                     dash="dashed" if word == "PD" else "dotted" if word in ("SD", "NE") else "solid")
            )  # fmt: skip
        panel = _change_panel(criterion, layers, arm, high)
        panels.append(replace(panel, x_range=(0, latest * 1.03)))
    unknown = len(patients) - len(courses)
    return _change_figure(
        panels,
        name=f"spider-{criterion}",
        title=f"Change over time by {title}",
        caption=f"{title}: change of the sum of targets since baseline, a line a patient, by best response (dashed: progression, dotted: stable or not evaluable); visits "
        f"with a target that was not measured are left out.{_note_on_unknown(unknown)}{_cut(c for course in courses.values() for _, c in course)}",
    )


def _change_panel(criterion: CriterionName, layers: Sequence[Layer], arm: str, high: float) -> Panel:
    """Return the panel of an arm's changes since baseline, per cent, with the limits of the criterion as rules."""
    return Panel(
        (*layers, *_rules(criterion)),
        x_label="Months since baseline",
        y_label="Change since baseline (%)",
        y_range=(-105, high + 8),
        y_ticks=_ticks(criterion, high),
        title=arm,
        legend=True,
    )


def _change_figure(panels: Sequence[Panel], *, name: str, title: str, caption: str) -> Figure:
    """Return a figure of the arms' panels side by side."""
    return Figure(
        name=name, title=title, caption=caption, panels=panels, width_mm=178, height_mm=78, columns=len(panels)
    )


def stacked_figure(
    criterion: CriterionName, title: str, at: ResponseAtVisit, arms: Mapping[str, str], *, months: float
) -> Figure:
    """Return the words of index lesions and patients at the endpoint, stacked, a bar an arm."""
    groups = [
        ("All", list(at.patients)),
        *((arm, [n for n in at.patients if arms[n] == arm]) for arm in sorted({a for a in arms.values() if a})),
    ]
    groups = groups[::-1] if len(groups) == 1 else groups[:0:-1]
    panels = []
    for part, heading in (("index", "Index lesion"), ("overall", "Patient")):
        words = [[getattr(at.patients[name], part) for name in names] for _, names in groups]
        layers: list[Layer] = []
        for word, (colour, fill) in STYLES.items():
            counts = [row.count(word) for row in words]
            if not any(counts):
                continue
            before = [sum(row.count(w) for w in _before(word)) for row in words]
            bars = [i for i, count in enumerate(counts) if count]
            low = np.array([before[i] / len(words[i]) for i in bars])
            high = np.array([(before[i] + counts[i]) / len(words[i]) for i in bars])
            texts = [f"{word} {counts[i]}" if high[k] - low[k] > 0.09 else "" for k, i in enumerate(bars)]
            layers.append(
                Bars(
                    np.array(bars, dtype=float),
                    100 * low,
                    100 * high,
                    width=0.62,
                    colour=colour,
                    fill=fill,
                    label=word,
                    horizontal=True,
                    texts=texts,
                )
            )
        panels.append(
            Panel(
                layers,
                x_label="Share of all, NE included (%)",
                y_label="",
                x_range=(0, 100),
                y_range=(-0.6, len(groups) - 0.4),
                x_ticks=(0, 25, 50, 75, 100),
                y_ticks=list(range(len(groups))),
                y_tick_labels=[f"{arm} ({len(names)})" for arm, names in groups],
                title=heading,
                legend=True,
            )
        )
    return Figure(
        name=f"response-{criterion}",
        title=f"Response at {months:g} months by {title}",
        caption=f"{title}, at the visit nearest to {months:g} months: words of the index lesion alone and of the patient, with how many have each.",
        panels=panels,
        width_mm=178,
        height_mm=42 + 9 * len(groups),
        columns=2,
    )


def dose_figure(
    criterion: CriterionName, title: str, lesion_dose_response: LesionDoseResponse, curve: DoseCurve
) -> Figure:
    """Return the fitted share of lesions that respond, with its band, along the dose."""
    dose = np.array(curve.dose_gy)
    layers: list[Layer] = [
        Band(dose, np.array(curve.low), np.array(curve.high), colour="accent"),
        Line(dose, np.array(curve.share), colour="accent"),
    ]
    half = lesion_dose_response.needed[0].dose_gy
    if half is not None and dose[0] <= half <= dose[-1]:
        layers.append(Rule(half, label=f"half respond at {gy(half)} Gy"))
    return Figure(
        name=f"dose-{criterion}",
        title=f"Lesion dose and response by {title}",
        caption=f"{title}, {lesion_dose_response.judged}: share of lesions with CR or PR by absorbed dose, logistic, with 95 % limits over patients ({lesion_dose_response.n} lesions of {lesion_dose_response.patients} patients, {lesion_dose_response.responses} responded).",
        panels=(Panel(layers, "Absorbed dose of the lesion (Gy)", "Lesions that respond", y_range=(0, 1), x_range=(0, float(dose[-1])), y_percent=True),),
        width_mm=110,
        height_mm=66,
    )  # fmt: skip


def best_change(patient_response: PatientResponse) -> float | None:
    """Return the smallest change since baseline, per cent, of visits up to the first progression; None where no sum was measured."""
    until = [
        v
        for v in patient_response.visits
        if patient_response.progressed_on is None or v.date <= patient_response.progressed_on
    ]
    changes = [v.change_from_baseline_percent for v in until if v.change_from_baseline_percent is not None]
    return min(changes, default=None)


def _course(patient_response: PatientResponse, baseline: date) -> list[tuple[float, float]]:
    """Return months and change since baseline, per cent, of each visit with a sum, the baseline first."""
    if not patient_response.baseline:
        return []
    there = [
        (v.date, v.change_from_baseline_percent)
        for v in patient_response.visits
        if v.change_from_baseline_percent is not None
    ]
    return [(0.0, 0.0), *(((date.fromisoformat(d) - baseline).days / DAYS_PER_MONTH, c) for d, c in there)]


def _by_arm(names: Mapping[str, object], arms: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return the patients by arm, sorted; all in one group where there are no arms or more than three."""
    results = sorted({arms[name] for name in names if arms[name]})
    if not 1 <= len(results) <= 3:
        return [("", list(names))]
    without = [name for name in names if not arms[name]]
    groups = [(arm, [name for name in names if arms[name] == arm]) for arm in results]
    return [*groups, *([("no arm", without)] if without else [])]


def _before(word: Word) -> list[Word]:
    order = list(STYLES)
    return order[: order.index(word)]


def _ends(changes: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both ends of bars from zero; one of no height keeps a hair's breadth, so that it is seen."""
    values = np.array([c if abs(c) > 0.6 else 0.6 for c in changes], dtype=np.float64)
    return np.minimum(values, 0), np.maximum(values, 0)


def _rules(criterion: CriterionName) -> list[Layer]:
    shrinks, grows = LIMITS[criterion]
    return [Rule(shrinks, axis="y"), Rule(grows, axis="y"), Rule(0, axis="y", dash="solid")]


def _ticks(criterion: CriterionName, high: float) -> list[float]:
    """Return the ticks of a change, per cent: the criterion's limits among them."""
    shrinks, grows = LIMITS[criterion]
    even = (-75, -25, 50, 75) if criterion == "easl" else (-80, -60, 40, 60, 80)
    return [t for t in sorted({-100, 100, 0, shrinks, grows, *even}) if t <= high + 8]


def _limits(criterion: CriterionName) -> str:
    """Return what the dashed lines are."""
    shrinks, grows = LIMITS[criterion]
    return f"partial response ({MINUS}{-shrinks:g} %) and progression over the baseline (+{grows:g} %)"


def _note_on_unknown(count: int) -> str:
    return f" {count} without a measured change {'is' if count == 1 else 'are'} not drawn." if count else ""


def _cut(changes: Iterable[float]) -> str:
    beyond = sum(change > HIGHEST_PERCENT for change in changes)
    return f" Growth beyond +{HIGHEST_PERCENT:g} % is cut off ({beyond})." if beyond else ""
