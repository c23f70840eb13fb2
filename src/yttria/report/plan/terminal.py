"""A plan on a terminal: verdict, findings, lesions and the options side by side in 80 columns of plain text."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from yttria.report.plan.lesion_table import probability_percent
from yttria.report.plan.verdict import verdict
from yttria.report.plan.vocabulary import REPORT_NOTES, is_body_surface, role_words
from yttria.report.plan.volumes_table import pair_doses, pair_way, uptake_pairs
from yttria.report.text import number_format
from yttria.report.text.capitals import capital
from yttria.report.text.findings import first_words
from yttria.values.patient import Result
from yttria.values.plan import Lesion, Option

NAMES = ("TD", "TD_all", "PLD", "NPLD", "WNLD", "WLD", "LD")
LABEL_WIDTH, CELL_WIDTH, PAGE_WIDTH = 16, 11, 80
SHORT = {"probability": "probable"}
LESION_WIDTHS = (6, 7, 5, 6, 6, 6, 8, 5, 6)
BLURRED_DOSES = ("TD", "NPLD", "WNLD")
"""Doses that are judged and that blur moves: by the other convention on a line of their own."""


def plan_lines(result: Result) -> Iterator[str]:
    """Return the lines that a person reads first: what to give, every finding, the table of options.

    The recommended option carries a star, and none does where nothing is advised; a dose beyond a limit carries a cross. Notes, which ask
    for no action, are folded to their first words, or counted where what they speak of is shown: the answer and the report hold them in full.
    """
    for heading, text in verdict(result).lines:
        yield from _wrapped(f"{heading}: {text}")
    yield ""
    yield from _findings(result)
    yield ""
    yield from _lesions(result)
    yield from _uptake(result)
    options = result.plan.options
    yield _row(
        "",
        [("* " if o.approach == result.plan.recommended else "") + _short(o) for o in options],
    )
    yield _row("activity (GBq)", [number_format.gbq(o.activity_bq) for o in options])
    for injection in result.patient_case.injections:
        if any(injection.name in o.activities_bq for o in options):
            activities = [o.activities_bq.get(injection.name) for o in options]
            yield _row(
                _cut(f"- {injection.name}"),
                [number_format.DASH if g is None else number_format.gbq(g) for g in activities],
            )
    for name in NAMES:
        if any(name in o.doses_gy for o in options):
            yield _row(f"{name} (Gy)", [_dose(o, name) for o in options])
            if name in BLURRED_DOSES and any(o.corrected_gy for o in options):
                yield _row(_other_label(options), [_other_convention(o, name) for o in options])
    yield _row("held by", [_binding_limit(o) for o in options])
    yield from _window(result)


def _findings(result: Result) -> Iterator[str]:
    """Return stops and warnings in full, notes by their first words; those on what stands beneath are counted."""
    folded = [f for f in result.findings if f.level == "note" and f.code in REPORT_NOTES]
    for finding in result.findings:
        if finding not in folded:
            message = first_words(finding.message) if finding.level == "note" else finding.message
            yield from _wrapped(f"{finding.level}: {message}")
    if folded:
        yield f"note: {len(folded)} more on what is shown beneath; the report and --json have them in full"


def _short(option: Option) -> str:
    """Return an option's name as it fits its column."""
    return "BSA" if is_body_surface(option) else SHORT.get(option.approach, option.approach)


def _wrapped(text: str) -> Iterator[str]:
    """Return a text in lines of the page's width, further ones indented; what is to be pasted keeps its lines."""
    first, *rest = text.split("\n")
    yield from wrap(first, PAGE_WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) or [""]
    yield from rest


