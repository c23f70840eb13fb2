"""The table that a plan turns on: named doses of every option, with interval, limit, aim and source."""

from collections.abc import Iterator, Sequence

from yttria.report.plan.vocabulary import approach_of, is_body_surface, volume_of
from yttria.report.text.capitals import capital
from yttria.report.text.footnotes import Footnotes, superscript
from yttria.report.text.number_format import DASH, NBSP, gbq, gy, gy_range, ml, number
from yttria.values.aims_limits import DoseName, LimitCheck
from yttria.values.document import Cell, Column, Entry, Table
from yttria.values.patient import AbsorbedDose
from yttria.values.plan import Option, Plan

NEAR = 0.05
MOST_LESIONS = 4
ROLE_OF = {
    "TD_all": "tumour",
    "PLD": "perfused",
    "NPLD": "normal-perfused",
    "WNLD": "normal-liver",
    "WLD": "liver",
    "LD": "lungs",
}


def options_table(plan: Plan, absorbed: AbsorbedDose) -> Table:
    """Return the doses of every option; the binding limit is marked in words and by a diamond, a broken one by a cross."""
    notes = Footnotes()
    columns = [
        Column("Mean absorbed dose, Gy", share=2.1),
        *(Column(_heading(o, plan, notes), align="decimal", share=1.0) for o in plan.options),
        Column("Limit or aim, Gy", share=1.55),
    ]
    rows: list[Sequence[Cell]] = [
        ["Activity, GBq", *(Entry(gbq(o.activity_bq), strong=True, kind="free") for o in plan.options), ""]
    ]
    rows += [
        [Entry(f"of it {name}"), *(Entry(gbq(o.activities_bq[name]), kind="free") for o in plan.options), ""]
        for name in plan.shown.activities_bq
    ]
    rows += [_dose_row(name, plan, notes, absorbed) for name in dose_names(plan, absorbed)]
    first_of_fate = len(rows)
    rows.append(["Limited by", *(_binding(o) for o in plan.options), ""])
    rows.append(["Aim", *(_aim(o, notes) for o in plan.options), ""])
    chosen = next(i for i, o in enumerate(plan.options, 1) if o.approach == plan.first)
    return Table(
        "",
        columns,
        rows,
        notes=(_reading_note(plan), *notes.lines()),
        emphasised=frozenset({0}),
        chosen=chosen,
        ruled=frozenset({1 + len(plan.shown.activities_bq), first_of_fate}),
    )


def dose_names(plan: Plan, absorbed: AbsorbedDose) -> list[DoseName]:
    """Return the doses worth a row: the index lesion once, all tumours only where there are several.

    Of more than four lesions only the coldest stands beside the index lesion: the table of lesions has every one.
    """
    index = f"TD_{absorbed.index.removeprefix('tumour-')}"
    lesions = sorted(
        {n for o in plan.options for n in o.doses_gy if n.startswith("TD_") and n not in {"TD_all", index}}, key=_lesion
    )
    if len(lesions) >= MOST_LESIONS and plan.coldest is not None:
        lesions = [n for n in lesions if n == plan.coldest.role.replace("tumour-", "TD_")]
    names = ["TD", *lesions, *(["TD_all"] if lesions else []), "PLD", "NPLD", "WNLD", "WLD", "LD"]
    all_names = {n for o in plan.options for n in o.doses_gy}
    limited = dict.fromkeys(c.limit.volume for o in plan.options for c in o.checks if "[" in c.limit.volume)
    return [n for n in (*names, *limited) if n in all_names]


def dose_of(role: str) -> DoseName:
    """Return the short name of a volume's mean dose.

    Examples
    --------
    >>> dose_of("normal-perfused"), dose_of("tumour-2")
    ('NPLD', 'TD_2')
    """
    names = {volume: name for name, volume in ROLE_OF.items()}
    return names.get(role) or f"TD_{role.removeprefix('tumour-')}"


def _lesion(name: DoseName) -> tuple[int, str]:
    tail = name.removeprefix("TD_")
    return (int(tail) if tail.isdigit() else 10**6, tail)


def _heading(option: Option, plan: Plan, notes: Footnotes) -> str:
    star = ("Recommended" if plan.advised else "Nearest to aim") if option.approach == plan.first else ""
    note = superscript(notes.mark(option.note)) if option.note else ""
    return f"{star}\n{option.approach}{note}\n{approach_of(option)}".strip("\n")


def _dose_row(name: DoseName, plan: Plan, notes: Footnotes, absorbed: AbsorbedDose) -> Sequence[Cell]:
    cells: list[Cell] = [_dose(option, name, notes) for option in plan.options]
    return [Entry(capital(volume_of(name)), under=_where(name, absorbed)), *cells, _aim_cell(name, plan, notes)]


def _where(name: DoseName, absorbed: AbsorbedDose) -> str:
    """Return a dose's short name with the volume that it speaks of and its size."""
    whole, bracket, own = name.partition("[")
    role = absorbed.index if name == "TD" else ROLE_OF.get(whole, f"tumour-{name.removeprefix('TD_')}") + bracket + own
    voi = absorbed.volumes.get(role)
    if voi is None:
        return name
    name_words = f" · {voi.name}" if name.startswith("TD") and name != "TD_all" and voi.name != role else ""
    return f"{name}{name_words} · {ml(voi.ml)}{NBSP}mL"


