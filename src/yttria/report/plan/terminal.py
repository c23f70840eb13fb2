"""A plan on a terminal: verdict, findings and the options side by side in 80 columns of plain text."""

from collections.abc import Iterator, Sequence

from yttria.report.plan.verdict import verdict
from yttria.report.text import number_format
from yttria.values.patient import Result
from yttria.values.treatment import Option

NAMES = ("TD", "TD_all", "PLD", "NPLD", "WNLD", "WLD", "LD")
LABEL_WIDTH, CELL_WIDTH = 16, 11


def plan_lines(result: Result) -> Iterator[str]:
    """Return the lines that a person reads first: what to give, every doubt, the table of options.

    The recommended option carries a star, and none does where nothing is advised; a dose beyond a limit carries a cross.
    """
    yield from (f"{heading}: {text}" for heading, text in verdict(result).lines)
    yield ""
    for finding in result.findings:
        yield f"{finding.level}: {finding.message}"
    yield ""
    options = result.plan.options
    yield _row("", [("* " if o.approach == result.plan.recommended else "") + o.approach for o in options])
    yield _row("activity (GBq)", [number_format.gbq(o.activity_bq) for o in options])
    for name in NAMES:
        if any(name in o.doses_gy for o in options):
            yield _row(f"{name} (Gy)", [_dose(o, name) for o in options])
    yield _row("held by", [_held(o) for o in options])


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{LABEL_WIDTH}}" + "".join(f"{c:>{CELL_WIDTH}}" for c in cells)


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
