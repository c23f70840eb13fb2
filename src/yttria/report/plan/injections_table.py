"""Several injections: what is given of each, what 1 GBq of each does, and the parts of lesions that they treat."""

import math
from collections.abc import Sequence

from yttria.report.plan.vocabulary import option_title, role_words, volume_of
from yttria.report.text.capitals import capital
from yttria.report.text.number_format import DASH, NBSP, gbq, gy, ml, percent
from yttria.values.document import Block, Cell, Column, Entry, Table
from yttria.values.injection import InjectionDose, LesionPart, of_injection
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ


def injection_blocks(result: Result) -> Sequence[Block]:
    """Return the injections of a plan and the parts of lesions; nothing where there are not several."""
    if not result.absorbed.injections:
        return ()
    return (_injections(result), *((_parts(result),) if result.absorbed.parts else ()))


def _injections(result: Result) -> Table:
    """Return what is given of each injection in the shown option, and the doses of 1 GBq of it."""
    names = ["TD", "PLD", "NPLD", "WNLD", "LD"]
    columns = [
        Column("Injection", share=1.4),
        Column("Session", share=0.7),
        Column("GBq", align="decimal"),
        Column("Lung shunt", align="decimal"),
        Column("Counts", align="decimal"),
        *(Column(f"{name}\nGy/GBq", align="decimal") for name in names),
    ]
    rows = [_injection(i, result, names) for i in result.absorbed.injections]
    words = (
        f"To the table of injections: activity of {option_title(result.plan)}; {volume_of('PLD')} and {volume_of('NPLD')} are those of the injection's own "
        "volume; every dose is that of 1 GBq of this injection and nothing of the others. Counts: one image for all, its share of the liver's counts; "
        "own image, the share of the liver's counts inside its own volume. Lung shunt: the one that judges the lungs."
    )
    return Table("", columns, rows, notes=(words, *_clash(result)))


def _injection(injection: InjectionDose, result: Result, names: Sequence[str]) -> Sequence[Cell]:
    option = result.plan.shown
    decided = "given" if injection.injection.given is not None else ""
    own = [of_injection(n, injection.name) if n in {"PLD", "NPLD"} else n for n in names]
    return [
        Entry(injection.name, under=decided),
        injection.session,
        gbq(option.activities_bq[injection.name]),
        percent(injection.shunt.lung_pair.fraction),
        percent(injection.counts_fraction),
        *(gy(injection.doses_gy.get(n)) for n in own),
    ]


def _clash(result: Result) -> Sequence[str]:
    """Return in words which limits stand against the aim."""
    clash = result.plan.clash
    if not clash:
        return ()
    words = ", ".join(f"{name} by {gy(by)}{NBSP}Gy" for name, by in clash.items())
    return (f"The tumour aim in every target would need more than the limits leave: at the least {words}.",)


def _parts(result: Result) -> Table:
    """Return the parts of lesions with the dose of the shown option."""
    columns = [
        Column("Lesion", share=1.4),
        Column("Injection", share=1.2),
        Column("mL", align="decimal"),
        Column("Gy", align="decimal"),
    ]
    rows: list[Sequence[Cell]] = [
        [
            f"{capital(role_words(p.lesion))} ({result.absorbed.volumes[p.lesion].name})",
            p.injection,
            ml(p.ml),
            gy(part_dose(p, result)),
        ]
        for p in result.absorbed.parts
    ]
    reached = result.absorbed.reached_by
    rows += [
        [f"{capital(role_words(r))} ({result.absorbed.volumes[r].name})", DASH, None, None]
        for r, names in reached.items()
        if not names
    ]
    words = (
        f"To the table of parts: mean dose of {option_title(result.plan)} in the part of a lesion that each injection treats; an aim is reached only when "
        "every part reaches it. A lesion on an em dash is reached by no injection (10 mL or 10 % of it in a perfused volume)."
    )
    return Table("", columns, rows, notes=(words,))


def part_dose(part: LesionPart, result: Result) -> float:
    """Return the mean dose of a part in the option that is shown, Gy."""
    activities = result.plan.shown.activities_bq
    return math.fsum(part.per_gbq[name] * bq / BQ_PER_GBQ for name, bq in activities.items())
