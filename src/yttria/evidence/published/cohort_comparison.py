"""Printed numbers beside those of a cohort: which agree by rounding, which by truncation, which differ and why."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from yttria.contract.study import StudyResult
from yttria.evidence.published.claim import Claim
from yttria.evidence.published.consistency import Audit
from yttria.evidence.published.rounding import Printed, PrintedBound
from yttria.values.cohort import Cohort
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


def cohort_comparison(found: Audit, result: StudyResult, cohort: Cohort) -> tuple[Cell, ...]:
    """Return every printed number whose claim says where it comes from, beside the cohort's own.

    Parameters
    ----------
    found
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
    reasons = {line: flag.why for flag in reversed(found.flags) for line in flag.lines}
    record = result.model_dump()
    cells: list[Cell] = []
    for claim in (reading.claim for reading in found.readings):
        if not claim.where:
            continue
        try:
            ours = numbers_at(claim.where, claim, record, cohort)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise EvidenceError(
                f"line {claim.line}: where must name a result of the analysis, but {claim.where!r} does not ({error}); correct it"
            ) from None
        cells += _cells(claim, ours, reasons.get(claim.line, ""))
    return tuple(cells)


def _cells(claim: Claim, ours: Mapping[str, Any], reason: str) -> Iterator[Cell]:
    for part in ("events", "value", "low", "high", "sd"):
        if part not in ours:
            continue
        is_open = part in ("value", "low", "high") and bool(getattr(claim, f"open_{part}"))
        printed = claim.bound if part == "value" and claim.bound is not None else getattr(claim, part)
        if part == "events":
            printed = None if claim.events is None else Printed.of(str(claim.events))
        if printed is None and not is_open:
            continue
        number = _number(ours[part])
        how = _how(printed, number)
        cell = _cell(claim, part, "not reached" if printed is None else printed.text, number, how, reason)
        other = _number(ours.get("start_of_rest")) if part == "value" else None
        if how == "differs" and other is not None and (by_start := _how(printed, other)) != "differs":
            cell = replace(cell, ours=other, verdict=by_start, why=START_OF_REST)
        yield cell
    if claim.p is not None:
        yield from _p_cell(claim, ours, reason)


def _number(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _how(printed: Printed | PrintedBound | None, number: float | None) -> Verdict:
    """Return how a number becomes a print; "not reached" agrees with a number that does not exist."""
    if printed is None or number is None:
        return "agrees" if printed is None and number is None else "differs"
    how = printed.how(number)
    return "truncated" if how == "truncated" else "agrees" if how is not None else "differs"


def _cell(claim: Claim, part: str, text: str, number: float | None, how: Verdict, why: str) -> Cell:
    reason = (
        (why or claim.note or "by itself possible: no cohort was found that gives it together with all other numbers")
        if how == "differs"
        else ""
    )
    return Cell(claim.line, claim.place, claim.subject, claim.time, part, text, number, how, reason, claim.unit)


def _p_cell(claim: Claim, ours: Mapping[str, Any], reason: str) -> Iterator[Cell]:
    """Yield the printed P beside the test of ours that it is; the printed test is not always said."""
    tests = {name: float(ours[name]) for name in ("Wald", "log-rank") if ours.get(name) is not None}
    if not tests or claim.p is None:
        return
    printed, (low, high) = claim.p.number, claim.p.span
    near = sorted(tests, key=lambda name: abs(math.log(max(tests[name], 1e-300) / max(printed.value, 1e-300))))
    verdicts: dict[str, Verdict] = {}
    for name in near:
        inside: Verdict = "agrees" if low <= tests[name] <= high else "differs"
        verdicts[name] = _how(printed, tests[name]) if claim.p.bound == "=" else inside
    rank = ("agrees", "truncated", "differs")
    best = min(near, key=lambda name: rank.index(verdicts[name]))
    cell = _cell(claim, "p", claim.p.text, tests[best], verdicts[best], reason)
    yield cell if cell.verdict == "differs" else replace(cell, why=f"{best} test")


def numbers_at(where: str, claim: Claim, result: Mapping[str, Any], cohort: Cohort) -> dict[str, Any]:
    """Return the cohort's numbers for a claim: value, low, high, sd, events, and P by test.

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
    if slash:
        for name in further.split(".", 1):
            result = result[name]
        kind = last
    if kind == "km":
        factor, level = rest.split(".", 1)
        return _curve(result["km"][factor][level], claim)
    if kind == "followup":
        return {"value": result["followup"][rest]}
    if kind == "n":
        return {"value": result["n"]}
    if kind in ("mean", "share"):
        return _mean(rest, cohort) if kind == "mean" else _share(rest, claim, cohort)
    if kind == "cox":
        return _ratio(result["univariable"][rest], rest)
    section, name = kind.split(".", 1)
    return _ratio(result[section][name], rest)


def _curve(group: Mapping[str, Any], claim: Claim) -> dict[str, Any]:
    if claim.kind == "median":
        median = {"value": group["median"], "low": group["median_low"], "high": group["median_high"]}
        return median | {"start_of_rest": _start_of_rest(group["curve"])}
    (rate,) = [rate for rate in group["rates"] if rate["time"] == claim.time]
    parts = {"value": "survival", "low": "low", "high": "high"}
    return {part: None if rate[key] is None else PERCENT * rate[key] for part, key in parts.items()}


def _start_of_rest(curve: Mapping[str, Any]) -> float | None:
    """Return the first time at which a curve is at one half exactly; None where it never is."""
    rests = np.flatnonzero(np.abs(np.asarray(curve["survival"]) - 0.5) < HALF)
    return float(curve["time"][rests[0]]) if len(rests) else None


def _ratio(model: Mapping[str, Any], term: str) -> dict[str, Any]:
    """Return ratio, limits and P of a term: of itself, or of its only level."""
    name = term if term in model["terms"] else next(key for key in model["terms"] if key.startswith(f"{term}["))
    found = model["terms"][name]
    alone = len(model["terms"]) == 1
    score = model["tests"]["score"]["p"] if alone and model["tests"]["score"] else None
    return {"value": found["hr"], "low": found["low"], "high": found["high"], "Wald": found["p"], "log-rank": score}


def _part(condition: str, cohort: Cohort) -> Any:
    """Return which rows fulfil "arm=PDA"."""
    column, value = condition.split("=", 1)
    cohort[column].require((value,), what="where")
    return cohort[column].matching((value,))


def _mean(rest: str, cohort: Cohort) -> dict[str, Any]:
    column, _, condition = rest.partition("|")
    numbers = cohort[column].numbers
    if numbers is None:
        raise ValueError(f"{column} holds text")
    chosen = numbers[_part(condition, cohort)] if condition else numbers
    known = chosen[~np.isnan(chosen)]
    return {"value": float(known.mean()), "sd": float(known.std(ddof=1))}


def _share(rest: str, claim: Claim, cohort: Cohort) -> dict[str, Any]:
    wanted, _, condition = rest.partition("|")
    among = _part(condition, cohort) if condition else np.ones(len(cohort), dtype=np.bool_)
    count = int(np.count_nonzero(_part(wanted, cohort) & among))
    if claim.kind == "count":
        return {"value": count}
    return {"events": count, "value": PERCENT * count / int(np.count_nonzero(among))}


def tallied(cells: Sequence[Cell]) -> dict[str, int]:
    """Return how many numbers agree, are truncated and differ."""
    return {verdict: sum(cell.verdict == verdict for cell in cells) for verdict in ("agrees", "truncated", "differs")}
