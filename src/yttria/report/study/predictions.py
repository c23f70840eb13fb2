"""What models predict on paper: the curve of each described patient, and its survival at the times asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from yttria.contract.study import PredictedCurve, StudyResult, SurvivalRate
from yttria.report.study.column_titles import level_of, title_of
from yttria.report.study.number_format import level_words, rate, reached
from yttria.report.study.survival_figure import DASHES, end_names, survival_panel, tones_of
from yttria.report.text.line_breaks import broken
from yttria.report.text.number_format import number
from yttria.values.document import Band, Block, Cell, Column, Entry, Figure, Layer, Line, Paragraph, Table
from yttria.values.protocol import ModelSpec, Protocol, Word

Titles = Mapping[str, str]
Predictions = Mapping[str, Mapping[str, PredictedCurve] | None]

MOST_CURVES = 6
LEGEND_LETTERS = 90
HALF = 0.5


def prediction_blocks(result: StudyResult, protocol: Protocol, titles: Titles) -> Iterator[Block]:
    """Yield the table of all that models predict, then a figure for each model."""
    results = {name: m.predicted for name, m in result.models.items() if any(m.predicted.values())}
    if not results:
        return
    yield _table(results, protocol, titles)
    for name, patients in results.items():
        curves = {label: curve for _, label, curve in _curves(protocol.models[name], patients, titles)}
        if len(curves) <= MOST_CURVES:
            yield _figure(name, curves, protocol, titles)
        else:
            yield Paragraph(
                f"The {len(curves)} predicted curves of model {title_of(titles, name)} are not drawn: a figure tells no more than {MOST_CURVES} apart; "
                "the table has them all."
            )


def _curves(spec: ModelSpec, patients: Predictions, titles: Titles) -> Iterator[tuple[str, str, PredictedCurve]]:
    """Yield each curve with its patient and what to call it: the stratum too where there are several."""
    for patient, strata in patients.items():
        for stratum, curve in (strata or {}).items():
            yield patient, _called(spec, patient, stratum, titles), curve


def _called(spec: ModelSpec, patient: str, stratum: str, titles: Titles) -> str:
    levels = stratum.split(", ")
    if not spec.strata:
        return patient
    if len(levels) != len(spec.strata):
        return f"{patient}, {stratum}"
    return ", ".join([patient, *(f"{title_of(titles, c)} {v}" for c, v in zip(spec.strata, levels, strict=True))])


def _table(results: Mapping[str, Predictions], protocol: Protocol, titles: Titles) -> Table:
    times, unit = protocol.km.at, protocol.outcome.unit
    after = f" {unit}" if unit else ""
    rows: list[list[Cell]] = []
    ruled = set()
    for name, patients in results.items():
        ruled.add(len(rows))
        rows.append([Entry(f"Model: {title_of(titles, name)}", strong=True), *[""] * (1 + len(times))])
        for patient, label, curve in _curves(protocol.models[name], patients, titles):
            description = _described(protocol.models[name], patient, titles)
            rows.append(
                [Entry(f"   {label}", f"   {description}"), _median(curve), *(rate(_at(curve, t)) for t in times)]
            )
    return Table(
        title=f"Survival that the models predict ({level_words(protocol.km.level)})",
        columns=[
            Column("", share=2.2),
            Column(f"Median,{after}" if unit else "Median", share=1.3),
            *(Column(f"At {number(t, 0 if float(t).is_integer() else 1)}{after}, %", share=1.3) for t in times),
        ],
        rows=rows,
        notes=(
            "exp(−H(t)) of the fitted Cox model for a patient as described; limits on the log scale; NR: not reached.",
            "—: nobody of the stratum is followed then.",
        ),
        ruled=frozenset(ruled),
    )


def _described(spec: ModelSpec, patient: str, titles: Titles) -> str:
    facts = spec.predict[patient]
    if not facts:
        return "covariates zero, reference levels"
    return ", ".join(f"{title_of(titles, column)} {_fact(titles, column, value)}" for column, value in facts.items())


def _fact(titles: Titles, column: str, value: Word) -> str:
    return level_of(titles, column, value) if isinstance(value, str) else f"{value:g}"


def _at(curve: PredictedCurve, time: float) -> SurvivalRate:
    """Return a predicted survival at a time with its limits: 1 before the first event, nobody at risk after the last time."""
    place = int(np.searchsorted(np.asarray(curve.time), time, side="right")) - 1
    followed = 1 if time <= curve.time[-1] else 0
    survival, low, high = (1.0 if place < 0 else column[place] for column in (curve.survival, curve.low, curve.high))
    return SurvivalRate(time=time, at_risk=followed, survival=survival or 0.0, std_err=None, low=low, high=high)


def _median(curve: PredictedCurve) -> str:
    """Return when the curve, and each of its limits, first lies at one half or below."""
    return reached(*(_first(curve.time, column) for column in (curve.survival, curve.low, curve.high)))


def _first(time: Sequence[float], survival: Sequence[float | None]) -> float | None:
    below = np.flatnonzero(np.asarray(survival, dtype=np.float64) <= HALF)
    return float(time[below[0]]) if len(below) else None


def _figure(name: str, curves: Mapping[str, PredictedCurve], protocol: Protocol, titles: Titles) -> Figure:
    unit = protocol.outcome.unit
    last = max(float(curve.time[-1]) for curve in curves.values())
    layers: list[Layer] = []
    ends, tones = end_names(list(curves)), tones_of(list(curves))
    legend = len(curves) > 1 and not all(ends.values())
    if legend:
        ends = {label: "\n".join(broken(label, LEGEND_LETTERS)) for label in curves}
    for i, (label, curve) in enumerate(curves.items()):
        x = np.concatenate([[0.0], curve.time])
        y, low, high = (
            np.concatenate([[1.0], np.asarray(column, dtype=np.float64)])
            for column in (curve.survival, curve.low, curve.high)
        )
        tone = tones[label]
        finite = np.isfinite(low) & np.isfinite(high)
        layers += [
            Band(x[finite], low[finite], high[finite], tone, step=True),
            Line(x, y, ends[label] if len(curves) > 1 else "", tone, DASHES[i % len(DASHES)], step=True),
        ]
    panel = replace(survival_panel(layers, unit, last), y_label="Predicted survival", legend=legend)
    who = "; ".join(
        f"{patient}: {_described(protocol.models[name], patient, titles)}" for patient in protocol.models[name].predict
    )
    return Figure(
        f"predicted-{name}",
        f"Survival that model {title_of(titles, name)} predicts",
        f"Curves of the fitted Cox model for patients as described, not of observed patients; bands: {level_words(protocol.km.level)}. {who}.",
        (panel,),
        width_mm=170,
        height_mm=78,
    )
