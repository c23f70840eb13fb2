"""Whether a paper's numbers agree with themselves: a table of claims in, contradictions out, nothing flagged that is right."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from yttria.evidence.published.claim import Claim, Flag
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.group_checks import CutShort, Group, group_of, median_flags
from yttria.evidence.published.ratio_checks import ratio_flags
from yttria.evidence.published.repeated_prints import repeated_print_flags
from yttria.evidence.published.summary_checks import mean_flags, percent_flags, two_by_two_flags
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Audit:
    """All claims of a table, what was found about each, and what contradicts.

    Parameters
    ----------
    readings
        One a claim, in order.
    groups
        Whole patients behind the rates, by group.
    flags
        Contradictions, in order of the table.
    """

    readings: tuple[Reading, ...]
    groups: Mapping[str, Group]
    flags: tuple[Flag, ...]


def audit(claims: Sequence[Claim]) -> Audit:
    """Return what a table of claims contradicts.

    Parameters
    ----------
    claims
        Rows of a paper's tables and text; the same subject means the same patients.

    Raises
    ------
    EvidenceError
        No claim; a group cut short whose parent, count or cut is not in the table.

    Examples
    --------
    >>> from yttria.evidence.published.claim import claim_of
    >>> row = {"kind": "hr", "subject": "multifocal", "value": "20.3", "low": "1.13", "high": "3.65", "p": "0.016"}
    >>> audit([claim_of(row, 2)]).flags[0].agrees
    'a ratio of 2.03 (a slipped decimal point of 20.3) would agree with limits and P'

    Notes
    -----
    A print may be rounded or truncated; a P may be Wald's or the log-rank test's unless the table says which. What no number in
    the table can decide is not flagged.
    """
    if not claims:
        raise EvidenceError(
            "a table of claims needs at least one row, but has none; write one claim a row", code="claims-empty"
        )
    readings = {claim.line: Reading(claim) for claim in claims}
    groups = _groups(claims)
    flags: list[Flag] = []
    for claim in claims:
        reading, group = readings[claim.line], groups.get(claim.subject)
        if claim.kind == "median":
            reading.checked.append("against rates" if group else "order")
            reading.scales = group.scales if group else ()
            flags += median_flags(claim, group)
        elif claim.kind in CHECKS:
            flags += CHECKS[claim.kind](claim, reading)
    for group in groups.values():
        flags += group.flags
        _note_ways_of_rounding(group, readings)
    flags += [flag for cut in _cut_groups(claims, groups) for flag in cut.flags()]
    flags += repeated_print_flags(claims, readings)
    for flag in flags:
        for line in flag.lines[:1] if flag.code.endswith("against-rates") else flag.lines:
            readings[line].flagged.append(flag.code)
    order = sorted(flags, key=lambda flag: flag.lines)
    return Audit(tuple(readings.values()), groups, tuple(order))


def _groups(claims: Sequence[Claim]) -> dict[str, Group]:
    rates: dict[str, dict[float, Claim]] = defaultdict(dict)
    for claim in claims:
        if claim.kind == "rate" and claim.time is not None:
            first = rates[claim.subject].setdefault(claim.time, claim)
            if first.value is None and claim.value is not None:
                rates[claim.subject][claim.time] = claim
    whole = [c.n or c.n_most or 0 for c in claims if c.n or c.n_most]
    most = max(whole, default=None)
    return {
        subject: group_of(list(by_time.values()), next((c.n_most for c in by_time.values() if c.n_most), most))
        for subject, by_time in rates.items()
    }


def _note_ways_of_rounding(group: Group, readings: Mapping[int, Reading]) -> None:
    """Write down for each rate how it became its print, where the whole patients are known."""
    counts = group.counts
    for place, claim in enumerate(group.claims):
        reading = readings[claim.line]
        reading.scales = group.scales
        if group.possible is not None:
            reading.checked.append("whole patients")
        elif group.scales:
            reading.checked.append("limits")
        if counts is None:
            continue
        interval = counts.intervals[place]
        for name, number, exact in (
            ("value", claim.value, interval.rate),
            ("low", claim.low, interval.low),
            ("high", claim.high, interval.high),
        ):
            how = None if number is None or math.isnan(exact) else number.how(exact)
            if how is not None:
                reading.prints[name] = how


CHECKS: Mapping[str, Callable[[Claim, Reading], list[Flag]]] = {
    "hr": ratio_flags,
    "or": ratio_flags,
    "rr": ratio_flags,
    "mean_sd": mean_flags,
    "percent": percent_flags,
    "two_by_two": two_by_two_flags,
}


def _cut_groups(claims: Sequence[Claim], groups: Mapping[str, Group]) -> list[CutShort]:
    """Return the medians of groups followed only until some of their patients enter another group."""
    children = [c for c in claims if c.kind == "median" and c.of]
    results = []
    for claim in children:
        if claim.of not in groups or claim.cut_n is None:
            raise EvidenceError(
                f"line {claim.line}: a group cut short needs rates of its whole group and cut_n, but {claim.of!r} has "
                f"{'no rates' if claim.of not in groups else 'rates and cut_n is empty'}; add them or empty the column of",
                code="claim-cut-group-incomplete",
            )
        family = [c for c in children if c.cut == claim.cut and c.of != claim.of and c.cut]
        parent = next((c for c in claims if c.kind == "median" and c.subject == claim.of), None)
        spans = _dead_of_cut(claim, family, groups)
        results.append(CutShort(claim, groups[claim.of], parent, spans))
    return results


def _dead_of_cut(claim: Claim, family: Sequence[Claim], groups: Mapping[str, Group]) -> dict[float, tuple[int, int]]:
    """Return how many of the patients taken out can have died by each time, from the counts of all groups concerned.

    Those who entered the cut group are known to be dead or not dead as a whole; what the other parents cannot hold, this one must.
    """
    cut_n = claim.cut_n or 0
    parent, cut = groups[claim.of], groups.get(claim.cut)
    times = [c.time for c in parent.claims if c.time is not None]
    dead = _dead_by(cut)
    others = [
        (other.cut_n or 0, _dead_by(groups[other.of]), groups[other.of]) for other in family if other.of in groups
    ]
    whole = cut is not None and cut.counts is not None and cut.counts.n == cut_n + sum(other[0] for other in others)
    least, most = dict.fromkeys(times, 0), dict.fromkeys(times, cut_n)
    if cut is None or cut.counts is None or not whole:
        return {time: (least[time], most[time]) for time in times}
    for time in times:
        if time not in dead or any(time not in by for _, by, _ in others):
            continue
        held_dead = sum(min(n, by[time]) for n, by, _ in others)
        held_alive = sum(min(n, (group.counts.n if group.counts else 0) - by[time]) for n, by, group in others)
        at_least = max(0, dead[time] - held_dead)
        at_most = cut_n - max(0, cut.counts.n - dead[time] - held_alive)
        for other_time in times:
            if other_time >= time:
                least[other_time] = max(least[other_time], at_least)
            if other_time <= time:
                most[other_time] = min(most[other_time], at_most)
    return {time: (least[time], most[time]) for time in times}


def _dead_by(group: Group | None) -> dict[float, int]:
    """Return the deaths up to each printed time, where the counts are known."""
    if group is None or group.counts is None:
        return {}
    dead, total = {}, 0
    for claim, interval in zip(group.claims, group.counts.intervals, strict=True):
        total += interval.deaths
        if claim.time is not None:
            dead[claim.time] = total
    return dead
