"""Whether a paper's numbers agree with themselves: a table of claims in, contradictions out, nothing flagged that is right."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.evidence.published.claim import Claim, Flag, PrintedP
from yttria.evidence.published.group_checks import ASK, CutShort, Group, group_of, median_flags
from yttria.evidence.published.reported_ratio import (
    RatioSpan,
    Span,
    agreeing,
    is_plain,
    is_profile,
    plain_p,
    profile_p,
    ratio_span,
)
from yttria.evidence.published.rounding import Printed, PrintedBound, shown
from yttria.values.errors import EvidenceError


@dataclass(slots=True)
class Reading:
    """What the checks found out about one claim.

    Parameters
    ----------
    claim
        The row.
    flagged
        Codes of the flags that stand on it.
    p_is
        Tests whose P it can be, the nearest first: "wald", "logrank", "pearson" …; empty where no P is printed.
    least_events
        Fewest events with which its limits can be so narrow; None where that is not asked.
    prints
        How each number became its print, where the exact one is known: "rounded" or "truncated".
    checked
        Checks that could be made.
    scales
        Scales of the limits that fit the printed numbers: of a rate log, log-log, plain, logit, arcsin (or a binomial interval by
        its name), of a ratio log, plain, profile.
    """

    claim: Claim
    flagged: list[str] = field(default_factory=list)
    p_is: tuple[str, ...] = ()
    least_events: int | None = None
    prints: dict[str, str] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    scales: tuple[str, ...] = ()


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
        raise EvidenceError("a table of claims needs at least one row, but has none; write one claim a row")
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
        _how_printed(group, readings)
    flags += [flag for cut in _cut_groups(claims, groups) for flag in cut.flags()]
    flags += _printed_twice(claims, readings)
    for flag in flags:
        for line in flag.lines[:1] if flag.code.endswith("against-rates") else flag.lines:
            readings[line].flagged.append(flag.code)
    order = sorted(flags, key=lambda flag: flag.lines)
    return Audit(tuple(readings.values()), groups, tuple(order))


def _groups(claims: Sequence[Claim]) -> dict[str, Group]:
    rates: dict[str, dict[float, Claim]] = defaultdict(dict)
    for claim in claims:
        if claim.kind == "rate" and claim.time is not None:
            kept = rates[claim.subject].setdefault(claim.time, claim)
            if kept.value is None and claim.value is not None:
                rates[claim.subject][claim.time] = claim
    whole = [c.n or c.n_most or 0 for c in claims if c.n or c.n_most]
    most = max(whole, default=None)
    return {
        subject: group_of(list(by_time.values()), next((c.n_most for c in by_time.values() if c.n_most), most))
        for subject, by_time in rates.items()
    }


def _how_printed(group: Group, readings: Mapping[int, Reading]) -> None:
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
        for name, printed, exact in (
            ("value", claim.value, interval.rate),
            ("low", claim.low, interval.low),
            ("high", claim.high, interval.high),
        ):
            how = None if printed is None or math.isnan(exact) else printed.how(exact)
            if how is not None:
                reading.prints[name] = how


def _ratio(claim: Claim, reading: Reading) -> list[Flag]:
    """Return what a ratio, its limits and its P contradict."""
    if claim.value is None or (claim.low is None and claim.high is None):
        return []
    reading.checked.append("limits")
    span = ratio_span(claim.value, claim.low, claim.high, level=claim.level)
    if not span.possible:
        return _ratio_on_other_scales(claim, reading)
    reading.scales = ("log",)
    tests = {"wald": span.wald_p} | ({"logrank": span.logrank_p} if claim.kind == "hr" else {})
    flags = _p_flags(claim, reading, tests, span.middle_p)
    if claim.kind == "hr":
        reading.least_events = span.least_events
        flags += _too_few_events(claim, span.least_events)
    return flags


def _ratio_on_other_scales(claim: Claim, reading: Reading) -> list[Flag]:
    """Return what a ratio contradicts whose limits do not lie the same factor below and above it: all, or its P alone."""
    value, low, high = claim.value, claim.low, claim.high
    if value is None or low is None or high is None:
        return [_ratio_misprint(claim)]
    tests: dict[str, Span] = {}
    if is_plain(value, low, high):
        reading.scales += ("plain",)
        tests["wald"] = plain_p(value, low, high, level=claim.level)
    if is_profile(value, low, high):
        reading.scales += ("profile",)
        for name, found in profile_p(value, low, high, level=claim.level).items():
            known = tests.get(name, found)
            tests[name] = min(known[0], found[0]), max(known[1], found[1])
    if not reading.scales:
        return [_ratio_misprint(claim)]
    return _p_flags(claim, reading, tests, {name: math.sqrt(p[0] * p[1]) for name, p in tests.items()})


def _ratio_misprint(claim: Claim) -> Flag:
    """Return the flag of a ratio outside or not midway its limits, with the one number whose change agrees with the P too."""
    names = {"value": "a ratio", "low": "a lower limit", "high": "an upper limit"}
    fitting, ordered = [], []
    for part, number in agreeing(claim.value, claim.low, claim.high).items():
        old: Printed | None = getattr(claim, part)
        if old is None:
            continue
        moved = [new for new in _point_moved(old) if _span_with(claim, part, new).possible]
        decimals = max(x.decimals for x in (claim.value, claim.low, claim.high) if x is not None)
        new = moved[0] if moved else Printed.of(shown(number, decimals))
        span = _span_with(claim, part, new)
        if not span.possible:
            continue
        words = f"{names[part]} of {new.text}" + (f" (a slipped decimal point of {old.text})" if moved else "")
        ordered.append(words)
        if claim.p is not None and any(_overlap(claim.p.span, one) for one in (span.wald_p, span.logrank_p)):
            fitting.append(words)
    agrees = (
        f"{' or '.join(fitting)} would agree with limits and P"
        if fitting
        else f"{' or '.join(ordered) or 'other limits'} would agree"
    )
    return Flag(
        "ratio-not-midway", (claim.line,), claim.name, claim.shown,
        "limits of a ratio lie the same factor below and above it (value² = low × high); neither the plain scale (equally far) nor a profile likelihood "
        "explains these", agrees,
        "use the number that agrees, and say so, or ask the authors",
    )  # fmt: skip


def _point_moved(old: Printed) -> tuple[Printed, Printed]:
    """Return the same digits with the decimal point one place to the left, and one to the right."""
    digits = Printed.of(old.text).decimals
    return Printed.of(shown(old.value / 10, digits + 1)), Printed.of(shown(old.value * 10, max(digits - 1, 1)))


def _span_with(claim: Claim, part: str, new: Printed) -> RatioSpan:
    """Return what ratio and limits can be when one of them is printed otherwise."""
    trio = {"value": claim.value, "low": claim.low, "high": claim.high} | {part: new}
    return ratio_span(trio["value"], trio["low"], trio["high"], level=claim.level)


def _overlap(one: Span, two: Span) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def _p_flags(claim: Claim, reading: Reading, tests: Mapping[str, Span], middle: Mapping[str, float]) -> list[Flag]:
    """Return why a printed P is none of the tests', or not the one it is said to be."""
    if claim.p is None:
        return []
    reading.checked.append("P")
    found = math.log(max(claim.p.number.value, 1e-300))
    near = sorted(tests, key=lambda name: abs(math.log(max(middle[name], 1e-300)) - found))
    reading.p_is = tuple(name for name in near if _overlap(claim.p.span, tests[name]))
    ranges = ", ".join(f"{name} {span[0]:.2g} to {span[1]:.2g}" for name, span in tests.items())
    if not reading.p_is:
        return [
            Flag("p-disagrees", (claim.line,), claim.name, claim.shown, "the P follows from the limits, and this is none of them",
                 f"{ranges} would agree", "recompute the P from the limits, or ask which test it is")
        ]  # fmt: skip
    if claim.test in tests and claim.test not in reading.p_is:
        return [
            Flag("p-other-test", (claim.line,), claim.name, claim.shown,
                 f"the P is said to be {claim.test}, but is that of {' or '.join(reading.p_is)}", f"{ranges} would agree",
                 "name the test that the P comes from")
        ]  # fmt: skip
    return []


