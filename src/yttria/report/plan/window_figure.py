"""The window along activity as data: how probable aim and limits are, what is wanted and what is forbidden; the same as a table."""

from collections.abc import Iterator, Sequence

import numpy as np

from yttria.report.plan.vocabulary import option_title, volume_of
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, gbq, gy, number
from yttria.values.aims_limits import Aim
from yttria.values.document import Block, Cell, Column, Entry, Figure, Line, Panel, Rule, Table
from yttria.values.patient import Result
from yttria.values.plan import ActivityWindow, WindowMark
from yttria.values.units import BQ_PER_GBQ

COLUMNS = ("TD", "NPLD", "WNLD", "LD")
TICKS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
PERCENT = (0, 20, 40, 60, 80, 100)
COLOURS = {"NPLD": "normal-perfused", "WNLD": "normal-liver", "PLD": "perfused", "WLD": "liver", "LD": "lungs"}


def window_blocks(result: Result) -> Sequence[Block]:
    """Return the window as a figure and a table; nothing where the plan has none."""
    window = result.plan.window
    return () if window is None else (window_figure(result, window), window_table(result, window))


def window_figure(result: Result, window: ActivityWindow) -> Figure:
    """Return the probabilities of aim and limits along the activity, with upright lines at what is wanted, standard and forbidden."""
    gbq_axis = np.asarray(window.activity_bq) / BQ_PER_GBQ
    plan, aim = result.plan, _pursued(result)
    chosen = plan.shown
    curves = [
        Line(gbq_axis, 100 * np.asarray(window.reached), label=_aim_words(aim), colour="tumour", width=1.4),
        Line(
            gbq_axis,
            100 * np.asarray(window.within_limits),
            label="every limit kept",
            colour="normal-liver",
            dash="dashed",
        ),
        Line(gbq_axis, 100 * np.asarray(window.joint), label="both", colour="ink", dash="dotted", width=1.7),
    ]
    end = float(gbq_axis[-1])
    marks = [m for m in window.marks if m.activity_bq <= window.activity_bq[-1]]
    beyond = [f"{_words(m)} at {gbq(m.activity_bq)}{NBSP}GBq" for m in window.marks if m not in marks]
    advised = Rule(chosen.activity_bq / BQ_PER_GBQ, label=option_title(plan), colour="ink", dash="solid")
    rules = [_rule(m, result) for m in marks if abs(m.activity_bq / chosen.activity_bq - 1) > 1e-6]
    step = next((t for t in TICKS if end / t <= 9), TICKS[-1])
    panel = Panel(
        layers=[*rules, *([advised] if chosen.activity_bq <= window.activity_bq[-1] else []), *curves],
        x_label="Administered activity, GBq",
        y_label="Probability, %",
        x_range=(0.0, end),
        y_range=(0.0, 100.0),
        x_ticks=list(np.arange(0.0, end, step)),
        y_ticks=PERCENT,
        legend=True,
    )
    further = f" Beyond the axis: {'; '.join(beyond)}." if beyond else ""
    return Figure(
        name="window",
        title="The window along activity",
        caption="From the uncertainty budget as one joint normal distribution in which shared errors (activity, shunt, contours, blur) are "
        f"shared; of the doses as they are judged. Upright: what is wanted, standard and forbidden.{further}",
        panels=(panel,),
        width_mm=178,
        height_mm=54,
    )


def window_table(result: Result, window: ActivityWindow) -> Table:
    """Return what lies on the axis with the doses there, ascending; the advised activity among it, and why it is that."""
    plan, chosen = result.plan, result.plan.shown
    names = [n for n in COLUMNS if n in result.absorbed.doses_gy]
    mine = WindowMark(option_title(plan), chosen.activity_bq, _met_at(window, chosen.activity_bq))
    marks = sorted([*window.marks, mine], key=lambda m: (m.activity_bq, m is not mine))
    rows = [_row(m, names, result, chosen=m is mine) for m in marks]
    columns = [
        Column("On the axis", share=1.8),
        Column("GBq", align="decimal"),
        *(Column(f"{n}, Gy", align="decimal") for n in names),
        Column("Aim and limits met, %", align="decimal"),
    ]
    notes = tuple(_notes(result))
    return Table("", columns, rows, notes=notes, emphasised=frozenset({marks.index(mine)}))


def _row(mark: WindowMark, names: Sequence[str], result: Result, *, chosen: bool) -> Sequence[Cell]:
    absorbed = result.absorbed
    doses: list[Cell] = [gy(absorbed.doses_gy[n] * mark.activity_bq / absorbed.activity_bq) for n in names]
    text = f"{'Advised' if result.plan.advised else 'Nearest to its aim'}: {mark.at}" if chosen else _words(mark)
    probable = DASH if mark.probability != mark.probability else number(100 * mark.probability, 0)
    return [Entry(text, strong=chosen), gbq(mark.activity_bq), *doses, probable]


def _notes(result: Result) -> Iterator[str]:
    chosen, aim = result.plan.shown, _pursued(result)
    if aim is not None:
        yield f"Aim and limits met: {_aim_words(aim)} and every limit kept at that activity, at once."
    if chosen.note:
        yield f"{chosen.approach}: {chosen.note}."
    if chosen.probability is not None and chosen.probability.limits:
        limits = ", ".join(f"{name} {number(100 * p, 0)}{NBSP}%" for name, p in chosen.probability.limits.items())
        yield f"Each limit by itself is kept at the {chosen.approach} activity with: {limits}."


def _pursued(result: Result) -> Aim | None:
    """Return the aim that the window's probabilities speak of."""
    aims = {o.approach: o.aim for o in result.plan.options if o.aim is not None}
    return aims.get("PDA") or aims.get("PDA-PLD") or aims.get("SDA")


def _aim_words(aim: Aim | None) -> str:
    return "no aim" if aim is None else f"{aim.volume} ≥ {gy(aim.dose_gy)}{NBSP}Gy"


def _met_at(window: ActivityWindow, activity_bq: float) -> float:
    """Return the probability that the plan's aim is reached and every limit kept, as the curve of both has it there."""
    return float(np.interp(activity_bq, window.activity_bq, window.joint, right=np.nan))


def _words(mark: WindowMark) -> str:
    """Return a mark in words: "TD 205" is index lesion 205 Gy, "limit:lung" the limit named lung."""
    if mark.at.startswith("limit:"):
        return f"Limit {mark.at.removeprefix('limit:')}"
    name, _, dose = mark.at.rpartition(" ")
    return f"{capital(volume_of(name))} {dose}{NBSP}Gy" if name else capital(mark.at) if mark.at == "label" else mark.at


def _rule(mark: WindowMark, result: Result) -> Rule:
    if mark.at.startswith("limit:"):
        name = mark.at.removeprefix("limit:")
        volume = next((c.limit.volume for o in result.plan.options for c in o.checks if c.limit.name == name), "")
        return Rule(
            mark.activity_bq / BQ_PER_GBQ, label=f"≤ {name}", colour=COLOURS.get(volume, "grey"), dash="dashdot"
        )
    tumour = mark.at.startswith("TD")
    return Rule(mark.activity_bq / BQ_PER_GBQ, label=mark.at, colour="tumour" if tumour else "grey", dash="dashed")
