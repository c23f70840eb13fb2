"""The table that a plan turns on: named doses of every option, with interval, limit, aim and source."""

from collections.abc import Iterator, Sequence

from yttria.report.number import DASH, gbq, gy, gy_range, number
from yttria.report.words import approach_of, sentence, volume_of
from yttria.values.document import Cell, Column, Entry, Table
from yttria.values.patient import Absorbed
from yttria.values.treatment import DoseName, LimitCheck, Option, Plan

MARKS = "abcdefghijklmnopqrstuvwxyz"


class Footnotes:
    """Notes in the order of their first mention; the same note keeps its letter."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def mark(self, text: str) -> str:
        """Return the letter of a note."""
        if text not in self.texts:
            self.texts.append(text)
        return MARKS[self.texts.index(text) % len(MARKS)]


def options_table(plan: Plan, absorbed: Absorbed) -> Table:
    """Return the doses of every option; the binding limit is marked in words and by a diamond, a broken one by a cross."""
    notes = Footnotes()
    rows: list[Sequence[Cell]] = [
        ["Activity, GBq", *(Entry(gbq(o.activity_bq), strong=True) for o in plan.options), ""]
    ]
    names = dose_names(plan, absorbed)
    rows += [_dose_row(name, plan, notes) for name in names]
    first_of_fate = len(rows)
    rows.append(["Limited by", *(_binding(o) for o in plan.options), ""])
    rows.append(["Aim", *(_aim(o, notes) for o in plan.options), ""])
    columns = [
        Column("Absorbed dose, Gy (mean)"),
        *(Column(_heading(o, plan), align="decimal") for o in plan.options),
        Column("Limit or aim, Gy"),
    ]
    chosen = next(i for i, o in enumerate(plan.options, 1) if o.approach == plan.recommended)
    return Table(
        "Doses by option",
        columns,
        rows,
        notes=[*(f"{MARKS[i]}  {text}" for i, text in enumerate(notes.texts)), _reading_note(plan)],
        emphasised=frozenset({0}),
        chosen=chosen,
        ruled=frozenset({1, first_of_fate}),
    )


def dose_names(plan: Plan, absorbed: Absorbed) -> list[DoseName]:
    """Return the doses worth a row: the index lesion once, all tumours only where there are several."""
    index = f"TD_{absorbed.index.removeprefix('tumour-')}"
    lesions = sorted(
        {n for o in plan.options for n in o.doses_gy if n.startswith("TD_") and n not in {"TD_all", index}}, key=_lesion
    )
    names = ["TD", *lesions, *(["TD_all"] if lesions else []), "PLD", "NPLD", "WNLD", "WLD", "LD"]
    known = {n for o in plan.options for n in o.doses_gy}
    return [n for n in names if n in known]


def _lesion(name: DoseName) -> tuple[int, str]:
    tail = name.removeprefix("TD_")
    return (int(tail) if tail.isdigit() else 10**6, tail)


def _heading(option: Option, plan: Plan) -> str:
    star = "Recommended\n" if option.approach == plan.recommended else ""
    return f"{star}{option.approach}\n{approach_of(option)}"


def _dose_row(name: DoseName, plan: Plan, notes: Footnotes) -> Sequence[Cell]:
    label = Entry(sentence(volume_of(name)), under=name)
    cells: list[Cell] = [_dose(option, name, notes) for option in plan.options]
    return [label, *cells, _asked(name, plan, notes)]


def _dose(option: Option, name: DoseName, notes: Footnotes) -> Cell:
    if name not in option.doses_gy:
        return Entry(f"{DASH}{_superscript(notes.mark(f'not a result of this model ({approach_of(option).lower()})'))}")
    value = option.doses_gy[name]
    estimate = option.uncertainty.get(name)
    under = gy_range(estimate) if estimate else ""
    broken = [c for c in option.checks if c.limit.volume == name and not c.holds]
    binding = [c for c in option.checks if c.limit.volume == name and c.limit.name == option.binding]
    if broken:
        return Entry(
            gy(value),
            under=_join(under, f"exceeds {gy(broken[0].limit.limit_gy)} by {excess(broken[0])}"),
            sign="✗",
            strong=True,
        )
    if binding:
        return Entry(gy(value), under=_join(under, "binds"), sign="◆", strong=True)
    return Entry(gy(value), under=under)


def _join(*parts: str) -> str:
    return "\n".join(p for p in parts if p)


def excess(check: LimitCheck) -> str:
    """Return by how much a limit is exceeded: never a zero by rounding."""
    by = check.value_gy - check.limit.limit_gy
    return number(by, 0 if by >= 9.95 else 1 if by >= 0.1 else 3)


def _asked(name: DoseName, plan: Plan, notes: Footnotes) -> Cell:
    said = list(_limits(name, plan, notes)) + list(_aims(name, plan, notes))
    return Entry("\n".join(said)) if said else ""


def _limits(name: DoseName, plan: Plan, notes: Footnotes) -> Iterator[str]:
    limits = {c.limit for o in plan.options for c in o.checks if c.limit.volume == name}
    for limit in sorted(limits, key=lambda one: (one.limit_gy, one.name)):
        why = f" ({limit.condition})" if limit.condition else ""
        yield f"≤ {gy(limit.limit_gy)}{_superscript(notes.mark(f'limit {limit.name}{why}: {limit.source}'))}"


def _aims(name: DoseName, plan: Plan, notes: Footnotes) -> Iterator[str]:
    aims = {o.aim for o in plan.options if o.aim and o.aim.volume == name}
    for aim in sorted(aims, key=lambda one: one.dose_gy):
        names = ", ".join(o.approach for o in plan.options if o.aim == aim)
        wish = f", wished {gy(aim.wished_gy)}" if aim.wished_gy else ""
        yield f"{names} {gy(aim.dose_gy)}{wish}{_superscript(notes.mark(f'aim: {aim.source}'))}"


def _superscript(letter: str) -> str:
    return "\u200a" + letter.translate(str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"))


def _binding(option: Option) -> Cell:
    if not option.binding:
        return Entry("no limit")
    check = next((c for c in option.checks if c.limit.name == option.binding), None)
    if check is None:
        return Entry(option.binding, sign="◆")
    return Entry(volume_of(check.limit.volume), under=f"{gy(check.limit.limit_gy)} Gy", sign="◆")


def _aim(option: Option, notes: Footnotes) -> Cell:
    if option.aim is None:
        return Entry(f"{DASH}{_superscript(notes.mark('an activity already decided pursues no aim'))}")
    return Entry("reached", sign="✓") if option.reached else Entry("not reached", sign="✗", strong=True)


def _reading_note(plan: Plan) -> str:
    models = ", ".join(o.approach for o in plan.options if not o.uncertainty)
    text = "Beneath each dose its interval of 95 % (k = 2), from the uncertainty budget"
    return f"{text}; none for {models}, which see no image voxels." if models else f"{text}."