def _dose(option: Option, name: DoseName, notes: Footnotes) -> Cell:
    if name not in option.doses_gy:
        return Entry(f"{DASH}{superscript(notes.mark('not a result of this model'))}")
    if name in option.unknown_doses:
        return "not known"
    value = option.doses_gy[name]
    estimate = option.uncertainty.get(name)
    under = _join(gy_range(estimate) if estimate else "", _other_convention(option, name))
    broken = [c for c in option.checks if c.limit.volume == name and not c.holds]
    if broken:
        worst = max(broken, key=lambda c: c.value_gy - c.limit.limit_gy)
        excess_text = f"exceeds {gy(worst.limit.limit_gy)}\nby {excess(worst)}{NBSP}Gy"
        return Entry(gy(value), under=_join(under, excess_text), sign="✗", strong=True)
    if any(c.limit.volume == name and c.limit.name == option.binding for c in option.checks):
        return Entry(gy(value), under=_join(under, "limit binds"), sign="◆", strong=True)
    return Entry(gy(value), under=under)


def _other_convention(option: Option, name: DoseName) -> str:
    """Return the dose by the convention that does not judge."""
    if name in {"TD_all", "PLD", "WLD"}:
        return ""  # what blur moves within a volume, or no limit is on: these stand beside the volumes
    if option.uncorrected_gy:
        return f"seen {gy(option.uncorrected_gy.get(name))}"
    corrected_gy = option.corrected_gy.get(name)
    return "" if corrected_gy is None else f"corr. {gy(corrected_gy)}"


def _join(*parts: str) -> str:
    return "\n".join(p for p in parts if p)


def excess(check: LimitCheck) -> str:
    """Return by how much a limit is exceeded: never a zero by rounding."""
    by = check.value_gy - check.limit.limit_gy
    return number(by, 0 if by >= 9.95 else 1 if by >= 0.1 else 3)


def _aim_cell(name: DoseName, plan: Plan, notes: Footnotes) -> Cell:
    return "\n".join([*_limits(name, plan, notes), *_aims(name, plan, notes)])


def _limits(name: DoseName, plan: Plan, notes: Footnotes) -> Iterator[str]:
    limits = {c.limit for o in plan.options for c in o.checks if c.limit.volume == name}
    for limit in sorted(limits, key=lambda one: (one.limit_gy, one.name)):
        why = f" ({limit.condition})" if limit.condition else ""
        before = f", counting {gy(limit.already_gy)}{NBSP}Gy received before" if limit.already_gy else ""
        yield f"≤ {gy(limit.limit_gy)}{superscript(notes.mark(f'limit {limit.name}{why}{before}: {limit.source}'))}"


def _aims(name: DoseName, plan: Plan, notes: Footnotes) -> Iterator[str]:
    aims = {o.aim for o in plan.options if o.aim and o.aim.volume == name}
    for aim in sorted(aims, key=lambda one: (one.dose_gy, one.source)):
        names = ", ".join(o.approach for o in plan.options if o.aim == aim)
        around = f" ± {gy(aim.tolerance_gy)}" if aim.tolerance_gy else ""
        wished = f", wish {gy(aim.wished_gy)}" if aim.wished_gy else ""
        least = "" if aim.tolerance_gy else "≥ "
        yield f"{names} {least}{gy(aim.dose_gy)}{around}{wished}{superscript(notes.mark(f'aim: {aim.source}'))}"


def _binding(option: Option) -> Cell:
    broken = [c.limit.name for c in option.checks if not c.holds]
    if broken:
        return Entry("breaks", under=",\n".join(broken), sign="✗", strong=True)
    if not option.binding:
        return Entry("no limit")
    check = next((c for c in option.checks if c.limit.name == option.binding), None)
    if check is None:
        return Entry(option.binding, sign="◆")
    return Entry(capital(volume_of(check.limit.volume)), under=f"≤ {gy(check.limit.limit_gy)}{NBSP}Gy", sign="◆")


def _aim(option: Option, notes: Footnotes) -> Cell:
    aim = option.aim
    if aim is None:
        why = (
            "the body-surface method pursues no dose"
            if is_body_surface(option)
            else "an activity already decided pursues no aim"
        )
        return Entry(f"{DASH}{superscript(notes.mark(why))}")
    value = option.doses_gy.get(aim.volume)
    if not option.reached:
        if value is not None and value >= (1 - NEAR) * (aim.dose_gy - aim.tolerance_gy):
            near = f"near: less than {number(100 * NEAR, 0)}{NBSP}% below its aim"
            return Entry(f"near{superscript(notes.mark(near))}", under=f"{gy(value)} of {gy(aim.dose_gy)}", sign="≈")
        return Entry("missed", sign="✗", strong=True)
    short = aim.wished_gy is not None and value is not None and value < aim.wished_gy * (1 - 1e-9)
    return Entry("reached", under="wish missed" if short else "", sign="✓")


def _reading_note(plan: Plan) -> str:
    models = ", ".join(o.approach for o in plan.options if not o.uncertainty)
    has_uncorrected = any(o.uncorrected_gy for o in plan.options)
    judged = (
        "aims and limits are judged corrected for blur; seen: as the image has it"
        if has_uncorrected
        else "aims and limits are judged as the image has it; corr.: corrected for blur"
    )
    text = f"To the table of options: beneath each dose its 95 % interval (k = 2) from the uncertainty budget; {judged}"
    return f"{text}; none for {models}: no image voxel enters." if models else f"{text}."
