"""Every lesion by the option that a plan shows: size, uptake, dose, aim, and whether it reaches it; in words for the verdict."""

from collections.abc import Iterator, Sequence

from yttria.report.plan.vocabulary import option_title, role_words
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, gbq, gy, gy_range, ml, number, percent
from yttria.values.document import Block, Cell, Column, Entry, Table
from yttria.values.patient import Result
from yttria.values.plan import Lesion

NEARLY_ALL, NEARLY_NONE = 99.0, 1.0
"""Beyond these a probability in whole per cent could be printed as certain or impossible."""


def lesion_blocks(result: Result) -> Sequence[Block]:
    """Return the table of lesions; nothing where none is drawn."""
    return (_lesions(result),) if result.plan.lesions else ()


def lesion_name(lesion: Lesion) -> str:
    """Return a lesion by its number and as it is drawn: lesion 2 (Tumour 2)."""
    return f"{role_words(lesion.role)} ({lesion.name})"


def lesions_in_words(result: Result) -> str:
    """Return the coldest lesion, and how many stay below their aim or are not treated; empty without a lesion."""
    lesions, coldest = result.plan.lesions, result.plan.coldest
    if not lesions:
        return ""
    if coldest is None:
        return "None of the lesions drawn is treated"
    untreated = [x for x in lesions if not x.treated]
    parts = [_coldest(coldest, result), _below(lesions)]
    if untreated:
        parts.append(f"not treated: {', '.join(lesion_name(x) for x in untreated)}")
    if cold := [x for x in lesions if x.cold_ml > 0]:
        parts.append(f"with a cold part: {', '.join(lesion_name(x) for x in cold)}")
    return "; ".join(parts)


def _coldest(lesion: Lesion, result: Result) -> str:
    interval = _interval(lesion, result)
    recovered = f", {gy(lesion.recovered_gy)}{NBSP}Gy with blur undone" if lesion.recovered_gy is not None else ""
    dose = f"{gy(lesion.dose_gy)}{NBSP}Gy{f' ({interval})' if interval else ''}{recovered}"
    if len(result.plan.lesions) == 1:
        return f"The only one, {lesion_name(lesion)}, {dose}"
    return f"Coldest {lesion_name(lesion)}, {dose}"


def _below(lesions: Sequence[Lesion]) -> str:
    aims = sorted({x.aim_gy for x in lesions if x.aim_gy is not None})
    if not aims:
        return "no aim for lesions here"
    aim = f"the aim of {' and '.join(gy(a) for a in aims)}{NBSP}Gy"
    below, many = [x for x in lesions if x.below_aim], len(lesions)
    alone = [x for x in below if x.by_blur_alone]
    of_them = "" if len(alone) == len(below) else f"{len(alone)} of them "
    blur = f" ({of_them}by blur alone)" if alone else ""
    if many == 1:
        return f"{'below' if below else 'reaches'} {aim}{blur}"
    return f"{len(below) or 'none'} of {many} below {aim}{blur}"


def _interval(lesion: Lesion, result: Result) -> str:
    estimate = result.plan.shown.uncertainty.get(lesion.role.replace("tumour-", "TD_"))
    return gy_range(estimate) if estimate else ""


def _lesions(result: Result) -> Table:
    columns = [
        Column("Lesion", share=1.6),
        Column("mL", align="decimal", share=0.6),
        Column("Activity\nof liver", align="decimal", share=0.8),
        Column("\nT/N", align="decimal", share=0.5),
        Column("Mean\nGy", align="decimal", share=0.6),
        Column("95 %\ninterval", align="centre", share=0.9),
        Column("Mean\nseen" if result.absorbed.uncorrected_gy else "Mean\ncorr.", align="decimal", share=0.6),
        Column("D95\nGy", align="decimal", share=0.6),
        Column("D70\nGy", align="decimal", share=0.6),
        Column("V205\n%", align="decimal", share=0.6),
        Column("Aim\nGy", align="decimal", share=0.6),
        Column("P(aim)\n%", align="decimal", share=0.75),
        Column("Aim is", share=1.1),
    ]
    rows = [_row(lesion, result) for lesion in result.plan.lesions]
    return Table("", columns, rows, notes=(" ".join(_words(result)),))


