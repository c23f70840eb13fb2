"""Printed numbers beside those of a cohort: which agree by rounding, which by truncation, which differ and why."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from yttria.contract.study import AnalysisResult, CoxModel, CurveColumns, StudyResult, SurvivalCurve
from yttria.evidence.published.claim import Claim
from yttria.evidence.published.consistency import Audit
from yttria.evidence.published.rounding import Printed, PrintedBound
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError

Verdict = Literal["agrees", "truncated", "differs"]
PERCENT = 100.0
HALF = 1.5e-8
"""How near to one half a curve rests there (R: survfit)."""
START_OF_REST = "by the rule that takes the first day of the curve's flat part at one half; elsewhere the middle is printed, as R does"


@dataclass(frozen=True, slots=True)
class Cell:
    """One printed number beside ours.

    Parameters
    ----------
    line, place, subject, time
        Where it is printed and of what.
    part
        value, low, high, sd, p or events.
    printed
        As the paper prints it.
    ours
        From the cohort; None where it does not exist (a median that is not reached).
    verdict
        agrees (rounded, or exactly), truncated, or differs.
    why
        Where it differs: the contradiction that makes it impossible, or that no cohort was found. Where a P agrees: of which test.
    """

    line: int
    place: str
    subject: str
    time: float | None
    part: str
    printed: str
    ours: float | None
    verdict: Verdict
    why: str
    unit: str = ""

    @property
    def of(self) -> str:
        """Return of what and when it is."""
        return self.subject if self.time is None else f"{self.subject}, at {self.time:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class CohortNumbers:
    """The cohort's numbers for one claim.

    Parameters
    ----------
    value
        The estimate, a share in per cent; None where it does not exist.
    limits
        Its limits, each None where it does not exist; None as a whole where this kind of number has none here.
    sd
        Standard deviation of a mean; None where it is none.
    events
        Patients behind a share; None where it is none.
    start_of_rest
        First time at which a curve lies at one half exactly.
    tests
        P by the name of the test.
    """

    value: float | None
    limits: tuple[float | None, float | None] | None = None
    sd: float | None = None
    events: int | None = None
    start_of_rest: float | None = None
    tests: Mapping[str, float] = field(default_factory=dict)


def cohort_comparison(audit: Audit, result: StudyResult, cohort: Cohort) -> tuple[Cell, ...]:
    """Return every printed number whose claim says where it comes from, beside the cohort's own.

    Parameters
    ----------
    audit
        The audited table; each claim's `where` names the place in the analysis.
    result
        What `analyse` returned for the cohort.
    cohort
        For means and shares.

    Raises
    ------
    EvidenceError
        A `where` that names nothing in the analysis or the cohort, with its line.
    """
    reasons = {line: flag.why for flag in reversed(audit.flags) for line in flag.lines}
    cells: list[Cell] = []
    for claim in (reading.claim for reading in audit.readings):
        if not claim.where:
            continue
        try:
            ours = numbers_at(claim.where, claim, result, cohort)
        except (KeyError, ValueError, StopIteration) as error:
            raise EvidenceError(
                f"line {claim.line}: where must name a result of the analysis, but {claim.where!r} does not ({error}); correct it",
                code="claim-result-unknown",
            ) from None
        cells += _cells(claim, ours, reasons.get(claim.line, ""))
    return tuple(cells)


def _cells(claim: Claim, ours: CohortNumbers, reason: str) -> Iterator[Cell]:
    events = None if claim.events is None else Printed.of(str(claim.events))
    parts: dict[str, Printed | PrintedBound | None] = {
        "events": events if ours.events is not None else None,
        "value": claim.value if claim.bound is None else claim.bound,
        "low": claim.low if ours.limits is not None else None,
        "high": claim.high if ours.limits is not None else None,
        "sd": claim.sd if ours.sd is not None else None,
    }
    low, high = ours.limits or (None, None)
    is_open = {
        "value": claim.open_value,
        "low": claim.open_low and bool(ours.limits),
        "high": claim.open_high and bool(ours.limits),
    }
    numbers = {"events": ours.events, "value": ours.value, "low": low, "high": high, "sd": ours.sd}
    for part, text in parts.items():
        if text is None and not is_open.get(part):
            continue
        number = _finite(numbers[part])
        how = _how(text, number)
        cell = _cell(claim, part, "not reached" if text is None else text.text, number, how, reason)
        other = ours.start_of_rest if part == "value" else None
        if how == "differs" and other is not None and (by_start := _how(text, other)) != "differs":
            cell = replace(cell, ours=other, verdict=by_start, why=START_OF_REST)
        yield cell
    if claim.p is not None:
        yield from _p_cell(claim, ours.tests, reason)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _how(table_number: Printed | PrintedBound | None, number: float | None) -> Verdict:
    """Return how a number becomes a print; "not reached" agrees with a number that does not exist."""
    if table_number is None or number is None:
        return "agrees" if table_number is None and number is None else "differs"
    how = table_number.how(number)
    return "truncated" if how == "truncated" else "agrees" if how is not None else "differs"


def _cell(claim: Claim, part: str, text: str, number: float | None, how: Verdict, why: str) -> Cell:
    reason = (
        (why or claim.note or "by itself possible: no cohort was found that gives it together with all other numbers")
        if how == "differs"
        else ""
    )
    return Cell(claim.line, claim.place, claim.subject, claim.time, part, text, number, how, reason, claim.unit)


def _p_cell(claim: Claim, tests: Mapping[str, float], reason: str) -> Iterator[Cell]:
    """Return the printed P beside the test of ours that it is; a paper does not always name its test."""
    if not tests or claim.p is None:
        return
    number, (low, high) = claim.p.number, claim.p.span
    near = sorted(tests, key=lambda name: abs(math.log(max(tests[name], 1e-300) / max(number.value, 1e-300))))
    verdicts: dict[str, Verdict] = {}
    for name in near:
        inside: Verdict = "agrees" if low <= tests[name] <= high else "differs"
        verdicts[name] = _how(number, tests[name]) if claim.p.bound == "=" else inside
    rank = ("agrees", "truncated", "differs")
    best = min(near, key=lambda name: rank.index(verdicts[name]))
    cell = _cell(claim, "p", claim.p.text, tests[best], verdicts[best], reason)
    yield cell if cell.verdict == "differs" else replace(cell, why=f"{best} test")


def numbers_at(where: str, claim: Claim, result: StudyResult, cohort: Cohort) -> CohortNumbers:
    """Return the cohort's numbers for a claim: value, limits, standard deviation, events, and P by test.

    `where` is `km:factor.level`, `cox:term` (univariable), `models.name:term`, each after `censored/` or `populations.name/` where it is of
    a further analysis; `followup:median|min|max`; `mean:column|factor=level`; `share:column=level|factor=level` (a percentage, or
    a count of patients as the claim's kind says); `n:`, all patients.

    Raises
    ------
    KeyError, ValueError
        A name that is not there.
    """
    kind, _, rest = where.partition(":")
    further, slash, last = kind.partition("/")
    analysis: AnalysisResult = _further(result, further) if slash else result
    kind = last if slash else kind
    if kind in ("mean", "share"):
        return _mean(rest, cohort) if kind == "mean" else _share(rest, claim, cohort)
    if kind == "km":
        factor, level = rest.split(".", 1)
        return _curve(analysis.km[factor][level], claim)
    if kind == "followup":
        spans = {"median": analysis.followup.median, "min": analysis.followup.min, "max": analysis.followup.max}
        return CohortNumbers(spans[rest])
    if kind == "n":
        return CohortNumbers(analysis.n)
    if kind == "cox":
        return _ratio(analysis.univariable[rest], rest)
    section, name = kind.split(".", 1)
    models = {"univariable": analysis.univariable, "models": analysis.models, "fine_gray": analysis.fine_gray}
    return _ratio(models[section][name], rest)


def _further(result: StudyResult, name: str) -> AnalysisResult:
    """Return the analysis of follow-up that is cut at another event, or of a population."""
    if name == "censored" and result.censored is not None:
        return result.censored
    section, _, population = name.partition(".")
    if section != "populations":
        raise KeyError(name)
    return result.populations[population]


def _curve(group: SurvivalCurve, claim: Claim) -> CohortNumbers:
    if claim.kind == "median":
        rest = _start_of_rest(group.curve)
        return CohortNumbers(group.median, (group.median_low, group.median_high), start_of_rest=rest)
    (rate,) = [rate for rate in group.rates if rate.time == claim.time]
    return CohortNumbers(PERCENT * rate.survival, (_percent(rate.low), _percent(rate.high)))


def _percent(share: float | None) -> float | None:
    return None if share is None else PERCENT * share


def _start_of_rest(curve: CurveColumns) -> float | None:
    """Return the first time at which a curve is at one half exactly; None where it never is."""
    rests = np.flatnonzero(np.abs(np.asarray(curve.survival) - 0.5) < HALF)
    return curve.time[rests[0]] if len(rests) else None


def _ratio(model: CoxModel, term: str) -> CohortNumbers:
    """Return ratio, limits and P of a term: of itself, or of its only level."""
    name = term if term in model.terms else next(key for key in model.terms if key.startswith(f"{term}["))
    result = model.terms[name]
    score = model.tests.score.p if model.tests is not None and len(model.terms) == 1 else None
    tests = {test: p for test, p in (("Wald", result.p), ("log-rank", score)) if p is not None}
    return CohortNumbers(result.hr, (result.low, result.high), tests=tests)


def _part(condition: str, cohort: Cohort) -> Mask:
    """Return which rows fulfil "arm=PDA"."""
    column, value = condition.split("=", 1)
    cohort[column].require((value,), what="where")
    return cohort[column].matching((value,))


def _mean(rest: str, cohort: Cohort) -> CohortNumbers:
    column, _, condition = rest.partition("|")
    numbers = cohort[column].numbers
    if numbers is None:
        raise ValueError(f"{column} holds text")
    chosen = numbers[_part(condition, cohort)] if condition else numbers
    finite = chosen[~np.isnan(chosen)]
    return CohortNumbers(float(finite.mean()), sd=float(finite.std(ddof=1)))


def _share(rest: str, claim: Claim, cohort: Cohort) -> CohortNumbers:
    level, _, condition = rest.partition("|")
    among = _part(condition, cohort) if condition else np.ones(len(cohort), dtype=np.bool_)
    count = int(np.count_nonzero(_part(level, cohort) & among))
    if claim.kind == "count":
        return CohortNumbers(count)
    return CohortNumbers(PERCENT * count / int(np.count_nonzero(among)), events=count)


def tallied(cells: Sequence[Cell]) -> dict[str, int]:
    """Return how many numbers agree, are truncated and differ."""
    return {verdict: sum(cell.verdict == verdict for cell in cells) for verdict in ("agrees", "truncated", "differs")}
