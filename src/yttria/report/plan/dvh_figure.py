"""A plan's dose-volume histograms as data: tumours beside normal liver, limits and aims drawn."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from yttria.report.plan.vocabulary import option_title, role_words
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import gbq, gy
from yttria.values.document import Figure, Layer, Line, Panel, Rule
from yttria.values.patient import Result
from yttria.values.plan import Option
from yttria.values.units import Share

SAMPLES = 400
MOST_LESIONS = 4
MARKS: tuple[Literal["dot", "square", "diamond", "triangle"], ...] = ("dot", "square", "diamond", "triangle")
SHARES = (0, 20, 40, 60, 80, 100)


def dvh_figure(result: Result) -> Figure:
    """Return the DVHs of the option that the plan shows (solid) beside the standard one (dashed)."""
    plan = result.plan
    chosen = plan.shown
    standard = next((o for o in plan.options if o.approach == "SDA" and o is not chosen and o.dvh), None)
    lesions, left_out = figure_lesions(result.absorbed.index, chosen)
    tumours = [dvh_panel("Tumours", lesions, chosen, standard, aim_rules(chosen))] if lesions else []
    normal = ("normal-perfused", "normal-liver")
    right = dvh_panel("Normal liver", normal, chosen, standard, limit_rules(chosen, ("NPLD", "WNLD")))
    against = f"; dashed: {standard.approach}, {gbq(standard.activity_bq)} GBq" if standard else ""
    missing = f" {left_out} smaller lesions are not drawn." if left_out else "" if lesions else " No tumour is drawn."
    return Figure(
        name="dvh",
        title="Dose-volume histograms",
        caption="Cumulative, from every voxel by its share of the volume, neither interpolated nor binned. "
        f"Solid: {option_title(plan)}, {gbq(chosen.activity_bq)} GBq{against}. Symbols: means, of which aims and limits (upright) "
        f"speak.{missing}",
        panels=(*tumours, right),
        width_mm=178,
        height_mm=53,
    )


def figure_lesions(index: str, option: Option) -> tuple[Sequence[str], int]:
    """Return the lesions to draw, the index first, then by size, and how many are left out."""
    lesions = sorted((r for r in option.dvh if r.startswith("tumour-")), key=lambda r: (r != index, -option.dvh[r].ml))
    return (lesions[:MOST_LESIONS], max(0, len(lesions) - MOST_LESIONS))


def dvh_panel(
    title: str, roles: Sequence[str], chosen: Option, standard: Option | None, rules: Sequence[Rule]
) -> Panel:
    """Return the DVHs of some roles: one option solid, another dashed."""
    roles_with_dvh = [r for r in roles if r in chosen.dvh]
    highest = [
        float(o.dvh[r].dose_covering(Share(0.01)))
        for o in (chosen, standard)
        if o
        for r in roles_with_dvh
        if r in o.dvh
    ]
    end, step = _axis(max([*highest, *(r.at * 1.05 for r in rules), 10.0]))
    layers: list[Layer] = list(rules)
    if standard is not None:
        layers += _lines(standard, [r for r in roles_with_dvh if r in standard.dvh], end, dashed=True)
    layers += _lines(chosen, roles_with_dvh, end, dashed=False)
    return Panel(
        layers=layers,
        x_label="Absorbed dose, Gy",
        y_label="Share of the volume, %",
        x_range=(0.0, end),
        y_range=(0.0, 100.0),
        x_ticks=list(np.arange(0, end + step / 2, step)),
        y_ticks=SHARES,
        title=title,
        legend=True,
    )


def _lines(option: Option, roles: Sequence[str], end: float, *, dashed: bool) -> Iterator[Line]:
    dose = np.linspace(0, end, SAMPLES)
    for number, role in enumerate(roles):
        dvh = option.dvh[role]
        share = 100 * dvh.curve(dose)
        if dashed:
            yield Line(dose, share, colour=role, dash="dashed", width=0.9)
            continue
        label = f"{capital(role_words(role))}, mean {gy(dvh.mean)} Gy"
        width = max(1.7 - 0.4 * number, 0.8)
        yield Line(
            dose, share, label=label, colour=role, width=width, mark=MARKS[number % len(MARKS)], mark_at=dvh.mean
        )


def _axis(most: float) -> tuple[float, float]:
    """Return the end of a dose axis and its tick distance: whole steps, at most eight."""
    for step in (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000):
        if most / step <= 8:
            return float(np.ceil(most / step) * step), float(step)
    return float(most), float(most / 5)


def aim_rules(option: Option) -> list[Rule]:
    """Return upright lines at the aim and the wish of an option that pursues a tumour dose."""
    aim = option.aim
    if aim is None or not aim.volume.startswith("TD"):
        return []
    rules = [Rule(aim.dose_gy, label=f"aim {gy(aim.dose_gy)}", colour="tumour", dash="dashdot")]
    return rules + (
        [Rule(aim.wished_gy, label=f"wish {gy(aim.wished_gy)}", colour="tumour", dash="dotted")]
        if aim.wished_gy
        else []
    )


def limit_rules(option: Option, names: Sequence[str]) -> list[Rule]:
    """Return upright lines at the limits of the named doses."""
    colours = {"NPLD": "normal-perfused", "WNLD": "normal-liver"}
    return [
        Rule(
            c.limit.limit_gy,
            label=f"{c.limit.volume} ≤ {gy(c.limit.limit_gy)}",
            colour=colours[c.limit.volume],
            dash="dashdot",
        )
        for c in option.checks
        if c.limit.volume in names
    ]