def _row(lesion: Lesion, result: Result) -> Sequence[Cell]:
    index = ", index" if lesion.role == result.absorbed.index else ""
    under = [lesion.name, *_cold(lesion)]
    return [
        Entry(f"{capital(role_words(lesion.role))}{index}", under="\n".join(under)),
        ml(lesion.ml),
        percent(lesion.activity_share),
        None if lesion.tumour_to_normal is None else number(lesion.tumour_to_normal, 1),
        Entry(gy(lesion.dose_gy), strong=True),
        _interval(lesion, result) or None,
        _other(lesion, result),
        gy(lesion.d95_gy),
        gy(lesion.d70_gy),
        None if lesion.v205 is None else number(100 * lesion.v205, 0),
        gy(lesion.aim_gy),
        probability_percent(lesion.aim_probability),
        _judgement(lesion),
    ]


def _other(lesion: Lesion, result: Result) -> str:
    """Return the mean dose by the convention that does not judge: corrected for blur, or as the image has it."""
    uncorrected = result.plan.shown.uncorrected_gy
    return gy(uncorrected.get(lesion.role.replace("tumour-", "TD_")) if uncorrected else lesion.recovered_gy)


def _cold(lesion: Lesion) -> Iterator[str]:
    if lesion.cold_ml > 0:
        rest = "" if lesion.rest_gy is None else f", rest {gy(lesion.rest_gy)}{NBSP}Gy"
        yield f"cold part {ml(lesion.cold_ml)}{NBSP}mL{rest}"


def probability_percent(probability: float | None) -> str:
    r"""Return a probability in whole per cent, never rounded to certain or impossible.

    Examples
    --------
    >>> probability_percent(0.9), probability_percent(0.9996), probability_percent(1e-9), probability_percent(None)
    ('90', '>\xa099', '<\xa01', '—')
    """
    if probability is None:
        return DASH
    of_hundred = 100 * probability
    if of_hundred > NEARLY_ALL:
        return f">{NBSP}99"
    return f"<{NBSP}1" if of_hundred < NEARLY_NONE else number(of_hundred, 0)


def _judgement(lesion: Lesion) -> Entry:
    if not lesion.treated:
        return Entry("not treated", sign="✗", strong=True)
    if lesion.aim_gy is None:
        return Entry(f"{DASH} none")
    if not lesion.below_aim:
        return Entry("met", sign="✓")
    return Entry("below", under="by blur alone" if lesion.by_blur_alone else short_by(lesion), sign="✗", strong=True)


def short_by(lesion: Lesion) -> str:
    """Return by how much a lesion, or the worst of the parts that injections treat, stays below its aim."""
    least = min(lesion.parts, key=lambda p: p.dose_gy, default=None)
    if lesion.aim_gy is None:
        return ""
    if least is None or lesion.dose_gy < lesion.aim_gy:
        by = lesion.aim_gy - lesion.dose_gy
        return f"by {number(by, 0 if by >= 9.95 else 1)}{NBSP}Gy"
    return f"part of {least.injection}: {gy(least.dose_gy)}{NBSP}Gy"


def _words(result: Result) -> Iterator[str]:
    option = result.plan.shown
    yield f"{option_title(result.plan)}, {gbq(option.activity_bq)}{NBSP}GBq. Activity: share of the liver's. T/N: mean over that of the perfused normal liver."
    yield (
        "Mean: corrected for blur, as judged; seen: as the image has it."
        if option.uncorrected_gy
        else "Mean: as the image has it, as judged; corr.: corrected for blur."
    )
    yield "D95, D70 (Gy that 95 and 70 % of it receive), V205 (share above 205 Gy): as the image has them; blur lowers D95 most."
    if any(x.aim_gy is not None for x in result.plan.lesions):
        yield "P(aim): by the uncertainty budget."
    else:
        yield "No aim of lesions is known here."
    if option.activities_bq:
        yield "Of several injections an aim is met only where each treated part reaches it."