def _too_few_events(claim: Claim, least: int) -> list[Flag]:
    most = claim.events if claim.events is not None else None if claim.n is None else claim.n - (claim.cut_n or 0)
    if most is None or least <= most:
        return []
    taken = f" after {claim.cut_n} of {claim.n} are censored" if claim.events is None and claim.cut_n else ""
    return [
        Flag("too-few-events", (claim.line,), claim.name, claim.shown,
             f"limits so narrow need {least} events or more (standard error ≥ 2/√events for a yes/no factor), but at most {most} can have happened{taken}",
             f"limits no narrower than a factor {math.exp(3.92 / math.sqrt(most)):.2f} to either side would agree", ASK)
    ]  # fmt: skip


def _mean(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a mean and its SD cannot belong to measurements of that range, number or step.

    SD^2 <= (max - mean)(mean - min) n / (n - 1).

    Source
    ------
    Bhatia and Davis 2000, doi:10.1080/00029890.2000.12005203; the step: Brown and Heathers 2017 (GRIM),
    doi:10.1177/1948550616673876.
    """
    mean, sd, n = claim.value, claim.sd, claim.n
    if mean is None or sd is None:
        return []
    flags = _mean_outside(claim, mean)
    if flags:
        return flags
    if claim.least is not None and n is not None and n > 1:
        reading.checked.append("SD within range")
        top = n * mean.span[1] - (n - 1) * claim.least if claim.most is None else claim.most
        largest = max(
            math.sqrt(max((top - m) * (m - claim.least), 0.0) * n / (n - 1))
            for m in (*mean.span, _within(mean, claim.least, top))
        )
        if sd.span[0] > largest:
            flags.append(
                Flag("sd-impossible", (claim.line,), claim.name, claim.shown,
                     f"{n} values between {claim.least:g} and {top:g} with this mean have an SD of at most {largest:.1f}",
                     _sd_hint(sd, largest), "leave the SD out, or ask the authors")
            )  # fmt: skip
    if claim.grain is not None and n is not None:
        reading.checked.append("mean of whole steps")
        low, high = (limit * n / claim.grain for limit in mean.span)
        if math.floor(high + 1e-9) < math.ceil(low - 1e-9):
            near = round(mean.value * n / claim.grain) * claim.grain / n
            flags.append(
                Flag("mean-impossible", (claim.line,), claim.name, claim.shown,
                     f"{n} values in steps of {claim.grain:g} have no such mean", f"{near:.{mean.decimals + 1}f} would agree",
                     "check n and the mean")
            )  # fmt: skip
    return flags


def _mean_outside(claim: Claim, mean: Printed) -> list[Flag]:
    """Return why a mean cannot be of measurements of that range."""
    low = -math.inf if claim.least is None else claim.least
    high = math.inf if claim.most is None else claim.most
    if mean.span[1] >= low and mean.span[0] <= high:
        return []
    return [
        Flag("mean-outside-range", (claim.line,), claim.name, claim.shown, f"measurements lie between {low:g} and {high:g}",
             "a mean inside that range would agree", "check the mean, min and max")
    ]  # fmt: skip


def _within(mean: Printed, least: float, most: float) -> float:
    """Return the mean in its span that lies nearest the middle of the range, where the SD can be largest."""
    return min(max((least + most) / 2, mean.span[0]), mean.span[1])


def _sd_hint(sd: Printed, largest: float) -> str:
    slipped = sd.value / 10
    near = f", as {shown(slipped, sd.decimals + 1)} with the point moved" if slipped <= largest else ""
    return f"an SD of {largest:.1f} or less would agree{near}"


def _percent(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a percentage is none of its number of patients."""
    printed = claim.value if claim.value is not None else claim.bound
    if printed is None or not claim.n:
        return []
    reading.checked.append("whole patients")
    exact = {k: 100 * k / claim.n for k in ([claim.events] if claim.events is not None else range(claim.n + 1))}
    for value in exact.values():
        how = printed.how(value)
        if how is not None:
            reading.prints["value"] = how
            return []
    number = printed if isinstance(printed, Printed) else printed.number
    k = min(exact, key=lambda k: abs(exact[k] - number.value))
    return [
        Flag("percent-impossible", (claim.line,), claim.name, f"{printed.text.removesuffix('%').rstrip()} % of {claim.n}",
             f"no whole number{'' if claim.events is None else f' ({claim.events})'} of {claim.n} gives it",
             f"{k} of {claim.n}, {shown(exact[k], max(number.decimals, 1))} %, would agree", "check the count and n")
    ]  # fmt: skip


def _table(claim: Claim, reading: Reading) -> list[Flag]:
    """Return why a P is that of no usual test of a two-by-two table."""
    if claim.p is None or None in (claim.events, claim.n, claim.events_b, claim.n_b):
        return []
    table = TwoByTwo(
        Proportion(claim.events or 0, claim.n or 0),
        Proportion(claim.events_b or 0, claim.n_b or 0),
    )
    exact = {
        "pearson": table.pearson()[1],
        "yates": table.pearson(continuity=True)[1],
        "fisher": table.fisher_p(),
    }
    return _p_flags(claim, reading, {name: (p, p) for name, p in exact.items()}, exact)


CHECKS: Mapping[str, Callable[[Claim, Reading], list[Flag]]] = {
    "hr": _ratio,
    "or": _ratio,
    "rr": _ratio,
    "mean_sd": _mean,
    "percent": _percent,
    "two_by_two": _table,
}


def _cut_groups(claims: Sequence[Claim], groups: Mapping[str, Group]) -> list[CutShort]:
    """Return the medians of groups followed only until some of their patients enter another group."""
    children = [c for c in claims if c.kind == "median" and c.of]
    found = []
    for claim in children:
        if claim.of not in groups or claim.cut_n is None:
            raise EvidenceError(
                f"line {claim.line}: a group cut short needs rates of its whole group and cut_n, but {claim.of!r} has "
                f"{'no rates' if claim.of not in groups else 'rates and cut_n is empty'}; add them or empty the column of"
            )
        family = [c for c in children if c.cut == claim.cut and c.of != claim.of and c.cut]
        parent = next((c for c in claims if c.kind == "median" and c.subject == claim.of), None)
        spans = _dead_of_cut(claim, family, groups)
        found.append(CutShort(claim, groups[claim.of], parent, spans))
    return found


def _dead_of_cut(claim: Claim, family: Sequence[Claim], groups: Mapping[str, Group]) -> dict[float, tuple[int, int]]:
    """Return how many of the patients taken out can have died by each time, from the counts of all groups concerned.

    Those who entered the cut group are known to be dead or not dead as a whole; what the other parents cannot hold, this one must.
    """
    taken = claim.cut_n or 0
    parent, cut = groups[claim.of], groups.get(claim.cut)
    times = [c.time for c in parent.claims if c.time is not None]
    dead = _dead_by(cut)
    others = [
        (other.cut_n or 0, _dead_by(groups[other.of]), groups[other.of]) for other in family if other.of in groups
    ]
    whole = cut is not None and cut.counts is not None and cut.counts.n == taken + sum(other[0] for other in others)
    least, most = dict.fromkeys(times, 0), dict.fromkeys(times, taken)
    if cut is None or cut.counts is None or not whole:
        return {time: (least[time], most[time]) for time in times}
    for time in times:
        if time not in dead or any(time not in by for _, by, _ in others):
            continue
        held_dead = sum(min(n, by[time]) for n, by, _ in others)
        held_alive = sum(min(n, (group.counts.n if group.counts else 0) - by[time]) for n, by, group in others)
        at_least = max(0, dead[time] - held_dead)
        at_most = taken - max(0, cut.counts.n - dead[time] - held_alive)
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


def _printed_twice(claims: Sequence[Claim], readings: Mapping[int, Reading]) -> list[Flag]:
    """Return numbers that are printed in two places and cannot be one number."""
    same: dict[tuple[object, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        same[claim.kind, claim.subject, claim.time].append(claim)
    flags: list[Flag] = []
    for repeated in same.values():
        for part in ("value", "low", "high", "sd", "p"):
            flags += _differing(part, [c for c in repeated if _printed(c, part) is not None], readings)
    return flags


def _differing(part: str, claims: Sequence[Claim], readings: Mapping[int, Reading]) -> list[Flag]:
    """Return the first pair of prints of one number that cannot agree."""
    flags: list[Flag] = []
    kept: list[Claim] = []
    for claim in claims:
        span = _span(claim, part)
        if any(_span(other, part) == span for other in kept):
            continue
        clash = next((o for o in kept if not _overlap(_span(o, part), span)), None)
        kept.append(claim)
        if clash is not None:
            flags.append(_twice(part, clash, claim, readings))
    return flags


def _printed(claim: Claim, part: str) -> Printed | PrintedBound | PrintedP | None:
    """Return a number of a claim as printed: the value may be a bound."""
    found: Printed | PrintedBound | PrintedP | None = getattr(claim, part)
    return claim.bound if found is None and part == "value" else found


def _text(claim: Claim, part: str) -> str:
    found = _printed(claim, part)
    return "" if found is None else found.text


def _span(claim: Claim, part: str) -> Span:
    """Return what a printed number of a claim can have been."""
    found = _printed(claim, part)
    return (-math.inf, math.inf) if found is None else found.span


def _twice(part: str, one: Claim, two: Claim, readings: Mapping[int, Reading]) -> Flag:
    names = {"p": "P", "value": one.kind, "low": "lower limit", "high": "upper limit", "sd": "SD"}
    printed = f"{names[part]} {_text(one, part)} ({one.place or 'one place'}) and {_text(two, part)} ({two.place or 'another'})"
    why, agrees = (
        "one number is printed as two that cannot round to each other",
        "one of the two in both places would agree",
    )
    if part == "p":
        larger, smaller = sorted((one, two), key=lambda c: -(c.p.number.value if c.p else 0.0))
        if "wald" in readings[larger.line].p_is and "logrank" in readings[smaller.line].p_is:
            why = "two tests are printed as one P"
            texts = [c.p.text if c.p else "" for c in (larger, smaller)]
            agrees = f"{texts[0]} as the P of Wald's test and {texts[1]} as that of the log-rank test would agree with the limits"
    if part == "value" and one.kind == "median":
        agrees += ", or both, where the curve rests at one half: R takes the middle of the flat part, other software its start"
    return Flag(f"{'p' if part == 'p' else 'number'}-printed-twice", (one.line, two.line), one.name, printed, why, agrees,
                "name the test or rule behind each, or ask the authors")  # fmt: skip
