"""Response of lesions by EASL, mRECIST and RECIST 1.1: what each visit says, the best of them, the first progression."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yttria.values.lesion import Lesion, LesionHistory, LesionMeasurement

CriterionName = Literal["easl", "mrecist", "recist11"]
Word = Literal["CR", "PR", "SD", "non-CR/non-PD", "PD", "NE"]
"""Complete and partial response, stable disease, neither gone nor grown (nothing is measured), progression, not evaluable."""
ORDER: tuple[Word, ...] = ("CR", "PR", "SD", "non-CR/non-PD")
"""From the best to the least of what is no progression."""
RESPONSES: frozenset[Word] = frozenset({"CR", "PR"})
NODE_GONE_BELOW_MM = 10.0
"""A node whose short axis is below this is normal (RECIST 1.1)."""
DAYS_PER_MONTH = 30.4375
"""365.25 / 12."""
EQUAL = 1e-9
"""Sums that differ by less than this share are equal: what decimal sizes leave in binary numbers."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """How a set of lesions is measured and judged.

    Parameters
    ----------
    name, title, unit
        Its key, how a person reads it, the unit of its sum.
    size
        The size of a lesion at a date in `unit`, None where it was not measured.
    decrease
        Share of the baseline that must be gone for a partial response, that limit included.
    growth
        Share of the smallest sum by which it grows in progression.
    growth_included
        Whether growth by exactly that share is progression.
    least_growth
        Growth in `unit` below which there is no progression.
    returns
        Whether any return of a target after all were gone is progression.
    source
        Of the thresholds.
    """

    name: CriterionName
    title: str
    unit: Literal["mm", "mm2"]
    size: Callable[[LesionMeasurement], float | None]
    decrease: float
    growth: float
    source: str
    growth_included: bool = True
    least_growth: float = 0.0
    returns: bool = False

    def gone(self, size: float, *, node: bool) -> bool:
        """Return whether a lesion of that size counts as gone: nothing left of it; by RECIST a node below 10 mm."""
        return size < NODE_GONE_BELOW_MM if node and self.name == "recist11" else size == 0

    def grows(self, total: float, smallest: float) -> bool:
        """Return whether a sum is progression over the smallest before it."""
        more, slack = total - smallest, EQUAL * max(smallest, 1.0)
        if more <= slack or more < self.least_growth - slack:
            return False
        least_growth = self.growth * smallest
        return more >= least_growth - slack if self.growth_included else more > least_growth + slack

    def shrinks(self, total: float, baseline: float) -> bool:
        """Return whether a sum is a partial response to the baseline."""
        return total <= (1 - self.decrease) * baseline + EQUAL * baseline


def _area(row: LesionMeasurement) -> float | None:
    """Return the product of the viable diameters; 0 where either is, for then nothing enhances."""
    longest, short = row.viable_longest_mm, row.viable_short_mm
    if 0 in (longest, short):
        return 0.0
    return None if longest is None or short is None else longest * short


def _viable(row: LesionMeasurement) -> float | None:
    return row.viable_longest_mm


def _diameter(row: LesionMeasurement) -> float | None:
    return row.short_mm if row.node else row.longest_mm


CRITERIA: Mapping[CriterionName, Criterion] = {
    "easl": Criterion(
        name="easl",
        title="EASL",
        unit="mm2",
        size=_area,
        decrease=0.50,
        growth=0.25,
        growth_included=False,
        source="sum of products of viable diameters; PR from 50 % below baseline, PD above 25 % over the smallest sum so far (Bruix et al., J Hepatol 2001;35:421, as tabulated in PMC3094725; its reference for growth is not said there, the smallest sum is used)",
    ),
    "mrecist": Criterion(
        name="mrecist",
        title="mRECIST",
        unit="mm",
        size=_viable,
        decrease=0.30,
        growth=0.20,
        source="sum of longest viable diameters; PR from 30 % below baseline, PD from 20 % over the smallest sum so far (Lencioni and Llovet, Semin Liver Dis 2010;30:52, as tabulated in PMC9747269)",
    ),
    "recist11": Criterion(
        name="recist11",
        title="RECIST 1.1",
        unit="mm",
        size=_diameter,
        decrease=0.30,
        growth=0.20,
        least_growth=5.0,
        returns=True,
        source="sum of longest diameters, of nodes the short axis; PR from 30 % below baseline, PD from 20 % and 5 mm over the smallest sum so far (Eisenhauer et al., Eur J Cancer 2009;45:228)",
    ),
}


@dataclass(frozen=True, slots=True)
class VisitResponse:
    """What one visit says.

    Parameters
    ----------
    on
        Date.
    total
        Sum of the targets in the criterion's unit; None where one was not measured.
    change_from_baseline, change_from_smallest
        As fractions; None where there is no sum or nothing to compare with.
    target
        Word of the targets; None where there are none.
    non_target
        Word of the other lesions; None where there are none.
    new_lesion
        Whether a new lesion stands at that date.
    overall
        Word of the patient.
    """

    on: date
    total: float | None
    change_from_baseline: float | None
    change_from_smallest: float | None
    target: Word | None
    non_target: Word | None
    new_lesion: bool
    overall: Word


@dataclass(frozen=True, slots=True)
class Response:
    """What the visits of a patient say by one criterion.

    Parameters
    ----------
    baseline
        Sum of the targets at the earliest date; None where one was not measured or there are none.
    visits
        After the baseline, ascending.
    best
        Best overall word before progression.
    progressed_on
        Date of the first progression; None where there was none.
    """

    baseline: float | None
    visits: tuple[VisitResponse, ...]
    best: Word
    progressed_on: date | None


def response_of(history: LesionHistory, criterion: Criterion) -> Response:
    """Return the response of a patient by a criterion, at every visit and the best of them.

    A visit with a target that was not measured has no sum; what was measured of it may still show progression over the smallest sum so far. A
    baseline of 0, or one that was not measured, leaves the targets not evaluable.

    Source
    ------
    Of each criterion: `Criterion.source`. The overall word is the worst of targets, other lesions and new ones (Eisenhauer et al. 2009, table 1).
    """
    series = _judged(history.targets, history.dates, criterion)
    visits = []
    for on, judged in zip(history.dates[1:], series.visits, strict=True):
        other, new = _non_target(history, on), history.new_at(on)
        overall = _overall(judged.word if history.targets else None, other, new=new)
        visits.append(
            VisitResponse(
                on=on,
                total=judged.total,
                change_from_baseline=judged.change_from_baseline,
                change_from_smallest=judged.change_from_smallest,
                target=judged.word if history.targets else None,
                non_target=other,
                new_lesion=new,
                overall=overall,
            )
        )
    return Response(series.baseline, tuple(visits), *best_of([(v.on, v.overall) for v in visits]))


def best_of(words: Sequence[tuple[date, Word]]) -> tuple[Word, date | None]:
    """Return the best word before progression, and the date of the first progression.

    Examples
    --------
    >>> best_of([(date(2026, 3, 1), "SD"), (date(2026, 6, 1), "PR"), (date(2026, 9, 1), "PD"), (date(2026, 12, 1), "CR")])
    ('PR', datetime.date(2026, 9, 1))
    >>> best_of([])
    ('NE', None)
    """
    progressed = next((on for on, word in words if word == "PD"), None)
    before = {word for on, word in words if progressed is None or on < progressed}
    best = next((word for word in ORDER if word in before), None)
    return best or ("NE" if progressed is None else "PD"), progressed


def index_lesion(history: LesionHistory, criterion: Criterion) -> Lesion | None:
    """Return the index lesion: the one that is marked, else the target that is largest at baseline by the criterion, the first among equals.

    None where nothing is marked and no target was measured at baseline.
    """
    if history.index:
        return next(lesion for lesion in history.lesions if lesion.name == history.index)
    sizes = {lesion.name: _size(lesion, history.baseline, criterion) for lesion in history.targets}
    measured = [(size, -place) for place, size in enumerate(sizes.values()) if size is not None]
    return history.targets[-max(measured)[1]] if measured else None


def lesion_words(history: LesionHistory, lesion: Lesion, criterion: Criterion) -> dict[date, Word]:
    """Return what each visit says of one lesion alone, against its own baseline and its own smallest size so far."""
    series = _judged((lesion,), history.dates, criterion)
    return {on: judged.word for on, judged in zip(history.dates[1:], series.visits, strict=True)}


def visit_near(history: LesionHistory, months: float, window_months: float) -> date | None:
    """Return the date of the visit nearest to so many months after baseline, within the window on either side, limits included.

    Of two equally near the earlier; None where no visit lies in the window. A month is 30.4375 days.

    Examples
    --------
    >>> DAYS_PER_MONTH * 3
    91.3125
    """
    target, window = months * DAYS_PER_MONTH, window_months * DAYS_PER_MONTH
    away = {on: abs((on - history.baseline).days - target) for on in history.dates[1:]}
    near = [(round(days, 6), on) for on, days in away.items() if days <= window + EQUAL]
    return min(near)[1] if near else None


@dataclass(frozen=True, slots=True)
class _Judged:
    word: Word
    total: float | None = None
    change_from_baseline: float | None = None
    change_from_smallest: float | None = None


@dataclass(frozen=True, slots=True)
class _Series:
    baseline: float | None
    visits: tuple[_Judged, ...]


def _size(lesion: Lesion, on: date, criterion: Criterion) -> float | None:
    row = lesion.by_date.get(on)
    return None if row is None else criterion.size(row)


def _judged(lesions: Sequence[Lesion], dates: Sequence[date], criterion: Criterion) -> _Series:
    """Return the word of a set of lesions at each date after the first, all earlier dates known."""
    first = [_size(lesion, dates[0], criterion) for lesion in lesions]
    baseline = sum(s for s in first if s is not None) if first and None not in first else None
    smallest, gone_before, visits = baseline, False, []
    for on in dates[1:]:
        sizes = [(_size(lesion, on, criterion), lesion.node) for lesion in lesions]
        pairs = [(size, node) for size, node in sizes if size is not None]
        total = sum(size for size, _ in pairs)
        whole = bool(sizes) and len(pairs) == len(sizes)
        all_gone = all(criterion.gone(size, node=node) for size, node in pairs)
        word: Word = "NE"
        if baseline and smallest is not None:
            word = _word(
                criterion,
                total,
                baseline=baseline,
                smallest=smallest,
                whole=whole,
                all_gone=all_gone,
                gone_before=gone_before,
            )
        visits.append(
            _Judged(
                word=word,
                total=total if whole else None,
                change_from_baseline=_change(total, baseline) if whole else None,
                change_from_smallest=_change(total, smallest) if whole else None,
            )
        )
        if whole and baseline is not None and smallest is not None:
            smallest = min(smallest, total)
            gone_before = gone_before or all_gone
    return _Series(baseline, tuple(visits))


def _word(
    criterion: Criterion,
    total: float,
    *,
    baseline: float,
    smallest: float,
    whole: bool,
    all_gone: bool,
    gone_before: bool,
) -> Word:
    """Return the word of one visit: gone, grown, not all measured, shrunk, or none of these."""
    if whole and all_gone:
        return "CR"
    returned = criterion.returns and gone_before and not all_gone and total > smallest + EQUAL * max(smallest, 1.0)
    if returned or criterion.grows(total, smallest):
        return "PD"
    if not whole:
        return "NE"
    return "PR" if criterion.shrinks(total, baseline) else "SD"


def _change(total: float, reference: float | None) -> float | None:
    return (total - reference) / reference if reference else None


def _non_target(history: LesionHistory, on: date) -> Word | None:
    """Return the word of the lesions that are not measured, of those seen until then."""
    others = [lesion for lesion in history.lesions if lesion.kind == "non-target" and lesion.first_date <= on]
    if not others:
        return None
    rows = [lesion.by_date.get(on) for lesion in others]
    states = [None if row is None else row.status for row in rows]
    if "progressing" in states:
        return "PD"
    if None in states:
        return "NE"
    return "CR" if all(state == "absent" for state in states) else "non-CR/non-PD"


def _overall(target: Word | None, non_target: Word | None, *, new: bool) -> Word:
    """Return the patient's word: progression of any part, else that of the targets, whose complete response needs the others gone too."""
    if new or "PD" in (target, non_target):
        return "PD"
    if target is None:
        return non_target or "NE"
    return "PR" if target == "CR" and non_target not in (None, "CR") else target
