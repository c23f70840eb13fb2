"""A plan on a terminal: verdict, findings and the options side by side in 80 columns of plain text."""

from collections.abc import Iterator, Sequence

from yttria.report.plan.verdict import verdict
from yttria.report.text import number_format
from yttria.report.text.findings import first_words
from yttria.values.patient import Result
from yttria.values.plan import Option

NAMES = ("TD", "TD_all", "PLD", "NPLD", "WNLD", "WLD", "LD")
LABEL_WIDTH, CELL_WIDTH, PAGE_WIDTH = 16, 11, 80
SHORT = {"probability": "probable"}
BESIDE = ("TD", "NPLD", "WNLD")
"""Doses that are judged and that blur moves: by the other convention on a line of their own."""


def plan_lines(result: Result) -> Iterator[str]:
    """Return the lines that a person reads first: what to give, every finding, the table of options.

    The recommended option carries a star, and none does where nothing is advised; a dose beyond a limit carries a cross. Notes, which ask
    for no action, are folded to their first words: the answer and the report hold them in full.
    """
    yield from (f"{heading}: {text}" for heading, text in verdict(result).lines)
    yield ""
    for finding in result.findings:
        yield f"{finding.level}: {first_words(finding.message) if finding.level == 'note' else finding.message}"
    yield ""
    options = result.plan.options
    yield _row(
        "",
        [("* " if o.approach == result.plan.recommended else "") + SHORT.get(o.approach, o.approach) for o in options],
    )
    yield _row("activity (GBq)", [number_format.gbq(o.activity_bq) for o in options])
    for injection in result.patient_case.injections:
        if any(injection.name in o.activities_bq for o in options):
            given = [o.activities_bq.get(injection.name) for o in options]
            yield _row(
                _cut(f"- {injection.name}"), [number_format.DASH if g is None else number_format.gbq(g) for g in given]
            )
    for name in NAMES:
        if any(name in o.doses_gy for o in options):
            yield _row(f"{name} (Gy)", [_dose(o, name) for o in options])
            if name in BESIDE and any(o.corrected_gy for o in options):
                yield _row(_beside_label(options), [_beside(o, name) for o in options])
    yield _row("held by", [_held(o) for o in options])
    yield from _window(result)


def _window(result: Result) -> Iterator[str]:
    """Return the activity axis: a line a mark with the probability that aim and limits are met there."""
    plan = result.plan
    if plan.window is None:
        return
    yield ""
    yield f"{'along activity':<{LABEL_WIDTH}}{'GBq':>{CELL_WIDTH}}{'aim and limits met':>22}"
    mine = f"> {number_format.gbq(plan.shown.activity_bq)} GBq {plan.first}"
    before = True
    for mark in plan.window.marks:
        if before and mark.activity_bq > plan.shown.activity_bq * (1 + 1e-9):
            yield mine
            before = False
        name = mark.at.replace("limit:", "limit ")
        yield f"{name:<{LABEL_WIDTH + 8}}{number_format.gbq(mark.activity_bq):>{CELL_WIDTH - 8}}{number_format.percent(mark.probability):>22}"
    if before:
        yield mine


def _cut(text: str) -> str:
    return text if len(text) < LABEL_WIDTH else f"{text[: LABEL_WIDTH - 2]}…"


def _beside_label(options: Sequence[Option]) -> str:
    return "  as seen" if any(o.uncorrected_gy for o in options) else "  corrected"


def _beside(option: Option, name: str) -> str:
    """Return the dose by the convention that does not judge."""
    return number_format.gy((option.uncorrected_gy or option.corrected_gy).get(name))


def _row(label: str, cells: Sequence[str]) -> str:
    width = min(CELL_WIDTH, (PAGE_WIDTH - LABEL_WIDTH) // max(len(cells), 1))
    return f"{label:<{LABEL_WIDTH}}" + "".join(f"{c:>{width}}" for c in cells)


def _held(option: Option) -> str:
    broken = sum(not c.holds for c in option.checks)
    if broken:
        return f"✗ breaks {broken}"
    held = (
        f"{c.limit.volume} ≤ {number_format.gy(c.limit.limit_gy)}"
        for c in option.checks
        if c.limit.name == option.binding
    )
    return next(held, number_format.DASH)


def _dose(option: Option, name: str) -> str:
    broken = any(c.limit.volume == name and not c.holds for c in option.checks)
    return ("✗ " if broken else "") + number_format.gy(option.doses_gy.get(name))