def _lesions(result: Result) -> Iterator[str]:
    """Return a line a lesion: what it is, its dose, whether it reaches its aim."""
    lesions = result.plan.lesions
    if not lesions:
        return
    heads = ("mL", "act %", "T/N", "Gy", "D95", "D70", "V205 %", "aim", "P %")
    yield f"{'lesion':<{LABEL_WIDTH}}" + "".join(f"{h:>{w}}" for h, w in zip(heads, LESION_WIDTHS, strict=True))
    for lesion in lesions:
        cells = (
            number_format.ml(lesion.ml),
            _of(lesion.activity_share, 100, 1),
            _of(lesion.tumour_to_normal, 1, 1),
            number_format.gy(lesion.dose_gy),
            number_format.gy(lesion.d95_gy),
            number_format.gy(lesion.d70_gy),
            _of(lesion.v205, 100, 0),
            number_format.gy(lesion.aim_gy),
            probability_percent(lesion.aim_probability),
        )
        row = "".join(f"{c:>{w}}" for c, w in zip(cells, LESION_WIDTHS, strict=True))
        index = ", index" if lesion.role == result.absorbed.index else ""
        yield f"{capital(role_words(lesion.role)) + index:<{LABEL_WIDTH}}{row}  {_met(lesion)}"
        yield from _wrapped(f"  {lesion.name}" + _cold(lesion))
    yield ""


def _of(value: float | None, times: float, decimals: int) -> str:
    return number_format.number(None if value is None else value * times, decimals)


def _met(lesion: Lesion) -> str:
    if not lesion.treated:
        return "✗ none"
    return "" if lesion.aim_gy is None else "✗ below" if lesion.below_aim else "✓ met"


def _cold(lesion: Lesion) -> str:
    untreated = "" if lesion.treated else ": not treated, no perfused volume reaches it"
    recovered = (
        "" if lesion.recovered_gy is None else f"; {number_format.gy(lesion.recovered_gy)} Gy corrected for blur"
    )
    cold = f"; cold part {number_format.ml(lesion.cold_ml)} mL" if lesion.cold_ml > 0 else ""
    return f"{untreated}{recovered}{cold}"


def _uptake(result: Result) -> Iterator[str]:
    """Return uptake and shares of counts, and the lung dose by each pair of shunt and mass, the judging one starred."""
    for heading, text in uptake_pairs(result):
        yield from _wrapped(f"{heading}: {text}")
    absorbed = result.absorbed
    if absorbed.lungs is None or absorbed.injections or "LD" in result.plan.shown.unknown_doses:
        yield ""
        return
    for name, dose in pair_doses(absorbed.lungs, result, result.plan.shown.activity_bq).items():
        pair, star = absorbed.lungs.pairs[name], "*" if name == absorbed.lungs.judged else " "
        shunt = f"{number_format.percent(pair.fraction)} in {number_format.gram(pair.lung_mass_g)} g"
        words = "  judges" if star == "*" else ""
        yield f"{star} lungs by {pair_way(name):<18}{shunt:>20}{number_format.gy(dose):>8} Gy{words}"
    yield ""


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


def _other_label(options: Sequence[Option]) -> str:
    return "  as seen" if any(o.uncorrected_gy for o in options) else "  corrected"


def _other_convention(option: Option, name: str) -> str:
    """Return the dose by the convention that does not judge."""
    return number_format.gy((option.uncorrected_gy or option.corrected_gy).get(name))


def _row(label: str, cells: Sequence[str]) -> str:
    width = min(CELL_WIDTH, (PAGE_WIDTH - LABEL_WIDTH) // max(len(cells), 1))
    return f"{label:<{LABEL_WIDTH}}" + "".join(f"{c:>{width}}" for c in cells)


def _binding_limit(option: Option) -> str:
    broken = sum(not c.holds for c in option.checks)
    if broken:
        return f"✗ breaks {broken}"
    checks = (
        f"{c.limit.volume} ≤ {number_format.gy(c.limit.limit_gy)}"
        for c in option.checks
        if c.limit.name == option.binding
    )
    return next(checks, number_format.DASH)


def _dose(option: Option, name: str) -> str:
    if name in option.unknown_doses:
        return "unknown"
    broken = any(c.limit.volume == name and not c.holds for c in option.checks)
    return ("✗ " if broken else "") + number_format.gy(option.doses_gy.get(name))
