"""A plan's dose-volume histograms as data: tumours beside normal liver, limits and aims drawn."""

from collections.abc import Iterator, Sequence

import numpy as np

from yttria.report.number import gbq, gy
from yttria.report.words import role_words, sentence
from yttria.values.document import Figure, Layer, Line, Panel, Rule
from yttria.values.patient import Result
from yttria.values.treatment import Option
from yttria.values.units import Share

SAMPLES = 400
SHARES = (0, 20, 40, 60, 80, 100)


def dvh_figure(result: Result) -> Figure:
    """Return the DVHs of the recommended option (solid) beside the standard one (dashed)."""
    plan = result.plan
    chosen = plan.option(plan.recommended)
    standard = next((o for o in plan.options if o.approach == "SDA" and o is not chosen and o.dvh), None)
    index = result.absorbed.index
    tumours = [r for r in chosen.dvh if r.startswith("tumour-")] or ["tumour"]
    left = _panel("Tumours", [index, *(r for r in tumours if r != index)], chosen, standard, _aim_rules(chosen))
    right = _panel(
        "Normal liver", ["normal-perfused", "normal-liver"], chosen, standard, _limit_rules(chosen, ("NPLD", "WNLD"))
    )
    against = f"; dashed: {standard.approach}, {gbq(standard.activity_bq)} GBq" if standard else ""
    return Figure(
        name="dvh",
        title="Dose-volume histograms",
        caption=f"Cumulative, from every voxel of the emission grid by its share of the volume, nothing interpolated or binned. "
        f"Solid: {chosen.approach}, {gbq(chosen.activity_bq)} GBq{against}. Upright lines: aims and limits, which speak of mean doses.",
        panels=(left, right),
        height_mm=66,
    )


def _panel(title: str, roles: Sequence[str], chosen: Option, standard: Option | None, rules: Sequence[Rule]) -> Panel:
    drawn = [r for r in roles if r in chosen.dvh]
    most = max([float(chosen.dvh[r].dose_covering(Share(0.01))) for r in drawn] + [r.at for r in rules] + [10.0])
    end, step = _axis(most)
    layers: list[Layer] = list(rules)
    for option, dash in ((standard, "dashed"), (chosen, "solid")):
        if option is not None:
            layers += _lines(option, [r for r in drawn if r in option.dvh], end, dashed=dash == "dashed")
    return Panel(
        layers=layers,
        x_label="Absorbed dose, Gy",
        y_label="Share of the volume, %",
        x_range=(0.0, end),
        y_range=(0.0, 100.0),
        x_ticks=list(np.arange(0, end + step / 2, step)),
        y_ticks=SHARES,
        title=title,
    )


def _lines(option: Option, roles: Sequence[str], end: float, *, dashed: bool) -> Iterator[Line]:
    dose = np.linspace(0, end, SAMPLES)
    for number, role in enumerate(roles):
        share = 100 * option.dvh[role].curve(dose)
        label = "" if dashed else sentence(role_words(role))
        yield Line(
            dose,
            share,
            label=label,
            colour=role,
            dash="dashed" if dashed else "solid",
            width=1.0 if dashed else max(1.8 - 0.4 * number, 0.9),
        )


def _axis(most: float) -> tuple[float, float]:
    """Return the end of a dose axis and its tick distance: whole steps, at most eight."""
    for step in (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000):
        if most / step <= 8:
            return float(np.ceil(most / step) * step), float(step)
    return float(most), float(most / 5)


def _aim_rules(option: Option) -> list[Rule]:
    aim = option.aim
    if aim is None or not aim.volume.startswith("TD"):
        return []
    rules = [Rule(aim.dose_gy, label=f"aim {gy(aim.dose_gy)}", colour="tumour", dash="dashdot")]
    return rules + (
        [Rule(aim.wished_gy, label=f"wish {gy(aim.wished_gy)}", colour="tumour", dash="dotted")]
        if aim.wished_gy
        else []
    )


def _limit_rules(option: Option, names: Sequence[str]) -> list[Rule]:
    colours = {"NPLD": "normal-perfused", "WNLD": "normal-liver"}
    return [
        Rule(
            c.limit.limit_gy,
            label=f"limit {c.limit.volume} {gy(c.limit.limit_gy)}",
            colour=colours[c.limit.volume],
            dash="dashdot",
        )
        for c in option.checks
        if c.limit.volume in names
    ]
